"""The life of a XiVO system: one picture, however many accounts, and whatever the server does."""

import asyncio
import base64
from collections.abc import AsyncIterator
import json
import logging

import pytest

from custom_components.office_cti.telephony import connection
from custom_components.office_cti.telephony.model import (
    AgentAvailability,
    CallEvent,
    CallEventKind,
    Feature,
    MessageEvent,
    PhoneState,
    SheetEvent,
)
from custom_components.office_cti.telephony.system import (
    AccountNotConnected,
    AuthenticationFailed,
    CannotConnect,
    Credentials,
    EncryptionFailed,
    NoProfile,
    NotConnected,
)
from custom_components.office_cti.telephony.xivo import (
    client as client_module,
    login as login_module,
)
from custom_components.office_cti.telephony.xivo.messages import KeepAlive
from simulators.tls import server_context
from simulators.xivo import PASSWORDS, Release, recorded_office
from simulators.xivo.office import Hint

from ..waiting import until
from .site import Site

CALLER = "0145559876"


@pytest.fixture(params=[Release.R14_12, Release.R15_01], ids=str)
def release(request: pytest.FixtureRequest) -> Release:
    return request.param


@pytest.fixture
async def site(release: Release) -> AsyncIterator[Site]:
    """Carol watches; Alice and Bob have accounts."""
    async with Site(release=release) as site:
        await site.start("alice", "bob")
        yield site


async def comes_back(site: Site) -> None:
    """Wait until all connections that were lost are there again."""
    await until(lambda: not site.system.main.is_live)
    await until(lambda: len(site.accounts()) == 1 + len(site.system._accounts))
    await site.settle()


# --- logging in and leaving --------------------------------------------------------------------


@pytest.mark.parametrize("release", [each for each in Release if each < Release.R16_01], ids=str)
async def test_every_release_lets_it_in(release: Release) -> None:
    async with Site(release=release) as site:
        await site.start("alice", "bob")
        assert site.person("alice").number == "1001"
        assert site.agent("2001").name == "Bob Marceau"
        assert [each.object.key for each in site.system.directory.queues] == [
            "blue",
            "red",
            "__switchboard",
        ]
        assert site.conference("4001").name == "confroom"
        assert (site.system.user, site.system.connected_accounts) == (("3",), 2)
        assert site.dropped == []
        assert site.system.oddities == {}


async def test_logging_in_changes_neither_presence_nor_do_not_disturb(release: Release) -> None:
    office = recorded_office()
    for user in office.users.values():
        user.availstate, user.features["enablednd"] = "away", 1
    async with Site(office, release=release) as site:
        await site.start("alice", "bob")
        for login in ("alice", "bob", "carol"):
            assert site.person(login).status.id == "away"
            assert site.person(login).do_not_disturb is True
        assert {user.availstate for user in office.users.values()} == {"away"}


async def test_leaving_shows_the_user_as_disconnected(release: Release) -> None:
    async with Site(release=release) as site:
        for user in site.office.users.values():
            user.availstate = "available"
        await site.start("alice", "bob")
        await site.system.set_accounts({"bob": site.credentials("bob")})
        await until(lambda: site.person("alice").status.id == "disconnected")
        assert site.person("bob").status.id == "available"
        await site.system.stop()
        await until(lambda: not site.simulator.clients)
        assert site.office.users["3"].availstate == "disconnected"
        assert site.office.users["42"].availstate == "available"


async def test_a_wrong_password_ends_the_start() -> None:
    async with Site() as site:
        system = site.make("carol", password="wrong")
        with pytest.raises(AuthenticationFailed):
            await system.start()
        await until(lambda: not site.simulator.clients)
        assert site.refused == {}
        assert not system.directory.available


async def test_nobody_there_ends_the_start() -> None:
    async with Site() as site:
        await site.does("fault", kind="refuse")
        with pytest.raises(CannotConnect):
            await site.make().start()


