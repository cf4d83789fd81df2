"""What can be done with a XiVO server: each command of the interface, and what confirms it.

The server answers a wrong command by dropping the connection, so whatever could cost it is checked here,
before the wire. Most commands are not answered at all: they are confirmed by the push that must follow,
within a time limit. What changes a person's own settings goes over that person's own connection (the
server ignores whom a message names); the rest goes over the main one.

What is said against dialling and logging an agent in names no command, so those of one connection go one
after the other; all others may be on their way at once.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
import re
from typing import override
from weakref import WeakValueDictionary

from ..confirming import watched
from ..directory import Record, Table
from ..model import (
    Agent,
    Call,
    CallState,
    Destination,
    DialOrder,
    DialScope,
    DirectoryResult,
    DirectorySource,
    Extension,
    Feature,
    Forward,
    ForwardKind,
    HistoryEntry,
    HistoryKind,
    ObjectId,
    PhoneState,
    Queue,
    QueueCaller,
    QueueStatistics,
    TelephonyObject,
)
from ..system import (
    AccountNeeded,
    AgentLoggedInElsewhere,
    AgentLoggedOut,
    AgentPhoneInUse,
    AgentPhoneInvalid,
    AlreadyQueueMember,
    CallNotThere,
    CannotReceiveMessages,
    InvalidNumber,
    InvalidText,
    LineBreakInText,
    NoAnswer,
    NoCall,
    NoForwardDestination,
    NotConfirmed,
    NoTelephone,
    NotInConference,
    NotQueueMember,
    NotSupportedByRelease,
    NotThere,
    NoVoicemail,
    NumberUnreachable,
    OrderNotSupported,
    Refused,
    StatusNotAllowed,
    TelephoneSystem,
    TelephonyError,
    TextTooLong,
)
from . import messages as m
from .account import Account
from .fax import send_fax
from .picture import Picture

# The versions of the protocol whose servers know users by their ids.
_CHAT_BY_USER_ID = frozenset({"1.2", "2.0"})
# So many calls are asked for at most where some of one kind are looked for among all; each time by so many
# times more.
_HISTORY_MOST = 1_000
_FURTHER_BACK = 10
# The status that the server gives to whom nobody is logged in as.
_DISCONNECTED = "disconnected"


class XivoControl(TelephoneSystem):
    """The commands of a XiVO server."""

    picture: Picture
    main: Account
    # Held by whoever changes a forward (a person's id, which) or a membership (a queue's id, an agent's):
    # what comes of that decides what is sent next.
    turns: WeakValueDictionary[tuple[ObjectId, ForwardKind | ObjectId], asyncio.Lock]
    # Seconds within which an answer, or the push that confirms a command, must come; and the same where
    # a telephone must ring first: Asterisk has to find it.
    answer_timeout = 10.0
    confirm_timeout = 5.0
    ring_timeout = 15.0

    @property
    def protocol(self) -> str:
        """The version of the protocol that the server speaks."""
        raise NotImplementedError

    def account_of(self, extension: Extension) -> Account | None:
        """Return the connection of this person, if there is one."""
        raise NotImplementedError

    def own_account(self, extension: Extension) -> Account:
        """Return the connection of this person.

        Raises:
            AccountNeeded: there is no account for it.
            AccountNotConnected, NotConnected: there is one, but it is away.
        """
        raise NotImplementedError

    # --- the person's own settings -------------------------------------------------------------

    @override
    async def set_status(self, extension: Extension, status: str) -> None:
        account = self.own_account(extension)
        record = self._record(extension)
        wanted = self.offered_status(record.object, status)
        present = record.object.status
        if present and not present.may_be_followed_by(wanted):
            raise StatusNotAllowed(name=str(extension), status=status)
        await self._do(
            account,
            m.SetPresence(wanted.id),
            record,
            {"status"},
            lambda extension: _has(extension, wanted.id),
        )

    @override
    async def set_do_not_disturb(self, extension: Extension, *, enabled: bool) -> None:
        await self._do(
            self.own_account(extension),
            m.SetDoNotDisturb(enabled),
            self._record(extension),
            {"do_not_disturb"},
            lambda extension: extension.do_not_disturb is enabled,
        )

    @override
    async def set_call_filter(self, extension: Extension, *, enabled: bool) -> None:
        await self._do(
            self.own_account(extension),
            m.SetCallFilter(enabled),
            self._record(extension),
            {"call_filter"},
            lambda extension: extension.call_filter is enabled,
        )

    @override
    async def set_recording(self, extension: Extension, *, enabled: bool) -> None:
        record = self._record(extension)
        await self._do(
            self.main,
            m.SetRecording(record.object.id[0], enabled),
            record,
            {"recording"},
            lambda extension: extension.recording is enabled,
        )

    @override
    async def set_forward(
        self,
        extension: Extension,
        kind: ForwardKind,
        *,
        enabled: bool | None = None,
        destination: str | None = None,
    ) -> None:
        account = self.own_account(extension)
        record = self._record(extension)
        async with self._turn(extension.id, kind):
            present = record.object.forward(kind) or Forward(enabled=False, destination="")
            wanted = Forward(
                enabled=present.enabled if enabled is None else enabled,
                destination=present.destination if destination is None else destination.strip(),
            )
            if wanted.enabled and not wanted.destination:
                raise NoForwardDestination(name=str(extension))
            await self._do(
                account,
                m.SetForwards(**{str(kind): m.Forward(wanted.enabled, wanted.destination)}),
                record,
                {f"forward_{kind}"},
                lambda extension: extension.forward(kind) == wanted,
            )

    @override
    async def send_message(self, extension: Extension, text: str) -> None:
        record = self._record(extension)
        if not self._is_reached(record.object):
            raise CannotReceiveMessages(name=str(extension))
        await self._ask(self.main, self._chat(record.object.id[0], text), _chat_sent)

    def _is_reached(self, extension: Extension) -> bool:
        """Tell whether somebody is logged in as this person; who leaves takes the others' status along."""
        if (account := self.account_of(extension)) is not None and account.is_live:
            return True
        if self.picture.is_connected(extension.id[0]):
            return True
        return not _has(extension, _DISCONNECTED)

    def _chat(self, user_id: str, text: str) -> m.Command:
        """Return the message in the form that the server's release takes; it hangs up on any other.

        Up to 15.18 a user's id will do; until 16.03 (protocol 2.0) the server's uuid belongs to it.
        Later the user must be named by a uuid, too, which the server tells nobody.
        """
        if self.picture.tells_contexts:
            return m.SendChat(text, user_id, self.main.ipbx_id)
        uuid = self.picture.server_uuid
        if uuid is None or self.protocol not in _CHAT_BY_USER_ID:
            raise NotSupportedByRelease
        return m.SendChatByUuid(text, user_id, uuid, self.main.credentials.username)

    # --- calls ---------------------------------------------------------------------------------

    @override
    async def dial(self, extension: Extension, destination: Destination) -> None:
        if destination.order is not DialOrder.OWN_PHONE_FIRST:
            raise OrderNotSupported(name=str(extension))
        record = self._record_with_telephone(extension)
        party = self._party(record.object, destination)
        account = self.account_of(record.object)
        if account is not None and account.is_live:
            dial = m.Dial(party, account.ipbx_id)
            async with account.turn:
                await self._ask(account, dial, _dialed, timeout=self.ring_timeout)
            return
        if destination.voicemail and (destination.extension or extension).id != extension.id:
            # A call that is originated reaches the box of whose telephone it is.
            raise AccountNeeded(name=str(extension))
        source = m.Party(m.PartyKind.USER, record.object.id[0])
        before = {call.id for call in record.object.calls}
        await self._do(
            self.main,
            m.Originate(source, party, self.main.ipbx_id),
            record,
            {"calls"},
            lambda extension: any(call.id not in before for call in extension.calls),
            failed=_originate_failed,
            timeout=self.ring_timeout,
        )

    def _party(self, extension: Extension, destination: Destination) -> m.Party:
        """Return whom a destination names, in the server's words."""
        if destination.voicemail:
            owner = self._record(destination.extension or extension).object
            box = self.picture.voicemail_of(owner.id[0])
            if box is None:
                raise NoVoicemail(name=str(owner))
            return m.Party(m.PartyKind.VOICEMAIL, box.id)
        if destination.extension is not None:
            called = self._record_with_telephone(destination.extension).object
            if not called.number:
                raise NoTelephone(name=str(called))
            return m.Party(m.PartyKind.EXTENSION, called.number)
        return m.Party(m.PartyKind.EXTENSION, _number(destination.number))

    @override
    async def hang_up(self, extension: Extension) -> None:
        record = self._record(extension)
        if not record.object.calls:
            raise NoCall(name=str(extension))
        channels = [call.id for call in record.object.calls if _has_channel(call)]
        for channel in channels:
            await self._end_channel(record, channel)
        if channels:
            gone = frozenset(channels)
            await self._shown(record, {"calls"}, lambda e: gone.isdisjoint(_ids(e.calls)))
            return
        # Releases that no longer tell of channels end one's own call only.
        if self.account_of(record.object) is None:
            raise NotSupportedByRelease
        await self._do(
            self.own_account(extension),
            m.HangUpOwn(),
            record,
            {"calls"},
            lambda extension: not extension.calls,
        )

    async def _end_channel(self, record: Record[Extension], channel: str) -> None:
        """End a call, unless it has ended meanwhile: with another of the same person, or by itself."""
        if channel not in _ids(record.object.calls):
            return
        try:
            await self._ask(self.main, m.HangUp(channel, self.main.ipbx_id), _carried_out("hangup"))
        except Refused:
            if channel in _ids(record.object.calls):
                raise

    @override
    async def transfer_call(
        self,
        extension: Extension,
        number: str,
        *,
        attended: bool,
        scope: DialScope | None = None,
    ) -> None:
        transfer = m.AttendedTransfer if attended else m.DirectTransfer
        await self._do_with_call(extension, transfer(_number(number)))

    @override
    async def complete_transfer(self, extension: Extension) -> None:
        await self._do_with_call(extension, m.CompleteTransfer())

    @override
    async def cancel_transfer(self, extension: Extension) -> None:
        await self._do_with_call(extension, m.CancelTransfer())

    async def _do_with_call(self, extension: Extension, command: m.Command) -> None:
        """Do something with the person's present call; whatever comes of it changes the calls."""
        account = self.own_account(extension)
        record = self._record_with_telephone(extension)
        before = record.object.calls
        if not any(call.state in _ANSWERED for call in before):
            raise NoCall(name=str(extension))
        await self._do(account, command, record, {"calls"}, lambda e: e.calls != before)

    @override
    async def record_call(self, extension: Extension, *, record: bool) -> None:
        channel = self._channel(extension, _ANSWERED)
        await self._ask(self.main, m.Record(channel, record), _carried_out("record"))

    @override
    async def pick_up_call(self, extension: Extension, other: Extension) -> None:
        account = self.own_account(extension)
        self._record_with_telephone(extension)
        # It is the caller who is sent to another phone, not the phone that rings.
        caller = self.picture.other_end(self._channel(other, frozenset(CallState)))
        if caller is None:
            raise NoCall(name=str(other))
        await self._ask(account, m.Intercept(caller, account.ipbx_id), _carried_out("intercept"))

    @override
    async def listen(self, extension: Extension, agent: Agent) -> None:
        account = self.own_account(extension)
        record = self._record_with_telephone(extension)
        target = self._agent(agent)
        if not target.object.logged_in:
            raise AgentLoggedOut(name=str(agent))
        before = _ids(record.object.calls)
        await self._do(
            account,
            m.Listen(target.object.id[0], account.ipbx_id),
            record,
            {"calls", "phone"},
            lambda extension: (
                bool(_ids(extension.calls) - before)
                or (not before and extension.phone not in _AT_REST)
            ),
            timeout=self.ring_timeout,
        )

    @override
    async def answer_waiting_call(self, extension: Extension, call_id: str) -> None:
        await self._take_call(extension, m.AnswerCall(call_id), call_id)

    @override
    async def resume_call(self, extension: Extension, call_id: str) -> None:
        await self._take_call(extension, m.ResumeCall(call_id), call_id)

    async def _take_call(self, extension: Extension, command: m.Command, call_id: str) -> None:
        account = self.own_account(extension)
        self._record_with_telephone(extension)
        queue = next((q for q in self.directory.queues if call_id in _ids(q.object.callers)), None)
        if queue is None:
            raise CallNotThere(name=str(extension))
        await self._do(
            account,
            command,
            queue,
            {"callers"},
            lambda queue: call_id not in _ids(queue.callers),
            timeout=self.ring_timeout,
        )

    @override
    async def hold_call(self, extension: Extension, queue: Queue) -> None:
        account = self.own_account(extension)
        record = self._record_with_telephone(extension)
        before = record.object.calls
        if not any(call.state in _ANSWERED for call in before):
            raise NoCall(name=str(extension))
        key = self._queue(queue).object.key
        await self._do(account, m.HoldCall(key), record, {"calls"}, lambda e: e.calls != before)

    @override
    async def submit_call_form(
        self, extension: Extension, button: str, values: Mapping[str, str]
    ) -> None:
        account = self.own_account(extension)
        with _own_errors():  # it is neither answered nor shown by anything
            account.live_link().send(m.SubmitCallForm(tuple(values.items()), button))

    @override
    async def invite_to_conference(self, extension: Extension, invitee: Extension) -> None:
        account = self.own_account(extension)
        self._record_with_telephone(extension)
        invited = self._record_with_telephone(invitee)
        if not account.conferences:
            raise NotInConference(name=str(extension))
        invite = m.InviteToConference(invited.object.id[0], account.ipbx_id)
        await self._ask(account, invite, lambda message: type(message) is m.Invited or None)

    @override
    async def send_fax(self, extension: Extension, number: str, document: bytes) -> None:
        account = self.own_account(extension)
        self._record_with_telephone(extension)
        with _own_errors():
            await send_fax(account.live_link(), _number(number), document)

    @override
    async def get_call_history(
        self, extension: Extension, kind: HistoryKind, size: int
    ) -> list[HistoryEntry]:
        account = self.own_account(extension)
        record = self._record_with_telephone(extension)
        mode = _HISTORY_MODES[kind]
        asked = size
        while True:
            history = await self._ask(
                account,
                m.GetHistory(mode, asked, record.object.id[0], account.ipbx_id),
                lambda message: _history(message, mode),
            )
            calls = [call for call in history.calls if call.mode in {None, mode}]
            # Releases from 15.09 on tell the latest calls of all kinds: further back there may be more.
            if len(calls) >= size or len(history.calls) < asked or asked >= _HISTORY_MOST:
                return [self._entry(kind, call) for call in calls[:size]]
            asked = min(asked * _FURTHER_BACK, _HISTORY_MOST)

    def _entry(self, kind: HistoryKind, call: m.HistoryCall) -> HistoryEntry:
        name, number = _name_and_number(call.name)
        return HistoryEntry(
            kind=kind,
            time=self.utc(call.start),
            party=call.name,
            duration=call.duration,
            name=name,
            number=number,
        )

    # --- agents and queues ---------------------------------------------------------------------

    @override
    async def log_agent_in(self, agent: Agent, number: str | None = None) -> None:
        record = self._agent(agent)
        present = record.object
        if present.logged_in:
            if number is not None and _number(number) != present.phone:
                raise AgentLoggedInElsewhere(name=str(agent), number=present.phone or "?")
            return
        phone = None if number is None else _number(number)
        await self._do(
            self.main,
            m.AgentLogin(present.id[0], phone, self.main.ipbx_id),
            record,
            {"availability"},
            lambda agent: agent.logged_in is True,
            failed=_agent_login_failed,
        )

    @override
    async def log_agent_out(self, agent: Agent) -> None:
        record = self._agent(agent)
        if record.object.logged_in is False:
            return
        await self._do(
            self.main,
            m.AgentLogout(record.object.id[0], self.main.ipbx_id),
            record,
            {"availability"},
            lambda agent: agent.logged_in is False,
        )

    @override
    async def pause_agent(self, agent: Agent, queue: Queue | None = None) -> None:
        await self._pause(agent, queue, paused=True)

    @override
    async def resume_agent(self, agent: Agent, queue: Queue | None = None) -> None:
        await self._pause(agent, queue, paused=False)

    async def _pause(self, agent: Agent, queue: Queue | None, *, paused: bool) -> None:
        record = self._agent(agent)
        if not record.object.logged_in:
            raise AgentLoggedOut(name=str(agent))
        queues = set(record.object.queues)
        if queue is not None:
            self._check_member(self._queue(queue).object, record.object, is_one=True)
            queues = {str(queue)}
        command = m.PauseAgent if paused else m.ResumeAgent
        await self._do(
            self.main,
            command(record.object.id[0], None if queue is None else queue.id[0], self.main.ipbx_id),
            record,
            {"paused_in"},
            lambda agent: (
                queues <= set(agent.paused_in) if paused else queues.isdisjoint(agent.paused_in)
            ),
        )

    @override
    async def add_queue_member(self, queue: Queue, agent: Agent) -> None:
        await self._change_members(m.AddToQueue, queue, agent, becomes=True)

    @override
    async def remove_queue_member(self, queue: Queue, agent: Agent) -> None:
        await self._change_members(m.RemoveFromQueue, queue, agent, becomes=False)

    async def _change_members(
        self,
        command: Callable[[str, str, str], m.Command],
        queue: Queue,
        agent: Agent,
        *,
        becomes: bool,
    ) -> None:
        async with self._turn(queue.id, agent.id):
            record, member = self._queue(queue), self._agent(agent)
            self._check_member(record.object, member.object, is_one=not becomes)
            await self._do(
                self.main,
                command(member.object.id[0], record.object.id[0], self.main.ipbx_id),
                record,
                {"members"},
                lambda queue: _is_member(queue, member.object) is becomes,
            )

    @staticmethod
    def _check_member(queue: Queue, agent: Agent, *, is_one: bool) -> None:
        """Check who takes calls from a queue: the server drops whoever gets that wrong."""
        if _is_member(queue, agent) is is_one:
            return
        if is_one:
            raise NotQueueMember(name=str(agent), queue=str(queue))
        raise AlreadyQueueMember(name=str(agent), queue=str(queue))

    @override
    async def get_queue_statistics(
        self, queue: Queue, *, window: float, quality_of_service: float
    ) -> QueueStatistics:
        queue_id = self._queue(queue).object.id[0]
        asked = m.QueueWindow(queue_id, int(window), int(quality_of_service))
        told = await self._ask(
            self.main,
            m.GetQueueStatistics((asked,)),
            lambda message: (
                message.queues.get(queue_id)
                if type(message) is m.QueueStatistics and message.reply_id is not None
                else None
            ),
        )
        return QueueStatistics(
            received=told.get("joined"),
            answered=told.get("answered"),
            abandoned=told.get("abandoned"),
            average_wait=told.get("average_wait"),
            longest_wait=told.get("maximum_wait"),
            answered_rate=told.get("answer_rate"),
            quality_of_service=told.get("service_level"),
        )

    # --- the server as a whole -----------------------------------------------------------------

    @override
    async def search_directory(self, pattern: str, source: DirectorySource) -> DirectoryResult:
        match source:
            case DirectorySource.DIRECTORY:
                directory = m.SearchDirectory(pattern or None)
                return await self._ask(self.main, directory, self._directory)
            case DirectorySource.PEOPLE:
                people = m.SearchPeople(pattern) if pattern else m.GetPeopleHeaders()
                return await self._ask_later_release(people, _people)
            case DirectorySource.SWITCHBOARD:
                switchboard = m.SearchSwitchboard(pattern) if pattern else m.GetSwitchboardHeaders()
                return await self._ask_later_release(switchboard, _switchboard)

    def _directory(self, message: m.Message) -> DirectoryResult | None:
        if type(message) is m.UndefinedContext:
            raise NoTelephone(name=self.main.credentials.username)
        if type(message) is m.DirectoryResult:
            return DirectoryResult(message.headers, message.rows)
        return None

    async def _ask_later_release(
        self, command: m.Command, answer: Callable[[m.Message], DirectoryResult | None]
    ) -> DirectoryResult:
        """Ask what earlier releases know nothing of: those do not answer at all."""
        try:
            return await self._ask(self.main, command, answer)
        except NoAnswer as error:
            raise NotSupportedByRelease from error

    # --- the way of a command ------------------------------------------------------------------

    async def _ask[T](
        self,
        account: Account,
        command: m.Command,
        answer: Callable[[m.Message], T | None],
        *,
        timeout: float | None = None,  # noqa: ASYNC109 -- the client's own
    ) -> T:
        """Send a command and wait for its answer."""
        client = account.live_link()
        with _own_errors():
            return await client.request(command, answer, timeout=timeout or self.answer_timeout)

    def _turn(self, of: ObjectId, what: ForwardKind | ObjectId) -> asyncio.Lock:
        """Return what is held by whoever changes this of an object."""
        return self.turns.setdefault((of, what), asyncio.Lock())

    async def _do[O: TelephonyObject](
        self,
        account: Account,
        command: m.Command,
        record: Record[O],
        fields: set[str],
        is_so: Callable[[O], bool],
        *,
        failed: Callable[[m.Message], None] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 -- it decides which error it is
    ) -> None:
        """Send a command that is not answered, and wait until the picture shows what must follow.

        Args:
            account: the connection it goes over.
            command: the command.
            record: what it changes.
            fields: the fields in which that shows.
            is_so: tells whether it shows.
            failed: raises if a message says that the command failed; such a message says no more, so
                one such command at a time is on its way.
            timeout: how long to wait (seconds).

        Raises:
            NotConfirmed: it did not show in time.
            TelephonyError: what `failed` raised, or the connection is away.
        """
        timeout = timeout or self.confirm_timeout
        async with account.turn if failed else nullcontext():
            failure: asyncio.Task[None] = asyncio.ensure_future(
                account.live_link().request(command, failed or _nothing, timeout=timeout + 1)
            )
            try:
                with _own_errors():
                    await self._shown(record, fields, is_so, failure, timeout=timeout)
            finally:
                failure.cancel()
                await asyncio.gather(failure, return_exceptions=True)

    async def _shown[O: TelephonyObject](
        self,
        record: Record[O],
        fields: set[str],
        is_so: Callable[[O], bool],
        failure: asyncio.Future[None] | None = None,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 -- it decides which error it is
    ) -> None:
        """Wait until the picture shows something, be it for a moment.

        Raises:
            NotConfirmed: it did not show in time.
            TelephonyError: what `failure` ended with before.
        """
        with watched(record, fields, lambda: is_so(record.object)) as shown:
            if is_so(record.object):
                shown.set_result(None)
            await asyncio.wait(
                (shown, failure) if failure else (shown,),
                timeout=timeout or self.confirm_timeout,
                return_when=asyncio.FIRST_COMPLETED,
            )
        if shown.done():
            return
        if failure and failure.done():
            failure.result()
        raise NotConfirmed

    # --- what is there -------------------------------------------------------------------------

    def _record(self, extension: Extension) -> Record[Extension]:
        return self._present(self.directory.extensions, extension)

    def _agent(self, agent: Agent) -> Record[Agent]:
        return self._present(self.directory.agents, agent)

    def _queue(self, queue: Queue) -> Record[Queue]:
        return self._present(self.directory.queues, queue)

    def _present[O: TelephonyObject](self, table: Table[O], wanted: O) -> Record[O]:
        """Look an object up; what is checked before the wire must be what the server says now.

        Raises:
            NotConnected: the server says nothing.
            NotThere: the object is gone.
        """
        self.main.live_link()
        if (record := table.get(wanted.id)) is None:
            raise NotThere(name=str(wanted))
        return record

    def _record_with_telephone(self, extension: Extension) -> Record[Extension]:
        record = self._record(extension)
        if Feature.PHONE not in record.object.features:
            raise NoTelephone(name=str(extension))
        return record

    def _channel(self, extension: Extension, states: frozenset[CallState]) -> str:
        """Return the channel of the person's call that is in one of these states."""
        calls = self._record_with_telephone(extension).object.calls
        for call in calls:
            if call.state in states and _has_channel(call):
                return call.id
        raise NoCall(name=str(extension))


