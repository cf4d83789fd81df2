"""Every command of the interface, against the whole simulated server over real sockets.

What can be refused is refused before anything is sent; what the server does not answer is confirmed by the
push that must follow; and whatever is asked, the server never hangs up.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest

from custom_components.office_cti.telephony.model import (
    AgentAvailability,
    CallState,
    Destination,
    DialOrder,
    DirectorySource,
    Extension,
    Feature,
    Forward,
    ForwardKind,
    HistoryKind,
    MessageEvent,
    PhoneState,
)
from custom_components.office_cti.telephony.system import (
    AccountNeeded,
    AccountNotConnected,
    AgentLoggedInElsewhere,
    AgentLoggedOut,
    AgentPhoneInUse,
    AgentPhoneInvalid,
    AlreadyQueueMember,
    CallNotThere,
    CannotReceiveMessages,
    ConnectionLost,
    InvalidFile,
    InvalidNumber,
    InvalidText,
    LineBreakInText,
    NoAnswer,
    NoCall,
    NoForwardDestination,
    NotConfirmed,
    NotConnected,
    NoTelephone,
    NotInConference,
    NotQueueMember,
    NotSupportedByRelease,
    NotThere,
    NoVoicemail,
    NumberUnreachable,
    OrderNotSupported,
    Refused,
    StatusNotAllowed,
    TelephonyError,
    TextTooLong,
)
from custom_components.office_cti.telephony.xivo.system import XivoSystem
from simulators.xivo import Release, office as simulated_office, recorded_office
from simulators.xivo.client import Client
from simulators.xivo.office import CallKind
from simulators.xivo.profiles import CLIENT, PROFILES, Presence

from ..waiting import until
from .site import Site, Wire

PDF = b"%PDF-1.4 a document"

type Command = Callable[[Site, Extension], Awaitable[Any]]


def fast(system: XivoSystem) -> None:
    """Let the system wait no longer than a test may."""
    system.confirm_timeout = system.answer_timeout = system.ring_timeout = 0.05


@pytest.fixture(params=[Release.R14_12, Release.R15_01], ids=str)
def release(request: pytest.FixtureRequest) -> Release:
    return request.param


@pytest.fixture
def clock() -> list[float]:
    """The server's time."""
    return [1_420_970_400.0]


@pytest.fixture
async def site(release: Release) -> AsyncIterator[Site]:
    """Carol (agent 2002) watches; Alice, Bob (agent 2001), and Hana (switchboard) have accounts."""
    async with Site(release=release) as site:
        await site.start("alice", "bob", "hana")
        yield site
        assert site.dropped == []


async def refused(
    site: Site, command: Awaitable[Any], error: type[TelephonyError]
) -> TelephonyError:
    """Return the error with which a command ends that is not sent."""
    site.sent()
    with pytest.raises(TelephonyError) as caught:
        await command
    assert type(caught.value) is error
    await site.settle()
    assert site.sent() == []
    return caught.value


async def fails(command: Awaitable[Any], error: type[TelephonyError]) -> TelephonyError:
    """Return the error with which a command ends that was sent."""
    with pytest.raises(TelephonyError) as caught:
        await command
    assert type(caught.value) is error
    return caught.value


# What takes the person's own connection, and what does not.
OWN_COMMANDS: dict[str, Command] = {
    "set_status": lambda site, who: site.system.set_status(who, "Sorti"),
    "set_do_not_disturb": lambda site, who: site.system.set_do_not_disturb(who, enabled=True),
    "set_call_filter": lambda site, who: site.system.set_call_filter(who, enabled=True),
    "set_forward": lambda site, who: site.system.set_forward(
        who, ForwardKind.BUSY, enabled=True, destination="1002"
    ),
    "transfer_call": lambda site, who: site.system.transfer_call(who, "1002", attended=True),
    "complete_transfer": lambda site, who: site.system.complete_transfer(who),
    "cancel_transfer": lambda site, who: site.system.cancel_transfer(who),
    "pick_up_call": lambda site, who: site.system.pick_up_call(who, site.person("bob")),
    "listen": lambda site, who: site.system.listen(who, site.agent("2001")),
    "answer_waiting_call": lambda site, who: site.system.answer_waiting_call(who, "1.1"),
    "resume_call": lambda site, who: site.system.resume_call(who, "1.1"),
    "hold_call": lambda site, who: site.system.hold_call(who, site.queue("blue")),
    "submit_call_form": lambda site, who: site.system.submit_call_form(who, "save", {"a": "b"}),
    "invite_to_conference": lambda site, who: site.system.invite_to_conference(
        who, site.person("bob")
    ),
    "send_fax": lambda site, who: site.system.send_fax(who, "1002", PDF),
    "get_call_history": lambda site, who: site.system.get_call_history(who, HistoryKind.SENT, 5),
}

OTHER_COMMANDS: dict[str, Command] = {
    "set_recording": lambda site, who: site.system.set_recording(who, enabled=True),
    "send_message": lambda site, who: site.system.send_message(who, "Hello"),
    "dial": lambda site, who: site.system.dial(who, Destination("1002")),
    "hang_up": lambda site, who: site.system.hang_up(who),
    "record_call": lambda site, who: site.system.record_call(who, record=True),
    "log_agent_in": lambda site, _: site.system.log_agent_in(site.agent("2001")),
    "add_queue_member": lambda site, _: site.system.add_queue_member(
        site.queue("red"), site.agent("2002")
    ),
    "remove_queue_member": lambda site, _: site.system.remove_queue_member(
        site.queue("blue"), site.agent("2002")
    ),
    "get_queue_statistics": lambda site, _: site.system.get_queue_statistics(
        site.queue("blue"), window=3600, quality_of_service=60
    ),
    "search_directory": lambda site, _: site.system.search_directory(
        "bo", DirectorySource.DIRECTORY
    ),
}
# Those of them that are about nobody of the people.
ABOUT_OTHERS = (
    "log_agent_in",
    "add_queue_member",
    "remove_queue_member",
    "get_queue_statistics",
    "search_directory",
)