async def test_a_start_that_is_cut_short_leaves_nothing_open() -> None:
    async with Site() as site:
        await site.does("fault", kind="lost", command="getlist")
        starting = asyncio.ensure_future(site.make().start())
        await until(lambda: any(each["class"] == "getlist" for each in site.simulator.received))
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        await until(lambda: not site.simulator.clients)


# --- the picture -------------------------------------------------------------------------------


async def test_a_restart_shows_what_has_changed_and_nothing_else(site: Site) -> None:
    told: list[str] = []
    for record in site.system.directory.extensions:
        name = str(record.object)
        fields = frozenset({"name", "number", "status", "do_not_disturb", "phone", "calls"})
        record.listen(fields, lambda name=name: told.append(name))
    bob = site.system.directory.extensions.get(("2",))
    site.office.users["2"].lastname = "Martin"
    site.office.users["6"].features["enablednd"] = 1
    await site.does("disconnect")
    await comes_back(site)
    await until(lambda: not site.system.directory.is_telling)
    assert sorted(told) == ["Bob Marceau", "Frank Noline"]
    assert site.system.directory.extensions.get(("2",)) is bob
    assert bob.object.name == "Bob Martin"


async def test_who_goes_and_comes_during_an_interruption(site: Site) -> None:
    await site.does("fault", kind="refuse")
    await until(lambda: not site.accounts())
    await site.does("remove", list="users", id="42")
    await site.does("remove", list="queues", id="8")
    await site.does("add_user", firstname="Nina", extension="1055", id="55")
    await site.does("fault", kind="none")
    await until(lambda: len(site.accounts()) == 3)
    numbers = {each.object.number for each in site.system.directory.extensions}
    assert "1055" in numbers
    assert "1042" not in numbers
    assert [each.object.key for each in site.system.directory.queues] == ["blue", "red"]


async def test_who_went_during_an_interruption_is_gone(site: Site) -> None:
    extensions = site.system.directory.extensions
    last = list(site.office.users)[-1]
    assert extensions.get((last,))
    del site.office.users[last]
    await site.does("disconnect")
    await until(lambda: extensions.get((last,)) is None)
    assert len(extensions) == len(site.office.users)


async def test_calls_that_went_on_during_an_interruption_are_no_news(site: Site) -> None:
    call = await site.happens("ring", caller=CALLER, called="1001")
    await site.happens("answer", call=call["call"])
    heard = site.listen("alice", CallEvent)
    before = site.person("alice").calls
    await site.does("disconnect")
    await comes_back(site)
    assert [each.id for each in site.person("alice").calls] == [each.id for each in before]
    assert heard == []
    await site.happens("hang_up", call=call["call"])
    assert [each.kind for each in heard] == [CallEventKind.ENDED]


async def test_a_call_that_was_there_before_the_start(release: Release) -> None:
    async with Site(release=release) as site:
        call = await site.does("ring", caller="1002", called="1001")
        await site.does("answer", call=call["call"])
        await site.start()
        assert site.person("alice").phone is PhoneState.TALKING
        assert [each.number for each in site.person("alice").calls] == ["1002"]


async def test_everything_that_comes_and_goes_while_it_runs(site: Site) -> None:
    directory = site.system.directory
    await site.happens("add_user", firstname="Nina", extension="1055", id="55")
    assert site.number("1055").name == "Nina"
    await site.happens("edit", list="users", id="55", lastname="Rey")
    assert site.number("1055").name == "Nina Rey"
    await site.happens("remove", list="users", id="55")
    assert directory.extensions.get(("55",)) is None

    added = await site.happens("add_agent", number="2009", firstname="Nina")
    await site.happens("edit", list="agents", id=added["id"], firstname="Nora")
    assert site.agent("2009").name == "Nora"
    await site.happens("add_queue", name="green", number="3009", displayname="Green desk")
    await site.happens("add_member", queue="green", agent="2009")
    assert [member.agent for member in site.queue("green").members] == [site.agent("2009").id]
    await site.happens("remove", list="queuemembers", id="Agent/2009,green")
    assert site.queue("green").members == ()
    await site.happens("edit", list="queues", id=site.queue("green").id[0], displayname="Greens")
    assert site.queue("green").name == "Greens"
    await site.happens("remove", list="agents", id=added["id"])
    await site.happens("remove", list="queues", id=site.queue("green").id[0])
    assert (len(directory.agents), len(directory.queues)) == (3, 3)
    assert site.system.oddities == {}


