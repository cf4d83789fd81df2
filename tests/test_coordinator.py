"""Devices and entities follow the server's objects; what people made of them stays."""

import logging
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import callback
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.office_cti import admission, coordinator as coordinator_module
from custom_components.office_cti.const import DOMAIN
from custom_components.office_cti.telephony.isymphony_status import system as system_module
from custom_components.office_cti.telephony.model import Agent, Feature
from simulators.isymphony_status import Office, default_office

from .common import (
    SALES,
    SEAT,
    SUPPORT,
    device_names,
    extension_device,
    in_step,
    registered,
    reload,
    set_up,
    state_of,
    until,
)
from .company import AGENT, ANNA, BERT, CONFERENCE, EVERYTHING, GROUP, QUEUE, SERVER, SET
from .scripted_system import ScriptedSystem

PRESENCE = "sensor.extension_100_presence"


async def test_the_server_is_a_device_and_extensions_are_below_it(hass, loaded):
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), loaded.entry_id)
    (server,) = [device for device in devices if device.entry_type is dr.DeviceEntryType.SERVICE]
    extension = extension_device(hass, loaded, *SEAT)
    assert (server.name, server.manufacturer, server.model) == (
        "Office",
        "iSymphony",
        "iSymphony Status",
    )
    assert (extension.name, extension.model) == ("Extension 100", "Head Office / Sales")
    assert extension.via_device_id == server.id
    assert len(devices) == 13


async def test_all_of_an_extension(hass, loaded, snapshot, office, happens):
    await happens(
        office.set_status(*SEAT, "Out to Lunch"),
        office.set_note(*SEAT, "Lunch"),
        office.set_return_time(*SEAT, 1_800_000_000),
    )
    device = extension_device(hass, loaded, *SEAT)
    entities = er.async_entries_for_device(
        er.async_get(hass), device.id, include_disabled_entities=True
    )
    for entity in sorted(entities, key=lambda entity: entity.entity_id):
        assert {
            "unique_id": entity.unique_id,
            "disabled_by": entity.disabled_by,
            "category": entity.entity_category,
            "state": hass.states.get(entity.entity_id),
        } == snapshot(name=entity.entity_id)


async def test_an_added_extension_appears(hass, loaded, office, happens):
    await happens(office.add_extension(*SALES, "300"))
    assert state_of(hass, "sensor.extension_300_presence") == "available"
    assert state_of(hass, "text.extension_300_note") == ""
    assert state_of(hass, "datetime.extension_300_return_time") == "unknown"
    await happens(office.set_status(*SALES, "300", "Busy"))
    assert state_of(hass, "sensor.extension_300_presence") == "busy"


async def test_a_removed_extension_goes(hass, loaded, office, happens):
    await happens(office.remove_extension(*SEAT))
    assert hass.states.get(PRESENCE) is None
    assert extension_device(hass, loaded, *SEAT) is None
    assert not [each for each in registered(hass, loaded) if "_100_" in each]


async def test_a_removed_extension_that_comes_back_has_its_entity_ids_again(
    hass, loaded, office, happens
):
    entity_registry = er.async_get(hass)
    entity_registry.async_update_entity(PRESENCE, new_entity_id="sensor.boss")
    await happens(office.remove_extension(*SEAT), office.add_extension(*SEAT))
    assert state_of(hass, "sensor.boss") == "available"


async def test_a_renamed_extension_keeps_all_that_people_made_of_it(hass, loaded, office, happens):
    area = ar.async_get(hass).async_create("Ground floor")
    devices, entities = dr.async_get(hass), er.async_get(hass)
    device = extension_device(hass, loaded, *SEAT)
    devices.async_update_device(device.id, area_id=area.id, name_by_user="Reception desk")
    entities.async_update_entity(PRESENCE, name="Who is there")
    before = registered(hass, loaded)
    disabled = [each for each in before.values() if each.disabled and each.device_id == device.id]
    assert disabled

    await happens(office.rename_extension(*SEAT, "999"))

    after = registered(hass, loaded)
    assert {key: each.id for key, each in before.items()} == {
        key: each.id for key, each in after.items()
    }
    for each in disabled:  # what nobody has enabled moves along
        assert after[each.entity_id].unique_id == each.unique_id.replace("/100:", "/999:")
    moved = extension_device(hass, loaded, *SALES, "999")
    assert (moved.id, moved.area_id, moved.name_by_user) == (device.id, area.id, "Reception desk")
    # From 2026.11 on Home Assistant puts the device before it.
    assert hass.states.get(PRESENCE).name.endswith("Who is there")

    await happens(office.set_status(*SALES, "999", "Away"))
    assert state_of(hass, PRESENCE) == "away"
    await reload(hass, loaded)
    assert registered(hass, loaded).keys() == before.keys()
    assert state_of(hass, PRESENCE) == "away"


