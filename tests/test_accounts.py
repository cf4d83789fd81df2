"""Log-in: an entry's own credentials and further accounts, refused and mended while the rest goes on."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_USER,
    ConfigEntryState,
    ConfigSubentry,
)
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.office_cti import forms
from custom_components.office_cti.const import DOMAIN, SUBENTRY_ACCOUNT
from custom_components.office_cti.coordinator import accounts_of
from custom_components.office_cti.telephony.model import Extension, Feature
from custom_components.office_cti.telephony.system import (
    CannotConnect,
    CertificateNotTrusted,
    Credentials,
    LoginRefused,
    NoProfile,
    TelephonyError,
    VersionRefused,
)

from .common import reload, set_up, state_of
from .scripted_system import Login, ScriptedOffice, ScriptedSystem

SEEN = frozenset({Feature.STATUS, Feature.DO_NOT_DISTURB})
OWN = frozenset({Feature.SET_DO_NOT_DISTURB})
ANNA = Extension(id=("1",), number="100", name="Anna", features=SEEN, do_not_disturb=False)
BERT = Extension(id=("2",), number="101", name="Bert", features=SEEN, do_not_disturb=False)
WATCHER = {"username": "watcher", "password": "look"}
ANNAS = {"username": "anna", "password": "secret"}
BERTS = {"username": "bert", "password": "secret"}
ANNA_SWITCH = "switch.anna_do_not_disturb"
BERT_SWITCH = "switch.bert_do_not_disturb"


@pytest.fixture
def office(scripted_office: ScriptedOffice) -> ScriptedOffice:
    """A server with two people, each with an account, and a user that only watches."""
    scripted_office.put(ANNA, BERT)
    scripted_office.logins |= {
        "watcher": Login("look", ("9",), "Home Assistant"),
        "anna": Login("secret", ANNA.id, "Anna", OWN),
        "bert": Login("secret", BERT.id, "Bert", OWN),
    }
    return scripted_office


@pytest.fixture
def entry(hass: Any, office: ScriptedOffice, scripted_entry: MockConfigEntry) -> MockConfigEntry:
    """A config entry that logs in as who only watches, not yet set up."""
    hass.config_entries.async_update_entry(
        scripted_entry, data={**scripted_entry.data, **WATCHER, "encryption": "as_offered"}
    )
    return scripted_entry


@pytest.fixture
async def loaded(hass: Any, entry: MockConfigEntry) -> MockConfigEntry:
    """The same, set up."""
    await set_up(hass, entry)
    return entry


async def open_form(hass: Any, entry: MockConfigEntry) -> Any:
    """Begin to add an account."""
    return await hass.config_entries.subentries.async_init(
        (entry.entry_id, SUBENTRY_ACCOUNT), context={"source": SOURCE_USER}
    )


async def fill_in(hass: Any, flow: Any, credentials: Mapping[str, str]) -> Any:
    """Answer a form of an account."""
    flow = await hass.config_entries.subentries.async_configure(flow["flow_id"], credentials)
    await hass.async_block_till_done()
    return flow


async def add(hass: Any, entry: MockConfigEntry, credentials: Mapping[str, str]) -> str:
    """Add an account; returns its subentry's id."""
    before = set(entry.subentries)
    flow = await fill_in(hass, await open_form(hass, entry), credentials)
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    (account,) = set(entry.subentries) - before
    return account


async def change(hass: Any, entry: MockConfigEntry, account: str, **credentials: str) -> Any:
    """Give an account other credentials by hand."""
    flow = await entry.start_subentry_reconfigure_flow(hass, account)
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "reconfigure")
    return await fill_in(hass, flow, credentials)


async def remove(hass: Any, entry: MockConfigEntry, account: str) -> None:
    """Remove an account."""
    hass.config_entries.async_remove_subentry(entry, account)
    await hass.async_block_till_done()


async def refuse(hass: Any, office: ScriptedOffice, account: str | None, username: str) -> None:
    """Have the server take another password, and find that out."""
    login = office.logins[username]
    office.logins[username] = Login("changed", login.user, login.name, login.gives)
    assert office.system is not None
    office.put(ANNA, BERT)
    office.system.on_refused(account)
    await hass.async_block_till_done()


