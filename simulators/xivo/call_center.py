"""What becomes of agents and queues: log-in, pause, agent calls and wrap-up, members, waiting callers."""

from typing import TYPE_CHECKING

from .messages import agent_status, member_config, without_nulls
from .office import (
    PASSAGE_LIMIT,
    Availability,
    Caller,
    Hint,
    Member,
    MemberStatus,
    OfficeError,
    Passage,
)
from .statistics import Statistics

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

    from .office import Agent, Phone, Queue
    from .site import Site

# What the availability notifier leaves out when it speaks of a membership.
_NOT_OF_MEMBERSHIP = ("nonacd_call_status", "channel")
_STATUS_OF_HINT = {
    Hint.IDLE: MemberStatus.NOT_IN_USE,
    Hint.IN_USE: MemberStatus.IN_USE,
    Hint.BUSY: MemberStatus.BUSY,
    Hint.RINGING: MemberStatus.RINGING,
    Hint.IN_USE_AND_RINGING: MemberStatus.RINGING_IN_USE,
    Hint.ON_HOLD: MemberStatus.ON_HOLD,
}


class CallCenter:
    """Changes of agents and queues, each told to everyone, and the statistics to their subscribers."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.statistics = Statistics(site)
        self.watchers: list[Callable[[Agent], None]] = []  # of agents who log in or out
        self._wrapups: dict[str, asyncio.TimerHandle] = {}

    def log_in(self, agent: Agent, number: str) -> None:
        """Log an agent in on a phone."""
        if agent.is_logged_in:
            raise OfficeError(f"Agent {agent.number} is logged in already.")
        phone = self._site.office.phone(number)
        agent.is_logged_in = True
        for member in self._site.office.memberships(agent):
            member.status = _status_of(phone)
            self.push_member(member)
        self._push_agent(agent)
        self._push_agent(agent)
        self._set_phone(agent, number)
        self._site.outbox.event_ends()
        queues = self._queues_of(agent)
        self.statistics.tell_logged(queues)
        self._site.outbox.flush()
        self.statistics.tell_summary(queues, 2)
        self._tell_watchers(agent)

    def log_out(self, agent: Agent) -> None:
        """Log an agent out."""
        if not agent.is_logged_in:
            raise OfficeError(f"Agent {agent.number} is not logged in.")
        self._end_wrapup_timer(agent)
        agent.is_logged_in = agent.on_call_acd = agent.on_wrapup = False
        agent.nonacd_call = None
        queues = self._queues_of(agent)
        for member in self._site.office.memberships(agent):
            member.status, member.paused = MemberStatus.LOGGED_OUT, False
        late = self._tell_early_summary(queues)
        for member in self._site.office.memberships(agent):
            self.push_member(member)
        self._push_agent(agent)
        self.statistics.tell_logged(queues)
        self.statistics.tell_summary(late[:1])
        self._site.outbox.flush()
        self.statistics.tell_summary(late[1:])
        self.statistics.tell_summary(queues)
        self._tell_watchers(agent)

    def pause(self, agent: Agent, queue: Queue | None = None, *, paused: bool = True) -> None:
        """Pause an agent, or end the pause, in one queue or in all."""
        if not agent.is_logged_in:
            raise OfficeError(f"Agent {agent.number} is not logged in.")
        queues = self._queues_of(agent) if queue is None else [queue]
        for member in self._site.office.memberships(agent):
            if queue is None or member.queue == queue.name:
                member.paused = paused
                self.push_member(member)
                self._push_agent(agent)
        self._site.outbox.flush()
        self.statistics.tell_summary(queues, 2)

    def add_member(self, member: Member) -> None:
        """Add an agent or a phone to a queue."""
        office = self._site.office
        phone = office.phone_behind(member)
        agent = office.agent_behind(member)
        if agent is not None and not agent.is_logged_in:
            member.status = MemberStatus.LOGGED_OUT
        elif phone is not None:
            member.status = _status_of(phone)
        office.add_member(member)
        self._site.push_added("queuemembers", member.key)
        self._push_membership(agent, member)

    def remove_member(self, key: str) -> None:
        """Take an agent or a phone out of a queue."""
        office = self._site.office
        member = office.members.pop(key, None)
        if member is None:
            raise OfficeError(f"There is no queue member {key!r}.")
        self._site.push_removed("queuemembers", key)
        self._push_membership(office.agent_behind(member), member)

    def set_member_status(self, member: Member, status: str) -> None:
        """Set what a member's device does, as the queue sees it."""
        member.status = status
        self.push_member(member)
        self._site.outbox.flush()
        self.statistics.tell_summary([self._site.office.queue(member.queue)], 2)

    def device_changed(self, phone: Phone) -> None:
        """Let the queues see what a phone does that a member of theirs answers with."""
        office = self._site.office
        agent = office.agent_on(phone)
        interfaces = {phone.identity} | ({agent.interface} if agent else set())
        status = _status_of(phone)
        for member in office.members.values():
            if member.interface in interfaces and member.status != status:
                self.set_member_status(member, status)

    def start_agent_call(self, agent: Agent) -> None:
        """Let an agent be on a call of a queue."""
        self.end_wrapup(agent, quietly=True)
        agent.on_call_acd = True
        self._push_agent(agent)

    def end_agent_call(self, agent: Agent, wrapup: float = 0.0) -> None:
        """End an agent's call of a queue, with so many seconds of wrap-up after it."""
        agent.on_call_acd = False
        agent.on_wrapup = agent.is_logged_in and wrapup > 0
        self._push_agent(agent)
        if agent.on_wrapup:
            self._wrapups[agent.id] = self._site.later(wrapup, lambda: self.end_wrapup(agent))

    def end_wrapup(self, agent: Agent, *, quietly: bool = False) -> None:
        """Let an agent's wrap-up be over."""
        self._end_wrapup_timer(agent)
        if agent.on_wrapup:
            agent.on_wrapup = False
            if not quietly:
                self._push_agent(agent)

    def start_other_call(self, agent: Agent, direction: str, *, is_internal: bool) -> None:
        """Let an agent be on a call that is none of a queue's."""
        agent.nonacd_call = (direction, is_internal)
        self._push_agent(agent)

    def end_other_call(self, agent: Agent) -> None:
        """End an agent's call that is none of a queue's."""
        if agent.nonacd_call is not None:
            agent.nonacd_call = None
            self._push_agent(agent)

    def join(self, queue: Queue, caller: Caller) -> None:
        """Let a caller wait in a queue."""
        queue.callers.append(caller)
        queue.was_used = True
        self.statistics.tell_callers(queue)

    def leave(self, queue: Queue, unique_id: str, *, was_answered: bool = False) -> Caller:
        """Let a caller wait no more."""
        caller = next((each for each in queue.callers if each.unique_id == unique_id), None)
        if caller is None:
            raise OfficeError(f"Nobody waits in {queue.name!r} as {unique_id!r}.")
        queue.callers.remove(caller)
        waited = self._site.clock() - caller.joined
        queue.passages.append(Passage(caller.joined, waited, was_answered))
        del queue.passages[:-PASSAGE_LIMIT]
        self.statistics.tell_callers(queue)
        return caller

    def push_member(self, member: Member) -> None:
        """Tell everyone what a queue knows of a member."""
        office = self._site.office
        self._site.push_config("queuemembers", member.key, lambda: member_config(office, member))

    def _push_agent(self, agent: Agent) -> None:
        """Tell everyone an agent's whole status; its id is then a number."""
        availability = self._availability(agent)
        if agent.availability != availability:
            agent.availability, agent.since = availability, self._site.clock()
        office = self._site.office
        self._site.push_status("agents", int(agent.id), lambda: agent_status(office, agent))

    def _push_membership(self, agent: Agent | None, member: Member) -> None:
        site = self._site
        if agent is not None:
            site.push_status(
                "agents", agent.id, lambda: _membership(agent_status(site.office, agent))
            )
        self.statistics.tell_summary([site.office.queue(member.queue)])

    def _set_phone(self, agent: Agent, number: str) -> None:
        if agent.phone_number != number:
            agent.phone_number = number
            self._site.push_status("agents", agent.id, lambda: {"phonenumber": number})

    def _tell_early_summary(self, queues: list[Queue]) -> Sequence[Queue]:
        """Tell the summaries that come before a log-out's pushes; return those that come later."""
        if self._site.release.gathers_turns:
            return queues
        self.statistics.tell_summary(queues)
        self._site.outbox.flush()
        return ()

    def _queues_of(self, agent: Agent) -> list[Queue]:
        office = self._site.office
        return [office.queue(member.queue) for member in office.memberships(agent)]

    def _availability(self, agent: Agent) -> Availability:
        if not agent.is_logged_in:
            return Availability.LOGGED_OUT
        members = self._site.office.memberships(agent)
        is_paused = bool(members) and all(member.paused for member in members)
        if is_paused or agent.on_call_acd or agent.on_wrapup:
            return Availability.UNAVAILABLE
        if agent.nonacd_call is not None:
            direction, is_internal = agent.nonacd_call
            kind = "internal" if is_internal else "external"
            return Availability(f"on_call_nonacd_{direction}_{kind}")
        return Availability.AVAILABLE

    def _end_wrapup_timer(self, agent: Agent) -> None:
        if timer := self._wrapups.pop(agent.id, None):
            timer.cancel()

    def _tell_watchers(self, agent: Agent) -> None:
        for watcher in self.watchers:
            watcher(agent)


def _status_of(phone: Phone) -> str:
    return _STATUS_OF_HINT.get(Hint(phone.hint), MemberStatus.UNAVAILABLE)


def _membership(status: dict[str, object]) -> dict[str, object]:
    kept = {key: value for key, value in status.items() if key not in _NOT_OF_MEMBERSHIP}
    return without_nulls(kept)
