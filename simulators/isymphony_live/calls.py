"""Calls, as pairs of call segments: each is one end, and knows the other.

A segment is bound to an extension, or comes from outside, waits in a queue, or sits in a conference room. Two
that are partners are being dialled until they are linked.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from .office import OfficeError, Resource

if TYPE_CHECKING:
    from .events import Events
    from .office import Agent, ConferenceRoom, CoreServer, Extension, Queue
    from .site import Site

DID_OF_THE_CALLED = "s"  # as in the page's sample of Link End Event


class DeviceState(StrEnum):
    """What an agent's telephone does; only NOT_INUSE is in the pages, the others are Asterisk's words."""

    NOT_INUSE = "NOT_INUSE"
    INUSE = "INUSE"
    RINGING = "RINGING"
    ONHOLD = "ONHOLD"


@dataclass(slots=True, eq=False, kw_only=True)
class Segment(Resource):
    """One end of a call."""

    server: CoreServer
    number: str
    name: str
    did: str | None
    caller_id: str
    is_incoming: bool
    extension: Extension | None = None
    queue: Queue | None = None  # where it waits
    room: ConferenceRoom | None = None
    agent: Agent | None = None  # who is called for a queue
    partner: Segment | None = None
    is_linked: bool = False
    is_on_hold: bool = False
    is_recorded: bool = False

    @property
    def rings(self) -> bool:
        """Whether a telephone rings here."""
        return self.is_incoming and self.partner is not None and not self.is_linked


class Calls:
    """All calls, and what becomes of them."""

    def __init__(self, site: Site, events: Events) -> None:
        self.segments: list[Segment] = []
        self._site = site
        self._events = events

    def of(self, server: CoreServer, number: str) -> Segment:
        """Return the segment of an extension or outside number, or with that id; the latest.

        Raises:
            OfficeError: there is none.
        """
        for segment in reversed(self.segments):
            if segment.server is server and number in {segment.id, segment.number}:
                return segment
        raise OfficeError(f"{number} is in no call")

    def of_extension(self, extension: Extension) -> list[Segment]:
        """Return an extension's segments."""
        return [each for each in self.segments if each.extension is extension]

    def state(self, extension: Extension) -> DeviceState:
        """Return what a telephone does."""
        segments = self.of_extension(extension)
        if any(not each.is_on_hold and not each.rings for each in segments):
            return DeviceState.INUSE
        if any(each.rings for each in segments):
            return DeviceState.RINGING
        return DeviceState.ONHOLD if segments else DeviceState.NOT_INUSE

    def renew_ids(self) -> None:
        """Give every segment another id, as a restart does."""
        for segment in self.segments:
            segment.id, segment.caller_id = self._new_id(), self._new_id()

    def ring(self, server: CoreServer, caller: str, called: str, name: str = "") -> Segment:
        """Let somebody call a number: an extension, or somebody outside of that name.

        Returns the caller's segment. A queue's or conference room's number is as good as an extension's.

        Raises:
            OfficeError: nobody can be called there, or the caller is in a call.
        """
        extension = server.extensions.get(caller)
        if extension is not None and not self._is_free(extension):
            raise OfficeError(f"{caller} is in a call")
        is_here = called in server.extensions or called in server.queues or called in server.rooms
        if extension is None and not is_here:
            raise OfficeError(f"neither {caller} nor {called} is here")
        self._check_reachable(server, called, extension)
        segment = self._open(server, caller, name, did=called, is_incoming=extension is None)
        self._send_to(segment, called)
        return segment

    def originate(self, server: CoreServer, extension: Extension, destination: str) -> None:
        """Connect an extension with a number, as a client wishes."""
        self._let_answer(self.ring(server, extension.number, destination))

    def answer(self, segment: Segment) -> None:
        """Let whoever is called answer."""
        other = segment.partner
        if other is None or segment.is_linked:
            raise OfficeError(f"nobody is being called with {segment.number}")
        for each in (segment, other):
            each.is_linked = True
            each.queue = None
            if each.agent is not None:
                each.agent.calls_taken += 1
                each.agent.last_call = self._site.clock()
            self._events.unlisted_of(each, "simulatedLink")

    def hang_up(self, segment: Segment) -> None:
        """End a call; a caller whom an agent refuses goes on waiting."""
        other = segment.partner
        refused = segment if segment.agent is not None and not segment.is_linked else None
        if segment.room is not None:
            self._events.conference_leave(segment)
        if other is not None and segment.is_linked:
            self._events.link_end(*self._in_order(segment, other))
        self._close(segment)
        if other is not None and refused is None:
            self._close(other)
        elif other is not None:
            other.partner = None
        self._serve_queues(segment.server, but=None if refused is None else refused.agent)

    def hold(self, segment: Segment, *, on: bool) -> None:
        """Hold a call, or go on with it."""
        if not segment.is_linked:
            raise OfficeError(f"{segment.number} talks to nobody")
        segment.is_on_hold = on
        self._events.unlisted_of(segment, "simulatedHold" if on else "simulatedUnhold")

    def record(self, segment: Segment, *, on: bool) -> None:
        """Record a call, or no longer."""
        segment.is_recorded = on

    def transfer(self, segment: Segment, destination: str) -> None:
        """Give whom a segment is linked with to a number, and hang up.

        Raises:
            OfficeError: there is nobody to give, or nobody can be called there.
        """
        other = segment.partner
        if other is None or not segment.is_linked:
            raise OfficeError(f"{segment.number} talks to nobody")
        self._check_reachable(segment.server, destination, other.extension)
        self._events.link_end(*self._in_order(segment, other))
        self._close(segment)
        other.partner, other.is_linked, other.is_on_hold, other.did = (
            None,
            False,
            False,
            destination,
        )
        self._send_to(other, destination)
        self._let_answer(other)
        self._serve_queues(segment.server)

    def join(
        self, server: CoreServer, room: ConferenceRoom, number: str, name: str = ""
    ) -> Segment:
        """Let an extension, or somebody outside, into a conference room."""
        return self.ring(server, number, room.identifier, name)

    def serve_queues(self, server: CoreServer) -> None:
        """Call free agents for those who wait."""
        self._serve_queues(server)

    def waiting(self, queue: Queue) -> list[Segment]:
        """Return who waits in a queue."""
        return [each for each in self.segments if each.queue is queue]

    def _send_to(self, segment: Segment, called: str) -> None:
        server = segment.server
        if called in server.queues:
            segment.queue = server.queues[called]
            self._events.unlisted_of(segment, "simulatedQueueJoin")
            self._serve_queues(server)
        elif called in server.rooms:
            segment.room = server.rooms[called]
            self._events.unlisted_of(segment, "simulatedConferenceJoin")
        else:
            self._dial(segment, self._open(server, called, did=DID_OF_THE_CALLED, is_incoming=True))

    def _serve_queues(self, server: CoreServer, but: Agent | None = None) -> None:
        for queue in server.queues.values():
            for segment in self.waiting(queue):
                agent = next((each for each in queue.agents if self._takes_calls(each, but)), None)
                if segment.partner is None and agent is not None:
                    called = self._open(
                        server, agent.extension.number, did=DID_OF_THE_CALLED, is_incoming=True
                    )
                    called.agent = agent
                    self._dial(segment, called)

    def _takes_calls(self, agent: Agent, but: Agent | None) -> bool:
        extension = agent.extension
        is_idle = not self.of_extension(extension) and not extension.dnd
        return agent is not but and not agent.is_paused and is_idle

    def _dial(self, caller: Segment, called: Segment) -> None:
        caller.partner, called.partner = called, caller
        self._events.dial(caller)
        self._events.dial(called)

    def _open(
        self, server: CoreServer, number: str, name: str = "", *, did: str, is_incoming: bool
    ) -> Segment:
        extension = server.extensions.get(number)
        segment = Segment(
            id=self._new_id(),
            server=server,
            number=number,
            name=name if extension is None else extension.name,
            did=did,
            caller_id=self._new_id(),
            is_incoming=is_incoming,
            extension=extension,
        )
        self.segments.append(segment)
        return segment

    def _close(self, segment: Segment) -> None:
        self.segments.remove(segment)
        if segment.partner is not None:
            self._events.hangup(segment)

    def _in_order(self, *segments: Segment) -> list[Segment]:
        """Return segments as they began."""
        return sorted(segments, key=self.segments.index)

    def _check_reachable(self, server: CoreServer, number: str, caller: Extension | None) -> None:
        queue, extension = server.queues.get(number), server.extensions.get(number)
        if queue is not None and not queue.is_enabled:
            raise OfficeError(f"{queue.name} is not enabled")
        if number in server.rooms and not self._site.settings.has_conference_rooms:
            raise OfficeError("this release has no conference rooms")
        if extension is None:
            return
        if extension is caller or extension.dnd or not self._is_free(extension):
            raise OfficeError(f"{number} cannot be called")

    def _is_free(self, extension: Extension) -> bool:
        return all(each.is_on_hold for each in self.of_extension(extension))

    def _let_answer(self, segment: Segment) -> None:
        """Let a call that a client wanted be answered by itself, if calls are."""
        seconds, called = self._site.settings.answers_after, segment.partner
        if seconds is None or called is None:
            return

        def answer() -> None:
            if segment in self.segments and segment.partner is called and not segment.is_linked:
                self.answer(segment)

        self._site.timers.later(seconds, answer)

    def _new_id(self) -> str:
        return self._site.office.new_id()
