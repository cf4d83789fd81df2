"""A picture that is fed by hand, and what came of it: what was told, asked and counted.

    site = Site()
    site.snapshot()                                    # the office below, as a server tells it
    site.say(status("phones", "3", hintstatus="8"))    # a push, as it looks on the wire
    assert site.extension("1").phone is PhoneState.RINGING

The office is the one of the recordings: Alice and Bob with a telephone each, Bob an agent, two queues.
"""

from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterable
import json
from typing import Any

from custom_components.office_cti.telephony.directory import Directory, Record
from custom_components.office_cti.telephony.model import (
    Agent,
    CallerEvent,
    CallEvent,
    Conference,
    ConferenceEvent,
    Extension,
    ObjectId,
    Queue,
)
from custom_components.office_cti.telephony.xivo.codec import Decoder
from custom_components.office_cti.telephony.xivo.messages import Command, ListName
from custom_components.office_cti.telephony.xivo.picture import Picture

type Wire = dict[str, Any]

START = 1_795_224_000.0
# What a push leaves out that is not there.
Nothing = object()


def getlist(function: str, listname: str, **wire: Any) -> Wire:
    return {
        "class": "getlist",
        "function": function,
        "listname": listname,
        "tipbxid": "xivo",
    } | wire


def ids(listname: str, *each: str) -> Wire:
    return getlist("listid", listname, list=list(each))


def added(listname: str, *each: str) -> Wire:
    return getlist("addconfig", listname, list=list(each))


def removed(listname: str, *each: str) -> Wire:
    return getlist("delconfig", listname, list=list(each))


def config(listname: str, tid: Any, **fields: Any) -> Wire:
    return getlist("updateconfig", listname, tid=tid, config=fields)


def status(listname: str, tid: Any, **fields: Any) -> Wire:
    return getlist("updatestatus", listname, tid=tid, status=fields)


def user(tid: str, fullname: str, *lines: str, **fields: Any) -> Wire:
    """Return a user's settings as a server answers them."""
    whole = {
        "fullname": fullname,
        "linelist": list(lines),
        "agentid": None,
        "voicemailid": None,
        "enablednd": 0,
        "incallfilter": 0,
        "enableunc": 0,
        "destunc": "",
        "enablerna": 0,
        "destrna": "",
        "enablebusy": 0,
        "destbusy": "",
    }
    return config("users", tid, **(whole | fields))


def phone(tid: str, number: str, identity: str, owner: int | None, **fields: Any) -> Wire:
    """Return a phone's settings as a server answers them."""
    whole = {"number": number, "identity": identity, "iduserfeatures": owner, "context": "default"}
    return config("phones", tid, **(whole | fields))


def member(interface: str, queue: str, **fields: str) -> Wire:
    """Return a membership as a server answers it."""
    whole = {"interface": interface, "queue_name": queue, "paused": "0", "status": "1"}
    return config("queuemembers", f"{interface},{queue}", **(whole | fields))


def channel(tid: str, state: str, commstatus: str, **fields: Any) -> Wire:
    """Return what is pushed of a channel: what is null is left out."""
    whole = {"state": state, "commstatus": commstatus, "holded": False, "parked": False}
    return status("channels", tid, **(whole | {"timestamp": START} | fields))


def entries(queue: int, *callers: tuple[str, str]) -> Wire:
    """Return who waits in a queue: numbers and unique ids, in order."""
    found = [
        {"position": at, "number": number, "name": "", "join_time": START + at, "uniqueid": unique}
        for at, (number, unique) in enumerate(callers, 1)
    ]
    state = {"queue_id": queue, "queue_name": "blue", "entries": found}
    return {"class": "queueentryupdate", "state": state}


def rooms(**members: Iterable[tuple[int, str]]) -> Wire:
    """Return who is in which conference: positions and names, by "_<number>"."""
    return {
        "class": "meetme_update",
        "config": {
            key[1:]: {
                "number": key[1:],
                "name": "",
                "members": {
                    str(at): {"join_order": at, "join_time": START + at, "name": name, "number": ""}
                    for at, name in each
                },
            }
            for key, each in members.items()
        },
    }


_NEXT = ["available", "away", "outtolunch", "donotdisturb", "berightback"]
LOGGED_IN: Wire = {
    "class": "login_capas",
    "ipbxid": "xivo",
    "userid": "3",
    "appliname": "Supervisor",
    "capas": {
        "userstatus": {
            "available": {
                "color": "#08FD20",
                "allowed": _NEXT,
                "actions": {"enablednd": "false"},
                "longname": "Disponible",
            },
            "donotdisturb": {
                "color": "#FF032D",
                "allowed": _NEXT,
                "actions": {"enablednd": "true"},
                "longname": "Ne pas déranger",
            },
            "outtolunch": {
                "color": "#001AFF",
                "allowed": _NEXT,
                "actions": {"enablednd": "false"},
                "longname": "Parti Manger",
            },
            "disconnected": {
                "color": "#202020",
                "actions": {"agentlogoff": ""},
                "longname": "Déconnecté",
            },
        }
    },
}
IDLE = {"channels": [], "queues": [], "groups": [], "hintstatus": "0"}
LOGGED_OUT = {
    "availability": "logged_out",
    "availability_since": START,
    "on_wrapup": False,
    "on_call_acd": False,
    "phonenumber": None,
}
OFFICE: tuple[Wire, ...] = (
    LOGGED_IN,
    ids("users", "1", "2", "6"),
    ids("phones", "3", "7"),
    ids("agents", "1"),
    ids("queues", "1", "10"),
    ids("voicemails", "1"),
    ids("queuemembers", "Agent/2001,blue", "Agent/2001,red", "SIP/x2gjtw,red"),
    ids("meetmes", "1"),
    user("1", "Alice Bouzat", "3", voicemailid=1),
    status("users", "1", availstate="available", connection="yes"),
    user("2", "Bob Marceau", "7", agentid=1, enablerna=1, destrna="1003"),
    status("users", "2", availstate="disconnected", connection=None),
    user("6", "Frank Noline"),
    status("users", "6", availstate="disconnected", connection=None),
    phone("3", "1001", "SIP/x2gjtw", 1),
    status("phones", "3", **IDLE),
    phone("7", "1002", "SIP/barometrix", 2),
    status("phones", "7", **IDLE),
    config("agents", "1", number="2001", firstname="Bob", lastname="Marceau", context="default"),
    status("agents", "1", **LOGGED_OUT, queues=["1", "10"]),
    config("queues", "1", name="blue", displayname="Blue desk", number="3001", context="default"),
    config("queues", "10", name="red", displayname="Red desk", number="3002", context="default"),
    config("voicemails", "1", mailbox="1001", context="default", fullname="Alice Bouzat"),
    status("voicemails", "1", new="0", old=None, waiting=None),
    member("Agent/2001", "blue", status="101"),
    member("Agent/2001", "red", status="101"),
    member("SIP/x2gjtw", "red", status="100"),
    config("meetmes", "1", confno="4001", name="confroom", context="default"),
)


