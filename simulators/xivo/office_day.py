"""An office day: people change what others see of them, telephones ring, agents work through their queues.

`OfficeDay.go_on` lets one thing happen: mostly something that becomes of a call, so that calls end.
`flurry` is for bursts: each of its steps is one push, and true.
"""

from typing import TYPE_CHECKING

from .calls import CallState
from .default_office import FIRST_NAMES, LAST_NAMES
from .office import Hint
from .profiles import PRESENCES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    import random

    from .calls import Call
    from .office import Agent, Phone, User
    from .server import XivoSimulator

_PRESENT = [name for name, presence in PRESENCES.items() if presence.allowed]
_PEOPLE_A_CALL = 6  # people for each call that goes on at a time
_OF_CALLS = 0.6  # how likely something becomes of a call, where there is one
_FORWARDS = (("enableunc", "destunc"), ("enablerna", "destrna"), ("enablebusy", "destbusy"))


class OfficeDay:
    """One day in an office."""

    def __init__(self, simulator: XivoSimulator, rng: random.Random) -> None:
        self._simulator = simulator
        self._office = simulator.office
        self._calls = simulator.calls
        self._rng = rng
        self._acts: dict[Callable[[], None], int] = {
            self._call_inside: 3,
            self._call_from_outside: 4,
            self._call_queue: 5,
            self._change_presence: 4,
            self._change_dnd: 2,
            self._change_forward: 2,
            self._log_agent: 1,
            self._pause_agent: 2,
        }

    def go_on(self) -> bool:
        """Let one thing happen; tell whether there is anyone it could happen to."""
        if not self._office.users:
            return False
        calls = list(self._calls.calls.values())
        if calls and self._rng.random() < _OF_CALLS:
            self._advance(self._rng.choice(calls))
        else:
            acts = list(self._acts)
            self._rng.choices(acts, list(self._acts.values()))[0]()
        return True

    def _advance(self, call: Call) -> None:
        chance = self._rng.random()
        match call.state:
            case CallState.CALLING_CALLER:
                self._calls.answer(call)
            case CallState.RINGING if chance < 0.7:
                self._calls.answer(call)
            case CallState.RINGING if chance < 0.9:
                self._calls.no_answer(call)
            case CallState.WAITING if chance < 0.8:
                return  # patience
            case CallState.TALKING if call.callee is not None and chance < 0.35:
                self._do_in_call(call)
            case CallState.PARKED if phone := self._idle_phone():
                self._calls.unpark(call, phone.number)
            case _:
                self._calls.hang_up(call)

    def _do_in_call(self, call: Call) -> None:
        if call.is_held:
            self._calls.hold(call, held=False)
        elif self._rng.random() < 0.7 or call.member is not None:
            self._calls.hold(call)
        else:
            self._calls.park(call)

    def _call_inside(self) -> None:
        caller, called = self._idle_phone(), self._rng.choice(list(self._office.phones.values()))
        if caller is not None and caller is not called and self._has_room():
            self._calls.ring(caller.number, called.number)

    def _call_from_outside(self) -> None:
        phone = self._idle_phone()
        if phone is not None and self._has_room():
            self._calls.ring(*self._outsider(phone.number))

    def _call_queue(self) -> None:
        if self._office.queues and self._has_room():
            queue = self._rng.choice(list(self._office.queues.values()))
            self._calls.ring(*self._outsider(queue.number))

    def _outsider(self, called: str) -> tuple[str, str, str]:
        number = f"01455{self._rng.randint(0, 99_999):05}"
        name = f"{self._rng.choice(FIRST_NAMES)} {self._rng.choice(LAST_NAMES)}"
        return number, called, name

    def _has_room(self) -> bool:
        return len(self._calls.calls) <= len(self._office.users) // _PEOPLE_A_CALL

    def _idle_phone(self) -> Phone | None:
        idle = [phone for phone in self._office.phones.values() if phone.hint == Hint.IDLE]
        return self._rng.choice(idle) if idle else None

    def _user(self) -> User:
        return self._rng.choice(list(self._office.users.values()))

    def _change_presence(self) -> None:
        self._simulator.users.set_presence(self._user(), self._rng.choice(_PRESENT))

    def _change_dnd(self) -> None:
        user = self._user()
        features = {"enablednd": not user.features["enablednd"]}
        if self._rng.random() < 0.5:
            self._simulator.users.set_features(user, features)
        else:
            self._simulator.users.set_features_at_phone(user, features)

    def _change_forward(self) -> None:
        user = self._user()
        enable, destination = self._rng.choice(_FORWARDS)
        others = [each.number for each in self._office.phones.values() if each.user_id != user.id]
        if user.features[enable] or not others:
            features = {enable: False, destination: user.features[destination]}
        else:
            features = {enable: True, destination: self._rng.choice(others)}
        self._simulator.users.set_features(user, features)

    def _log_agent(self) -> None:
        agent = self._agent()
        if agent is None or agent.on_call_acd:
            return
        if agent.is_logged_in:
            self._simulator.call_center.log_out(agent)
        elif (phone := self._idle_phone()) and self._office.agent_on(phone) is None:
            self._simulator.call_center.log_in(agent, phone.number)

    def _pause_agent(self) -> None:
        agent = self._agent()
        if agent is not None and agent.is_logged_in:
            members = self._office.memberships(agent)
            paused = not any(member.paused for member in members)
            self._simulator.call_center.pause(agent, paused=paused)

    def _agent(self) -> Agent | None:
        agents = list(self._office.agents.values())
        return self._rng.choice(agents) if agents else None


def flurry(simulator: XivoSimulator, rng: random.Random) -> Iterator[bool]:
    """Let one push after the other happen, for as long as there is anyone in the office."""
    office = simulator.office
    people, phones = list(office.users.values()), list(office.phones.values())
    members = list(office.members.values())
    while people:
        chance = rng.random()
        if chance < 0.5 and phones:
            phone = rng.choice(phones)
            phone.hint = rng.choice((Hint.IDLE, Hint.IN_USE, Hint.RINGING))
            simulator.channels.push_hint(phone)
        elif chance < 0.7 and members:
            member = rng.choice(members)
            member.calls_taken += 1
            simulator.call_center.push_member(member)
        elif chance < 0.85:
            simulator.users.show(rng.choice(people), rng.choice(_PRESENT))
        else:
            simulator.users.set_features(rng.choice(people), {"enablednd": rng.random() < 0.5})
        yield True
