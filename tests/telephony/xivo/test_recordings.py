"""The client against the recordings of real servers.

An exchange is one line that a recorded client sent, and what the server made of it. One is *ours* if our
client has a reason to send the same: it holds if our client's command is that line and the answers are read
to the effect they had. One that cost the recorded client its connection holds if our client cannot send it,
or refuses it before the wire. All others are the recorder's trials of the server: `TRIALS` says why none is
of use.

Lines are equal as JSON, but for what differs from run to run and what the server does not look at.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
import json
from typing import Any

import pytest

from custom_components.office_cti.telephony.model import (
    AgentAvailability,
    CallEvent,
    Destination,
    DirectorySource,
    ForwardKind,
    HistoryKind,
    PhoneState,
    Voicemail,
)
from custom_components.office_cti.telephony.system import (
    AgentLoggedOut,
    AgentPhoneInUse,
    AgentPhoneInvalid,
    AlreadyQueueMember,
    AuthenticationFailed,
    ConnectionLost,
    Credentials,
    InvalidNumber,
    NoForwardDestination,
    NoProfile,
    NotConfirmed,
    NotQueueMember,
    NotSupportedByRelease,
    NotThere,
    NumberUnreachable,
    Refused,
    StatusNotAllowed,
    TelephonyError,
    VersionRefused,
)
from custom_components.office_cti.telephony.xivo import control, messages as m
from custom_components.office_cti.telephony.xivo.client import Address, XivoClient
from custom_components.office_cti.telephony.xivo.codec import CodecError, Decoder, encode
from custom_components.office_cti.telephony.xivo.login import PasswordDropped, log_in
from simulators.xivo import PASSWORDS, Release
from simulators.xivo.client import Client
from tests.recordings.reading import Kind, Message, Section, Step, names, recording

from .scripted import Ears, Peer, ScriptedServer
from .site import Site

REQUIRED = 0.95  # of the exchanges that are ours, of each recording and of all

# Which of ours do not hold, and why; one that begins to hold must go.
EXCEPTIONS: dict[tuple[str, str, str], str] = {}

# Trials: what our client has no reason to send, though it costs no connection, by the recording's section.
_VARIANT = "another form of what is sent in the form that all releases take"
_NOT_OURS = "the server takes it for the client's own user, whatever it names"
_UNREAD = "the server does not know it, or does nothing"
TRIALS = {
    "dnd 1": _VARIANT,
    'dnd "1"': _UNREAD,
    'dnd "true"': _UNREAD,
    "dnd other user?": _NOT_OURS,
    "fwd all at once": _VARIANT,
    "fwd string enable": _UNREAD,
    "fwd int enable": _VARIANT,
    "fwd unc on empty dest": "the server switches it off, which is sent as such",
    "fwd rna on empty": "a forward to nowhere; a destination is asked for before",
    "fwd rna off": "it would lose the stored number, which is always sent along",
    "enablevm unsupported": _UNREAD,
    "availstate of another user (userid=1)": _NOT_OURS,
    "availstate unknown": "no profile has it; refused before the wire",
    "availstate disconnected": "no status allows it next; refused before the wire",
    "agentlogin again": "it is so already, and not sent",
    "agentlogout other again": "it is so already, and not sent",
    "agentlogout again": "it is so already, and not sent",
    "agentlogin with agentids agent:xivo/2": _VARIANT,
    'agentlogin with agentids "2"': _VARIANT,
    "agentlogin by a user who is no agent": "agents are named by their ids",
    "queuepause a logged-out agent": "nothing comes of it; refused before the wire",
    "queuepause by a Client profile user, of someone else": "the main account does it",
    "listen logged-out": "nothing comes of it; refused before the wire",
    "dial plain": _VARIANT,
    "dial vm_consult": "the box that is dialled is somebody's, by id",
    "dial punct": "the server strips what it cannot dial; sent as it was typed",
    "dial letters": _VARIANT,
    "originate user->user": "a person is called by number: calls to ids are not known to all releases",
    "originate doc special me": "the page's form, which no server reads",
    "originate unknown user": "users who are not there are refused before the wire",
    "originate no commandid": "each of our messages has one",
    "originate exten->exten": "calls come from people",
    "answer cmd": _UNREAD,
    "transfer no call": "the transfers of later releases are used, which all know",
    "atxfer no call": "the transfers of later releases are used, which all know",
    "mailboxcount": "the counts are in the voicemail box's state, and pushed",
    "meetme": "nobody is muted from afar",
    "parking": _UNREAD,
    "sipnotify": _UNREAD,
    "unknown ipbxcommand": _UNREAD,
    "history int mode": "the server reads text alone",
    "subscribe unknown": _UNREAD,
    "getqueuesstats ints": _VARIANT,
}
# The log-in and the lists, and what is asked on purpose to be wrong.
TRIALS |= {
    "tid as int": "ids are text; a number finds nothing",
    "no tipbxid, tpbxid": _VARIANT,
    "listid channels": "channels come by themselves; refused before the wire",
    **dict.fromkeys(
        ("listid groups", "listid trunks", "listid contexts", "listid phonebooks"),
        "nothing is made of these lists",
    ),
    "listid nolist": "only lists that the server has are asked for",
    "updateconfig no tid": "an object is asked for by its id",
    "unknown getlist function": _UNREAD,
    "updatestatus of unknown list": "only lists that the server has are asked for",
    "unknown class": _UNREAD,
    **dict.fromkeys(
        (
            "bare getqueuesstats",
            "bare featuresget",
            "bare parking",
            "bare logfromclient",
            "bare sheet",
            "bare directory",
            "bare chitchat",
            "bare call_form_result",
            "bare register_user_status_update",
        ),
        "a command without what it is about",
    ),
    "bare getipbxlist": "the log-in tells it",
    "bare logout": "it would have the server act upon the presence; the connection is closed",
    "empty line": "one message is one line",
    "login_id without commandid": "each of our messages has one",
    "capaid as str": _VARIANT,
    "CRLF and two in one packet": "one message is one line",
    "split packet": "one message is one line",
}

# --- what our client can send ------------------------------------------------------------------

# What differs from run to run, or is not looked at, and what the server needs not have.
_ANY = {
    "login_id": {"ident"},
    "login_pass": {"hashedpassword"},
    "login_capas": {"state"},  # none is asked for: it would change the presence
    "history": {"xuserid"},
}
_NEEDLESS = {"availstate": {"ipbxid", "userid"}}


def _after(text: str, separator: str = "/") -> str:
    return text.partition(separator)[2]


def _party(url: str) -> m.Party:
    return m.Party(m.PartyKind(url.partition(":")[0]), _after(url))


def _forwards(value: Mapping[str, Any]) -> m.SetForwards:
    return m.SetForwards(
        **{
            kind: m.Forward(value[f"enable{name}"], value[f"dest{name}"])
            for kind, name in (("always", "unc"), ("no_answer", "rna"), ("busy", "busy"))
            if f"enable{name}" in value
        }
    )


# Our command for each message, by its class, command and function; it may be that there is none.
COMMANDS: Mapping[str, Callable[[Message], m.Command]] = {
    "login_id": lambda w: m.LogIn(w["userlogin"], w["xivoversion"]),
    "login_pass": lambda w: m.SendHashedPassword("a session", w["hashedpassword"]),
    "login_capas": lambda w: m.ChooseProfile(w["capaid"]),
    "keepalive": lambda _: m.KeepAlive(),
    "getlist listid": lambda w: m.GetIds(m.ListName(w["listname"]), w["tipbxid"]),
    "getlist updateconfig": lambda w: m.GetConfig(
        m.ListName(w["listname"]), w["tid"], w["tipbxid"]
    ),
    "getlist updatestatus": lambda w: m.GetStatus(
        m.ListName(w["listname"]), w["tid"], w["tipbxid"]
    ),
    "availstate": lambda w: m.SetPresence(w["availstate"]),
    "featuresput enablednd": lambda w: m.SetDoNotDisturb(w["value"]),
    "featuresput incallfilter": lambda w: m.SetCallFilter(w["value"]),
    "featuresput enablerecording": lambda w: m.SetRecording(w["target"], w["value"]),
    "featuresput fwd": lambda w: _forwards(w["value"]),
    "ipbxcommand agentlogin": lambda w: m.AgentLogin(
        _after(w["agentids"]) if "agentids" in w else None, w.get("agentphonenumber"), "xivo"
    ),
    "ipbxcommand agentlogout": lambda w: m.AgentLogout(
        _after(w["agentids"]) if "agentids" in w else None, "xivo"
    ),
    "ipbxcommand queuepause": lambda w: m.PauseAgent(*_membership(w), "xivo"),
    "ipbxcommand queueunpause": lambda w: m.ResumeAgent(*_membership(w), "xivo"),
    "ipbxcommand queueadd": lambda w: m.AddToQueue(*_membership(w), "xivo"),
    "ipbxcommand queueremove": lambda w: m.RemoveFromQueue(*_membership(w), "xivo"),
    "ipbxcommand listen": lambda w: m.Listen(_after(w["destination"]), "xivo"),
    "ipbxcommand dial": lambda w: m.Dial(_party(w["destination"]), "xivo"),
    "ipbxcommand originate": lambda w: m.Originate(
        _party(w["source"]), _party(w["destination"]), "xivo"
    ),
    "ipbxcommand hangup": lambda w: m.HangUp(_after(w["channelids"]), "xivo"),
    "ipbxcommand record": lambda w: m.Record(w["channel"], w["subcommand"] == "start"),
    "ipbxcommand intercept": lambda w: m.Intercept(_after(w["tointercept"]), "xivo"),
    "hangup": lambda _: m.HangUpOwn(),
    "answer": lambda w: m.AnswerCall(w["unique_id"]),
    "resume_switchboard": lambda w: m.ResumeCall(w["unique_id"]),
    "hold_switchboard": lambda w: m.HoldCall(w["queue_name"]),
    "history": lambda w: m.GetHistory(m.HistoryMode(int(w["mode"])), int(w["size"]), "1", "xivo"),
    "chitchat": lambda w: m.SendChat(w["text"], _after(w["to"]), "xivo"),
    "directory": lambda w: m.SearchDirectory(w.get("pattern")),
    "people_search": lambda w: m.SearchPeople(w["pattern"]),
    "people_headers": lambda _: m.GetPeopleHeaders(),
    "get_relations": lambda _: m.GetRelations(),
    "subscribetoqueuesstats": lambda _: m.SubscribeQueueStatistics(),
    "subscribe": lambda w: {
        "meetme_update": m.SubscribeConferences(),
        "current_calls": m.SubscribeCurrentCalls(),
        "queueentryupdate": m.SubscribeQueueEntries(w.get("queueid", "")),
    }[w["message"]],
    "getqueuesstats": lambda w: m.GetQueueStatistics(
        tuple(
            m.QueueWindow(queue, int(asked["window"]), int(asked["xqos"]))
            for queue, asked in w["on"].items()
        )
    ),
    "filetransfer": lambda _: m.FindFileTransfer(),
}


def _membership(wire: Message) -> tuple[str, str | None]:
    queue = _after(wire["queue"])
    return _after(wire["member"]), None if queue == "all" else queue


def same(one: Message, other: Message) -> bool:
    """Tell whether two messages are the same, but for what changes from run to run."""
    name = one.get("class", "")
    left_out = {"commandid"} | _NEEDLESS.get(name, set())
    if "agentids" not in other:  # the recorded client meant its own agent, which we name
        left_out.add("agentids")
    masked = dict.fromkeys(_ANY.get(name, ()), "any")
    texts = [
        json.dumps(
            {key: masked.get(key, value) for key, value in each.items() if key not in left_out},
            sort_keys=True,
        )
        for each in (one, other)
    ]
    return texts[0] == texts[1]


def can_send(step: Step) -> bool:
    """Tell whether one of our client's commands is this line."""
    wire = step.message
    if wire is None:
        return False
    name = " ".join(str(wire[key]) for key in ("class", "command", "function") if key in wire)
    try:
        line = encode(COMMANDS[name](wire), 1)
    except KeyError, ValueError, TypeError, CodecError:
        return False
    return same(json.loads(line), wire)