class Site:
    """A picture and its directory; turns of the event loop are taken as they come."""

    def __init__(self, **settings: Any) -> None:
        self.clock = START
        self.asked: list[Command] = []
        self.oddities: Counter[str] = Counter()
        self.waiting: deque[Callable[[], None]] = deque()
        self.directory = Directory(self.waiting.append)
        self.decoder = Decoder()
        self.picture = Picture(
            self.directory,
            ask=self.asked.append,
            count_oddity=self.count_oddity,
            now=lambda: self.clock,
            **settings,
        )
        # What was told, in order: the id of an object and what happened.
        self.events: list[tuple[ObjectId, Any]] = []
        self.changes: list[tuple[ObjectId, set[str]]] = []
        self.directory.watcher = self
        self.watched: list[tuple[Any, ...]] = []

    def count_oddity(self, kind: str) -> None:
        self.oddities[kind] += 1

    # --- what is told --------------------------------------------------------------------------

    def added(self, record: Record[Any], object_id: ObjectId) -> None:
        self.watched.append(("added", type(record.object).__name__, object_id))
        for kind in (CallEvent, CallerEvent, ConferenceEvent):
            record.listen_to_events(
                kind, lambda event: self.events.append((record.object.id, event))
            )
        for name in type(record.object).__slots__:
            record.listen(
                frozenset({name}), lambda name=name: self.changes.append((record.object.id, {name}))
            )

    def renamed(self, record: Record[Any], old_id: ObjectId, new_id: ObjectId) -> None:
        self.watched.append(("renamed", type(record.object).__name__, old_id, new_id))

    def described(self, record: Record[Any]) -> None:
        self.watched.append(("described", type(record.object).__name__, record.object.id))

    def removed(self, record: Record[Any]) -> None:
        self.watched.append(("removed", type(record.object).__name__, record.object.id))

    def status_renamed(self, old: str, new: str) -> None:
        self.watched.append(("status_renamed", old, new))

    def forget(self) -> None:
        """Forget what was told and asked so far."""
        for kept in (self.events, self.changes, self.watched, self.asked):
            kept.clear()

    def calls_told(self, user_id: str) -> list[str]:
        """Return what happened to a user's calls, in order."""
        return [
            event.kind.value
            for object_id, event in self.events
            if object_id == (user_id,) and isinstance(event, CallEvent)
        ]

    # --- what is said --------------------------------------------------------------------------

    def say(self, *wires: Wire) -> None:
        """Have the server say this."""
        for wire in wires:
            for message in self.decoder.feed(json.dumps(wire).encode() + b"\n"):
                self.picture.apply(message)
        self.run()

    def snapshot(
        self, *changes: Wire, office: Iterable[Wire] = OFFICE, complete: bool = True
    ) -> bool:
        """Have the server tell the office, then these changes, and be live."""
        self.picture.begin()
        self.say(*office, *changes)
        whole = self.commit(complete=complete)
        self.run()
        return whole

    def commit(self, *, complete: bool) -> bool:
        """Make the directory equal to what was said, with nothing between."""
        return self.finish(self.picture.commit(complete=complete))

    @staticmethod
    def finish(commit: Coroutine[Any, Any, bool]) -> bool:
        """Go on to the end with what waits for nothing but its turn."""
        while True:
            try:
                commit.send(None)
            except StopIteration as done:
                whole: bool = done.value
                return whole

    def run(self) -> None:
        while self.waiting:
            self.waiting.popleft()()

    # --- what is shown -------------------------------------------------------------------------

    def extension(self, user_id: str) -> Extension:
        return self._shown(Extension, user_id)

    def agent(self, agent_id: str) -> Agent:
        return self._shown(Agent, agent_id)

    def queue(self, queue_id: str) -> Queue:
        return self._shown(Queue, queue_id)

    def conference(self, number: str) -> Conference:
        return self._shown(Conference, number)

    def _shown[T](self, kind: type[T], object_id: str) -> T:
        record = self.directory.tables[kind].get((object_id,))
        assert record is not None, f"no {kind.__name__} {object_id}"
        shown: T = record.object
        return shown

    def names(self, name: ListName) -> tuple[str, ...]:
        return self.picture.ids(name)
