"""What each message of a server holds: its fields, what we call them, and how each is read.

`GETLIST` is keyed by function and list, `CLASSES` by class. Where messages of one class differ, the first
key that a message has decides: an `error_string` is a refusal, a `warning_string` a warning. Who adds a
field here has it tried with everything that can go wrong: the tests walk through these tables.

Source: the vendor's page "CTI Protocol", and real conversations where they differ from it.
"""

from functools import partial
from typing import Any

from ..readers import (
    ITEMS,
    OBJECTS,
    Entries,
    Field,
    Fields,
    Made,
    Many,
    Nullable,
    Object,
    OneOf,
    Pair,
    Record,
    Unreadable,
    code,
    count,
    count_or_none,
    flag,
    flag_or_no,
    identifier,
    identifier_or_none,
    local_time,
    message_text,
    number,
    required,
    seconds,
    text,
    text_or_empty,
    text_or_none,
    time,
    time_or_none,
    word,
)
from .messages import (
    Added,
    AgentStatusUpdated,
    AttendedTransferAnswered,
    AttendedTransferCancelled,
    Availability,
    ChannelState,
    ChatMessage,
    CommandError,
    CommandFailed,
    CommandReply,
    CommandResult,
    Communication,
    Conference,
    ConferenceMember,
    ConferenceSeat,
    ConferencesUpdated,
    ConferenceUser,
    Config,
    CurrentCall,
    CurrentCalls,
    CurrentCallState,
    DialAccepted,
    Direction,
    DirectoryResult,
    EndpointStatusUpdated,
    FaxAccepted,
    FaxProgress,
    Hint,
    History,
    HistoryCall,
    HistoryMode,
    Ids,
    Invited,
    IpbxList,
    KeptAlive,
    ListName,
    LoggedIn,
    LoginError,
    LoginRefused,
    MemberStatus,
    Message,
    NonQueueCall,
    PasswordAccepted,
    PeopleHeaders,
    PeopleResult,
    Person,
    PhoneState,
    Presence,
    QueueEntries,
    QueueEntry,
    QueueStatistics,
    Related,
    Relations,
    Removed,
    SessionOpened,
    SheetReceived,
    StartTlsDeclined,
    StartTlsOffered,
    StartTlsReady,
    Status,
    SwitchboardEntry,
    SwitchboardHeaders,
    SwitchboardResult,
    UndefinedContext,
    UserStatusUpdated,
    Warned,
    WarningKind,
)
from .readers import (
    cell,
    semicolons,
    sheet_payload,
    statistic,
    statistic_count,
    user_of_address,
)

type Table = Record[Message]

_ids = Many(identifier)


# --- getlist: what objects hold ----------------------------------------------------------------

