"""What can be switched: do not disturb, forwards, modes, an agent's log-in and pause."""

from typing import Any

from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.office_cti.telephony.model import (
    AgentAvailability,
    Feature,
    Forward,
    ForwardKind,
    Modes,
    StateChange,
)
from custom_components.office_cti.telephony.system import (
    AgentLoggedOut,
    NotInCallCenter,
    Refused,
)

from .common import registered, state_of
from .company import AGENT, ANNA

PAUSED = "switch.agent_anna_agent_paused"
LOGGED_IN = "switch.agent_anna_agent_logged_in"

# Entity, field of the extension, command, arguments beside the extension.
OF_AN_EXTENSION = [
    ("do_not_disturb", "do_not_disturb", "set_do_not_disturb", {}),
    ("call_filter", "call_filter", "set_call_filter", {}),
    ("call_recording", "recording", "set_recording", {}),
    ("forward_always", "forward_always", "set_forward", {"kind": ForwardKind.ALWAYS}),
    ("forward_on_no_answer", "forward_no_answer", "set_forward", {"kind": ForwardKind.NO_ANSWER}),
    ("forward_on_busy", "forward_busy", "set_forward", {"kind": ForwardKind.BUSY}),
]


async def switch(hass: Any, entity_id: str, to: str) -> None:
    await hass.services.async_call("switch", f"turn_{to}", {"entity_id": entity_id}, blocking=True)


@pytest.mark.parametrize(("what", "field", "command", "arguments"), OF_AN_EXTENSION)
async def test_what_is_switched_of_an_extension(hass, all_enabled, what, field, command, arguments):
    for to, enabled in (("on", True), ("off", False)):
        await switch(hass, f"switch.anna_{what}", to)
        told = {"extension": ("1",), **arguments, "enabled": enabled}
        assert all_enabled.commands.pop() == (command, told)


@pytest.mark.parametrize(("what", "field", "command", "arguments"), OF_AN_EXTENSION)
async def test_a_switch_shows_what_the_server_says(
    hass, all_enabled, what, field, command, arguments
):
    before = state_of(hass, f"switch.anna_{what}")
    await switch(hass, f"switch.anna_{what}", "off" if before == "on" else "on")
    assert state_of(hass, f"switch.anna_{what}") == before  # the server has said nothing yet
    for enabled, state in ((True, "on"), (False, "off")):
        value = Forward(enabled, "0555999") if command == "set_forward" else enabled
        all_enabled.change(ANNA, **{field: value})
        assert state_of(hass, f"switch.anna_{what}") == state
    all_enabled.change(ANNA, **{field: None})
    assert state_of(hass, f"switch.anna_{what}") == "unknown"


# Entity, field of the modes.
MODES = [("redirect", "redirect"), ("call_center_mode", "call_center"), ("break", "on_break")]


@pytest.mark.parametrize(("what", "mode"), MODES)
async def test_a_mode_is_switched_and_nothing_else(hass, company, what, mode):
    for to, enabled in (("on", True), ("off", False)):
        await switch(hass, f"switch.anna_{what}", to)
        told = {"extension": ("1",), "change": StateChange(**{mode: enabled})}
        assert company.commands.pop() == ("change_state", told)


@pytest.mark.parametrize(("what", "mode"), MODES)
async def test_a_mode_shows_what_the_server_says(hass, company, what, mode):
    for value, state in ((True, "on"), (False, "off"), (None, "unknown")):
        company.change(ANNA, modes=Modes(**{mode: value}))
        assert state_of(hass, f"switch.anna_{what}") == state
    company.change(ANNA, modes=None)
    assert state_of(hass, f"switch.anna_{what}") == "unknown"


@pytest.mark.parametrize(("on_break", "reason"), [(True, "Training"), (False, None), (None, None)])
async def test_a_break_tells_its_reason_while_it_lasts(hass, company, on_break, reason):
    company.change(ANNA, modes=Modes(on_break=on_break, break_reason="Training"))
    assert hass.states.get("switch.anna_break").attributes.get("reason") == reason