# --- exchanges ---------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Exchange:
    """A line of a recorded client, and what came of it: for whom, and whether the connection ended."""

    release: str
    name: str
    section: str
    sent: Step
    answers: tuple[Step, ...]
    ends: bool

    @property
    def key(self) -> tuple[str, str, str]:
        return self.release, self.name, f"{self.section}: {self.sent.text}"

    @property
    def own_answers(self) -> list[Step]:
        return [each for each in self.answers if each.who == self.sent.who]


@cache
def exchanges(release: str, name: str) -> list[Exchange]:
    """Return the exchanges of a recording."""
    return [
        exchange
        for section in recording("xivo", release, name).sections
        for exchange in _of_section(release, name, section)
    ]


def _of_section(release: str, name: str, section: Section) -> list[Exchange]:
    at = [place for place, step in enumerate(section.steps) if step.kind is Kind.SENT]
    found = []
    for place, end in pairwise([*at, len(section.steps)]):
        sent, after = section.steps[place], section.steps[place + 1 : end]
        answers = tuple(each for each in after if each.kind is Kind.RECEIVED)
        ends = any(each.kind is Kind.EOF and each.who == sent.who for each in after)
        found.append(Exchange(release, name, section.title, sent, answers, ends))
    return found


def is_read(exchange: Exchange) -> bool:
    """Tell whether our codec understands all that the server answered."""
    decoder = Decoder()
    for step in exchange.answers:
        if step.is_cut:
            continue
        (message,) = decoder.feed(step.text.encode() + b"\n")
        if isinstance(message, (m.Malformed, m.Unknown)) or getattr(message, "problems", ()):
            return False
    return True