CONFIGS: dict[ListName, tuple[Field, ...]] = {
    ListName.USERS: (
        Field("fullname", "full_name", text),
        Field("firstname", "first_name", text_or_empty),
        Field("lastname", "last_name", text_or_empty),
        Field("mobilephonenumber", "mobile_number", text_or_empty),
        Field("linelist", "lines", _ids),
        Field("agentid", "agent", identifier_or_none),
        Field("voicemailid", "voicemail", identifier_or_none),
        Field("enablednd", "do_not_disturb", flag),
        Field("incallfilter", "call_filter", flag),
        Field("enablerecording", "recording", flag),
        Field("enableunc", "forward_always", flag),
        Field("destunc", "forward_always_to", text_or_empty),
        Field("enablerna", "forward_no_answer", flag),
        Field("destrna", "forward_no_answer_to", text_or_empty),
        Field("enablebusy", "forward_busy", flag),
        Field("destbusy", "forward_busy_to", text_or_empty),
        Field("enablevoicemail", "voicemail_enabled", flag_or_no),
        Field("enablexfer", "transfer_enabled", flag_or_no),
        Field("enableclient", "client_enabled", flag_or_no),
    ),
    ListName.PHONES: (
        Field("number", "number", text_or_empty),
        Field("identity", "identity", text),
        Field("iduserfeatures", "user", identifier_or_none),
        Field("protocol", "protocol", text_or_empty),
        Field("context", "context", text_or_empty),
    ),
    ListName.AGENTS: (
        Field("number", "number", text),
        Field("firstname", "first_name", text_or_empty),
        Field("lastname", "last_name", text_or_empty),
        Field("context", "context", text_or_empty),
    ),
    ListName.QUEUES: (
        Field("name", "name", text),
        Field("displayname", "display_name", text_or_empty),
        Field("number", "number", text_or_empty),
        Field("context", "context", text_or_empty),
    ),
    ListName.VOICEMAILS: (
        Field("mailbox", "mailbox", text),
        Field("context", "context", text_or_empty),
        Field("fullname", "full_name", text_or_empty),
        Field("email", "email", text_or_empty),
    ),
    ListName.QUEUE_MEMBERS: (
        Field("interface", "interface", text),
        Field("queue_name", "queue", text),
        Field("paused", "paused", flag),
        Field("penalty", "penalty", count),
        Field("status", "status", code(MemberStatus)),
        Field("membership", "membership", text),
        Field("callstaken", "calls_taken", count),
        Field("lastcall", "last_call", text_or_empty),
    ),
    ListName.CONFERENCES: (
        Field("name", "name", text_or_empty),
        Field("confno", "number", text),
        Field("context", "context", text_or_empty),
    ),
}

_DIRECTIONS = OneOf({"incoming": True, "outgoing": False})

STATUSES: dict[ListName, tuple[Field, ...]] = {
    ListName.USERS: (
        Field("availstate", "presence", identifier),
        Field("connection", "connected", flag_or_no),
    ),
    ListName.PHONES: (
        Field("hintstatus", "hint", code(Hint)),
        Field("channels", "channels", _ids),
    ),
    ListName.AGENTS: (
        Field("availability", "availability", word(Availability)),
        Field("availability_since", "availability_since", time),
        Field("queues", "queues", _ids),
        Field("phonenumber", "phone_number", text_or_none),
        Field("on_call_acd", "on_queue_call", flag),
        Field("on_wrapup", "wrap_up", flag),
        Field(
            "nonacd_call_status",
            "non_queue_call",
            Nullable(Made(NonQueueCall._make, Pair(_DIRECTIONS, flag))),
        ),
    ),
    ListName.QUEUES: (
        Field("agentmembers", "agents", _ids),
        Field("phonemembers", "phones", _ids),
    ),
    ListName.VOICEMAILS: (
        Field("new", "new", count_or_none),
        Field("old", "old", count_or_none),
        Field("waiting", "waiting", count_or_none),
    ),
    ListName.QUEUE_MEMBERS: CONFIGS[ListName.QUEUE_MEMBERS],
    ListName.CHANNELS: (
        Field("state", "state", word(ChannelState, ChannelState.UNKNOWN)),
        Field("commstatus", "communication", word(Communication)),
        Field("direction", "direction", Nullable(word(Direction))),
        Field("talkingto_id", "talking_to", identifier_or_none),
        Field("talkingto_kind", "talking_to_kind", text_or_none),
        Field("holded", "held", flag),
        Field("parked", "parked", flag),
        Field("timestamp", "since", time),
    ),
    ListName.CONFERENCES: (Field("paused", "paused", flag),),
}


def _object(
    kind: type[Config | Status], name: ListName, wire: str, fields: tuple[Field, ...]
) -> Table:
    return Record(
        partial(kind, name),
        required("tid", "id", identifier),
        required(wire, "fields", Object(*fields)),
        about=kind.__name__,
    )


def _listed(kind: type[Ids | Added | Removed], name: ListName) -> Table:
    return Record(
        partial(kind, name),
        required("list", "ids", Many(identifier, OBJECTS)),
        about=kind.__name__,
    )


