"""Setting up, reconfiguring and choosing, as a person does."""

import asyncio
from dataclasses import replace
import socket
from types import MappingProxyType
from typing import Any

from homeassistant import config_entries
from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.data_entry_flow import FlowResultType, InvalidData, section
from homeassistant.helpers.aiohttp_client import async_get_clientsession
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol
from voluptuous import UNDEFINED

from custom_components.office_cti import forms
from custom_components.office_cti.config_flow import OfficeConfigFlow
from custom_components.office_cti.const import DOMAIN, SUBENTRY_ACCOUNT
from custom_components.office_cti.coordinator import OfficeCoordinator
from custom_components.office_cti.telephony.isymphony_status import IsymphonyStatusSystem, client
from custom_components.office_cti.telephony.model import (
    Agent,
    Extension,
    Feature,
    Queue,
    Status,
    StatusKind,
    StatusList,
)
from custom_components.office_cti.telephony.system import (
    AddressOrCredentialsRefused,
    AuthenticationFailed,
    CannotConnect,
    CertificateNotTrusted,
    ConnectionLost,
    Credentials,
    Encryption,
    EncryptionFailed,
    Hindered,
    LoginRefused,
    NamedUser,
    NoAnswer,
    NoLicenseSeat,
    NoProfile,
    NotThere,
    NotThisSystem,
    PushSettings,
    Refused,
    RequestTemplate,
    ServerStarting,
    TelephonyError,
    UserLoggedInElsewhere,
    VersionRefused,
)
from simulators.isymphony_status import StatusSimulator, default_office

from .common import SALES, SEAT, device_names, set_up, state_of, until
from .scripted_system import Login, ScriptedOffice, ScriptedSystem


async def start(hass: Any) -> Any:
    """Choose the kind of telephone system; the next form asks for its address."""
    flow = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": config_entries.SOURCE_USER}
    )
    assert (flow["type"], flow["step_id"], flow["errors"]) == (FlowResultType.FORM, "user", None)
    flow = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"system": "isymphony_status"}
    )
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "isymphony_status")
    assert flow["description_placeholders"] == {"default_port": "50002"}
    return flow


async def answer(hass: Any, flow: Any, port: int, host: str = "127.0.0.1") -> Any:
    return await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"host": host, "port": port}
    )


def shown(flow: Any) -> dict[str, Any]:
    """Return what a form is filled with."""
    return {
        str(key): key.description["suggested_value"]
        for key in flow["data_schema"].schema
        if key.description
    }


# --- setting up --------------------------------------------------------------------------------


async def test_a_server_is_set_up(hass, simulator):
    flow = await answer(hass, await start(hass), simulator.port)
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert flow["title"] == f"iSymphony 127.0.0.1:{simulator.port}"
    assert flow["data"] == {
        "system": "isymphony_status",
        "host": "127.0.0.1",
        "port": simulator.port,
    }
    await hass.async_block_till_done()
    assert flow["result"].state is ConfigEntryState.LOADED
    await until(lambda: len(simulator.listener.connections) == 1)  # that of the flow has ended


async def test_the_usual_port_is_not_in_the_name(hass, simulator, monkeypatch):
    flow = await start(hass)
    monkeypatch.setattr(IsymphonyStatusSystem, "default_port", simulator.port)
    flow = await answer(hass, flow, simulator.port)
    assert flow["title"] == "iSymphony 127.0.0.1"


async def test_a_host_is_written_in_one_way(hass, simulator):
    flow = await answer(hass, await start(hass), simulator.port, " LocalHost ")
    assert flow["result"].data["host"] == "localhost"
    flow = await answer(hass, await start(hass), simulator.port, "LOCALHOST")
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_nobody_answers_and_then_somebody_does(hass, simulator):
    await simulator.faults.refuse()
    flow = await answer(hass, await start(hass), simulator.port)
    assert (flow["type"], flow["errors"]) == (FlowResultType.FORM, {"base": "cannot_connect"})
    assert shown(flow) == {"host": "127.0.0.1", "port": simulator.port}
    await simulator.faults.none()
    flow = await answer(hass, flow, simulator.port)
    assert flow["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    "error", [socket.gaierror(socket.EAI_NONAME, "unknown"), UnicodeError("label empty")]
)
async def test_a_host_that_cannot_be(hass, simulator, monkeypatch, error):
    def resolve(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    flow = await answer(hass, await start(hass), simulator.port, "pbx..lan")
    assert flow["errors"] == {"base": "cannot_connect"}


async def test_a_connection_that_is_closed_at_once(hass, simulator):
    await simulator.faults.accept_and_close()
    flow = await answer(hass, await start(hass), simulator.port)
    assert flow["errors"] == {"base": "connection_lost"}
    await simulator.faults.none()
    flow = await answer(hass, flow, simulator.port)
    assert flow["type"] is FlowResultType.CREATE_ENTRY


async def test_something_else_answers(hass, simulator):
    simulator.faults.error(text="what?")
    flow = await answer(hass, await start(hass), simulator.port)
    assert flow["errors"] == {"base": "not_this_system"}
    flow = await answer(hass, flow, simulator.port)
    assert flow["type"] is FlowResultType.CREATE_ENTRY


async def test_something_answers_that_says_nothing(hass, simulator, monkeypatch):
    monkeypatch.setattr(client, "REPLY_TIMEOUT", 0.02)
    await simulator.faults.stall()
    flow = await answer(hass, await start(hass), simulator.port)
    assert flow["errors"] == {"base": "not_this_system"}
    monkeypatch.undo()
    await simulator.faults.none()
    flow = await answer(hass, flow, simulator.port)
    assert flow["type"] is FlowResultType.CREATE_ENTRY


async def test_a_defect_of_ours(hass, simulator, monkeypatch):
    logged: list[str] = []

    def fail(*_: Any) -> None:
        raise RuntimeError("a defect")

    with monkeypatch.context() as patch:
        patch.setattr(forms._LOGGER, "exception", logged.append)
        patch.setattr(client.StatusClient, "connect", fail)
        flow = await answer(hass, await start(hass), simulator.port)
    assert flow["errors"] == {"base": "unknown"}
    assert logged
    flow = await answer(hass, flow, simulator.port)
    assert flow["type"] is FlowResultType.CREATE_ENTRY


async def test_one_entry_for_one_server(hass, loaded, simulator):
    flow = await answer(hass, await start(hass), simulator.port)
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_where_another_telephone_system_is_set_up_nothing_that_was_typed_is_lost(
    hass, scripted_office, loaded, simulator
):
    answers = CONNECTION | {"host": "127.0.0.1", "port": simulator.port}
    flow = await fill_in(hass, await start_scripted(hass), **answers)
    assert (flow["type"], flow["errors"]) == (FlowResultType.FORM, {"port": "other_system_there"})
    assert flow["description_placeholders"]["other"] == "Office (iSymphony Status)"
    assert shown(flow) == answers
    assert not scripted_office.logged_in
    flow = await fill_in(hass, flow, **CONNECTION)
    assert flow["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("port", [0, 65_536])
async def test_a_port_that_cannot_be(hass, port):
    flow = await start(hass)
    with pytest.raises(InvalidData):
        await answer(hass, flow, port)


# --- reconfiguring -----------------------------------------------------------------------------


async def test_a_server_that_has_moved(hass, loaded, office):
    async with StatusSimulator(office) as elsewhere:
        flow = await loaded.start_reconfigure_flow(hass)
        assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "reconfigure")
        assert shown(flow) == {"host": "127.0.0.1", "port": loaded.data["port"]}
        running = loaded.runtime_data
        flow = await answer(hass, flow, elsewhere.port)
        assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
        await hass.async_block_till_done()
        assert loaded.state is ConfigEntryState.LOADED
        assert loaded.runtime_data is not running
        assert loaded.data["port"] == elsewhere.port
        await until(lambda: len(elsewhere.listener.connections) == 1)
        assert await hass.config_entries.async_unload(loaded.entry_id)


async def test_a_new_address_that_does_not_answer(hass, loaded, simulator):
    async with StatusSimulator(default_office(1)) as elsewhere:
        closed_port = elsewhere.port
    flow = await loaded.start_reconfigure_flow(hass)
    flow = await answer(hass, flow, closed_port)
    assert flow["errors"] == {"base": "cannot_connect"}
    assert loaded.data["port"] == simulator.port


async def test_a_new_address_that_another_entry_has(hass, loaded):
    async with StatusSimulator(default_office(2)) as other:
        data = {**loaded.data, "port": other.port}
        MockConfigEntry(domain=DOMAIN, title="Other", data=data).add_to_hass(hass)
        flow = await answer(hass, await loaded.start_reconfigure_flow(hass), other.port)
        assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_the_same_address_again(hass, loaded, simulator):
    running = loaded.runtime_data
    flow = await answer(hass, await loaded.start_reconfigure_flow(hass), simulator.port)
    assert flow["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert loaded.runtime_data is running


async def test_an_entry_that_waits_for_its_server_starts_at_the_new_address_at_once(
    hass, entry, simulator, office
):
    await simulator.faults.refuse()
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    async with StatusSimulator(office) as elsewhere:
        flow = await answer(hass, await entry.start_reconfigure_flow(hass), elsewhere.port)
        assert flow["reason"] == "reconfigure_successful"
        await hass.async_block_till_done()
        assert entry.state is ConfigEntryState.LOADED
        assert await hass.config_entries.async_unload(entry.entry_id)


# --- with log-in and encryption ----------------------------------------------------------------

CONNECTION = {
    "host": "pbx.example",
    "port": 4711,
    "username": "watcher",
    "password": "look",
    "encryption": "as_offered",
    "verify_ssl": True,
}
ANNA = Extension(id=("1",), number="100", name="Anna", features=frozenset({Feature.STATUS}))
BERT = Extension(id=("2",), number="101", name="Bert", features=frozenset({Feature.STATUS}))
ANNAS_ACCOUNT = ConfigSubentry(
    data=MappingProxyType({"username": "anna", "password": "secret"}),
    subentry_type=SUBENTRY_ACCOUNT,
    title="Anna",
    unique_id="1",
)


async def start_scripted(hass: Any) -> Any:
    """Choose the scripted telephone system."""
    flow = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": config_entries.SOURCE_USER}
    )
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {"system": "scripted"})
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "scripted")
    return flow