# --- what our client does, against what the server answered then -------------------------------

type Play = tuple[Callable[[Site], Awaitable[Any]], type[TelephonyError] | None]


def _status(name: str) -> Play:
    return lambda site: site.system.set_status(site.person("bob"), name), None


def _forward(kind: ForwardKind, *, enabled: bool, to: str | None = None) -> Play:
    return (
        lambda site: site.system.set_forward(
            site.person("bob"), kind, enabled=enabled, destination=to
        ),
        None,
    )


def _own(name: str, *, enabled: bool) -> Play:
    return lambda site: getattr(site.system, name)(site.person("bob"), enabled=enabled), None


def _recording(*, enabled: bool) -> Play:
    return lambda site: site.system.set_recording(site.person("alice"), enabled=enabled), None


def _log_in(agent: str, number: str | None, error: type[TelephonyError] | None = None) -> Play:
    return lambda site: site.system.log_agent_in(site.agent(agent), number), error


def _pause(name: str, queue: str | None) -> Play:
    return (
        lambda site: getattr(site.system, name)(
            site.agent("2001"), None if queue is None else site.queue(queue)
        ),
        None,
    )


def _member(name: str, error: type[TelephonyError] | None = None) -> Play:
    return (
        lambda site: getattr(site.system, name)(site.queue("red"), site.agent("2635")),
        error,
    )