def asked(hass: Any) -> list[Any]:
    """Return the forms that ask for credentials which the server takes."""
    return [
        flow
        for flow in hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        if flow["context"]["source"] == SOURCE_REAUTH
    ]


async def see(hass: Any, flow: Any) -> Any:
    """Open a form that waits."""
    return await hass.config_entries.flow.async_configure(flow["flow_id"])


async def mend(hass: Any, flow: Any, **credentials: str) -> Any:
    """Answer a form that asks for other credentials."""
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], credentials)
    await hass.async_block_till_done()
    return flow


def suggested(flow: Any) -> dict[str, Any]:
    """Return what a form is filled with."""
    return {
        str(key): key.description["suggested_value"]
        for key in flow["data_schema"].schema
        if key.description and key.description["suggested_value"]
    }


# --- adding ------------------------------------------------------------------------------------


async def test_an_account_makes_its_persons_switches_appear(hass, office, loaded):
    running = loaded.runtime_data
    flow = await open_form(hass, loaded)
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "user")
    assert list(map(str, flow["data_schema"].schema)) == ["username", "password"]
    assert hass.states.get(ANNA_SWITCH) is None
    flow = await fill_in(hass, flow, {**ANNAS, "username": " anna "})
    assert (flow["type"], flow["title"]) == (FlowResultType.CREATE_ENTRY, "Anna")
    (subentry,) = loaded.subentries.values()
    assert (subentry.unique_id, subentry.data) == ("1", ANNAS)
    assert accounts_of(loaded) == {
        subentry.subentry_id: Credentials("anna", "secret", ANNA.id),
    }
    assert state_of(hass, ANNA_SWITCH) == "off"
    assert hass.states.get(BERT_SWITCH) is None
    assert loaded.runtime_data is running
    assert office.logged_in == ["watcher", "anna", "anna"]  # tried, and then used


async def test_accounts_are_there_after_a_restart(hass, office, loaded):
    await add(hass, loaded, ANNAS)
    await reload(hass, loaded)
    assert state_of(hass, ANNA_SWITCH) == "off"
    assert not asked(hass)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (CannotConnect(), {"base": "cannot_connect"}),
        (NoProfile(), {"username": "no_profile"}),
        (VersionRefused(version="3.0"), {"base": "version_refused"}),
        (CertificateNotTrusted(), {"base": "certificate_not_trusted"}),
        (LoginRefused(), {"base": "login_refused"}),
    ],
)
async def test_what_goes_wrong_is_told_and_can_be_mended(
    hass, office, loaded, error: TelephonyError, told
):
    office.login_errors["anna"] = error
    flow = await fill_in(hass, await open_form(hass, loaded), ANNAS)
    assert (flow["type"], flow["errors"]) == (FlowResultType.FORM, told)
    assert error.values.items() <= flow["description_placeholders"].items()
    assert suggested(flow) == {"username": "anna"}
    office.login_errors.clear()
    flow = await fill_in(hass, flow, ANNAS)
    assert flow["type"] is FlowResultType.CREATE_ENTRY


async def test_a_wrong_password(hass, office, loaded):
    flow = await fill_in(hass, await open_form(hass, loaded), {**ANNAS, "password": "guess"})
    assert flow["errors"] == {"password": "invalid_auth"}
    assert not loaded.subentries
    flow = await fill_in(hass, flow, ANNAS)
    assert flow["type"] is FlowResultType.CREATE_ENTRY


async def test_a_defect_of_ours(hass, office, loaded, monkeypatch):
    logged: list[str] = []
    monkeypatch.setattr(forms._LOGGER, "exception", logged.append)
    office.errors["check_account"] = TelephonyError()  # of no kind that a form can tell
    flow = await fill_in(hass, await open_form(hass, loaded), ANNAS)
    assert flow["errors"] == {"base": "unknown"}
    assert logged
    office.errors.clear()
    flow = await fill_in(hass, flow, ANNAS)
    assert flow["type"] is FlowResultType.CREATE_ENTRY


