"""An office to begin with: a mid-morning like any other, the same for the same seed.

Users' numbers start at 100, agents' at 2001, queues' at 3001, conference rooms' at 4001. Everyone's login is
their number, everyone's password `demo`. The first user watches the others: a supervisor who is no agent.
"""

from datetime import datetime, timedelta
import random
import string
import time

from .office import (
    Agent,
    Availability,
    CallKind,
    Conference,
    Hint,
    Member,
    MemberStatus,
    Office,
    PastCall,
    Phone,
    Queue,
    User,
    Voicemail,
)
from .profiles import AGENT, CLIENT, DISCONNECTED, SUPERVISOR, SWITCHBOARD

FIRST_NUMBER = 100
FIRST_AGENT = 2001
FIRST_QUEUE = 3001
FIRST_CONFERENCE = 4001
PASSWORD = "demo"  # noqa: S105 - everyone may know it

FIRST_NAMES = (
    "Alice", "Bruno", "Chloé", "Denis", "Elsa", "Farid", "Gaëlle", "Hugo", "Inès", "Jules",
    "Karima", "Louis", "Manon", "Noé", "Odile", "Paul", "Quentin", "Rose", "Samir", "Théo",
    "Ursula", "Victor", "Wanda", "Xavier", "Yasmine", "Zoé",
)  # fmt: skip
LAST_NAMES = (
    "Arnaud", "Bernard", "Caron", "Durand", "Étienne", "Fournier", "Garnier", "Henry", "Isnard",
    "Joly", "Klein", "Lefèvre", "Martin", "Noël", "Olivier", "Petit", "Quéré", "Roux", "Simon",
    "Tessier", "Urbain", "Vidal", "Weber",
)  # fmt: skip
_QUEUES = (
    ("sales", "Sales"),
    ("support", "Support"),
    ("orders", "Orders"),
    ("billing", "Billing"),
    ("repairs", "Repairs"),
    ("reception", "Reception"),
)
_PRESENCES = {
    "available": 12,
    "away": 2,
    "outtolunch": 1,
    "donotdisturb": 1,
    "berightback": 1,
    DISCONNECTED: 4,
}
_WITH_VOICEMAIL = 0.6
_WITH_FORWARD = 0.1
_LOGGED_IN = 0.7  # how many of the agents are
_ON_PAUSE = 0.15  # how many of those are on pause
_ROOMS_FOR = 25  # people who share one conference room
_WRAPUP = 5.0  # seconds


