"""Who logs in with the password that every new server of its kind has is warned, until it is another."""

from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.office_cti.const import DOMAIN
from custom_components.office_cti.telephony.system import AuthenticationFailed

from .common import reload, set_up

ISSUE = (DOMAIN, "vendor_password_office")
ANSWERS = {
    "host": "pbx.example",
    "port": 4711,
    "username": "manager",
    "password": "as delivered",
    "encryption": "none",
    "verify_ssl": True,
}
DATA = {"system": "scripted_api", **ANSWERS}


@pytest.fixture
async def as_delivered(hass: Any, scripted_office: Any) -> MockConfigEntry:
    """A config entry that logs in with the vendor's own password, set up."""
    entry = MockConfigEntry(domain=DOMAIN, entry_id="office", title="Office", data=DATA)
    entry.add_to_hass(hass)
    await set_up(hass, entry)
    return entry


def warning(hass: Any) -> ir.IssueEntry | None:
    return ir.async_get(hass).issues.get(ISSUE)


async def test_it_is_set_up_and_warned_of(hass, scripted_office):
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": "user"})
    for answers in ({"system": "scripted_api"}, ANSWERS):
        flow = await hass.config_entries.flow.async_configure(flow["flow_id"], answers)
    await hass.async_block_till_done()
    entry = flow["result"]
    assert entry.state is ConfigEntryState.LOADED
    issue = ir.async_get(hass).issues[DOMAIN, f"vendor_password_{entry.entry_id}"]
    assert (issue.severity, issue.is_fixable) == (ir.IssueSeverity.WARNING, False)
    assert issue.translation_key == "vendor_password"
    assert issue.translation_placeholders == {"title": entry.title, "username": "manager"}


@pytest.mark.parametrize(
    "changed", [{"username": "watcher"}, {"password": "look"}, {"system": "scripted"}]
)
async def test_nobody_else_is_warned(hass, scripted_office, changed):
    entry = MockConfigEntry(domain=DOMAIN, entry_id="office", data=DATA | changed)
    entry.add_to_hass(hass)
    await set_up(hass, entry)
    assert warning(hass) is None


async def test_it_stays_with_the_password(hass, scripted_office, as_delivered):
    ir.async_ignore_issue(hass, *ISSUE, ignore=True)
    await reload(hass, as_delivered)
    issue = warning(hass)
    assert issue is not None
    assert issue.dismissed_version is not None  # who has heard it is not told again


async def test_another_password_ends_it(hass, scripted_office, as_delivered):
    flow = await as_delivered.start_reconfigure_flow(hass)
    await hass.config_entries.flow.async_configure(
        flow["flow_id"], ANSWERS | {"password": "another"}
    )
    await hass.async_block_till_done()
    assert as_delivered.data["password"] == "another"
    assert warning(hass) is None


async def test_new_credentials_end_it(hass, scripted_office, as_delivered):
    scripted_office.errors["start"] = AuthenticationFailed()
    assert not await hass.config_entries.async_reload(as_delivered.entry_id)
    scripted_office.errors.clear()
    (flow,) = hass.config_entries.flow.async_progress()
    await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"username": "manager", "password": "another"}
    )
    await hass.async_block_till_done()
    assert as_delivered.state is ConfigEntryState.LOADED
    assert warning(hass) is None


async def test_it_goes_with_the_entry(hass, scripted_office, as_delivered):
    await hass.config_entries.async_remove(as_delivered.entry_id)
    assert warning(hass) is None


async def test_nobody_is_warned_of_an_entry_that_is_disabled(hass, scripted_office, as_delivered):
    entry_id = as_delivered.entry_id
    await hass.config_entries.async_set_disabled_by(entry_id, ConfigEntryDisabler.USER)
    assert warning(hass) is None
    await hass.config_entries.async_set_disabled_by(entry_id, None)
    assert warning(hass) is not None