async def test_who_home_assistant_itself_logs_in_as_needs_no_account(hass, office, loaded):
    before = list(office.logged_in)
    flow = await fill_in(hass, await open_form(hass, loaded), WATCHER)
    assert (flow["type"], flow["errors"]) == (FlowResultType.FORM, {"username": "main_account"})
    assert suggested(flow) == {"username": "watcher"}
    assert office.logged_in == before
    office.logins["alias"] = Login("secret", ("9",), "Home Assistant")
    flow = await fill_in(hass, flow, {"username": "alias", "password": "secret"})
    assert flow["errors"] == {"username": "main_account"}
    flow = await fill_in(hass, flow, ANNAS)
    assert flow["type"] is FlowResultType.CREATE_ENTRY


async def test_who_is_logged_in_already_is_not_logged_in_again(hass, office, loaded):
    await add(hass, loaded, ANNAS)
    before = list(office.logged_in)
    flow = await fill_in(hass, await open_form(hass, loaded), {**ANNAS, "password": "x"})
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert office.logged_in == before


async def test_one_account_for_one_person(hass, office, loaded):
    await add(hass, loaded, ANNAS)
    office.logins["alias"] = Login("secret", ANNA.id, "Somebody")
    flow = await fill_in(
        hass, await open_form(hass, loaded), {"username": "alias", "password": "secret"}
    )
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert len(loaded.subentries) == 1


async def test_there_is_no_account_while_the_entry_is_not_loaded(hass, entry):
    flow = await open_form(hass, entry)
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "not_loaded")


async def test_a_system_without_accounts_offers_none(hass, office, entry):
    data = {"system": "isymphony_status", "host": "pbx", "port": 1}
    without = MockConfigEntry(domain=DOMAIN, data=data)
    without.add_to_hass(hass)
    assert not without.supported_subentry_types
    assert entry.supported_subentry_types == {SUBENTRY_ACCOUNT: {"supports_reconfigure": True}}


# --- changing and removing ---------------------------------------------------------------------


async def test_an_account_gets_another_password(hass, office, loaded):
    account, running = await add(hass, loaded, ANNAS), loaded.runtime_data
    office.logins["anna"] = Login("new", ANNA.id, "Anna", OWN)
    flow = await loaded.start_subentry_reconfigure_flow(hass, account)
    assert suggested(flow) == {"username": "anna"}
    assert flow["description_placeholders"]["account"] == "Anna"
    flow = await fill_in(hass, flow, {"username": "anna", "password": "newer"})
    assert flow["errors"] == {"password": "invalid_auth"}
    flow = await fill_in(hass, flow, {"username": "anna", "password": "new"})
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert loaded.subentries[account].data["password"] == "new"
    assert office.system.accounts[account].password == "new"
    assert loaded.runtime_data is running
    assert state_of(hass, ANNA_SWITCH) == "off"


async def test_an_account_stays_that_of_its_person(hass, office, loaded):
    account = await add(hass, loaded, ANNAS)
    flow = await change(hass, loaded, account, **BERTS)
    assert (flow["type"], flow["errors"]) == (FlowResultType.FORM, {"username": "wrong_account"})
    assert loaded.subentries[account].data == ANNAS


async def test_what_has_not_changed_is_not_tried(hass, office, loaded):
    account = await add(hass, loaded, ANNAS)
    before = list(office.logged_in)
    flow = await change(hass, loaded, account, **ANNAS)
    assert flow["reason"] == "reconfigure_successful"
    assert office.logged_in == before


async def test_an_account_cannot_be_changed_while_the_entry_is_not_loaded(hass, office, loaded):
    account = await add(hass, loaded, ANNAS)
    await hass.config_entries.async_unload(loaded.entry_id)
    flow = await loaded.start_subentry_reconfigure_flow(hass, account)
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "not_loaded")