async def fill_in(hass: Any, flow: Any, **answers: Any) -> Any:
    """Answer a form; what is not given is as it is proposed."""
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], answers)
    await hass.async_block_till_done()
    return flow


@pytest.fixture
async def with_login(hass: Any, scripted_office: ScriptedOffice) -> MockConfigEntry:
    """A config entry of a server that one logs in to, set up; Anna is there."""
    scripted_office.put(ANNA)
    data = {"system": "scripted", **CONNECTION}
    entry = MockConfigEntry(domain=DOMAIN, entry_id="office", title="Office", data=data)
    entry.add_to_hass(hass)
    await set_up(hass, entry)
    return entry


async def test_a_form_asks_for_what_the_telephone_systems_class_declares(hass, scripted_office):
    fields = (await start(hass))["data_schema"].schema
    assert list(map(str, fields)) == ["host", "port"]
    flow = await start_scripted(hass)
    fields = flow["data_schema"].schema
    assert list(map(str, fields)) == list(CONNECTION)
    defaults = {str(key): key.default() for key in fields if key.default is not UNDEFINED}
    assert defaults == {"port": 4711, "encryption": "as_offered", "verify_ssl": True}
    encryptions = fields["encryption"].config["options"]
    assert encryptions == ["as_offered", "starttls", "tls", "tls_1_0"]
    assert flow["description_placeholders"] == {"default_port": "4711", "default_tls_port": "4712"}


async def test_a_server_with_log_in_is_set_up(hass, scripted_office):
    flow = await fill_in(
        hass,
        await start_scripted(hass),
        host="PBX.example",
        username=" watcher ",
        password=" look ",
        verify_ssl=False,
    )
    assert (flow["type"], flow["title"]) == (FlowResultType.CREATE_ENTRY, "Script pbx.example")
    told = {"password": " look ", "verify_ssl": False}
    assert flow["data"] == {"system": "scripted", **CONNECTION, **told}
    assert flow["result"].state is ConfigEntryState.LOADED
    assert scripted_office.logged_in == ["watcher", "watcher"]  # tried, and then used
    assert len(scripted_office.running) == 1
    settings = scripted_office.system.settings
    assert (settings.encryption, settings.verify_certificate) == (Encryption.AS_OFFERED, False)


@pytest.mark.parametrize(
    ("encryption", "port", "stored", "title"),
    [
        ("as_offered", 4711, 4711, "Script pbx.example"),
        ("starttls", 4711, 4711, "Script pbx.example"),
        ("tls", 4711, 4712, "Script pbx.example"),
        ("tls_1_0", 4711, 4712, "Script pbx.example"),
        ("tls", 4712, 4712, "Script pbx.example"),
        ("starttls", 4712, 4711, "Script pbx.example"),
        ("tls", 5000, 5000, "Script pbx.example:5000"),
        ("as_offered", 5000, 5000, "Script pbx.example:5000"),
    ],
)
async def test_an_encryption_has_its_own_port(
    hass, scripted_office, encryption, port, stored, title
):
    answers = CONNECTION | {"encryption": encryption, "port": port}
    flow = await fill_in(hass, await start_scripted(hass), **answers)
    assert (flow["title"], flow["data"]["port"]) == (title, stored)
    assert flow["data"]["encryption"] == encryption


async def test_a_system_that_has_no_other_port_keeps_the_one_that_was_given(
    hass, scripted_office, monkeypatch
):
    monkeypatch.setattr(ScriptedSystem, "default_tls_port", None)
    flow = await start_scripted(hass)
    assert flow["description_placeholders"] == {"default_port": "4711"}
    flow = await fill_in(hass, flow, **CONNECTION | {"encryption": "tls"})
    assert flow["data"]["port"] == 4711


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (CannotConnect(), {"base": "cannot_connect"}),
        (ConnectionLost(), {"base": "connection_lost"}),
        (NoAnswer(), {"base": "no_answer"}),
        (NotThisSystem(), {"base": "not_this_system"}),
        (AuthenticationFailed(), {"password": "invalid_auth"}),
        (AddressOrCredentialsRefused(), {"base": "address_or_credentials_refused"}),
        (LoginRefused(), {"base": "login_refused"}),
        (NoProfile(), {"username": "no_profile"}),
        (VersionRefused(version="2.1"), {"base": "version_refused"}),
        (EncryptionFailed(), {"encryption": "encryption_failed"}),
        (CertificateNotTrusted(), {"verify_ssl": "certificate_not_trusted"}),
        (Refused(reason="too many"), {"base": "refused"}),
    ],
    ids=lambda value: getattr(value, "key", ""),
)
async def test_what_goes_wrong_is_told_where_it_can_be_mended(
    hass, scripted_office, error: TelephonyError, told
):
    scripted_office.errors["start"] = error
    answers = CONNECTION | {"encryption": "tls"}
    flow = await fill_in(hass, await start_scripted(hass), **answers)
    assert (flow["type"], flow["errors"]) == (FlowResultType.FORM, told)
    assert error.values.items() <= flow["description_placeholders"].items()
    assert shown(flow) == answers | {"port": 4712}  # as it was tried
    scripted_office.errors.clear()
    flow = await fill_in(hass, flow, **answers)
    assert flow["type"] is FlowResultType.CREATE_ENTRY


