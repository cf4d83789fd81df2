"""The office that the recorded conversations took place in, with everyone and everything in its order."""

from .office import (
    Agent,
    CallKind,
    Conference,
    Hint,
    Member,
    Office,
    PastCall,
    Phone,
    Queue,
    User,
    Voicemail,
)

# Whoever may log in: of the passwords, only Alice's is in the recordings.
PASSWORDS = {
    "alice": "alice-pw",
    "bob": "bob-pw",
    "carol": "carol-pw",
    "dave": "dave-pw",
    "erin": "erin-pw",
    "frank": "frank-pw",
    "hana": "hana-pw",
    "zoé": "zoe-pw",
}
HOLD_TIME = 6  # seconds

_CALL = "2015-01-10T10:00:00"


def recorded_office() -> Office:
    """Return the office of the recordings, in the state that they began in."""
    office = Office()
    for user in _users():
        user.password = PASSWORDS[user.login]
        office.add_user(user)
    for phone in _phones():
        office.add_phone(phone)
    for agent in _agents():
        office.add_agent(agent)
    for queue in _queues():
        office.add_queue(queue)
    for member in _members():
        office.add_member(member)
    office.add_voicemail(Voicemail("1", "1001", "Alice Bouzat", "alice@example.invalid"))
    office.add_conference(Conference("1", "4001", "confroom"))
    return office


def _users() -> list[User]:
    hana = User("17", "Hana", "Switch", "hana", profile_id=4)
    zoe = User("42", "Zoé", "Ünal 日本", "zoé", profile_id=3, agent_id=635)
    alice = User("1", "Alice", "Bouzat", "alice", profile_id=3, voicemail_id=1)
    carol = User("3", "Carol", "Sims", "carol", profile_id=1, agent_id=2)
    bob = User("2", "Bob", "Marceau", "bob", profile_id=2, agent_id=1)
    erin = User("5", "Erin", "Noprofile", "erin")
    dave = User("4", "Dave", "Noclient", "dave", profile_id=3, client_enabled=False)
    frank = User("6", "Frank", "Noline", "frank", profile_id=3)

    alice.mobile = "+33600000001"
    alice.calls.extend(
        (
            PastCall(CallKind.SENT, "2015-01-11T11:00:00", 33, "0145550000"),
            PastCall(CallKind.RECEIVED, _CALL, 63, '"Bob Marceau" <1002>'),
            PastCall(CallKind.MISSED, "2015-01-12T12:00:00", 0, '"Ext Caller" <0145551234>'),
        )
    )
    bob.features |= {"enablerna": 1, "destrna": "1003"}
    bob.calls.append(PastCall(CallKind.SENT, _CALL, 63, "1001"))
    carol.features |= {
        "incallfilter": 1,
        "enableunc": 1,
        "destunc": "+15145550199",
        "destbusy": "1009",
    }
    dave.features |= {"enablednd": 1}
    return [hana, zoe, alice, carol, bob, erin, dave, frank]


def _phones() -> list[Phone]:
    return [
        Phone("3", "1001", "SIP/x2gjtw", "1", Hint.IDLE),
        Phone("20", "1042", "SIP/zo4cti", "42", Hint.IDLE),
        Phone("14", "1017", "SIP/h4n4sw", "17", Hint.IDLE),
        Phone("7", "1002", "SIP/barometrix", "2", Hint.IDLE),
        Phone("9", "1004", "SIP/d4v3nc", "4", Hint.IDLE),
        Phone("8", "1003", "SIP/c4r0ls", "3", Hint.IDLE),
    ]


def _agents() -> list[Agent]:
    return [
        Agent("1", "2001", "Bob", "Marceau"),
        Agent("2", "2002", "Carol", "Sims"),
        Agent("635", "2635", "Zoé", "Ünal 日本"),
    ]


def _queues() -> list[Queue]:
    return [
        Queue("1", "blue", "Blue desk", "3001", HOLD_TIME),
        Queue("10", "red", "Red desk", "3002", HOLD_TIME),
        Queue("8", "__switchboard", "Switchboard", "3008", HOLD_TIME),
    ]


def _members() -> list[Member]:
    return [
        Member("Agent/2001", "blue"),
        Member("Agent/2001", "red", "5"),
        Member("Agent/2002", "blue"),
        Member("SIP/x2gjtw", "red"),
    ]