async def test_a_renamed_extension_is_called_by_its_new_number(hass, loaded, office, happens):
    await happens(office.rename_extension(*SEAT, "999"))
    assert extension_device(hass, loaded, *SALES, "999").name == "Extension 999"
    assert hass.states.get(PRESENCE).name == "Extension 999 Presence"
    assert hass.states.get("select.extension_100_status").name == "Extension 999 Status"


async def test_a_new_extension_may_have_a_number_that_was_given_up(hass, loaded, office, happens):
    await happens(office.rename_extension(*SEAT, "999"), office.add_extension(*SEAT))
    assert {"Extension 100", "Extension 999"} <= device_names(hass, loaded)
    await happens(office.set_status(*SALES, "999", "Away"))
    assert state_of(hass, PRESENCE) == "away"
    assert state_of(hass, "sensor.extension_100_presence_2") == "available"


async def test_two_extensions_swap_their_numbers(hass, loaded, office, happens):
    await happens(
        office.set_status(*SALES, "100", "Away"), office.set_status(*SALES, "101", "Busy")
    )
    before = {key: each.id for key, each in registered(hass, loaded).items()}
    await happens(
        office.rename_extension(*SALES, "100", "swap"),
        office.rename_extension(*SALES, "101", "100"),
        office.rename_extension(*SALES, "swap", "101"),
    )
    assert {key: each.id for key, each in registered(hass, loaded).items()} == before
    assert state_of(hass, PRESENCE) == "away"
    assert hass.states.get(PRESENCE).name == "Extension 101 Presence"
    assert state_of(hass, "sensor.extension_101_presence") == "busy"
    await happens(office.set_status(*SALES, "101", "Available"))
    assert state_of(hass, PRESENCE) == "available"


async def test_a_renamed_tenant_takes_its_extensions_along(hass, loaded, office, happens):
    before = {key: each.id for key, each in registered(hass, loaded).items()}
    await happens(office.rename_tenant(*SALES, "Trade"))
    assert {key: each.id for key, each in registered(hass, loaded).items()} == before
    device = extension_device(hass, loaded, "Head Office", "Trade", "100")
    assert device.model == "Head Office / Trade"
    await happens(office.set_status("Head Office", "Trade", "100", "Away"))
    assert state_of(hass, PRESENCE) == "away"
    await happens(office.add_status("Head Office", "Trade", "Fishing"))
    options = hass.states.get("select.extension_100_status").attributes["options"]
    assert "Fishing" in options


async def test_a_renamed_location_takes_everything_along(hass, loaded, office, happens):
    before = {key: each.id for key, each in registered(hass, loaded).items()}
    await happens(office.rename_location("Head Office", "Tower / 1%"))
    assert {key: each.id for key, each in registered(hass, loaded).items()} == before
    await happens(office.set_status("Tower / 1%", "Sales", "100", "Away"))
    assert state_of(hass, PRESENCE) == "away"
    await reload(hass, loaded)
    assert {key: each.id for key, each in registered(hass, loaded).items()} == before


async def test_a_removed_tenant_takes_its_extensions_along(hass, loaded, office, happens):
    await happens(office.remove_tenant(*SALES))
    assert device_names(hass, loaded) == {"Office", *(f"Extension {n}" for n in range(102, 112))}


async def test_a_removed_location_takes_everything_along(hass, loaded, office, happens):
    await happens(office.remove_location("Head Office"))
    assert device_names(hass, loaded) == {"Office", *(f"Extension {n}" for n in range(106, 112))}


async def test_an_added_location_fills_up(hass, loaded, office, happens):
    await happens(
        office.add_location("Airport"),
        office.add_tenant("Airport", "Crew"),
        office.add_status("Airport", "Crew", "In the air"),
        office.add_extension("Airport", "Crew", "700"),
    )
    options = hass.states.get("select.extension_700_status").attributes["options"]
    assert set(options) == {"In the air", "Available"}  # what it holds, too, if not offered


async def test_statuses_appear_are_renamed_and_go(hass, loaded, office, happens):
    def options() -> list[str]:
        return hass.states.get("select.extension_100_status").attributes["options"]

    await happens(office.add_status(*SALES, "Fishing"))
    assert options()[-1] == "Fishing"
    await happens(office.set_status(*SEAT, "Fishing"))
    await happens(office.rename_status(*SALES, "Fishing", "Out on the lake"))
    assert state_of(hass, "select.extension_100_status") == "Out on the lake"
    assert state_of(hass, "sensor.extension_100_status") == "Out on the lake"
    assert options()[-1] == "Out on the lake"
    assert "Fishing" not in options()
    await happens(
        office.set_status(*SEAT, "Available"), office.remove_status(*SALES, "Out on the lake")
    )
    assert "Out on the lake" not in options()


@pytest.fixture
def office() -> Office:
    return default_office(12)