async def test_there_are_no_other_steps_than_those_of_telephone_systems(hass, scripted_office):
    flow = OfficeConfigFlow()
    assert hasattr(flow, "async_step_scripted")
    assert not hasattr(flow, "async_step_elsewhere")
    assert not hasattr(flow, "scripted")


async def test_a_stored_password_stays_unless_another_is_given(hass, scripted_office, with_login):
    flow = await with_login.start_reconfigure_flow(hass)
    known = {key: value for key, value in CONNECTION.items() if key != "password"}
    assert shown(flow) == known
    flow = await fill_in(hass, flow, **known | {"verify_ssl": False})
    assert flow["reason"] == "reconfigure_successful"
    assert with_login.data == {"system": "scripted", **CONNECTION, "verify_ssl": False}
    flow = await with_login.start_reconfigure_flow(hass)
    await fill_in(hass, flow, **known | {"password": "other"})
    assert with_login.data["password"] == "other"
    assert with_login.state is ConfigEntryState.LOADED


async def test_another_encryption_comes_with_its_port(hass, scripted_office, with_login):
    running = with_login.runtime_data
    flow = await with_login.start_reconfigure_flow(hass)
    await fill_in(hass, flow, **CONNECTION | {"encryption": "tls"})
    assert with_login.data["port"] == 4712
    assert with_login.runtime_data is not running
    flow = await with_login.start_reconfigure_flow(hass)
    await fill_in(hass, flow, **CONNECTION | {"port": 4712})
    assert with_login.data["port"] == 4711
    assert scripted_office.system.settings.port == 4711


async def test_nobody_logs_in_to_try_what_has_not_changed(hass, scripted_office, with_login):
    before = list(scripted_office.logged_in)
    flow = await fill_in(hass, await with_login.start_reconfigure_flow(hass), **CONNECTION)
    assert flow["reason"] == "reconfigure_successful"
    assert scripted_office.logged_in == before


async def test_a_refused_entry_may_be_mended_by_what_has_not_changed(
    hass, scripted_office, with_login
):
    running = with_login.runtime_data
    flow = await with_login.start_reconfigure_flow(hass)
    scripted_office.system.on_refused(None)
    await hass.async_block_till_done()
    await fill_in(hass, flow, **CONNECTION)
    assert with_login.state is ConfigEntryState.LOADED
    assert with_login.runtime_data is not running
    assert not hass.config_entries.flow.async_progress()


async def test_another_server_replaces_everything_only_when_that_is_meant(
    hass, scripted_office, with_login
):
    scripted_office.elsewhere["other.example"] = other = ScriptedOffice()
    other.put(BERT)
    hass.config_entries.async_add_subentry(with_login, ANNAS_ACCOUNT)
    await hass.async_block_till_done()
    assert scripted_office.system.accounts
    answers = CONNECTION | {"host": "other.example"}
    flow = await fill_in(hass, await with_login.start_reconfigure_flow(hass), **answers)
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "other_server")
    assert flow["description_placeholders"] == {
        "title": "Office",
        "host": "other.example",
        "extensions": "1",
    }
    assert device_names(hass, with_login) == {"Office", "Anna"}
    assert with_login.data["host"] == "pbx.example"
    flow = await fill_in(hass, flow)
    assert flow["reason"] == "reconfigure_successful"
    assert with_login.data["host"] == "other.example"
    assert device_names(hass, with_login) == {"Office", "Bert"}
    assert not with_login.subentries
    assert other.logged_in == ["watcher", "watcher"]  # and nobody else


async def test_a_server_that_has_one_of_the_extensions_is_the_same(
    hass, scripted_office, with_login
):
    scripted_office.elsewhere["moved.example"] = moved = ScriptedOffice()
    moved.put(ANNA, BERT)
    flow = await with_login.start_reconfigure_flow(hass)
    flow = await fill_in(hass, flow, **CONNECTION | {"host": "moved.example"})
    assert flow["reason"] == "reconfigure_successful"
    assert device_names(hass, with_login) == {"Office", "Anna", "Bert"}


async def test_an_entry_that_nobody_is_let_in_to_starts_when_that_is_mended(
    hass, scripted_office, with_login
):
    scripted_office.errors["start"] = NoProfile()
    assert not await hass.config_entries.async_reload(with_login.entry_id)
    assert with_login.state is ConfigEntryState.SETUP_ERROR
    scripted_office.errors.clear()
    flow = await fill_in(hass, await with_login.start_reconfigure_flow(hass), **CONNECTION)
    assert flow["reason"] == "reconfigure_successful"
    assert with_login.state is ConfigEntryState.LOADED


# --- with requests, and a persistent connection beside them ------------------------------------

REQUESTS = {
    "host": "pbx.example",
    "port": 4055,
    "authorization": "basic",
    "username": "watcher",
    "password": "look",
    "encryption": "none",
    "verify_ssl": True,
}
PUSH = {"port": 4055, "username": "listener", "password": "hear"}


async def start_web(hass: Any) -> Any:
    """Choose the scripted telephone system that is reached as a web server is."""
    flow = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": config_entries.SOURCE_USER}
    )
    flow = await fill_in(hass, flow, system="scripted_web")
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "scripted_web")
    return flow


@pytest.fixture
def guarded(scripted_office: ScriptedOffice) -> ScriptedOffice:
    """A server that knows who asks, who listens, and its one password; Anna is there."""
    scripted_office.put(ANNA)
    scripted_office.logins = {
        "watcher": Login("look", ("8",), "Watcher"),
        "listener": Login("hear", ("9",), "Listener"),
        "": Login("one for all", (), ""),
    }
    return scripted_office


@pytest.fixture
async def with_push(hass: Any, guarded: ScriptedOffice) -> MockConfigEntry:
    """A config entry with a persistent connection beside its requests, set up."""
    data = {"system": "scripted_web", **REQUESTS, "push": PUSH}
    entry = MockConfigEntry(domain=DOMAIN, entry_id="office", title="Office", data=data)
    entry.add_to_hass(hass)
    await set_up(hass, entry)
    return entry


def without(data: dict[str, Any], *left_out: str) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in left_out}


async def test_a_form_asks_for_what_a_web_server_takes(hass, scripted_office):
    fields = (await start_web(hass))["data_schema"].schema
    assert list(map(str, fields)) == [*REQUESTS, "push"]
    optional = {str(key) for key in fields if isinstance(key, vol.Optional)}
    assert optional == {"username", "password"}
    defaults = {str(key): key.default() for key in fields if key.default is not UNDEFINED}
    assert defaults == {
        "port": 4055,
        "authorization": "basic",
        "encryption": "none",
        "verify_ssl": True,
        "push": False,
    }
    assert fields["authorization"].config["options"] == ["basic", "password", "none"]
    assert fields["encryption"].config["options"] == ["none", "tls"]


