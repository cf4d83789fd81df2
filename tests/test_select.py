"""The status, to choose from what the extension's tenant offers."""

from itertools import pairwise
from typing import Any

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.office_cti import select as select_module

from .common import SALES, SEAT, SUPPORT, state_of, until

STATUS = "select.extension_100_status"


def options(hass: Any, entity_id: str = STATUS) -> list[str]:
    return hass.states.get(entity_id).attributes["options"]


async def choose(hass: Any, status: str) -> None:
    await hass.services.async_call(
        "select", "select_option", {"entity_id": STATUS, "option": status}, blocking=True
    )


@pytest.fixture
def writes(hass):
    """What was written of the select since: state and options."""
    written: list[tuple[str, list[str]]] = []

    def write(event: Any) -> None:
        if event.data["entity_id"] == STATUS and (new := event.data["new_state"]):
            written.append((new.state, new.attributes.get("options", [])))

    hass.bus.async_listen("state_changed", write)
    return written


async def test_the_tenants_own_statuses_are_offered(hass, loaded, office):
    assert options(hass) == office.tenant(*SALES).statuses
    assert options(hass, "select.extension_102_status") == office.tenant(*SUPPORT).statuses
    assert "Wrapping Up" not in options(hass)


async def test_a_chosen_status_reaches_the_server(hass, loaded, office):
    await choose(hass, "Out to Lunch")
    assert office.extension(*SEAT).status == "Out to Lunch"
    assert state_of(hass, STATUS) == "Out to Lunch"
    assert state_of(hass, "sensor.extension_100_presence") == "away"


async def test_what_is_not_offered_cannot_be_chosen(hass, loaded, simulator):
    simulator.received.clear()
    with pytest.raises(ServiceValidationError):
        await choose(hass, "Wrapping Up")
    assert not simulator.received


async def test_a_refusal_is_told(hass, loaded, simulator):
    simulator.faults.error(command="set_extension_status", text="Not now.")
    with pytest.raises(HomeAssistantError, match=r"refused: Not now\."):
        await choose(hass, "Busy")
    assert state_of(hass, STATUS) == "Available"


async def test_the_event_of_another_client_is_not_undone(hass, loaded, office, happens):
    await choose(hass, "Busy")
    await happens(office.set_status(*SEAT, "Away"))
    assert state_of(hass, STATUS) == "Away"


async def test_a_held_status_that_is_no_longer_offered_stays_to_be_seen(
    hass, loaded, office, happens
):
    await happens(office.set_status(*SEAT, "Busy"), office.remove_status(*SALES, "Busy"))
    assert state_of(hass, STATUS) == "Busy"
    assert options(hass)[-1] == "Busy"
    assert "Busy" not in options(hass, "select.extension_101_status")
    await happens(office.set_status(*SEAT, "Away"))
    assert "Busy" not in options(hass)


async def test_a_long_status_can_be_chosen(hass, loaded, office, happens):
    long = "In a meeting about " + "meetings " * 40
    await happens(office.add_status(*SALES, long))
    await choose(hass, long[:254] + "…")
    assert office.extension(*SEAT).status == long
    assert hass.states.get(STATUS).attributes["full_text"] == long


async def test_options_and_state_change_in_one_write(hass, loaded, office, happens, writes):
    await happens(office.set_status(*SEAT, "Busy"))
    del writes[:]
    await happens(office.rename_status(*SALES, "Busy", "Occupied"))
    ((state, offered),) = writes
    assert state == "Occupied"
    assert "Occupied" in offered
    assert "Busy" not in offered


async def test_renames_without_end_are_followed_at_a_measured_pace(
    hass, loaded, office, happens, caplog
):
    await happens(office.set_status(*SEAT, "Busy"))
    names = ["Busy", *(f"Busy {turn}" for turn in range(130))]
    for old, new in pairwise(names):
        await happens(office.rename_status(*SALES, old, new))
    assert "updating its capabilities too often" not in caplog.text
    assert state_of(hass, "sensor.extension_100_status") == names[-1]
    assert state_of(hass, STATUS) in options(hass)


async def test_what_was_held_back_is_shown_in_the_end(hass, loaded, office, happens, monkeypatch):
    monkeypatch.setattr(select_module, "_CHANGE_EVERY", 0.02)
    names = ["Busy", *(f"Busy {turn}" for turn in range(50))]
    await happens(office.set_status(*SEAT, "Busy"))
    for old, new in pairwise(names):
        await happens(office.rename_status(*SALES, old, new))
    await until(lambda: state_of(hass, STATUS) == names[-1])
    await until(lambda: options(hass) == office.tenant(*SALES).statuses)


@pytest.fixture
async def held_back(loaded, office, happens, monkeypatch):
    """The options of extension 100 may not change for now."""
    await happens(office.set_status(*SEAT, "Busy"))
    monkeypatch.setattr(select_module, "_CHANGES_AT_ONCE", 1)
    await happens(office.add_status(*SALES, "Fishing"))
    await happens(office.add_status(*SALES, "Hunting"))


async def test_a_status_that_is_shown_already_can_be_held_meanwhile(
    hass, held_back, office, happens
):
    assert "Hunting" not in options(hass)
    await happens(office.set_status(*SEAT, "Away"))
    assert state_of(hass, STATUS) == "Away"
    await happens(office.set_status(*SEAT, "Hunting"))
    assert state_of(hass, STATUS) == "Away"  # until the options may change again


@pytest.mark.parametrize("options", [{"grace_period": 0}])
async def test_it_is_unavailable_with_everything_else_meanwhile(hass, held_back, simulator):
    await simulator.faults.refuse()
    await until(lambda: state_of(hass, STATUS) == "unavailable")
    await simulator.faults.none()
    await until(lambda: state_of(hass, STATUS) == "Busy")


async def test_who_is_removed_no_longer_waits(hass, held_back, loaded):
    assert await hass.config_entries.async_unload(loaded.entry_id)
    # A timer that is left behind fails the test.


async def test_the_registry_knows_the_options(hass, loaded, office, happens):
    await happens(office.add_status(*SALES, "Fishing"))
    entity = er.async_get(hass).async_get(STATUS)
    assert entity.capabilities["options"] == options(hass)