async def test_a_number_of_two_tenants_is_named_with_its_tenant(hass, entry, office):
    office.add_extension(*SUPPORT, "100")
    await set_up(hass, entry)
    assert {
        "Extension 100 (Head Office, Sales)",
        "Extension 100 (Head Office, Support)",
        "Extension 101",
    } <= device_names(hass, entry)


async def test_a_number_that_two_tenants_share_from_now_on_is_named_with_its_tenant(
    hass, loaded, office, happens
):
    await happens(office.add_extension(*SUPPORT, "100"))
    await happens(office.rename_extension(*SUPPORT, "103", "101"))
    assert {
        "Extension 100 (Head Office, Support)",
        "Extension 101 (Head Office, Support)",
    } <= device_names(hass, loaded)


async def test_a_renamed_extension_takes_the_place_of_a_device_that_stands_for_nothing(
    hass, loaded, office, happens
):
    dr.async_get(hass).async_get_or_create(
        config_entry_id=loaded.entry_id,
        identifiers={(DOMAIN, "office:extension:Head Office/Sales/999")},
        name="Stale",
    )
    device = extension_device(hass, loaded, *SEAT)
    await happens(office.rename_extension(*SEAT, "999"))
    assert extension_device(hass, loaded, *SALES, "999").id == device.id
    assert "Stale" not in device_names(hass, loaded)


async def test_what_others_show_of_an_extension_is_left_alone(hass, loaded, office, happens):
    device = extension_device(hass, loaded, *SEAT)
    helper = MockConfigEntry(domain="template")
    helper.add_to_hass(hass)
    other = er.async_get(hass).async_get_or_create(
        "sensor", "template", "theirs", config_entry=helper, device_id=device.id
    )
    await happens(office.rename_extension(*SEAT, "999"))
    assert er.async_get(hass).async_get(other.entity_id).unique_id == "theirs"


async def test_an_extension_with_a_name_is_called_by_it(hass, loaded):
    """Other systems know names, and may know no status."""
    directory = loaded.runtime_data.directory
    known = directory.extensions.get(SEAT).object
    directory.extensions.put(
        known.with_changes(
            {
                "id": ("Annex", "300"),
                "group": ("Annex",),
                "status_list": ("Annex",),
                "number": "300",
                "name": "Anna",
                "status": None,
            }
        )
    )
    await hass.async_block_till_done()
    assert hass.states.get("sensor.anna_presence").name == "Anna Presence"
    assert state_of(hass, "sensor.anna_presence") == "unknown"
    assert state_of(hass, "sensor.anna_status") == "unknown"
    assert state_of(hass, "select.anna_status") == "unknown"
    assert hass.states.get("select.anna_status").attributes["options"] == []


# --- what is brought in ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ({}, range(100, 112)),
        ({"groups": ["Head Office"]}, range(100, 106)),
        ({"groups": ["Head Office/Sales", "Harbour Branch/Sales"]}, [100, 101, 106, 107]),
        ({"numbers": "101-103, 110"}, [101, 102, 103, 110]),
        ({"numbers": "11*"}, [110, 111]),
        ({"groups": ["Head Office"], "numbers": "105-107"}, [105]),
    ],
)
async def test_only_what_was_chosen_is_brought_in(hass, loaded, numbers):
    assert device_names(hass, loaded) == {"Office", *(f"Extension {n}" for n in numbers)}


@pytest.mark.parametrize("options", [{"groups": ["Head Office/Sales"], "numbers": "100-199"}])
async def test_what_was_not_chosen_stays_outside_when_it_is_added(hass, loaded, office, happens):
    await happens(
        office.add_extension(*SALES, "150"),
        office.add_extension(*SALES, "250"),
        office.add_extension(*SUPPORT, "151"),
    )
    assert device_names(hass, loaded) == {
        "Office",
        "Extension 100",
        "Extension 101",
        "Extension 150",
    }


@pytest.mark.parametrize("options", [{"numbers": "100-199"}])
async def test_a_number_beyond_all_numbers_is_not_wanted(hass, entry, office):
    office.add_extension(*SALES, "9" * 5000)
    await set_up(hass, entry)
    assert len(device_names(hass, entry)) == 13


@pytest.mark.parametrize("options", [{"numbers": "100-199"}])
async def test_a_new_number_brings_an_extension_in_or_takes_it_out(hass, loaded, office, happens):
    await happens(office.rename_extension(*SEAT, "200"))
    assert extension_device(hass, loaded, *SALES, "200") is None
    assert hass.states.get(PRESENCE) is None
    await happens(office.rename_extension(*SALES, "200", "102"))
    assert extension_device(hass, loaded, *SALES, "102").name.startswith("Extension 102")


