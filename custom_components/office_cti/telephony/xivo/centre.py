"""Agents, queues and who takes calls from which: the call centre.

A membership is an object of its own, "Agent/2001,blue": it says what the agent's phone does for that queue,
and whether it is paused there. So a queue's members and an agent's queues are both made of memberships, found
by indexes. A server's statistics are merged piece by piece; where they never came, the members are counted.

Source: the vendor's page "CTI Protocol", Agent status and getqueuesstats; real conversations for memberships
and for callers who wait.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from ..directory import Directory
from ..model import (
    Agent,
    AgentAvailability,
    CallerEvent,
    Feature,
    PassageKind,
    Queue,
    QueueCaller,
    QueueMember,
    QueueMemberState as State,
)
from ..turns import by_turns
from .calls import moment
from .facts import AgentFacts, Index, Member, QueueFacts, Register
from .messages import (
    AgentStatusUpdated,
    Availability,
    MemberStatus,
    QueueEntries,
    QueueEntry,
    QueueStatistics,
)

# What no office has: a server that goes on beyond is not followed.
AGENTS_MOST = 10_000
QUEUES_MOST = 2_000
MEMBERS_MOST = 50_000
MEMBERS_OF_A_QUEUE_MOST = 2_000
CALLERS_MOST = 1_000

_STATES: Mapping[MemberStatus, State] = MappingProxyType(
    {
        MemberStatus.NOT_IN_USE: State.NOT_IN_USE,
        MemberStatus.IN_USE: State.IN_USE,
        MemberStatus.BUSY: State.BUSY,
        MemberStatus.INVALID: State.INVALID,
        MemberStatus.UNAVAILABLE: State.UNAVAILABLE,
        MemberStatus.RINGING: State.RINGING,
        MemberStatus.IN_USE_AND_RINGING: State.RINGING_IN_USE,
        MemberStatus.ON_HOLD: State.ON_HOLD,
        MemberStatus.UNKNOWN: State.UNKNOWN,
        MemberStatus.LOGGED_OUT: State.LOGGED_OUT,
    }
)
_TALKING = frozenset({State.IN_USE, State.BUSY, State.RINGING_IN_USE, State.ON_HOLD})


class CallCentre:
    """All agents, queues and memberships.

    Args:
        directory: what is kept equal to them.
        name_of: what the person is called whose phone has this identity ("SIP/x2gjtw").
        count_oddity: counts what a server should not have sent.
        now: the server's clock, in Unix seconds.
    """

    def __init__(
        self,
        directory: Directory,
        *,
        name_of: Callable[[str], str | None],
        count_oddity: Callable[[str], None],
        now: Callable[[], float],
    ) -> None:
        self._directory = directory
        self._name_of = name_of
        self._count_oddity = count_oddity
        self._now = now
        self.agent_features: frozenset[Feature] = frozenset()
        self.queue_features: frozenset[Feature] = frozenset()
        self.begin()

    def begin(self) -> None:
        """Forget everything; what comes is noted until `commit`."""
        self._is_live = False
        self.agents = Register(AgentFacts, AGENTS_MOST)
        self.queues = Register(QueueFacts, QUEUES_MOST)
        self.members = Register(Member, MEMBERS_MOST)
        # By the queue's name, and by the member's interface; then by id.
        self._members_of_queue: dict[str, dict[str, Member]] = {}
        self._memberships: dict[str, dict[str, Member]] = {}
        self._queue_of_name: Index[QueueFacts] = Index()
        self._agent_of_number: Index[AgentFacts] = Index()

    async def commit(self, *, whole: bool) -> None:
        """Make all agents and queues; those that are not there go if the snapshot is whole."""
        for agent in self.agents:
            self._agent_of_number.put(agent.number, agent)
        for queue in self.queues:
            self._queue_of_name.put(queue.name, queue)
        async for member in by_turns(self.members):
            self._index_member(member)
        directory = self._directory
        agents = {each.id: each for each in map(self._agent, self.agents)}
        directory.agents.replace_all(agents, complete=whole and self.agents.is_listed)
        queues = {each.id: each for each in map(self._queue, self.queues)}
        directory.queues.replace_all(queues, complete=whole and self.queues.is_listed)
        for queue in self.queues:
            queue.record = directory.queues.get((queue.id,))
        for record in directory.queues:
            if self.queues.get(record.object.id[0]) is None:  # nothing is known of its callers
                directory.update(record, callers=())
        self._is_live = True

    # --- agents --------------------------------------------------------------------------------

    def _agent(self, agent: AgentFacts) -> Agent:
        availability = None
        if agent.availability is not None:
            availability = AgentAvailability(agent.availability.value)
        is_logged_out = availability in {None, AgentAvailability.LOGGED_OUT}
        memberships = self._memberships_of(agent)
        queues = {queue for each in agent.queues if (queue := self._name_by_id(each))}
        queues |= {self._shown_name(each.queue) for each in memberships}
        paused_in = {self._shown_name(each.queue) for each in memberships if _is_paused(each)}
        return Agent(
            id=(agent.id,),
            number=agent.number or "",
            name=agent.full_name or None,
            group=(agent.context,) if agent.context else (),
            features=self.agent_features,
            availability=availability,
            since=moment(agent.availability_since),
            # The server still tells on which phone somebody was logged in before.
            phone=None if is_logged_out else agent.phone_number or None,
            on_agent_call=agent.on_queue_call,
            wrap_up=agent.wrap_up,
            queues=tuple(sorted(queues)),
            paused_in=tuple(sorted(paused_in)),
        )

    def _memberships_of(self, agent: AgentFacts) -> Iterable[Member]:
        return self._memberships.get(f"Agent/{agent.number}", {}).values()

    def _name_by_id(self, queue_id: str) -> str | None:
        queue = self.queues.get(queue_id)
        return None if queue is None else queue.shown_name

    def _shown_name(self, name: str) -> str:
        queue = self._queue_of_name.one(name)
        return (queue and queue.shown_name) or name

    def _show_agent(self, agent: AgentFacts) -> None:
        if agent.is_known:
            self._directory.agents.put(self._agent(agent))

    def agent_changed(self, agent: AgentFacts, old: Mapping[str, Any]) -> None:
        """Bring an agent up to date, and the queues that it is a member of if it is called otherwise."""
        if not self._is_live:
            return
        if not old.keys().isdisjoint({"number", "first_name", "last_name"}):
            self._agent_of_number.drop(old.get("number"), agent)
            self._agent_of_number.put(agent.number, agent)
            for number in {old.get("number"), agent.number}:
                self.interface_named(f"Agent/{number}")
        self._show_agent(agent)

    def agent_removed(self, agent: AgentFacts) -> None:
        """Take an agent out; memberships are removed for themselves."""
        if not self._is_live:
            return
        self._agent_of_number.drop(agent.number, agent)
        if (record := self._directory.agents.get((agent.id,))) is not None:
            self._directory.agents.remove(record)
        self.interface_named(f"Agent/{agent.number}")

    def agent_told(self, message: AgentStatusUpdated) -> None:
        """Take in that an agent has logged in or out who was registered for."""
        agent = self.agents.get(message.agent_id)
        if agent is None:
            return
        was_logged_in = agent.availability not in {None, Availability.LOGGED_OUT}
        if message.logged_in != was_logged_in or agent.availability is None:
            now = Availability.AVAILABLE if message.logged_in else Availability.LOGGED_OUT
            told = {"availability": now, "availability_since": self._now()}
            self.agent_changed(agent, agent.merge(told))

    # --- memberships ---------------------------------------------------------------------------

    def _index_member(self, member: Member) -> None:
        of_queue = self._members_of_queue.setdefault(member.queue, {})
        if member.id not in of_queue and len(of_queue) >= MEMBERS_OF_A_QUEUE_MOST:
            self._count_oddity("more members than a queue has")
            return
        of_queue[member.id] = member
        self._memberships.setdefault(member.interface, {})[member.id] = member
        member.shown = self._member(member)

    def _unindex_member(self, member: Member, interface: str, queue: str) -> None:
        for index, key in ((self._members_of_queue, queue), (self._memberships, interface)):
            if key in index:
                index[key].pop(member.id, None)
                if not index[key]:
                    del index[key]

    def _member(self, member: Member) -> QueueMember:
        if (number := member.agent_number) is None:
            agent, name = None, self._name_of(member.interface)
        else:
            agent = self._agent_of_number.one(number)
            name = agent.full_name if agent else None
        return QueueMember(
            name or member.interface.partition("/")[2] or member.interface,
            _STATES[member.status],
            member.paused,
            (agent.id,) if agent else None,
        )

    def member_changed(self, member: Member, old: Mapping[str, Any]) -> None:
        """Bring the queue and the agent of a membership up to date."""
        if not self._is_live:
            return
        if not old.keys().isdisjoint({"interface", "queue"}):
            interface, queue = (
                old.get("interface", member.interface),
                old.get("queue", member.queue),
            )
            self._unindex_member(member, interface, queue)
            self._show_both(interface, queue)
        if member.is_known:
            self._index_member(member)
            self._show_both(member.interface, member.queue)

    def member_removed(self, member: Member) -> None:
        """End a membership."""
        if self._is_live and member.is_known:
            self._unindex_member(member, member.interface, member.queue)
            self._show_both(member.interface, member.queue)

    def _show_both(self, interface: str, queue_name: str) -> None:
        for queue in self._queue_of_name.all(queue_name):
            self._update(queue, self._who(queue) | self._numbers(queue))
        for agent in self._agent_of_number.all(interface.removeprefix("Agent/")):
            self._show_agent(agent)

    def interface_named(self, interface: str) -> None:
        """Bring the queues up to date in which a member is called otherwise."""
        if self._is_live:
            for member in self._memberships.get(interface, {}).values():
                member.shown = self._member(member)
                for queue in self._queue_of_name.all(member.queue):
                    self._update(queue, self._who(queue))

    # --- queues --------------------------------------------------------------------------------

    def _queue(self, queue: QueueFacts) -> Queue:
        return Queue(
            id=(queue.id,),
            number=queue.number,
            name=queue.shown_name,
            key=queue.name or "",
            group=(queue.context,) if queue.context else (),
            features=self.queue_features,
            callers=queue.callers,
            **self._who(queue),
            **self._numbers(queue),
        )

    def _who(self, queue: QueueFacts) -> dict[str, Any]:
        members = self._members_of_queue.get(queue.name or "", {}).values()
        shown = [member.shown for member in members if member.shown is not None]
        return {"members": tuple(sorted(shown, key=_in_order))}

    def _numbers(self, queue: QueueFacts) -> dict[str, Any]:
        """Return how many wait, and how many take calls: as told, or else as counted."""
        told = queue.numbers
        agents = [
            member.shown
            for member in self._members_of_queue.get(queue.name or "", {}).values()
            if member.shown is not None and member.agent_number is not None
        ]
        present = [agent.state for agent in agents if agent.state is not State.LOGGED_OUT]
        free = sum(a.state is State.NOT_IN_USE and not a.paused for a in agents)
        # A server tells who waits from the first caller on whom it has seen.
        waiting = told.get("waiting", 0 if told else None)
        return {
            "waiting": waiting,
            "longest_wait": 0.0 if waiting == 0 else told.get("longest_wait"),
            "estimated_wait": told.get("estimated_wait"),
            "agents_logged_in": told.get("logged_agents", len(present)),
            "agents_available": told.get("available_agents", free),
            "agents_talking": told.get(
                "talking_agents", sum(state in _TALKING for state in present)
            ),
        }

    def _update(self, queue: QueueFacts, changes: Mapping[str, Any]) -> None:
        if queue.record is not None:
            self._directory.update(queue.record, **changes)

    def queue_changed(self, queue: QueueFacts, old: Mapping[str, Any]) -> None:
        """Bring a queue up to date, and its agents if it is called otherwise."""
        if not self._is_live or not queue.is_known:
            return
        self._queue_of_name.drop(old.get("name"), queue)
        self._queue_of_name.put(queue.name, queue)
        queue.record = self._directory.queues.put(self._queue(queue))
        if not old.keys().isdisjoint({"name", "display_name"}):
            self._show_agents_of(queue)

    def queue_removed(self, queue: QueueFacts) -> None:
        """Take a queue out, and from its agents."""
        if not self._is_live:
            return
        self._queue_of_name.drop(queue.name, queue)
        if queue.record is not None:
            self._directory.queues.remove(queue.record)
            queue.record = None
        self._show_agents_of(queue)

    def _show_agents_of(self, queue: QueueFacts) -> None:
        members = self._members_of_queue.get(queue.name or "", {}).values()
        numbers = {member.agent_number for member in members}
        for agent in self.agents:
            if queue.id in agent.queues or agent.number in numbers:
                self._show_agent(agent)

    def statistics_told(self, message: QueueStatistics) -> None:
        """Take in how queues do; what was asked for is somebody else's answer."""
        if message.reply_id is not None:
            return
        for queue_id, numbers in message.queues.items():
            if queue := self.queues.records.get(queue_id):
                self._note(queue, numbers)
                if self._is_live:
                    self._update(queue, self._numbers(queue))

    @staticmethod
    def _note(queue: QueueFacts, numbers: Mapping[str, Any]) -> None:
        """Keep what is told of a queue, beside what was told before."""
        queue.numbers |= numbers
        if queue.numbers.get("waiting") == 0:  # the next has not waited as long as the last one had
            queue.numbers.pop("longest_wait", None)

    # --- callers -------------------------------------------------------------------------------

    def entries_told(self, message: QueueEntries) -> None:
        """Take in who waits in a queue; who has come or gone since is told."""
        queue = self.queues.records.get(message.queue_id)
        if queue is None:
            return
        if len(message.entries) > CALLERS_MOST:
            self._count_oddity("more callers than wait in a queue")
        before = {caller.id: caller for caller in queue.callers}
        entries = sorted(message.entries, key=lambda entry: entry.position)[:CALLERS_MOST]
        callers = {caller.id: caller for caller in map(self._caller, entries)}
        queue.callers = tuple(callers.values())
        if not message.problems:
            self._note(queue, {"waiting": len(message.entries)})
        if not self._is_live or queue.record is None:
            return
        self._update(queue, {"callers": queue.callers} | self._numbers(queue))
        for kind, here, there in (
            (PassageKind.LEFT, before, callers),
            (PassageKind.JOINED, callers, before),
        ):
            for caller_id, caller in here.items():
                if caller_id not in there:
                    queue.record.tell_event(CallerEvent(kind, caller))

    def _caller(self, entry: QueueEntry) -> QueueCaller:
        since = moment(entry.joined) or moment(self._now()) or datetime.now(UTC)
        return QueueCaller(
            entry.unique_id or f"{entry.number}@{entry.joined}",
            entry.position,
            since,
            entry.number or None,
            entry.name or None,
        )


def _is_paused(member: Member) -> bool:
    return member.paused and member.status is not MemberStatus.LOGGED_OUT


def _in_order(member: QueueMember) -> tuple[str, str]:
    return member.name, str(member.agent)
