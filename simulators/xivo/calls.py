"""An Asterisk with phones that ring: whole calls, strung together from `channels.py`'s events.

    call = calls.ring("0145550123", "101", name="Acme")     rings, or waits in a queue, or is forwarded
    calls.answer(call)                                      talks
    calls.hold(call) · calls.park(call) · calls.transfer(call, "102")
    calls.hang_up(call)                                     is over, and in the call logs

A call has a caller and, while a phone rings or talks, a callee. A number that nothing inside answers to is
reached over a trunk, if it looks like one from outside.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import count
import re
from typing import TYPE_CHECKING

from .office import (
    CALL_LOG_LIMIT,
    FORWARDS,
    Caller,
    CallKind,
    Channel,
    Hint,
    MemberStatus,
    OfficeError,
    PastCall,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .call_center import CallCenter
    from .channels import Channels
    from .conferences import Conferences
    from .current_calls import CurrentCalls
    from .office import Agent, Conference, Member, Phone, Queue, User
    from .site import Site
    from .users import Users

TRUNK = "SIP/trunk"
_INSIDE = re.compile(r"\d{1,5}")  # what looks like a number of this office
_MOST_FORWARDS = 5


class CallState(StrEnum):
    """How far a call has come."""

    CALLING_CALLER = "calling_caller"  # a client dialled: its own phone rings first
    RINGING = "ringing"
    WAITING = "waiting"  # in a queue, and no member rings
    TALKING = "talking"
    PARKED = "parked"
    ENDED = "ended"


@dataclass(slots=True)
class Party:
    """One side of a call."""

    channel: Channel
    phone: Phone | None  # None: outside

    @property
    def number(self) -> str:
        """The party's number."""
        return self.channel.number

    @property
    def caller_id(self) -> str:
        """Name and number, as call logs show them."""
        return f'"{self.channel.party_name}" <{self.number}>'


@dataclass(slots=True)
class Call:
    """A call; `wanted` is the number that was dialled."""

    id: int
    caller: Party
    wanted: str
    started: float  # Unix time
    state: CallState = CallState.RINGING
    callee: Party | None = None
    queue: Queue | None = None
    member: Member | None = None
    answered: float | None = None  # Unix time
    conference: Conference | None = None
    seat: int = 0  # in the conference
    is_held: bool = False

    def parties(self) -> Iterator[Party]:
        """Yield who is in it, the callee first: so do calls end."""
        if self.callee is not None:
            yield self.callee
        yield self.caller