def _dial(number: str | None, error: type[TelephonyError] | None = None) -> Play:
    return lambda site: site.system.dial(site.person("bob"), Destination(number)), error


def _asks(
    command: m.Command,
    answer: Callable[[m.Message], Any],
    error: type[TelephonyError] | None = None,
) -> Play:
    """Ask over Bob's connection what needs a call that the recorded office had not."""
    account = lambda site: site.system.own_account(site.person("bob"))  # noqa: E731
    return lambda site: site.system._ask(account(site), command, answer), error


def _sends(command: m.Command) -> Play:
    async def play(site: Site) -> None:
        site.system.own_account(site.person("bob")).live_link().send(command)

    return play, None


def _history(login: str, kind: HistoryKind, count: int) -> Play:
    async def play(site: Site) -> None:
        found = await site.system.get_call_history(site.person(login), kind, 8)
        assert len(found) == count

    return play, None


async def _search(site: Site) -> None:
    assert (await site.system.search_directory("a", DirectorySource.DIRECTORY)).rows


async def _statistics(site: Site) -> None:
    told = await site.system.get_queue_statistics(
        site.queue("blue"), window=3600, quality_of_service=60
    )
    assert told.received is not None


# By the recording's section: what our client does, and the error that it ends with.
PLAYS: Mapping[str, Play] = {
    "dnd on": _own("set_do_not_disturb", enabled=True),
    "dnd off": _own("set_do_not_disturb", enabled=False),
    "incallfilter": _own("set_call_filter", enabled=True),
    "incallfilter off": _own("set_call_filter", enabled=False),
    "recording": _recording(enabled=True),
    "recording off": _recording(enabled=False),
    "fwd unc on": _forward(ForwardKind.ALWAYS, enabled=True, to="1002"),
    "fwd unc off, with dest": _forward(ForwardKind.ALWAYS, enabled=False),
    "fwd unc on empty dest": (
        _forward(ForwardKind.ALWAYS, enabled=True, to="")[0],
        NoForwardDestination,
    ),
    "fwd rna on": _forward(ForwardKind.NO_ANSWER, enabled=True, to="1003"),
    "fwd rna on empty": (
        _forward(ForwardKind.NO_ANSWER, enabled=True, to="")[0],
        NoForwardDestination,
    ),
    "fwd busy on": _forward(ForwardKind.BUSY, enabled=True, to="1009"),
    "fwd busy off": _forward(ForwardKind.BUSY, enabled=False),
    "availstate away": _status("Sorti"),
    "availstate dnd": _status("Ne pas déranger"),
    "availstate back": _status("Disponible"),
    "availstate unknown": (_status("nonsense")[0], StatusNotAllowed),
    "availstate disconnected": (_status("Déconnecté")[0], StatusNotAllowed),
    "agentlogin me 1002": _log_in("2001", "1002"),
    "agentlogin 2 on the same phone": _log_in("2002", "1002", AgentPhoneInUse),
    "agentlogin invalid exten": _log_in("2002", "7777", AgentPhoneInvalid),
    "agentlogin other with agentids no phone": _log_in("2002", None),
    "agentlogout other": (lambda site: site.system.log_agent_out(site.agent("2002")), None),
    "agentlogout": (lambda site: site.system.log_agent_out(site.agent("2001")), None),
    "queuepause all": _pause("pause_agent", None),
    "queueunpause all": _pause("resume_agent", None),
    "queuepause one": _pause("pause_agent", "red"),
    "queueunpause one": _pause("resume_agent", "red"),
    "queuepause a logged-out agent": (
        lambda site: site.system.pause_agent(site.agent("2635")),
        AgentLoggedOut,
    ),
    "queueadd": _member("add_queue_member"),
    "queueadd twice": _member("add_queue_member", AlreadyQueueMember),
    "queueadd unknown queue": (
        lambda site: site.system.add_queue_member(
            replace(site.queue("red"), id=("99",)), site.agent("2635")
        ),
        NotThere,
    ),
    "queueremove": _member("remove_queue_member"),
    "queueremove twice": _member("remove_queue_member", NotQueueMember),
    # The recorded Asterisk rang nobody.
    "listen": (
        lambda site: site.system.listen(site.person("bob"), site.agent("2001")),
        NotConfirmed,
    ),
    "listen logged-out": (
        lambda site: site.system.listen(site.person("bob"), site.agent("2635")),
        AgentLoggedOut,
    ),
    "dial": _dial("1003"),
    "dial unreachable": _dial("99991", NumberUnreachable),
    "dial user url": _dial("user:xivo/3", InvalidNumber),
    "dial empty": _dial("", InvalidNumber),
    "dial none": _dial(None, InvalidNumber),
    "dial voicemail": (
        lambda site: site.system.dial(
            site.person("bob"), Destination(extension=site.person("alice"), voicemail=True)
        ),
        None,
    ),
    "hangup": _asks(m.HangUp("SIP/im2p7kzr-00000003", "xivo"), control._carried_out("hangup")),
    "hangup no such": _asks(
        m.HangUp("SIP/none-00000003", "xivo"),
        control._carried_out("hangup"),
        Refused,
    ),
    "hangup class": _sends(m.HangUpOwn()),
    "intercept": _asks(m.Intercept("SIP/x-1", "xivo"), control._carried_out("intercept")),
    "record start": _asks(m.Record("SIP/x-1", True), control._carried_out("record")),  # noqa: FBT003
    "answer unique_id": _sends(m.AnswerCall("123.4")),
    "resume_switchboard": _sends(m.ResumeCall("123.4")),
    "hold_switchboard": _sends(m.HoldCall("blue")),
    "history as alice mode 0": _history("bob", HistoryKind.SENT, 1),
    "history as alice mode 1": _history("bob", HistoryKind.RECEIVED, 0),
    "history as alice mode 2": _history("bob", HistoryKind.MISSED, 0),
    "history alice 0": _history("alice", HistoryKind.SENT, 1),
    "history alice 1": _history("alice", HistoryKind.RECEIVED, 1),
    "history alice 2": _history("alice", HistoryKind.MISSED, 1),
    "chitchat alice->carol": (
        lambda site: site.system.send_message(site.person("carol"), "salut é"),
        None,
    ),
    "directory": (_search, None),
    "getqueuesstats": (_statistics, None),
}
# Where releases differ.
PLAYS_OF: Mapping[tuple[str, str], Play] = {
    ("15.01", "record start"): (PLAYS["record start"][0], NotSupportedByRelease),
}