# --- the person's own settings -----------------------------------------------------------------


async def test_a_status_is_set_over_the_persons_own_connection(site: Site) -> None:
    await site.system.set_status(site.person("alice"), "Parti Manger")
    assert site.sent() == [{"class": "availstate", "availstate": "outtolunch"}]
    assert site.person("alice").status.id == "outtolunch"
    assert site.person("bob").status.id != "outtolunch"


async def test_a_status_that_nobody_offers_is_refused(site: Site) -> None:
    error = await refused(
        site, site.system.set_status(site.person("alice"), "En vacances"), StatusNotAllowed
    )
    assert error.values == {"name": "Alice Bouzat", "status": "En vacances"}


async def test_a_status_that_may_not_follow_the_present_one_is_refused(site: Site) -> None:
    await site.system.set_status(site.person("alice"), "Sorti")
    await refused(
        site, site.system.set_status(site.person("alice"), "Déconnecté"), StatusNotAllowed
    )


async def test_who_has_another_profile_has_the_statuses_of_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    allowed = ("available", "lunch")
    presences = {
        "available": Presence("Disponible", "#08FD20", {}, allowed),
        "lunch": Presence("À table", "#001AFF", {}, allowed),
        "disconnected": Presence("Déconnecté", "#202020", {}, ()),
    }
    other = replace(CLIENT, id=9, presences=presences)
    monkeypatch.setattr(simulated_office, "PROFILES", {**PROFILES, 9: other})
    office = recorded_office()
    office.users["1"].profile_id = 9
    async with Site(office) as site:

        def offered(login: str) -> list[str]:
            lists = site.system.directory.status_lists
            return [each.name for each in lists.get(site.person(login).status_list).object.statuses]

        system = await site.start("alice", "bob")
        assert offered("alice") == ["Disponible", "À table", "Déconnecté"]
        assert "Sorti" in offered("bob")
        assert "À table" not in offered("bob")
        await refused(site, system.set_status(site.person("alice"), "Sorti"), StatusNotAllowed)
        await system.set_status(site.person("alice"), "Disponible")
        await system.set_status(site.person("alice"), "À table")
        assert site.person("alice").status.name == "À table"
        await site.does("fault", kind="drop")
        await until(lambda: system.directory.server.object.connected is False)
        await until(lambda: len(site.accounts()) == 3)
        assert offered("alice") == ["Disponible", "À table", "Déconnecté"]
        office.users["1"].profile_id = 3
        await site.does("fault", kind="drop")
        await until(lambda: system.directory.server.object.connected is False)
        await until(lambda: len(site.accounts()) == 3)
        assert offered("alice") == offered("bob")


@pytest.mark.parametrize("enabled", [True, False])
async def test_do_not_disturb(site: Site, *, enabled: bool) -> None:
    await site.does("set", login="alice", dnd=not enabled)
    await site.settle()
    await site.system.set_do_not_disturb(site.person("alice"), enabled=enabled)
    assert site.sent() == [{"class": "featuresput", "function": "enablednd", "value": enabled}]
    assert site.person("alice").do_not_disturb is enabled


async def test_what_is_so_already_is_confirmed_at_once(site: Site) -> None:
    for _ in range(2):
        await site.system.set_do_not_disturb(site.person("alice"), enabled=True)
    await site.settle()
    assert len(site.sent()) == 2


async def test_the_call_filter(site: Site) -> None:
    await site.system.set_call_filter(site.person("alice"), enabled=True)
    assert site.sent() == [{"class": "featuresput", "function": "incallfilter", "value": True}]
    assert site.person("alice").call_filter is True


async def test_recording_is_set_of_anybody_over_the_main_connection(site: Site) -> None:
    await site.system.set_recording(site.person("frank"), enabled=True)
    assert site.sent() == [
        {"class": "featuresput", "function": "enablerecording", "value": True, "target": "6"}
    ]
    assert site.person("frank").recording is True


@pytest.mark.parametrize(
    ("kind", "name"),
    [(ForwardKind.ALWAYS, "unc"), (ForwardKind.NO_ANSWER, "rna"), (ForwardKind.BUSY, "busy")],
)
async def test_a_forward_is_sent_as_a_pair(site: Site, kind: ForwardKind, name: str) -> None:
    system = site.system
    await system.set_forward(site.person("alice"), kind, enabled=True, destination=" 1002 ")
    await system.set_forward(site.person("alice"), kind, enabled=False)
    await system.set_forward(site.person("alice"), kind, destination="1003")
    assert [message["value"] for message in site.sent()] == [
        {f"enable{name}": True, f"dest{name}": "1002"},
        {f"enable{name}": False, f"dest{name}": "1002"},
        {f"enable{name}": False, f"dest{name}": "1003"},
    ]
    assert site.person("alice").forward(kind) == Forward(enabled=False, destination="1003")


async def test_changes_of_one_forward_at_once_keep_each_others_half(site: Site) -> None:
    set_forward, alice = site.system.set_forward, site.person("alice")
    await asyncio.gather(
        set_forward(alice, ForwardKind.BUSY, destination="1003"),
        set_forward(alice, ForwardKind.BUSY, enabled=True),
        set_forward(alice, ForwardKind.BUSY, destination="1002"),
    )
    await site.settle()
    assert site.person("alice").forward_busy == Forward(enabled=True, destination="1002")


async def test_a_forward_without_a_destination_is_refused(site: Site) -> None:
    command = site.system.set_forward(site.person("alice"), ForwardKind.ALWAYS, enabled=True)
    await refused(site, command, NoForwardDestination)


