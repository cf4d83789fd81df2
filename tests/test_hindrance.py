"""What somebody must put right at the telephone system is told once, and withdrawn when it is done."""

import asyncio
from datetime import timedelta
import json
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.office_cti import hindrance
from custom_components.office_cti.telephony.system import (
    AddressOrCredentialsRefused,
    AuthenticationFailed,
    ConnectionLost,
    Hindered,
    NoLicenseSeat,
    ServerStarting,
    TelephonyError,
    UserLoggedInElsewhere,
)

from .common import reload
from .scripted_system import ScriptedSystem

ISSUE = "hindered_office"
ELSEWHERE = UserLoggedInElsewhere(username="watcher")


def told(hass: Any) -> dict[str, Any]:
    """Return the issues, by their ids."""
    return {issue_id: issue for (_, issue_id), issue in ir.async_get(hass).issues.items()}


async def start_hindered(
    hass: Any, office: Any, entry: Any, error: TelephonyError = ELSEWHERE
) -> None:
    """Have the server let nobody in when the entry is set up."""
    office.errors["start"] = error
    assert not await hass.config_entries.async_setup(entry.entry_id)


async def try_again(hass: Any) -> None:
    """Let the time pass after which Home Assistant tries again."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=10))
    await hass.async_block_till_done(wait_background_tasks=True)


# --- when it starts ----------------------------------------------------------------------------


@pytest.mark.parametrize("error", [ELSEWHERE, NoLicenseSeat(), Hindered()])
async def test_who_is_not_let_in_tries_again_and_says_why(
    hass, scripted_office, scripted_entry, error
):
    await start_hindered(hass, scripted_office, scripted_entry, error)
    assert scripted_entry.state is ConfigEntryState.SETUP_RETRY
    assert scripted_entry.error_reason_translation_key == error.key
    issue = told(hass)[ISSUE]
    assert issue.translation_key == error.key
    assert issue.translation_placeholders == {"title": "Office", **error.values}
    assert (issue.severity, issue.is_fixable) == (ir.IssueSeverity.WARNING, False)
    manifest = Path(hindrance.__file__).parent / "manifest.json"
    assert issue.learn_more_url == json.loads(manifest.read_text())["documentation"]


async def test_it_is_withdrawn_when_the_entry_is_let_in(hass, scripted_office, scripted_entry):
    await start_hindered(hass, scripted_office, scripted_entry)
    scripted_office.errors.clear()
    await try_again(hass)
    assert scripted_entry.state is ConfigEntryState.LOADED
    assert not told(hass)


async def test_it_says_what_is_in_the_way_now(hass, scripted_office, scripted_entry):
    await start_hindered(hass, scripted_office, scripted_entry)
    scripted_office.errors["start"] = NoLicenseSeat()
    await try_again(hass)
    assert [issue.translation_key for issue in told(hass).values()] == ["no_license_seat"]


@pytest.mark.parametrize("error", [ConnectionLost(), AuthenticationFailed()])
async def test_nobody_is_told_of_what_was_in_the_way_before_something_else(
    hass, scripted_office, scripted_entry, error
):
    await start_hindered(hass, scripted_office, scripted_entry)
    scripted_office.errors["start"] = error
    await try_again(hass)
    assert ISSUE not in told(hass)


async def test_who_is_refused_is_asked_for_credentials_and_told_of_the_address(
    hass, scripted_office, scripted_entry
):
    await start_hindered(hass, scripted_office, scripted_entry, AddressOrCredentialsRefused())
    assert scripted_entry.state is ConfigEntryState.SETUP_ERROR
    assert scripted_entry.error_reason_translation_key == "address_or_credentials_refused"
    assert told(hass)[ISSUE].translation_key == "address_or_credentials_refused"
    assert [flow["step_id"] for flow in hass.config_entries.flow.async_progress()] == [
        "reauth_confirm"
    ]
    scripted_office.errors.clear()
    await reload(hass, scripted_entry)
    assert scripted_entry.state is ConfigEntryState.LOADED
    assert ISSUE not in told(hass)


@pytest.mark.parametrize("error", [ELSEWHERE, AddressOrCredentialsRefused()])
async def test_it_goes_when_the_entry_is_not_tried_any_more(
    hass, scripted_office, scripted_entry, error
):
    await start_hindered(hass, scripted_office, scripted_entry, error)
    await hass.config_entries.async_set_disabled_by(
        scripted_entry.entry_id, ConfigEntryDisabler.USER
    )
    assert ISSUE not in told(hass)


async def test_it_goes_with_the_entry(hass, scripted_office, scripted_entry):
    await start_hindered(hass, scripted_office, scripted_entry)
    await hass.config_entries.async_remove(scripted_entry.entry_id)
    assert not told(hass)


async def test_a_server_that_still_starts_is_tried_again_at_home_assistants_pace(
    hass, scripted_office, scripted_entry
):
    """It accepts connections already, so whoever waits for that would try without end."""
    scripted_office.errors["start"] = ServerStarting()
    assert not await hass.config_entries.async_setup(scripted_entry.entry_id)
    assert scripted_entry.state is ConfigEntryState.SETUP_RETRY
    assert scripted_entry.error_reason_translation_key == "server_starting"
    assert not [task for task in asyncio.all_tasks() if "waits for" in task.get_name()]
    assert not told(hass)


# --- while it runs -----------------------------------------------------------------------------


async def test_what_is_in_the_way_while_it_runs_is_told_until_it_is_not(
    hass, scripted_office, scripted
):
    assert not told(hass)
    scripted_office.system.on_hindered(NoLicenseSeat())
    assert told(hass)[ISSUE].translation_key == "no_license_seat"
    assert scripted.state is ConfigEntryState.LOADED
    scripted_office.system.on_hindered(None)
    assert not told(hass)


async def test_what_is_in_the_way_of_a_part_is_told_though_the_entry_starts(
    hass, scripted_office, scripted_entry, monkeypatch
):
    begin = ScriptedSystem.start

    async def start_hindered_in_part(self: ScriptedSystem) -> None:
        await begin(self)
        self.on_hindered(NoLicenseSeat())

    monkeypatch.setattr(ScriptedSystem, "start", start_hindered_in_part)
    await reload(hass, scripted_entry)
    assert ISSUE in told(hass)


async def test_an_unload_withdraws_it(hass, scripted_office, scripted):
    scripted_office.system.on_hindered(ELSEWHERE)
    assert await hass.config_entries.async_unload(scripted.entry_id)
    assert not told(hass)