def default_office(
    extensions: int = 40,
    *,
    agents: int = 8,
    queues: int = 3,
    seed: int = 0,
    now: float | None = None,
) -> Office:
    """Return an office of so many users with a phone each, agents and queues.

    The agents are users from the second on, as far as there are any. `now` is the Unix time that the
    office begins at: the present, if left out.
    """
    rng = random.Random(seed)
    now = time.time() if now is None else now
    office = Office()
    for position in range(extensions):
        _add_user(office, position, rng, now)
    for position in range(queues):
        _add_queue(office, position, rng)
    for position in range(agents):
        _add_agent(office, position, rng, now)
    for position in range(-(-extensions // _ROOMS_FOR)):
        number = FIRST_CONFERENCE + position
        office.add_conference(Conference(str(position + 1), str(number), f"room{position + 1}"))
    return office


def _add_user(office: Office, position: int, rng: random.Random, now: float) -> None:
    number = str(FIRST_NUMBER + position)
    user = User(
        str(position + 1),
        rng.choice(FIRST_NAMES),
        rng.choice(LAST_NAMES),
        number,
        PASSWORD,
        _profile(position),
        email=f"user{number}@example.invalid",
    )
    office.add_user(user)
    office.add_phone(Phone(str(position + 1), number, _identity(office, rng), user.id))
    if rng.random() < _WITH_VOICEMAIL:
        _add_voicemail(office, user, number, rng)
    _get_going(user, rng)
    _remember(user, rng, now)


def _profile(position: int) -> int:
    if position == 0:
        return SUPERVISOR.id
    return SWITCHBOARD.id if position == 1 else CLIENT.id


def _identity(office: Office, rng: random.Random) -> str:
    """Return a device name that no phone has yet."""
    while True:
        identity = "SIP/" + "".join(rng.choices(string.ascii_lowercase + string.digits, k=6))
        if office.phone_by_identity(identity) is None:
            return identity


def _add_voicemail(office: Office, user: User, number: str, rng: random.Random) -> None:
    voicemail_id = office.next_id(office.voicemails)
    user.voicemail_id = int(voicemail_id)
    new, old = rng.choice((0, 0, 0, 1, 2)), rng.randint(0, 4)
    office.add_voicemail(
        Voicemail(
            voicemail_id, number, user.fullname, user.email, str(new), str(old), str(int(new > 0))
        )
    )


def _get_going(user: User, rng: random.Random) -> None:
    user.availstate = rng.choices(list(_PRESENCES), list(_PRESENCES.values()))[0]
    user.connection = None if user.availstate == DISCONNECTED else "yes"
    user.features["enablednd"] = int(user.availstate == "donotdisturb")
    if rng.random() < _WITH_FORWARD:
        user.features |= {"enablerna": 1, "destrna": str(FIRST_NUMBER)}


def _remember(user: User, rng: random.Random, now: float) -> None:
    """Write some calls of the last days into a user's log."""
    moment = datetime.fromtimestamp(now)  # noqa: DTZ006 - the server tells no zone
    for _ in range(rng.randint(0, 5)):
        moment -= timedelta(minutes=rng.randint(5, 600))
        kind = rng.choice(list(CallKind))
        party = f"01455{rng.randint(0, 99_999):05}"
        if kind is not CallKind.SENT:
            party = f'"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}" <{party}>'
        duration = 0 if kind is CallKind.MISSED else rng.randint(5, 900)
        start = moment.isoformat(timespec="seconds")
        user.calls.append(PastCall(kind, start, duration, party))


def _add_queue(office: Office, position: int, rng: random.Random) -> None:
    known = position < len(_QUEUES)
    name, title = _QUEUES[position] if known else (f"queue{position + 1}", f"Queue {position + 1}")
    office.add_queue(
        Queue(
            str(position + 1),
            name,
            title,
            str(FIRST_QUEUE + position),
            hold_time=rng.randint(5, 60),
            wrapup=_WRAPUP,
        )
    )


def _add_agent(office: Office, position: int, rng: random.Random, now: float) -> None:
    user = office.users.get(str(position + 2))
    first = user.firstname if user else rng.choice(FIRST_NAMES)
    last = user.lastname if user else rng.choice(LAST_NAMES)
    agent = Agent(str(position + 1), str(FIRST_AGENT + position), first, last)
    agent.since = now - rng.randint(0, 7_200)
    office.add_agent(agent)
    if user is not None:
        user.agent_id = int(agent.id)
        user.profile_id = user.profile_id if user.profile_id == SWITCHBOARD.id else AGENT.id
    for queue in _queues_of(office, position, rng):
        office.add_member(Member(agent.interface, queue.name, str(rng.choice((0, 0, 0, 5)))))
    if user is not None and rng.random() < _LOGGED_IN:
        _log_in(office, agent, office.phones[user.lines[0]], rng)


def _queues_of(office: Office, position: int, rng: random.Random) -> list[Queue]:
    """Return an agent's queues: one, so that each queue gets its share, and perhaps others."""
    queues = list(office.queues.values())
    if not queues:
        return []
    own = queues[position % len(queues)]
    others = rng.sample(queues, min(len(queues), rng.randint(0, 2)))
    return [queue for queue in queues if queue is own or queue in others]


def _log_in(office: Office, agent: Agent, phone: Phone, rng: random.Random) -> None:
    agent.is_logged_in, agent.phone_number = True, phone.number
    is_paused = rng.random() < _ON_PAUSE
    agent.availability = Availability.UNAVAILABLE if is_paused else Availability.AVAILABLE
    assert phone.hint == Hint.IDLE
    for member in office.memberships(agent):
        member.status, member.paused = MemberStatus.NOT_IN_USE, is_paused