@pytest.mark.parametrize("destination", ["10/02", "1002\n", "10\n02"])
async def test_a_forward_to_what_is_no_number_is_refused(site: Site, destination: str) -> None:
    command = site.system.set_forward(
        site.person("alice"), ForwardKind.BUSY, enabled=True, destination=destination
    )
    if destination.strip() == "1002":
        await command
    else:
        with pytest.raises((InvalidNumber, LineBreakInText)):
            await command
        await site.settle()
        assert site.sent() == []


async def test_what_takes_an_own_connection_is_refused_without_an_account(site: Site) -> None:
    for command in OWN_COMMANDS.values():
        error = await refused(site, command(site, site.person("zoé")), AccountNeeded)
        assert error.values == {"name": "Zoé Ünal 日本"}


async def test_what_an_account_would_give_is_told(site: Site) -> None:
    zoe, frank = site.person("zoé"), site.person("frank")
    given = site.system.given_by_account(zoe)
    assert Feature.SET_STATUS in given
    assert Feature.CALL_HISTORY in given
    assert Feature.CALL_HISTORY not in site.system.given_by_account(frank)  # without a telephone
    assert Feature.SET_NOTE not in given
    assert not given & zoe.features
    assert given <= site.person("alice").features
    assert not site.system.given_by_account(site.agent("2001"))


async def test_what_takes_an_own_connection_is_refused_while_that_is_away(site: Site) -> None:
    site.office.users["1"].password = "changed"
    site.client("alice").drop(reset=True)
    await until(lambda: site.refused["alice"])
    for command in OWN_COMMANDS.values():
        error = await refused(site, command(site, site.person("alice")), AccountNotConnected)
        assert error.values == {"name": "Alice Bouzat"}
    assert set(site.simulator.dropped) == {"wrong password"}
    site.simulator.dropped.clear()


async def test_an_account_that_goes_away_meanwhile_is_told_of(site: Site) -> None:
    account = site.system.own_account(site.person("alice"))
    await account.stop()
    error = await refused(
        site,
        site.system.set_do_not_disturb(site.person("alice"), enabled=True),
        AccountNotConnected,
    )
    assert error.values == {"name": "Alice Bouzat"}
    with pytest.raises(AccountNotConnected):
        account.live_link()


async def test_everything_is_refused_while_there_is_no_connection(site: Site) -> None:
    await site.does("fault", kind="refuse")
    await until(lambda: not site.accounts())
    for command in (OWN_COMMANDS | OTHER_COMMANDS).values():
        for who in ("carol", "alice"):  # who has an account, too
            await fails(command(site, site.person(who)), NotConnected)


async def test_who_is_no_longer_there_is_told(site: Site) -> None:
    alice = site.person("alice")
    await site.happens("remove", list="users", id="1")
    for name, command in (OWN_COMMANDS | OTHER_COMMANDS).items():
        if name not in {"submit_call_form", *ABOUT_OTHERS}:
            error = await refused(site, command(site, alice), NotThere)
            assert error.values == {"name": "Alice Bouzat"}


# --- messages ----------------------------------------------------------------------------------


async def test_a_message_reaches_the_other_ones_events(site: Site) -> None:
    heard = site.listen("alice", MessageEvent)
    await site.system.send_message(site.person("alice"), "Lunch?\nAt noon.")
    assert site.sent() == [{"class": "chitchat", "text": "Lunch?\nAt noon.", "to": "xivo/1"}]
    await site.settle()
    assert heard == [MessageEvent("Lunch?\nAt noon.", site.person("carol").id)]


async def test_who_is_shown_as_available_can_be_sent_a_message(site: Site) -> None:
    await site.happens("set", login="frank", presence="available")
    await site.system.send_message(site.person("frank"), "Hello")


async def test_a_message_to_nobody_is_refused(site: Site) -> None:
    command = site.system.send_message(site.person("frank"), "Hello")
    error = await refused(site, command, CannotReceiveMessages)
    assert error.values == {"name": "Frank Noline"}


@pytest.mark.parametrize(
    ("text", "error"),
    [("", InvalidText), ("\x07", InvalidText), ("x" * 100_000, TextTooLong)],
    ids=["nothing", "a bell", "a book"],
)
async def test_a_message_that_cannot_travel_is_refused(
    site: Site, text: str, error: type[TelephonyError]
) -> None:
    await refused(site, site.system.send_message(site.person("alice"), text), error)


# --- calls -------------------------------------------------------------------------------------


async def test_who_has_an_account_dials_itself(site: Site) -> None:
    await site.system.dial(site.person("alice"), Destination(" 0145550123"))
    assert site.sent() == [
        {"class": "ipbxcommand", "command": "dial", "destination": "exten:xivo/0145550123"}
    ]
    await site.settle()
    assert site.person("alice").calls


async def test_whoever_has_none_is_rung_by_the_main_account(site: Site) -> None:
    await site.system.dial(site.person("zoé"), Destination("0145550123"))
    (call,) = site.sent()
    assert (call["command"], call["source"]) == ("originate", "user:xivo/42")
    assert call["destination"] == "exten:xivo/0145550123"
    assert site.person("zoé").calls


async def test_a_person_is_dialled_by_number(site: Site) -> None:
    await site.system.dial(site.person("alice"), Destination(extension=site.person("bob")))
    assert [each["destination"] for each in site.sent()] == ["exten:xivo/1002"]


async def test_a_voicemail_box_is_dialled(site: Site) -> None:
    alice, bob = site.person("alice"), site.person("bob")
    await site.system.dial(alice, Destination(voicemail=True))
    await site.system.dial(bob, Destination(extension=alice, voicemail=True))
    assert [each["destination"] for each in site.sent()] == ["voicemail:xivo/1"] * 2


async def test_without_an_account_somebody_elses_voicemail_box_is_not_dialled(site: Site) -> None:
    dial, alice, zoe = site.system.dial, site.person("alice"), site.person("zoé")
    await refused(site, dial(zoe, Destination(extension=alice, voicemail=True)), AccountNeeded)