@pytest.mark.parametrize("fault", ["drop", "half_line"])
async def test_a_connection_that_breaks_is_opened_again(site: Site, fault: str) -> None:
    await site.does("fault", kind=fault)
    await comes_back(site)
    assert site.system.interruptions == 1
    assert site.system.directory.server.object.connected
    await site.happens("set", login="alice", dnd=True)
    assert site.person("alice").do_not_disturb is True


async def test_a_server_that_says_nothing_more_is_left(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PROBE_AFTER", 0.05)
    async with Site(release=release) as site:
        await site.start("alice")
        await site.does("fault", kind="stall")
        monkeypatch.setattr(client_module, "REPLY_TIMEOUT", 0.05)
        await until(lambda: site.system.interruptions)
        monkeypatch.undo()
        await site.does("fault", kind="none")
        await until(lambda: len(site.accounts()) == 2)


async def test_garbage_is_counted_and_does_no_harm(site: Site) -> None:
    await site.happens("fault", kind="garbage", bytes=4096)
    await site.happens("set", login="alice", dnd=True)
    assert site.person("alice").do_not_disturb is True
    assert site.system.oddities
    assert site.system.interruptions == 0


async def test_an_interruption_longer_than_the_grace_period(release: Release) -> None:
    async with Site(release=release) as site:
        await site.start("alice", grace_period=0.0)
        await site.does("fault", kind="refuse")
        await until(lambda: not site.system.directory.available)
        assert not site.system.directory.server.object.connected
        await site.does("fault", kind="none")
        await until(lambda: site.system.directory.available)


# --- accounts ----------------------------------------------------------------------------------


async def test_what_an_account_gives_comes_and_goes_with_it(site: Site) -> None:
    assert site.can("alice", Feature.SET_DO_NOT_DISTURB)
    assert site.can("carol", Feature.SET_DO_NOT_DISTURB)
    assert Feature.SET_DO_NOT_DISTURB not in site.person("zoé").features
    assert Feature.SET_RECORDING in site.person("zoé").features
    await site.system.set_accounts({"bob": site.credentials("bob"), "zoé": site.credentials("zoé")})
    assert Feature.SET_DO_NOT_DISTURB not in site.person("alice").features
    await until(lambda: site.can("zoé", Feature.SET_DO_NOT_DISTURB))
    assert site.can("bob", Feature.SET_DO_NOT_DISTURB)
    await until(lambda: len(site.simulator.clients) == 3)


async def test_only_what_changes_of_the_accounts_is_touched(site: Site) -> None:
    client = site.client("bob")
    bob = site.credentials("bob")
    await site.system.set_accounts({"bob": bob, "alice": Credentials("zoé", PASSWORDS["zoé"])})
    await until(lambda: site.can("zoé", Feature.SET_STATUS))
    assert site.client("bob") is client


async def test_an_account_that_ends_badly_keeps_no_other_from_ending(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> None:
        raise OSError("the socket is broken")

    with monkeypatch.context() as broken:
        broken.setattr(site.system._accounts["alice"], "stop", fail)
        with pytest.raises(OSError, match="broken"):
            await site.system.stop()
    await until(lambda: [each.user.login for each in site.simulator.clients] == ["alice"])


async def test_what_can_no_longer_be_asked_about_is_left(site: Site) -> None:
    await site.does("fault", kind="refuse")
    await until(lambda: not site.accounts())
    site.system._ask_about_new(KeepAlive())
    await site.does("fault", kind="none")
    await until(lambda: len(site.accounts()) == 3)


async def test_changes_of_the_accounts_at_once_end_with_the_last(site: Site) -> None:
    alice, bob = site.credentials("alice"), site.credentials("bob")
    await asyncio.gather(
        site.system.set_accounts({}),
        site.system.set_accounts({"alice": alice}),
        site.system.set_accounts({"bob": bob}),
    )
    await until(lambda: site.system.connected_accounts == 1)
    await until(lambda: len(site.simulator.clients) == 2)
    assert site.can("bob", Feature.SET_STATUS)
    assert Feature.SET_STATUS not in site.person("alice").features


async def test_a_person_without_a_telephone_has_what_needs_none(release: Release) -> None:
    async with Site(release=release) as site:
        await site.start("frank")
        assert site.can("frank", Feature.SET_DO_NOT_DISTURB)
        assert Feature.DIAL not in site.person("frank").features
        assert Feature.SEND_FAX not in site.person("frank").features


async def test_an_account_that_is_refused_suspends_its_own_controls_alone(site: Site) -> None:
    site.office.users["1"].password = "changed"
    site.client("alice").drop(reset=False)
    await until(lambda: site.refused["alice"])
    assert not site.can("alice", Feature.SET_STATUS)
    assert site.can("alice", Feature.SET_RECORDING)
    assert site.can("bob", Feature.SET_STATUS)
    assert site.can("carol", Feature.SET_STATUS)
    attempts = site.simulator.listener.accepted
    await site.settle()
    await asyncio.sleep(0.05)
    assert site.simulator.listener.accepted == attempts
    assert site.refused == {"alice": 1}

    changed = Credentials("alice", "changed")
    await site.system.set_accounts({"alice": changed, "bob": site.credentials("bob")})
    await until(lambda: site.can("alice", Feature.SET_STATUS))
    await site.system.set_do_not_disturb(site.person("alice"), enabled=True)


async def test_an_account_that_is_refused_from_the_start(release: Release) -> None:
    async with Site(release=release) as site:
        site.system = site.make(accounts={"1": Credentials("alice", "wrong", ("1",))})
        await site.system.start()
        await until(lambda: site.refused["1"])
        assert Feature.SET_STATUS in site.person("alice").suspended
        assert site.can("carol", Feature.SET_STATUS)


async def test_a_refused_main_account_is_not_tried_again(site: Site) -> None:
    site.office.users["3"].password = "changed"
    await site.does("disconnect")
    await until(lambda: site.refused[None])
    await until(lambda: site.system.connected_accounts == 2)
    attempts = site.simulator.listener.accepted
    await asyncio.sleep(0.05)
    assert site.simulator.listener.accepted == attempts
    assert site.refused == {None: 1}
    with pytest.raises(NotConnected):
        await site.system.set_do_not_disturb(site.person("carol"), enabled=True)


async def test_a_short_interruption_of_the_main_account_suspends_nothing(site: Site) -> None:
    seen: list[frozenset[Feature]] = []
    record = site.system.directory.extensions.get(("3",))
    assert record
    record.listen(frozenset({"suspended"}), lambda: seen.append(record.object.suspended))
    await site.does("disconnect")
    await until(lambda: not site.system.directory.server.object.connected)
    await until(lambda: site.system.directory.server.object.connected)
    assert site.can("carol", Feature.SET_STATUS)
    assert seen == []


@pytest.mark.parametrize(("grace_period", "suspended"), [(10.0, []), (0.0, [True, False])])
async def test_an_accounts_interruption_suspends_its_controls_after_the_grace_period(
    release: Release, grace_period: float, suspended: list[bool]
) -> None:
    async with Site(release=release) as site:
        await site.start("alice", grace_period=grace_period)
        account = site.system.account_of(site.person("alice"))
        seen: list[bool] = []
        record = site.system.directory.extensions.get(("1",))
        record.listen(
            frozenset({"suspended"}),
            lambda: seen.append(Feature.SET_STATUS in record.object.suspended),
        )
        site.client("alice").drop(reset=True)
        await until(lambda: not account.is_live)
        with pytest.raises(AccountNotConnected):
            await site.system.set_do_not_disturb(site.person("alice"), enabled=True)
        await until(lambda: account.is_live and seen == suspended)
        assert site.system.interruptions == 0


def logged_in(site: Site) -> list[str]:
    """Return who is connected to the server, as that sees it."""
    clients = [each for each in site.simulator.clients if not each.never_ends]
    return sorted(each.user.login for each in clients if each.user)


async def test_whose_an_account_is(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login_module, "HAND_OVER_WITHIN", 0.02)
    before = logged_in(site)
    info = await site.system.check_account(site.credentials("zoé"))
    assert (info.user, info.name) == (("42",), "Zoé Ünal 日本")
    with pytest.raises(AuthenticationFailed):
        await site.system.check_account(Credentials("zoé", "wrong"))
    with pytest.raises(NoProfile):
        await site.system.check_account(site.credentials("erin"))
    await until(lambda: logged_in(site) == before)  # who is not wanted after all has left


async def test_an_account_goes_on_with_the_session_that_it_was_tried_with(site: Site) -> None:
    info = await site.system.check_account(site.credentials("zoé"))
    heard = site.listen("zoé", MessageEvent)
    tried = site.client("zoé")
    zoe = Credentials("zoé", site.credentials("zoé").password, info.user)
    await site.system.set_accounts({**site.system.settings.accounts, "zoe": zoe})
    await until(lambda: site.can("zoé", Feature.SET_DO_NOT_DISTURB))
    assert site.client("zoé") is tried
    assert logged_in(site).count("zoé") == 1
    await site.happens("chat", sender="1002", extension="1042", text="Lunch?")
    assert heard == [MessageEvent("Lunch?", site.person("bob").id)]
    await site.system.set_do_not_disturb(site.person("zoé"), enabled=True)
    assert site.person("zoé").do_not_disturb


async def test_a_tried_session_that_has_ended_is_no_loss(site: Site) -> None:
    await site.system.check_account(site.credentials("zoé"))
    site.client("zoé").drop(reset=False)
    await until(lambda: "zoé" not in logged_in(site))
    await site.system.set_accounts({"zoe": site.credentials("zoé")})
    await until(lambda: site.can("zoé", Feature.SET_DO_NOT_DISTURB))


async def test_nobody_who_was_only_tried_stays_when_the_system_stops(site: Site) -> None:
    await site.system.check_account(site.credentials("zoé"))
    await site.system.stop()
    await until(lambda: not logged_in(site))


async def test_whose_an_account_is_before_the_start() -> None:
    async with Site() as site:
        info = await site.make().check_account(site.credentials("zoé"))
        assert (info.user, info.name) == (("42",), "zoé")


# --- what only a person's own connection is told -----------------------------------------------


async def test_messages_reach_the_person_once(site: Site) -> None:
    await site.system.set_accounts(
        {
            key: site.credentials(login)
            for key, login in (("a", "alice"), ("b", "alice"), ("c", "carol"))
        }
    )
    await until(lambda: site.system.connected_accounts == 3)
    await site.settle()
    for login, number in (("alice", "1001"), ("carol", "1003")):
        heard = site.listen(login, MessageEvent)
        await site.happens("chat", sender="1002", extension=number, text="Lunch?")
        assert heard == [MessageEvent("Lunch?", site.person("bob").id)]


async def test_sheets_reach_the_person(site: Site) -> None:
    for login, number in (("alice", "1001"), ("carol", "1003")):
        heard = site.listen(login, SheetEvent)
        await site.happens("sheet", extension=number, fields={"Nom": "Acme"}, compressed=True)
        await site.happens("sheet", extension=number, fields={"Nom": "Beta"}, compressed=False)
        assert [each.fields["Nom"] for each in heard] == ["Acme", "Beta"]


async def test_a_sheet_tells_all_its_values_and_what_its_form_asks_for(site: Site) -> None:
    heard = site.listen("alice", SheetEvent)
    xml = (
        '<profile><user><sheet_info order="1" name="Nom" type="text">0145550123</sheet_info>'
        '<systray_info order="1" name="Nom" type="text">Acme</systray_info>'
        '<sheet_qtui order="1" name="qtui" type="None">'
        "&lt;widget name=&quot;XIVOFORM_note&quot;/&gt;</sheet_qtui></user></profile>"
    )
    sheet = {
        "class": "sheet",
        "channel": "SIP/x-1",
        "compressed": False,
        "payload": base64.b64encode(xml.encode()).decode(),
        "serial": "xml",
    }
    site.client("alice").send(json.dumps(sheet).encode() + b"\n")
    await site.settle()
    assert heard == [SheetEvent({"Nom": "0145550123", "Nom (2)": "Acme"}, form=("XIVOFORM_note",))]


async def test_sheets_reach_a_person_with_two_accounts_once(site: Site) -> None:
    alice = site.credentials("alice")
    await site.system.set_accounts({"a": alice, "b": alice})
    await until(lambda: site.system.connected_accounts == 2)
    heard = site.listen("alice", SheetEvent)
    await site.happens("sheet", extension="1001", fields={"Nom": "Acme"})
    assert len(heard) == 1


async def test_a_sheet_that_is_none_is_counted(site: Site) -> None:
    heard = site.listen("alice", SheetEvent)
    broken = {
        "class": "sheet",
        "channel": "SIP/x-1",
        "compressed": True,
        "payload": "AAAA",
        "serial": "xml",
    }
    site.client("alice").send(json.dumps(broken).encode() + b"\n")
    await site.settle()
    assert heard == []
    assert any("sheet" in oddity for oddity in site.system.oddities)


async def test_the_callers_number_comes_over_the_persons_own_connection(site: Site) -> None:
    call = await site.happens("ring", caller=CALLER, called="1001")
    await site.happens("answer", call=call["call"])
    assert [each.number for each in site.person("alice").calls] == [CALLER]


# --- nothing secret ----------------------------------------------------------------------------


async def test_no_secret_and_no_callers_number_is_told_anybody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with Site() as site:
        await site.start("alice", "bob")
        call = await site.happens("ring", caller=CALLER, called="1001")
        await site.happens("answer", call=call["call"])
        await site.happens("set", login="alice", at_phone=True, dnd=True)
        assert site.person("alice").do_not_disturb is True
        await site.happens("chat", sender="1002", extension="1001", text="secret lunch")
        await site.system.send_message(site.person("alice"), "secret dinner")
        await site.happens("fault", kind="garbage", bytes=4096)
        site.office.users["1"].password = "changed"
        site.client("alice").drop(reset=True)
        await until(lambda: site.refused["alice"])
        shown = " ".join(
            (
                caplog.text,
                repr(site.system.settings),
                repr(dict(site.system.oddities)),
                repr(site.system.main),
            )
        )
        people = repr([each.object for each in site.system.directory.extensions])
        for secret in (*PASSWORDS.values(), "changed"):
            assert secret not in shown + people
        for private in (CALLER, "secret lunch", "secret dinner"):
            assert private not in shown
        await site.does("fault", kind="none")


# --- later releases ----------------------------------------------------------------------------


async def test_a_later_server_is_registered_with() -> None:
    async with Site(release=Release.R15_19) as site:
        await site.start()
        await site.happens("agent_login", agent="2001", extension="1002")
        assert site.agent("2001").availability is AgentAvailability.AVAILABLE
        await site.happens("set", extension="1001", hint=Hint.RINGING)
        assert site.person("alice").phone is PhoneState.RINGING
        assert site.client("carol").registrations


@pytest.mark.parametrize("release", [Release.R15_20, Release.R16_01], ids=str)
async def test_later_servers_are_spoken_to_in_tls(release: Release) -> None:
    async with Site(release=release, starttls=server_context(only_tls_1_0=True)) as site:
        await site.start("alice")
        assert all(each.live_link().encrypted for each in site.accounts())
        await site.system.set_do_not_disturb(site.person("alice"), enabled=True)
        await site.system.send_message(site.person("alice"), "Hello")
        await site.does("disconnect")
        await comes_back(site)
        assert site.dropped == []


async def test_protocol_2_is_not_spoken_in_clear() -> None:
    async with Site(release=Release.R16_01) as site:
        with pytest.raises(EncryptionFailed):
            await site.make().start()
