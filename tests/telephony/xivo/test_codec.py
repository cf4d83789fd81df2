"""Lines to messages: what real servers have said, and what each message means."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
import gc
import json
from typing import Any

import pytest

from custom_components.office_cti.telephony.xivo.codec import Decoder
from custom_components.office_cti.telephony.xivo.messages import (
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
    Ignored,
    Invited,
    IpbxList,
    KeptAlive,
    ListName,
    LoggedIn,
    LoginError,
    LoginRefused,
    Malformed,
    MemberStatus,
    Message,
    NoLine,
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
    Unknown,
    UserStatusUpdated,
    Warned,
    WarningKind,
)
from tests.recordings.reading import Kind, Step, names, recording

CALLER = "SIP/barometrix-0000000a"


def decode(**wire: Any) -> Message:
    """Return the message of one line; `class_` is its class."""
    wire = {name.rstrip("_"): value for name, value in wire.items()}
    (message,) = Decoder().feed(json.dumps(wire | {"timenow": 1361801751.87}).encode() + b"\n")
    return message


def getlist(function: str, listname: str, **wire: Any) -> Message:
    return decode(class_="getlist", function=function, listname=listname, tipbxid="xivo", **wire)


def config(listname: str, tid: Any, **fields: Any) -> Message:
    return getlist("updateconfig", listname, tid=tid, config=fields)


def status(listname: str, tid: Any, **fields: Any) -> Message:
    return getlist("updatestatus", listname, tid=tid, status=fields)


# --- lines -------------------------------------------------------------------------------------


def test_lines_end_in_a_line_feed_and_may_have_a_carriage_return() -> None:
    line = b'{"class": "keepalive", "replyid": 7}'
    decoder = Decoder()
    assert list(decoder.feed(line + b"\r\n" + line)) == [KeptAlive(7)]
    assert list(decoder.feed(b"\n")) == [KeptAlive(7)]


def test_empty_lines_are_ignored() -> None:
    assert not list(Decoder().feed(b"\n\r\n\n"))


def test_a_line_may_come_in_pieces_out_of_a_buffer_that_is_used_again() -> None:
    buffer = bytearray(8)
    decoder = Decoder()
    line = b'{"class": "keepalive", "replyid": 7}\n'
    found: list[Message] = []
    for start in range(0, len(line), len(buffer)):
        piece = line[start : start + len(buffer)]
        buffer[: len(piece)] = piece
        found += decoder.feed(memoryview(buffer)[: len(piece)])
    assert found == [KeptAlive(7)]


def test_what_was_fed_does_not_change_with_the_buffer() -> None:
    buffer = bytearray(b'{"class": "keepalive", "replyid": 7}\n')
    messages = Decoder().feed(memoryview(buffer))
    buffer[:] = bytes(len(buffer))
    assert list(messages) == [KeptAlive(7)]


def test_the_servers_clock_is_known_from_the_newest_message() -> None:
    decoder = Decoder()
    assert decoder.server_time is None
    list(decoder.feed(b'{"class": "keepalive", "timenow": 1795224328.5}\n'))
    assert decoder.server_time == 1795224328.5
    for nonsense in (b'"soon"', b"1e300", b"-1.5", b"null"):
        list(decoder.feed(b'{"class": "keepalive", "timenow": ' + nonsense + b"}\n"))
    assert decoder.server_time == 1795224328.5


# --- real conversations ------------------------------------------------------------------------

IGNORED = {
    "recording no target": "the server tells the recording of nobody, and closes the connection",
    "agentlogin by a user who is no agent": "the same, as another client has seen it",
    "listid groups": "not brought in",
    "listid trunks": "not brought in",
    "listid contexts": "not brought in",
    "listid phonebooks": "not brought in",
    "updateconfig no tid": "asked about nobody",
    "updatestatus of unknown list": "asked about no list",
}


def received(release: str, name: str) -> Iterator[tuple[str, Step]]:
    for section in recording("xivo", release, name).sections:
        for step in section.steps:
            if step.kind is Kind.RECEIVED:
                yield section.title, step


def line_of(step: Step) -> bytes:
    """Return what a server sent; where the recording has cut it before its class, it was of getlist."""
    assert step.message is not None
    missing = {"class": "getlist"} if step.is_cut else {}
    return json.dumps(missing | step.message).encode() + b"\n"


@pytest.mark.parametrize(("release", "name"), names("xivo"))
def test_all_that_real_servers_say_is_understood(release: str, name: str) -> None:
    decoder = Decoder()
    for title, step in received(release, name):
        (message,) = decoder.feed(line_of(step))
        assert not isinstance(message, Malformed | Unknown), (title, step.text)
        assert not getattr(message, "problems", ()), (title, message)
        if isinstance(message, Ignored):
            assert title in IGNORED, step.text


def test_the_recordings_hold_a_thousand_messages_of_many_kinds() -> None:
    kinds = Counter(
        type(message).__name__
        for release, name in names("xivo")
        for _, step in received(release, name)
        for message in Decoder().feed(line_of(step))
    )
    assert kinds.total() > 1000
    assert len(kinds) > 25
    assert kinds["Ignored"] == 16


def reachable(thing: Any) -> Iterator[str]:
    """Yield every text that can be reached from a message."""
    for inner in gc.get_referents(thing):
        if isinstance(inner, str):
            yield inner
        elif isinstance(inner, tuple | list | dict):
            yield from reachable(inner)


def test_a_push_with_a_password_in_clear_leaves_no_trace() -> None:
    pushes = [step for _, step in received("15.01", "pushes") if "passwdclient" in step.text]
    assert len(pushes) == 4
    for step in pushes:
        (message,) = Decoder().feed(line_of(step))
        assert isinstance(message, Config)
        assert message.fields is not None
        assert message.fields["full_name"] == "Alice Bouzat"
        found = " ".join(reachable(message))
        assert "Alice Bouzat" in found
        assert "alice-pw" not in found
        assert "passwd" not in found
        assert "loginclient" not in found


def test_a_rejected_push_with_a_password_leaves_no_trace_either() -> None:
    message = config("users", {}, passwdclient="alice-pw", fullname="Alice Bouzat")
    assert isinstance(message, Malformed)
    assert not [text for text in reachable(message) if "alice-pw" in text]


# --- getlist -----------------------------------------------------------------------------------


def test_lists_of_ids() -> None:
    ids = ["Agent/2001,blue", "SIP/x2gjtw,red"]
    assert getlist("listid", "queuemembers", list=ids) == Ids(ListName.QUEUE_MEMBERS, tuple(ids))
    assert getlist("addconfig", "users", list=["50"]) == Added(ListName.USERS, ("50",))
    assert getlist("delconfig", "channels", list=[CALLER]) == Removed(ListName.CHANNELS, (CALLER,))


def test_an_id_may_be_a_number() -> None:
    assert status("agents", 1, phonenumber="1002") == status("agents", "1", phonenumber="1002")
    assert getlist("listid", "users", list=[1, 2]) == Ids(ListName.USERS, ("1", "2"))


@pytest.mark.parametrize("nothing", [None, {}])
def test_what_does_not_exist_is_not_what_says_nothing(nothing: Any) -> None:
    absent = getlist("updatestatus", "queuemembers", tid="nope", status=nothing)
    assert absent == Status(ListName.QUEUE_MEMBERS, "nope", None)
    assert status("users", "1", unheard="of") == Status(ListName.USERS, "1", {})


def test_a_users_configuration() -> None:
    assert config(
        "users",
        "3",
        fullname="Carol Sims",
        firstname="Carol",
        lastname="Sims",
        mobilephonenumber="",
        linelist=["8"],
        agentid=2,
        voicemailid=None,
        enablednd=0,
        incallfilter=1,
        enableunc=True,
        destunc="+15145550199",
        enablerna=False,
        destrna="",
        enablebusy=0,
        destbusy="1009",
        enablevoicemail=0,
        enablexfer=1,
        enableclient=1,
        profileclient=None,
    ) == Config(
        ListName.USERS,
        "3",
        {
            "full_name": "Carol Sims",
            "first_name": "Carol",
            "last_name": "Sims",
            "mobile_number": "",
            "lines": ("8",),
            "agent": "2",
            "voicemail": None,
            "do_not_disturb": False,
            "call_filter": True,
            "forward_always": True,
            "forward_always_to": "+15145550199",
            "forward_no_answer": False,
            "forward_no_answer_to": "",
            "forward_busy": False,
            "forward_busy_to": "1009",
            "voicemail_enabled": False,
            "transfer_enabled": True,
            "client_enabled": True,
        },
    )


def test_a_push_tells_what_has_changed_alone() -> None:
    assert config("users", "2", enablerecording=True) == Config(
        ListName.USERS, "2", {"recording": True}
    )


@pytest.mark.parametrize(
    ("wire", "value"),
    [(0, False), (1, True), ("0", False), ("1", True), ("true", True), ("false", False)],
)
def test_yes_and_no_are_written_in_many_ways(wire: Any, value: bool) -> None:  # noqa: FBT001
    assert config("users", "2", enablednd=wire) == Config(
        ListName.USERS, "2", {"do_not_disturb": value}
    )


def test_a_users_status() -> None:
    assert status("users", "3", availstate="available", connection="yes") == Status(
        ListName.USERS, "3", {"presence": "available", "connected": True}
    )
    assert status("users", "3", availstate="disconnected", connection=None) == Status(
        ListName.USERS, "3", {"presence": "disconnected", "connected": False}
    )


def test_a_phone() -> None:
    assert config(
        "phones",
        "3",
        identity="SIP/x2gjtw",
        iduserfeatures=1,
        number="1001",
        protocol="sip",
        context="default",
        allowtransfer=None,
    ) == Config(
        ListName.PHONES,
        "3",
        {
            "identity": "SIP/x2gjtw",
            "user": "1",
            "number": "1001",
            "protocol": "sip",
            "context": "default",
        },
    )
    assert status("phones", "3", hintstatus="9", channels=[CALLER], queues=[]) == Status(
        ListName.PHONES, "3", {"hint": Hint.IN_USE_AND_RINGING, "channels": (CALLER,)}
    )


def test_a_phone_of_nobody() -> None:
    assert config("phones", "3", iduserfeatures=0) == Config(ListName.PHONES, "3", {"user": None})


def test_an_agents_status() -> None:
    assert status(
        "agents",
        1,
        availability="on_call_nonacd_outgoing_internal",
        availability_since=1795224343.0554,
        on_wrapup=False,
        on_call_acd=False,
        queues=["1", "10"],
        phonenumber="1002",
        nonacd_call_status=["outgoing", True],
        groups=[],
        channel=None,
    ) == Status(
        ListName.AGENTS,
        "1",
        {
            "availability": Availability.ON_CALL_OUTGOING_INTERNAL,
            "availability_since": 1795224343.0554,
            "wrap_up": False,
            "on_queue_call": False,
            "queues": ("1", "10"),
            "phone_number": "1002",
            "non_queue_call": NonQueueCall(incoming=False, internal=True),
        },
    )


def test_a_member_of_a_queue() -> None:
    fields = {
        "interface": "Agent/2001",
        "queue_name": "blue",
        "paused": "1",
        "penalty": "5",
        "status": "101",
        "membership": "static",
        "callstaken": "0",
        "lastcall": "",
    }
    tamed = {
        "interface": "Agent/2001",
        "queue": "blue",
        "paused": True,
        "penalty": 5,
        "status": MemberStatus.LOGGED_OUT,
        "membership": "static",
        "calls_taken": 0,
        "last_call": "",
    }
    name = "Agent/2001,blue"
    assert config("queuemembers", name, **fields) == Config(ListName.QUEUE_MEMBERS, name, tamed)
    assert status("queuemembers", name, **fields) == Status(ListName.QUEUE_MEMBERS, name, tamed)


def test_a_queue_and_a_conference() -> None:
    assert config("queues", "1", name="blue", displayname="Blue desk", number="3001") == Config(
        ListName.QUEUES, "1", {"name": "blue", "display_name": "Blue desk", "number": "3001"}
    )
    assert config("meetmes", "1", confno="4001", name="confroom", admin_moderationmode=0) == Config(
        ListName.CONFERENCES, "1", {"number": "4001", "name": "confroom"}
    )


def test_a_voicemail_box_mixes_text_and_null() -> None:
    assert status("voicemails", "1", new="2", old=None, waiting="1") == Status(
        ListName.VOICEMAILS, "1", {"new": 2, "old": None, "waiting": 1}
    )


def test_a_channel() -> None:
    assert status(
        "channels",
        CALLER,
        state="Up",
        commstatus="linked-called",
        direction="in",
        talkingto_kind="channel",
        talkingto_id="SIP/x2gjtw-0000000b",
        holded=True,
        parked=False,
        timestamp=1795224334.117238,
    ) == Status(
        ListName.CHANNELS,
        CALLER,
        {
            "state": ChannelState.UP,
            "communication": Communication.LINKED_CALLED,
            "direction": Direction.IN,
            "talking_to_kind": "channel",
            "talking_to": "SIP/x2gjtw-0000000b",
            "held": True,
            "parked": False,
            "since": 1795224334.117238,
        },
    )


# --- log-in ------------------------------------------------------------------------------------


def test_starttls() -> None:
    assert decode(class_="starttls") == StartTlsOffered()
    assert decode(class_="starttls", starttls=True) == StartTlsReady()
    assert decode(class_="starttls", starttls=False) == StartTlsDeclined()


def test_the_steps_of_a_log_in() -> None:
    assert decode(class_="login_id", sessionid="21UaGDfst7", xivoversion="1.2") == SessionOpened(
        "21UaGDfst7", "1.2"
    )
    assert decode(class_="login_id", sessionid="a", wazoversion="2.3") == SessionOpened("a", "2.3")
    assert decode(class_="login_pass", replyid=2, capalist=[3]) == PasswordAccepted(3)


@pytest.mark.parametrize(
    ("step", "error", "refused"),
    [
        ("login_id", "xivoversion_client:2.0;1.2", LoginRefused(LoginError.VERSION, "2.0", "1.2")),
        ("login_id", "xivoversion_client", LoginRefused(LoginError.VERSION)),
        ("login_id", "login_password", LoginRefused(LoginError.CREDENTIALS)),
        ("login_pass", "capaid_undefined", LoginRefused(LoginError.NO_PROFILE)),
        ("login_capas", "wrong cti_profile_id", LoginRefused(LoginError.OTHER)),
    ],
)
def test_a_refused_log_in(step: str, error: str, refused: LoginRefused) -> None:
    assert decode(class_=step, error_string=error) == refused


def test_what_a_profile_offers() -> None:
    assert decode(
        class_="login_capas",
        ipbxid="xivo",
        userid="1",
        appliname="Client",
        capaxlets=[["search", "tab"]],
        capas={
            "preferences": False,
            "userstatus": {
                "available": {
                    "color": "#08FD20",
                    "longname": "Disponible",
                    "allowed": ["available", "away"],
                    "actions": {"enablednd": "false"},
                },
                "disconnected": {
                    "color": "#202020",
                    "longname": "Déconnecté",
                    "actions": {"agentlogoff": ""},
                },
            },
            "phonestatus": {"-2": {"color": "#030303", "longname": "Inexistant"}},
            "services": ["enablednd", "fwdunc"],
        },
    ) == LoggedIn(
        "xivo",
        "1",
        "Client",
        (
            Presence(
                "available",
                "Disponible",
                "#08FD20",
                ("available", "away"),
                (("enablednd", "false"),),
            ),
            Presence("disconnected", "Déconnecté", "#202020", None, (("agentlogoff", ""),)),
        ),
        (PhoneState(-2, "Inexistant", "#030303"),),
        ("enablednd", "fwdunc"),
    )


def test_a_profile_without_services_has_one_without_a_name() -> None:
    message = decode(class_="login_capas", ipbxid="xivo", userid="1", capas={"services": [""]})
    assert message == LoggedIn("xivo", "1")


# --- replies -----------------------------------------------------------------------------------


def test_short_replies() -> None:
    assert decode(class_="keepalive", replyid=7, warning_string="unimplemented") == KeptAlive(7)
    assert decode(class_="getipbxlist", replyid=7, ipbxlist=["xivo"]) == IpbxList(("xivo",), 7)
    assert decode(class_="dial_success", exten="1003") == DialAccepted("1003")
    assert decode(class_="faxsend", replyid=8, fileid="Abc") == FaxAccepted("Abc", 8)


@pytest.mark.parametrize(
    ("error", "failed"),
    [
        (
            "unreachable_extension:99991",
            CommandFailed(CommandError.UNREACHABLE_EXTENSION, "99991"),
        ),
        (
            "agent_login_invalid_exten",
            CommandFailed(CommandError.AGENT_LOGIN_INVALID_EXTENSION),
        ),
        ("agent_login_exten_in_use", CommandFailed(CommandError.AGENT_LOGIN_EXTENSION_IN_USE)),
        ("something:else", CommandFailed(CommandError.OTHER, "something:else")),
    ],
)
def test_a_failed_command(error: str, failed: CommandFailed) -> None:
    assert decode(class_="ipbxcommand", error_string=error) == failed
    assert decode(class_="a class to come", error_string=error) == failed


@pytest.mark.parametrize(
    ("wire", "reply"),
    [("Fd2sGy9ubD", "Fd2sGy9ubD"), (1, True), (True, True), (None, None), ("noaction", "noaction")],
)
def test_a_command_was_passed_on(wire: Any, reply: Any) -> None:
    message = decode(class_="ipbxcommand", command="hangup", replyid=40, ipbxreply=wire)
    assert message == CommandReply("hangup", reply, 40)


def test_asterisk_has_answered() -> None:
    message = decode(class_="ipbxcommand", command="hangup", replyid=40, response="ko")
    assert message == CommandResult("hangup", ok=False, reply_id=40)


def test_a_faxs_result_names_its_file_and_no_command_of_ours() -> None:
    for file_id in ("aB3dE5fG7h", "1234567890"):
        message = decode(class_="ipbxcommand", command="sendfax", replyid=file_id, response="ok")
        assert message == CommandResult("sendfax", ok=True)


def test_what_a_release_does_not_have() -> None:
    about = {"class_": "ipbxcommand", "replyid": 40}
    assert decode(**about, warning_string="return_is_none") == Warned(
        "ipbxcommand", WarningKind.NOTHING_RETURNED, 40
    )
    assert decode(**about, warning_string="any other") == Warned(
        "ipbxcommand", WarningKind.OTHER, 40
    )
    assert decode(class_="a class to come", warning_string="unimplemented") == Warned(
        "", WarningKind.UNIMPLEMENTED
    )


def test_the_history() -> None:
    start = datetime(2015, 1, 10, 10)  # noqa: DTZ001 - the server's time, without a zone
    call = {"calldate": "2015-01-10T10:00:00", "duration": 63, "fullname": "1001"}
    assert decode(class_="history", mode="0", history=[call]) == History(
        (HistoryCall(start, 63.0, "1001"),), HistoryMode.SENT
    )
    call |= {"mode": 2, "extension": "1001"}  # 15.09 and later
    assert decode(class_="history", history=[call]) == History(
        (HistoryCall(start, 63.0, "1001", HistoryMode.MISSED, "1001"),)
    )


def test_replies_without_a_class() -> None:
    assert decode() == NoLine()
    assert decode(status="ko", reason="undefined_context") == UndefinedContext()
    assert decode(message="Command sent succesfully") == Invited()


def test_the_directory() -> None:
    assert decode(
        class_="directory",
        replyid=77,
        status="ok",
        headers=["Nom", "Numéro", "Site"],
        resultlist=["Bob Marceau;1002;", "Zoé Ünal 日本;1042;Lyon"],
    ) == DirectoryResult(
        ("Nom", "Numéro", "Site"),
        (("Bob Marceau", "1002", ""), ("Zoé Ünal 日本", "1042", "Lyon")),
        77,
    )


def test_people() -> None:
    columns: dict[str, Any] = {
        "column_headers": ["Nom", "Mobile"],
        "column_types": ["name", None],
    }
    relations = {"user_id": 1, "agent_id": None, "endpoint_id": 3, "xivo_uuid": "5-5"}
    result = {
        "source": "internal",
        "column_values": ["Alice", None, True],
        "relations": relations,
    }
    assert decode(class_="people_headers_result", **columns) == PeopleHeaders(
        ("Nom", "Mobile"), ("name", None)
    )
    assert decode(
        class_="people_search_result", term="a", results=[result], **columns
    ) == PeopleResult(
        "a",
        ("Nom", "Mobile"),
        ("name", None),
        (Person(("Alice", None, "True"), Related("1", None, "3", "5-5"), "internal"),),
    )
    assert decode(class_="relations", data=relations) == Relations(Related("1", None, "3", "5-5"))


def test_the_switchboards_directory() -> None:
    assert decode(
        class_="directory_headers", headers=[["Nom", "name"], ["Site", None]]
    ) == SwitchboardHeaders((("Nom", "name"), ("Site", None)))
    result = {"name": "Bob", "number": "1002", "number_type": "office", "Site": "Lyon"}
    assert decode(
        class_="directory_search_result", pattern="b", results=[result]
    ) == SwitchboardResult("b", (SwitchboardEntry("Bob", "1002", "office", (("Site", "Lyon"),)),))


# --- what was subscribed to --------------------------------------------------------------------


def test_the_current_calls() -> None:
    call = {"cid_name": "Ext", "cid_number": "0145", "call_status": "hold", "call_start": 5.5}
    assert decode(class_="current_calls", current_calls=[call]) == CurrentCalls(
        (CurrentCall("Ext", "0145", CurrentCallState.HOLD, 5.5),)
    )
    line = "sip/x2gjtw"
    answered = decode(class_="current_call_attended_transfer_answered", line=line)
    assert answered == AttendedTransferAnswered(line)
    cancelled = decode(class_="current_call_attended_transfer_cancelled", line=line)
    assert cancelled == AttendedTransferCancelled(line)


def test_conferences() -> None:
    member = {"join_order": 1, "join_time": -1, "number": "1001", "name": "Alice", "muted": True}
    room = {
        "number": "4001",
        "name": "confroom",
        "pin_required": "Yes",
        "start_time": 1795224134.5,
        "member_count": 1,
        "members": {"1": member},
    }
    assert decode(class_="meetme_update", config={"4001": room}) == ConferencesUpdated(
        (
            Conference(
                "4001",
                "confroom",
                pin_required=True,
                since=1795224134.5,
                member_count=1,
                members=(ConferenceMember(1, "Alice", "1001", None, muted=True),),
            ),
        )
    )
    seat = {"room_number": "4001", "user_number": 1}
    assert decode(class_="meetme_user", list=[seat]) == ConferenceUser((ConferenceSeat("4001", 1),))


def test_who_waits_in_a_queue() -> None:
    entry = {
        "position": 1,
        "name": "Ext",
        "number": "0145550000",
        "join_time": 1795224261.57,
        "uniqueid": "99.1",
    }
    state = {"queue_id": 1, "queue_name": "blue", "entries": [entry]}
    assert decode(class_="queueentryupdate", state=state) == QueueEntries(
        "1", "blue", (QueueEntry(1, "Ext", "0145550000", 1795224261.57, "99.1"),)
    )


def test_statistics_mix_numbers_and_text() -> None:
    stats = {
        "1": {"Xivo-LoggedAgents": 1, "Xivo-TalkingAgents": "0", "Xivo-EWT": "6"},
        "10": {"Xivo-WaitingCalls": 2, "Xivo-LongestWaitTime": 1},
    }
    assert decode(class_="getqueuesstats", stats=stats) == QueueStatistics(
        {
            "1": {"logged_agents": 1, "talking_agents": 0, "estimated_wait": 6.0},
            "10": {"waiting": 2, "longest_wait": 1.0},
        }
    )


def test_statistics_on_request_have_gaps() -> None:
    stats = {"Xivo-Join": "2", "Xivo-Link": "0", "Xivo-Lost": "2", "Xivo-Rate": "", "Xivo-Qos": ""}
    waits = {"Xivo-Holdtime-avg": "2", "Xivo-Holdtime-max": "3.5"}
    assert decode(
        class_="getqueuesstats", replyid=84, stats={"1": stats | waits}
    ) == QueueStatistics(
        {
            "1": {
                "joined": 2,
                "answered": 0,
                "abandoned": 2,
                "answer_rate": None,
                "service_level": None,
                "average_wait": 2.0,
                "maximum_wait": 3.5,
            }
        },
        84,
    )


def test_registered_updates() -> None:
    at = {"xivo_uuid": "5-5"}
    assert decode(
        class_="user_status_update", data={"user_id": 42, "status": "away"} | at
    ) == UserStatusUpdated("42", "away", "5-5")
    assert decode(
        class_="agent_status_update", data={"agent_id": 7, "status": "logged_in"} | at
    ) == AgentStatusUpdated("7", logged_in=True, server_uuid="5-5")
    assert decode(
        class_="endpoint_status_update", data={"endpoint_id": 3, "status": 8} | at
    ) == EndpointStatusUpdated("3", Hint.RINGING, "5-5")


# --- what comes by itself ----------------------------------------------------------------------


def test_chat_messages() -> None:
    said = {"class_": "chitchat", "text": "salut é\nça va ?"}
    assert decode(**said, from_="xivo/1", to="xivo/3") == ChatMessage("1", "3", "salut é\nça va ?")
    later = decode(**said, from_=["5-5", 1], to=["5-5", 3], alias="Alice")  # 15.19 and later
    assert later == ChatMessage("1", "3", "salut é\nça va ?", "Alice")


def test_a_sheet_is_handed_on_as_it_is() -> None:
    assert decode(
        class_="sheet", compressed=True, serial="xml", payload="AAAD", channel=CALLER
    ) == SheetReceived("AAAD", compressed=True, serial="xml", channel=CALLER)


def test_a_faxs_progress() -> None:
    assert decode(class_="fax_progress", status="SUCCESS", pages="2") == FaxProgress("SUCCESS", 2)
    assert decode(class_="fax_progress", status="PRESENDFAX", pages=None) == FaxProgress(
        "PRESENDFAX"
    )


# --- what everybody is told --------------------------------------------------------------------


def test_who_has_it_from_elsewhere_need_not_read_what_everybody_is_told() -> None:
    push = {"class": "getlist", "function": "updatestatus", "listname": "users", "tid": "1"}
    chat = {"class": "chitchat", "from": "xivo/2", "to": "xivo/1", "text": '"class": "getlist"'}
    lines = b"".join(json.dumps(each).encode() + b"\n" for each in (push, chat))
    pushed, told = Decoder(for_all=False).feed(lines)
    assert type(pushed) is Ignored
    assert told.text == '"class": "getlist"'