@pytest.mark.parametrize("options", [{"groups": ["Head Office/Sales"]}])
async def test_chosen_groups_follow_a_rename_without_a_reload(hass, loaded, office, happens):
    running = loaded.runtime_data
    await happens(office.rename_tenant(*SALES, "Trade"))
    assert loaded.options["groups"] == ["Head Office/Trade"]
    await happens(office.rename_location("Head Office", "Tower"))
    assert loaded.options["groups"] == ["Tower/Trade"]
    await happens(office.add_extension("Tower", "Trade", "300"))
    assert loaded.runtime_data is running
    assert device_names(hass, loaded) == {
        "Office",
        "Extension 100",
        "Extension 101",
        "Extension 300",
    }


# --- across reloads ----------------------------------------------------------------------------


async def test_a_reload_changes_nothing(hass, loaded):
    def picture() -> Any:
        return (
            {state.entity_id: (state.state, state.attributes) for state in hass.states.async_all()},
            {key: (each.id, each.disabled_by) for key, each in registered(hass, loaded).items()},
        )

    before = picture()
    await reload(hass, loaded)
    assert picture() == before


async def test_a_reload_removes_devices_of_what_is_gone(hass, loaded, office):
    office.remove_extension(*SEAT)
    await reload(hass, loaded)
    assert extension_device(hass, loaded, *SEAT) is None


async def test_a_reload_keeps_devices_of_what_may_only_be_absent(
    hass, scripted_entry, scripted_office
):
    scripted_office.put(*EVERYTHING)
    await set_up(hass, scripted_entry)
    scripted_office.may_be_absent = frozenset({Agent})
    agent, conference = f"Agent {AGENT}", f"Conference {CONFERENCE}"
    assert {agent, conference} <= device_names(hass, scripted_entry)
    assert await hass.config_entries.async_unload(scripted_entry.entry_id)
    scripted_office.remove(AGENT, CONFERENCE)
    await hass.config_entries.async_setup(scripted_entry.entry_id)
    assert agent in device_names(hass, scripted_entry)
    assert conference not in device_names(hass, scripted_entry)
    hass.config_entries.async_update_entry(scripted_entry, options={"kinds": ["extensions"]})
    await hass.async_block_till_done()
    assert agent not in device_names(hass, scripted_entry)


async def test_an_empty_picture_removes_nothing(hass, loaded, office):
    locations, office.locations = office.locations, {}
    before = registered(hass, loaded).keys()
    await reload(hass, loaded)
    assert loaded.state is ConfigEntryState.LOADED
    assert registered(hass, loaded).keys() == before
    office.locations = locations


async def test_after_an_interruption_the_difference_is_brought_in(
    hass, loaded, simulator, office, happens
):
    office.add_extension(*SALES, "300")
    office.remove_extension(*SEAT)
    office.set_status(*SALES, "101", "Away")
    simulator.faults.drop()
    await until(lambda: hass.states.get("sensor.extension_300_presence"))
    await in_step(hass, loaded)
    assert hass.states.get(PRESENCE) is None
    assert state_of(hass, "sensor.extension_101_presence") == "away"


# --- while it is brought in, and while it is taken down ----------------------------------------


@pytest.fixture
def large_office(office: Office) -> Office:
    """Enough extensions for many slices."""
    for number in range(200, 400):
        office.add_extension(*SALES, str(number))
    return office


async def test_what_is_renamed_or_removed_while_it_is_brought_in_keeps_its_identity(
    hass, entry, simulator, large_office, monkeypatch, caplog
):
    await set_up(hass, entry)
    before = registered(hass, entry)
    large_office.add_extension(*SALES, "997")
    monkeypatch.setattr(coordinator_module, "_OBJECTS_AT_ONCE", 1)
    caplog.clear()

    @callback
    def first_one_is_there(event: Any) -> None:
        unsubscribe()
        for change in (
            large_office.rename_extension(*SALES, "399", "999"),
            large_office.remove_extension(*SALES, "398"),
            large_office.rename_extension(*SALES, "997", "998"),
        ):
            simulator.announce(change)

    assert await hass.config_entries.async_unload(entry.entry_id)
    unsubscribe = hass.bus.async_listen("state_changed", first_one_is_there)
    await set_up(hass, entry)
    await in_step(hass, entry)

    after = registered(hass, entry)
    presence = "sensor.extension_399_presence"
    assert after[presence].id == before[presence].id
    assert after[presence].unique_id == "office:extension:Head Office/Sales/999:presence"
    assert extension_device(hass, entry, *SALES, "398") is None
    assert state_of(hass, "sensor.extension_998_presence") == "available"
    assert "Extension 997" not in device_names(hass, entry)
    assert not _complaints(caplog)