class Recorded(Site):
    """The recorded office, where what is said to a command is what was said to it then."""

    def __init__(self, release: str) -> None:
        super().__init__(release=Release(release), is_silent=True)
        self._take = self.simulator.requests.take
        self.simulator.requests.take = self._answer  # type: ignore[method-assign]
        self.exchange: Exchange | None = None
        self.heard: list[Message] = []

    def _answer(self, client: Client, message: Message) -> None:
        """Let the office be as it was after this command, and say what was said then."""
        exchange = self.exchange
        if exchange is None or message["class"] in {"getlist", "keepalive"}:
            self._take(client, message)
            return
        self.heard.append(message)
        with self._nobody_told():
            self._take(client, message)
        for step in exchange.own_answers:
            assert step.message is not None
            if step.message.get("class") == "getlist":
                for each in self.simulator.clients:
                    each.send(_line(step.message))
            else:
                reply = {"replyid": message["commandid"]} if "replyid" in step.message else {}
                client.send(_line(step.message | reply))

    @contextmanager
    def _nobody_told(self) -> Iterator[None]:
        outbox, clients = self.simulator.outbox, list(self.simulator.clients)
        outbox.flush()
        for client in clients:
            outbox.remove(client)
            client.is_muted = True
        try:
            yield
            outbox.flush()
        finally:
            for client in clients:
                client.is_muted = False
                outbox.add(client)