GETLIST: dict[str, dict[str, Table]] = {
    "listid": {name: _listed(Ids, name) for name in ListName},
    "addconfig": {name: _listed(Added, name) for name in ListName},
    "delconfig": {name: _listed(Removed, name) for name in ListName},
    "updateconfig": {
        name: _object(Config, name, "config", fields) for name, fields in CONFIGS.items()
    },
    "updatestatus": {
        name: _object(Status, name, "status", fields) for name, fields in STATUSES.items()
    },
}

# --- log-in ------------------------------------------------------------------------------------


def _login_refused(error: str) -> LoginRefused:
    kind, _, detail = error.partition(":")
    if kind != LoginError.VERSION:
        return LoginRefused(LoginError(kind) if kind in set(LoginError) else LoginError.OTHER)
    client, _, server = detail.partition(";")
    return LoginRefused(LoginError.VERSION, client, server)


def _starttls(*, ready: bool) -> StartTlsReady | StartTlsDeclined:
    return StartTlsReady() if ready else StartTlsDeclined()


def profile(value: Any) -> int:
    """Read the one profile that a log-in may choose."""
    if type(value) is list and value:
        return number(value[0])
    raise Unreadable


def _presences(pairs: tuple[tuple[str, Presence], ...]) -> tuple[Presence, ...]:
    return tuple(presence._replace(key=key) for key, presence in pairs)


def _phone_states(pairs: tuple[tuple[int, PhoneState], ...]) -> tuple[PhoneState, ...]:
    return tuple(state._replace(hint=hint) for hint, state in pairs)


