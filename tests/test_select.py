"""The status, to choose from what the extension's tenant offers."""

from itertools import cycle, islice, pairwise
from typing import Any

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.office_cti import select as select_module
from custom_components.office_cti.telephony.model import Status, StatusKind, StatusList

from .common import SALES, SEAT, SUPPORT, state_of, until
from .company import ANNA, AVAILABLE, GONE, LUNCH, QUIET, STATUSES

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


async def test_where_any_status_may_follow_what_is_held_is_shown_beside_what_is_offered(
    hass, company
):
    offered = tuple(
        Status(name, kind)
        for name, kind in (
            ("Ready", StatusKind.AVAILABLE),
            ("Break", StatusKind.AWAY),
            ("Disconnected", StatusKind.OFFLINE),
        )
    )
    company.put(StatusList(id=("states",), statuses=offered))
    company.change(ANNA, status_list=("states",), status=offered[0])
    assert options(hass, "select.anna_status") == ["Ready", "Break", "Disconnected"]
    company.change(ANNA, status=Status("Reserved", StatusKind.BUSY))
    assert state_of(hass, "select.anna_status") == "Reserved"
    assert options(hass, "select.anna_status") == ["Ready", "Break", "Disconnected", "Reserved"]
    for status in offered:
        target = {"entity_id": "select.anna_status", "option": status.name}
        await hass.services.async_call("select", "select_option", target, blocking=True)
        told = {"extension": ANNA.id, "status": status.name}
        assert company.commands.pop() == ("set_status", told)


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


# --- what may follow the present status --------------------------------------------------------

OF_ANNA = "select.anna_status"
EVERY_STATUS = ["Available", "Out to lunch", "Quiet hour", "Gone home"]


async def choose_for_anna(hass: Any, status: str) -> None:
    await hass.services.async_call(
        "select", "select_option", {"entity_id": OF_ANNA, "option": status}, blocking=True
    )


@pytest.mark.parametrize(
    ("status", "offered"),
    [
        (AVAILABLE, EVERY_STATUS),
        (LUNCH, ["Available", "Out to lunch", "Gone home"]),  # itself, though it may not follow
        (QUIET, ["Available", "Out to lunch", "Quiet hour"]),
        (GONE, EVERY_STATUS),  # all may follow
        (None, EVERY_STATUS),
    ],
)
async def test_what_may_follow_is_offered_and_the_present_status(hass, company, status, offered):
    company.change(ANNA, status=status)
    assert options(hass, OF_ANNA) == offered
    assert state_of(hass, OF_ANNA) == (status.name if status else "unknown")


async def test_what_may_follow_can_be_chosen_and_nothing_else(hass, company):
    company.change(ANNA, status=LUNCH)
    await choose_for_anna(hass, "Gone home")
    await choose_for_anna(hass, "Out to lunch")
    with pytest.raises(ServiceValidationError):
        await choose_for_anna(hass, "Quiet hour")
    assert [each.arguments["status"] for each in company.commands] == ["Gone home", "Out to lunch"]


async def test_what_else_a_status_does_is_said_of_those_that_are_offered(hass, company):
    effects = {"do_not_disturb_on", "do_not_disturb_off", "agent_logs_out"}
    told = hass.states.get(OF_ANNA)
    assert told.attributes["do_not_disturb_on"] == ["Quiet hour"]
    assert told.attributes["do_not_disturb_off"] == ["Available"]
    assert told.attributes["agent_logs_out"] == ["Gone home"]
    assert told.state_info["unrecorded_attributes"] >= effects
    company.change(ANNA, status=LUNCH)
    assert hass.states.get(OF_ANNA).attributes.keys() & effects == {
        "do_not_disturb_off",
        "agent_logs_out",
    }


async def test_who_gets_another_profile_chooses_from_its_statuses(hass, company):
    other = StatusList(id=("Agent",), statuses=(AVAILABLE, QUIET))
    company.put(other)
    company.change(ANNA, status_list=other.id)
    assert options(hass, OF_ANNA) == ["Available", "Quiet hour"]
    company.change(other, statuses=(QUIET, AVAILABLE, GONE))
    assert options(hass, OF_ANNA) == ["Quiet hour", "Available", "Gone home"]
    company.change(STATUSES, statuses=())  # no longer Anna's
    assert options(hass, OF_ANNA) == ["Quiet hour", "Available", "Gone home"]
    company.change(ANNA, status_list=("nowhere",))
    assert options(hass, OF_ANNA) == ["Available"]


async def test_statuses_that_change_without_end_keep_nobody_from_choosing(hass, company, caplog):
    for status in islice(cycle((LUNCH, QUIET, AVAILABLE)), 300):
        company.change(ANNA, status=status)
        assert state_of(hass, OF_ANNA) == status.name
        allowed = {each.name for each in STATUSES.statuses if each.key in status.following}
        assert allowed <= set(options(hass, OF_ANNA))
    assert "updating its capabilities too often" not in caplog.text


@pytest.fixture
def soon(monkeypatch):
    """Let options change again soon."""
    monkeypatch.setattr(select_module, "_CHANGE_EVERY", 0.02)


@pytest.fixture
def hectic(company):
    """Anna's status has changed so often that everything is offered."""
    for status in islice(cycle((LUNCH, QUIET)), 60):
        company.change(ANNA, status=status)
    return company


async def test_what_is_offered_too_much_is_refused(hass, hectic):
    assert options(hass, OF_ANNA) == EVERY_STATUS
    with pytest.raises(HomeAssistantError, match="Anna cannot have the status Gone home") as error:
        await choose_for_anna(hass, "Gone home")
    assert error.value.translation_key == "status_not_allowed"
    assert not hectic.commands
    await choose_for_anna(hass, "Available")
    assert hectic.commands == [("set_status", {"extension": ("1",), "status": "Available"})]


async def test_after_a_while_only_what_may_follow_is_offered_again(hass, soon, hectic):
    await until(lambda: options(hass, OF_ANNA) == ["Available", "Out to lunch", "Quiet hour"])


async def test_the_list_is_followed_after_a_while(hass, soon, hectic):
    hectic.change(STATUSES, statuses=(QUIET, GONE, LUNCH))
    await until(lambda: options(hass, OF_ANNA) == ["Quiet hour", "Out to lunch"])


async def test_under_another_entity_id_it_goes_on(hass, company):
    er.async_get(hass).async_update_entity(OF_ANNA, new_entity_id="select.boss")
    await hass.async_block_till_done()
    company.change(ANNA, status=LUNCH)
    assert state_of(hass, "select.boss") == "Out to lunch"
    company.change(STATUSES, statuses=(LUNCH,))
    assert options(hass, "select.boss") == ["Out to lunch"]


async def test_under_another_entity_id_it_waits_for_less_anew(hass, soon, hectic):
    er.async_get(hass).async_update_entity(OF_ANNA, new_entity_id="select.boss")
    await hass.async_block_till_done()
    hectic.change(STATUSES, statuses=(QUIET, GONE, LUNCH))
    await until(lambda: options(hass, "select.boss") == ["Quiet hour", "Out to lunch"])