def _line(message: Message) -> bytes:
    return json.dumps(message).encode() + b"\n"


async def play(site: Recorded, exchange: Exchange, played: Play) -> str | None:
    """Do what the recorded client did; return what went otherwise, if anything did."""
    command, error = played
    site.exchange, site.heard = exchange, []
    failed: TelephonyError | None = None
    try:
        await command(site)
    except TelephonyError as raised:
        failed = raised
    finally:
        await site.settle()
        site.exchange = None
    if type(failed) is not (error or type(None)):
        return f"{failed!r} in place of {error}"
    if exchange.ends or exchange.section in TRIALS:
        return f"{site.heard} was sent" if site.heard else None
    assert exchange.sent.message is not None
    if len(site.heard) != 1 or not same(site.heard[0], exchange.sent.message):
        return f"{site.heard} in place of {exchange.sent.message}"
    return None


# --- the log-in, against what the server answered then ------------------------------------------

_ALICE = Credentials("alice", PASSWORDS["alice"])
_BOB = Credentials("bob", "not recorded")
# By section: who logs in, in which version of the protocol, and what it ends with.
LOG_INS: Mapping[str, tuple[Credentials, str, type[TelephonyError] | None]] = {
    "login, whole, alice": (_ALICE, "1.2", None),
    "wrong version": (_ALICE, "2.0", VersionRefused),
    "unknown user": (Credentials("nobody", "x"), "1.2", AuthenticationFailed),
    "enableclient=0": (Credentials("dave", "x"), "1.2", AuthenticationFailed),
    "wrong password": (Credentials("alice", "wrong"), "1.2", PasswordDropped),
    "login_pass without hashedpassword": (_ALICE, "1.2", PasswordDropped),
    "no profile (erin)": (Credentials("erin", "x"), "1.2", NoProfile),
    "wrong capaid (1)": (_BOB, "1.2", ConnectionLost),
    "unknown capaid 77": (_BOB, "1.2", ConnectionLost),
    "missing lastconnwins": (_BOB, "1.2", ConnectionLost),
    "bad state": (Credentials("carol", "x"), "1.2", None),
}
# What could be sent, but never is when the recorded client sent it.
NEVER_THEN = {
    "keepalive there": "nothing is sent between the steps of the log-in",
    "login_pass first": "the steps of the log-in come in their order",
}