@pytest.mark.parametrize(
    ("what", "mode", "settable", "seen"),
    [
        (*MODES[0], Feature.SET_REDIRECT, Feature.REDIRECT),
        (*MODES[1], Feature.SET_CALL_CENTER, Feature.CALL_CENTER),
        (*MODES[2], Feature.SET_BREAK, Feature.BREAK),
    ],
)
async def test_a_mode_has_a_switch_only_where_it_is_seen_and_can_be_set(
    hass, company, scripted_entry, what, mode, settable, seen
):
    switched, shown = f"switch.anna_{what}", f"binary_sensor.anna_{what}"
    assert switched in registered(hass, scripted_entry)
    company.change(ANNA, features=ANNA.features - {seen})
    await hass.async_block_till_done()
    assert {switched, shown} & registered(hass, scripted_entry).keys() == set()
    company.change(ANNA, features=ANNA.features - {settable})
    await hass.async_block_till_done()
    assert {switched, shown} & registered(hass, scripted_entry).keys() == {shown}


@pytest.mark.parametrize("suspended", [Feature.SET_BREAK, Feature.BREAK])
async def test_a_mode_that_cannot_be_set_or_seen_now_is_not_available(hass, company, suspended):
    company.change(ANNA, suspended=frozenset({suspended}))
    assert state_of(hass, "switch.anna_break") == "unavailable"
    assert state_of(hass, "switch.anna_redirect") == "off"


async def test_a_mode_that_does_not_go_with_another_says_what_to_do(hass, company):
    company.errors["change_state"] = NotInCallCenter(name="Anna")
    with pytest.raises(HomeAssistantError, match="Switch the call-center mode on first") as error:
        await switch(hass, "switch.anna_break", "on")
    assert error.value.translation_key == "not_in_call_center"


async def test_an_agent_logs_in_and_out(hass, company):
    await switch(hass, LOGGED_IN, "on")
    await switch(hass, LOGGED_IN, "off")
    assert company.commands == [
        ("log_agent_in", {"agent": ("7",)}),
        ("log_agent_out", {"agent": ("7",)}),
    ]


@pytest.mark.parametrize(
    ("availability", "state"),
    [
        (None, "unknown"),
        (AgentAvailability.LOGGED_OUT, "off"),
        (AgentAvailability.AVAILABLE, "on"),
        (AgentAvailability.UNAVAILABLE, "on"),
        (AgentAvailability.ON_CALL_NONACD_OUTGOING_EXTERNAL, "on"),
    ],
)
async def test_an_agent_is_logged_in_whatever_else_it_does(hass, company, availability, state):
    company.change(AGENT, availability=availability)
    assert state_of(hass, LOGGED_IN) == state


async def test_an_agent_is_paused_in_all_its_queues(hass, company):
    await switch(hass, PAUSED, "on")
    await switch(hass, PAUSED, "off")
    assert company.commands == [
        ("pause_agent", {"agent": ("7",)}),
        ("resume_agent", {"agent": ("7",)}),
    ]


@pytest.mark.parametrize(
    ("queues", "paused_in", "state"),
    [
        (("Blue", "Red"), (), "off"),
        (("Blue", "Red"), ("Red",), "off"),
        (("Blue", "Red"), ("Red", "Blue"), "on"),
        ((), (), "off"),
    ],
)
async def test_it_shows_where_an_agent_is_paused(hass, company, queues, paused_in, state):
    company.change(AGENT, queues=queues, paused_in=paused_in)
    shown = hass.states.get(PAUSED)
    assert shown.state == state
    assert shown.attributes["queues"] == list(queues)
    assert shown.attributes["paused_in"] == list(paused_in)
    assert shown.state_info["unrecorded_attributes"] >= {"queues", "paused_in"}


async def test_a_logged_out_agent_cannot_be_paused(hass, company):
    company.change(AGENT, availability=AgentAvailability.LOGGED_OUT)
    company.errors["pause_agent"] = AgentLoggedOut(name="Anna Agent")
    with pytest.raises(HomeAssistantError, match="Anna Agent is logged out") as error:
        await switch(hass, PAUSED, "on")
    assert error.value.translation_key == "agent_logged_out"


async def test_a_refusal_is_told(hass, company):
    company.errors["set_do_not_disturb"] = Refused(reason="Not now.")
    with pytest.raises(HomeAssistantError, match=r"refused: Not now\."):
        await switch(hass, "switch.anna_do_not_disturb", "on")
    assert state_of(hass, "switch.anna_do_not_disturb") == "off"