@pytest.mark.parametrize(
    ("answers", "stored", "credentials"),
    [
        (
            {"authorization": "basic", "username": " watcher", "password": "look"},
            {"authorization": "basic", "username": "watcher", "password": "look"},
            Credentials("watcher", "look"),
        ),
        (
            {"authorization": "password", "username": "watcher", "password": "one for all"},
            {"authorization": "password", "password": "one for all"},
            Credentials("", "one for all"),
        ),
        (
            {"authorization": "none", "username": "watcher", "password": "look"},
            {"authorization": "none"},
            None,
        ),
    ],
    ids=lambda value: value.get("authorization") if isinstance(value, dict) else "",
)
async def test_only_what_requests_carry_is_stored(hass, guarded, answers, stored, credentials):
    flow = await fill_in(hass, await start_web(hass), host="pbx.example", **answers)
    assert (flow["type"], flow["title"]) == (FlowResultType.CREATE_ENTRY, "Script pbx.example")
    others = without(REQUESTS, "authorization", "username", "password")
    assert flow["data"] == {"system": "scripted_web", **others, **stored}
    settings = guarded.system.settings
    assert (settings.authorization, settings.credentials) == (stored["authorization"], credentials)
    assert settings.push is None


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"authorization": "basic", "password": "look"}, {"username": "username_needed"}),
        (
            {"authorization": "basic", "username": " ", "password": "look"},
            {"username": "username_needed"},
        ),
        ({"authorization": "basic", "username": "watcher"}, {"password": "password_needed"}),
        ({"authorization": "password", "username": "watcher"}, {"password": "password_needed"}),
    ],
)
async def test_what_requests_lack_is_told_before_anything_is_sent(hass, guarded, answers, told):
    flow = await fill_in(hass, await start_web(hass), host="pbx.example", **answers)
    assert flow["errors"] == told
    assert not guarded.logged_in
    flow = await fill_in(hass, flow, **REQUESTS)
    assert flow["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("authorization", "told"),
    [
        ("basic", {"password": "invalid_auth"}),
        ("password", {"password": "wrong_password"}),
        ("none", {"authorization": "authorization_needed"}),
    ],
)
async def test_a_refusal_is_told_as_what_it_is(hass, guarded, authorization, told):
    guarded.errors["start"] = AuthenticationFailed()
    answers = REQUESTS | {"authorization": authorization}
    flow = await fill_in(hass, await start_web(hass), **answers)
    assert flow["errors"] == told
    guarded.errors.clear()
    flow = await fill_in(hass, flow, **REQUESTS)
    assert flow["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    "error",
    [
        UserLoggedInElsewhere(username="listener"),
        NoLicenseSeat(),
        ServerStarting(),
        Hindered(),
    ],
    ids=lambda error: error.key,
)
async def test_what_is_in_the_way_is_told_above_the_form(hass, guarded, error):
    flow = await fill_in(hass, await start_web(hass), **REQUESTS, push=True)
    guarded.errors["start"] = error
    flow = await fill_in(hass, flow, **PUSH)
    assert (flow["step_id"], flow["errors"]) == ("push", {"base": error.key})
    assert error.values.items() <= flow["description_placeholders"].items()
    guarded.errors.clear()
    flow = await fill_in(hass, flow, **PUSH)
    assert flow["type"] is FlowResultType.CREATE_ENTRY


async def test_a_persistent_connection_is_asked_for_and_had(hass, guarded):
    flow = await fill_in(hass, await start_web(hass), **REQUESTS | {"port": 80}, push=True)
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "push")
    assert shown(flow) == {"port": 80, "username": "watcher"}
    assert guarded.logged_in == ["watcher"]  # what the requests take was tried
    flow = await fill_in(hass, flow, port=4066, username=" listener ", password="guess")
    assert flow["errors"] == {"password": "invalid_auth"}
    assert shown(flow) == {"port": 4066, "username": "listener", "password": "guess"}
    flow = await fill_in(hass, flow, port=4066, username="listener", password="hear")
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    push = {"port": 4066, "username": "listener", "password": "hear"}
    assert flow["data"] == {
        "system": "scripted_web",
        **REQUESTS,
        "port": 80,
        "push": push,
    }
    settings = guarded.system.settings
    assert settings.push == PushSettings(4066, Credentials("listener", "hear"))
    assert settings.session is async_get_clientsession(hass)
    assert len(guarded.running) == 1


async def test_a_persistent_connection_that_is_refused_is_told_beside_its_password(hass, guarded):
    """Whatever the requests carry."""
    answers = REQUESTS | {"authorization": "none"}
    flow = await fill_in(hass, await start_web(hass), **answers, push=True)
    assert shown(flow) == {"port": 4055}
    flow = await fill_in(hass, flow, **PUSH | {"password": "guess"})
    assert (flow["step_id"], flow["errors"]) == ("push", {"password": "invalid_auth"})
    flow = await fill_in(hass, flow, **PUSH)
    assert flow["type"] is FlowResultType.CREATE_ENTRY


async def test_whoever_is_not_let_in_by_requests_is_told_before_the_connection_is_asked_for(
    hass, guarded
):
    flow = await fill_in(hass, await start_web(hass), **REQUESTS | {"password": "guess"}, push=True)
    assert (flow["step_id"], flow["errors"]) == ("scripted_web", {"password": "invalid_auth"})
    assert shown(flow)["push"] is True
    flow = await fill_in(hass, flow, **REQUESTS, push=True)
    assert flow["step_id"] == "push"


@pytest.mark.parametrize("verify_ssl", [True, False])
async def test_certificates_are_verified_unless_that_is_turned_off(hass, guarded, verify_ssl):
    answers = REQUESTS | {"encryption": "tls", "verify_ssl": verify_ssl}
    await fill_in(hass, await start_web(hass), **answers)
    session = async_get_clientsession(hass, verify_ssl=verify_ssl)
    assert guarded.system.settings.session is session
    assert session is not async_get_clientsession(hass, verify_ssl=not verify_ssl)


async def test_what_is_stored_of_a_persistent_connection_stays(hass, guarded, with_push):
    before = list(guarded.logged_in)
    flow = await with_push.start_reconfigure_flow(hass)
    assert shown(flow) == {**without(REQUESTS, "password"), "push": True}
    flow = await fill_in(hass, flow, **without(REQUESTS, "password"), push=True)
    assert (flow["step_id"], shown(flow)) == ("push", without(PUSH, "password"))
    flow = await fill_in(hass, flow, **without(PUSH, "password"))
    assert flow["reason"] == "reconfigure_successful"
    assert with_push.data == {"system": "scripted_web", **REQUESTS, "push": PUSH}
    assert guarded.logged_in == before  # nothing has changed


async def test_a_persistent_connection_that_has_not_changed_takes_no_second_seat(
    hass, guarded, with_push
):
    guarded.logins["other"] = Login("look", ("7",), "Other")
    before, running = len(guarded.logged_in), with_push.runtime_data
    flow = await with_push.start_reconfigure_flow(hass)
    flow = await fill_in(hass, flow, **REQUESTS | {"username": "other"}, push=True)
    assert guarded.logged_in[before:] == ["other"]
    await fill_in(hass, flow, **PUSH)
    assert guarded.logged_in[before:] == ["other", "other", "listener"]  # tried, and then used
    assert with_push.data["username"] == "other"
    assert with_push.runtime_data is not running


async def test_another_persistent_connection_is_tried(hass, guarded, with_push):
    flow = await with_push.start_reconfigure_flow(hass)
    flow = await fill_in(hass, flow, **REQUESTS, push=True)
    guarded.logins["other"] = Login("hear", ("7",), "Other")
    flow = await fill_in(hass, flow, port=4066, username="other", password="guess")
    assert flow["errors"] == {"password": "invalid_auth"}
    flow = await fill_in(hass, flow, port=4066, username="other", password="hear")
    assert flow["reason"] == "reconfigure_successful"
    assert with_push.data["push"] == {"port": 4066, "username": "other", "password": "hear"}
    assert guarded.system.settings.push.port == 4066