async def play_log_in(section: list[Exchange]) -> list[str | None]:
    """Log in against a section's answers; return for each exchange what went otherwise."""
    credentials, version, error = LOG_INS[section[0].section]
    ears, found = Ears(), list[str | None]()
    async with ScriptedServer() as server:
        address = Address("127.0.0.1", server.port)
        client = await XivoClient.connect(address, ears.messages.append, ears.oddities.append)
        running = asyncio.ensure_future(log_in(client, credentials, version=version))
        peer = await server.accepts()
        for exchange in section:
            found.append(await _answer_log_in(peer, running, exchange))
        peer.hangs_up()
        await asyncio.wait((running,))
        client.abort()
    if type(running.exception()) is not (error or type(None)):
        return [f"{running.exception()!r} in place of {error}"] * len(section)
    return found if not ears.oddities else [str(ears.oddities)] * len(section)


async def _answer_log_in(
    peer: Peer, running: asyncio.Future[Any], exchange: Exchange
) -> str | None:
    hearing = asyncio.ensure_future(peer.hears_line())
    await asyncio.wait((hearing, running), return_when=asyncio.FIRST_COMPLETED)
    if not hearing.done():
        hearing.cancel()
        return None if exchange.ends else "it is not sent"
    heard, wanted = json.loads(hearing.result()), exchange.sent.message
    assert wanted is not None
    if not same(heard, wanted):
        peer.hangs_up()
        return None if exchange.ends else f"{heard} in place of {wanted}"
    peer.says(*(each.text for each in exchange.own_answers if not each.is_cut))
    peer.says(*(each.message for each in exchange.own_answers if each.is_cut and each.message))
    if exchange.ends:
        peer.hangs_up()
    return None


# --- how it goes -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """What became of an exchange: `holds` is None if it is none of ours."""

    exchange: Exchange
    holds: bool | None
    why: str = ""


async def judge(release: str, name: str) -> list[Verdict]:
    """Play a recording; return how each of its exchanges went."""
    found = []
    log_ins = await judge_log_ins(release) if name == "login" else {}
    async with Recorded(release) as site:
        await site.start("alice", "bob")
        site.system.confirm_timeout = site.system.ring_timeout = 0.3
        for exchange in exchanges(release, name):
            section = exchange.section
            played = PLAYS_OF.get((release, section)) or PLAYS.get(section)
            if _is_log_in(exchange) or name in {"login", "lists", "pushes"}:
                played = None
            difference = await play(site, exchange, played) if played else log_ins.get(exchange)
            is_played = played is not None or exchange in log_ins
            found.append(_verdict(exchange, difference, is_played=is_played))
        assert site.dropped == []
    return found


async def judge_log_ins(release: str) -> dict[Exchange, str | None]:
    """Log in as in each section that is a log-in; return how its exchanges went."""
    found = dict[Exchange, str | None]()
    sections = defaultdict[str, list[Exchange]](list)
    for exchange in exchanges(release, "login"):
        sections[exchange.section].append(exchange)
    for title, section in sections.items():
        if title in LOG_INS:
            found |= zip(section, await play_log_in(section), strict=True)
    return found


def _is_log_in(exchange: Exchange) -> bool:
    return str((exchange.sent.message or {}).get("class")).startswith("login")