async def test_a_removed_account_takes_only_what_it_alone_gave(hass, office, loaded):
    annas, berts = await add(hass, loaded, ANNAS), await add(hass, loaded, BERTS)
    running = loaded.runtime_data
    await remove(hass, loaded, annas)
    assert hass.states.get(ANNA_SWITCH) is None
    assert state_of(hass, BERT_SWITCH) == "off"
    assert hass.states.get("sensor.anna_presence") is not None
    assert list(office.system.accounts) == [berts]
    assert loaded.runtime_data is running
    await remove(hass, loaded, berts)
    assert hass.states.get(BERT_SWITCH) is None


async def test_changes_at_the_same_time_are_followed_in_order(hass, office, loaded, monkeypatch):
    annas = await add(hass, loaded, ANNAS)
    go, set_accounts = asyncio.Event(), ScriptedSystem.set_accounts

    async def slowly(self: ScriptedSystem, accounts: Mapping[str, Credentials]) -> None:
        if accounts:  # the first change takes the longest
            await go.wait()
        await set_accounts(self, accounts)

    monkeypatch.setattr(ScriptedSystem, "set_accounts", slowly)
    hass.config_entries.async_update_subentry(
        loaded, loaded.subentries[annas], data={**ANNAS, "password": "secret2"}
    )
    hass.config_entries.async_remove_subentry(loaded, annas)
    go.set()
    await hass.async_block_till_done()
    assert office.system.accounts == {}


async def test_an_account_that_came_while_the_entry_started_is_there(
    hass, office, entry, monkeypatch
):
    start = ScriptedSystem.start

    async def start_and_change(self: ScriptedSystem) -> None:
        await start(self)
        hass.config_entries.async_add_subentry(
            entry,
            ConfigSubentry(
                data=MappingProxyType(ANNAS),
                subentry_type=SUBENTRY_ACCOUNT,
                title="Anna",
                unique_id="1",
            ),
        )

    monkeypatch.setattr(ScriptedSystem, "start", start_and_change)
    await set_up(hass, entry)
    assert state_of(hass, ANNA_SWITCH) == "off"


# --- the entry's own credentials are refused ---------------------------------------------------


async def test_an_entry_that_is_refused_when_it_starts_asks_for_other_credentials(
    hass, office, entry
):
    office.logins["watcher"] = Login("changed", ("9",), "Home Assistant")
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "invalid_auth"
    await hass.async_block_till_done()
    (flow,) = asked(hass)
    flow = await see(hass, flow)
    assert (flow["step_id"], suggested(flow)) == ("reauth_confirm", {"username": "watcher"})
    flow = await mend(hass, flow, username="watcher", password="guess")
    assert flow["errors"] == {"password": "invalid_auth"}
    flow = await mend(hass, flow, username="watcher", password="changed")
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "reauth_successful")
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["password"] == "changed"
    assert entry.data["encryption"] == "as_offered"
    assert not asked(hass)
    assert not ir.async_get(hass).issues
    assert len(office.running) == 1


async def test_an_entry_may_log_in_as_another_user_from_then_on(hass, office, entry):
    office.logins["other"] = Login("look", ("8",), "Somebody")
    del office.logins["watcher"]
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await mend(hass, asked(hass)[0], username="other", password="look")
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["username"] == "other"
    assert office.system.user == ("8",)


async def test_an_entry_that_is_refused_while_it_runs_asks_and_begins_anew(hass, office, loaded):
    await refuse(hass, office, None, "watcher")
    running = loaded.runtime_data
    await mend(hass, asked(hass)[0], username="watcher", password="changed")
    assert loaded.state is ConfigEntryState.LOADED
    assert loaded.runtime_data is not running
    assert not asked(hass)


async def test_the_same_credentials_may_be_taken_again(hass, office, loaded):
    running = loaded.runtime_data
    office.system.on_refused(None)
    await hass.async_block_till_done()
    flow = await mend(hass, asked(hass)[0], **WATCHER)
    assert flow["reason"] == "reauth_successful"
    assert loaded.state is ConfigEntryState.LOADED
    assert loaded.runtime_data is not running


# --- requests, or the persistent connection beside them, are refused ---------------------------

REQUESTS = {"authorization": "basic", **WATCHER, "encryption": "none", "verify_ssl": True}
PUSH = {"port": 4066, "username": "listener", "password": "hear"}


