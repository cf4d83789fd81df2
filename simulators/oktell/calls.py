"""Telephone calls: who calls whom, and how far it has come.

    ring ──▶ RINGING ──answer──▶ TALKING ──hang_up──▶ over
    dial ──▶ CALLING_BACK (the line first) or CALLING_OUT (the other first, then CALLING_BACK)

A line is in one call; a flash holds that one, and then there may be a second. Events go out as soon
as something happens; what can be asked for, and the users' states, follow `settles_after` later.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from .office import OfficeError
from .states import UNREACHABLE, UserState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .call_events import CallEvents
    from .office import Line, User
    from .site import Site


class Stage(StrEnum):
    """How far a call has come."""

    RINGING = "ringing"  # the called one's telephone rings, the caller hears it
    CALLING_OUT = "calling_out"  # the dialer calls the other one
    CALLING_BACK = "calling_back"  # the dialer calls the line on whose behalf it dials
    TALKING = "talking"
    ENDED = "ended"


class Phase(StrEnum):
    """What a line does."""

    IDLE = "idle"
    CALLING = "calling"
    RINGING = "ringing"
    RINGING_BACK = "ringing_back"
    DIALING = "dialing"  # the dialer is at work
    TALKING = "talking"
    WAITING = "waiting"  # the other one has flashed
    FLASHING = "flashing"  # holds somebody, and talks to nobody


@dataclass(slots=True)
class Party:
    """One end of a call; somebody outside has no user."""

    number: str
    name: str
    user: User | None = None


@dataclass(slots=True, eq=False)
class Call:
    """A call between two parties."""

    id: str
    caller: Party
    callee: Party
    stage: Stage
    created: float
    commutation_id: str = ""
    answered: float | None = None
    answers_itself: bool = False  # if calls are answered at all
    callee_waits: bool = False  # the dialer has the other one, and calls the line back
    before: dict[str, UserState] = field(default_factory=dict)  # of each user, by id

    @property
    def parties(self) -> tuple[Party, Party]:
        """Who calls, and who is called."""
        return self.caller, self.callee

    @property
    def users(self) -> list[User]:
        """The users in it."""
        return [party.user for party in self.parties if party.user is not None]

    def party_of(self, user: User) -> Party:
        """Return a user's own end."""
        return self.caller if self.caller.user is user else self.callee

    def other(self, user: User) -> Party:
        """Return the end that is not this user's."""
        return self.callee if self.caller.user is user else self.caller


@dataclass(frozen=True, slots=True)
class View:
    """What is to be told of a line."""

    phase: Phase
    call: Call
    held: Call | None


_CALLERS_PHASE: Mapping[Stage, Phase] = {
    Stage.RINGING: Phase.CALLING,
    Stage.CALLING_OUT: Phase.DIALING,
    Stage.CALLING_BACK: Phase.RINGING_BACK,
    Stage.TALKING: Phase.TALKING,
}
_CALLEES_PHASE: Mapping[Stage, Phase] = {
    Stage.RINGING: Phase.RINGING,
    Stage.CALLING_OUT: Phase.RINGING,
    Stage.CALLING_BACK: Phase.WAITING,
    Stage.TALKING: Phase.TALKING,
}
_OUT_OF_SERVICE = frozenset({UserState.DISCONNECTED, UserState.NO_PHONE})