async def test_a_voicemail_box_that_is_gone_is_not_dialled(site: Site) -> None:
    box = str(site.office.users["1"].voicemail_id)
    await site.happens("remove", list="voicemails", id=box)
    dial = site.system.dial(site.person("alice"), Destination(voicemail=True))
    await refused(site, dial, NoVoicemail)
    assert site.dropped == []


async def test_the_other_end_is_never_called_first(site: Site) -> None:
    destination = Destination("1002", order=DialOrder.DESTINATION_FIRST)
    await refused(site, site.system.dial(site.person("alice"), destination), OrderNotSupported)


async def test_what_cannot_be_dialled_is_refused(site: Site) -> None:
    dial, alice, bob = site.system.dial, site.person("alice"), site.person("bob")
    await refused(site, dial(alice, Destination()), InvalidNumber)
    await refused(site, dial(alice, Destination("  ")), InvalidNumber)
    await refused(site, dial(alice, Destination("user:xivo/3")), InvalidNumber)
    await refused(site, dial(alice, Destination("1002\n1003")), LineBreakInText)
    await refused(site, dial(alice, Destination(extension=site.person("frank"))), NoTelephone)
    await refused(site, dial(site.person("frank"), Destination("1002")), NoTelephone)
    await refused(site, dial(alice, Destination(extension=bob, voicemail=True)), NoVoicemail)
    gone = replace(bob, id=("99",))
    await refused(site, dial(alice, Destination(extension=gone)), NotThere)


async def test_a_phone_without_a_number_cannot_be_dialled(site: Site) -> None:
    await site.happens("edit", list="phones", id="7", number="")
    command = site.system.dial(site.person("alice"), Destination(extension=site.person("bob")))
    await refused(site, command, NoTelephone)


async def test_a_number_that_the_server_does_not_reach(site: Site) -> None:
    await fails(site.system.dial(site.person("alice"), Destination("9999")), NumberUnreachable)


async def test_several_dial_at_once(site: Site) -> None:
    """What is said against one does not name it: so one waits for the other."""
    answers = await asyncio.gather(
        site.system.dial(site.person("alice"), Destination("9999")),
        site.system.dial(site.person("alice"), Destination("1002")),
        site.system.dial(site.person("bob"), Destination("1003")),
        return_exceptions=True,
    )
    assert [type(each) for each in answers] == [NumberUnreachable, type(None), type(None)]


async def test_what_is_said_of_one_call_is_not_taken_for_anothers(site: Site) -> None:
    await site.does("fault", kind="lost", command="ipbxcommand")
    alice = site.person("alice")
    first = asyncio.ensure_future(site.system.dial(alice, Destination("1002")))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(site.system.dial(alice, Destination("1003")))
    await until(lambda: site.simulator.received)
    await site.settle()
    assert [each["destination"] for each in site.sent()] == ["exten:xivo/1002"]
    assert not first.done()
    first.cancel()
    await second
    assert [each["destination"] for each in site.sent()] == ["exten:xivo/1003"]


async def test_a_call_of_the_main_account_that_never_rings(site: Site) -> None:
    fast(site.system)
    await fails(site.system.dial(site.person("zoé"), Destination("9999")), NotConfirmed)