# --- what is read of objects -------------------------------------------------------------------

_AT_REST = frozenset({None, PhoneState.IDLE, PhoneState.UNREACHABLE})
_ANSWERED = frozenset({CallState.TALKING, CallState.HELD, CallState.PARKED})


def _number(typed: str | None) -> str:
    """Return a number as it is sent; the server itself passes over spaces and dots within it."""
    if not typed or not typed.strip():
        raise InvalidNumber
    return typed.strip()


def _has(extension: Extension, status: str) -> bool:
    """Tell whether a person has the status that the server calls so."""
    return extension.status is not None and extension.status.id == status


def _ids(things: Iterable[Call | QueueCaller]) -> set[str]:
    return {thing.id for thing in things}


def _has_channel(call: Call) -> bool:
    return "/" in call.id  # "SIP/x2gjtw-0000000b"; a call known by its telephone's hint has none


def _is_member(queue: Queue, agent: Agent) -> bool:
    return any(member.agent == agent.id for member in queue.members)


# --- what is read of messages ------------------------------------------------------------------


def _nothing(_: m.Message) -> None:
    """Take no message for an answer."""


@contextmanager
def _own_errors() -> Iterator[None]:
    """Say what a person typed wrong instead of what the wire cannot carry."""
    try:
        yield
    except m.CodecError as error:
        raise _CODEC_ERRORS.get(error.problem, InvalidText) from error


