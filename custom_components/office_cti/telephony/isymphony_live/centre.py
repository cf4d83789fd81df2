"""Queues, and the agents who take their calls.

An agent of the server belongs to one queue; who has the same telephone in several is shown as one. Who is in
no queue any more is logged out, and not gone: the queues that an agent has left are remembered, since nothing
else tells later which these were.

Events tell of log-ins and log-outs alone, so all else is asked for again and again; an answer for a queue of
which an event has told since it was asked is passed over.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Self

from ..call_steps import Clock
from ..directory import Directory
from ..model import (
    Agent,
    AgentAvailability,
    Feature,
    ObjectId,
    Queue,
    QueueMember,
    QueueMemberState,
)
from .events import AgentLogin, AgentLogout
from .found import AgentFound, Place, QueueFound
from .marks import Marks

# The state of an agent who can take a call; Asterisk's word. Others are of one who cannot just now.
_FREE = "NOT_INUSE"
_MEMBER_STATES: Mapping[str, QueueMemberState] = MappingProxyType(
    {
        "NOT_INUSE": QueueMemberState.NOT_IN_USE,
        "INUSE": QueueMemberState.IN_USE,
        "BUSY": QueueMemberState.BUSY,
        "INVALID": QueueMemberState.INVALID,
        "UNAVAILABLE": QueueMemberState.UNAVAILABLE,
        "RINGING": QueueMemberState.RINGING,
        "RINGINUSE": QueueMemberState.RINGING_IN_USE,
        "ONHOLD": QueueMemberState.ON_HOLD,
    }
)
# What no office has: a server that goes on beyond is not followed.
MEMBERS_MOST = 4096
AGENTS_MOST = 10_000


def agent_key(place: Place, number: str) -> ObjectId:
    """Return what an agent is known by: the number of its telephone, or else its name.

    Who has neither is known by nothing that lasts, and only counts in its queue.
    """
    return place.slug, number


@dataclass(slots=True, eq=False)
class Membership:
    """An agent of one queue. `id` and `extension_id` are the server's, for now."""

    id: str
    agent_key: ObjectId
    name: str
    number: str
    extension_id: str
    state: str = ""
    is_paused: bool = False

    @classmethod
    def outside(cls, agent: Agent) -> Self:
        """Return an agent as it is known to a queue in which nobody has seen it."""
        return cls("", agent.id, agent.name or agent.number, agent.number, "")


@dataclass(slots=True, eq=False)
class Team:
    """A queue and its agents by their ids. `id` is the server's, for now."""

    key: ObjectId
    place: Place
    id: str
    name: str
    identifier: str
    members: dict[str, Membership] = field(default_factory=dict)
    waiting: int | None = None


type _Memberships = dict[ObjectId, tuple[Team, Membership]]