async def test_a_refused_persistent_connection_may_be_mended_by_what_has_not_changed(
    hass, guarded, with_push
):
    running = with_push.runtime_data
    flow = await with_push.start_reconfigure_flow(hass)
    guarded.system.on_refused("push")
    await hass.async_block_till_done()
    flow = await fill_in(hass, flow, **REQUESTS, push=True)
    await fill_in(hass, flow, **PUSH)
    assert with_push.state is ConfigEntryState.LOADED
    assert with_push.runtime_data is not running
    assert not hass.config_entries.flow.async_progress()


async def test_a_persistent_connection_can_be_given_up_and_had_again(hass, guarded, with_push):
    flow = await with_push.start_reconfigure_flow(hass)
    flow = await fill_in(hass, flow, **REQUESTS, push=False)
    assert flow["reason"] == "reconfigure_successful"
    assert with_push.data == {"system": "scripted_web", **REQUESTS}
    assert guarded.system.settings.push is None
    flow = await with_push.start_reconfigure_flow(hass)
    assert shown(flow)["push"] is False
    flow = await fill_in(hass, flow, **REQUESTS, push=True)
    assert shown(flow) == {"port": 4055, "username": "watcher"}
    await fill_in(hass, flow, **PUSH)
    assert with_push.data["push"] == PUSH


async def test_another_server_is_told_by_who_is_there_over_the_persistent_connection(
    hass, guarded, with_push
):
    guarded.elsewhere["other.example"] = other = ScriptedOffice()
    other.put(BERT)
    flow = await with_push.start_reconfigure_flow(hass)
    flow = await fill_in(hass, flow, **REQUESTS | {"host": "other.example"}, push=True)
    flow = await fill_in(hass, flow, **PUSH)
    assert flow["step_id"] == "other_server"
    flow = await fill_in(hass, flow)
    assert flow["reason"] == "reconfigure_successful"
    assert with_push.data == {
        "system": "scripted_web",
        **REQUESTS,
        "host": "other.example",
        "push": PUSH,
    }


async def test_a_server_that_does_not_tell_who_is_there_is_not_taken_for_another(
    hass, guarded, with_push
):
    guarded.elsewhere["moved.example"] = ScriptedOffice()
    flow = await with_push.start_reconfigure_flow(hass)
    flow = await fill_in(hass, flow, **REQUESTS | {"host": "moved.example"}, push=False)
    assert flow["reason"] == "reconfigure_successful"


async def test_whoever_clears_the_username_is_asked_for_it(hass, guarded, with_push):
    flow = await with_push.start_reconfigure_flow(hass)
    flow = await fill_in(hass, flow, **without(REQUESTS, "username"), push=True)
    assert flow["errors"] == {"username": "username_needed"}


# --- options -----------------------------------------------------------------------------------

NO_KINDS: dict[str, list[str]] = {
    "available": [],
    "busy": [],
    "away": [],
    "do_not_disturb": [],
    "offline": [],
}


async def choose(hass: Any, entry: MockConfigEntry, **chosen: Any) -> Any:
    """Open the options and answer with these changes."""
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    return await hass.config_entries.options.async_configure(
        flow["flow_id"],
        shown(flow) | {"groups": [], "numbers": "", "status_kinds": NO_KINDS} | chosen,
    )


def options_of(flow: Any, field: str) -> list[Any]:
    """Return what a field lets a person choose from."""
    (selector,) = [each for key, each in flow["data_schema"].schema.items() if key == field]
    return selector.config["options"]


async def test_options_show_what_is_so_now(hass, loaded):
    flow = await hass.config_entries.options.async_init(loaded.entry_id)
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "init")
    values = shown(flow)
    assert (values["groups"], values["numbers"], values["grace_period"]) == ([], "", 10)
    assert {"value": "Head Office/Sales", "label": "Head Office / Sales"} in options_of(
        flow, "groups"
    )
    assert {"value": "Head Office", "label": "Head Office"} in options_of(flow, "groups")
    (kinds,) = [each for key, each in flow["data_schema"].schema.items() if key == "status_kinds"]
    guessed = {str(key): key.description["suggested_value"] for key in kinds.schema.schema}
    assert guessed["do_not_disturb"] == ["Do Not Disturb"]
    assert "Out to Lunch" in guessed["away"]
    assert "Available" in guessed["available"]


@pytest.mark.parametrize(
    "options",
    [
        {
            "groups": ["Gone/Sales"],
            "numbers": "100-149",
            "grace_period": 5,
            "status_kinds": {"offline": ["Busy"]},
        }
    ],
)
async def test_options_show_what_was_chosen_before(hass, loaded):
    flow = await hass.config_entries.options.async_init(loaded.entry_id)
    values = shown(flow)
    assert (values["groups"], values["numbers"], values["grace_period"]) == (
        ["Gone/Sales"],
        "100-149",
        5,
    )
    assert {"value": "Gone/Sales", "label": "Gone / Sales"} in options_of(flow, "groups")


async def submit_as_shown(hass: Any, entry: MockConfigEntry, **changed: Any) -> None:
    """Open the options, change nothing but this, and press Submit, as the frontend does."""
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    sections = {
        str(key): {
            str(name): name.description["suggested_value"]
            for name in each.schema.schema
            if name.description
        }
        for key, each in flow["data_schema"].schema.items()
        if isinstance(each, section)
    }
    flow = await hass.config_entries.options.async_configure(
        flow["flow_id"], shown(flow) | sections | changed
    )
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"numbers": "100-149", "grace_period": 5, "groups": ["Head Office"]},
        {"status_kinds": {"offline": ["On Parental Leave", "Busy"]}},
        # as it was stored once, defaults and all
        {
            "groups": [],
            "numbers": "",
            "grace_period": 10,
            "status_kinds": {"available": ["Available"], "busy": ["Busy"], "offline": []},
        },
    ],
)
async def test_options_that_are_left_as_they_are_change_nothing(hass, loaded, options):
    running = loaded.runtime_data
    await submit_as_shown(hass, loaded)
    assert loaded.options == options
    assert loaded.runtime_data is running


async def test_who_is_logged_in_stays_so_when_no_option_changes(hass, scripted_office, with_login):
    scripted_office.put(QUEUE, AGENT)
    before = list(scripted_office.logged_in)
    await submit_as_shown(hass, with_login)
    assert with_login.options == {}
    assert scripted_office.logged_in == before


async def test_only_what_differs_from_the_default_is_stored(hass, loaded):
    await submit_as_shown(hass, loaded, grace_period=20)
    assert loaded.options == {"grace_period": 20}
    await submit_as_shown(hass, loaded, grace_period=10, numbers="100")
    assert loaded.options == {"numbers": "100"}
    await submit_as_shown(hass, loaded, numbers="")
    assert loaded.options == {}


async def test_options_take_effect(hass, loaded, office, simulator):
    flow = await choose(
        hass,
        loaded,
        groups=["Head Office/Sales"],
        numbers="100",
        grace_period=3,
        status_kinds=NO_KINDS | {"offline": ["Busy"]},
    )
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert device_names(hass, loaded) == {"Office", "Extension 100"}
    assert loaded.runtime_data.system.settings.grace_period == 3
    simulator.announce(office.set_status(*SEAT, "Busy"))
    await until(lambda: state_of(hass, "sensor.extension_100_presence") == "offline")


async def test_numbers_can_be_cleared(hass, entry):
    hass.config_entries.async_update_entry(entry, options={"numbers": "100"})
    await set_up(hass, entry)
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    await hass.config_entries.options.async_configure(
        flow["flow_id"], {"groups": [], "grace_period": 10, "status_kinds": NO_KINDS}
    )
    await hass.async_block_till_done()
    assert len(device_names(hass, entry)) == 13


