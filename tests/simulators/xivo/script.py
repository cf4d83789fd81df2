"""What the recordings do not tell: what had happened before, and what happened behind the server.

Each happening is an operation of the control port, or one of the clients' own: `leave`, and `throw_away` what
they got until now.
"""

from typing import Any

type Happening = tuple[str, dict[str, Any]]


def op(name: str, **arguments: Any) -> Happening:
    return name, arguments


def asterisk(event: str, **fields: Any) -> Happening:
    return "asterisk", {"event": event, **fields}


# What was so already when a recording began: several were made during one run of a server.
_AGENT_2_ON_1003 = op("agent_login", agent="2002", extension="1003")
_AGENT_1_WAS_ON_1002 = [
    op("agent_login", agent="2001", extension="1002"),
    op("agent_logout", agent="2001"),
]
_DND_WAS_SWITCHED_OFF = [op("set", login="alice", dnd=False), op("set", login="bob", dnd=False)]
BEFORE: dict[tuple[str, str], list[Happening]] = {
    ("14.12", "lists"): _DND_WAS_SWITCHED_OFF,
    ("15.01", "lists"): _DND_WAS_SWITCHED_OFF,
    ("15.01", "calls-queues-directory"): [*_AGENT_1_WAS_ON_1002, _AGENT_2_ON_1003],
    ("15.01", "pushes"): [_AGENT_2_ON_1003],
}

# Whose messages were thrown away when someone logged in of whom no answer was recorded; else A's and B's.
THROWN_AWAY: dict[str, tuple[str, ...]] = {"lists": ()}

# A client without a name is another one in each section, and leaves when the next has come; but not these.
SAME_AS_BEFORE = {"keepalive there"}
STAYS_UNTIL = {"capaid as str": ("getlist between login_pass and login_capas", 3)}
STAYS_FOR_EVER = {"bad state"}

_CALLER, _CALLEE = "SIP/barometrix-0000000a", "SIP/x2gjtw-0000000b"
_ALICE = {"extension": "1001"}
_BOB = {"extension": "1002"}

# What happened in a section, after so many messages of its clients; a title may come more than once.
IN_SECTION: dict[str, list[dict[int, list[Happening]]]] = {
    "login timeout": [{0: [op("expire_logins")]}],
    "hints": [{0: [asterisk("hint", **_ALICE, hint=hint) for hint in ("8", "1", "4", "0")]}],
    "DND and forwards set from the phone (dialplan UserEvent Feature)": [
        {
            0: [
                asterisk("new_channel", channel="SIP/x2gjtw-0000000c"),
                op("set", **_ALICE, at_phone=True, dnd=True),
                op("set", **_ALICE, at_phone=True, forward_always="1003"),
                op("set", **_ALICE, at_phone=True, dnd=False),
                op("set", **_ALICE, at_phone=True, forward_always=""),
                asterisk("hang_up", channel="SIP/x2gjtw-0000000c"),
            ]
        }
    ],
    "voicemail": [{0: [op("voicemail", mailbox="1001", new="2", waiting="1", old="3")]}],
    "agent 1 logs in, takes an ACD call with wrapup 2 s": [
        {
            0: [
                op("agent_login", agent="2001", extension="1002"),
                op("throw_away"),
                asterisk("agent_call", agent="2001"),
                asterisk("agent_call_ends", agent="2001", wrapup=2.0),
                op("end_wrapup", agent="2001"),
            ]
        }
    ],
    "agent non-ACD outgoing call": [
        {
            0: [
                asterisk("new_channel", channel="SIP/barometrix-00000010"),
                asterisk("other_call", agent="2001", direction="outgoing"),
            ],
            1: [
                asterisk("other_call_ends", agent="2001"),
                asterisk("hang_up", channel="SIP/barometrix-00000010"),
            ],
        }
    ],
    "agent availability logoff": [{0: [op("agent_logout", agent="2001")]}],
    "two sessions of one user, one leaves": [{6: [op("leave", who="B1")]}],
    "join": [
        {0: [asterisk("join", queue="blue", unique_id="99.1", number="0145550000", name="Ext")]}
    ],
    "second caller joins": [
        {0: [asterisk("join", queue="blue", unique_id="99.2", number="0145550000", name="Caller")]}
    ],
    "leave": [
        {0: [asterisk("leave", queue="blue", unique_id="99.1")]},
        {0: [asterisk("leave", queue="blue", unique_id="99.2")]},
    ],
    "agent logs in from the phone": [{0: [op("agent_login", agent="2001", extension="1002")]}],
    "member status in use": [
        {0: [asterisk("member_status", member="Agent/2001,blue", status="2")]}
    ],
    "agent logs off from the phone": [{0: [op("agent_logout", agent="2001")]}],
}

# What a note of the one who recorded stands for.
OF_NOTE: dict[str, list[Happening]] = {
    "newchannel caller": [asterisk("new_channel", channel=_CALLER)],
    "newstate ring": [asterisk("state", channel=_CALLER, state="Ring")],
    "newchannel callee": [asterisk("new_channel", channel=_CALLEE)],
    "dial begin": [asterisk("dial", caller=_CALLER, callee=_CALLEE)],
    "callee rings + hint 8": [asterisk("hint", **_ALICE, hint="8")],
    "up": [
        asterisk("state", channel=_CALLEE, state="Up"),
        asterisk("state", channel=_CALLER, state="Up"),
        asterisk("hint", **_ALICE, hint="1"),
        asterisk("hint", **_BOB, hint="1"),
    ],
    "bridge": [asterisk("bridge", caller=_CALLER, callee=_CALLEE)],
    "hold": [asterisk("hold", channel=_CALLEE)],
    "getlist updatestatus channels": [],
    "hangups": [
        asterisk("hang_up", channel=_CALLEE),
        asterisk(
            "together",
            events=[
                {"event": "hang_up", "channel": _CALLER},
                {"event": "hint", **_ALICE, "hint": "0"},
                {"event": "hint", **_BOB, "hint": "0"},
            ],
        ),
    ],
}

# What the web interface told the server, the first time, the second time.
OF_WEBI: dict[str, list[list[Happening]]] = {
    "xivo[user,edit,1]": [
        [op("edit", list="users", id="1", lastname="Bouzat-Lee")],
        [op("edit", list="users", id="1", lastname="Bouzat"), op("throw_away")],
    ],
    "xivo[user,add,50]": [[op("add_user", firstname="New", id="50")]],
    "xivo[user,delete,50]": [[op("remove", list="users", id="50")]],
    "xivo[phone,edit,3]": [[op("edit", list="phones", id="3")]],
    "xivo[queue,edit,1]": [[op("edit", list="queues", id="1")]],
    "xivo[agent,edit,1]": [[op("edit", list="agents", id="1")]],
    "xivo[queuemember,update]": [
        [op("add_member", queue="red", agent="2002")],
        [op("remove", list="queuemembers", id="Agent/2002,red")],
    ],
}

# What Asterisk is asked that no client can notice: lamps on phones, logs, and counting.
HOUSEKEEPING = {"Command", "QueueLog", "QueueSummary"}