class Centre:
    """All queues and agents of one server.

    Args:
        directory: what is kept equal to them.
        marks: tells which answers are older than events.
        now: tells the time (UTC).
    """

    def __init__(self, directory: Directory, marks: Marks, now: Clock) -> None:
        self._directory = directory
        self._marks = marks
        self._now = now
        # By core server's slug, and then by the queue's id.
        self._teams: dict[str, dict[str, Team]] = {}
        # By agent, and then by queue: where agents are, and which queues they have left.
        self._agents: dict[ObjectId, _Memberships] = {}
        self._left: dict[ObjectId, dict[ObjectId, Membership]] = {}
        self.agent_features: frozenset[Feature] = frozenset()
        self.queue_features: frozenset[Feature] = frozenset()

    # --- what the answers tell -----------------------------------------------------------------

    def commit(
        self, told: Mapping[Place, Iterable[QueueFound] | None], *, whole: bool, anew: bool
    ) -> None:
        """Take in all queues of all core servers; what is not told of one stays.

        Unless it is all begun anew, what events have told meanwhile stays, too.
        """
        teams: dict[str, dict[str, Team]] = {}
        for place, queues in told.items():
            known = self._teams.get(place.slug, {})
            if queues is None:
                teams[place.slug] = known
            elif anew:
                teams[place.slug] = {each.queue.id: _team(place, each) for each in queues}
            else:
                teams[place.slug] = self._with_answers(place, queues)
        self._teams = teams
        self._show(whole=whole)

    def queues_told(self, place: Place, queues: Iterable[QueueFound]) -> None:
        """Take in all queues of a core server that has been known before."""
        self._teams[place.slug] = self._with_answers(place, queues)
        self._show(whole=True)

    def _with_answers(self, place: Place, queues: Iterable[QueueFound]) -> dict[str, Team]:
        """Return the queues that are told: as they are told, where no event has told of them since."""
        known = self._teams.get(place.slug, {})
        teams: dict[str, Team] = {}
        for each in queues:
            team = known.get(each.queue.id)
            is_current = self._marks.mark(each.queue.id) == each.asked
            if team is None or (is_current and each.agents is not None):
                team = _team(place, each, team)
            teams[each.queue.id] = team
        return teams

    # --- what events tell ----------------------------------------------------------------------

    def logged_in(self, place: Place, event: AgentLogin) -> bool:
        """Take in that somebody is in a queue; False if nobody has heard of the queue."""
        team = self._teams.get(place.slug, {}).get(event.queue_id or "")
        if team is None or not event.agent_id:
            return False
        self._marks.told(team.id)
        member = team.members.get(event.agent_id)
        if member is None and len(team.members) < MEMBERS_MOST:
            member = team.members[event.agent_id] = _joined(place, event)
        if member is not None:
            member.state = event.state or member.state
            self._moved(member.agent_key, {team.key: (team, member)})
            self._show_queue(team)
        return True

    def logged_out(self, place: Place, event: AgentLogout) -> None:
        """Take in that somebody is in a queue no more."""
        team = self._teams.get(place.slug, {}).get(event.queue_id or "")
        if team is None:
            return
        self._marks.told(team.id)
        member = team.members.pop(event.agent_id or "", None)
        if member is not None:
            self._moved(member.agent_key, {}, (team.key,))
            self._show_queue(team)

    def _moved(
        self, agent_key: ObjectId, joined: _Memberships, left: Iterable[ObjectId] = ()
    ) -> None:
        if not agent_key[-1]:
            return
        before = self._agents.get(agent_key, {})
        gone = frozenset(left)
        after = {key: each for key, each in before.items() if key not in gone} | joined
        self._remember(agent_key, before, after)
        self._agents[agent_key] = after
        self._show_agent(agent_key)

    # --- showing -------------------------------------------------------------------------------

    def _show(self, *, whole: bool) -> None:
        """Show all queues and agents; only what differs is told."""
        teams = [team for teams in self._teams.values() for team in teams.values()]
        agents: dict[ObjectId, _Memberships] = {}
        for team in teams:
            for member in team.members.values():
                is_somebody = bool(member.agent_key[-1])
                if is_somebody and (member.agent_key in agents or len(agents) < AGENTS_MOST):
                    agents.setdefault(member.agent_key, {})[team.key] = team, member
        for key in self._agents.keys() | agents.keys():
            self._remember(key, self._agents.get(key, {}), agents.get(key, {}))
        known = self._agents.keys() - agents.keys()
        self._agents = agents | {key: {} for key in known}
        with self._directory.bulk():
            queues = {team.key: self._queue(team) for team in teams}
            self._directory.queues.replace_all(queues, complete=whole and bool(queues))
            for key in self._agents:
                self._show_agent(key)

    def _show_queue(self, team: Team) -> None:
        self._directory.queues.put(self._queue(team))

    def _show_agent(self, key: ObjectId) -> None:
        memberships = list(self._agents[key].values())
        record = self._directory.agents.get(key)
        if memberships:
            self._directory.agents.put(self._agent(key, memberships))
        elif record is not None and record.object.logged_in:
            self._directory.update(
                record,
                availability=AgentAvailability.LOGGED_OUT,
                since=self._now(),
                phone=None,
                queues=(),
                paused_in=(),
            )

    def _agent(self, key: ObjectId, memberships: list[tuple[Team, Membership]]) -> Agent:
        team, first = memberships[0]
        is_free = all(member.state in {_FREE, ""} for _, member in memberships)
        # Who is paused in all queues gets no calls, as on every other telephone system.
        is_free = is_free and not all(member.is_paused for _, member in memberships)
        availability = AgentAvailability.AVAILABLE if is_free else AgentAvailability.UNAVAILABLE
        record = self._directory.agents.get(key)
        since = None  # nobody knows how long it has been so when it is first seen
        if record is not None:
            known = record.object
            since = known.since if known.availability is availability else self._now()
        return Agent(
            id=key,
            number=first.number,
            name=first.name,
            group=team.place.group,
            features=self.agent_features,
            availability=availability,
            since=since,
            phone=first.number or None,
            queues=tuple(team.name for team, _ in memberships),
            paused_in=tuple(team.name for team, member in memberships if member.is_paused),
        )

    def _queue(self, team: Team) -> Queue:
        members = tuple(map(_member, team.members.values()))
        free = QueueMemberState.NOT_IN_USE
        return Queue(
            id=team.key,
            number=team.identifier,
            name=team.name,
            group=team.place.group,
            features=self.queue_features,
            members=members,
            waiting=team.waiting,
            agents_logged_in=len(members),
            agents_available=sum(each.state is free and not each.paused for each in members),
            agents_talking=sum(each.state is QueueMemberState.IN_USE for each in members),
        )

    # --- who is where, and was -----------------------------------------------------------------

    def memberships(self, agent_key: ObjectId) -> tuple[tuple[Team, Membership], ...]:
        """Return an agent's places in queues."""
        return tuple(self._agents.get(agent_key, {}).values())

    def left(self, agent_key: ObjectId) -> tuple[tuple[Team, Membership], ...]:
        """Return the places that an agent had in queues, as far as these are still there."""
        teams = {team.key: team for teams in self._teams.values() for team in teams.values()}
        left = self._left.get(agent_key, {})
        return tuple((teams[key], member) for key, member in left.items() if key in teams)

    def team(self, key: ObjectId) -> Team | None:
        """Return a queue."""
        teams = self._teams.get(key[0], {}).values()
        return next((team for team in teams if team.key == key), None)

    def _remember(self, agent_key: ObjectId, before: _Memberships, after: _Memberships) -> None:
        """Note which queues an agent has left; who comes back to some has left the others for good."""
        if after and not before:
            self._left.pop(agent_key, None)
        for key in before.keys() - after.keys():
            self._left.setdefault(agent_key, {})[key] = before[key][1]