@pytest.mark.parametrize("numbers", ["200-100", "100, 9-1", f"{'9' * 5000}-1", "100; 101", "1 2"])
async def test_numbers_that_are_none(hass, loaded, numbers):
    flow = await choose(hass, loaded, numbers=numbers, groups=["Head Office"])
    assert (flow["type"], flow["errors"]) == (FlowResultType.FORM, {"numbers": "invalid_numbers"})
    assert shown(flow)["numbers"] == numbers
    flow = await hass.config_entries.options.async_configure(
        flow["flow_id"],
        {"groups": [], "numbers": "100-200", "grace_period": 10, "status_kinds": NO_KINDS},
    )
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()


async def test_a_choice_that_leaves_nobody(hass, loaded):
    flow = await choose(hass, loaded, numbers="100", groups=["Harbour Branch"])
    assert (flow["type"], flow["errors"]) == (FlowResultType.FORM, {"base": "nothing_chosen"})
    flow = await hass.config_entries.options.async_configure(
        flow["flow_id"],
        {"groups": ["Head Office"], "numbers": "100", "grace_period": 10, "status_kinds": NO_KINDS},
    )
    assert flow["type"] is FlowResultType.CREATE_ENTRY


async def test_a_status_that_means_two_things(hass, loaded):
    flow = await choose(hass, loaded, status_kinds=NO_KINDS | {"busy": ["Away"], "away": ["Away"]})
    assert (flow["type"], flow["errors"]) == (FlowResultType.FORM, {"base": "status_in_two_kinds"})
    flow = await hass.config_entries.options.async_configure(
        flow["flow_id"],
        {"groups": [], "grace_period": 10, "status_kinds": NO_KINDS | {"busy": ["Away"]}},
    )
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert loaded.options == {"status_kinds": {"busy": ["Away"]}}


async def test_a_status_that_is_only_held_can_be_given_a_meaning(hass, loaded, office, happens):
    await happens(
        office.add_status(*SALES, "Fishing"),
        office.set_status(*SEAT, "Fishing"),
        office.remove_status(*SALES, "Fishing"),
    )
    flow = await choose(hass, loaded, status_kinds=NO_KINDS | {"away": ["Fishing"]})
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert state_of(hass, "sensor.extension_100_presence") == "away"


async def test_there_is_no_choice_where_there_is_only_one(hass, loaded):
    flow = await hass.config_entries.options.async_init(loaded.entry_id)
    fields = list(map(str, flow["data_schema"].schema))
    assert fields == ["groups", "numbers", "grace_period", "status_kinds"]


QUEUE = Queue(id=("1",), number="200", name="Sales", group=("blue",))
AGENT = Agent(id=("1",), number="2001", name="Anna", group=("red",))
ALL_KINDS = ["extensions", "agents", "queues", "conferences", "groups"]


async def test_kinds_that_a_system_may_have_can_be_chosen(hass, scripted_office, with_login):
    scripted_office.put(QUEUE, AGENT)
    await hass.async_block_till_done()
    assert device_names(hass, with_login) == {"Office", "Anna", "Agent Anna", "Queue Sales"}
    flow = await hass.config_entries.options.async_init(with_login.entry_id)
    assert shown(flow)["kinds"] == options_of(flow, "kinds") == ALL_KINDS
    flow = await choose(hass, with_login, kinds=["extensions"])
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert device_names(hass, with_login) == {"Office", "Anna"}
    flow = await hass.config_entries.options.async_init(with_login.entry_id)
    assert shown(flow)["kinds"] == ["extensions"]


async def test_who_wants_every_kind_gets_those_that_come_later_too(
    hass, scripted_office, with_login
):
    await choose(hass, with_login, kinds=["queues", "extensions"])
    assert with_login.options["kinds"] == ["queues", "extensions"]
    await hass.async_block_till_done()
    await choose(hass, with_login, kinds=ALL_KINDS)
    assert "kinds" not in with_login.options
    await hass.async_block_till_done()


@pytest.mark.parametrize("chosen", [{"kinds": []}, {"kinds": ["queues"], "groups": ["red"]}])
async def test_a_choice_of_kinds_that_leaves_nothing(hass, scripted_office, with_login, chosen):
    scripted_office.put(QUEUE, AGENT)
    flow = await choose(hass, with_login, **{"kinds": ["extensions"]} | chosen)
    assert (flow["type"], flow["errors"]) == (FlowResultType.FORM, {"base": "nothing_chosen"})
    assert shown(flow)["kinds"] == chosen["kinds"]
    flow = await hass.config_entries.options.async_configure(
        flow["flow_id"],
        {"kinds": ["queues"], "groups": ["blue"], "grace_period": 10, "status_kinds": NO_KINDS},
    )
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()


async def test_groups_of_every_kind_can_be_chosen(hass, scripted_office, with_login):
    scripted_office.put(QUEUE, AGENT)
    flow = await hass.config_entries.options.async_init(with_login.entry_id)
    assert [each["value"] for each in options_of(flow, "groups")] == ["blue", "red"]


async def test_a_server_may_be_in_another_time_zone(hass, scripted_office, with_login):
    settings = scripted_office.system.settings
    assert str(settings.time_zone) == hass.config.time_zone
    flow = await hass.config_entries.options.async_init(with_login.entry_id)
    assert flow["description_placeholders"]["time_zone"] == hass.config.time_zone
    assert "time_zone" not in shown(flow)
    assert "Europe/Paris" in options_of(flow, "time_zone")
    await choose(hass, with_login, time_zone="Europe/Paris")
    await hass.async_block_till_done()
    assert str(scripted_office.system.settings.time_zone) == "Europe/Paris"
    flow = await hass.config_entries.options.async_init(with_login.entry_id)
    assert shown(flow)["time_zone"] == "Europe/Paris"


async def test_statuses_of_a_list_and_those_that_are_held_have_one_name(
    hass, scripted_office, with_login
):
    lunch = Status("Lunch", StatusKind.AWAY, key="outtolunch")
    odd = Status("Fishing", StatusKind.OFFLINE, key="fishing")
    scripted_office.put(StatusList(id=("Client",), statuses=(lunch,)))
    scripted_office.change(ANNA, status=odd, status_list=("Client",))
    flow = await hass.config_entries.options.async_init(with_login.entry_id)
    (kinds,) = [each for key, each in flow["data_schema"].schema.items() if key == "status_kinds"]
    guessed = {str(key): key.description["suggested_value"] for key in kinds.schema.schema}
    assert (guessed["away"], guessed["offline"]) == (["Lunch"], ["Fishing"])
    assert not options_of(flow, "groups")  # a list of statuses is no group


async def test_there_is_nothing_to_choose_from_while_it_is_not_loaded(hass, entry):
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "not_loaded")


@pytest.mark.parametrize(
    "host", ["http://pbx", "pbx:50002", "10.0.0.1:50002", "a b", "", "pbx\0", "[::1]:5"]
)
async def test_what_is_no_host(hass, simulator, host):
    flow = await answer(hass, await start(hass), simulator.port, host)
    assert flow["errors"] == {"host": "invalid_host"}
    flow = await answer(hass, flow, simulator.port)
    assert flow["type"] is FlowResultType.CREATE_ENTRY


async def test_an_ipv6_address_may_stand_in_brackets(hass, simulator):
    flow = await answer(hass, await start(hass), simulator.port, "[::1]")
    assert flow["errors"] == {"base": "cannot_connect"}


async def test_two_at_once_make_one_entry(hass, simulator):
    flows = [await start(hass), await start(hass)]
    ended = await asyncio.gather(*(answer(hass, flow, simulator.port) for flow in flows))
    assert sorted(flow["type"] for flow in ended) == ["abort", "create_entry"]