async def test_what_the_server_says_against_a_call_of_the_main_account(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    ipbx = site.simulator.requests
    for reply, error in ((None, NumberUnreachable), ("destination", InvalidNumber)):

        def answer(client: Client, message: Wire, reply: object = reply) -> None:
            ipbx._reply(client, message | {"replyid": message["commandid"], "ipbxreply": reply})

        monkeypatch.setitem(ipbx._new, "ipbxcommand", answer)
        await fails(site.system.dial(site.person("zoé"), Destination("1002")), error)


async def talks(site: Site, called: str = "1001", caller: str = "0145550123") -> None:
    """Let somebody talk."""
    call = await site.happens("ring", caller=caller, called=called)
    await site.happens("answer", call=call["call"])
    site.sent()


async def test_hanging_up(site: Site) -> None:
    await talks(site)
    await site.system.hang_up(site.person("alice"))
    (sent,) = site.sent()
    assert sent["command"] == "hangup"
    assert sent["channelids"].startswith("chan:xivo/SIP/x2gjtw-")
    assert site.person("alice").calls == ()


async def test_all_calls_of_a_person_are_ended(site: Site) -> None:
    await talks(site)
    await talks(site, called="0145550124", caller="1001")
    assert len(site.person("alice").calls) == 2
    await site.system.hang_up(site.person("alice"))
    assert site.person("alice").calls == ()
    assert len(site.sent()) == 2


async def test_a_call_that_ends_meanwhile_needs_no_hanging_up(site: Site) -> None:
    await talks(site)
    command = asyncio.ensure_future(site.system.hang_up(site.person("alice")))
    await site.does("hang_up", number="1001")
    await command


async def test_one_of_two_calls_that_ends_meanwhile_is_not_hung_up(site: Site) -> None:
    await talks(site)
    other = await site.happens("ring", caller="1001", called="0145550124")
    site.sent()
    command = asyncio.ensure_future(site.system.hang_up(site.person("alice")))
    await site.does("hang_up", call=other["call"])
    await command
    assert len(site.sent()) == 1


async def test_nothing_to_hang_up(site: Site) -> None:
    await refused(site, site.system.hang_up(site.person("alice")), NoCall)


async def test_a_call_that_the_server_does_not_end(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await talks(site)
    monkeypatch.setattr(site.simulator.calls, "has_channel", lambda _: False)
    error = await fails(site.system.hang_up(site.person("alice")), Refused)
    assert error.values == {"reason": "ko"}


async def test_a_direct_transfer(site: Site) -> None:
    await talks(site)
    await site.system.transfer_call(site.person("alice"), "1002", attended=False)
    assert site.sent() == [{"class": "direct_transfer", "number": "1002"}]
    await site.settle()
    assert site.person("alice").calls == ()
    assert site.person("bob").phone is PhoneState.RINGING


async def test_an_attended_transfer_is_completed(site: Site) -> None:
    await talks(site)
    alice = site.person("alice")
    await site.system.transfer_call(alice, "1002", attended=True)
    await site.happens("answer", number="1002")
    await site.system.complete_transfer(alice)
    assert [each["class"] for each in site.sent()] == ["attended_transfer", "complete_transfer"]
    await site.settle()
    assert site.person("alice").calls == ()
    assert [call.state for call in site.person("bob").calls] == [CallState.TALKING]


async def test_an_attended_transfer_is_cancelled(site: Site) -> None:
    await talks(site)
    alice = site.person("alice")
    await site.system.transfer_call(alice, "1002", attended=True)
    await site.system.cancel_transfer(alice)
    await site.settle()
    assert [call.state for call in site.person("alice").calls] == [CallState.TALKING]
    assert site.person("bob").calls == ()


async def test_calls_that_nothing_can_be_done_with(site: Site) -> None:
    system, alice = site.system, site.person("alice")
    for command in (
        system.transfer_call(alice, "1002", attended=True),
        system.complete_transfer(alice),
        system.cancel_transfer(alice),
        system.hold_call(alice, site.queue("blue")),
        system.record_call(alice, record=True),
        system.pick_up_call(alice, site.person("bob")),
    ):
        await refused(site, command, NoCall)
    await site.happens("ring", caller="0145550123", called="1001")
    await refused(site, system.transfer_call(alice, "1002", attended=False), NoCall)
    await refused(site, system.transfer_call(alice, " ", attended=False), InvalidNumber)


async def test_a_transfer_of_which_nothing_comes(site: Site) -> None:
    await talks(site)
    fast(site.system)
    await fails(site.system.cancel_transfer(site.person("alice")), NotConfirmed)


async def test_recording_a_call(site: Site, release: Release) -> None:
    await talks(site)
    record = site.system.record_call(site.person("alice"), record=True)
    if release is not Release.R14_12:
        await fails(record, NotSupportedByRelease)
        return
    await record
    await site.system.record_call(site.person("alice"), record=False)
    start, stop = site.sent()
    assert (start["subcommand"], stop["subcommand"]) == ("start", "stop")
    assert start["channel"] == stop["channel"] == site.person("alice").calls[0].id


async def test_what_the_server_says_against_a_command(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await talks(site)
    ipbx = site.simulator.requests

    def answer(client: Client, message: Wire) -> None:
        reply = {"replyid": message["commandid"], "ipbxreply": "Incomplete info"}
        ipbx._reply(client, message | reply)

    monkeypatch.setitem(ipbx._new, "ipbxcommand", answer)
    error = await fails(site.system.hang_up(site.person("alice")), Refused)
    assert error.values == {"reason": "Incomplete info"}


async def test_picking_up_a_call(site: Site) -> None:
    await site.happens("ring", caller="0145550123", called="1002")
    await site.system.pick_up_call(site.person("alice"), site.person("bob"))
    await site.settle()
    assert site.person("bob").calls == ()
    assert site.person("alice").calls


async def test_a_call_whose_other_end_is_not_known_cannot_be_picked_up(site: Site) -> None:
    await site.happens("asterisk", event="new_channel", channel="SIP/barometrix-00000010")
    await site.happens("asterisk", event="hint", extension="1002", hint="8")
    assert site.person("bob").calls
    command = site.system.pick_up_call(site.person("alice"), site.person("bob"))
    await refused(site, command, NoCall)


async def test_listening_to_an_agent(site: Site) -> None:
    await site.happens("agent_login", agent="2001", extension="1002")
    site.sent()
    await site.system.listen(site.person("alice"), site.agent("2001"))
    (sent,) = site.sent()
    assert (sent["command"], sent["destination"]) == ("listen", "xivo/1")
    assert site.person("alice").phone is not PhoneState.IDLE


async def test_nobody_listens_to_who_is_logged_out(site: Site) -> None:
    command = site.system.listen(site.person("alice"), site.agent("2001"))
    error = await refused(site, command, AgentLoggedOut)
    assert error.values == {"name": "Bob Marceau"}


async def test_a_switchboard_answers_holds_and_resumes(site: Site) -> None:
    hana = site.person("hana")
    await site.happens("ring", caller="0145550123", called="3008")
    site.sent()
    await site.system.answer_waiting_call(hana, site.queue("__switchboard").callers[0].id)
    await site.settle()
    assert [call.state for call in site.person("hana").calls] == [CallState.TALKING]
    await site.system.hold_call(hana, site.queue("__switchboard"))
    await until(lambda: site.queue("__switchboard").callers)
    await site.system.resume_call(hana, site.queue("__switchboard").callers[0].id)
    assert [each["class"] for each in site.sent()] == [
        "answer",
        "hold_switchboard",
        "resume_switchboard",
    ]


async def test_a_call_that_does_not_wait_is_refused(site: Site) -> None:
    hana = site.person("hana")
    for command in (
        site.system.answer_waiting_call(hana, "1.1"),
        site.system.resume_call(hana, ""),
    ):
        error = await refused(site, command, CallNotThere)
        assert error.values == {"name": "Hana Switch"}


async def test_a_call_form(site: Site) -> None:
    alice, submit = site.person("alice"), site.system.submit_call_form
    await submit(alice, "saveandclose", {"XIVOFORM_name": "Ünal\nSons"})
    await site.settle()
    form = {"buttonname": "saveandclose", "variables": {"XIVOFORM_name": "Ünal\nSons"}}
    assert site.sent() == [{"class": "call_form_result", "infos": form}]
    for values in ({}, {"a": "\x00"}):
        await refused(site, submit(alice, "save", values), InvalidText)


async def test_inviting_to_a_conference(site: Site) -> None:
    alice, bob, invite = site.person("alice"), site.person("bob"), site.system.invite_to_conference
    await refused(site, invite(alice, bob), NotInConference)
    await site.happens("ring", caller="1001", called="4001")
    site.sent()
    await invite(alice, bob)
    assert site.sent() == [{"class": "invite_confroom", "invitee": "user:xivo/2"}]
    await refused(site, invite(alice, site.person("frank")), NoTelephone)
    await site.happens("hang_up", number="1001")
    await refused(site, invite(alice, bob), NotInConference)


async def test_a_fax(site: Site) -> None:
    await site.system.send_fax(site.person("alice"), " 0145550123", PDF)
    (fax,) = (await site.does("faxes"))["faxes"]
    assert fax["destination"] == "0145550123"
    assert fax["bytes"] == len(PDF)


async def test_faxes_that_cannot_be_sent(site: Site) -> None:
    alice = site.person("alice")
    await refused(site, site.system.send_fax(alice, "0145550123", b"GIF89a"), InvalidFile)
    await refused(site, site.system.send_fax(alice, "", PDF), InvalidNumber)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [(HistoryKind.SENT, "0"), (HistoryKind.RECEIVED, "1"), (HistoryKind.MISSED, "2")],
)
async def test_the_call_history(site: Site, kind: HistoryKind, mode: str) -> None:
    (entry,) = await site.system.get_call_history(site.person("alice"), kind, 5)
    assert (entry.kind, entry.time.tzinfo) == (kind, UTC)
    assert site.sent() == [{"class": "history", "mode": mode, "size": "5", "xuserid": "xivo/1"}]


@pytest.mark.parametrize(
    ("party", "name", "number"),
    [
        ('"Jules Martin" <0145509288>', "Jules Martin", "0145509288"),
        ("Jules Martin <0145509288>", "Jules Martin", "0145509288"),
        ('"" <1002>', None, "1002"),
        ('"Jules Martin" <>', "Jules Martin", None),
        ("1002", None, "1002"),
        ("+33 1 45 50 92 88", None, "+33 1 45 50 92 88"),
        ("Jules Martin", "Jules Martin", None),
        ("a <b> <1>", "a <b> <1>", None),
        ("", None, None),
    ],
)
async def test_with_whom_a_past_call_was(
    site: Site, party: str, name: str | None, number: str | None
) -> None:
    calls = site.office.users["1"].calls
    calls[:] = [replace(call, party=party) for call in calls]
    (entry,) = await site.system.get_call_history(site.person("alice"), HistoryKind.SENT, 5)
    assert (entry.party, entry.name, entry.number) == (party, name, number)


@pytest.mark.parametrize("release", [Release.R15_19], indirect=True)
async def test_later_releases_are_asked_further_back_for_calls_of_one_kind(site: Site) -> None:
    calls = site.office.users["1"].calls
    (missed,) = [call for call in calls if call.kind == "2"]
    calls[:] = [replace(call, kind=CallKind.SENT) for call in calls * 40] + [missed] * 3
    entries = await site.system.get_call_history(site.person("alice"), HistoryKind.MISSED, 2)
    assert [entry.kind for entry in entries] == [HistoryKind.MISSED] * 2
    assert [each["size"] for each in site.sent()] == ["2", "20", "200"]
    calls[:] = [replace(call, kind=CallKind.SENT) for call in calls]
    assert not await site.system.get_call_history(site.person("alice"), HistoryKind.MISSED, 2)


async def test_histories_of_several_at_once(site: Site) -> None:
    histories = await asyncio.gather(
        *(
            site.system.get_call_history(site.person(login), kind, 5)
            for login in ("alice", "bob")
            for kind in (*HistoryKind, *HistoryKind)
        )
    )
    assert [len(each) for each in histories] == [1] * 6 + [1, 0, 0] * 2
    assert [each[0].kind for each in histories[:6]] == [*HistoryKind, *HistoryKind]


# --- agents and queues -------------------------------------------------------------------------


async def test_an_agent_logs_in_pauses_resumes_and_logs_out(site: Site) -> None:
    system, red = site.system, site.queue("red")
    await system.log_agent_in(site.agent("2001"), " 1002 ")
    assert site.agent("2001").availability is AgentAvailability.AVAILABLE
    await site.settle()
    assert site.agent("2001").phone == "1002"
    await system.pause_agent(site.agent("2001"))
    assert site.agent("2001").paused
    await system.resume_agent(site.agent("2001"), red)
    assert site.agent("2001").paused_in == ("Blue desk",)
    await system.pause_agent(site.agent("2001"), red)
    await system.resume_agent(site.agent("2001"))
    assert site.agent("2001").paused_in == ()
    await system.log_agent_out(site.agent("2001"))
    assert site.agent("2001").logged_in is False
    assert [(each["command"], each.get("queue")) for each in site.sent()] == [
        ("agentlogin", None),
        ("queuepause", "queue:xivo/all"),
        ("queueunpause", "queue:xivo/10"),
        ("queuepause", "queue:xivo/10"),
        ("queueunpause", "queue:xivo/all"),
        ("agentlogout", None),
    ]


async def test_an_agent_logs_in_on_its_persons_phone(site: Site) -> None:
    await site.system.log_agent_in(site.agent("2002"))
    await site.settle()
    assert site.sent() == [{"class": "ipbxcommand", "command": "agentlogin", "agentids": "xivo/2"}]
    assert site.agent("2002").phone == "1003"


async def test_what_is_so_already_of_an_agent_is_not_asked_for(site: Site) -> None:
    await site.happens("agent_login", agent="2001", extension="1002")
    system = site.system
    await system.log_agent_in(site.agent("2001"))
    await system.log_agent_in(site.agent("2001"), "1002")
    await system.log_agent_out(site.agent("2002"))
    await site.settle()
    assert site.sent() == []
    command = system.log_agent_in(site.agent("2001"), "1003")
    error = await refused(site, command, AgentLoggedInElsewhere)
    assert error.values == {"name": "Bob Marceau", "number": "1002"}


async def test_agents_who_cannot_log_in(site: Site) -> None:
    await site.happens("agent_login", agent="2001", extension="1002")
    log_in = site.system.log_agent_in
    await fails(log_in(site.agent("2002"), "1002"), AgentPhoneInUse)
    await fails(log_in(site.agent("2002"), "9999"), AgentPhoneInvalid)
    await refused(site, log_in(site.agent("2002"), ""), InvalidNumber)
    await refused(site, log_in(site.agent("2002"), "1/2"), InvalidNumber)


async def test_several_agents_log_in_at_once(site: Site) -> None:
    log_in = site.system.log_agent_in
    answers = await asyncio.gather(
        log_in(site.agent("2001"), "1002"),
        log_in(site.agent("2002"), "1002"),
        log_in(site.agent("2635"), "1042"),
        return_exceptions=True,
    )
    assert [type(each) for each in answers] == [type(None), AgentPhoneInUse, type(None)]


async def test_agents_who_cannot_pause(site: Site) -> None:
    system, red = site.system, site.queue("red")
    for command in (system.pause_agent, system.resume_agent):
        for queue in (None, red):
            await refused(site, command(site.agent("2001"), queue), AgentLoggedOut)
    await site.happens("agent_login", agent="2002", extension="1003")
    error = await refused(site, system.pause_agent(site.agent("2002"), red), NotQueueMember)
    assert error.values == {"name": "Carol Sims", "queue": "Red desk"}


async def test_members_come_and_go(site: Site) -> None:
    add, remove = site.system.add_queue_member, site.system.remove_queue_member
    carol = site.agent("2002")
    await add(site.queue("red"), carol)
    assert carol.id in [each.agent for each in site.queue("red").members]
    await refused(site, add(site.queue("red"), carol), AlreadyQueueMember)
    await remove(site.queue("red"), carol)
    assert carol.id not in [each.agent for each in site.queue("red").members]
    await refused(site, remove(site.queue("red"), carol), NotQueueMember)


async def test_changes_of_one_membership_at_once_wait_for_each_other(site: Site) -> None:
    red, carol = site.queue("red"), site.agent("2002")
    for change, error in (
        (site.system.add_queue_member, AlreadyQueueMember),
        (site.system.remove_queue_member, NotQueueMember),
    ):
        answers = await asyncio.gather(
            *(change(red, carol) for _ in range(3)), return_exceptions=True
        )
        assert [type(each) for each in answers] == [type(None), error, error]
    await site.settle()
    assert [each["command"] for each in site.sent()] == ["queueadd", "queueremove"]
    assert site.dropped == []


async def test_agents_and_queues_that_are_gone(site: Site) -> None:
    system, agent, queue = site.system, site.agent("2001"), site.queue("blue")
    nobody, nowhere = replace(agent, id=("99",)), replace(queue, id=("99",))
    for command in (
        system.log_agent_in(nobody),
        system.log_agent_out(nobody),
        system.pause_agent(nobody),
        system.add_queue_member(queue, nobody),
        system.add_queue_member(nowhere, agent),
        system.remove_queue_member(nowhere, agent),
        system.get_queue_statistics(nowhere, window=60, quality_of_service=10),
        system.listen(site.person("alice"), nobody),
    ):
        await refused(site, command, NotThere)


async def test_queue_statistics(site: Site) -> None:
    ask = site.system.get_queue_statistics
    blue, red = await asyncio.gather(
        *(ask(site.queue(key), window=3600.9, quality_of_service=60) for key in ("blue", "red"))
    )
    assert (blue.received, blue.answered, red.abandoned) == (0, 0, 0)
    assert site.sent()[0]["on"] == {"1": {"window": "3600", "xqos": "60"}}
    command = ask(site.queue("blue"), window=0, quality_of_service=60)
    await refused(site, command, InvalidText)


# --- the directory -----------------------------------------------------------------------------


async def test_the_directory_is_searched(site: Site) -> None:
    found = await site.system.search_directory("bob", DirectorySource.DIRECTORY)
    assert any("Bob Marceau" in row for row in found.rows)
    assert site.sent() == [{"class": "directory", "pattern": "bob"}]


async def test_without_a_pattern_the_directory_tells_its_columns(site: Site) -> None:
    found = await site.system.search_directory("", DirectorySource.DIRECTORY)
    assert found.headers == ("Nom", "Numéro", "Entreprise", "E-mail", "Source")
    assert found.rows == ()
    assert site.sent() == [{"class": "directory"}]


@pytest.mark.parametrize("pattern", ["", "bob"])
async def test_people_are_searched(site: Site, release: Release, pattern: str) -> None:
    search = site.system.search_directory
    if release is Release.R14_12:
        fast(site.system)
        await fails(search(pattern, DirectorySource.PEOPLE), NotSupportedByRelease)
        return
    found = await search(pattern, DirectorySource.PEOPLE)
    assert bool(found.rows) is bool(pattern)
    assert found.headers


@pytest.mark.parametrize("pattern", ["", "bob"])
async def test_the_switchboards_directory_is_searched(site: Site, pattern: str) -> None:
    found = await site.system.search_directory(pattern, DirectorySource.SWITCHBOARD)
    assert bool(found.rows) is bool(pattern)
    assert found.headers


async def test_searches_at_once_get_their_own_answers(site: Site) -> None:
    names = ("alice", "bob", "carol")
    found = await asyncio.gather(
        *(site.system.search_directory(name, DirectorySource.SWITCHBOARD) for name in names)
    )
    for name, result in zip(names, found, strict=True):
        assert {row[0].split()[0].lower() for row in result.rows} == {name}


async def test_a_directory_without_a_line_is_not_there() -> None:
    async with Site() as site:
        await site.start(main="frank")
        search = site.system.search_directory("bob", DirectorySource.DIRECTORY)
        await fails(search, NoTelephone)


# --- what the server calls itself --------------------------------------------------------------


async def test_every_object_is_named_with_the_name_that_the_server_has() -> None:
    office = recorded_office()
    office.ipbx = "paris-2"
    async with Site(office) as site:
        system = await site.start("alice", "bob")
        fast(system)
        await site.happens("agent_login", agent="2001", extension="1002")
        for command in (
            system.dial(site.person("alice"), Destination("1003")),
            system.dial(site.person("alice"), Destination(voicemail=True)),
            system.dial(site.person("zoé"), Destination("1003")),
            system.hang_up(site.person("alice")),
            system.send_message(site.person("bob"), "Hello"),
            system.listen(site.person("alice"), site.agent("2001")),
            system.get_call_history(site.person("alice"), HistoryKind.SENT, 5),
            system.log_agent_in(site.agent("2002"), "1003"),
            system.pause_agent(site.agent("2001")),
            system.pause_agent(site.agent("2001"), site.queue("blue")),
            system.add_queue_member(site.queue("red"), site.agent("2002")),
            system.log_agent_out(site.agent("2001")),
        ):
            with suppress(TelephonyError):
                await command
        await site.settle()
        named = [text for each in site.sent() for text in each.values() if "/" in str(text)]
        assert len(named) >= 12
        assert all("paris-2/" in text for text in named), named
        assert site.dropped == []


# --- what is not confirmed, and the connection that goes ---------------------------------------

UNCONFIRMED: dict[str, Command] = {
    name: (OWN_COMMANDS | OTHER_COMMANDS)[name]
    for name in (
        "set_status",
        "set_do_not_disturb",
        "set_call_filter",
        "set_forward",
        "set_recording",
        "log_agent_in",
        "add_queue_member",
        "remove_queue_member",
    )
}
UNANSWERED: dict[str, Command] = {
    name: (OWN_COMMANDS | OTHER_COMMANDS)[name]
    for name in ("get_call_history", "dial", "get_queue_statistics", "search_directory")
}


@pytest.mark.parametrize("command", UNCONFIRMED.values(), ids=UNCONFIRMED)
async def test_what_does_not_show_is_not_confirmed(site: Site, command: Command) -> None:
    fast(site.system)
    await site.does("fault", kind="lost")
    await fails(command(site, site.person("alice")), NotConfirmed)
    await site.settle()
    assert len(site.sent()) == 1


@pytest.mark.parametrize("command", UNANSWERED.values(), ids=UNANSWERED)
async def test_what_is_not_answered_is_told(site: Site, command: Command) -> None:
    fast(site.system)
    await site.does("fault", kind="lost")
    await fails(command(site, site.person("alice")), NoAnswer)
    await site.settle()
    assert len(site.sent()) == 1


@pytest.mark.parametrize(
    "command", (UNCONFIRMED | UNANSWERED).values(), ids=UNCONFIRMED | UNANSWERED
)
async def test_what_the_connection_takes_along_is_not_sent_again(
    site: Site, command: Command
) -> None:
    await site.does("fault", kind="lost")
    running = asyncio.ensure_future(command(site, site.person("alice")))
    await until(lambda: site.simulator.received)
    await site.does("fault", kind="drop")
    await fails(running, ConnectionLost)
    await until(lambda: len(site.accounts()) == 4)
    await site.settle()
    assert len(site.sent()) == 1


async def test_a_command_that_is_given_up_leaves_nothing_behind(site: Site) -> None:
    await site.does("fault", kind="lost")
    command = site.system.set_do_not_disturb(site.person("alice"), enabled=True)
    running = asyncio.ensure_future(command)
    await until(lambda: site.simulator.received)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    record = site.system.directory.extensions.get(site.person("alice").id)
    assert record._listeners == []
    await site.system.set_do_not_disturb(site.person("alice"), enabled=True)


async def test_what_shows_but_for_a_moment_is_confirmed(site: Site) -> None:
    set_it = site.system.set_do_not_disturb
    alice = site.person("alice")
    await asyncio.gather(*(set_it(alice, enabled=enabled) for enabled in (True, False) * 3))
    await site.settle()
    assert len(site.sent()) == 6


async def test_a_slow_question_holds_nothing_else_up(site: Site) -> None:
    await site.does("fault", kind="lost", command="directory")
    slow = asyncio.ensure_future(site.system.search_directory("bob", DirectorySource.DIRECTORY))
    await site.system.log_agent_in(site.agent("2001"))
    await site.system.set_recording(site.person("alice"), enabled=True)
    assert not slow.done()
    slow.cancel()


# --- later releases ----------------------------------------------------------------------------


@pytest.mark.parametrize("release", [Release.R15_19], indirect=True)
async def test_later_releases_no_longer_ring_or_end_calls_of_others(site: Site) -> None:
    dial = site.system.dial(site.person("zoé"), Destination("1002"))
    await fails(dial, NotSupportedByRelease)
    await site.happens("ring", caller="0145550123", called="1042")
    await refused(site, site.system.hang_up(site.person("zoé")), NotSupportedByRelease)
    await talks(site)
    await site.system.hang_up(site.person("alice"))
    assert site.sent() == [{"class": "hangup"}]
    assert site.person("alice").calls == ()


@pytest.mark.parametrize("release", [Release.R15_19], indirect=True)
async def test_later_releases_want_the_server_named_in_messages(site: Site) -> None:
    heard = site.listen("alice", MessageEvent)
    await site.system.send_message(site.person("alice"), "Hello")
    (sent,) = site.sent()
    assert sent["to"] == [site.office.uuid, "1"]
    await site.settle()
    assert heard == [MessageEvent("Hello", site.person("carol").id)]


@pytest.mark.parametrize("release", [Release.R15_19], indirect=True)
async def test_a_later_server_that_does_not_say_its_uuid_is_sent_no_message(site: Site) -> None:
    site.system.picture.server_uuid = None
    command = site.system.send_message(site.person("alice"), "Hello")
    await refused(site, command, NotSupportedByRelease)