def _team(place: Place, found: QueueFound, before: Team | None = None) -> Team:
    queue = found.queue
    name = queue.name or queue.identifier
    team = Team((place.slug, queue.identifier), place, queue.id, name, queue.identifier)
    team.waiting = found.waiting
    team.members = {each.agent.id: _membership(place, each) for each in found.agents or ()}
    if before is not None:
        _keep_telephones(team, before)
    return team


def _keep_telephones(team: Team, before: Team) -> None:
    """Keep on which telephones agents are: where no answer tells it, an event may have."""
    for agent_id, member in team.members.items():
        known = before.members.get(agent_id)
        if known is not None and not member.number:
            member.agent_key, member.number = known.agent_key, known.number
            member.extension_id = known.extension_id


def _membership(place: Place, found: AgentFound) -> Membership:
    agent, extension = found
    number = "" if extension is None else extension.number
    return Membership(
        agent.id,
        agent_key(place, number or agent.name),
        agent.name or number,
        number,
        "" if extension is None else extension.id,
        agent.state,
        agent.is_paused,
    )


def _joined(place: Place, event: AgentLogin) -> Membership:
    agent_id, number = event.agent_id or "", event.extension_number or ""
    return Membership(
        agent_id,
        agent_key(place, number or event.agent or ""),
        event.agent or number,
        number,
        event.extension_id or "",
        event.state or "",
        is_paused=False,
    )


def _member(member: Membership) -> QueueMember:
    return QueueMember(
        member.name,
        _MEMBER_STATES.get(member.state, QueueMemberState.UNKNOWN),
        member.is_paused,
        member.agent_key,
    )
