"""An office day: people come and go, take breaks and redirect calls, and telephones ring.

`OfficeDay.go_on` lets one thing happen: mostly something that becomes of a call, so that calls end.
`flurry` is for bursts: each of its steps is one push of a number's state.
"""

from typing import TYPE_CHECKING

from .calls import Stage
from .default_office import NAMES
from .notification_bodies import Notice
from .states import OCCUPIED, UserState, Wish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    import random

    from .calls import Call
    from .office import User
    from .server import OktellSimulator

_PEOPLE_A_CALL = 5  # people for each call that goes on at a time
_OF_CALLS = 0.35  # how likely something becomes of a call, where there is one
_ANSWERED = 0.9  # how many calls are
_GOES = 0.3  # how likely somebody who is there goes, when others would come
_GOES_HOME = 0.3  # how many of those are not seen at all
_MESSAGES = ("Зайди, пожалуйста, как освободишься", "Обед?", "Call me back, please")
_NOTICES = ("Зарегистрирована линия 17001", "Очередь Техподдержки: ждут трое", "Backup finished")
_FLURRY = (UserState.READY, UserState.BREAK, UserState.AWAY, UserState.BUSY)


class OfficeDay:
    """One day in an office."""

    def __init__(self, simulator: OktellSimulator, rng: random.Random) -> None:
        self._simulator = simulator
        self._office = simulator.office
        self._states = simulator.states
        self._calls = simulator.calls
        self._rng = rng
        self._acts: dict[Callable[[User], None], int] = {
            self._call_inside: 3,
            self._call_from_outside: 6,
            self._come_or_go: 3,
            self._change_break: 3,
            self._change_call_center: 1,
            self._change_redirect: 1,
            self._write: 1,
            self._notify: 1,
        }

    def go_on(self) -> bool:
        """Let one thing happen; tell whether there is anyone it could happen to."""
        people = self._office.people()
        if not people:
            return False
        calls = list(self._calls.calls.values())
        if calls and self._rng.random() < _OF_CALLS:
            self._advance(self._rng.choice(calls))
        else:
            act = self._rng.choices(list(self._acts), list(self._acts.values()))[0]
            act(self._rng.choice(people))
        return True

    def _advance(self, call: Call) -> None:
        if call.stage is Stage.TALKING:
            self._calls.hang_up(call)
        elif self._rng.random() < _ANSWERED:
            self._calls.answer(call)
        else:
            self._calls.no_answer(call)

    def _call_inside(self, user: User) -> None:
        other = self._rng.choice(self._office.people())
        if user is not other and self._is_free(user) and self._is_free(other) and self._has_room():
            self._calls.ring(user.main, other.main)

    def _call_from_outside(self, user: User) -> None:
        if self._is_free(user) and self._has_room():
            number = f"8495{self._rng.randint(0, 9_999_999):07}"
            self._calls.ring(number, user.main, self._rng.choice(NAMES))

    def _come_or_go(self, user: User) -> None:
        match user.standing.state:
            case UserState.READY if self._is_free(user) and self._rng.random() < _GOES:
                leaves = self._rng.random() < _GOES_HOME
                self._states.put(user, state=UserState.DISCONNECTED if leaves else UserState.AWAY)
            case UserState.AWAY | UserState.DISCONNECTED | UserState.NO_PHONE:
                self._states.put(user, state=UserState.READY)

    def _change_break(self, user: User) -> None:
        if user.standing.on_break:
            self._states.ask(user, Wish(on_break=False))
        else:
            reason = self._rng.choice(list(self._office.break_reasons) or [0])
            self._states.ask(user, Wish(state=UserState.BREAK, reason_id=reason))

    def _change_call_center(self, user: User) -> None:
        if user.is_operator:
            self._states.ask(user, Wish(call_center=not user.standing.call_center))

    def _change_redirect(self, user: User) -> None:
        self._states.ask(user, Wish(redirect=not user.standing.redirect))

    def _write(self, user: User) -> None:
        sender = self._rng.choice(self._office.people())
        if sender is not user:
            text = self._rng.choice(_MESSAGES)
            self._simulator.messenger.deliver(sender, user, text)
            self._simulator.notifier.post_later(114, user, Notice(text=text, sender=sender.name))

    def _notify(self, _user: User) -> None:
        self._simulator.notifier.post_later(112, None, Notice(text=self._rng.choice(_NOTICES)))

    def _is_free(self, user: User) -> bool:
        line = user.line
        is_idle = line is not None and line.call is None and line.held is None
        return is_idle and user.standing.state is UserState.READY

    def _has_room(self) -> bool:
        return len(self._calls.calls) <= len(self._office.users) // _PEOPLE_A_CALL


def flurry(simulator: OktellSimulator, rng: random.Random) -> Iterator[bool]:
    """Let one push after the other happen, for as long as there is anyone with a number."""
    people = [user for user in simulator.office.people() if user.numbers]
    while people:
        user = rng.choice(people)
        others = [state for state in _FLURRY if state is not user.standing.state]
        state = rng.choice(others)
        if user.standing.state not in OCCUPIED or user.line is None or user.line.call is None:
            simulator.states.put(user, state=state)
            yield True