@pytest.fixture
def web(hass: Any, office: ScriptedOffice) -> MockConfigEntry:
    """A config entry with requests and a persistent connection, not yet set up."""
    office.logins |= {
        "listener": Login("hear", ("8",), "Listener"),
        "": Login("one for all", (), ""),
    }
    data = {"system": "scripted_web", "host": "pbx.example", "port": 4055, **REQUESTS, "push": PUSH}
    entry = MockConfigEntry(domain=DOMAIN, entry_id="web", title="Office", data=data)
    entry.add_to_hass(hass)
    return entry


async def test_requests_that_are_refused_ask_for_what_they_carry(hass, office, web):
    await set_up(hass, web)
    await refuse(hass, office, None, "watcher")
    before = len(office.logged_in)
    (flow,) = asked(hass)
    flow = await see(hass, flow)
    assert flow["step_id"] == "reauth_confirm"
    assert suggested(flow) == {"authorization": "basic", "username": "watcher"}
    flow = await mend(hass, flow, authorization="basic", username="watcher")
    assert flow["errors"] == {"password": "password_needed"}
    flow = await mend(hass, flow, authorization="basic", username="watcher", password="guess")
    assert flow["errors"] == {"password": "invalid_auth"}
    flow = await mend(hass, flow, authorization="basic", username="watcher", password="changed")
    assert flow["reason"] == "reauth_successful"
    assert web.data["password"] == "changed"
    assert web.data["push"] == PUSH
    assert web.state is ConfigEntryState.LOADED
    assert not asked(hass)
    # Tried without the persistent connection, which takes a seat; and then used.
    assert office.logged_in[before:] == ["watcher", "watcher", "watcher", "listener"]


async def test_a_server_may_want_to_know_in_another_way_who_asks(hass, office, web):
    await set_up(hass, web)
    await refuse(hass, office, None, "watcher")
    (flow,) = asked(hass)
    await mend(hass, flow, authorization="password", password="one for all")
    assert web.state is ConfigEntryState.LOADED
    assert (web.data["authorization"], web.data["password"]) == ("password", "one for all")
    assert "username" not in web.data


async def test_a_persistent_connection_that_is_refused_asks_for_its_own(hass, office, web):
    await set_up(hass, web)
    await refuse(hass, office, "push", "listener")
    running = web.runtime_data
    (flow,) = asked(hass)
    flow = await see(hass, flow)
    assert (flow["step_id"], suggested(flow)) == ("reauth_push", {"username": "listener"})
    flow = await mend(hass, flow, username="listener", password="guess")
    assert flow["errors"] == {"password": "invalid_auth"}
    flow = await mend(hass, flow, username="listener", password="changed")
    assert flow["reason"] == "reauth_successful"
    assert web.data["push"] == {**PUSH, "password": "changed"}
    assert web.data["password"] == "look"
    assert web.state is ConfigEntryState.LOADED
    assert web.runtime_data is not running
    assert not asked(hass)


async def test_a_persistent_connection_that_is_refused_when_the_entry_starts_asks_for_its_own(
    hass, office, web
):
    office.logins["listener"] = Login("changed", ("8",), "Listener")
    assert not await hass.config_entries.async_setup(web.entry_id)
    assert web.state is ConfigEntryState.SETUP_ERROR
    await hass.async_block_till_done()
    (flow,) = asked(hass)
    assert flow["step_id"] == "reauth_push"
    await mend(hass, flow, username="listener", password="changed")
    assert web.state is ConfigEntryState.LOADED
    assert not asked(hass)


async def test_what_most_hangs_on_is_asked_for_first(hass, office, web):
    await set_up(hass, web)
    account = await add(hass, web, ANNAS)
    asked_for = []
    for refused, username in ((account, "anna"), ("push", "listener"), (None, "watcher")):
        await refuse(hass, office, refused, username)
        hass.config_entries.flow.async_abort(asked(hass)[0]["flow_id"])
        await hass.async_block_till_done()
        asked_for += [flow["step_id"] for flow in asked(hass)]
    assert asked_for == ["reauth_account", "reauth_push", "reauth_confirm"]


