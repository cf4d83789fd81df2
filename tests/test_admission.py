"""Not more is enabled than Home Assistant takes, and people are told."""

from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.office_cti import admission, text
from custom_components.office_cti.const import DOMAIN
from simulators.isymphony_status import StatusSimulator, default_office

from .common import (
    SALES,
    SEAT,
    device_names,
    extension_device,
    in_step,
    registered,
    reload,
    set_up,
    state_of,
    until,
)

# What is enabled: the server's one, then per extension all of its enabled ones, or the essential ones.
SERVER = 1
FULL = 5
ESSENTIAL = 2

REDUCED = "reduced_entities_office"
LEFT_OUT = "too_many_extensions_office"


@pytest.fixture
def room(monkeypatch):
    """Let only so many entities be enabled."""

    def room(most: int) -> None:
        monkeypatch.setattr(admission, "ENABLED_ENTITIES_MOST", most)

    return room


def issues(hass: Any) -> dict[str, Any]:
    return {
        issue_id: issue
        for (domain, issue_id), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN
    }


def enabled(hass: Any, entry: Any) -> int:
    return sum(not each.disabled for each in registered(hass, entry).values())


async def test_all_is_enabled_if_there_is_room(hass, entry, room):
    room(SERVER + 12 * FULL)
    await set_up(hass, entry)
    assert enabled(hass, entry) == SERVER + 12 * FULL
    assert not issues(hass)


async def test_only_what_is_essential_is_enabled_if_there_is_less(hass, entry, room):
    room(SERVER + 12 * FULL - 1)
    await set_up(hass, entry)
    assert enabled(hass, entry) == SERVER + 12 * ESSENTIAL
    assert state_of(hass, "sensor.extension_100_presence") == "available"
    assert state_of(hass, "sensor.extension_100_status") == "Available"
    assert hass.states.get("select.extension_100_status") is None
    select = registered(hass, entry)["select.extension_100_status"]
    assert select.disabled_by is er.RegistryEntryDisabler.INTEGRATION
    issue = issues(hass)[REDUCED]
    assert issue.severity is ir.IssueSeverity.WARNING
    assert issue.translation_placeholders["title"] == "Office"
    assert LEFT_OUT not in issues(hass)


async def test_nothing_comes_in_by_chance_if_there_is_no_room(hass, entry, room):
    room(SERVER + 12 * ESSENTIAL - 1)
    await set_up(hass, entry)
    assert device_names(hass, entry) == {"Office"}
    assert issues(hass)[LEFT_OUT].translation_placeholders["left_out"] == "12"
    assert REDUCED not in issues(hass)
    room(9_000)
    hass.config_entries.async_update_entry(entry, options={"groups": ["Head Office"]})
    await until(lambda: len(device_names(hass, entry)) == 7)
    await hass.async_block_till_done()
    assert not issues(hass)


async def test_what_was_left_disabled_is_enabled_when_there_is_room(hass, entry, room):
    room(SERVER + 12 * ESSENTIAL)
    await set_up(hass, entry)
    person = er.RegistryEntryDisabler.USER
    er.async_get(hass).async_update_entity("text.extension_100_note", disabled_by=person)

    await reload(hass, entry)  # no room yet
    assert REDUCED in issues(hass)
    assert enabled(hass, entry) == SERVER + 12 * ESSENTIAL

    room(9_000)
    await reload(hass, entry)
    assert state_of(hass, "select.extension_100_status") == "Available"
    assert not issues(hass)
    all_of_it = registered(hass, entry)
    assert enabled(hass, entry) == SERVER + 12 * FULL - 1
    assert all_of_it["text.extension_100_note"].disabled_by is person
    # What is disabled until wanted stays so.
    assert all_of_it["button.extension_100_clear_return_time"].disabled


async def test_enabling_again_ends(hass, entry, room, monkeypatch):
    """Home Assistant reloads an entry some time after its entities were enabled: only once."""
    monkeypatch.setattr("homeassistant.config_entries.RELOAD_AFTER_UPDATE_DELAY", 0)
    room(SERVER + 12 * ESSENTIAL)
    await set_up(hass, entry)
    room(9_000)
    loaded: list[Any] = []

    def state_changed() -> None:
        if entry.state is ConfigEntryState.LOADED:
            loaded.append(entry.runtime_data)

    entry.async_on_state_change(state_changed)
    await reload(hass, entry)
    await until(lambda: len(loaded) == 2)
    for _ in range(3):
        await in_step(hass, entry)
    assert len(loaded) == 2
    assert enabled(hass, entry) == SERVER + 12 * FULL


@pytest.mark.parametrize("times", [1, 2])
async def test_a_reload_without_room_leaves_out_the_same(hass, entry, office, room, times):
    """The objects of the picture are counted together, not one by one as they are announced."""
    room(SERVER + 12 * ESSENTIAL - 1)
    await set_up(hass, entry)
    for _ in range(times):
        await reload(hass, entry)
    assert device_names(hass, entry) == {"Office"}