class Calls:
    """All calls there are."""

    def __init__(
        self,
        site: Site,
        channels: Channels,
        call_center: CallCenter,
        users: Users,
        current_calls: CurrentCalls,
        *,
        show_sheet: Callable[[User, Call], None],
        answers_after: float | None = None,
    ) -> None:
        self._site = site
        self._channels = channels
        self._call_center = call_center
        self._users = users
        self._current_calls = current_calls
        self._show_sheet = show_sheet
        self._answers_after = answers_after
        self._numbers = count(1)
        self._transfers: dict[str, tuple[Call, Call]] = {}  # by phone: the held call, the new one
        self.conferences: Conferences  # which call people in, and so need calls first
        self.calls: dict[int, Call] = {}
        self.recorded: set[str] = set()  # channels

    # What happens.

    def ring(self, caller: str, called: str, name: str = "") -> Call:
        """Let someone inside or outside call a number."""
        call = self._begin(self._party(caller, name), called)
        self._channels.set_state(call.caller.channel, "Ring")
        self._go_to(call, called)
        return call

    def answer(self, call: Call) -> None:
        """Let whoever is rung answer."""
        if call.state is CallState.CALLING_CALLER:
            self._caller_answers(call)
        elif call.state is CallState.RINGING and call.callee is not None:
            self._callee_answers(call, call.callee)
        else:
            raise OfficeError(f"Call {call.id} does not ring.")

    def no_answer(self, call: Call) -> None:
        """Let nobody answer: the call is forwarded, tries the next agent, or is missed."""
        if call.state is not CallState.RINGING or call.callee is None:
            raise OfficeError(f"Call {call.id} does not ring.")
        callee, phone = call.callee, call.callee.phone
        if call.queue is not None:
            self._stop_ringing(call, callee)
            call.state = CallState.WAITING
            return
        owner = self._site.office.owner(phone) if phone else None
        destination = _forward(owner, "no_answer") if owner else ""
        if destination:
            self._log_missed(call)
            self._stop_ringing(call, callee)
            self._go_to(call, destination)
        else:
            if owner:
                self._leave_message(owner)
            self.hang_up(call)

    def hold(self, call: Call, *, held: bool = True) -> None:
        """Let the one who was called put the caller on hold, or take them back.

        If the called one is outside, the caller does so.
        """
        if call.state is not CallState.TALKING or call.callee is None:
            raise OfficeError(f"Nobody talks in call {call.id}.")
        party = call.callee if call.callee.phone else call.caller
        call.is_held = held
        self._channels.hold(party.channel, held=held)
        if party.phone:
            self._channels.set_device(party.phone, Hint.ON_HOLD if held else Hint.IN_USE)
            self._current_calls.phone_changed(party.phone)

    def park(self, call: Call) -> None:
        """Let the one who was called park the caller, and hang up."""
        if call.state is not CallState.TALKING or call.callee is None:
            raise OfficeError(f"Nobody talks in call {call.id}.")
        callee = call.callee
        self._end_duty(call)
        call.callee, call.queue, call.state = None, None, CallState.PARKED
        self._channels.park(call.caller.channel)
        self._end_leg(callee)

    def unpark(self, call: Call, number: str) -> None:
        """Let a phone take a parked call."""
        if call.state is not CallState.PARKED:
            raise OfficeError(f"Call {call.id} is not parked.")
        self._channels.park(call.caller.channel, parked=False)
        self._take(call, self._site.office.phone(number))

    def transfer(self, call: Call, number: str, leaver: Party | None = None) -> None:
        """Send the caller on to another number; or the other one, if the caller is the one to leave."""
        leaver = leaver or call.callee
        if leaver is None:
            raise OfficeError(f"Nobody can transfer call {call.id}.")
        self._end_duty(call)
        self._log(call)
        if leaver is call.caller and call.callee is not None:
            call.caller = call.callee
        call.callee = call.queue = call.member = call.answered = None
        call.wanted, call.is_held = number, False
        self._end_leg(leaver)
        self._go_to(call, number)

    def hang_up(self, call: Call) -> None:
        """End a call."""
        if call.state is CallState.ENDED:
            raise OfficeError(f"Call {call.id} is over.")
        self._log_missed(call)
        self._log(call)
        self._end_duty(call)
        call.state = CallState.ENDED
        del self.calls[call.id]
        if call.conference is not None:
            self.conferences.leave(call.conference, call.seat)
        self._end_legs(list(call.parties()))

    def serve_queues(self) -> None:
        """Let waiting callers ring whoever is free."""
        waiting = [call for call in self.calls.values() if call.state is CallState.WAITING]
        for call in sorted(waiting, key=lambda call: call.started):
            if call.queue is not None and (member := self._free_member(call.queue)):
                phone = self._site.office.phone_behind(member)
                assert phone is not None
                call.member = member
                self._ring_phone(call, phone)

    def find(self, *, channel: str = "", number: str = "", call_id: int = 0) -> Call:
        """Return a call by its id, one of its channels, or one of its parties' numbers."""
        for call in reversed(self.calls.values()):
            if (call_id and call.id == call_id) or any(
                party.channel.name == channel or (number and party.number == number)
                for party in call.parties()
            ):
                return call
        raise OfficeError(f"There is no call of {channel or number or call_id!r}.")

    # What the server asks for.

    def reaches(self, number: str) -> bool:
        """Tell whether a number is one of ours, or looks like one from outside."""
        return self._site.office.knows_number(number) or not _INSIDE.fullmatch(number)

    def has_channel(self, channel: str) -> bool:
        """Tell whether there is such a channel."""
        return channel in self._site.office.channels

    def originate(self, identity: str, number: str) -> None:
        """Ring a phone, and connect it with a number once it is answered."""
        phone = self._site.office.phone_by_identity(identity)
        if phone is None:
            return
        call = self._begin(self._party(phone.number, ""), number, is_originated=True)
        self._channels.set_state(call.caller.channel, "Ringing")
        self._channels.set_device(phone, Hint.RINGING)
        self._caller_answers(call)
        if self._answers_after is not None:
            self._site.later(self._answers_after, lambda: self._answer_if_ringing(call))

    def redirect(self, channel: str, number: str) -> None:
        """Send a channel to a number; the other end of its call is let go."""
        call = self.find(channel=channel)
        leaver = call.callee if call.caller.channel.name == channel else call.caller
        self.transfer(call, number, leaver)

    def attended_transfer(self, channel: str, number: str) -> None:
        """Let a channel's phone call a number, while its party is on hold."""
        held = self.find(channel=channel)
        phone = next(p.phone for p in held.parties() if p.channel.name == channel)
        if phone is not None and held.state is CallState.TALKING:
            self.hold(held)
            self._transfers[phone.id] = held, self.ring(phone.number, number)

    def complete_transfer(self, phone: Phone) -> None:
        """Connect the two parties of a phone's attended transfer."""
        if transfer := self._transfers.pop(phone.id, None):
            held, consulted = transfer
            if held.id in self.calls and consulted.id in self.calls:
                number = consulted.wanted
                self.hang_up(consulted)
                leaver = next(party for party in held.parties() if party.phone is phone)
                self.transfer(held, number, leaver)
                if held.state is CallState.RINGING:
                    self.answer(held)

    def cancel_transfer(self, phone: Phone) -> None:
        """Return to the first party of a phone's attended transfer."""
        if transfer := self._transfers.pop(phone.id, None):
            held, consulted = transfer
            if consulted.id in self.calls:
                self.hang_up(consulted)
            if held.id in self.calls:
                self.hold(held, held=False)

    def hang_up_channel(self, channel: str) -> None:
        """End the call that a channel is in."""
        self.hang_up(self.find(channel=channel))

    def monitor(self, channel: str, *, recorded: bool) -> None:
        """Begin or end recording a channel."""
        (self.recorded.add if recorded else self.recorded.discard)(channel)

    def count_mailbox(self, mailbox: str) -> dict[str, str | None]:
        """Return how many messages a voicemail box holds."""
        voicemail = self._site.office.voicemail(mailbox)
        return {"new": voicemail.new or "0", "old": voicemail.old or "0"}

    def mute(self, conference: str, user: int, *, muted: bool) -> bool:
        """Mute someone in a conference room, or let them be heard."""
        rooms = self._site.office.conferences.values()
        room = next((each for each in rooms if each.number == conference), None)
        return room is not None and self.conferences.mute(room, user, muted=muted)

    def listen(self, phone: Phone, agent: Agent) -> None:
        """Let a phone listen to an agent: it rings, and is in use."""
        assert agent.phone_number is not None
        call = self._begin(self._party(phone.number, ""), agent.phone_number)
        call.state = CallState.TALKING
        self._channels.set_device(phone, Hint.IN_USE)

    def pick(self, phone: Phone, unique_id: str) -> None:
        """Let a phone take a call that waits in a queue."""
        for call in self.calls.values():
            if call.caller.channel.unique_id == unique_id and call.queue is not None:
                if call.callee is not None:
                    self._stop_ringing(call, call.callee)
                self._leave_queue(call, was_answered=True)
                self._take(call, phone)
                return

    def put_on_hold(self, phone: Phone, queue_name: str) -> None:
        """Put the other party of a phone's call into a queue."""
        call = next((each for each in self.calls.values() if self._talks(each, phone)), None)
        if call is not None:
            leaver = next(party for party in call.parties() if party.phone is phone)
            self.transfer(call, self._site.office.queue(queue_name).number, leaver)

    # How it happens.

    def _begin(self, caller: Party, wanted: str, *, is_originated: bool = False) -> Call:
        call = Call(next(self._numbers), caller, wanted, self._site.clock())
        if is_originated:
            call.state = CallState.CALLING_CALLER
        self.calls[call.id] = call
        if caller.phone and (agent := self._site.office.agent_on(caller.phone)):
            is_internal = self._site.office.knows_number(wanted)
            self._call_center.start_other_call(agent, "outgoing", is_internal=is_internal)
        return call

    def _party(self, number: str, name: str) -> Party:
        office = self._site.office
        phone = next((each for each in office.phones.values() if each.number == number), None)
        owner = office.owner(phone) if phone else None
        channel = self._channels.create(
            self._channels.new_name(phone.identity if phone else TRUNK),
            number=number,
            party_name=owner.fullname if owner else name,
        )
        return Party(channel, phone)

    def _go_to(self, call: Call, number: str) -> None:
        """Ring a number, or whatever it is forwarded to."""
        target = self._resolve(number)
        office = self._site.office
        if target is None:
            self.hang_up(call)
        elif queue := next((q for q in office.queues.values() if q.number == target), None):
            self._wait(call, queue)
        elif room := next((r for r in office.conferences.values() if r.number == target), None):
            self._enter(call, room)
        elif phone := next((p for p in office.phones.values() if p.number == target), None):
            self._ring_phone(call, phone)
        else:
            self._ring_party(call, self._party(target, ""))

    def _resolve(self, number: str) -> str | None:
        """Return the number that rings in the end, or None where none does."""
        office = self._site.office
        for _ in range(_MOST_FORWARDS):
            phone = next((each for each in office.phones.values() if each.number == number), None)
            owner = office.owner(phone) if phone else None
            if phone is None or owner is None:
                return number if self.reaches(number) else None
            forward = _forward(owner, "always")
            if not forward and (phone.hint != Hint.IDLE or owner.features["enablednd"]):
                forward = _forward(owner, "busy")
                if not forward:
                    return None
            if not forward:
                return number
            number = forward
        return None

    def _ring_phone(self, call: Call, phone: Phone) -> None:
        self._ring_party(call, self._party(phone.number, ""))
        owner = self._site.office.owner(phone)
        if owner is not None:
            self._show_sheet(owner, call)

    def _ring_party(self, call: Call, callee: Party) -> None:
        call.callee, call.state = callee, CallState.RINGING
        self._channels.dial(call.caller.channel, callee.channel)
        self._channels.set_state(callee.channel, "Ringing")
        if callee.phone:
            self._channels.set_device(callee.phone, Hint.RINGING)

    def _caller_answers(self, call: Call) -> None:
        self._channels.set_state(call.caller.channel, "Up")
        if call.caller.phone:
            self._channels.set_device(call.caller.phone, Hint.IN_USE)
        self._go_to(call, call.wanted)

    def _callee_answers(self, call: Call, callee: Party) -> None:
        if call.queue is not None:
            self._leave_queue(call, was_answered=True)
        call.state, call.answered = CallState.TALKING, self._site.clock()
        self._begin_duty(call, callee)
        for party in (callee, call.caller):
            self._channels.set_state(party.channel, "Up")
            if party.phone:
                self._channels.set_device(party.phone, Hint.IN_USE)
        self._channels.bridge(call.caller.channel, callee.channel)
        self._tell_phones(call)
        for phone_id, (_, consulted) in self._transfers.items():
            if consulted is call:
                self._current_calls.transfer_answered(self._site.office.phones[phone_id])

    def _answer_if_ringing(self, call: Call) -> None:
        if call.state is CallState.RINGING:
            self.answer(call)

    def _take(self, call: Call, phone: Phone) -> None:
        """Let a phone talk to the caller at once."""
        callee = self._party(phone.number, "")
        call.callee = callee
        self._channels.dial(call.caller.channel, callee.channel)
        self._callee_answers(call, callee)

    def _begin_duty(self, call: Call, callee: Party) -> None:
        """Let an agent be busy with a call that they answered."""
        agent = self._site.office.agent_on(callee.phone) if callee.phone else None
        if agent is None:
            return
        if call.member is not None:
            self._call_center.start_agent_call(agent)
        else:
            is_internal = call.caller.phone is not None
            self._call_center.start_other_call(agent, "incoming", is_internal=is_internal)

    def _end_duty(self, call: Call) -> None:
        """Let agents be free of a call, and its queue rid of its caller."""
        if call.queue is not None and call.answered is None:
            self._leave_queue(call)
        for party in call.parties():
            agent = self._site.office.agent_on(party.phone) if party.phone else None
            if agent is None:
                continue
            if call.member is not None and party is call.callee and agent.on_call_acd:
                self._end_agent_call(call, agent)
            else:
                self._call_center.end_other_call(agent)

    def _end_agent_call(self, call: Call, agent: Agent) -> None:
        assert call.member is not None
        call.member.calls_taken += 1
        now = datetime.fromtimestamp(self._site.clock()).astimezone()
        call.member.last_call = now.strftime("%H:%M:%S")
        queue = self._site.office.queue(call.member.queue)
        self._call_center.end_agent_call(agent, queue.wrapup)

    def _wait(self, call: Call, queue: Queue) -> None:
        call.queue, call.state = queue, CallState.WAITING
        channel = call.caller.channel
        self._call_center.join(
            queue,
            Caller(
                channel.unique_id,
                channel.number,
                channel.party_name,
                self._site.clock(),
                channel.name,
            ),
        )

    def _leave_queue(self, call: Call, *, was_answered: bool = False) -> None:
        assert call.queue is not None
        queue, call.queue = call.queue, None
        self._call_center.leave(queue, call.caller.channel.unique_id, was_answered=was_answered)

    def _free_member(self, queue: Queue) -> Member | None:
        free = [
            member
            for member in self._site.office.members_of(queue)
            if member.status == MemberStatus.NOT_IN_USE
            and not member.paused
            and self._is_free(member)
        ]
        return min(free, key=lambda each: (int(each.penalty), each.calls_taken), default=None)

    def _is_free(self, member: Member) -> bool:
        agent = self._site.office.agent_behind(member)
        phone = self._site.office.phone_behind(member)
        is_idle = phone is not None and phone.hint == Hint.IDLE
        return is_idle and not (agent and (agent.on_wrapup or agent.on_call_acd))

    def _enter(self, call: Call, room: Conference) -> None:
        call.conference, call.state = room, CallState.TALKING
        caller = call.caller
        self._channels.set_state(caller.channel, "Up")
        if caller.phone:
            self._channels.set_device(caller.phone, Hint.IN_USE)
        call.seat = self.conferences.join(
            room, caller.number, caller.channel.party_name, caller.channel.name
        )

    def _stop_ringing(self, call: Call, callee: Party) -> None:
        call.callee = call.member = None
        self._end_leg(callee)

    def _end_leg(self, party: Party) -> None:
        self._end_legs([party])

    def _end_legs(self, parties: list[Party]) -> None:
        """End channels one after the other, then tell what their phones do now."""
        for party in parties:
            self._site.outbox.flush()
            self.recorded.discard(party.channel.name)
            self._channels.destroy(party.channel.name)
        phones = [party.phone for party in parties if party.phone]
        idle = [phone for phone in phones if not phone.channels and phone.hint != Hint.IDLE]
        for phone in idle:
            self._channels.set_hint(phone, Hint.IDLE)
        for phone in idle:
            self._call_center.device_changed(phone)
        for phone in phones:
            self._current_calls.phone_changed(phone)

    def _tell_phones(self, call: Call) -> None:
        for party in call.parties():
            if party.phone:
                self._current_calls.phone_changed(party.phone)

    def _talks(self, call: Call, phone: Phone) -> bool:
        return call.state is CallState.TALKING and any(p.phone is phone for p in call.parties())

    def _leave_message(self, user: User) -> None:
        if voicemail := self._site.office.voicemails.get(str(user.voicemail_id)):
            self._users.set_voicemail(voicemail.mailbox, new=str(int(voicemail.new or "0") + 1))

    def _log_missed(self, call: Call) -> None:
        """Write an unanswered call into the log of the one who was called."""
        if call.answered is None and call.callee is not None and call.member is None:
            self._write(call.callee, CallKind.MISSED, call, call.caller.caller_id)

    def _log(self, call: Call) -> None:
        """Write a call into the logs of those who were in it."""
        self._write(call.caller, CallKind.SENT, call, call.wanted)
        if call.answered is not None and call.callee is not None:
            self._write(call.callee, CallKind.RECEIVED, call, call.caller.caller_id)

    def _write(self, party: Party, kind: CallKind, call: Call, other: str) -> None:
        owner = self._site.office.owner(party.phone) if party.phone else None
        if owner is None:
            return
        talked = 0 if call.answered is None else round(self._site.clock() - call.answered)
        start = datetime.fromtimestamp(call.started).isoformat(timespec="seconds")  # noqa: DTZ006 - the server tells no zone
        owner.calls.insert(0, PastCall(kind, start, talked, other))
        del owner.calls[CALL_LOG_LIMIT:]


def _forward(user: User, kind: str) -> str:
    """Return where a user's calls are forwarded to, or nothing."""
    enable, destination = FORWARDS[kind]
    return str(user.features[destination]) if user.features[enable] else ""
