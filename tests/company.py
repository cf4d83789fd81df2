"""A small company that has everything a telephone system can have, for the scripted system.

Anna and her agent may change everything of theirs, Bert and his are only seen; so each of the two has what
the other has not. In the queue "Blue" somebody waits, and somebody is in the conference "Board". Two of the
group 120 are free.
"""

from datetime import UTC, date, datetime, timedelta

from custom_components.office_cti.telephony.model import (
    Agent,
    AgentAvailability,
    Call,
    CallDirection,
    CallState,
    Conference,
    ConferenceMember,
    Extension,
    Feature,
    Forward,
    Group,
    License,
    Modes,
    PhoneState,
    Queue,
    QueueCaller,
    QueueMember,
    QueueMemberState,
    Server,
    Status,
    StatusEffect,
    StatusKind,
    StatusList,
    Voicemail,
)

NINE = datetime(2026, 11, 2, 9, tzinfo=UTC)

AVAILABLE = Status(
    "Available",
    StatusKind.AVAILABLE,
    key="available",
    color="#08fd20",
    following=frozenset({"available", "lunch", "quiet", "gone"}),
    effects=frozenset({StatusEffect.DO_NOT_DISTURB_OFF}),
)
LUNCH = Status(
    "Out to lunch", StatusKind.AWAY, key="lunch", following=frozenset({"available", "gone"})
)
QUIET = Status(
    "Quiet hour",
    StatusKind.DO_NOT_DISTURB,
    key="quiet",
    color="#ff032d",
    following=frozenset({"available", "lunch", "quiet"}),
    effects=frozenset({StatusEffect.DO_NOT_DISTURB_ON}),
)
GONE = Status(
    "Gone home", StatusKind.OFFLINE, key="gone", effects=frozenset({StatusEffect.AGENT_LOGS_OUT})
)
STATUSES = StatusList(id=("Client",), statuses=(AVAILABLE, LUNCH, QUIET, GONE))

CALL = Call(
    id="SIP/x-0001",
    state=CallState.TALKING,
    direction=CallDirection.INCOMING,
    started=NINE,
    answered=NINE + timedelta(seconds=10),
    number="0555123",
    name="Carla Customer",
)

_SEEN = frozenset(
    {
        Feature.STATUS,
        Feature.PHONE,
        Feature.CALLS,
        Feature.DO_NOT_DISTURB,
        Feature.CALL_FILTER,
        Feature.RECORDING,
        Feature.FORWARDS,
        Feature.VOICEMAIL,
        Feature.REDIRECT,
        Feature.CALL_CENTER,
        Feature.BREAK,
    }
)
SET = frozenset(
    {
        Feature.SET_STATUS,
        Feature.SET_DO_NOT_DISTURB,
        Feature.SET_CALL_FILTER,
        Feature.SET_RECORDING,
        Feature.SET_FORWARDS,
        Feature.SET_REDIRECT,
        Feature.SET_CALL_CENTER,
        Feature.SET_BREAK,
    }
)
ANNA = Extension(
    id=("1",),
    number="100",
    name="Anna",
    group=("default",),
    status_list=STATUSES.id,
    features=_SEEN
    | SET
    | {
        Feature.NOTE,
        Feature.SET_NOTE,
        Feature.RETURN_TIME,
        Feature.SET_RETURN_TIME,
        Feature.MESSAGES,
        Feature.SHEETS,
        Feature.VOICEMAIL_MESSAGES,
        Feature.SEND_MESSAGE,
        Feature.HANG_UP,
    },
    status=AVAILABLE,
    note="Dentist",
    return_time=NINE,
    phone=PhoneState.TALKING,
    calls=(CALL,),
    do_not_disturb=False,
    call_filter=False,
    recording=False,
    forward_always=Forward(enabled=False, destination="0555001"),
    forward_no_answer=Forward(enabled=True, destination="0555002"),
    forward_busy=Forward(enabled=False, destination=""),
    voicemail=Voicemail(new=2, old=5, waiting=True),
    agent=("7",),
    modes=Modes(redirect=False, call_center=True, on_break=True, break_reason="Training"),
)
BERT = Extension(
    id=("2",),
    number="101",
    name="Bert",
    group=("default",),
    status_list=STATUSES.id,
    features=_SEEN | {Feature.USER_LOGGED_IN, Feature.NOTE},
    status=LUNCH,
    note="Back at one",
    phone=PhoneState.IDLE,
    do_not_disturb=True,
    call_filter=False,
    recording=True,
    forward_always=Forward(enabled=True, destination="0555003"),
    forward_no_answer=Forward(enabled=False, destination=""),
    modes=Modes(redirect=True, call_center=False, on_break=False),
)
AGENT = Agent(
    id=("7",),
    number="2001",
    name="Anna Agent",
    group=("default",),
    features=frozenset({Feature.AGENT_WORK, Feature.LOG_IN, Feature.PAUSE}),
    availability=AgentAvailability.AVAILABLE,
    since=NINE,
    phone="100",
    on_agent_call=False,
    wrap_up=False,
    queues=("Blue", "Red"),
    paused_in=("Red",),
)
BERTS_AGENT = Agent(
    id=("8",),
    number="2002",
    name="Bert Agent",
    group=("default",),
    availability=AgentAvailability.LOGGED_OUT,
    queues=("Red",),
    paused_in=("Red",),
)
QUEUE = Queue(
    id=("3",),
    number="3000",
    name="Blue",
    key="blue",
    group=("default",),
    features=frozenset({Feature.QUEUE_WAITS}),
    members=(
        QueueMember("Anna Agent", QueueMemberState.IN_USE, paused=False, agent=AGENT.id),
        QueueMember("Attic", QueueMemberState.LOGGED_OUT, paused=True),
    ),
    callers=(QueueCaller("1478.1", 1, NINE, "0555777", "Dora Doubt"), QueueCaller("2", 2, NINE)),
    waiting=2,
    longest_wait=61,
    estimated_wait=90,
    agents_logged_in=1,
    agents_available=0,
    agents_talking=1,
)
CONFERENCE = Conference(
    id=("4",),
    number="4001",
    name="Board",
    group=("default",),
    members=(ConferenceMember("1", NINE, "0555888", "Emil Else"),),
)

GROUP = Group(
    id=("120",), number="120", group=("default",), free=2, busy=3, free_numbers=("223", "227")
)
SERVER = Server(
    features=frozenset({Feature.NOTIFICATIONS, Feature.LICENSE}),
    license=License("1234567", confirm_by=date(2027, 1, 31), updates_until=date(2026, 12, 31)),
)
# What the server tells, and what it calls so itself.
NOTIFICATION = {
    "type": "pbx",
    "color": "#ff0000",
    "sender": "The PBX",
    "text": "Line 16016 is registered",
    "time": NINE,
    "autohide": True,
}

EVERYTHING = (STATUSES, ANNA, BERT, AGENT, BERTS_AGENT, QUEUE, CONFERENCE, GROUP, SERVER)
