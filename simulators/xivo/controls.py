"""What the control port can do with the simulated CTI server.

Each public coroutine or method is one operation; its keyword arguments are the JSON members. People are named
by their phone's number (`extension`), or by their `login` if they have none; agents and queues by number or
name; calls by their id, a channel, or the number of someone in them.
"""

from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import wraps
from inspect import isawaitable
import time
from typing import TYPE_CHECKING

from simulators.operations import OperationError, positive

from .calls import Call, CallState
from .events import AsteriskEvents
from .messages import LISTS
from .office import FORWARDS, Agent, Member, Phone, Queue, User
from .server import RECEIVED_LIMIT, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simulators.operations import Answer, Operation

    from .messages import Message
    from .office import Flag
    from .server import XivoSimulator

BURST_LIMIT = 10_000_000  # pushes
_EDITABLE: Mapping[str, frozenset[str]] = {
    "users": frozenset({"firstname", "lastname", "mobile", "email", "login", "password"}),
    "phones": frozenset({"number"}),
    "agents": frozenset({"number", "firstname", "lastname"}),
    "queues": frozenset({"name", "displayname", "number"}),
    "voicemails": frozenset({"mailbox", "fullname", "email"}),
}


class Controls:
    """The operations on one simulator."""

    def __init__(self, simulator: XivoSimulator) -> None:
        self._simulator = simulator
        self._office = simulator.office
        self._received_before = 0

    def operations(self) -> dict[str, Operation]:
        """Return all operations by their names; each that changes the office is one turn."""
        changes: Mapping[str, Operation] = {
            "set": self.set,
            "edit": self.edit,
            "add_user": self.add_user,
            "add_agent": self.add_agent,
            "add_queue": self.add_queue,
            "add_member": self.add_member,
            "remove": self.remove,
            "voicemail": self.voicemail,
            "ring": self.ring,
            "answer": self.answer,
            "no_answer": self.no_answer,
            "hold": self.hold,
            "resume": self.resume,
            "park": self.park,
            "unpark": self.unpark,
            "transfer": self.transfer,
            "hang_up": self.hang_up,
            "agent_login": self.agent_login,
            "agent_logout": self.agent_logout,
            "agent_pause": self.agent_pause,
            "agent_resume": self.agent_resume,
            "end_wrapup": self.end_wrapup,
            "sheet": self.sheet,
            "chat": self.chat,
            "conference_join": self.conference_join,
            "conference_leave": self.conference_leave,
            "asterisk": AsteriskEvents(self._simulator).happen,
            "expire_logins": self.expire_logins,
        }
        return {
            **{name: self._turn(change) for name, change in changes.items()},
            "dump": self.dump,
            "clients": self.clients,
            "received": self.received,
            "asked": self.asked,
            "dropped": self.dropped,
            "faxes": self.faxes,
            "forms": self.forms,
            "stats": self.stats,
            "scenario": self.scenario,
            "burst": self.burst,
            "sync": self.sync,
            "settle": self.settle,
            "disconnect": self.disconnect,
            "fault": self._simulator.faults.apply,
        }

    # People.

    def set(
        self,
        *,
        extension: str | None = None,
        login: str | None = None,
        presence: str | None = None,
        dnd: bool | None = None,
        call_filter: bool | None = None,
        recording: bool | None = None,
        forward_always: str | None = None,
        forward_no_answer: str | None = None,
        forward_busy: str | None = None,
        at_phone: bool = False,
        hint: str | None = None,
    ) -> Answer:
        """Set a user's presence, features and forwards, or what their phone does.

        A forward is its destination, or "" to switch it off and keep the destination. What is set
        at the phone is pushed with the user's whole record, and there "" forgets the destination.
        """
        user = self._user(extension, login)
        if presence is not None:
            self._set_presence(user, presence)
        forwards = {"always": forward_always, "no_answer": forward_no_answer, "busy": forward_busy}
        features: list[dict[str, Flag | str]] = []
        if dnd is not None:
            features.append({"enablednd": dnd})
        if call_filter is not None:
            features.append({"incallfilter": call_filter})
        features += [
            _forward(user, kind, to, forgets=at_phone)
            for kind, to in forwards.items()
            if to is not None
        ]
        users = self._simulator.users
        for each in features:
            (users.set_features_at_phone if at_phone else users.set_features)(user, each)
        if recording is not None:
            users.set_recording(user, enabled=recording)
        if hint is not None:
            self._simulator.channels.set_device(self._phone(user), hint)
        return {}

    def _set_presence(self, user: User, presence: str) -> None:
        profile = user.profile
        if profile is None or presence not in profile.presences:
            raise OperationError(f"{user.fullname} cannot be {presence!r}")
        self._simulator.users.connect(user)
        self._simulator.users.set_presence(user, presence)

    def edit(self, *, list: str, id: str, **fields: object) -> Answer:  # noqa: A002 - the wire's words
        """Change an object's fields in the web interface: a name, a number."""
        thing = self._thing(list, id)
        for name, value in fields.items():
            if name not in _EDITABLE[list] or not isinstance(value, str):
                raise OperationError(f"{name} of {list} cannot be {value!r}")
        with self._members_renamed(thing):
            for name, value in fields.items():
                setattr(thing, name, value)
        self._simulator.users.edit(list, id)
        return {}

    @contextmanager
    def _members_renamed(self, thing: object) -> Iterator[None]:
        """Let the members of a queue, or the places of an agent, go by its new name afterwards."""
        members = self._members_with(thing)
        yield
        if isinstance(thing, Queue):
            renamed = {key: replace(each, queue=thing.name) for key, each in members.items()}
        elif isinstance(thing, Agent):
            name = thing.interface
            renamed = {key: replace(each, interface=name) for key, each in members.items()}
        else:
            return
        for key, member in renamed.items():
            if key != member.key:
                self._remove_member(key)
                self._office.add_member(member)
                self._simulator.site.push_added("queuemembers", member.key)

    def _members_with(self, thing: object) -> dict[str, Member]:
        """Return a queue's members, or an agent's places in queues, by their ids."""
        if isinstance(thing, Queue):
            return {member.key: member for member in self._office.members_of(thing)}
        if isinstance(thing, Agent):
            return {member.key: member for member in self._office.memberships(thing)}
        return {}

    def _remove_member(self, key: str) -> None:
        del self._office.members[key]
        self._simulator.site.push_removed("queuemembers", key)

    def add_user(
        self,
        *,
        firstname: str,
        lastname: str = "",
        extension: str | None = None,
        login: str | None = None,
        password: str = "demo",  # noqa: S107 - everyone may know it
        profile: int = 3,
        id: str | None = None,  # noqa: A002 - the wire's word
    ) -> Answer:
        """Add a user, with a phone if they have an extension."""
        office, site = self._office, self._simulator.site
        user = User(
            id or office.next_id(office.users),
            firstname,
            lastname,
            login or extension or "",
            password,
            profile,
        )
        office.add_user(user)
        if extension is not None:
            phone_id = office.next_id(office.phones)
            identity = f"SIP/{site.letters(6).lower()}"
            office.add_phone(Phone(phone_id, extension, identity, user.id))
        site.push_added("users", user.id)
        for line in user.lines:
            site.push_added("phones", line)
        return {"id": user.id}

    def add_agent(self, *, number: str, firstname: str, lastname: str = "") -> Answer:
        """Add an agent."""
        agent = Agent(self._office.next_id(self._office.agents), number, firstname, lastname)
        agent.since = self._simulator.site.clock()
        self._office.add_agent(agent)
        self._simulator.site.push_added("agents", agent.id)
        return {"id": agent.id}

    def add_queue(self, *, name: str, number: str, displayname: str | None = None) -> Answer:
        """Add a queue."""
        queue = Queue(self._office.next_id(self._office.queues), name, displayname or name, number)
        self._office.add_queue(queue)
        self._simulator.site.push_added("queues", queue.id)
        return {"id": queue.id}

    def add_member(
        self,
        *,
        queue: str,
        agent: str | None = None,
        extension: str | None = None,
        penalty: int = 0,
    ) -> Answer:
        """Add an agent or a phone to a queue."""
        if agent is not None:
            interface = self._office.agent(agent).interface
        else:
            interface = self._phone(self._user(extension, None)).identity
        member = Member(interface, self._office.queue(queue).name, str(penalty))
        self._simulator.call_center.add_member(member)
        return {"id": member.key}

    def remove(self, *, list: str, id: str) -> Answer:  # noqa: A002 - the wire's words
        """Remove a user, phone, agent, queue, member or voicemail box, and what goes with it."""
        if list == "queuemembers":
            self._simulator.call_center.remove_member(id)
            return {}
        thing = self._thing(list, id)
        match thing:
            case User():
                for phone_id in tuple(thing.lines):
                    self.remove(list="phones", id=phone_id)
            case Phone():
                self._remove_line(thing)
            case Agent():
                self._retire(thing)
            case Queue() if thing.callers:
                raise OperationError(f"someone waits in {thing.name}")
        for key in self._members_with(thing):
            self._remove_member(key)
        find, _, _ = LISTS[list]
        things = find(self._office)
        assert isinstance(things, dict)
        del things[id]
        self._simulator.site.push_removed(list, id)
        return {}

    def _remove_line(self, phone: Phone) -> None:
        if phone.channels:
            raise OperationError(f"{phone.number} is on the phone")
        if agent := self._office.agent_on(phone):
            self._simulator.call_center.log_out(agent)
        owner = self._office.owner(phone)
        if owner and phone.id in owner.lines:
            owner.lines.remove(phone.id)

    def _retire(self, agent: Agent) -> None:
        if agent.is_logged_in:
            self._simulator.call_center.log_out(agent)
        for user in self._office.users.values():
            if str(user.agent_id) == agent.id:
                user.agent_id = None
                self._simulator.users.edit("users", user.id)

    def voicemail(
        self,
        *,
        mailbox: str,
        new: str | None = None,
        old: str | None = None,
        waiting: str | None = None,
    ) -> Answer:
        """Set how many messages a voicemail box holds."""
        self._simulator.users.set_voicemail(mailbox, new=new, old=old, waiting=waiting)
        return {}

    # Calls.

    def ring(self, *, caller: str, called: str, name: str = "") -> Answer:
        """Let a number call another, inside or outside, or a queue."""
        return _told(self._simulator.calls.ring(caller, called, name))

    def answer(self, *, call: int = 0, channel: str = "", number: str = "") -> Answer:
        """Let whoever a call rings answer it."""
        found = self._call(call, channel, number)
        self._simulator.calls.answer(found)
        return _told(found)

    def no_answer(self, *, call: int = 0, channel: str = "", number: str = "") -> Answer:
        """Let nobody answer a call."""
        found = self._call(call, channel, number)
        self._simulator.calls.no_answer(found)
        return _told(found)

    def hold(self, *, call: int = 0, channel: str = "", number: str = "") -> Answer:
        """Put a call on hold."""
        found = self._call(call, channel, number)
        self._simulator.calls.hold(found)
        return _told(found)

    def resume(self, *, call: int = 0, channel: str = "", number: str = "") -> Answer:
        """Take a call back from hold."""
        found = self._call(call, channel, number)
        self._simulator.calls.hold(found, held=False)
        return _told(found)

    def park(self, *, call: int = 0, channel: str = "", number: str = "") -> Answer:
        """Park a call."""
        found = self._call(call, channel, number)
        self._simulator.calls.park(found)
        return _told(found)

    def unpark(self, *, extension: str, call: int = 0, channel: str = "") -> Answer:
        """Let a phone take a parked call."""
        found = self._call(call, channel, "")
        self._simulator.calls.unpark(found, extension)
        return _told(found)

    def transfer(self, *, to: str, call: int = 0, channel: str = "", number: str = "") -> Answer:
        """Send a call's caller on to another number."""
        found = self._call(call, channel, number)
        self._simulator.calls.transfer(found, to)
        return _told(found)

    def hang_up(self, *, call: int = 0, channel: str = "", number: str = "") -> Answer:
        """End a call."""
        found = self._call(call, channel, number)
        self._simulator.calls.hang_up(found)
        return _told(found)

    # The call center.

    def agent_login(self, *, agent: str, extension: str) -> Answer:
        """Log an agent in at a phone."""
        self._simulator.call_center.log_in(self._office.agent(agent), extension)
        return {}

    def agent_logout(self, *, agent: str) -> Answer:
        """Log an agent out at the phone."""
        self._simulator.call_center.log_out(self._office.agent(agent))
        return {}

    def agent_pause(self, *, agent: str, queue: str | None = None) -> Answer:
        """Pause an agent in a queue, or in all."""
        return self._pause(agent, queue, paused=True)

    def agent_resume(self, *, agent: str, queue: str | None = None) -> Answer:
        """End an agent's pause in a queue, or in all."""
        return self._pause(agent, queue, paused=False)

    def _pause(self, agent: str, queue: str | None, *, paused: bool) -> Answer:
        where = None if queue is None else self._office.queue(queue)
        self._simulator.call_center.pause(self._office.agent(agent), where, paused=paused)
        return {}

    def end_wrapup(self, *, agent: str) -> Answer:
        """Let an agent's wrap-up be over now."""
        self._simulator.call_center.end_wrapup(self._office.agent(agent))
        return {}

    # What clients are shown.

    def sheet(
        self,
        *,
        fields: object,
        extension: str | None = None,
        login: str | None = None,
        channel: str = "SIP/trunk-00000000",
        compressed: bool = True,
    ) -> Answer:
        """Show a sheet of these fields to a user's clients."""
        if not isinstance(fields, dict) or not all(isinstance(v, str) for v in fields.values()):
            raise OperationError("fields are names and strings")
        user = self._user(extension, login)
        shown = self._simulator.show_sheet(user, channel, fields, compressed=compressed)
        return {"clients": shown}

    def chat(self, *, sender: str, extension: str, text: str) -> Answer:
        """Send a chat message from one extension to the clients of another."""
        ipbx = self._office.ipbx
        source, target = self._user(sender, None), self._user(extension, None)
        message = {
            "class": "chitchat",
            "from": f"{ipbx}/{source.id}",
            "to": f"{ipbx}/{target.id}",
            "text": text,
        }
        own = [client for client in self._simulator.clients if client.user is target]
        for client in own:
            self._simulator.outbox.reply(client, message)
        return {"clients": len(own)}

    def conference_join(self, *, number: str, caller: str, name: str = "") -> Answer:
        """Let someone from outside into a conference room."""
        room = self._office.conference(number)
        return {"user": self._simulator.conferences.join(room, caller, name, "")}

    def conference_leave(self, *, number: str, user: int) -> Answer:
        """Let someone out of a conference room."""
        self._simulator.conferences.leave(self._office.conference(number), user)
        return {}

    # The simulator itself.

    def dump(self) -> Answer:
        """Tell the whole office, passwords included."""
        office = self._office
        return {
            name: {key: asdict(each) for key, each in things.items()}
            for name, things in (
                ("users", office.users),
                ("phones", office.phones),
                ("agents", office.agents),
                ("queues", office.queues),
                ("members", office.members),
                ("voicemails", office.voicemails),
                ("conferences", office.conferences),
                ("channels", office.channels),
            )
        } | {"calls": [_told(call) for call in self._simulator.calls.calls.values()]}

    def clients(self) -> Answer:
        """Tell how many are connected, how many of them logged in, and how many ever were."""
        listener = self._simulator.listener
        return {
            "clients": len(listener.connections),
            "logged_in": sum(client.is_logged_in for client in self._simulator.clients),
            "connections": listener.accepted,
        }

    def received(self, *, starting: str = "") -> Answer:
        """Hand out the messages that came since the last time, those whose class starts so.

        `missed` is how many more came than are kept.
        """
        simulator = self._simulator
        missed = max(0, simulator.messages - self._received_before - RECEIVED_LIMIT)
        found = [each for each in simulator.received if str(each["class"]).startswith(starting)]
        self._received_before = simulator.messages
        simulator.received.clear()
        return {"messages": found, "missed": missed}

    def asked(self) -> Answer:
        """Hand out what Asterisk was asked to do since the last time."""
        actions = list(self._simulator.site.asked)
        self._simulator.site.asked.clear()
        return {"actions": actions}

    def dropped(self) -> Answer:
        """Hand out for which reasons clients were dropped since the last time."""
        reasons = list(self._simulator.dropped)
        self._simulator.dropped.clear()
        return {"reasons": reasons}

    def faxes(self) -> Answer:
        """Tell which faxes were sent, and how many bytes of them have arrived."""
        return {
            "faxes": [
                {
                    "sender": fax.sender,
                    "destination": fax.destination,
                    "hides_number": fax.hides_number,
                    "bytes": None if fax.document is None else len(fax.document),
                }
                for fax in self._simulator.requests.faxes.faxes.values()
            ]
        }

    def forms(self) -> Answer:
        """Hand out the call forms that came since the last time."""
        forms = list(self._simulator.requests.form_results)
        self._simulator.requests.form_results.clear()
        return {"forms": forms}

    def stats(self) -> Answer:
        """Tell what was counted since the start."""
        simulator = self._simulator
        listener = simulator.listener
        return {
            **self.clients(),
            "messages": simulator.messages,
            "pushes": simulator.outbox.pushes,
            "bytes_sent": listener.bytes_sent,
            "bytes_outstanding": sum(each.outstanding for each in listener.connections),
            "slow_clients_disconnected": listener.gave_up,
            "processor_seconds": time.process_time(),
        }

    async def scenario(self, *, name: str, rate: float = 0.5) -> Answer:
        """Let a scenario begin, at so many pushes a second."""
        await self._simulator.play(Scenario(name), rate)
        return {"name": name, "rate": rate}

    async def burst(
        self, *, pushes: int, rate: float | None = None, seed: int | None = None
    ) -> Answer:
        """Push so much, and answer when all is written: how much, and what came last."""
        if not 0 < pushes <= BURST_LIMIT:
            raise OperationError(f"pushes must be above 0 and at most {BURST_LIMIT}")
        if rate is not None:
            positive("rate", rate)
        pushed = await self._simulator.burst(pushes, rate, seed)
        return {"pushes": pushed, "last": self._simulator.outbox.last_push}

    async def sync(self) -> Answer:
        """Answer when the sockets have taken all that was sent before."""
        await self._simulator.listener.flushed()
        return {}

    async def settle(self, *, received: object, gone: object = ()) -> Answer:
        """Answer when each client, named by its own port, has been heard so many bytes, and some have left.

        `sent` is how many bytes each of the present clients has been sent until now.
        """
        simulator = self._simulator
        if not isinstance(received, dict) or not isinstance(gone, (list, tuple)):
            raise OperationError("received is bytes by port, gone a list of ports")
        while any(
            client.port in gone or client.bytes_received < received.get(str(client.port), 0)
            for client in simulator.clients
        ):
            simulator.moved.clear()
            await simulator.moved.wait()
        await simulator.listener.flushed()
        return {"sent": {str(client.port): client.bytes_sent for client in simulator.clients}}

    def expire_logins(self) -> Answer:
        """Let the time to log in be over for everyone who has not."""
        return {"connections": self._simulator.expire_logins()}

    def disconnect(self) -> Answer:
        """Close all connections in good order, as a server does that restarts."""
        present = tuple(self._simulator.listener.connections)
        for connection in present:
            connection.close()
        return {"connections": len(present)}

    # What they have in common.

    def _turn(self, change: Operation) -> Operation:
        @wraps(change)
        async def turn(**arguments: object) -> Answer:
            before = self._simulator.outbox.pushes
            answer = change(**arguments)
            told = await answer if isawaitable(answer) else answer
            self._simulator.end_turn()
            return {"pushes": self._simulator.outbox.pushes - before} | told

        return turn

    def _user(self, extension: str | None, login: str | None) -> User:
        for user in self._office.users.values():
            phone = self._office.phone_of(user)
            if extension is None and login is not None and user.login == login:
                return user
            if extension is not None and phone is not None and phone.number == extension:
                return user
        raise OperationError(f"there is nobody at {extension or login!r}")

    def _phone(self, user: User) -> Phone:
        phone = self._office.phone_of(user)
        if phone is None:
            raise OperationError(f"{user.fullname} has no phone")
        return phone

    def _call(self, call: int, channel: str, number: str) -> Call:
        return self._simulator.calls.find(call_id=call, channel=channel, number=number)

    def _thing(self, listname: str, thing_id: str) -> object:
        if listname not in _EDITABLE:
            raise OperationError(f"list is one of {', '.join(_EDITABLE)}, not {listname!r}")
        find, _, _ = LISTS[listname]
        thing: object = find(self._office).get(thing_id)
        if thing is None:
            raise OperationError(f"there is no {thing_id!r} in {listname}")
        return thing


def _forward(user: User, kind: str, destination: str, *, forgets: bool) -> dict[str, Flag | str]:
    enable, number = FORWARDS[kind]
    kept = "" if forgets else user.features[number]
    return {enable: bool(destination), number: destination or kept}


def _told(call: Call) -> Message:
    return {
        "call": call.id,
        "state": CallState(call.state),
        "caller": call.caller.channel.name,
        "callee": call.callee and call.callee.channel.name,
        "unique_id": call.caller.channel.unique_id,
    }
