import asyncio
from collections.abc import AsyncIterator
import json
import math

import pytest

from custom_components.office_cti.telephony import pacing
from custom_components.office_cti.telephony.system import (
    CannotConnect,
    ConnectionLost,
    Credentials,
    NoAnswer,
    NotConnected,
    NotSupportedByRelease,
    Refused,
    SystemSettings,
)
from custom_components.office_cti.telephony.xivo import client as module
from custom_components.office_cti.telephony.xivo.client import Address, XivoClient
from custom_components.office_cti.telephony.xivo.codec import CodecError
from custom_components.office_cti.telephony.xivo.login import Sessions
from custom_components.office_cti.telephony.xivo.messages import (
    CommandFailed,
    CommandReply,
    CommandResult,
    Config,
    Dial,
    DialAccepted,
    GetConfig,
    GetIds,
    GetRelations,
    GetStatus,
    HangUp,
    Hint,
    Ids,
    ListName,
    Message,
    Party,
    PartyKind,
    Relations,
    SetPresence,
    Status,
    SubscribeConferences,
)
from simulators.xivo import Release, XivoSimulator, default_office

from ..waiting import PATIENCE, until
from .scripted import Ears, Peer, ScriptedServer, Wire, kept_alive, phone_status

HANG_UP = HangUp("SIP/x2gjtw-0000000b", "xivo")


@pytest.fixture
async def client(server: ScriptedServer, ears: Ears) -> AsyncIterator[XivoClient]:
    client = await connect(server.port, ears)
    yield client
    client.abort()
    await ended(client)


@pytest.fixture
async def peer(server: ScriptedServer, client: XivoClient) -> Peer:
    return await server.accepts()


async def connect(port: int, ears: Ears) -> XivoClient:
    return await XivoClient.connect(
        Address("127.0.0.1", port), ears.messages.append, ears.oddities.append
    )


async def ended(client: XivoClient) -> None:
    await until(client.closed.done)


def dial(number: str) -> Dial:
    return Dial(Party(PartyKind.EXTENSION, number), "xivo")


def dialled(message: Message) -> str | None:
    if isinstance(message, CommandFailed):
        raise Refused(reason=message.error)
    return message.extension if isinstance(message, DialAccepted) else None


def replied(message: Message) -> CommandReply | None:
    return message if isinstance(message, CommandReply) else None


def never(_: Message) -> str | None:
    return None


def phones(count: int) -> list[GetStatus]:
    return [GetStatus(ListName.PHONES, str(phone), "xivo") for phone in range(count)]


# --- what arrives ------------------------------------------------------------------------------


async def test_messages_come_in_order_as_they_arrive(
    client: XivoClient, peer: Peer, ears: Ears
) -> None:
    before = client.last_received
    peer.says(phone_status("1", "8"), phone_status("2", "0"), phone_status("1", "1"))
    assert await ears.hear(3) == [
        Status(ListName.PHONES, "1", {"hint": Hint.RINGING}),
        Status(ListName.PHONES, "2", {"hint": Hint.IDLE}),
        Status(ListName.PHONES, "1", {"hint": Hint.IN_USE}),
    ]
    assert client.last_received >= before
    assert not client.is_foreign


async def test_a_message_in_pieces_is_one_message(
    client: XivoClient, peer: Peer, ears: Ears
) -> None:
    peer.says(b'{"class":"getlist","function":"updatestatus","listname":"phones",')
    await until(lambda: client._decoder._rest)
    peer.says(b'"tid":"1","status":{"hintstatus":"8"}}\n' + b'{"class"')
    assert await ears.hear(1) == [Status(ListName.PHONES, "1", {"hint": Hint.RINGING})]


async def test_garbage_is_survived_and_counted(client: XivoClient, peer: Peer, ears: Ears) -> None:
    peer.says(
        b"\xff\xfe\x00\n",
        "{",
        "[]",
        b'"' + 2 * 1024 * 1024 * b"x" + b'"\n',
        {"class": "none such"},
        {"class": "login_id"},
        phone_status("1", "none such"),
        {"class": "getlist", "function": "updatestatus", "listname": "trunks", "tid": "1"},
        phone_status("1"),
    )
    assert await ears.hear(2) == [
        Status(ListName.PHONES, "1", {}, ("hint",)),
        Status(ListName.PHONES, "1", {"hint": Hint.IDLE}),
    ]
    assert ears.oddities == [
        "not JSON",
        "not JSON",
        "not an object",
        "too long",
        "an unknown message",
        "a field that is missing or wrong (SessionOpened)",
        "a field that is missing or wrong (Status.hint)",
    ]


