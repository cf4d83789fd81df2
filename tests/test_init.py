"""Setting a telephone system up, taking it down, and removing it."""

import asyncio
from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components import office_cti
from custom_components.office_cti.const import DOMAIN
from custom_components.office_cti.telephony.isymphony_status.messages import ExtensionStatusUpdated
from custom_components.office_cti.telephony.system import (
    AuthenticationFailed,
    CannotConnect,
    CertificateNotTrusted,
    ConnectionLost,
    LoginRefused,
    NoAnswer,
    NoProfile,
    TelephonyError,
    VersionRefused,
)

from .common import SEAT, reload, set_up, state_of, until

PRESENCE = "sensor.extension_100_presence"


async def test_extensions_become_devices_with_entities(hass, entry):
    await set_up(hass, entry)
    assert state_of(hass, PRESENCE) == "available"
    assert state_of(hass, "binary_sensor.office_connection") == "on"


async def test_nothing_is_used_that_home_assistant_is_about_to_drop(hass, entry, caplog):
    await set_up(hass, entry)
    await reload(hass, entry)
    await hass.config_entries.async_remove(entry.entry_id)
    assert not [r for r in caplog.records if r.name == "homeassistant.helpers.frame"]


async def test_a_person_may_change_an_entity_id(hass, loaded, office, happens):
    er.async_get(hass).async_update_entity(PRESENCE, new_entity_id="sensor.boss")
    await happens(office.set_status(*SEAT, "Away"))
    assert state_of(hass, "sensor.boss") == "away"
    assert hass.states.get(PRESENCE) is None


async def test_actions_are_there_before_any_entry(hass, entry):
    await set_up(hass, entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert hass.services.async_services_for_domain(DOMAIN).keys() >= {"set_status", "dial"}


# --- starting ----------------------------------------------------------------------------------


async def test_it_starts_soon_after_the_server_does(hass, entry, simulator, caplog):
    caplog.set_level("DEBUG", "custom_components.office_cti")
    await simulator.faults.refuse()
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "cannot_connect"
    assert entry.error_reason_translation_placeholders == {"host": "127.0.0.1"}
    assert "127.0.0.1" in entry.reason
    await until(lambda: "Nobody answers at 127.0.0.1 yet" in caplog.text)
    await simulator.faults.none()
    await until(lambda: entry.state is ConfigEntryState.LOADED)
    await hass.async_block_till_done()
    assert state_of(hass, PRESENCE) == "available"
    assert not _waiting_tasks()


@pytest.mark.parametrize("push", [4055, 4066])
async def test_it_starts_when_somebody_answers_at_both_of_a_servers_ports(
    hass, scripted_office, monkeypatch, push
):
    """While only one of them answers, trying would never end."""
    reached = []

    async def note(host: str, port: int) -> bool:
        reached.append((host, port))
        scripted_office.errors.clear()
        return True

    monkeypatch.setattr(office_cti, "wait_until_reachable", note)
    scripted_office.errors["start"] = CannotConnect()
    credentials = {"username": "listener", "password": "hear"}
    data = {"system": "scripted_web", "host": "pbx.example", "port": 4055}
    entry = MockConfigEntry(domain=DOMAIN, data={**data, "push": {"port": push, **credentials}})
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert sorted(reached) == [("pbx.example", port) for port in sorted({4055, push})]
    assert entry.state is ConfigEntryState.LOADED


async def test_who_answers_and_hangs_up_is_not_stormed(
    hass, scripted_office, scripted_entry, monkeypatch
):
    """Nobody had to be waited for: trying at once, and again, would never end."""

    async def answers_at_once(_host: str, _port: int) -> bool:
        return False

    monkeypatch.setattr(office_cti, "wait_until_reachable", answers_at_once)
    scripted_office.errors["start"] = CannotConnect("hung up at once")
    assert not await hass.config_entries.async_setup(scripted_entry.entry_id)
    scripted_office.errors.clear()  # whoever tried again would be let in
    await hass.async_block_till_done(wait_background_tasks=True)
    assert scripted_entry.state is ConfigEntryState.SETUP_RETRY
    assert not _waiting_tasks()


async def test_what_answers_but_is_not_this_system_is_told(hass, entry, simulator):
    simulator.faults.error(text="501 Syntax error")
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "not_this_system"
    assert not _waiting_tasks()  # it can be reached already: Home Assistant's own pace will do
    await until(lambda: not simulator.listener.connections)


async def test_a_server_that_closes_at_once_is_tried_again(hass, entry, simulator):
    await simulator.faults.accept_and_close()
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    await simulator.faults.none()
    await reload(hass, entry)
    assert state_of(hass, PRESENCE) == "available"


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (LoginRefused(), ConfigEntryState.SETUP_ERROR),
        (NoProfile(), ConfigEntryState.SETUP_ERROR),
        (VersionRefused(version="3.0"), ConfigEntryState.SETUP_ERROR),
        (AuthenticationFailed(), ConfigEntryState.SETUP_ERROR),
        (CertificateNotTrusted(), ConfigEntryState.SETUP_RETRY),
        (ConnectionLost(), ConfigEntryState.SETUP_RETRY),
        (NoAnswer(), ConfigEntryState.SETUP_RETRY),
    ],
    ids=lambda value: getattr(value, "key", ""),
)
async def test_what_only_a_person_can_mend_is_not_tried_again(
    hass, scripted_office, scripted_entry, error: TelephonyError, state
):
    scripted_office.errors["start"] = error
    assert not await hass.config_entries.async_setup(scripted_entry.entry_id)
    assert scripted_entry.state is state
    assert scripted_entry.error_reason_translation_key == error.key
    told = {"host": "pbx.example", **error.values}
    assert scripted_entry.error_reason_translation_placeholders == told
    assert not _waiting_tasks()
    await hass.async_block_till_done()
    # Only other credentials are asked for.
    assert len(hass.config_entries.flow.async_progress()) == isinstance(error, AuthenticationFailed)