async def test_no_form_is_left_that_asks_for_a_persistent_connection_which_was_given_up(
    hass, office, web
):
    await set_up(hass, web)
    await refuse(hass, office, "push", "listener")
    answers = {"host": "pbx.example", "port": 4055, **REQUESTS, "push": False}
    await mend(hass, await web.start_reconfigure_flow(hass), **answers)
    assert web.state is ConfigEntryState.LOADED
    assert "push" not in web.data
    assert not asked(hass)


@pytest.mark.parametrize(
    ("username", "is_logged_in"), [("watcher", False), ("listener", True), ("anna", False)]
)
async def test_only_the_persistent_connection_logs_somebody_in(
    hass, office, web, username, is_logged_in
):
    await set_up(hass, web)
    login = office.logins[username]
    flow = await fill_in(
        hass, await open_form(hass, web), {"username": username, "password": login.password}
    )
    if is_logged_in:
        assert flow["errors"] == {"username": "main_account"}
    else:
        assert flow["type"] is FlowResultType.CREATE_ENTRY


# --- an account is refused ---------------------------------------------------------------------


async def test_a_refused_account_takes_only_its_own_controls_away_and_asks(hass, office, loaded):
    account = await add(hass, loaded, ANNAS)
    await add(hass, loaded, BERTS)
    running = loaded.runtime_data
    await refuse(hass, office, account, "anna")
    assert state_of(hass, ANNA_SWITCH) == "unavailable"
    assert state_of(hass, BERT_SWITCH) == "off"
    assert state_of(hass, "sensor.anna_presence") != "unavailable"
    (flow,) = asked(hass)
    assert flow["context"]["title_placeholders"] == {"name": "Office: Anna"}
    flow = await see(hass, flow)
    assert (flow["step_id"], suggested(flow)) == ("reauth_account", {"username": "anna"})
    placeholders = flow["description_placeholders"]
    assert (placeholders["account"], placeholders["name"]) == ("Anna", "Office")
    flow = await mend(hass, flow, username="anna", password="secret")
    assert flow["errors"] == {"password": "invalid_auth"}
    flow = await mend(hass, flow, **BERTS)
    assert flow["errors"] == {"username": "wrong_account"}
    flow = await mend(hass, flow, username="anna", password="changed")
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "reauth_successful")
    assert state_of(hass, ANNA_SWITCH) == "off"
    assert loaded.subentries[account].data["password"] == "changed"
    assert loaded.runtime_data is running
    assert not asked(hass)
    assert not ir.async_get(hass).issues


async def test_an_account_that_is_refused_when_the_entry_starts_asks(hass, office, loaded):
    await add(hass, loaded, ANNAS)
    office.logins["anna"] = Login("changed", ANNA.id, "Anna", OWN)
    await reload(hass, loaded)
    assert loaded.state is ConfigEntryState.LOADED
    assert state_of(hass, ANNA_SWITCH) == "unavailable"
    (flow,) = asked(hass)
    assert flow["step_id"] == "reauth_account"
    await mend(hass, flow, username="anna", password="changed")
    assert state_of(hass, ANNA_SWITCH) == "off"


async def test_refused_accounts_are_asked_for_one_after_the_other(hass, office, loaded):
    annas, berts = await add(hass, loaded, ANNAS), await add(hass, loaded, BERTS)
    await refuse(hass, office, annas, "anna")
    await refuse(hass, office, berts, "bert")
    for _ in range(2):
        (flow,) = asked(hass)
        username = suggested(await see(hass, flow))["username"]
        await mend(hass, flow, username=username, password="changed")
    assert not asked(hass)
    assert {each.data["password"] for each in loaded.subentries.values()} == {"changed"}
    assert (state_of(hass, ANNA_SWITCH), state_of(hass, BERT_SWITCH)) == ("off", "off")


async def test_an_account_that_is_taken_again_with_the_same_credentials_is_started_anew(
    hass, office, loaded
):
    account = await add(hass, loaded, ANNAS)
    office.system.on_refused(account)
    await hass.async_block_till_done()
    before = len(office.logged_in)
    flow = await mend(hass, asked(hass)[0], **ANNAS)
    assert flow["reason"] == "reauth_successful"
    assert office.logged_in[before:] == ["anna", "anna"]  # tried, and then used
    assert not asked(hass)


