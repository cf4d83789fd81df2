"""What can be switched: do not disturb, forwards, an agent's log-in and pause."""

from typing import Any

from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.office_cti.telephony.model import AgentAvailability, Forward, ForwardKind
from custom_components.office_cti.telephony.system import AgentLoggedOut, Refused

from .common import state_of
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