_CODEC_ERRORS: dict[m.CommandProblem, type[TelephonyError]] = {
    m.CommandProblem.LINE_BREAK: LineBreakInText,
    m.CommandProblem.TOO_LONG: TextTooLong,
    m.CommandProblem.WRONG_PARTY: InvalidNumber,
    m.CommandProblem.NOT_A_NUMBER: InvalidNumber,
    m.CommandProblem.SLASH: InvalidNumber,
}
_HISTORY_MODES = {
    HistoryKind.SENT: m.HistoryMode.SENT,
    HistoryKind.RECEIVED: m.HistoryMode.RECEIVED,
    HistoryKind.MISSED: m.HistoryMode.MISSED,
}


def _is_unknown(message: m.Message, about: str) -> bool:
    """Tell whether the server says that its release has no such command."""
    return (
        type(message) is m.Warned
        and message.about == about
        and message.warning is m.WarningKind.NOTHING_RETURNED
    )


def _chat_sent(message: m.Message) -> bool | None:
    """The server answers a message that it passed on as it answers what it does not know."""
    return _is_unknown(message, "chitchat") or None


def _dialed(message: m.Message) -> bool | None:
    if type(message) is m.CommandFailed and (message.error is m.CommandError.UNREACHABLE_EXTENSION):
        raise NumberUnreachable
    return type(message) is m.DialAccepted or None


