"""The note beside a status, and where calls are forwarded to."""

from typing import Any

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest

from custom_components.office_cti.telephony.model import Forward, ForwardKind
from custom_components.office_cti.telephony.system import InvalidNumber

from .common import SEAT, state_of, until
from .company import ANNA

NOTE = "text.extension_100_note"


async def write(hass: Any, note: str) -> None:
    await hass.services.async_call(
        "text", "set_value", {"entity_id": NOTE, "value": note}, blocking=True
    )


async def test_the_note_shows_what_the_server_says(hass, loaded, office, happens):
    assert state_of(hass, NOTE) == ""
    await happens(office.set_note(*SEAT, "Back at two"))
    assert state_of(hass, NOTE) == "Back at two"


async def test_a_written_note_reaches_the_server(hass, loaded, office):
    await write(hass, "Zahnarzt 🦷\nbis zwei")
    assert office.extension(*SEAT).note == "Zahnarzt 🦷\nbis zwei"
    assert state_of(hass, NOTE) == "Zahnarzt 🦷\nbis zwei"
    await write(hass, "")
    assert state_of(hass, NOTE) == office.extension(*SEAT).note == ""


async def test_a_long_note_is_cut_and_kept_whole_beside(hass, loaded, office, happens):
    await happens(office.set_note(*SEAT, "x" * 256))
    state = hass.states.get(NOTE)
    assert (state.state, state.attributes["full_text"]) == ("x" * 254 + "…", "x" * 256)
    assert state.state_info["unrecorded_attributes"] >= {"full_text"}
    await happens(office.set_note(*SEAT, "x" * 255))
    state = hass.states.get(NOTE)
    assert state.state == "x" * 255
    assert "full_text" not in state.attributes


async def test_a_refusal_is_told_and_nothing_is_shown_that_is_not_so(hass, loaded, simulator):
    simulator.faults.error(command="set_extension_note", text="Nobody may.")
    with pytest.raises(HomeAssistantError, match=r"refused: Nobody may\.") as error:
        await write(hass, "A hope")
    assert error.value.translation_key == "refused"
    assert state_of(hass, NOTE) == ""


@pytest.mark.parametrize("note", ["a@#b", "a#masknl#b", "a@\nb"])
async def test_what_cannot_travel_is_not_sent(hass, loaded, simulator, note):
    simulator.received.clear()
    with pytest.raises(ServiceValidationError) as error:
        await write(hass, note)
    assert error.value.translation_key == "reserved_characters"
    assert note not in str(error.value)  # what people write stays out of the log
    assert not simulator.received


@pytest.mark.parametrize("options", [{"grace_period": 300}])
async def test_nothing_is_written_without_a_connection(hass, loaded, simulator, office):
    await simulator.faults.refuse()
    await until(lambda: state_of(hass, "binary_sensor.office_connection") == "off")
    with pytest.raises(HomeAssistantError) as error:
        await write(hass, "Lunch")
    assert error.value.translation_key == "not_connected"
    assert not office.extension(*SEAT).note


async def test_a_lost_answer_is_told(hass, loaded, simulator):
    simulator.faults.lost(command="set_extension_note")
    call = hass.async_create_task(write(hass, "Lunch"))
    await until(lambda: any("Lunch" in line for line in simulator.received))
    simulator.faults.drop()
    with pytest.raises(HomeAssistantError) as error:
        await call
    assert error.value.translation_key == "connection_lost"


async def test_a_long_note_saved_as_it_is_shown_stays_whole(hass, loaded, office, happens):
    await happens(office.set_note(*SEAT, "x" * 300))
    await write(hass, hass.states.get(NOTE).state)
    assert office.extension(*SEAT).note == "x" * 300


async def test_too_long_a_note_is_refused(hass, loaded, simulator):
    simulator.received.clear()
    with pytest.raises(ServiceValidationError) as error:
        await hass.services.async_call(
            "office_cti",
            "set_status",
            {"entity_id": NOTE, "note": "x" * 70_000},
            blocking=True,
        )
    assert error.value.translation_key == "text_too_long"
    assert not simulator.received


# --- where calls are forwarded to --------------------------------------------------------------

DESTINATIONS = {
    ForwardKind.ALWAYS: "text.anna_forward_always_to",
    ForwardKind.NO_ANSWER: "text.anna_forward_on_no_answer_to",
    ForwardKind.BUSY: "text.anna_forward_on_busy_to",
}


@pytest.mark.parametrize(("kind", "entity_id"), DESTINATIONS.items())
async def test_the_destination_shows_what_the_server_says(hass, company, kind, entity_id):
    for enabled in (True, False):
        company.change(ANNA, **{f"forward_{kind}": Forward(enabled, "0555999")})
        assert state_of(hass, entity_id) == "0555999"
    company.change(ANNA, **{f"forward_{kind}": None})
    assert state_of(hass, entity_id) == "unknown"


@pytest.mark.parametrize(("kind", "entity_id"), DESTINATIONS.items())
async def test_a_written_destination_reaches_the_server(hass, company, kind, entity_id):
    for destination in ("0555999", ""):
        await hass.services.async_call(
            "text", "set_value", {"entity_id": entity_id, "value": destination}, blocking=True
        )
        told = {"extension": ("1",), "kind": kind, "destination": destination}
        assert company.commands.pop() == ("set_forward", told)


async def test_a_destination_that_cannot_be_called_is_told(hass, company):
    company.errors["set_forward"] = InvalidNumber()
    with pytest.raises(HomeAssistantError) as error:
        await hass.services.async_call(
            "text",
            "set_value",
            {"entity_id": DESTINATIONS[ForwardKind.ALWAYS], "value": "?"},
            blocking=True,
        )
    assert error.value.translation_key == "invalid_number"
    assert state_of(hass, DESTINATIONS[ForwardKind.ALWAYS]) == "0555001"
