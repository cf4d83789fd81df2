"""Commands to lines: exactly what real servers take, and nothing that they would hang up over."""

import base64
import hashlib
import json
from typing import Any, get_args, get_type_hints

from hypothesis import given, strategies as st
import pytest

from custom_components.office_cti.telephony.xivo import commands
from custom_components.office_cti.telephony.xivo.codec import encode, encode_file
from custom_components.office_cti.telephony.xivo.messages import (
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
    HistoryMode,
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
    QueueWindow,
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
from tests.recordings.reading import Kind, names, recording

XIVO = "xivo"
UUID = "550e8400-e29b-41d4-a716-446655440000"
EXTENSION = Party(PartyKind.EXTENSION, "1003")
CHANNEL = "SIP/im2p7kzr-00000003"
PDF = b"%PDF-1.4"


def ipbx(command: str, **fields: Any) -> dict[str, Any]:
    return {"class": "ipbxcommand", "command": command} | fields


def getlist(function: str, listname: str, **fields: Any) -> dict[str, Any]:
    names = {"class": "getlist", "function": function, "listname": listname, "tipbxid": XIVO}
    return names | fields


def feature(function: str, value: Any, **fields: Any) -> dict[str, Any]:
    return {"class": "featuresput", "function": function, "value": value} | fields


# Each command once at least, and how it travels.
FORMS: list[tuple[Command, dict[str, Any]]] = [
    (AnswerStartTls(accept=True), {"class": "starttls", "status": True}),
    (AnswerStartTls(accept=False), {"class": "starttls", "status": False}),
    (
        LogIn("alice", identity="client"),
        {
            "class": "login_id",
            "company": "default",
            "ident": "client",
            "userlogin": "alice",
            "version": "9999",
            "xivoversion": "1.2",
        },
    ),
    (
        SendHashedPassword("eOxwAkqJsY", "alice-pw"),
        {"class": "login_pass", "hashedpassword": "99720bc252e7ee23d45877abf205816642c511c0"},
    ),
    (SendPassword("pässword"), {"class": "login_pass", "password": "pässword"}),
    (
        ChooseProfile(3, "available"),
        {
            "class": "login_capas",
            "capaid": 3,
            "loginkind": "user",
            "lastconnwins": False,
            "state": "available",
        },
    ),
    (
        ChooseProfile(3, legacy=False),
        {"class": "login_capas", "capaid": 3, "state": ""},
    ),
    (KeepAlive(), {"class": "keepalive"}),
    (GetIds(ListName.QUEUE_MEMBERS, XIVO), getlist("listid", "queuemembers")),
    (GetConfig(ListName.USERS, "1", XIVO), getlist("updateconfig", "users", tid="1")),
    (
        GetStatus(ListName.CHANNELS, CHANNEL, XIVO),
        getlist("updatestatus", "channels", tid=CHANNEL),
    ),
    (SetPresence("away"), {"class": "availstate", "availstate": "away"}),
    (SetDoNotDisturb(enabled=True), feature("enablednd", True)),  # noqa: FBT003
    (SetCallFilter(enabled=False), feature("incallfilter", False)),  # noqa: FBT003
    (
        SetRecording("1", enabled=True),
        feature("enablerecording", True, target="1"),  # noqa: FBT003
    ),
    (
        SetForwards(always=Forward(enabled=False, destination="1002")),
        feature("fwd", {"enableunc": False, "destunc": "1002"}),
    ),
    (
        SetForwards(busy=Forward(enabled=False, destination="")),
        feature("fwd", {"enablebusy": False, "destbusy": ""}),
    ),
    (
        SetForwards(
            Forward(enabled=False, destination="3"),
            Forward(enabled=True, destination="2"),
            Forward(enabled=True, destination="1"),
        ),
        feature(
            "fwd",
            {
                "destbusy": "1",
                "enablebusy": True,
                "destrna": "2",
                "enablerna": True,
                "destunc": "3",
                "enableunc": False,
            },
        ),
    ),
    (
        SubmitCallForm((("XIVOFORM_name", "Anne\r\nLee"), ("XIVOFORM_note", ""))),
        {
            "class": "call_form_result",
            "infos": {
                "buttonname": "saveandclose",
                "variables": {"XIVOFORM_name": "Anne\nLee", "XIVOFORM_note": ""},
            },
        },
    ),
    (Dial(EXTENSION, XIVO), ipbx("dial", destination="exten:xivo/1003")),
    (
        Dial(Party(PartyKind.VOICEMAIL_CONSULTATION, "1"), "other"),
        ipbx("dial", destination="vm_consult:other/1"),
    ),
    (
        Originate(Party(PartyKind.USER, "1"), Party(PartyKind.CONFERENCE, "1"), XIVO),
        ipbx("originate", source="user:xivo/1", destination="meetme:xivo/1"),
    ),
    (HangUp(CHANNEL, XIVO), ipbx("hangup", channelids=f"chan:xivo/{CHANNEL}")),
    (HangUpOwn(), {"class": "hangup"}),
    (Record("SIP/x-1", start=True), ipbx("record", subcommand="start", channel="SIP/x-1")),
    (Record("SIP/x-1", start=False), ipbx("record", subcommand="stop", channel="SIP/x-1")),
    (Intercept("SIP/x-1", XIVO), ipbx("intercept", tointercept="chan:xivo/SIP/x-1")),
    (DirectTransfer("1003"), {"class": "direct_transfer", "number": "1003"}),
    (AttendedTransfer("1003"), {"class": "attended_transfer", "number": "1003"}),
    (CompleteTransfer(), {"class": "complete_transfer"}),
    (CancelTransfer(), {"class": "cancel_transfer"}),
    (AnswerCall("123.4"), {"class": "answer", "unique_id": "123.4"}),
    (HoldCall("blue"), {"class": "hold_switchboard", "queue_name": "blue"}),
    (ResumeCall("123.4"), {"class": "resume_switchboard", "unique_id": "123.4"}),
    (InviteToConference("3", XIVO), {"class": "invite_confroom", "invitee": "user:xivo/3"}),
    (
        AgentLogin("2", "1002", XIVO),
        ipbx("agentlogin", agentids="xivo/2", agentphonenumber="1002"),
    ),
    (AgentLogin(None, None, XIVO), ipbx("agentlogin")),
    (AgentLogout("2", XIVO), ipbx("agentlogout", agentids="xivo/2")),
    (AgentLogout(None, XIVO), ipbx("agentlogout")),
    (
        PauseAgent("1", None, XIVO),
        ipbx("queuepause", member="agent:xivo/1", queue="queue:xivo/all"),
    ),
    (
        ResumeAgent("1", "10", XIVO),
        ipbx("queueunpause", member="agent:xivo/1", queue="queue:xivo/10"),
    ),
    (
        AddToQueue("635", "10", XIVO),
        ipbx("queueadd", member="agent:xivo/635", queue="queue:xivo/10"),
    ),
    (
        RemoveFromQueue("635", "10", XIVO),
        ipbx("queueremove", member="agent:xivo/635", queue="queue:xivo/10"),
    ),
    (Listen("1", XIVO), ipbx("listen", destination="xivo/1", subcommand="start")),
    (
        GetQueueStatistics((QueueWindow("1", 3600, 60),)),
        {"class": "getqueuesstats", "on": {"1": {"window": "3600", "xqos": "60"}}},
    ),
    (SubscribeQueueStatistics(), {"class": "subscribetoqueuesstats"}),
    (
        SubscribeQueueEntries("1"),
        {"class": "subscribe", "message": "queueentryupdate", "queueid": "1"},
    ),
    (SubscribeCurrentCalls(), {"class": "subscribe", "message": "current_calls"}),
    (SubscribeConferences(), {"class": "subscribe", "message": "meetme_update"}),
    (
        RegisterUserStatus(((UUID, "42"), (UUID, UUID))),
        {"class": "register_user_status_update", "user_ids": [[UUID, 42], [UUID, UUID]]},
    ),
    (
        RegisterAgentStatus(((UUID, "7"),)),
        {"class": "register_agent_status_update", "agent_ids": [[UUID, 7]]},
    ),
    (
        RegisterEndpointStatus(((UUID, "3"),)),
        {"class": "register_endpoint_status_update", "endpoint_ids": [[UUID, 3]]},
    ),
    (
        GetHistory(HistoryMode.MISSED, 8, "1", XIVO),
        {"class": "history", "mode": "2", "size": "8", "xuserid": "xivo/1"},
    ),
    (
        GetHistory(None, 8, "1", XIVO),
        {"class": "history", "size": "8", "xuserid": "xivo/1"},
    ),
    (SearchDirectory("a"), {"class": "directory", "pattern": "a"}),
    (SearchDirectory(), {"class": "directory"}),
    (SearchPeople("bo"), {"class": "people_search", "pattern": "bo"}),
    (GetPeopleHeaders(), {"class": "people_headers"}),
    (
        SearchSwitchboard("b"),
        {"class": "switchboard_directory_search", "pattern": "b"},
    ),
    (GetSwitchboardHeaders(), {"class": "get_switchboard_directory_headers"}),
    (GetRelations(), {"class": "get_relations"}),
    (
        SendChat("salut é\nça va ?", "3", XIVO),
        {"class": "chitchat", "text": "salut é\nça va ?", "to": "xivo/3"},
    ),
    (
        SendChatByUuid("salut", "3", UUID, "Alice"),
        {"class": "chitchat", "text": "salut", "to": [UUID, "3"], "alias": "Alice"},
    ),
    (
        SendFax("0145550000", "a.pdf", hide_number=True),
        {"class": "faxsend", "destination": "0145550000", "filename": "a.pdf", "hide": "1"},
    ),
    (FindFileTransfer(), {"class": "filetransfer"}),
    (
        AnnounceFile("Abc", "127.0.0.1:4711", "a.pdf", len(PDF)),
        {
            "class": "filetransfer",
            "command": "put_announce",
            "format": "base64",
            "socketref": "127.0.0.1:4711",
            "filename": "a.pdf",
            "fileid": "Abc",
            "formatted_size": len(base64.b64encode(PDF)),
            "file_size": len(PDF),
        },
    ),
    (
        SendFaxData("0145550000", "a.pdf", PDF),
        {
            "class": "faxsend",
            "destination": "0145550000",
            "filename": "a.pdf",
            "size": len(PDF),
            "data": base64.b64encode(PDF).decode(),
        },
    ),
]


def name_of(value: Any) -> str:
    return type(value).__name__


# --- what travels ------------------------------------------------------------------------------


@pytest.mark.parametrize(("command", "wire"), FORMS, ids=name_of)
def test_a_command_is_exactly_this_object(command: Command, wire: dict[str, Any]) -> None:
    line = encode(command)
    assert json.loads(line) == wire
    assert line.isascii()
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1


@pytest.mark.parametrize(("command", "wire"), FORMS, ids=name_of)
def test_a_command_may_have_a_number(command: Command, wire: dict[str, Any]) -> None:
    assert json.loads(encode(command, 17)) == wire | {"commandid": 17}


@pytest.mark.parametrize("number", [0, -1])
def test_a_number_that_the_server_takes_for_none_is_refused(number: int) -> None:
    assert problem_of(KeepAlive(), number) is CommandProblem.OUT_OF_RANGE


def test_every_command_has_a_form() -> None:
    kinds = set(get_args(Command.__value__))
    assert commands._FORMS.keys() == kinds
    assert {type(command) for command, _ in FORMS} == kinds


def test_a_file_travels_in_base64() -> None:
    assert encode_file(PDF) == base64.b64encode(PDF) + b"\n"


def test_an_announced_file_is_as_long_as_it_is() -> None:
    for length in (1, 2, 3, 4, 5, 6, 100):
        announced = json.loads(encode(AnnounceFile("a", "b", "c", length)))
        assert announced["formatted_size"] == len(encode_file(b"x" * length)) - 1


# --- real conversations ------------------------------------------------------------------------

# What the recorded client has sent, and a client that behaves may send.
SENT: list[Command] = [
    *(LogIn(user, identity="client") for user in ("alice", "bob", "carol")),
    *(LogIn(user, identity="p") for user in ("alice", "bob", "carol", "dave", "erin", "nobody")),
    LogIn("alice", version="2.0", identity="p"),
    *(ChooseProfile(number, "available") for number in (1, 2, 3, 77)),
    *(ChooseProfile(number) for number in (1, 3)),
    ChooseProfile(1, "no-such-state"),
    KeepAlive(),
    FindFileTransfer(),
    *(GetIds(name, XIVO) for name in ListName if name is not ListName.CHANNELS),
    *(GetConfig(ListName.USERS, user, XIVO) for user in ("1", "2", "3", "4", "42", "6", "999")),
    GetConfig(ListName.PHONES, "3", XIVO),
    *(GetConfig(ListName.QUEUE_MEMBERS, f"{name}", XIVO) for name in ("SIP/x2gjtw,red", "nope")),
    GetConfig(ListName.QUEUE_MEMBERS, "Agent/2001,blue", XIVO),
    *(
        GetConfig(name, "1", XIVO)
        for name in (ListName.AGENTS, ListName.QUEUES, ListName.VOICEMAILS, ListName.CONFERENCES)
    ),
    *(GetStatus(ListName.USERS, user, XIVO) for user in ("1", "2", "3", "999")),
    *(GetStatus(ListName.AGENTS, agent, XIVO) for agent in ("1", "635")),
    GetStatus(ListName.PHONES, "3", XIVO),
    *(GetStatus(ListName.QUEUE_MEMBERS, name, XIVO) for name in ("Agent/2001,blue", "nope")),
    *(
        GetStatus(name, "1", XIVO)
        for name in (ListName.QUEUES, ListName.VOICEMAILS, ListName.CONFERENCES)
    ),
    *(GetStatus(ListName.CHANNELS, name, XIVO) for name in ("SIP/x2gjtw-0000000b", "nope")),
    *(SetPresence(key) for key in ("available", "disconnected", "donotdisturb", "nonsense")),
    *(SetDoNotDisturb(enabled) for enabled in (True, False)),
    *(SetCallFilter(enabled) for enabled in (True, False)),
    *(SetRecording("1", enabled) for enabled in (True, False)),
    *(SetForwards(always=Forward(enabled, "1002")) for enabled in (True, False)),
    SetForwards(no_answer=Forward(enabled=True, destination="1003")),
    SetForwards(no_answer=Forward(enabled=False, destination="")),
    *(SetForwards(busy=Forward(enabled, "1009")) for enabled in (True, False)),
    SetForwards(
        Forward(enabled=False, destination="3"),
        Forward(enabled=True, destination="2"),
        Forward(enabled=True, destination="1"),
    ),
    *(Dial(Party(PartyKind.EXTENSION, to), XIVO) for to in ("1003", "99991", "+33 1.45")),
    Dial(Party(PartyKind.VOICEMAIL, "1"), XIVO),
    Dial(Party(PartyKind.VOICEMAIL_CONSULTATION, "1"), XIVO),
    *(
        Originate(Party(PartyKind.USER, source), Party(PartyKind.EXTENSION, to), XIVO)
        for source, to in (("1", "1003"), ("1", "99991"), ("777", "1003"))
    ),
    Originate(Party(PartyKind.USER, "1"), Party(PartyKind.USER, "3"), XIVO),
    Originate(Party(PartyKind.EXTENSION, "1001"), EXTENSION, XIVO),
    *(HangUp(channel, XIVO) for channel in (CHANNEL, "SIP/none-00000003")),
    HangUpOwn(),
    Record("SIP/x-1", start=True),
    Intercept("SIP/x-1", XIVO),
    AnswerCall("123.4"),
    HoldCall("blue"),
    ResumeCall("123.4"),
    *(AgentLogin(None, number, XIVO) for number in ("1001", "1002")),
    *(AgentLogin("2", number, XIVO) for number in ("1002", "7777", None)),
    *(AgentLogout(agent, XIVO) for agent in ("2", None)),
    *(PauseAgent("1", queue, XIVO) for queue in ("10", None)),
    PauseAgent("635", None, XIVO),
    *(ResumeAgent("1", queue, XIVO) for queue in ("10", None)),
    *(AddToQueue("635", queue, XIVO) for queue in ("10", "99")),
    RemoveFromQueue("635", "10", XIVO),
    *(Listen(agent, XIVO) for agent in ("1", "635")),
    *(GetHistory(mode, 8, "1", XIVO) for mode in HistoryMode),
    SendChat("salut é", "3", XIVO),
    SendChat("salut", "42", XIVO),
    SearchDirectory("a"),
    SearchPeople("bo"),
    GetPeopleHeaders(),
    GetRelations(),
    SubscribeConferences(),
    SubscribeCurrentCalls(),
    SubscribeQueueEntries("1"),
    SubscribeQueueStatistics(),
    GetQueueStatistics((QueueWindow("1", 3600, 60),)),
]

# What it has sent besides, to see what happens; a client that behaves does not.
TRIED: list[dict[str, Any]] = [
    # What a client has no reason to send: see the table of all messages in the documentation.
    {"class": "getipbxlist"},
    {"class": "logout"},
    ipbx("atxfer", destination="exten:xivo/1003"),
    ipbx("transfer", destination="exten:xivo/1003"),
    ipbx("mailboxcount", context="default", mailbox="1001"),
    ipbx("meetme", function="MeetmeMute", functionargs=["4001", "1"]),
    *(
        {"class": name}
        for name in [
            "answer",
            "availstate",
            "call_form_result",
            "chitchat",
            "directory",
            "faxsend",
            "featuresget",
            "featuresput",
            "getlist",
            "getqueuesstats",
            "history",
            "ipbxcommand",
            "logfromclient",
            "nosuchclass",
            "parking",
            "register_user_status_update",
            "sheet",
            "subscribe",
        ]
    ),
    {"class": "answer", "uniqueid": "123.4"},
    {"class": "availstate", "availstate": "away", "ipbxid": XIVO, "userid": "2"},  # ids are ignored
    {"class": "availstate", "availstate": "outtolunch", "ipbxid": XIVO, "userid": "1"},
    {"class": "chitchat", "text": "salut", "to": "3"},
    feature("enablednd", "1"),
    feature("enablednd", "true"),
    feature("enablednd", 1),  # taken, as true and false are
    feature("enablednd", False, target="1", userid="1"),  # noqa: FBT003 - nobody else's can be set
    feature("enablerecording", True),  # noqa: FBT003
    feature("enablevoicemail", True),  # noqa: FBT003
    feature("fwd", {"destbusy": "1", "enablebusy": "true"}),
    feature("fwd", {"destbusy": "1", "enablebusy": 0}),
    feature("fwd", {"destrna": "", "enablerna": True}),
    feature("fwd", {"destunc": "", "enableunc": True}),
    feature("fwd", {"enableunc": False}),
    *(
        getlist("listid", name)
        for name in ["channels", "contexts", "groups", "nolist", "phonebooks", "trunks"]
    ),
    {"class": "getlist", "function": "listid"},
    {"class": "getlist", "function": "listid", "listname": "users"},
    {"class": "getlist", "function": "updateconfig", "listname": "users"},
    {"class": "getlist", "function": "updateconfig", "listname": "nolist", "tid": "1"},
    {"class": "getlist", "function": "updatestatus", "listname": "nolist", "tid": "1"},
    {
        "class": "getlist",
        "function": "updateconfig",
        "listname": "users",
        "tid": "1",
        "tpbxid": XIVO,
    },
    getlist("updateconfig", "users", tid=1),
    getlist("updatestatus", "users", tid=1),
    {"class": "getlist", "function": "wat", "listname": "users"},
    {"class": "getlist", "listname": "users"},
    {"class": "getqueuesstats", "on": {"10": {"window": 3600, "xqos": 60}}},  # taken as text is
    {"class": "history", "mode": 0, "size": 8, "xuserid": "xivo/1"},
    ipbx("agentlogin", agentids="2", agentphonenumber="1003"),  # taken, as "xivo/2" is
    ipbx("agentlogin", agentids="agent:xivo/2", agentphonenumber="1003"),
    ipbx("answer", channelids="x"),
    ipbx("dial"),
    ipbx("dial", destination=""),
    ipbx("dial", destination="1003"),  # taken, as "exten:xivo/1003" is
    ipbx("dial", destination="hello"),
    ipbx("dial", destination="user:xivo/3"),
    ipbx("originate", source="user:special:me", destination="user:special:myvoicemail"),
    ipbx("parking"),
    ipbx("queuepause", member="1", queue="queue:xivo/all"),
    ipbx("queuepause", queue="queue:xivo/all"),
    ipbx("sipnotify"),
    ipbx("wat"),
    {
        "class": "login_capas",
        "capaid": "2",
        "loginkind": "user",
        "lastconnwins": False,
        "state": "available",
    },
    {"class": "login_capas", "capaid": 2, "loginkind": "user", "state": "available"},
    {
        "class": "login_id",
        "company": "default",
        "ident": "p",
        "userlogin": "alice",
        "xivoversion": "1.2",
    },
    {"class": "login_id", "company": "default", "ident": "p", "userlogin": "alice"},
    {"class": "login_id", "company": "default", "ident": "p", "xivoversion": "1.2"},
    {"class": "login_id", "company": "default", "userlogin": "alice", "xivoversion": "1.2"},
    {"class": "login_id", "ident": "p", "userlogin": "alice", "xivoversion": "1.2"},
    {"class": "subscribe", "message": "nope"},
]


def canonical(wire: dict[str, Any]) -> str:
    return json.dumps({key: wire[key] for key in wire if key != "commandid"}, sort_keys=True)


def recorded() -> set[str]:
    """Return all that the recorded client has sent but passwords, without the commands' numbers."""
    return {
        canonical(step.message)
        for release, name in names("xivo")
        for section in recording("xivo", release, name).sections
        for step in section.steps
        if step.kind is Kind.SENT and step.message and step.message["class"] != "login_pass"
    }


def test_what_the_recorded_client_has_sent_is_what_the_codec_makes() -> None:
    made = {canonical(json.loads(encode(command, 1))) for command in SENT}
    tried = set(map(canonical, TRIED))
    assert made <= recorded()
    assert recorded() - made == tried
    assert len(made) > 100


def test_a_password_is_hashed_as_the_recorded_client_has_done() -> None:
    checked = 0
    for release, name in names("xivo"):
        for section in recording("xivo", release, name).sections:
            sessions: dict[str, tuple[str, str]] = {}
            for step in section.steps:
                message = step.message or {}
                if message.get("class") == "login_id" and "userlogin" in message:
                    sessions[step.who] = (message["userlogin"], "")
                elif "sessionid" in message and step.who in sessions:
                    sessions[step.who] = (sessions[step.who][0], message["sessionid"])
                elif len(message.get("hashedpassword", "")) == 40 and step.who in sessions:
                    user, session = sessions[step.who]
                    if session and message["hashedpassword"].strip("0"):
                        command = SendHashedPassword(session, f"{user}-pw")
                        assert json.loads(encode(command, 2)) == message
                        checked += 1
    assert checked >= 10


# --- what must not travel ----------------------------------------------------------------------


def problem_of(command: Command, command_id: int | None = None) -> CommandProblem:
    with pytest.raises(CodecError) as caught:
        encode(command, command_id)
    assert str(caught.value) == caught.value.problem.value
    return caught.value.problem


ON = Forward(enabled=True, destination="")

DROPS: list[tuple[Command, CommandProblem]] = [
    (LogIn(""), CommandProblem.EMPTY),
    (SendHashedPassword("a", ""), CommandProblem.EMPTY),
    (SendHashedPassword("a", "pässword"), CommandProblem.NOT_TEXT),
    (SendPassword(""), CommandProblem.EMPTY),
    (GetIds(ListName.CHANNELS, XIVO), CommandProblem.WRONG_LIST),
    (GetConfig(ListName.CHANNELS, "1", XIVO), CommandProblem.WRONG_LIST),
    (GetConfig(ListName.USERS, "", XIVO), CommandProblem.EMPTY),
    (GetStatus(ListName.USERS, "1", ""), CommandProblem.EMPTY),
    (SetPresence(""), CommandProblem.EMPTY),
    (SetRecording("", enabled=True), CommandProblem.EMPTY),
    (SetRecording("alice", enabled=True), CommandProblem.NOT_A_NUMBER),
    (SetForwards(), CommandProblem.NOTHING),
    (SetForwards(always=ON), CommandProblem.EMPTY),
    (SetForwards(no_answer=ON), CommandProblem.EMPTY),
    (SetForwards(busy=ON), CommandProblem.EMPTY),
    (SetForwards(always=Forward(enabled=False, destination="1\n2")), CommandProblem.LINE_BREAK),
    (SubmitCallForm(()), CommandProblem.NOTHING),
    (SubmitCallForm((("", "a"),)), CommandProblem.EMPTY),
    (Dial(Party(PartyKind.EXTENSION, ""), XIVO), CommandProblem.EMPTY),
    (Dial(Party(PartyKind.EXTENSION, "  "), XIVO), CommandProblem.EMPTY),
    (Dial(Party(PartyKind.EXTENSION, "1\r\nAction: Command"), XIVO), CommandProblem.LINE_BREAK),
    (Dial(Party(PartyKind.EXTENSION, "1/2"), XIVO), CommandProblem.SLASH),
    (Dial(Party(PartyKind.EXTENSION, "1\0"), XIVO), CommandProblem.NOT_TEXT),
    (Dial(Party(PartyKind.EXTENSION, "\udc80"), XIVO), CommandProblem.NOT_TEXT),
    (Dial(Party(PartyKind.EXTENSION, "1" * 2000), XIVO), CommandProblem.TOO_LONG),
    (Dial(Party(PartyKind.EXTENSION, "1"), ""), CommandProblem.EMPTY),
    (Dial(Party(PartyKind.EXTENSION, "1"), "a/b"), CommandProblem.SLASH),
    (Dial(Party(PartyKind.VOICEMAIL, "box"), XIVO), CommandProblem.NOT_A_NUMBER),
    *(
        (Dial(Party(kind, "3"), XIVO), CommandProblem.WRONG_PARTY)
        for kind in (PartyKind.USER, PartyKind.PHONE, PartyKind.CONFERENCE)
    ),
    *(
        (Originate(Party(kind, "3"), EXTENSION, XIVO), CommandProblem.WRONG_PARTY)
        for kind in (PartyKind.VOICEMAIL, PartyKind.CONFERENCE)
    ),
    (
        Originate(EXTENSION, Party(PartyKind.VOICEMAIL_CONSULTATION, "1"), XIVO),
        CommandProblem.WRONG_PARTY,
    ),
    (HangUp("", XIVO), CommandProblem.EMPTY),
    (HangUp("SIP/x\nAction: Command", XIVO), CommandProblem.LINE_BREAK),
    (Record("", start=True), CommandProblem.EMPTY),
    (Intercept("", XIVO), CommandProblem.EMPTY),
    (DirectTransfer(""), CommandProblem.EMPTY),
    (AttendedTransfer("1\n"), CommandProblem.LINE_BREAK),
    (AnswerCall(""), CommandProblem.EMPTY),
    (HoldCall(""), CommandProblem.EMPTY),
    (ResumeCall(" "), CommandProblem.EMPTY),
    (InviteToConference("", XIVO), CommandProblem.EMPTY),
    (AgentLogin("a", None, XIVO), CommandProblem.NOT_A_NUMBER),
    (AgentLogin("1", "", XIVO), CommandProblem.EMPTY),
    (AgentLogout("", XIVO), CommandProblem.EMPTY),
    (PauseAgent("", None, XIVO), CommandProblem.EMPTY),
    (PauseAgent("1", "", XIVO), CommandProblem.EMPTY),
    (PauseAgent("Agent/2001", None, XIVO), CommandProblem.NOT_A_NUMBER),
    (ResumeAgent("1", "blue", XIVO), CommandProblem.NOT_A_NUMBER),
    (AddToQueue("1", "all", XIVO), CommandProblem.NOT_A_NUMBER),
    (RemoveFromQueue("²", "1", XIVO), CommandProblem.NOT_A_NUMBER),
    (Listen("", XIVO), CommandProblem.EMPTY),
    (GetQueueStatistics(()), CommandProblem.NOTHING),
    (GetQueueStatistics((QueueWindow("blue", 1, 1),)), CommandProblem.NOT_A_NUMBER),
    (GetQueueStatistics((QueueWindow("1", 0, 1),)), CommandProblem.OUT_OF_RANGE),
    (GetQueueStatistics((QueueWindow("1", 1, -1),)), CommandProblem.OUT_OF_RANGE),
    (SubscribeQueueEntries(""), CommandProblem.EMPTY),
    (RegisterUserStatus(()), CommandProblem.NOTHING),
    (RegisterUserStatus((("", "1"),)), CommandProblem.EMPTY),
    (RegisterUserStatus(((UUID, ""),)), CommandProblem.EMPTY),
    (RegisterAgentStatus(((UUID, UUID),)), CommandProblem.NOT_A_NUMBER),
    (RegisterEndpointStatus(((UUID, "1"),) * 5001), CommandProblem.TOO_LONG),
    (GetHistory(HistoryMode.SENT, 0, "1", XIVO), CommandProblem.OUT_OF_RANGE),
    (GetHistory(HistoryMode.SENT, 10**9, "1", XIVO), CommandProblem.OUT_OF_RANGE),
    (SearchDirectory(""), CommandProblem.EMPTY),
    (SearchPeople(" "), CommandProblem.EMPTY),
    (SearchSwitchboard("\n"), CommandProblem.EMPTY),
    (SendChat("", "3", XIVO), CommandProblem.EMPTY),
    (SendChat("\n", "3", XIVO), CommandProblem.EMPTY),
    (SendChat("a", "", XIVO), CommandProblem.EMPTY),
    (SendChat("a", "3/4", XIVO), CommandProblem.SLASH),
    (SendChat("a" * 9000, "3", XIVO), CommandProblem.TOO_LONG),
    (SendChat("a\x1b[2J", "3", XIVO), CommandProblem.NOT_TEXT),
    (SendChatByUuid("a", "3", "", "Alice"), CommandProblem.EMPTY),
    (SendFax("", "a.pdf"), CommandProblem.EMPTY),
    (AnnounceFile("", "b", "c", 1), CommandProblem.EMPTY),
    (AnnounceFile("a", "", "c", 1), CommandProblem.EMPTY),
    (AnnounceFile("a", "b", "c", 0), CommandProblem.OUT_OF_RANGE),
    (SendFaxData("1", "a.pdf", b""), CommandProblem.EMPTY),
    (SendFaxData("", "a.pdf", PDF), CommandProblem.EMPTY),
    (SendFaxData("1", "a.pdf", bytes(17 * 1024 * 1024)), CommandProblem.TOO_LONG),
]


@pytest.mark.parametrize(("command", "problem"), DROPS, ids=name_of)
def test_what_would_cost_the_connection_is_refused(
    command: Command, problem: CommandProblem
) -> None:
    assert problem_of(command) is problem


def test_no_file_is_no_file() -> None:
    with pytest.raises(CodecError):
        encode_file(b"")


# Where somebody writes more than a line.
OF_MANY_LINES = {(SendChat, "text"), (SendChatByUuid, "text")}

TEXT_FIELDS = [
    (command, field)
    for command, _ in FORMS
    for field in command._fields
    if str(get_type_hints(type(command))[field]) in {"<class 'str'>", "str | None"}
]


def texts(value: Any) -> list[str]:
    """Return every text within an object that travels."""
    if isinstance(value, dict):
        return [text for item in value.items() for text in texts(item)]
    if isinstance(value, list | tuple):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []


@given(
    st.sampled_from(TEXT_FIELDS),
    st.text()
    | st.sampled_from(["", "\n", "\r", "1\n2", "\0", "\ud800", '"', "\\", "/", "x" * 10**5]),
)
def test_whatever_stands_in_a_text_is_one_harmless_line_or_refused(
    chosen: tuple[Any, str], text: str
) -> None:
    command, field = chosen
    try:
        line = encode(command._replace(**{field: text}), 1)
    except CodecError:
        return
    assert line.isascii()
    assert line.count(b"\n") == 1
    wire, before = json.loads(line), json.loads(encode(command))
    assert wire["class"] == before["class"]
    if (type(command), field) not in OF_MANY_LINES:
        new = set(texts(wire)) - set(texts(before))
        assert not set("".join(new)) & set("\r\n\0")


def test_every_text_of_every_command_is_tried() -> None:
    assert len({(type(command), field) for command, field in TEXT_FIELDS}) > 50


# --- secrets -----------------------------------------------------------------------------------


def test_a_refused_password_is_not_told() -> None:
    with pytest.raises(CodecError) as caught:
        encode(SendHashedPassword("session", "sécret"))
    assert "cret" not in repr(caught.value)


def test_the_hash_is_of_both() -> None:
    line = json.loads(encode(SendHashedPassword("session", "secret")))
    assert line["hashedpassword"] == hashlib.sha1(b"session:secret").hexdigest()  # noqa: S324