class Calls:
    """All calls, and what becomes of them."""

    def __init__(self, site: Site, events: CallEvents) -> None:
        self.calls: dict[str, Call] = {}
        self._site = site
        self._events = events

    def find(self, number: str) -> Call:
        """Return the call that a number is in, or that has this id.

        Raises:
            OfficeError: there is none.
        """
        if number in self.calls:
            return self.calls[number]
        for call in reversed(self.calls.values()):
            users = [user for user in call.users if number in {*user.numbers, user.login, user.id}]
            if users or number in {party.number for party in call.parties}:
                return call
        raise OfficeError(f"{number} is in no call")

    def ring(self, caller: str, called: str, name: str = "") -> Call:
        """Let somebody call a number: a user by their own number, or somebody outside of that name.

        Raises:
            OfficeError: nobody can be called there, or the caller is in a call.
        """
        start = self._party(caller, name)
        if start.user is not None:
            _check_may_call(start.user)
        target = self._target(called, start)
        if start.user is None and target.user is None:
            raise OfficeError(f"neither {caller} nor {called} is here")
        return self._begin(start, target, Stage.RINGING)

    def dial(self, user: User, number: str, *, line_first: bool, outside: bool = False) -> Call:
        """Let the dialer connect a user with a number, the user's own line being called first or last.

        A user who holds somebody consults the other meanwhile, without the dialer. `outside` is for
        a number that must not be one of the office's.

        Raises:
            OfficeError: the user is in a call, or nobody can be called there.
        """
        _check_may_call(user)
        own = Party(user.main, user.name, user)
        target = Party(number, "") if outside else self._target(number, own)
        stage = Stage.CALLING_BACK if line_first else Stage.CALLING_OUT
        if _line(user).held is not None:
            stage = Stage.RINGING
        return self._begin(own, target, stage, answers_itself=True)

    def answer(self, call: Call) -> None:
        """Let whoever's telephone rings answer."""
        if call.stage is Stage.TALKING:
            raise OfficeError("it has been answered")
        self._events.stopped_ringing(call)
        if call.stage is Stage.CALLING_OUT:
            call.callee_waits = True
            call.stage = Stage.CALLING_BACK
            self._events.rings_back(call)
        elif call.stage is Stage.CALLING_BACK and not call.callee_waits:
            call.stage = Stage.RINGING
            self._events.rings(call)
        else:
            self._connect(call)
        self._settle(call)
        self._let_answer(call)

    def no_answer(self, call: Call) -> None:
        """Let it ring out: a user who did not answer counts as away from now on."""
        ringing = self._ringing_user(call)
        self.hang_up(call)
        if ringing is not None:
            self._site.states.put(ringing, state=UserState.AWAY)

    def hang_up(self, call: Call) -> None:
        """End a call, and what those in it hold meanwhile."""
        if call.stage is Stage.TALKING:
            self._events.stopped_talking(call)
        else:
            self._events.stopped_ringing(call)
        holders = [user for user in call.users if _line(user).held is call]
        self._end(call)
        for user in holders:
            self._events.flashed(user, lost=True)
        for user in call.users:
            held = _line(user).held
            if held is not None and _line(user).call is None and user not in holders:
                self.hang_up(held)

    def decline(self, user: User) -> bool:
        """Refuse the call that rings at a user; tell whether there was one."""
        call = _line(user).call
        if call is None or self._ringing_user(call) is not user:
            return False
        self.hang_up(call)
        return True

    def pick_up(self, user: User) -> bool:
        """Answer the call that rings at a user; tell whether there was one."""
        call = _line(user).call
        if call is None or self._ringing_user(call) is not user:
            return False
        self.answer(call)
        return True

    def stop_dialing(self, user: User) -> bool:
        """End what the dialer does for a user; tell whether it did anything."""
        call = _line(user).call
        if call is None or call.stage not in {Stage.CALLING_OUT, Stage.CALLING_BACK}:
            return False
        self.hang_up(call)
        return True

    def abort(self, user: User) -> bool:
        """End the call that a user is in; tell whether there was one."""
        line = _line(user)
        call = line.call or line.held
        if call is not None:
            self.hang_up(call)
        return call is not None

    def flash(self, user: User, mode: str = "") -> bool:
        """Press the flash button: hold, go back (`abort`), or change between two (`switch`, `next`)."""
        line = _line(user)
        if mode == "abort":
            return self._go_back(user, line)
        if line.held is None and line.call is not None and line.call.stage is Stage.TALKING:
            line.held, line.call = line.call, None
        elif line.held is not None and (line.call is None or line.call.stage is Stage.TALKING):
            line.held, line.call = line.call, line.held
        else:
            return False
        self._told_flash(user)
        return True

    def transfer(self, user: User, number: str) -> bool:
        """Give whom a user talks to, or holds, to a number; tell whether there was anyone.

        Raises:
            OfficeError: nobody can be called there.
        """
        line = _line(user)
        call = line.held or line.call
        if call is None or call.stage is not Stage.TALKING:
            return False
        other = call.other(user)
        target = self._target(number, other)
        consulted, line.held = (line.call if line.held is not None else None), None
        if consulted is not None:
            self.hang_up(consulted)
        self._events.stopped_talking(call)
        self._end(call)
        self._begin(other, target, Stage.RINGING, answers_itself=True)
        return True

    def phase(self, user: User) -> Phase:
        """Return what a user's line does."""
        line = _line(user)
        call = line.call
        if call is None:
            return Phase.FLASHING if line.held is not None else Phase.IDLE
        other = call.other(user).user
        if other is not None and _line(other).held is call:
            return Phase.WAITING
        if call.caller.user is user:
            return _CALLERS_PHASE[call.stage]
        if call.stage is Stage.CALLING_BACK and not call.callee_waits:
            return Phase.IDLE  # knows nothing of it yet
        return _CALLEES_PHASE[call.stage]

    def _party(self, number: str, name: str = "") -> Party:
        """Return who is called at a number: a user, the first free one of a group, somebody outside."""
        group = self._site.office.groups.get(number)
        if group is not None:
            free = [user for user in group.members if _is_free(user)]
            if not free:
                raise OfficeError(f"nobody is free in {group.name}")
            return Party(number, free[0].name, free[0])
        user = self._site.office.with_number(number)
        return Party(number, name if user is None else user.name, user)

    def _target(self, number: str, caller: Party) -> Party:
        """Return who is called at a number, if the call can reach them."""
        party = self._party(number)
        user = party.user
        if user is not None and (
            user is caller.user or not _is_idle(user) or user.standing.state in UNREACHABLE
        ):
            raise OfficeError(f"{number} cannot be called")
        return party

    def _begin(
        self, caller: Party, callee: Party, stage: Stage, *, answers_itself: bool = False
    ) -> Call:
        call = Call(
            self._site.guid(),
            caller,
            callee,
            stage,
            self._site.clock(),
            commutation_id=self._site.guid(),
            answers_itself=answers_itself,
        )
        self.calls[call.id] = call
        for user in call.users:
            _line(user).call = call
            call.before[user.id] = user.standing.state
        self._tell_beginning(call)
        self._settle(call)
        self._let_answer(call)
        return call

    def _tell_beginning(self, call: Call) -> None:
        match call.stage:
            case Stage.CALLING_BACK:
                self._events.rings_back(call)
            case Stage.CALLING_OUT:
                self._events.dials(call)
                self._events.rings(call)
            case _:
                self._events.rings(call)

    def _connect(self, call: Call) -> None:
        call.stage = Stage.TALKING
        call.answered = self._site.clock()
        self._events.talks(call)

    def _end(self, call: Call) -> None:
        del self.calls[call.id]
        call.stage = Stage.ENDED
        for user in call.users:
            line = _line(user)
            if line.call is call:
                line.call = None
            if line.held is call:
                line.held = None
        self._settle(call)

    def _go_back(self, user: User, line: Line) -> bool:
        if line.held is None:
            return False
        if line.call is not None:
            consulted, held = line.call, line.held
            line.held = None  # or it would end as well
            self.hang_up(consulted)
            line.held = held
        line.held, line.call = None, line.held
        self._told_flash(user)
        return True

    def _told_flash(self, user: User) -> None:
        self._events.flashed(user)
        for each in (_line(user).call, _line(user).held):
            if each is not None:
                self._settle(each)

    def _ringing_user(self, call: Call) -> User | None:
        """Return whose telephone rings."""
        match call.stage:
            case Stage.RINGING | Stage.CALLING_OUT:
                return call.callee.user
            case Stage.CALLING_BACK:
                return call.caller.user
        return None

    def _let_answer(self, call: Call) -> None:
        """Let a call that a client wanted go on by itself, if calls are answered."""
        seconds = self._site.settings.answers_after
        if seconds is None or not call.answers_itself or call.stage is Stage.TALKING:
            return
        stage = call.stage

        def answer() -> None:
            if call.id in self.calls and call.stage is stage:
                self.answer(call)

        self._site.later(seconds, answer)

    def _settle(self, call: Call) -> None:
        """Let what has become of a call's lines be seen, a moment after its events."""

        def settle() -> None:
            for user in call.users:
                self._show(user, call)

        if self._site.settings.settles_after > 0:
            self._site.later(self._site.settings.settles_after, settle)
        else:
            settle()

    def _show(self, user: User, call: Call) -> None:
        line, phase = _line(user), self.phase(user)
        shown = line.call or line.held
        line.view = None if shown is None or phase is Phase.IDLE else View(phase, shown, line.held)
        if shown is None:
            self._site.states.release(user, call.before[user.id])
        elif phase not in {Phase.IDLE, Phase.DIALING}:
            self._site.states.occupy(user)
        self._events.line_changed(user)


def _line(user: User) -> Line:
    if user.line is None:
        raise OfficeError(f"{user.name} has no line")
    return user.line


def _is_idle(user: User) -> bool:
    return _line(user).call is None and _line(user).held is None


def _is_free(user: User) -> bool:
    return user.standing.state is UserState.READY and user.line is not None and _is_idle(user)


def _check_may_call(user: User) -> None:
    if _line(user).call is not None or user.standing.state in _OUT_OF_SERVICE:
        raise OfficeError(f"the line of {user.name} is not free")
