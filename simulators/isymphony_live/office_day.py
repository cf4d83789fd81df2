"""An office day: statuses change, people log in, agents pause, telephones ring and conferences are held.

`OfficeDay.go_on` lets one thing happen: mostly something that becomes of a call, so that calls end.
`flurry` is for bursts: each of its steps is one `userStatus` event.
"""

from typing import TYPE_CHECKING

from .default_office import NOTES
from .office import OfficeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    import random

    from .calls import Segment
    from .office import CoreServer, Extension, Queue, User
    from .server import LiveSimulator

_EXTENSIONS_A_CALL = 5  # extensions for each call segment that there is at a time
_OF_CALLS = 0.5  # how likely something becomes of a call, where there is one
_ANSWERED, _HELD = 0.8, 0.15
_AWAY = ("", "", "Marty McFly", "Taxi", "Einstein & Co")
_HOURS = 3_600  # seconds


class OfficeDay:
    """One day in an office."""

    def __init__(self, simulator: LiveSimulator, rng: random.Random) -> None:
        self._simulator = simulator
        self._calls = simulator.calls
        self._people = simulator.people
        self._rng = rng
        self._absent: list[tuple[Queue, Extension]] = []  # who has logged out, and comes back
        self._acts: dict[Callable[[CoreServer], None], int] = {
            self._change_status: 6,
            self._log_in_or_out: 2,
            self._call_inside: 3,
            self._call_from_outside: 4,
            self._call_a_queue: 3,
            self._join_a_conference: 2,
            self._pause: 2,
            self._change_agent: 1,
        }

    def go_on(self) -> bool:
        """Let one thing happen; tell whether there is anyone it could happen to."""
        servers = [each for each in self._simulator.office.servers.values() if each.extensions]
        if not servers:
            return False
        if self._calls.segments and self._rng.random() < _OF_CALLS:
            self._advance(self._rng.choice(self._calls.segments))
            return True
        act = self._rng.choices(list(self._acts), list(self._acts.values()))[0]
        try:
            act(self._rng.choice(servers))
        except OfficeError:
            return True  # somebody was called who cannot be, as happens in offices
        return True

    def _advance(self, segment: Segment) -> None:
        chance = self._rng.random()
        if segment.is_linked and segment.extension is not None and chance < _HELD:
            self._calls.hold(segment, on=not segment.is_on_hold)
        elif segment.partner is not None and not segment.is_linked and chance < _ANSWERED:
            self._calls.answer(segment)
        else:
            self._calls.hang_up(segment)

    def _change_status(self, server: CoreServer) -> None:
        user = self._user(server)
        if user is not None:
            change_status(self._simulator, server, user, self._rng)

    def _log_in_or_out(self, server: CoreServer) -> None:
        user = self._user(server)
        if user is not None and user.logins:
            self._people.log_out(server, user)
        elif user is not None:
            port = self._rng.randint(49_152, 65_535)
            self._people.log_in(server, user, f"192.0.2.{self._rng.randint(1, 254)}", port)

    def _call_inside(self, server: CoreServer) -> None:
        if self._has_room(server):
            first, second = self._number(server), self._number(server)
            self._calls.ring(server, first, second)

    def _call_from_outside(self, server: CoreServer) -> None:
        if self._has_room(server):
            self._calls.ring(server, self._outside(), self._number(server), self._rng.choice(_AWAY))

    def _call_a_queue(self, server: CoreServer) -> None:
        queues = list(server.queues)
        if queues and self._has_room(server):
            name = self._rng.choice(_AWAY)
            self._calls.ring(server, self._outside(), self._rng.choice(queues), name)

    def _join_a_conference(self, server: CoreServer) -> None:
        rooms = list(server.rooms)
        if rooms and self._has_room(server):
            self._calls.ring(server, self._number(server), self._rng.choice(rooms))

    def _pause(self, server: CoreServer) -> None:
        agents = [agent for queue in server.queues.values() for agent in queue.agents]
        if agents:
            agent = self._rng.choice(agents)
            self._people.pause(server, agent, on=not agent.is_paused)

    def _change_agent(self, server: CoreServer) -> None:
        here = [
            each
            for each in self._absent
            if each[0] in server.queues.values() and each[1] in server.extensions.values()
        ]
        if here:
            self._absent.remove(back := self._rng.choice(here))
            self._people.log_in_agent(server, *back)
            return
        agents = [
            agent
            for queue in server.queues.values()
            for agent in queue.agents
            if agent.is_dynamic and not self._calls.of_extension(agent.extension)
        ]
        if agents:
            agent = self._rng.choice(agents)
            self._absent.append((agent.queue, agent.extension))
            self._people.log_out_agent(server, agent)

    def _user(self, server: CoreServer) -> User | None:
        users = list(server.users.values())
        return self._rng.choice(users) if users else None

    def _number(self, server: CoreServer) -> str:
        return self._rng.choice(list(server.extensions))

    def _outside(self) -> str:
        return f"1555{self._rng.randint(0, 9_999_999):07}"

    def _has_room(self, server: CoreServer) -> bool:
        return len(self._calls.segments) <= len(server.extensions) // _EXTENSIONS_A_CALL


def change_status(
    simulator: LiveSimulator, server: CoreServer, user: User, rng: random.Random
) -> None:
    """Let a user choose another status, with a note and perhaps a return time."""
    others = [name for name in simulator.office.statuses if name != user.status.name]
    back = None
    if rng.random() < 0.5:
        back = float(int(simulator.site.clock()) + rng.randint(1, 8) * _HOURS)
    simulator.people.set_status(
        server, user, rng.choice(others), note=rng.choice(NOTES), return_time=back
    )


def flurry(simulator: LiveSimulator, rng: random.Random) -> Iterator[bool]:
    """Let one `userStatus` event after the other happen, for as long as there is anyone with a status."""
    people = [
        (server, user)
        for server in simulator.office.servers.values()
        for user in server.users.values()
        if simulator.site.is_full(user)
    ]
    while people:
        change_status(simulator, *rng.choice(people), rng)
        yield True