def _services(services: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(filter(None, services))  # a profile without any has one without a name


def _logged_in(
    ipbx_id: str, user_id: str, profile_name: str = "", capabilities: dict[str, Any] | None = None
) -> LoggedIn:
    return LoggedIn(ipbx_id, user_id, profile_name, **(capabilities or {}))


_CAPABILITIES = Fields(
    Field(
        "userstatus",
        "presences",
        Made(
            _presences,
            Entries(
                identifier,
                Record(
                    partial(Presence, ""),
                    Field("longname", "long_name", text_or_empty),
                    Field("color", "color", text_or_empty),
                    Field("allowed", "allowed", Nullable(Many(identifier))),
                    Field("actions", "actions", Entries(identifier, text_or_empty)),
                ),
            ),
        ),
    ),
    Field(
        "phonestatus",
        "phone_states",
        Made(
            _phone_states,
            Entries(
                number,
                Record(
                    partial(PhoneState, 0),
                    Field("longname", "long_name", text_or_empty),
                    Field("color", "color", text_or_empty),
                ),
            ),
        ),
    ),
    Field("services", "services", Made(_services, Many(text))),
)

# --- replies -----------------------------------------------------------------------------------

_REPLY_ID = Field("replyid", "reply_id", Nullable(count))


def _command_id(reply_id: str) -> int | None:
    return int(reply_id) if len(reply_id) < 10 and reply_id.isdecimal() else None


# A fax's result bears its file's id instead, ten letters and digits.
_COMMAND_OR_FILE_ID = Field("replyid", "reply_id", Nullable(Made(_command_id, identifier)))


def _command_failed(error: str) -> CommandFailed:
    kind, _, detail = error.partition(":")
    if kind in set(CommandError):
        return CommandFailed(CommandError(kind), detail)
    return CommandFailed(CommandError.OTHER, error)


def command_reply(value: Any) -> str | bool | None:
    """Read what a command was answered with: yes (1 in 14.12), an action's id, an explanation, or none."""
    if type(value) is str:
        return text(value)
    return None if value is None else flag(value)


_PEOPLE_COLUMNS = (
    Field("column_headers", "headers", Many(text_or_empty)),
    Field("column_types", "types", Many(text_or_none)),
)

_RELATED = Record(
    Related,
    Field("user_id", "user_id", identifier_or_none),
    Field("agent_id", "agent_id", identifier_or_none),
    Field("endpoint_id", "endpoint_id", identifier_or_none),
    Field("xivo_uuid", "server_uuid", identifier_or_none),
)


def _switchboard_entry(pairs: tuple[tuple[str, str], ...]) -> SwitchboardEntry:
    columns = dict(pairs)
    name, of, kind = (columns.pop(key, "") for key in ("name", "number", "number_type"))
    return SwitchboardEntry(name, of, kind, tuple(columns.items()))


# --- what was subscribed to --------------------------------------------------------------------


def _values[T](pairs: tuple[tuple[str, T], ...]) -> tuple[T, ...]:
    return tuple(value for _, value in pairs)


_CONFERENCE = Record(
    Conference,
    required("number", "number", identifier),
    Field("name", "name", text_or_empty),
    Field("pin_required", "pin_required", flag_or_no),
    Field("start_time", "since", time_or_none),
    Field("member_count", "member_count", count),
    Field(
        "members",
        "members",
        Made(
            _values,
            Entries(
                identifier,
                Record(
                    ConferenceMember,
                    required("join_order", "position", count),
                    Field("name", "name", text_or_empty),
                    Field("number", "number", text_or_empty),
                    Field("join_time", "joined", time_or_none),
                    Field("muted", "muted", flag_or_no),
                ),
            ),
        ),
    ),
)

QUEUE_NUMBERS = (
    Field("Xivo-LoggedAgents", "logged_agents", count),
    Field("Xivo-AvailableAgents", "available_agents", count),
    Field("Xivo-TalkingAgents", "talking_agents", count),
    Field("Xivo-WaitingCalls", "waiting", count),
    Field("Xivo-LongestWaitTime", "longest_wait", statistic),
    Field("Xivo-EWT", "estimated_wait", statistic),
    Field("Xivo-Join", "joined", statistic_count),
    Field("Xivo-Link", "answered", statistic_count),
    Field("Xivo-Lost", "abandoned", statistic_count),
    Field("Xivo-Rate", "answer_rate", statistic),
    Field("Xivo-Qos", "service_level", statistic),
    Field("Xivo-Holdtime-avg", "average_wait", statistic),
    Field("Xivo-Holdtime-max", "maximum_wait", statistic),
)


def _by_queue(pairs: tuple[tuple[str, dict[str, Any]], ...]) -> dict[str, dict[str, Any]]:
    return dict(pairs)


def _itself[T](data: T) -> T:
    return data


def _wrapped(wire: str, record: Record[Any]) -> Table:
    """Return how to read a message whose fields are all within one of them."""
    return Record(_itself, required(wire, "data", record), about=record.about)


_SERVER_UUID = Field("xivo_uuid", "server_uuid", identifier_or_none)

# --- all classes -------------------------------------------------------------------------------

_OWN: dict[str, dict[str | None, Table]] = {
    "starttls": {
        "starttls": Record(
            _starttls, required("starttls", "ready", flag_or_no), about="StartTlsReady"
        ),
        None: Record(StartTlsOffered),
    },
    "login_id": {
        None: Record(
            SessionOpened,
            required("sessionid", "session_id", text),
            Field("xivoversion", "version", text),
            Field("wazoversion", "version", text),  # its name from 17.16 on
        ),
    },
    "login_pass": {
        None: Record(PasswordAccepted, required("capalist", "profile_id", profile)),
    },
    "login_capas": {
        None: Record(
            _logged_in,
            required("ipbxid", "ipbx_id", identifier),
            required("userid", "user_id", identifier),
            Field("appliname", "profile_name", text_or_empty),
            Field("capas", "capabilities", _CAPABILITIES),
            about="LoggedIn",
        ),
    },
    "keepalive": {None: Record(KeptAlive, _REPLY_ID)},
    "getipbxlist": {
        None: Record(IpbxList, required("ipbxlist", "ipbx_ids", _ids), _REPLY_ID),
    },
    "dial_success": {None: Record(DialAccepted, required("exten", "extension", text))},
    "ipbxcommand": {
        "response": Record(
            CommandResult,
            required("command", "command", identifier),
            required("response", "ok", OneOf({"ok": True, "ko": False})),
            _COMMAND_OR_FILE_ID,
        ),
        None: Record(
            CommandReply,
            required("command", "command", identifier),
            required("ipbxreply", "reply", command_reply),
            _REPLY_ID,
        ),
    },
    "history": {
        None: Record(
            History,
            required(
                "history",
                "calls",
                Many(
                    Record(
                        HistoryCall,
                        required("calldate", "start", local_time),
                        Field("duration", "duration", seconds),
                        Field("fullname", "name", text_or_empty),
                        Field("mode", "mode", Nullable(code(HistoryMode))),
                        Field("extension", "extension", text_or_empty),
                    ),
                    ITEMS,
                ),
            ),
            Field("mode", "mode", Nullable(code(HistoryMode))),
        ),
    },
    "directory": {
        None: Record(
            DirectoryResult,
            Field("headers", "headers", Many(text_or_empty)),
            required("resultlist", "rows", Many(semicolons, ITEMS)),
            _REPLY_ID,
        ),
    },
    "people_headers_result": {None: Record(PeopleHeaders, *_PEOPLE_COLUMNS)},
    "people_search_result": {
        None: Record(
            PeopleResult,
            Field("term", "term", text_or_empty),
            *_PEOPLE_COLUMNS,
            required(
                "results",
                "people",
                Many(
                    Record(
                        Person,
                        required("column_values", "values", Many(cell)),
                        Field("relations", "relations", _RELATED),
                        Field("source", "source", text_or_empty),
                    ),
                    ITEMS,
                ),
            ),
        ),
    },
    "directory_headers": {
        None: Record(
            SwitchboardHeaders,
            required("headers", "columns", Many(Pair(text_or_empty, text_or_none))),
        ),
    },
    "directory_search_result": {
        None: Record(
            SwitchboardResult,
            Field("pattern", "pattern", text_or_empty),
            required(
                "results",
                "entries",
                Many(Made(_switchboard_entry, Entries(text, text_or_empty)), ITEMS),
            ),
        ),
    },
    "relations": {None: Record(Relations, required("data", "relations", _RELATED))},
    "current_calls": {
        None: Record(
            CurrentCalls,
            required(
                "current_calls",
                "calls",
                Many(
                    Record(
                        CurrentCall,
                        Field("cid_name", "name", text_or_empty),
                        Field("cid_number", "number", text_or_empty),
                        Field("call_status", "state", word(CurrentCallState, CurrentCallState.UP)),
                        Field("call_start", "start", time_or_none),
                    )
                ),
            ),
        ),
    },
    "current_call_attended_transfer_answered": {
        None: Record(AttendedTransferAnswered, Field("line", "line", text_or_empty)),
    },
    "current_call_attended_transfer_cancelled": {
        None: Record(AttendedTransferCancelled, Field("line", "line", text_or_empty)),
    },
    "meetme_update": {
        None: Record(
            ConferencesUpdated,
            required(
                "config", "conferences", Made(_values, Entries(identifier, _CONFERENCE, ITEMS))
            ),
        ),
    },
    "meetme_user": {
        None: Record(
            ConferenceUser,
            required(
                "list",
                "seats",
                Many(
                    Record(
                        ConferenceSeat,
                        required("room_number", "number", identifier),
                        required("user_number", "position", count),
                    )
                ),
            ),
        ),
    },
    "queueentryupdate": {
        None: _wrapped(
            "state",
            Record(
                QueueEntries,
                required("queue_id", "queue_id", identifier),
                Field("queue_name", "queue_name", text_or_empty),
                required(
                    "entries",
                    "entries",
                    Many(
                        Record(
                            QueueEntry,
                            required("position", "position", count),
                            Field("name", "name", text_or_empty),
                            Field("number", "number", text_or_empty),
                            Field("join_time", "joined", time_or_none),
                            Field("uniqueid", "unique_id", text_or_empty),
                        ),
                        ITEMS,
                    ),
                ),
            ),
        ),
    },
    "getqueuesstats": {
        None: Record(
            QueueStatistics,
            required(
                "stats",
                "queues",
                Made(_by_queue, Entries(identifier, Fields(*QUEUE_NUMBERS), ITEMS)),
            ),
            _REPLY_ID,
        ),
    },
    "user_status_update": {
        None: _wrapped(
            "data",
            Record(
                UserStatusUpdated,
                required("user_id", "user_id", identifier),
                required("status", "presence", identifier),
                _SERVER_UUID,
            ),
        ),
    },
    "agent_status_update": {
        None: _wrapped(
            "data",
            Record(
                AgentStatusUpdated,
                required("agent_id", "agent_id", identifier),
                required("status", "logged_in", OneOf({"logged_in": True, "logged_out": False})),
                _SERVER_UUID,
            ),
        ),
    },
    "endpoint_status_update": {
        None: _wrapped(
            "data",
            Record(
                EndpointStatusUpdated,
                required("endpoint_id", "endpoint_id", identifier),
                required("status", "hint", code(Hint)),
                _SERVER_UUID,
            ),
        ),
    },
    "chitchat": {
        None: Record(
            ChatMessage,
            required("from", "sender", user_of_address),
            Field("to", "to", user_of_address),
            required("text", "text", message_text),
            Field("alias", "alias", text_or_empty),
        ),
    },
    "sheet": {
        None: Record(
            SheetReceived,
            required("payload", "payload", sheet_payload),
            Field("compressed", "compressed", flag),
            Field("serial", "serial", text),
            Field("channel", "channel", text_or_empty),
        ),
    },
    "faxsend": {None: Record(FaxAccepted, required("fileid", "file_id", identifier), _REPLY_ID)},
    "fax_progress": {
        None: Record(
            FaxProgress,
            required("status", "status", text),
            Field("pages", "pages", count_or_none),
        ),
    },
    # Of these a server says nothing but that it does not know them, or that they are done.
    "availstate": {},
    "call_form_result": {},
    "featuresget": {},
    "featuresput": {},
    "filetransfer": {},
    "logfromclient": {},
    "parking": {},
}

_WARNING: Table = Record(
    Warned,
    required("class", "about", OneOf({name: name for name in _OWN}, other="")),
    required("warning_string", "warning", word(WarningKind, WarningKind.OTHER)),
    _REPLY_ID,
)
_LOGIN_REFUSAL: Table = Record(
    _login_refused, required("error_string", "error", text), about="LoginRefused"
)
_REFUSAL: Table = Record(
    _command_failed, required("error_string", "error", text), about="CommandFailed"
)

# What a message of any class may be, known or not.
ANY_CLASS: dict[str | None, Table] = {"error_string": _REFUSAL, "warning_string": _WARNING}
_LOGIN: dict[str | None, Table] = {"error_string": _LOGIN_REFUSAL}
# A warning is what a keepalive is answered with.
_KEEPALIVE: dict[str | None, Table] = {"warning_string": _OWN["keepalive"][None]}
_SHARED = {"login_id": _LOGIN, "login_pass": _LOGIN, "login_capas": _LOGIN, "keepalive": _KEEPALIVE}

CLASSES: dict[str, dict[str | None, Table]] = {
    name: ANY_CLASS | _SHARED.get(name, {}) | own for name, own in _OWN.items()
}


def _undefined_context(*, reason: bool) -> UndefinedContext:
    del reason
    return UndefinedContext()


# Messages that have no class, by the key that tells them; one that says nothing at all is NoLine.
WITHOUT_CLASS: dict[str | None, Table] = {
    "reason": Record(
        _undefined_context,
        required("reason", "reason", OneOf({"undefined_context": True})),
        about="UndefinedContext",
    ),
    "message": Record(Invited),
}