def _verdict(exchange: Exchange, difference: str | None, *, is_played: bool) -> Verdict:
    if difference is not None:
        return Verdict(exchange, holds=False, why=difference)
    if exchange.ends:
        never = is_played or not can_send(exchange.sent) or exchange.section in NEVER_THEN
        return Verdict(exchange, never, "" if never else "it costs the connection")
    if not is_played and (exchange.section in TRIALS or not can_send(exchange.sent)):
        return Verdict(exchange, None)
    if exchange.section in TRIALS:
        return Verdict(exchange, None)
    return Verdict(exchange, is_read(exchange), "an answer is not understood")


def report(title: str, verdicts: list[Verdict], capsys: pytest.CaptureFixture[str]) -> None:
    ours = [each for each in verdicts if each.holds is not None]
    held = sum(1 for each in ours if each.holds)
    with capsys.disabled():
        print(  # noqa: T201 -- the numbers are what is asked for
            f"\n{title}: {held} of {len(ours)} hold; {len(verdicts) - len(ours)} are trials"
        )
    assert held >= REQUIRED * len(ours)


@pytest.mark.parametrize(("release", "name"), names("xivo"))
async def test_the_client_and_a_recording(
    release: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    verdicts = await judge(release, name)
    report(f"client, {release} {name}", verdicts, capsys)
    failed = {each.exchange.key: each.why for each in verdicts if each.holds is False}
    expected = {key for key in EXCEPTIONS if key[:2] == (release, name)}
    assert failed.keys() == expected, "an exception that holds must go; so must one that is none"
    trials = {each.exchange.section for each in verdicts if each.holds is None}
    assert trials <= TRIALS.keys(), sorted(trials - TRIALS.keys())


def test_the_recorded_hash_is_what_our_client_makes_of_the_password() -> None:
    for release in ("14.12", "15.01"):
        section = next(each for each in exchanges(release, "login"))
        first, second = (
            each for each in exchanges(release, "login")[:2] if each.section == section.section
        )
        session = first.own_answers[0].message or {}
        line = encode(m.SendHashedPassword(session["sessionid"], PASSWORDS["alice"]), 2)
        assert json.loads(line) == second.sent.message


async def test_all_recordings_together(capsys: pytest.CaptureFixture[str]) -> None:
    verdicts = [each for where in names("xivo") for each in await judge(*where)]
    report("client, all recordings", verdicts, capsys)
    assert {each.exchange.key for each in verdicts if each.holds is False} == EXCEPTIONS.keys()
    assert {each.exchange.section for each in verdicts if each.holds is None} == TRIALS.keys()


# --- what the server pushed then ---------------------------------------------------------------


async def test_what_was_pushed_is_shown() -> None:
    for release in ("14.12", "15.01"):
        async with Recorded(release) as site:
            await site.start()
            heard = site.listen("alice", CallEvent)
            for section in recording("xivo", release, "pushes").sections:
                for step in section.steps:
                    if step.kind is Kind.RECEIVED and step.who == "A" and not step.is_cut:
                        site.client("carol").send(f"{step.text}\n".encode())
                await site.settle()
                if look := SHOWN.get(section.title):
                    look(site)
            happened = [each.kind.value for each in heard]
            by_hints, by_channels = ["ringing", "answered"], ["ringing", "answered", "held"]
            assert happened == [*by_hints, "ended", *by_channels, "ended"]
            assert site.system.oddities.keys() <= {"a message about something unknown"}


def _shows_no_call(site: Site) -> None:
    assert site.person("alice").calls == ()
    assert site.person("alice").phone is PhoneState.IDLE


def _shows_what_was_set_at_the_phone(site: Site) -> None:
    assert site.person("alice").do_not_disturb is False
    assert site.person("alice").forward_always.enabled is False


def _shows_voicemail(site: Site) -> None:
    assert site.person("alice").voicemail == Voicemail(new=2, old=3, waiting=True)


def _shows_a_logged_out_agent(site: Site) -> None:
    assert site.agent("2001").availability is AgentAvailability.LOGGED_OUT


SHOWN: Mapping[str, Callable[[Site], None]] = {
    "a whole call: 1002 calls 1001": _shows_no_call,
    "DND and forwards set from the phone (dialplan UserEvent Feature)": (
        _shows_what_was_set_at_the_phone
    ),
    "voicemail": _shows_voicemail,
    "agent availability logoff": _shows_a_logged_out_agent,
}