async def test_who_never_says_anything_in_this_protocol_is_foreign(
    client: XivoClient, peer: Peer, ears: Ears
) -> None:
    assert not client.is_foreign
    peer.says("SSH-2.0-OpenSSH_9.2")
    await until(lambda: ears.oddities)
    assert client.is_foreign


async def test_a_flood_is_read_at_a_pace_and_arrives_whole(
    client: XivoClient, peer: Peer, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    resume_at = client._loop.call_later

    def call_later(delay: float, *what: object) -> asyncio.TimerHandle:
        pauses.append(delay)
        return resume_at(0, *what)

    monkeypatch.setattr(client._loop, "call_later", call_later)
    peer.says(*[phone_status("1")] * 2_000)
    await until(lambda: len(ears.messages) == 2_000)
    assert max(pauses) > pacing._AHEAD_MOST


# --- commands ----------------------------------------------------------------------------------


async def test_a_command_is_sent_and_nothing_waited_for(client: XivoClient, peer: Peer) -> None:
    client.send(SubscribeConferences())
    client.send(SetPresence("away"))
    await peer.hears("subscribe", message="meetme_update", commandid=1)
    await peer.hears("availstate", availstate="away", commandid=2)


async def test_what_would_cost_the_connection_is_not_sent(client: XivoClient, peer: Peer) -> None:
    with pytest.raises(CodecError):
        client.send(SetPresence(""))
    with pytest.raises(CodecError):
        await client.request(dial("1\n2"), dialled)
    client.send(SubscribeConferences())
    await peer.hears("subscribe")


async def test_an_answer_is_known_by_its_contents_and_everybody_sees_it(
    client: XivoClient, peer: Peer, ears: Ears
) -> None:
    request = asyncio.create_task(client.request(dial("1003"), dialled))
    await peer.hears("ipbxcommand", command="dial")
    peer.says(phone_status("1", "8"), {"class": "dial_success", "exten": "1003"}, phone_status("2"))
    assert await request == "1003"
    assert [type(each) for each in await ears.hear(3)] == [Status, DialAccepted, Status]


async def test_what_is_raised_over_an_answer_is_raised_to_the_asker_alone(
    client: XivoClient, peer: Peer, ears: Ears
) -> None:
    refused = asyncio.create_task(client.request(dial("9"), dialled))
    await peer.hears("ipbxcommand")
    other = asyncio.create_task(client.request(dial("1003"), dialled))
    await peer.hears("ipbxcommand")
    peer.says({"class": "ipbxcommand", "error_string": "unreachable_extension:9"})
    with pytest.raises(Refused):
        await refused
    peer.says({"class": "dial_success", "exten": "1003"})
    assert await other == "1003"
    assert ears.oddities == []


async def test_a_defect_of_an_asker_is_the_askers(client: XivoClient, peer: Peer) -> None:
    def broken(_: Message) -> str | None:
        raise ValueError("a defect")

    request = asyncio.create_task(client.request(dial("1003"), broken))
    await peer.hears("ipbxcommand")
    peer.says(phone_status("1"))
    with pytest.raises(ValueError, match="a defect"):
        await request
    assert not client.closed.done()


async def test_two_of_a_kind_get_one_answer_each_in_their_order(
    client: XivoClient, peer: Peer
) -> None:
    requests = [asyncio.create_task(client.request(dial("1003"), dialled)) for _ in range(2)]
    for _ in requests:
        await peer.hears("ipbxcommand")
    peer.says({"class": "dial_success", "exten": "first"})
    peer.says({"class": "dial_success", "exten": "second"})
    assert await asyncio.gather(*requests) == ["first", "second"]


async def test_an_answer_that_names_its_question_answers_no_other(
    client: XivoClient, peer: Peer
) -> None:
    requests = [asyncio.create_task(client.request(HANG_UP, replied)) for _ in range(2)]
    first, second = [await peer.hears("ipbxcommand", command="hangup") for _ in requests]

    def reply(to: Wire, text: str) -> Wire:
        return {
            "class": "ipbxcommand",
            "command": "hangup",
            "ipbxreply": text,
            "replyid": to["commandid"],
        }

    peer.says(reply({"commandid": 99}, "nobody's"), reply(second, "second"), reply(first, "first"))
    assert [each.reply for each in await asyncio.gather(*requests)] == ["first", "second"]


async def test_an_asker_may_look_at_several_messages(client: XivoClient, peer: Peer) -> None:
    seen: list[Message] = []

    def done(message: Message) -> bool | None:
        seen.append(message)
        return message.ok if isinstance(message, CommandResult) else None

    request = asyncio.create_task(client.request(HANG_UP, done))
    wire = await peer.hears("ipbxcommand")
    about = {"class": "ipbxcommand", "command": "hangup", "replyid": wire["commandid"]}
    peer.says(about | {"ipbxreply": 1}, about | {"response": "ok"})
    assert await request is True
    assert [type(each) for each in seen] == [CommandReply, CommandResult]


async def test_who_waits_too_long_gets_no_answer_and_the_connection_goes_on(
    client: XivoClient, peer: Peer, ears: Ears
) -> None:
    with pytest.raises(NoAnswer):
        await client.request(dial("1003"), never, timeout=0.01)
    await peer.hears("ipbxcommand")
    peer.says({"class": "dial_success", "exten": "1003"})
    await ears.hear(1)
    assert not client._expectations
    assert not client.closed.done()


async def test_the_answer_to_an_asker_who_has_gone_is_not_anothers(
    client: XivoClient, peer: Peer
) -> None:
    gone = asyncio.create_task(client.request(HANG_UP, replied))
    wire = await peer.hears("ipbxcommand")
    gone.cancel()
    await asyncio.wait((gone,))
    other = asyncio.create_task(client.request(HANG_UP, replied))
    await peer.hears("ipbxcommand")
    about = {"class": "ipbxcommand", "command": "hangup"}
    peer.says(about | {"ipbxreply": "the one who has gone", "replyid": wire["commandid"]})
    peer.says(about | {"ipbxreply": "the other", "replyid": wire["commandid"] + 1})
    assert (await other).reply == "the other"


async def test_askers_beyond_measure_wait_for_their_turn(
    server: ScriptedServer, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ASKERS", 2)
    client = await connect(server.port, ears)
    peer = await server.accepts()
    requests = [asyncio.create_task(client.request(dial(str(n)), dialled)) for n in range(3)]
    for number in range(2):
        await peer.hears("ipbxcommand", destination=f"exten:xivo/{number}")
    with pytest.raises(NoAnswer):
        await client.request(dial("4"), dialled, timeout=0.01)
    peer.says({"class": "dial_success", "exten": "0"})
    await peer.hears("ipbxcommand", destination="exten:xivo/2")
    peer.says({"class": "dial_success", "exten": "1"}, {"class": "dial_success", "exten": "2"})
    assert await asyncio.gather(*requests) == ["0", "1", "2"]
    client.abort()


# --- commands that an old server does not know -------------------------------------------------


def related(message: Message) -> Relations | None:
    return message if isinstance(message, Relations) else None


async def test_silence_on_a_command_that_is_answered_at_once_means_it_is_not_known(
    client: XivoClient, peer: Peer
) -> None:
    request = asyncio.create_task(client.request(GetRelations(), related, prompt=True))
    await peer.hears("get_relations")
    await peer.keeps_alive()
    with pytest.raises(NotSupportedByRelease):
        await request


async def test_an_answer_before_the_keepalives_counts(client: XivoClient, peer: Peer) -> None:
    request = asyncio.create_task(client.request(GetRelations(), related, prompt=True))
    await peer.hears("get_relations")
    keepalive = await peer.hears("keepalive")
    peer.says({"class": "relations", "data": {"user_id": 7}}, kept_alive(keepalive))
    assert (await request).relations.user_id == "7"


# --- fetching ----------------------------------------------------------------------------------


async def answers_lists(peer: Peer) -> list[int]:
    """Answer until the end of the connection; return how many questions came at a time."""
    batches = [0]
    while line := await peer.hears_line():
        wire = as_wire(line)
        if wire["class"] == "keepalive":
            peer.says(kept_alive(wire))
            batches.append(0)
        else:
            batches[-1] += 1
            peer.says(phone_status(wire["tid"]))
    return batches[:-1]


def as_wire(line: bytes) -> Wire:
    wire: Wire = json.loads(line)
    return wire


async def test_thousands_are_fetched_by_the_batch(
    client: XivoClient, peer: Peer, ears: Ears
) -> None:
    answering = asyncio.create_task(answers_lists(peer))
    count = 4_321
    await client.fetch(phones(count))
    assert [each.id for each in ears.messages] == [str(phone) for phone in range(count)]
    await client.leave()
    batches = await answering
    assert len(batches) == math.ceil(count / module.BATCH)
    assert sum(batches) == count


async def test_two_batches_are_on_their_way_and_the_next_waits_for_the_first(
    client: XivoClient, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    asked: list[int] = []

    def questions():
        for number, question in enumerate(phones(7)):
            asked.append(number)
            yield question

    fetching = asyncio.create_task(client.fetch(questions()))
    keepalives = []
    for _ in range(module.BATCHES):
        for _ in range(2):
            await peer.hears("getlist")
        keepalives.append(await peer.hears("keepalive"))
    assert len(asked) <= 6  # the third batch is at hand, but not sent
    peer.says(kept_alive(keepalives[0]))
    for _ in range(2):
        await peer.hears("getlist")
    keepalives.append(await peer.hears("keepalive"))
    assert not fetching.done()
    peer.says(kept_alive(keepalives[1]))
    await peer.hears("getlist", tid="6")
    keepalives.append(await peer.hears("keepalive"))
    peer.says(kept_alive(keepalives[2]))
    peer.says(kept_alive(keepalives[3]))
    await fetching
    assert not client._keepalives


async def test_pushes_between_do_not_end_a_fetch(
    client: XivoClient, peer: Peer, ears: Ears
) -> None:
    fetching = asyncio.create_task(client.fetch([GetIds(ListName.PHONES, "xivo")]))
    await peer.hears("getlist", function="listid")
    keepalive = await peer.hears("keepalive")
    ids = {"class": "getlist", "function": "listid", "listname": "phones", "list": ["1"]}
    peer.says(phone_status("1"), phone_status("1"), kept_alive({"commandid": 77}), ids)
    await ears.hear(3)
    assert not fetching.done()
    peer.says(kept_alive(keepalive))
    await fetching
    assert ears.messages[-1] == Ids(ListName.PHONES, ("1",))


async def test_what_is_fetched_is_not_held_back_and_news_afterwards_is(
    client: XivoClient, peer: Peer, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced: list[int] = []
    monkeypatch.setattr(client._pacer, "took_in", lambda count, _: paced.append(count))
    answering = asyncio.create_task(answers_lists(peer))
    await client.fetch(phones(1_000))
    assert paced == []
    peer.says(phone_status("1"))
    await ears.hear(1_001)
    assert paced == [1]
    await client.leave()
    await answering


async def test_nothing_to_fetch_is_nothing_to_wait_for(client: XivoClient, peer: Peer) -> None:
    await client.fetch([])
    client.send(SubscribeConferences())
    await peer.hears("subscribe")


async def test_what_cannot_be_asked_is_counted_and_passed_over(
    client: XivoClient, peer: Peer, ears: Ears
) -> None:
    fetching = asyncio.create_task(
        client.fetch(GetConfig(ListName.USERS, each, "xivo") for each in ("1", "\n", "2"))
    )
    await peer.hears("getlist", tid="1")
    await peer.hears("getlist", tid="2")
    await peer.keeps_alive()
    await fetching
    assert ears.oddities == ["an id that cannot be asked about"]


async def test_who_fetches_while_another_does_waits(client: XivoClient, peer: Peer) -> None:
    first = asyncio.create_task(client.fetch(phones(1)))
    second = asyncio.create_task(client.fetch(phones(1)))
    await peer.hears("getlist")
    keepalive = await peer.hears("keepalive")
    probe = asyncio.create_task(client.probe())
    await peer.keeps_alive()  # the probe's: the second is not at it yet
    await probe
    peer.says(kept_alive(keepalive))
    await first
    await peer.hears("getlist")
    await peer.keeps_alive()
    await second


async def test_a_server_that_falls_silent_is_not_waited_for(
    client: XivoClient, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SILENCE_TIMEOUT", 0.01)
    with pytest.raises(NoAnswer):
        await client.fetch(phones(2 * module.BATCH))
    await until(lambda: not client._keepalives)


async def test_a_server_that_still_speaks_is_waited_for(
    client: XivoClient, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SILENCE_TIMEOUT", 0.001)
    client.last_received = client._loop.time() + PATIENCE  # it goes on and on
    fetching = asyncio.create_task(client.fetch(phones(1)))
    await peer.hears("getlist")
    keepalive = await peer.hears("keepalive")
    await asyncio.sleep(0.005)
    peer.says(kept_alive(keepalive))
    await fetching


@pytest.mark.parametrize("release", [Release.R14_12, Release.R15_01])
async def test_a_whole_office_is_fetched(ears: Ears, release: Release) -> None:
    office = default_office(700, agents=20, queues=4)
    async with XivoSimulator(office, release=release) as simulator:
        sessions = Sessions(SystemSettings(host="127.0.0.1", port=simulator.port))
        credentials = Credentials(simulator.username, simulator.password)
        client, _ = await sessions.open(credentials, ears.messages.append, ears.oddities.append)
        lists = [each for each in ListName if each is not ListName.CHANNELS]
        await client.fetch(GetIds(each, "xivo") for each in lists)
        ids = [
            (each.list, one) for each in ears.messages if isinstance(each, Ids) for one in each.ids
        ]
        await client.fetch(
            question(of, one, "xivo") for question in (GetConfig, GetStatus) for of, one in ids
        )
        for kind in (Config, Status):
            told = [(each.list, each.id) for each in ears.messages if isinstance(each, kind)]
            assert sorted(told) == sorted(ids)
        assert {of for of, _ in ids} == set(lists)
        assert len(ids) > 1_500
        assert ears.oddities == []
        await client.leave()
        assert not simulator.dropped


# --- the end -----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["hangs_up", "breaks"])
async def test_the_connections_end_ends_all_that_waits(
    client: XivoClient, peer: Peer, how: str
) -> None:
    waiting = [
        asyncio.create_task(client.request(dial("1003"), dialled)),
        asyncio.create_task(client.request(GetRelations(), related, prompt=True)),
        asyncio.create_task(client.fetch(phones(2 * module.BATCH))),
    ]
    for _ in range(2 + 1 + 2 * module.BATCH + 2):
        await peer.hears_line()
    getattr(peer, how)()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in outcomes] == [ConnectionLost] * 3
    await ended(client)
    assert client.ended_bare is (how == "hangs_up")
    assert not client._expectations
    for attempt in (
        client.request(dial("1003"), dialled),
        client.fetch(phones(1)),
        client.probe(),
    ):
        with pytest.raises(NotConnected):
            await attempt
    with pytest.raises(NotConnected):
        client.send(SubscribeConferences())


async def test_leave_just_closes(client: XivoClient, peer: Peer) -> None:
    client.send(SubscribeConferences())
    await client.leave()
    assert client.closed.done()
    await client.leave()
    await peer.hears("subscribe")
    await peer.hears_nothing_more()


async def test_a_probe_is_a_keepalive(client: XivoClient, peer: Peer) -> None:
    probe = asyncio.create_task(client.probe())
    await peer.keeps_alive()
    await probe


async def test_a_peer_that_is_dead_does_not_answer_a_probe(
    client: XivoClient, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REPLY_TIMEOUT", 0.01)
    with pytest.raises(NoAnswer):
        await client.probe()
    await until(lambda: not client._keepalives)


async def test_nobody_there_cannot_be_connected_to(ears: Ears, unused_tcp_port: int) -> None:
    with pytest.raises(CannotConnect) as caught:
        await connect(unused_tcp_port, ears)
    assert caught.value.values == {"host": "127.0.0.1"}


async def test_a_host_that_cannot_be_a_host_cannot_be_connected_to(
    ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def create_connection(_: object, host: str, port: int, **__: float) -> None:
        await asyncio.sleep(0)
        host.encode("idna")

    monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", create_connection)
    with pytest.raises(CannotConnect):
        await XivoClient.connect(
            Address("a" * 70 + ".example", 1), ears.messages.append, ears.oddities.append
        )


async def test_a_client_that_never_connected_has_nothing_to_end(ears: Ears) -> None:
    client = XivoClient(Address("127.0.0.1", 1), ears.messages.append, ears.oddities.append)
    client.abort()
    client.close()
    await client.leave()
    with pytest.raises(NotConnected):
        client.send(SubscribeConferences())


async def test_another_connection_is_opened_in_the_same_way(
    client: XivoClient, peer: Peer, server: ScriptedServer, ears: Ears
) -> None:
    again = await client.connect_again(ears.messages.append, ears.oddities.append)
    other = await server.accepts()
    assert "{}:{}".format(*again.local_address) == other.other_address != peer.other_address
    again.write(b"anything\n")
    again.close()
    assert await other.hears_line() == b"anything\n"
    await other.hears_nothing_more()
