"""How each command looks on the wire, and what must not be sent.

A server answers most mistakes by closing the connection without a word, and hands what a command names on
to Asterisk, line by line. So every text is looked at before it becomes a command: one that must be there is
there, an id has no slash, nothing but a chat message or a form's answer holds a line break.

Source: the vendor's page "CTI Protocol", and real conversations where they differ from it. Forms that only
later releases take are told where they stand.
"""

import base64
from collections.abc import Callable, Iterable
import hashlib
import re
from typing import Any

from .messages import (
    AddToQueue,
    AgentLogin,
    AgentLogout,
    AnnounceFile,
    AnswerCall,
    AnswerStartTls,
    AttendedTransfer,
    CancelTransfer,
    ChooseProfile,
    CodecError,
    Command,
    CommandProblem,
    CompleteTransfer,
    Dial,
    DirectTransfer,
    FindFileTransfer,
    Forward,
    GetConfig,
    GetHistory,
    GetIds,
    GetPeopleHeaders,
    GetQueueStatistics,
    GetRelations,
    GetStatus,
    GetSwitchboardHeaders,
    HangUp,
    HangUpOwn,
    HoldCall,
    Intercept,
    InviteToConference,
    KeepAlive,
    Listen,
    ListName,
    LogIn,
    Originate,
    Party,
    PartyKind,
    PauseAgent,
    Record,
    RegisterAgentStatus,
    RegisterEndpointStatus,
    RegisterUserStatus,
    RemoveFromQueue,
    ResumeAgent,
    ResumeCall,
    SearchDirectory,
    SearchPeople,
    SearchSwitchboard,
    SendChat,
    SendChatByUuid,
    SendFax,
    SendFaxData,
    SendHashedPassword,
    SendPassword,
    SetCallFilter,
    SetDoNotDisturb,
    SetForwards,
    SetPresence,
    SetRecording,
    SubmitCallForm,
    SubscribeConferences,
    SubscribeCurrentCalls,
    SubscribeQueueEntries,
    SubscribeQueueStatistics,
)

# Characters of a text in a command, and of what somebody has written.
TEXT_LENGTH = 1024
MESSAGE_LENGTH = 8192
# Bytes of a fax.
FILE_SIZE = 16 * 1024 * 1024
# The most that may be asked for at once.
ITEMS = 5_000

type Wire = dict[str, Any]

_FORMS: dict[type, Callable[[Any], Wire]] = {}


def wire(command: Command) -> Wire:
    """Return the command as the object that travels.

    Raises:
        CodecError: it would cost the connection, or be misread.
    """
    return _FORMS[type(command)](command)


def encode_file(data: bytes) -> bytes:
    """Return a file as it travels on a second connection, after AnnounceFile.

    Raises:
        CodecError: it is empty, or too long.
    """
    return _base64(data).encode() + b"\n"


# --- what a value must be ----------------------------------------------------------------------


# Control characters, but for tabs and line feeds, and surrogates, which are half a character.
_NOT_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def _word(text: str, limit: int = TEXT_LENGTH) -> str:
    """Return a text that must be there, and be one line."""
    if not text.strip():
        raise CodecError(CommandProblem.EMPTY)
    return _line(text, limit)


def _line(text: str, limit: int = TEXT_LENGTH) -> str:
    """Return a text of one line, which may be empty."""
    if "\n" in text or "\r" in text:
        raise CodecError(CommandProblem.LINE_BREAK)
    return _text(text, limit)