async def test_a_location_that_is_renamed_while_it_is_brought_in_keeps_its_identity(
    hass, entry, simulator, large_office, monkeypatch, caplog
):
    await set_up(hass, entry)
    before = {key: each.id for key, each in registered(hass, entry).items()}
    monkeypatch.setattr(coordinator_module, "_OBJECTS_AT_ONCE", 1)
    assert await hass.config_entries.async_unload(entry.entry_id)

    @callback
    def first_one_is_there(event: Any) -> None:
        unsubscribe()
        simulator.announce(large_office.rename_location("Head Office", "Tower"))

    unsubscribe = hass.bus.async_listen("state_changed", first_one_is_there)
    caplog.clear()
    await set_up(hass, entry)
    await in_step(hass, entry)
    assert {key: each.id for key, each in registered(hass, entry).items()} == before
    assert extension_device(hass, entry, "Tower", "Sales", "399")
    assert state_of(hass, "sensor.extension_399_presence") == "available"
    assert not _complaints(caplog)


async def test_a_rename_that_is_not_yet_told_everywhere_outlives_an_unload(
    hass, loaded, simulator, large_office
):
    await reload(hass, loaded)
    before = {key: each.id for key, each in registered(hass, loaded).items()}
    simulator.announce(large_office.rename_location("Head Office", "Tower"))
    await until(lambda: loaded.runtime_data.directory._queue)
    await reload(hass, loaded)
    await in_step(hass, loaded)
    assert {key: each.id for key, each in registered(hass, loaded).items()} == before
    assert extension_device(hass, loaded, "Tower", "Sales", "399")


async def test_what_is_added_while_it_is_taken_down_is_not_brought_in(
    hass, loaded, simulator, large_office, caplog
):
    coordinator = loaded.runtime_data
    unload = hass.async_create_task(hass.config_entries.async_unload(loaded.entry_id))
    simulator.announce(large_office.add_extension(*SALES, "500"))
    coordinator.directory.extensions.put(
        next(iter(coordinator.directory.extensions)).object.with_changes(
            {"id": (*SALES, "501"), "number": "501"}
        )
    )
    assert await unload
    await hass.async_block_till_done()
    assert not [s for s in hass.states.async_entity_ids() if "_500_" in s or "_501_" in s]
    assert not _complaints(caplog)
    await set_up(hass, loaded)
    assert state_of(hass, "sensor.extension_500_presence") == "available"


async def test_one_failing_announcement_does_not_stop_the_others(
    hass, loaded, office, happens, monkeypatch
):
    coordinator = loaded.runtime_data
    followed = coordinator.renamed

    def renamed(record: Any, old_id: Any, new_id: Any) -> None:
        if new_id[-1] == "100":
            raise RuntimeError("a defect")
        followed(record, old_id, new_id)

    logged: list[str] = []
    monkeypatch.setattr(coordinator, "renamed", renamed)
    monkeypatch.setattr(  # a logged exception fails a test by itself
        "custom_components.office_cti.telephony.directory._LOGGER.exception",
        lambda message, *args: logged.append(message),
    )
    await happens(office.rename_location("Head Office", "Tower"))
    await happens(office.rename_extension("Tower", "Sales", "101", "901"))
    assert len(logged) == 1
    assert extension_device(hass, loaded, "Tower", "Sales", "901")


async def test_a_person_may_delete_only_devices_of_what_is_gone(
    hass, loaded, office, hass_ws_client
):
    assert await async_setup_component(hass, "config", {})
    client = await hass_ws_client(hass)
    devices = dr.async_get(hass)
    gone = devices.async_get_or_create(
        config_entry_id=loaded.entry_id, identifiers={(DOMAIN, "office:extension:gone")}
    )
    present = extension_device(hass, loaded, *SEAT)
    server = devices.async_get(present.via_device_id)
    assert await _is_deleted(client, gone.id)
    assert not await _is_deleted(client, present.id)
    assert not await _is_deleted(client, server.id)


async def test_no_device_is_deleted_while_nobody_knows_what_is_gone(
    hass, loaded, simulator, hass_ws_client
):
    assert await async_setup_component(hass, "config", {})
    client = await hass_ws_client(hass)
    device = extension_device(hass, loaded, *SEAT)
    assert await hass.config_entries.async_unload(loaded.entry_id)
    answer = await client.remove_device(device.id)
    assert not answer["success"]
    assert answer["error"]["code"] == "home_assistant_error"


async def _is_deleted(client: Any, device_id: str) -> bool:
    answer = await client.remove_device(device_id)
    return answer["success"]