async def test_who_is_mended_or_removed_elsewhere_is_no_longer_asked_for(hass, office, loaded):
    annas, berts = await add(hass, loaded, ANNAS), await add(hass, loaded, BERTS)
    await refuse(hass, office, annas, "anna")
    await refuse(hass, office, berts, "bert")
    (flow,) = asked(hass)
    first = suggested(await see(hass, flow))["username"]
    account, other = (annas, berts) if first == "anna" else (berts, annas)
    await change(hass, loaded, account, username=first, password="changed")
    (flow,) = asked(hass)
    assert suggested(await see(hass, flow))["username"] != first
    await remove(hass, loaded, other)
    assert not asked(hass)


async def test_whom_another_form_kept_from_being_asked_for_is_asked_for_after_it(
    hass, office, loaded
):
    account = await add(hass, loaded, ANNAS)
    flow = await loaded.start_reconfigure_flow(hass)
    await refuse(hass, office, account, "anna")
    assert not asked(hass)
    hass.config_entries.flow.async_abort(flow["flow_id"])  # its window was closed
    await hass.async_block_till_done()
    assert asked(hass)[0]["step_id"] == "reauth_account"


async def test_the_entrys_own_credentials_come_first(hass, office, loaded):
    account = await add(hass, loaded, ANNAS)
    await hass.config_entries.async_unload(loaded.entry_id)
    for username in ("watcher", "anna"):
        login = office.logins[username]
        office.logins[username] = Login("changed", login.user, login.name, login.gives)
    await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done()
    (flow,) = asked(hass)
    assert flow["step_id"] == "reauth_confirm"
    await mend(hass, flow, username="watcher", password="changed")
    (flow,) = asked(hass)
    assert flow["step_id"] == "reauth_account"
    await mend(hass, flow, username="anna", password="changed")
    assert not asked(hass)
    assert loaded.runtime_data.is_refused(account) is False


async def test_nothing_is_asked_for_an_entry_that_did_not_start(hass, office, loaded, monkeypatch):
    await add(hass, loaded, ANNAS)
    office.logins["anna"] = Login("changed", ANNA.id, "Anna", OWN)
    start = ScriptedSystem.start

    async def start_and_fail(self: ScriptedSystem) -> None:
        await start(self)
        await self.stop()
        raise VersionRefused(version="3.0")

    monkeypatch.setattr(ScriptedSystem, "start", start_and_fail)
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()
    assert loaded.state is ConfigEntryState.SETUP_ERROR
    assert not asked(hass)


async def test_a_form_whose_entry_is_gone_meanwhile_says_so(hass, office, loaded):
    account = await add(hass, loaded, ANNAS)
    await refuse(hass, office, account, "anna")
    (flow,) = asked(hass)
    await hass.config_entries.async_unload(loaded.entry_id)
    flow = await mend(hass, flow, username="anna", password="changed")
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "not_loaded")
    assert not asked(hass)
    await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done()
    assert len(asked(hass)) == 1


async def test_nobody_is_asked_for_any_more_when_the_entry_is_removed(hass, office, loaded):
    account = await add(hass, loaded, ANNAS)
    await refuse(hass, office, account, "anna")
    await hass.config_entries.async_remove(loaded.entry_id)
    await hass.async_block_till_done()
    assert not asked(hass)
    assert not ir.async_get(hass).issues


async def test_an_account_is_not_started_again_by_an_entry_that_ends(hass, office, loaded):
    account, coordinator = await add(hass, loaded, ANNAS), loaded.runtime_data
    await hass.config_entries.async_unload(loaded.entry_id)
    before = list(office.logged_in)
    await coordinator.async_restart_account(account)
    assert office.logged_in == before


async def test_a_refused_account_that_is_not_there_any_more_is_not_asked_for(hass, office, loaded):
    account, system = await add(hass, loaded, ANNAS), office.system
    await remove(hass, loaded, account)
    system.on_refused(account)  # it was on its way
    await hass.async_block_till_done()
    assert not asked(hass)