@pytest.mark.parametrize("options", [{"status_kinds": {"offline": ["On Parental Leave"]}}])
async def test_the_meaning_of_a_status_that_is_not_there_now_is_kept(hass, loaded):
    flow = await hass.config_entries.options.async_init(loaded.entry_id)
    (kinds,) = [s for key, s in flow["data_schema"].schema.items() if key == "status_kinds"]
    shown_kinds = {str(key): key.description["suggested_value"] for key in kinds.schema.schema}
    await hass.config_entries.options.async_configure(
        flow["flow_id"], shown(flow) | {"grace_period": 20, "status_kinds": shown_kinds}
    )
    await hass.async_block_till_done()
    assert "On Parental Leave" in loaded.options["status_kinds"]["offline"]


async def test_a_change_while_it_starts_takes_effect(hass, entry, office, simulator, monkeypatch):
    go, bring_in = asyncio.Event(), OfficeCoordinator.async_bring_in_all

    async def slowly(self: OfficeCoordinator) -> None:
        await go.wait()
        await bring_in(self)

    monkeypatch.setattr(OfficeCoordinator, "async_bring_in_all", slowly)
    async with StatusSimulator(office) as elsewhere:
        setting_up = hass.async_create_task(hass.config_entries.async_setup(entry.entry_id))
        await until(lambda: simulator.listener.connections)
        hass.config_entries.async_update_entry(entry, data={**entry.data, "port": elsewhere.port})
        go.set()
        await setting_up
        await hass.async_block_till_done()
        assert entry.runtime_data.system.settings.port == elsewhere.port
        assert await hass.config_entries.async_unload(entry.entry_id)


# --- whom and which groups the person names ----------------------------------------------------

ANNAS_SEAT = {"id": "F9", "name": "Anna", "number": "100"}
BERTS_SEAT = {"id": "f8", "name": "Bert"}


@pytest.fixture
async def with_requests(hass: Any, scripted_office: ScriptedOffice) -> MockConfigEntry:
    """A config entry without a persistent connection, set up; the server knows two users."""

    def check_user(user: NamedUser) -> NamedUser:
        if user.id.lower() not in {"f9", "f8"}:
            raise NotThere(name=user.name)
        return replace(user, id=user.id.lower())

    scripted_office.answers["check_user"] = check_user
    data = {"system": "scripted_web", **REQUESTS}
    entry = MockConfigEntry(domain=DOMAIN, entry_id="office", title="Office", data=data)
    entry.add_to_hass(hass)
    await set_up(hass, entry)
    return entry


def checked(office: ScriptedOffice) -> list[str]:
    """Return whom the server was asked for, by name."""
    return [each.arguments["user"].name for each in office.commands]


async def test_users_are_named_where_the_server_does_not_tell_them(
    hass, scripted_office, with_requests
):
    flow = await hass.config_entries.options.async_init(with_requests.entry_id)
    assert list(map(str, flow["data_schema"].schema))[:2] == ["users", "group_numbers"]
    assert (shown(flow)["users"], shown(flow)["group_numbers"]) == ([], [])
    spaced = {"id": " f8 ", "name": " Bert "}
    flow = await choose(hass, with_requests, users=[ANNAS_SEAT, spaced])
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    anna = {"id": "f9", "name": "Anna", "number": "100"}
    bert = {"id": "f8", "name": "Bert", "number": ""}
    assert with_requests.options["users"] == [anna, bert]
    assert scripted_office.system.settings.users == (
        NamedUser("f9", "Anna", "100"),
        NamedUser("f8", "Bert"),
    )
    flow = await hass.config_entries.options.async_init(with_requests.entry_id)
    assert shown(flow)["users"] == [anna, bert]


async def test_the_server_is_asked_only_for_new_users(hass, scripted_office, with_requests):
    await choose(hass, with_requests, users=[ANNAS_SEAT])
    await hass.async_block_till_done()
    await choose(hass, with_requests, users=[*with_requests.options["users"], BERTS_SEAT])
    await hass.async_block_till_done()
    assert checked(scripted_office) == ["Anna", "Bert"]
    await choose(hass, with_requests, users=[])
    await hass.async_block_till_done()
    assert "users" not in with_requests.options
    assert scripted_office.system.settings.users == ()


@pytest.mark.parametrize(
    ("users", "told", "named"),
    [
        ([ANNAS_SEAT, {"id": "f7", "name": "Carla"}], "no_such_user", {"user": "Carla"}),
        ([ANNAS_SEAT, {"id": "f9", "name": "Anne"}], "user_twice", {"user": "Anne"}),
        ([{"id": " ", "name": "Anna"}], "incomplete_user", {}),
        ([{"id": "f9", "name": ""}], "incomplete_user", {}),
    ],
)
async def test_users_that_cannot_be(hass, scripted_office, with_requests, users, told, named):
    flow = await choose(hass, with_requests, users=users)
    assert (flow["type"], flow["errors"]) == (FlowResultType.FORM, {"users": told})
    assert named.items() <= flow["description_placeholders"].items()
    assert shown(flow)["users"] == users
    flow = await hass.config_entries.options.async_configure(
        flow["flow_id"], shown(flow) | {"users": [ANNAS_SEAT], "status_kinds": NO_KINDS}
    )
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()


async def test_users_that_cannot_be_looked_for_now(hass, scripted_office, with_requests):
    scripted_office.errors["check_user"] = NoAnswer()
    flow = await choose(hass, with_requests, users=[ANNAS_SEAT])
    assert flow["errors"] == {"base": "no_answer"}
    scripted_office.errors.clear()
    flow = await choose(hass, with_requests, users=[ANNAS_SEAT])
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()


async def test_with_a_persistent_connection_the_server_tells_the_users(hass, guarded, with_push):
    """Whom the person named before is remembered, should the connection be given up."""
    named = {"users": [{"id": "f9", "name": "Anna", "number": ""}]}
    hass.config_entries.async_update_entry(with_push, options=named)
    await hass.async_block_till_done()
    assert guarded.system.settings.users == ()
    flow = await hass.config_entries.options.async_init(with_push.entry_id)
    assert list(map(str, flow["data_schema"].schema))[:2] == ["group_numbers", "kinds"]
    flow = await choose(hass, with_push)
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert with_push.options["users"] == named["users"]


async def test_group_numbers_are_named(hass, scripted_office, with_requests):
    flow = await choose(hass, with_requests, group_numbers=["120", " *12# ", "120"])
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert with_requests.options["group_numbers"] == ["120", "*12#"]
    assert scripted_office.system.settings.group_numbers == ("120", "*12#")


@pytest.mark.parametrize("number", ["", "12 0", "12&number=1", "Sales", "1" * 33, "१२"])
async def test_group_numbers_that_are_none(hass, scripted_office, with_requests, number):
    flow = await choose(hass, with_requests, group_numbers=["120", number])
    assert flow["errors"] == {"group_numbers": "invalid_group_number"}
    assert flow["description_placeholders"]["number"] == number
    flow = await choose(hass, with_requests, group_numbers=["120"])
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()


# --- requests that the person describes, and events that the person wants ------------------------

SET_STATUS = {
    "command": "set_status",
    "method": "POST",
    "path": "coreServers/getByName/default/users/getByName/{user}/status?by=name",
    "body": '{"name": {status}, "of": [{}, "the {user}"]}',
}
DIAL = {"command": "dial", "method": "GET", "path": "/extensions/{extension}/dial {number}/"}


@pytest.fixture
async def with_api(hass: Any, scripted_office: ScriptedOffice) -> MockConfigEntry:
    """A config entry of a server whose requests a person may describe, set up."""
    scripted_office.put(ANNA)
    data = {"system": "scripted_api", **CONNECTION, "encryption": "none"}
    entry = MockConfigEntry(domain=DOMAIN, entry_id="office", title="Office", data=data)
    entry.add_to_hass(hass)
    await set_up(hass, entry)
    return entry