def _complaints(caplog: Any) -> list[str]:
    """Return what was logged as wrong, but for asyncio's measuring."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING and record.name.startswith("homeassistant.helpers")
    ]


# --- an incomplete picture, and what the person chose ------------------------------------------


async def test_an_incomplete_first_picture_removes_nobody_and_is_read_again(
    hass, loaded, office, monkeypatch
):
    monkeypatch.setattr(system_module, "RESYNC_DELAY", 0.01)
    monkeypatch.setattr(system_module, "RESYNC_PAUSE", 0.01)
    assert await hass.config_entries.async_unload(loaded.entry_id)
    office.extension(*SEAT).return_time = "soon"  # a line that cannot be read
    await hass.config_entries.async_setup(loaded.entry_id)
    assert extension_device(hass, loaded, *SEAT)
    office.extension(*SEAT).return_time = 0
    await until(lambda: (state := state_of(hass, PRESENCE)) and state != "unavailable")


@pytest.mark.parametrize("options", [{"groups": ["Head Office/Sales"]}])
async def test_a_rename_overwrites_nothing_else_that_was_chosen(hass, loaded, office, simulator):
    simulator.announce(office.rename_tenant(*SALES, "Verkauf"))
    hass.config_entries.async_update_entry(
        loaded, options={"groups": ["Head Office/Sales"], "numbers": "100", "grace_period": 33}
    )
    await until(lambda: loaded.options["groups"] == ["Head Office/Verkauf"])
    await hass.async_block_till_done()
    assert loaded.options["grace_period"] == 33


@pytest.mark.parametrize("options", [{"status_kinds": {"busy": ["Code 7"]}}])
async def test_a_renamed_status_keeps_the_meaning_that_it_was_given(hass, loaded, office, happens):
    await happens(office.add_status(*SALES, "Code 7"), office.set_status(*SEAT, "Code 7"))
    await happens(office.rename_status(*SALES, "Code 7", "Code 8"))
    assert state_of(hass, PRESENCE) == "busy"
    assert loaded.options["status_kinds"] == {"busy": ["Code 7", "Code 8"]}
    await reload(hass, loaded)
    assert state_of(hass, PRESENCE) == "busy"


# --- every kind of object ----------------------------------------------------------------------


def device_of(hass: Any, kind: str, object_id: str) -> Any:
    return dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, f"office:{kind}:{object_id}"), "office"
    )


async def test_the_servers_release_is_its_devices_version(hass, company):
    def version():
        devices = dr.async_entries_for_config_entry(dr.async_get(hass), "office")
        return next(each.sw_version for each in devices if each.via_device_id is None)

    assert version() is None
    company.change(SERVER, version="2.11.1.150420")
    await hass.async_block_till_done()
    assert version() == "2.11.1.150420"


async def test_every_kind_of_object_is_a_device_below_the_server(hass, company):
    devices = {
        (device.name, device.model)
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), "office")
        if device.via_device_id
    }
    assert devices == {
        ("Anna", "Extension 100 (default)"),
        ("Bert", "Extension 101 (default)"),
        ("Agent Anna Agent", "Agent"),
        ("Agent Bert Agent", "Agent"),
        ("Queue Blue", "Queue"),
        ("Conference Board", "Conference"),
        ("Group 120", "Group"),
    }


@pytest.mark.parametrize(
    ("known", "shown"),
    [
        (AGENT, "sensor.agent_anna_agent_availability"),
        (QUEUE, "sensor.queue_blue_waiting"),
        (CONFERENCE, "sensor.conference_board_people"),
        (GROUP, "sensor.group_120_free_people"),
    ],
    ids=["agent", "queue", "conference", "group"],
)
async def test_they_appear_are_renamed_and_go(hass, scripted_office, scripted, known, shown):
    scripted_office.put(known)
    await hass.async_block_till_done()
    before = registered(hass, scripted)
    assert state_of(hass, shown) not in ("unknown", "unavailable")

    renamed = scripted_office.change(known, id=("99",), name="Other")
    await hass.async_block_till_done()
    after = registered(hass, scripted)
    assert {key: each.id for key, each in after.items()} == {
        key: each.id for key, each in before.items()
    }
    assert ":99:" in after[shown].unique_id
    assert " Other " in hass.states.get(shown).name

    scripted_office.remove(renamed)
    await hass.async_block_till_done()
    assert hass.states.get(shown) is None
    assert registered(hass, scripted).keys() == {"binary_sensor.office_connection"}
    assert device_names(hass, scripted) == {"Office"}


async def test_another_name_or_number_is_followed(hass, company):
    company.change(ANNA, name="Anna B.")
    company.change(QUEUE, name=None, number="3001")
    assert device_of(hass, "extension", "1").name == "Anna B."
    assert device_of(hass, "queue", "3").name == "Queue 3001"
    assert hass.states.get("sensor.anna_presence").name == "Anna B. Presence"
    assert hass.states.get("sensor.queue_blue_waiting").name == "Queue 3001 Waiting"


async def test_two_queues_of_one_name_are_told_apart(hass, company):
    company.put(QUEUE.with_changes({"id": ("33",), "group": ("annex",)}))
    await hass.async_block_till_done()
    assert device_of(hass, "queue", "33").name == "Queue Blue (annex)"


async def test_two_of_one_name_and_one_group_are_told_apart_by_number(hass, company):
    company.put(AGENT.with_changes({"id": ("22",), "number": "2002"}))
    company.put(QUEUE.with_changes({"id": ("33",), "number": "3002"}))
    await hass.async_block_till_done()
    assert device_of(hass, "agent", "22").name == "Agent Anna Agent (2002)"
    assert device_of(hass, "queue", "33").name == "Queue Blue (3002)"


async def test_two_people_of_one_name_without_a_number_are_told_apart(hass, company):
    nobodys = ANNA.with_changes({"id": ("21",), "number": "", "name": "Temp"})
    company.put(nobodys, nobodys.with_changes({"id": ("22",)}))
    await hass.async_block_till_done()
    assert device_of(hass, "extension", "21").name == "Temp (21)"
    assert device_of(hass, "extension", "22").name == "Temp (22)"


async def test_two_nameless_people_of_one_number_are_told_apart(hass, company):
    """They may share a line."""
    nameless = ANNA.with_changes({"id": ("21",), "number": "199", "name": None})
    company.put(nameless, nameless.with_changes({"id": ("22",)}))
    await hass.async_block_till_done()
    assert device_of(hass, "extension", "21").name == "Extension 199 (21)"
    assert device_of(hass, "extension", "22").name == "Extension 199 (22)"


async def test_who_has_neither_name_nor_number_is_called_by_the_id(hass, company):
    company.put(ANNA.with_changes({"id": ("21",), "number": "", "name": None}))
    await hass.async_block_till_done()
    assert device_of(hass, "extension", "21").name == "Extension 21"


async def test_another_name_and_another_id_at_once_keep_the_identity(hass, company, scripted_entry):
    """In a bulk the name is told when the object has its new id already."""
    before = {key: each.id for key, each in registered(hass, scripted_entry).items()}
    device = device_of(hass, "extension", "1")
    with company.system.directory.bulk():
        anna = company.change(ANNA, name="Anna B.")
        company.change(anna, id=("11",), features=ANNA.features - {Feature.HANG_UP})
    await until(lambda: device_of(hass, "extension", "11"))
    moved = device_of(hass, "extension", "11")
    assert (moved.id, moved.name) == (device.id, "Anna B.")
    del before["button.anna_hang_up"]
    assert {key: each.id for key, each in registered(hass, scripted_entry).items()} == before


@pytest.mark.parametrize("options", [{"kinds": ["queues", "agents"]}])
async def test_only_the_chosen_kinds_are_brought_in(hass, company, scripted_entry):
    agents = {"Agent Anna Agent", "Agent Bert Agent"}
    assert device_names(hass, scripted_entry) == {"Office", "Queue Blue", *agents}


# --- what an object can do ---------------------------------------------------------------------


async def test_what_an_object_can_do_since_has_its_entities(hass, all_enabled, scripted_entry):
    before = registered(hass, scripted_entry)
    seen = {
        f"binary_sensor.bert_{what}"
        for what in (
            "do_not_disturb",
            "call_filter",
            "call_recording",
            "forward_always",
            "forward_on_no_answer",
            "forward_on_busy",
            "redirect",
            "call_center_mode",
            "break",
        )
    }
    all_enabled.change(BERT, features=BERT.features | SET)
    await hass.async_block_till_done()
    after = registered(hass, scripted_entry)
    assert before.keys() - after.keys() == seen  # what can be switched has a switch
    assert after.keys() - before.keys() == {
        "select.bert_status",
        *(each.replace("binary_sensor", "switch") for each in seen),
        "text.bert_forward_always_to",
        "text.bert_forward_on_no_answer_to",
        "text.bert_forward_on_busy_to",
    }
    assert state_of(hass, "switch.bert_do_not_disturb") == "on"
    assert state_of(hass, "text.bert_forward_always_to") == "0555003"
    assert hass.states.get("switch.bert_call_filter") is None  # disabled, until wanted

    all_enabled.change(BERT, features=BERT.features)
    await hass.async_block_till_done()
    assert registered(hass, scripted_entry).keys() == before.keys()
    assert state_of(hass, "binary_sensor.bert_do_not_disturb") == "on"


async def test_what_comes_back_is_as_the_person_left_it(hass, company):
    switch = "switch.anna_do_not_disturb"
    er.async_get(hass).async_update_entity(switch, new_entity_id="switch.quiet")
    await hass.async_block_till_done()
    for features in (ANNA.features - {Feature.SET_DO_NOT_DISTURB}, ANNA.features):
        company.change(ANNA, features=features)
        await hass.async_block_till_done()
    assert state_of(hass, "switch.quiet") == "off"
    assert hass.states.get(switch) is None


async def test_what_comes_and_goes_in_a_moment_is_there_once(hass, company, caplog):
    for features in (ANNA.features - SET, ANNA.features, ANNA.features - SET, ANNA.features):
        company.change(ANNA, features=features)
    await hass.async_block_till_done()
    assert state_of(hass, "switch.anna_do_not_disturb") == "off"
    assert state_of(hass, "select.anna_status") == "Available"
    assert not _complaints(caplog)


@pytest.mark.parametrize("comes_back", [True, False])
async def test_what_was_shown_the_last_time_keeps_its_place_if_it_may_be_told_again(
    hass, company, scripted_entry, monkeypatch, comes_back
):
    """As with modes that only notifications tell: who restarts has had none yet."""
    recalled = []

    def recall(system, known, features):
        recalled.append((known.id, features))
        if comes_back:
            company.change(ANNA, features=ANNA.features)

    monkeypatch.setattr(ScriptedSystem, "recall", recall)
    assert await hass.config_entries.async_unload(scripted_entry.entry_id)
    company.put(ANNA.with_changes({"features": ANNA.features - {Feature.REDIRECT}}))
    await set_up(hass, scripted_entry)
    assert recalled == [(ANNA.id, {Feature.REDIRECT})]
    is_there = "switch.anna_redirect" in registered(hass, scripted_entry)
    assert is_there is comes_back
    if comes_back:
        assert state_of(hass, "switch.anna_redirect") == "off"


async def test_a_feature_changes_nothing_of_the_others(hass, company, writes):
    company.change(BERT, features=BERT.features | {Feature.SET_DO_NOT_DISTURB})
    await hass.async_block_till_done()
    assert set(writes) == {"switch.bert_do_not_disturb"}


@pytest.mark.parametrize(
    ("known", "feature", "shown"),
    [
        (ANNA, Feature.STATUS, ["sensor.anna_presence", "sensor.anna_status"]),
        (ANNA, Feature.SET_STATUS, ["select.anna_status"]),
        (ANNA, Feature.SET_NOTE, ["text.anna_note"]),
        (
            ANNA,
            Feature.SET_RETURN_TIME,
            ["datetime.anna_return_time", "button.anna_clear_return_time"],
        ),
        (
            ANNA,
            Feature.SET_FORWARDS,
            [
                f"{domain}.anna_forward_{kind}"
                for kind in ("always", "on_busy", "on_no_answer")
                for domain in ("switch", "text")
            ],
        ),
        (ANNA, Feature.CALLS, ["event.anna_call", "sensor.anna_other_party"]),
        (ANNA, Feature.MESSAGES, ["event.anna_message"]),
        (ANNA, Feature.SEND_MESSAGE, ["notify.anna_message"]),
        (ANNA, Feature.SET_REDIRECT, ["switch.anna_redirect"]),
        (ANNA, Feature.BREAK, ["switch.anna_break"]),
        (BERT, Feature.DO_NOT_DISTURB, ["binary_sensor.bert_do_not_disturb"]),
        (BERT, Feature.CALL_CENTER, ["binary_sensor.bert_call_center_mode"]),
        (SERVER, Feature.NOTIFICATIONS, ["event.office_notification"]),
        (AGENT, Feature.LOG_IN, ["switch.agent_anna_agent_logged_in"]),
    ],
)
async def test_what_is_suspended_is_unavailable_and_nothing_else(
    hass, all_enabled, known, feature, shown
):
    expected = {each + "_to" if each.startswith("text.anna_forward") else each for each in shown}
    all_enabled.change(known, suspended=frozenset({feature}))
    assert {s.entity_id for s in hass.states.async_all() if s.state == "unavailable"} == expected
    all_enabled.change(known, suspended=frozenset())
    assert not [s for s in hass.states.async_all() if s.state == "unavailable"]


async def test_with_little_room_only_the_essentials_are_enabled(
    hass, scripted_office, scripted_entry, monkeypatch
):
    essential = {
        "binary_sensor.office_connection",
        "sensor.anna_presence",
        "sensor.anna_status",
        "sensor.bert_presence",
        "sensor.bert_status",
        "sensor.agent_anna_agent_availability",
        "sensor.agent_bert_agent_availability",
        "sensor.queue_blue_waiting",
        "sensor.conference_board_people",
        "sensor.group_120_free_people",
        "event.office_notification",
    }
    monkeypatch.setattr(admission, "ENABLED_ENTITIES_MOST", len(essential))
    scripted_office.put(*EVERYTHING)
    await set_up(hass, scripted_entry)
    assert set(hass.states.async_entity_ids()) == essential


async def test_a_reload_leaves_nothing_behind(hass, all_enabled, scripted_entry):
    records = [all_enabled.record(each) for each in EVERYTHING]
    before = {state.entity_id: state.state for state in hass.states.async_all()}
    heard = [(len(r._listeners), len(r._event_listeners)) for r in records]
    await reload(hass, scripted_entry)
    assert not any(r._listeners or r._event_listeners for r in records)
    again = [all_enabled.record(each) for each in EVERYTHING]
    assert [(len(r._listeners), len(r._event_listeners)) for r in again] == heard
    assert {state.entity_id: state.state for state in hass.states.async_all()} == before
