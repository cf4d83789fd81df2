"""What the control port can do with the simulated iSymphony 3 server.

Each public coroutine or method is one operation; its keyword arguments are the JSON members. Things are
named by username, number or identifier, on the core server whose slug is `server`: the first, if it is
not given. Calls are named by a number in them, or by a call segment's id.
"""

import time
from typing import TYPE_CHECKING, Any

from simulators.operations import OperationError, positive
from simulators.scenario import Scenario
from simulators.settings import change

from .office import ConferenceRoom, CoreServer, Extension, OfficeError, Queue, User
from .people import UNCHANGED

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulators.operations import Answer, Operation

    from .calls import Segment
    from .office import Resource
    from .server import LiveSimulator

BURST_LIMIT = 10_000_000  # events


class Controls:
    """The operations on one simulator."""

    def __init__(self, simulator: LiveSimulator) -> None:
        self._simulator = simulator
        self._office = simulator.office

    def operations(self) -> dict[str, Operation]:
        """Return all operations by their names."""
        return {
            "set": self.set,
            "login": self.login,
            "logout": self.logout,
            "license": self.license,
            "dnd": self.dnd,
            "agent_login": self.agent_login,
            "agent_logout": self.agent_logout,
            "pause": self.pause,
            "ring": self.ring,
            "answer": self.answer,
            "hold": self.hold,
            "record": self.record,
            "transfer": self.transfer,
            "hang_up": self.hang_up,
            "join": self.join,
            "leave": self.leave,
            "add": self.add,
            "remove": self.remove,
            "rename": self.rename,
            "enable_queue": self.enable_queue,
            "event": self.event,
            "restart": self.restart,
            "settings": self.settings,
            "dump": self.dump,
            "clients": self.clients,
            "requests": self.requests,
            "stats": self.stats,
            "scenario": self.scenario,
            "burst": self.burst,
            "sync": self.sync,
            "disconnect": self.disconnect,
            "fault": self._simulator.faults.apply,
        }

    # People.

    def set(
        self,
        *,
        user: str,
        status: str | None = None,
        type: str | None = None,  # noqa: A002 - the wire's word
        note: str | None = None,
        return_time: float | None = None,
        server: str = "",
    ) -> Answer:
        """Set what is given of a user's status; the return time is a Unix time in seconds, 0 for none."""
        office = self._office.server(server)
        person = office.user(user)
        back = UNCHANGED if return_time is None else return_time or None
        return self._counted(
            lambda: self._simulator.people.set_status(
                office, person, status, type_=type, note=note, return_time=back
            )
        )

    def login(
        self, *, user: str, ip: str = "127.0.0.1", port: int = 57_042, server: str = ""
    ) -> Answer:
        """Let one of a user's clients log in."""
        office = self._office.server(server)
        person = office.user(user)
        return self._counted(lambda: self._simulator.people.log_in(office, person, ip, port))

    def logout(self, *, user: str, server: str = "") -> Answer:
        """Let one of a user's clients log out."""
        office = self._office.server(server)
        person = office.user(user)
        return self._counted(lambda: self._simulator.people.log_out(office, person))

    def license(self, *, user: str, on: bool, server: str = "") -> Answer:
        """License a user, or no longer."""
        self._office.server(server).user(user).is_licensed = on
        return {}

    def dnd(self, *, extension: str, on: bool, server: str = "") -> Answer:
        """Let a telephone ring no more, or again."""
        office = self._office.server(server)
        telephone = office.extension(extension)
        return self._counted(lambda: self._simulator.people.set_dnd(office, telephone, on=on))

    # Agents.

    def agent_login(self, *, queue: str, extension: str, server: str = "") -> Answer:
        """Log an extension in at a queue."""
        office = self._office.server(server)
        place, telephone = office.queue(queue), office.extension(extension)
        return self._counted(lambda: self._simulator.people.log_in_agent(office, place, telephone))

    def agent_logout(self, *, queue: str, extension: str, server: str = "") -> Answer:
        """Log an extension out at a queue."""
        office = self._office.server(server)
        agent = office.queue(queue).agent(office.extension(extension))
        return self._counted(lambda: self._simulator.people.log_out_agent(office, agent))

    def pause(self, *, queue: str, extension: str, on: bool = True, server: str = "") -> Answer:
        """Let an agent take no calls, or take calls again."""
        office = self._office.server(server)
        agent = office.queue(queue).agent(office.extension(extension))
        return self._counted(lambda: self._simulator.people.pause(office, agent, on=on))

    # Calls.

    def ring(self, *, caller: str, called: str, name: str = "", server: str = "") -> Answer:
        """Let somebody call a number: an extension, or somebody outside of that name."""
        office = self._office.server(server)
        return self._told(lambda: self._simulator.calls.ring(office, caller, called, name))

    def answer(self, *, number: str, server: str = "") -> Answer:
        """Let whoever is called answer."""
        return self._with_call(server, number, self._simulator.calls.answer)

    def hold(self, *, number: str, on: bool = True, server: str = "") -> Answer:
        """Hold a call, or go on with it."""
        return self._with_call(
            server, number, lambda segment: self._simulator.calls.hold(segment, on=on)
        )

    def record(self, *, number: str, on: bool = True, server: str = "") -> Answer:
        """Record a call, or no longer."""
        return self._with_call(
            server, number, lambda segment: self._simulator.calls.record(segment, on=on)
        )

    def transfer(self, *, number: str, destination: str, server: str = "") -> Answer:
        """Give whom somebody talks to to another number."""
        return self._with_call(
            server, number, lambda segment: self._simulator.calls.transfer(segment, destination)
        )

    def hang_up(self, *, number: str, server: str = "") -> Answer:
        """End a call."""
        return self._with_call(server, number, self._simulator.calls.hang_up)

    def join(self, *, room: str, number: str, name: str = "", server: str = "") -> Answer:
        """Let an extension, or somebody outside of that name, into a conference room."""
        office = self._office.server(server)
        place = office.room(room)
        return self._told(lambda: self._simulator.calls.join(office, place, number, name))

    def leave(self, *, room: str, number: str, server: str = "") -> Answer:
        """Let somebody out of a conference room."""
        place = self._office.server(server).room(room)
        segment = self._simulator.calls.of(self._office.server(server), number)
        if segment.room is not place:
            raise OfficeError(f"{number} is not in {place.name}")
        return self._told(lambda: self._hung_up(segment))

    # The office.

    def add(
        self,
        *,
        kind: str,
        key: str,
        name: str = "",
        user: str | None = None,
        licensed: bool = True,
        server: str = "",
    ) -> Answer:
        """Add a user, an extension (of a user, or nobody's), a queue or a conference room."""
        office = self._office.server(server)
        things = _things(office, kind)
        if key in things:
            raise OfficeError(f"there is a {kind} {key!r} already")
        owner = None if user is None else office.user(user)
        label = name or key
        match kind:
            case "user":
                added: Resource = User(username=key, name=label, is_licensed=licensed)
            case "extension":
                added = Extension(number=key, name=label, user=owner)
            case "queue":
                added = Queue(identifier=key, name=label)
            case _:
                added = ConferenceRoom(identifier=key, name=label)
        self._office.give_id(added)
        if isinstance(added, User):
            self._office.give_id(added.status)
        things[key] = added
        return {"id": added.id}

    def remove(self, *, kind: str, key: str, server: str = "") -> Answer:
        """Remove one; no event tells of it."""
        office = self._office.server(server)
        things = _things(office, kind)
        thing = things.get(key)
        if thing is None:
            raise OfficeError(f"there is no {kind} {key!r}")
        if any(thing in {each.extension, each.queue, each.room} for each in self._segments(office)):
            raise OfficeError(f"{key} is in a call")
        match thing:
            case User():
                office.remove_user(thing)
            case Extension():
                office.remove_extension(thing)
            case _:
                del things[key]
        return {}

    def rename(
        self,
        *,
        kind: str,
        key: str,
        name: str | None = None,
        new_key: str | None = None,
        server: str = "",
    ) -> Answer:
        """Give one another name, or another username, number or identifier; no event tells of it."""
        office = self._office.server(server)
        things = _things(office, kind)
        thing = things.get(key)
        if thing is None or (new_key is not None and new_key in things):
            raise OfficeError(f"there is no {kind} {key!r}, or one {new_key!r} already")
        if name is not None:
            thing.name = name
        if new_key is not None:
            things[new_key] = things.pop(key)
            match thing:
                case User():
                    thing.username = new_key
                case Extension():
                    thing.number = new_key
                case _:
                    thing.identifier = new_key
        return {}

    def enable_queue(self, *, queue: str, on: bool, server: str = "") -> Answer:
        """Let a queue be there, or not."""
        self._office.server(server).queue(queue).is_enabled = on
        return {}

    # The server.

    def event(self, *, properties: object, server: str = "") -> Answer:
        """Send any event to whoever's filters it passes; base properties are added where they are missing."""
        if not isinstance(properties, dict):
            raise OperationError("properties is an object")
        office = self._office.server(server)
        return self._counted(lambda: self._simulator.events.any(office, properties))

    async def restart(self, *, seconds: float | None = None) -> Answer:
        """Restart: every connection is dropped, every id another, everyone logged out.

        With `seconds`, nothing listens for so long.
        """
        if seconds is not None:
            positive("seconds", seconds)
        return {"connections": await self._simulator.restart(seconds)}

    def settings(self, **changes: object) -> Answer:
        """Change how the server is set up; tell all settings but the password."""
        settings = change(self._simulator.settings, changes)
        settings.pop("password")
        return {"settings": settings}

    def dump(self) -> Answer:
        """Tell everything there is."""
        return {
            "servers": {slug: self._server(each) for slug, each in self._office.servers.items()},
            "statuses": dict(self._office.statuses),
        }

    def clients(self) -> Answer:
        """Tell who is connected, and with which filters."""
        hub, listener = self._simulator.hub, self._simulator.listener
        return {
            "clients": [
                {
                    "filters": client.filters
                    and {name: sorted(values) for name, values in client.filters.values.items()}
                }
                for client in hub.clients
            ],
            "connections": len(listener.connections),
            "accepted": listener.accepted,
        }

    def requests(self, *, starting: str = "") -> Answer:
        """Hand out the requests and messages that came since the last time, those that start so."""
        entries, missed = self._simulator.log.take(starting)
        return {"requests": entries, "missed": missed}

    def stats(self) -> Answer:
        """Tell what was counted since the start."""
        simulator, listener = self._simulator, self._simulator.listener
        return {
            "clients": len(simulator.hub.clients),
            "requests": simulator.log.total,
            "meaningless": simulator.log.meaningless,
            "events": simulator.hub.events,
            "restarts": simulator.restarts,
            "connections": len(listener.connections),
            "accepted": listener.accepted,
            "bytes_sent": listener.bytes_sent,
            "bytes_outstanding": sum(each.outstanding for each in listener.connections),
            "slow_clients_disconnected": listener.gave_up,
            "processor_seconds": time.process_time(),
        }

    async def scenario(self, *, name: str, rate: float = 0.5) -> Answer:
        """Let a scenario begin, at so many changes a second."""
        await self._simulator.play(Scenario(name), rate)
        return {"name": name, "rate": rate}

    async def burst(
        self, *, events: int, rate: float | None = None, seed: int | None = None
    ) -> Answer:
        """Let so many statuses change, and answer when all is written: how many, and the last event."""
        if not 0 < events <= BURST_LIMIT:
            raise OperationError(f"events must be above 0 and at most {BURST_LIMIT}")
        if rate is not None:
            positive("rate", rate)
        happened = await self._simulator.burst(events, rate, seed)
        return {"events": happened, "last": self._simulator.hub.last}

    async def sync(self) -> Answer:
        """Answer when the sockets have taken all that was sent before."""
        await self._simulator.listener.flushed()
        return {}

    def disconnect(self) -> Answer:
        """Close all connections in good order."""
        present = tuple(self._simulator.listener.connections)
        for connection in present:
            connection.close()
        return {"connections": len(present)}

    # What they have in common.

    def _counted(self, change_: Callable[[], object]) -> Answer:
        before = self._simulator.hub.events
        change_()
        return {"events": self._simulator.hub.events - before}

    def _told(self, act: Callable[[], Segment]) -> Answer:
        before = self._simulator.hub.events
        segment = act()
        return _segment(segment) | {"events": self._simulator.hub.events - before}

    def _with_call(self, slug: str, number: str, act: Callable[[Segment], None]) -> Answer:
        segment = self._simulator.calls.of(self._office.server(slug), number)

        def do() -> Segment:
            act(segment)
            return segment

        return self._told(do)

    def _hung_up(self, segment: Segment) -> Segment:
        self._simulator.calls.hang_up(segment)
        return segment

    def _segments(self, server: CoreServer) -> list[Segment]:
        return [each for each in self._simulator.calls.segments if each.server is server]

    def _server(self, server: CoreServer) -> Answer:
        return {
            "id": server.id,
            "name": server.name,
            "users": {key: _user(user) for key, user in server.users.items()},
            "extensions": {key: self._extension(each) for key, each in server.extensions.items()},
            "queues": {key: self._queue(queue) for key, queue in server.queues.items()},
            "conferences": {
                key: {
                    "id": room.id,
                    "name": room.name,
                    "members": [
                        each.number for each in self._segments(server) if each.room is room
                    ],
                }
                for key, room in server.rooms.items()
            },
            "call_segments": [_segment(each) for each in self._segments(server)],
        }

    def _extension(self, extension: Extension) -> Answer:
        return {
            "id": extension.id,
            "name": extension.name,
            "user": extension.user and extension.user.username,
            "dnd": extension.dnd,
            "state": self._simulator.calls.state(extension),
        }

    def _queue(self, queue: Queue) -> Answer:
        return {
            "id": queue.id,
            "name": queue.name,
            "enabled": queue.is_enabled,
            "agents": {
                agent.extension.number: {
                    "id": agent.id,
                    "paused": agent.is_paused,
                    "dynamic": agent.is_dynamic,
                    "penalty": agent.penalty,
                }
                for agent in queue.agents
            },
            "waiting": [each.number for each in self._simulator.calls.waiting(queue)],
        }


def _things(server: CoreServer, kind: str) -> dict[str, Any]:
    kinds: dict[str, dict[str, Any]] = {
        "user": server.users,
        "extension": server.extensions,
        "queue": server.queues,
        "conference": server.rooms,
    }
    if kind not in kinds:
        raise OperationError(f"kind is one of {', '.join(kinds)}")
    return kinds[kind]


def _user(user: User) -> Answer:
    status = user.status
    return {
        "id": user.id,
        "name": user.name,
        "licensed": user.is_licensed,
        "status": status.name,
        "type": status.type,
        "note": status.note,
        "return_time": status.return_time,
        "user_created": status.is_user_created,
        "logins": [{"ip": each.ip, "port": each.port} for each in user.logins],
    }


def _segment(segment: Segment) -> Answer:
    return {
        "call_segment": segment.id,
        "number": segment.number,
        "name": segment.name,
        "did": segment.did,
        "other": segment.partner and segment.partner.number,
        "linked": segment.is_linked,
        "on_hold": segment.is_on_hold,
        "recording": segment.is_recorded,
        "queue": segment.queue and segment.queue.identifier,
        "conference": segment.room and segment.room.identifier,
    }