def _originate_failed(message: m.Message) -> None:
    """Raise what is wrong; what is right is the id of an action, of which nothing is heard again."""
    if _is_unknown(message, "ipbxcommand"):
        raise NotSupportedByRelease
    if type(message) is m.CommandReply and message.command == "originate":
        if message.reply is None:
            raise NumberUnreachable
        if message.reply in {"source", "destination"}:
            raise InvalidNumber


def _carried_out(command: str) -> Callable[[m.Message], bool | None]:
    """Read the answers of an old-style command: an acknowledgement, and then what came of it."""

    def answer(message: m.Message) -> bool | None:
        if _is_unknown(message, "ipbxcommand"):
            raise NotSupportedByRelease
        if type(message) is m.CommandReply and message.command == command:
            if message.reply is None or isinstance(message.reply, str):
                raise Refused(reason=message.reply or command)
        elif type(message) is m.CommandResult and message.command == command:
            if not message.ok:
                raise Refused(reason="ko")
            return True
        return None

    return answer


def _agent_login_failed(message: m.Message) -> None:
    if type(message) is m.CommandFailed:
        if message.error is m.CommandError.AGENT_LOGIN_INVALID_EXTENSION:
            raise AgentPhoneInvalid
        if message.error is m.CommandError.AGENT_LOGIN_EXTENSION_IN_USE:
            raise AgentPhoneInUse