async def test_what_is_added_at_runtime_is_counted(hass, entry, office, happens, room):
    room(SERVER + 12 * FULL + FULL + ESSENTIAL)
    await set_up(hass, entry)
    await happens(office.add_extension(*SALES, "300"))
    assert state_of(hass, "text.extension_300_note") == ""
    assert not issues(hass)
    await happens(office.add_extension(*SALES, "301"))
    assert state_of(hass, "sensor.extension_301_presence") == "available"
    assert hass.states.get("text.extension_301_note") is None
    assert issues(hass).keys() == {REDUCED}
    await happens(office.add_extension(*SALES, "302"))
    assert extension_device(hass, entry, *SALES, "302") is None
    assert issues(hass).keys() == {REDUCED, LEFT_OUT}
    assert issues(hass)[LEFT_OUT].translation_placeholders["left_out"] == "1"


async def test_what_was_left_out_can_change_its_number_and_go(hass, entry, office, happens, room):
    room(SERVER + 12 * FULL)
    await set_up(hass, entry)
    await happens(office.add_extension(*SALES, "300"))
    await happens(office.rename_extension(*SALES, "300", "301"))
    assert issues(hass)[LEFT_OUT].translation_placeholders["left_out"] == "1"
    await happens(office.remove_extension(*SALES, "301"))
    assert not issues(hass)
    assert device_names(hass, entry) == {"Office", *(f"Extension {n}" for n in range(100, 112))}


async def test_what_is_registered_needs_no_room_when_it_comes_back(
    hass, entry, office, happens, simulator, room
):
    """A server that is still starting has nobody yet; they come one by one."""
    room(SERVER + 12 * FULL)
    await set_up(hass, entry)
    locations, office.locations = office.locations, {}
    await reload(hass, entry)
    office.locations = locations
    simulator.faults.drop()
    await until(lambda: len(entry.runtime_data.directory.extensions) == 12)
    await in_step(hass, entry)
    await until(lambda: hass.states.get("sensor.extension_111_presence").state == "available")
    assert not issues(hass)
    assert state_of(hass, "text.extension_100_note") == office.extension(*SEAT).note


async def test_a_removed_entry_withdraws_what_it_told(hass, entry, office, happens, room):
    room(SERVER + 11 * ESSENTIAL)
    await set_up(hass, entry)
    assert issues(hass)
    await hass.config_entries.async_remove(entry.entry_id)
    assert not issues(hass)


# --- what comes together is counted together, and entities are what is counted -----------------


@pytest.mark.parametrize(("extensions", "reduced"), [(1_800, False), (4_500, True)])
async def test_as_many_as_is_promised_come_in(hass, extensions, reduced):
    async with StatusSimulator(default_office(extensions)) as simulator:
        entry = MockConfigEntry(
            domain=DOMAIN,
            entry_id="office",
            title="Office",
            data={"system": "isymphony_status", "host": "127.0.0.1", "port": simulator.port},
        )
        entry.add_to_hass(hass)
        await set_up(hass, entry)
        assert len(device_names(hass, entry)) == extensions + 1
        assert _issues(hass) == ({"reduced_entities_office"} if reduced else set())
        assert await hass.config_entries.async_unload(entry.entry_id)


async def test_those_that_come_together_while_running_are_counted_together(
    hass, entry, office, simulator, monkeypatch
):
    monkeypatch.setattr(admission, "ENABLED_ENTITIES_MOST", 1 + 12 * 2 + 3)
    locations, office.locations = office.locations, {}
    await set_up(hass, entry)
    office.locations = locations
    simulator.faults.drop()
    await until(lambda: len(device_names(hass, entry)) == 13)
    await in_step(hass, entry)
    assert _issues(hass) == {"reduced_entities_office"}


async def test_new_entities_of_known_devices_are_counted(hass, entry, monkeypatch):
    most = 1 + 12 * 4
    monkeypatch.setattr(admission, "ENABLED_ENTITIES_MOST", most)
    with monkeypatch.context() as version_before:
        version_before.setattr(text, "TEXTS", ())
        await set_up(hass, entry)
    await reload(hass, entry)
    assert sum(not each.disabled for each in registered(hass, entry).values()) == most


async def test_what_is_disabled_until_wanted_stays_so(hass, company, scripted_entry):
    # An agent's phone is, an extension's, which has the same key, is not.
    before = {each for each, entity in registered(hass, scripted_entry).items() if entity.disabled}
    assert "sensor.agent_anna_agent_phone" in before
    await reload(hass, scripted_entry)
    after = {each for each, entity in registered(hass, scripted_entry).items() if entity.disabled}
    assert after == before


async def test_a_disabled_entry_has_no_repairs(hass, entry, monkeypatch):
    monkeypatch.setattr(admission, "ENABLED_ENTITIES_MOST", 30)
    await set_up(hass, entry)
    assert _issues(hass)
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    await hass.async_block_till_done()
    assert not _issues(hass)


def _issues(hass):
    return {issue for domain, issue in ir.async_get(hass).issues if domain == DOMAIN}
