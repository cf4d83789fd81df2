"""Whether the telephone system is connected, and what is either so or not."""

import pytest

from custom_components.office_cti.telephony.model import Forward, Modes, Voicemail

from .common import state_of, until
from .company import AGENT, BERT, BERTS_AGENT

CONNECTION = "binary_sensor.office_connection"

FORWARDED, NOT_FORWARDED = (Forward(enabled=on, destination="0555") for on in (True, False))
WAITING, NOTHING_WAITING = (Voicemail(new=0, old=1, waiting=on) for on in (True, False))


@pytest.mark.parametrize("options", [{"grace_period": 300}])
async def test_the_connection_shows_at_once_while_all_else_has_patience(hass, loaded, simulator):
    await simulator.faults.refuse()
    await until(lambda: state_of(hass, CONNECTION) == "off")
    assert state_of(hass, "sensor.extension_100_presence") == "available"
    await simulator.faults.none()
    await until(lambda: state_of(hass, CONNECTION) == "on")


@pytest.mark.parametrize(
    ("what", "field", "on", "off"),
    [
        ("do_not_disturb", "do_not_disturb", True, False),
        ("call_filter", "call_filter", True, False),
        ("call_recording", "recording", True, False),
        ("forward_always", "forward_always", FORWARDED, NOT_FORWARDED),
        ("forward_on_no_answer", "forward_no_answer", FORWARDED, NOT_FORWARDED),
        ("forward_on_busy", "forward_busy", FORWARDED, NOT_FORWARDED),
        ("voicemail_waiting", "voicemail", WAITING, NOTHING_WAITING),
        ("logged_in", "logged_in", True, False),
        ("redirect", "modes", Modes(redirect=True), Modes(redirect=False)),
        ("call_center_mode", "modes", Modes(call_center=True), Modes(call_center=False)),
        ("break", "modes", Modes(on_break=True), Modes(on_break=False)),
    ],
)
async def test_what_is_seen_of_an_extension(hass, all_enabled, what, field, on, off):
    for value, state in ((on, "on"), (off, "off"), (None, "unknown")):
        all_enabled.change(BERT, **{field: value})
        assert state_of(hass, f"binary_sensor.bert_{what}") == state


async def test_what_can_be_switched_has_a_switch_instead(hass, all_enabled):
    of_anna = [each for each in hass.states.async_entity_ids("binary_sensor") if "anna" in each]
    assert set(of_anna) == {
        "binary_sensor.anna_voicemail_waiting",
        "binary_sensor.agent_anna_agent_on_an_agent_call",
        "binary_sensor.agent_anna_agent_wrap_up",
    }
    assert not [each for each in hass.states.async_entity_ids("switch") if "bert" in each]


async def test_a_forwarding_shows_where_it_leads(hass, all_enabled):
    state = hass.states.get("binary_sensor.bert_forward_always")
    assert (state.state, state.attributes["destination"]) == ("on", "0555003")
    assert "destination" not in hass.states.get("binary_sensor.bert_forward_on_busy").attributes


async def test_a_break_shows_its_reason(hass, all_enabled):
    all_enabled.change(BERT, modes=Modes(on_break=True, break_reason="Training"))
    assert hass.states.get("binary_sensor.bert_break").attributes["reason"] == "Training"
    all_enabled.change(BERT, modes=Modes(on_break=False, break_reason="Training"))
    assert "reason" not in hass.states.get("binary_sensor.bert_break").attributes


@pytest.mark.parametrize(
    ("what", "field"), [("on_an_agent_call", "on_agent_call"), ("wrap_up", "wrap_up")]
)
async def test_what_is_seen_of_an_agent(hass, all_enabled, what, field):
    for value, state in ((True, "on"), (False, "off"), (None, "unknown")):
        all_enabled.change(AGENT, **{field: value})
        assert state_of(hass, f"binary_sensor.agent_anna_agent_{what}") == state


async def test_a_pause_that_nobody_can_end_from_here_is_seen(hass, company):
    bert = hass.states.get("binary_sensor.agent_bert_agent_paused")
    assert (bert.state, bert.attributes["paused_in"]) == ("on", ["Red"])
    company.change(BERTS_AGENT, paused_in=())
    assert state_of(hass, "binary_sensor.agent_bert_agent_paused") == "off"
    assert hass.states.get("binary_sensor.agent_anna_agent_paused") is None