def _history(message: m.Message, mode: m.HistoryMode) -> m.History | None:
    if type(message) is m.NoLine:
        return m.History(())
    if type(message) is m.History and message.mode in {None, mode}:
        return message
    return None


_CALLER_ID = re.compile(r'"?([^"<>]*?)"?\s*<([^"<>]*)>')
_DIALABLE = re.compile(r"[+*#]?[0-9][0-9*#. -]*")


def _name_and_number(party: str) -> tuple[str | None, str | None]:
    """Read a party of a past call: '"Anna Berg" <100>', a number, or a name."""
    if caller := _CALLER_ID.fullmatch(party.strip()):
        name, number = (part.strip() or None for part in caller.groups())
        return name, number
    if _DIALABLE.fullmatch(party):
        return None, party.strip()
    return party.strip() or None, None


def _people(message: m.Message) -> DirectoryResult | None:
    if type(message) is m.PeopleHeaders:
        return DirectoryResult(message.headers, ())
    if type(message) is not m.PeopleResult:
        return None
    return DirectoryResult(message.headers, tuple(person.values for person in message.people))


def _switchboard(message: m.Message) -> DirectoryResult | None:
    """Return the switchboard's answer: name, number, its kind, and the other columns by name."""
    if type(message) is m.SwitchboardHeaders:
        return DirectoryResult(tuple(name for name, _ in message.columns), ())
    if type(message) is not m.SwitchboardResult:
        return None
    others = tuple(dict.fromkeys(name for entry in message.entries for name, _ in entry.others))
    rows = tuple(
        (entry.name, entry.number, entry.number_type, *map(dict(entry.others).get, others))
        for entry in message.entries
    )
    return DirectoryResult(("name", "number", "number_type", *others), rows)