def _text(text: str, limit: int = MESSAGE_LENGTH) -> str:
    """Return a text of any lines, which may be empty; line ends become line feeds."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > limit:
        raise CodecError(CommandProblem.TOO_LONG)
    if _NOT_TEXT.search(text):
        raise CodecError(CommandProblem.NOT_TEXT)
    return text


def _id(text: str) -> str:
    """Return an object's id, or a server's: what stands at either side of a slash."""
    if "/" in _word(text):
        raise CodecError(CommandProblem.SLASH)
    return text


def _digits(text: str) -> str:
    """Return an id that the server reads as a number."""
    if not (_word(text).isascii() and text.isdigit()):
        raise CodecError(CommandProblem.NOT_A_NUMBER)
    return text


def _number(text: str) -> str:
    """Return what can be dialled; what the server strips from it does no harm."""
    return _id(text)


def _in_range(number: int, lowest: int, highest: int) -> int:
    if not lowest <= number <= highest:
        raise CodecError(CommandProblem.OUT_OF_RANGE)
    return number


def _some[T](items: Iterable[T]) -> list[T]:
    found = list(items)
    if not found:
        raise CodecError(CommandProblem.NOTHING)
    if len(found) > ITEMS:
        raise CodecError(CommandProblem.TOO_LONG)
    return found


def _address(ipbx_id: str, object_id: str) -> str:
    return f"{_id(ipbx_id)}/{_id(object_id)}"


def _url(kind: str, ipbx_id: str, object_id: str) -> str:
    return f"{kind}:{_address(ipbx_id, object_id)}"


def _queue_url(ipbx_id: str, queue_id: str | None) -> str:
    return _url("queue", ipbx_id, "all" if queue_id is None else _digits(queue_id))


def _channel_url(ipbx_id: str, channel: str) -> str:
    return f"chan:{_id(ipbx_id)}/{_word(channel)}"  # a channel's id has slashes


def _party_url(party: Party, ipbx_id: str, allowed: frozenset[PartyKind]) -> str:
    if party.kind not in allowed:
        raise CodecError(CommandProblem.WRONG_PARTY)
    name = _number if party.kind is PartyKind.EXTENSION else _digits
    return _url(party.kind, ipbx_id, name(party.id))


_DIALLED = frozenset({PartyKind.EXTENSION, PartyKind.VOICEMAIL, PartyKind.VOICEMAIL_CONSULTATION})
_SOURCES = frozenset({PartyKind.EXTENSION, PartyKind.USER, PartyKind.PHONE})
_DESTINATIONS: frozenset[PartyKind] = _SOURCES | {PartyKind.VOICEMAIL, PartyKind.CONFERENCE}


def _said(text: str) -> str:
    """Return what somebody writes; it must say something."""
    if not text.strip():
        raise CodecError(CommandProblem.EMPTY)
    return _text(text)


def _base64(data: bytes) -> str:
    if not data:
        raise CodecError(CommandProblem.EMPTY)
    if len(data) > FILE_SIZE:
        raise CodecError(CommandProblem.TOO_LONG)
    return base64.b64encode(data).decode()


# --- the forms ---------------------------------------------------------------------------------


def _form[C](kind: type[C], make: Callable[[C], Wire]) -> None:
    _FORMS[kind] = make


def _ipbx(command: str, **fields: Any) -> Wire:
    return {"class": "ipbxcommand", "command": command} | fields


# Log-in.


def _hashed(command: SendHashedPassword) -> Wire:
    if not command.password:
        raise CodecError(CommandProblem.EMPTY)
    if not command.password.isascii():  # the server breaks over any other
        raise CodecError(CommandProblem.NOT_TEXT)
    salted = f"{_word(command.session_id)}:{command.password}".encode()
    # What the protocol asks for; it is no choice of ours.
    return {"class": "login_pass", "hashedpassword": hashlib.sha1(salted).hexdigest()}  # noqa: S324


def _verbatim(command: SendPassword) -> Wire:
    return {"class": "login_pass", "password": _word(command.password)}


def _choose_profile(command: ChooseProfile) -> Wire:
    chosen: Wire = {
        "class": "login_capas",
        "capaid": command.profile_id,
        "state": _line(command.presence),
    }
    return chosen | ({"loginkind": "user", "lastconnwins": False} if command.legacy else {})


_form(AnswerStartTls, lambda c: {"class": "starttls", "status": c.accept})
_form(
    LogIn,
    lambda c: {
        "class": "login_id",
        "company": "default",
        "ident": _word(c.identity),
        "userlogin": _word(c.username),
        "version": "9999",
        "xivoversion": _word(c.version),
    },
)
_form(SendHashedPassword, _hashed)
_form(SendPassword, _verbatim)
_form(ChooseProfile, _choose_profile)
_form(KeepAlive, lambda _: {"class": "keepalive"})

# getlist: an id must be text, and what is asked for must be a list that the server knows.


def _getlist(function: str, name: ListName, ipbx_id: str, **fields: str) -> Wire:
    if name is ListName.CHANNELS and function != "updatestatus":
        raise CodecError(CommandProblem.WRONG_LIST)
    return {
        "class": "getlist",
        "function": function,
        "listname": str(name),
        "tipbxid": _id(ipbx_id),
    } | fields


_form(GetIds, lambda c: _getlist("listid", c.list, c.ipbx_id))
_form(GetConfig, lambda c: _getlist("updateconfig", c.list, c.ipbx_id, tid=_word(c.id)))
_form(GetStatus, lambda c: _getlist("updatestatus", c.list, c.ipbx_id, tid=_word(c.id)))

# The logged-in user. A switch takes true and false alone, a forward both its halves.


def _feature(function: str, value: Any, **fields: str) -> Wire:
    return {"class": "featuresput", "function": function, "value": value} | fields


def _forward(name: str, forward: Forward | None) -> Wire:
    if forward is None:
        return {}
    number = _number(forward.destination) if forward.destination or forward.enabled else ""
    return {f"enable{name}": forward.enabled, f"dest{name}": number}


def _forwards(command: SetForwards) -> Wire:
    value = (
        _forward("unc", command.always)
        | _forward("rna", command.no_answer)
        | _forward("busy", command.busy)
    )
    if not value:
        raise CodecError(CommandProblem.NOTHING)
    return _feature("fwd", value)


_form(SetPresence, lambda c: {"class": "availstate", "availstate": _word(c.presence)})
_form(SetDoNotDisturb, lambda c: _feature("enablednd", c.enabled))
_form(SetCallFilter, lambda c: _feature("incallfilter", c.enabled))
_form(SetRecording, lambda c: _feature("enablerecording", c.enabled, target=_digits(c.user_id)))
_form(SetForwards, _forwards)
_form(
    SubmitCallForm,
    lambda c: {
        "class": "call_form_result",
        "infos": {
            "buttonname": _word(c.button),
            "variables": {_word(name): _text(value) for name, value in _some(c.variables)},
        },
    },
)

# Calls.

_form(Dial, lambda c: _ipbx("dial", destination=_party_url(c.destination, c.ipbx_id, _DIALLED)))
_form(
    Originate,
    lambda c: _ipbx(
        "originate",
        source=_party_url(c.source, c.ipbx_id, _SOURCES),
        destination=_party_url(c.destination, c.ipbx_id, _DESTINATIONS),
    ),
)
_form(HangUp, lambda c: _ipbx("hangup", channelids=_channel_url(c.ipbx_id, c.channel)))
_form(HangUpOwn, lambda _: {"class": "hangup"})
_form(
    Record,
    lambda c: _ipbx("record", subcommand="start" if c.start else "stop", channel=_word(c.channel)),
)
_form(Intercept, lambda c: _ipbx("intercept", tointercept=_channel_url(c.ipbx_id, c.channel)))
_form(DirectTransfer, lambda c: {"class": "direct_transfer", "number": _number(c.number)})
_form(AttendedTransfer, lambda c: {"class": "attended_transfer", "number": _number(c.number)})
_form(CompleteTransfer, lambda _: {"class": "complete_transfer"})
_form(CancelTransfer, lambda _: {"class": "cancel_transfer"})
_form(AnswerCall, lambda c: {"class": "answer", "unique_id": _word(c.unique_id)})
_form(HoldCall, lambda c: {"class": "hold_switchboard", "queue_name": _word(c.queue_name)})
_form(ResumeCall, lambda c: {"class": "resume_switchboard", "unique_id": _word(c.unique_id)})
_form(
    InviteToConference,
    lambda c: {"class": "invite_confroom", "invitee": _url("user", c.ipbx_id, _digits(c.user_id))},
)

# Agents and queues.


def _agent(agent_id: str | None, ipbx_id: str) -> dict[str, str]:
    return {} if agent_id is None else {"agentids": _address(ipbx_id, _digits(agent_id))}


def _agent_login(command: AgentLogin) -> Wire:
    number = command.phone_number
    phone = {} if number is None else {"agentphonenumber": _number(number)}
    return _ipbx("agentlogin", **_agent(command.agent_id, command.ipbx_id), **phone)


def _membership(
    name: str, command: PauseAgent | ResumeAgent | AddToQueue | RemoveFromQueue
) -> Wire:
    return _ipbx(
        name,
        member=_url("agent", command.ipbx_id, _digits(command.agent_id)),
        queue=_queue_url(command.ipbx_id, command.queue_id),
    )


_form(AgentLogin, _agent_login)
_form(AgentLogout, lambda c: _ipbx("agentlogout", **_agent(c.agent_id, c.ipbx_id)))
_form(PauseAgent, lambda c: _membership("queuepause", c))
_form(ResumeAgent, lambda c: _membership("queueunpause", c))
_form(AddToQueue, lambda c: _membership("queueadd", c))
_form(RemoveFromQueue, lambda c: _membership("queueremove", c))
_form(
    Listen,
    lambda c: _ipbx(
        "listen", destination=_address(c.ipbx_id, _digits(c.agent_id)), subcommand="start"
    ),
)
_form(
    GetQueueStatistics,
    lambda c: {
        "class": "getqueuesstats",
        "on": {
            _digits(queue.queue_id): {
                "window": str(_in_range(queue.window, 1, 10**8)),
                "xqos": str(_in_range(queue.answer_within, 0, 10**8)),
            }
            for queue in _some(c.queues)
        },
    },
)

# Subscriptions. A server that knows registrations insists on pairs.


def _subscribe(message: str, **fields: str) -> Wire:
    return {"class": "subscribe", "message": message} | fields


def _registration(name: str, key: str, pairs: tuple[tuple[str, str], ...]) -> Wire:
    return {"class": name, key: [[_word(uuid), int(_digits(of))] for uuid, of in _some(pairs)]}


def _users(name: str, pairs: tuple[tuple[str, str], ...]) -> Wire:
    """Return a registration of users, who have uuids from protocol 2.2 on."""
    return {
        "class": name,
        "user_ids": [
            [_word(uuid), int(of) if of.isascii() and of.isdigit() else _word(of)]
            for uuid, of in _some(pairs)
        ],
    }


_form(SubscribeQueueStatistics, lambda _: {"class": "subscribetoqueuesstats"})
_form(SubscribeQueueEntries, lambda c: _subscribe("queueentryupdate", queueid=_digits(c.queue_id)))
_form(SubscribeCurrentCalls, lambda _: _subscribe("current_calls"))
_form(SubscribeConferences, lambda _: _subscribe("meetme_update"))
_form(RegisterUserStatus, lambda c: _users("register_user_status_update", c.users))
_form(
    RegisterAgentStatus,
    lambda c: _registration("register_agent_status_update", "agent_ids", c.agents),
)
_form(
    RegisterEndpointStatus,
    lambda c: _registration("register_endpoint_status_update", "endpoint_ids", c.endpoints),
)

# Questions and messages.


def _history(command: GetHistory) -> Wire:
    asked: Wire = {"class": "history", "size": str(_in_range(command.size, 1, ITEMS))}
    if command.mode is not None:  # as text: a number finds nothing
        asked["mode"] = str(int(command.mode))
    return asked | {"xuserid": _address(command.ipbx_id, command.user_id)}


_form(GetHistory, _history)
_form(
    SearchDirectory,
    lambda c: {"class": "directory"} | ({} if c.pattern is None else {"pattern": _word(c.pattern)}),
)
_form(SearchPeople, lambda c: {"class": "people_search", "pattern": _word(c.pattern)})
_form(GetPeopleHeaders, lambda _: {"class": "people_headers"})
_form(
    SearchSwitchboard,
    lambda c: {"class": "switchboard_directory_search", "pattern": _word(c.pattern)},
)
_form(GetSwitchboardHeaders, lambda _: {"class": "get_switchboard_directory_headers"})
_form(GetRelations, lambda _: {"class": "get_relations"})
_form(
    SendChat,
    lambda c: {
        "class": "chitchat",
        "text": _said(c.text),
        "to": _address(c.ipbx_id, c.user_id),
    },
)
_form(
    SendChatByUuid,
    lambda c: {
        "class": "chitchat",
        "text": _said(c.text),
        "to": [_word(c.server_uuid), _word(c.user_id)],
        "alias": _word(c.alias),
    },
)
_form(
    SendFax,
    lambda c: {
        "class": "faxsend",
        "destination": _number(c.destination),
        "filename": _word(c.filename),
        "hide": "1" if c.hide_number else "0",
    },
)
_form(FindFileTransfer, lambda _: {"class": "filetransfer"})
_form(
    AnnounceFile,
    lambda c: {
        "class": "filetransfer",
        "command": "put_announce",
        "format": "base64",
        "socketref": _word(c.socket),
        "filename": _word(c.filename),
        "fileid": _word(c.file_id),
        "formatted_size": 4 * ((_in_range(c.size, 1, FILE_SIZE) + 2) // 3),
        "file_size": c.size,
    },
)
_form(
    SendFaxData,
    lambda c: {
        "class": "faxsend",
        "destination": _number(c.destination),
        "filename": _word(c.filename),
        "size": len(c.data),
        "data": _base64(c.data),
    },
)