async def describe(hass: Any, entry: MockConfigEntry, *templates: dict[str, str]) -> Any:
    """Open the options, describe these requests, and press Submit."""
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    flow = await hass.config_entries.options.async_configure(
        flow["flow_id"],
        shown(flow)
        | {"status_kinds": NO_KINDS, "events": {}, "requests": {"templates": [*templates]}},
    )
    await hass.async_block_till_done()
    return flow


def section_of(flow: Any, name: str) -> Any:
    """Return a section of a form, and what it is filled with, by field."""
    (found,) = [each for key, each in flow["data_schema"].schema.items() if key == name]
    fields = found.schema.schema
    return found, {str(key): (key.description or {}).get("suggested_value") for key in fields}


def default_of(section: Any, field: str) -> Any:
    """Return what a field of a section is filled with where nothing is stored."""
    return next(key for key in section.schema.schema if key == field).default()


async def test_nothing_is_described_where_the_system_takes_nothing(hass, loaded):
    flow = await hass.config_entries.options.async_init(loaded.entry_id)
    assert not {"requests", "events"} & set(map(str, flow["data_schema"].schema))


async def test_requests_are_described_in_words_and_names(hass, with_api):
    flow = await hass.config_entries.options.async_init(with_api.entry_id)
    requests, filled = section_of(flow, "requests")
    assert requests.options["collapsed"]
    assert filled == {"templates": [], "names": None}
    selector, names = requests.schema.schema.values()
    (command,) = (selector.config["fields"][each]["selector"] for each in ("command",))
    assert command.config["options"] == [
        {"value": "set_status", "label": "Set a status"},
        {"value": "dial", "label": "Dial"},
        {"value": "transfer_call", "label": "Transfer a call"},
    ]
    assert names.config["read_only"]
    assert default_of(requests, "names") == (
        "Set a status: {user}, {status}\nDial, Transfer a call: {extension}, {number}"
    )


async def test_described_requests_reach_the_system(hass, scripted_office, with_api):
    spaced = {key: f" {value}\n" for key, value in SET_STATUS.items() if key in {"path", "body"}}
    flow = await describe(hass, with_api, SET_STATUS | spaced, DIAL | {"body": " "})
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert with_api.options == {"requests": {"templates": [SET_STATUS, DIAL]}}
    assert scripted_office.system.settings.templates == {
        "set_status": RequestTemplate("POST", SET_STATUS["path"], SET_STATUS["body"]),
        "dial": RequestTemplate("GET", DIAL["path"]),
    }
    running = with_api.runtime_data
    await submit_as_shown(hass, with_api)
    assert with_api.runtime_data is running
    await describe(hass, with_api)
    assert with_api.options == {}
    assert scripted_office.system.settings.templates == {}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"path": "http://pbx.example/users"}, "template_invalid_path"),
        ({"path": "http:users"}, "template_invalid_path"),
        ({"path": "//pbx.example/users"}, "template_invalid_path"),
        ({"path": "users//{user}"}, "template_invalid_path"),
        ({"path": "../config/users"}, "template_invalid_path"),
        ({"path": "users/./{user}"}, "template_invalid_path"),
        ({"path": "users/%2E%2e/config"}, "template_invalid_path"),
        ({"path": "users/%2fconfig"}, "template_invalid_path"),
        ({"path": "users/%252e%252e/config"}, "template_invalid_path"),
        ({"path": "users\\{user}"}, "template_invalid_path"),
        ({"path": "users/{user}#status"}, "template_invalid_path"),
        ({"path": "users\n{user}"}, "template_invalid_path"),
        ({"path": "users/{user"}, "template_invalid_path"),
        ({"path": "users/{}"}, "template_invalid_path"),
        ({"path": "users/{user id}"}, "template_invalid_path"),
        ({"path": "?user={user}"}, "template_invalid_path"),
        ({"path": "/"}, "template_invalid_path"),
        ({"path": " "}, "template_invalid_path"),
        ({"path": "users/{extension}"}, "template_unknown_name"),
        ({"path": "users/{User}"}, "template_unknown_name"),
        ({"body": '{"note": {note}}'}, "template_unknown_name"),
        ({"body": '{"note": "Away: {note}"}'}, "template_unknown_name"),
        ({"body": '{"name": {status}'}, "template_invalid_body"),
        ({"body": '{"name": { status }}'}, "template_invalid_body"),
        ({"body": "name={status}"}, "template_invalid_body"),
        ({"body": "[" * 200_000}, "template_invalid_body"),
    ],
)
async def test_requests_that_could_not_be_sent(hass, with_api, changed, told):
    wrong = SET_STATUS | changed
    flow = await describe(hass, with_api, DIAL, wrong)
    assert (flow["type"], flow["errors"]) == (FlowResultType.FORM, {"requests": told})
    named = {"command": "Set a status", "names": "{user}, {status}"}
    assert named.items() <= flow["description_placeholders"].items()
    assert section_of(flow, "requests")[1]["templates"] == [DIAL, wrong]
    flow = await describe(hass, with_api, DIAL)
    assert flow["type"] is FlowResultType.CREATE_ENTRY


async def test_a_name_that_cannot_be_filled_in_is_told(hass, with_api):
    wrong = SET_STATUS | {"path": "users/{User}", "body": '[{note}, "{note}", {status}, {User}]'}
    flow = await describe(hass, with_api, wrong)
    assert flow["description_placeholders"]["unknown"] == "{User}, {note}"


async def test_a_command_is_sent_in_one_way(hass, with_api):
    flow = await describe(hass, with_api, DIAL, SET_STATUS, DIAL | {"method": "POST"})
    assert flow["errors"] == {"requests": "template_twice"}
    assert flow["description_placeholders"]["command"] == "Dial"


async def test_events_can_be_narrowed_down(hass, scripted_office, with_api):
    running = scripted_office.system
    assert (running.settings.event_types, running.settings.event_users) == ((), ())
    wanted = {"event_types": [" userStatus", "hangup", "hangup", ""], "event_users": ["4224"]}
    await submit_as_shown(hass, with_api, events=wanted)
    stored = {"event_types": ["userStatus", "hangup"], "event_users": ["4224"]}
    assert with_api.options == {"events": stored}
    settings = scripted_office.system.settings
    assert (settings.event_types, settings.event_users) == (("userStatus", "hangup"), ("4224",))
    running = with_api.runtime_data
    await submit_as_shown(hass, with_api)
    assert with_api.runtime_data is running
    await submit_as_shown(hass, with_api, events={"event_types": ["hangup", " "]})
    assert with_api.options == {"events": {"event_types": ["hangup"], "event_users": []}}
    await submit_as_shown(hass, with_api, events={"event_types": [], "event_users": [" "]})
    assert with_api.options == {}


@pytest.mark.parametrize("field", ["event_types", "event_users"])
@pytest.mark.parametrize("wrong", ["\ud800", "x" * 1_025])
async def test_events_that_could_not_be_asked_for(hass, with_api, field, wrong):
    running = with_api.runtime_data
    flow = await hass.config_entries.options.async_init(with_api.entry_id)
    others = {"status_kinds": NO_KINDS, "requests": {"templates": []}}
    answers = shown(flow) | others | {"events": {field: ["hangup", wrong]}}
    flow = await hass.config_entries.options.async_configure(flow["flow_id"], answers)
    assert (flow["type"], flow["errors"]) == (FlowResultType.FORM, {"events": "invalid_events"})
    assert with_api.options == {}
    assert with_api.runtime_data is running