async def test_nobody_waits_for_the_server_of_a_disabled_entry(hass, entry, simulator):
    await simulator.faults.refuse()
    await hass.config_entries.async_setup(entry.entry_id)
    assert _waiting_tasks()
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    await until(lambda: not _waiting_tasks())


async def test_nobody_waits_for_the_server_of_a_removed_entry(hass, entry, simulator):
    await simulator.faults.refuse()
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.config_entries.async_remove(entry.entry_id)
    await until(lambda: not _waiting_tasks())


async def test_a_set_up_that_fails_half_way_leaves_no_connection(
    hass, entry, simulator, monkeypatch
):
    async def fail(_: Any) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(
        "custom_components.office_cti.coordinator.OfficeCoordinator.async_bring_in_all", fail
    )
    monkeypatch.setattr("homeassistant.config_entries._LOGGER.exception", lambda *_: None)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    await until(lambda: not simulator.listener.connections)


# --- ending ------------------------------------------------------------------------------------


async def test_home_assistant_takes_leave_when_it_stops(hass, loaded, simulator):
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await until(lambda: "exit" in simulator.received)
    await until(lambda: not simulator.listener.connections)


async def test_an_unload_leaves_nothing_behind(hass, loaded, simulator, office):
    coordinator = loaded.runtime_data
    assert await hass.config_entries.async_unload(loaded.entry_id)
    assert "exit" in simulator.received
    await until(lambda: not simulator.listener.connections)
    assert not [t for t in asyncio.all_tasks() if "office_cti" in t.get_name()]
    for table in coordinator.directory.tables.values():
        assert not [record for record in table if record._listeners]
    assert {s.state for s in hass.states.async_all()} == {"unavailable"}

    simulator.announce(office.set_status(*SEAT, "Away"))
    late = ExtensionStatusUpdated(*SEAT, "Busy")  # a message that was on its way
    coordinator.system._status_updated(late)
    await hass.async_block_till_done()
    assert {s.state for s in hass.states.async_all()} == {"unavailable"}


async def test_a_refused_unload_goes_on(hass, loaded, office, happens, monkeypatch):
    async def refuse(*_: Any) -> bool:
        return False

    monkeypatch.setattr(hass.config_entries, "async_unload_platforms", refuse)
    assert not await hass.config_entries.async_unload(loaded.entry_id)
    await happens(office.add_extension("Head Office", "Sales", "300"))
    assert state_of(hass, "sensor.extension_300_presence") == "available"


async def test_a_removed_entry_leaves_no_device_and_no_entity(hass, loaded):
    await hass.config_entries.async_remove(loaded.entry_id)
    await hass.async_block_till_done()
    assert not hass.states.async_all()


# --- changing ----------------------------------------------------------------------------------


async def test_a_new_title_starts_nothing_anew(hass, loaded):
    running = loaded.runtime_data
    hass.config_entries.async_update_entry(loaded, title="Head office's telephones")
    await hass.async_block_till_done()
    assert loaded.runtime_data is running


async def test_other_options_start_it_anew(hass, loaded):
    running = loaded.runtime_data
    hass.config_entries.async_update_entry(loaded, options={"numbers": "100"})
    await until(lambda: loaded.state is ConfigEntryState.LOADED)
    await hass.async_block_till_done()
    assert loaded.runtime_data is not running
    assert hass.states.get("sensor.extension_101_presence") is None


async def test_one_connection_per_entry_at_any_time(hass, loaded, simulator):
    for _ in range(3):
        await reload(hass, loaded)
    await until(lambda: len(simulator.listener.connections) == 1)


def _waiting_tasks() -> list[Any]:
    return [task for task in asyncio.all_tasks() if "waits for" in task.get_name()]
