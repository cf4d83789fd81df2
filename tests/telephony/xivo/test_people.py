"""Users, phones and voicemail boxes, and the extensions that come of them."""

from typing import Any

import pytest

from custom_components.office_cti.telephony.model import (
    Extension,
    Feature,
    Forward,
    PhoneState,
    StatusKind,
    Voicemail,
)
from custom_components.office_cti.telephony.xivo.messages import GetConfig, GetStatus, ListName
from custom_components.office_cti.telephony.xivo.picture import VoicemailBox

from .watching import (
    IDLE,
    OFFICE,
    Site,
    Wire,
    added,
    config,
    ids,
    phone,
    removed,
    status,
    user,
)

ALWAYS = {
    Feature.STATUS,
    Feature.DO_NOT_DISTURB,
    Feature.CALL_FILTER,
    Feature.RECORDING,
    Feature.FORWARDS,
}


@pytest.fixture
def site() -> Site:
    made = Site()
    made.snapshot()
    made.forget()
    return made


def changed(site: Site) -> dict[str, set[str]]:
    """Return which fields of which users have been told as changed, and forget it."""
    found: dict[str, set[str]] = {}
    for object_id, names in site.changes:
        found.setdefault(object_id[0], set()).update(names)
    site.forget()
    return found


def test_who_has_a_telephone(site: Site) -> None:
    alice = site.extension("1")
    available = site.directory.status_lists.get(alice.status_list)
    assert available is not None
    assert alice == Extension(
        id=("1",),
        number="1001",
        name="Alice Bouzat",
        group=("default",),
        status_list=("profile",),
        features=frozenset(ALWAYS | {Feature.PHONE, Feature.CALLS, Feature.VOICEMAIL}),
        status=available.object.statuses[0],
        phone=PhoneState.IDLE,
        do_not_disturb=False,
        call_filter=False,
        forward_always=Forward(enabled=False, destination=""),
        forward_no_answer=Forward(enabled=False, destination=""),
        forward_busy=Forward(enabled=False, destination=""),
        voicemail=Voicemail(new=0, old=None, waiting=False),
    )


def test_who_has_none_is_there_too(site: Site) -> None:
    frank = site.extension("6")
    assert (frank.number, frank.name, frank.group, frank.phone) == ("", "Frank Noline", (), None)
    assert frank.features == ALWAYS
    assert not site.picture.has_line("6")
    assert site.picture.has_line("1")
    assert not site.picture.has_line("999")


def test_who_is_an_agent(site: Site) -> None:
    assert site.extension("2").agent == ("1",)
    assert site.extension("1").agent is None


# --- settings and states -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("push", "field", "value"),
    [
        ({"enablednd": True}, "do_not_disturb", True),
        ({"enablednd": 1}, "do_not_disturb", True),
        ({"incallfilter": True}, "call_filter", True),
        ({"enablerecording": True}, "recording", True),
        (
            {"enableunc": True, "destunc": "1002"},
            "forward_always",
            Forward(enabled=True, destination="1002"),
        ),
        (
            {"enableunc": False, "destunc": "1002"},
            "forward_always",
            Forward(enabled=False, destination="1002"),
        ),
        (
            {"enablerna": True, "destrna": ""},
            "forward_no_answer",
            Forward(enabled=True, destination=""),
        ),
        (
            {"enablebusy": True, "destbusy": "1009"},
            "forward_busy",
            Forward(enabled=True, destination="1009"),
        ),
        ({"fullname": "Alice Lee"}, "name", "Alice Lee"),
        ({"fullname": "  "}, "name", None),
        ({"agentid": 635}, "agent", ("635",)),
    ],
)
def test_a_push_changes_what_it_tells_and_nothing_else(
    site: Site, push: dict[str, Any], field: str, value: Any
) -> None:
    before = site.extension("1")
    site.say(config("users", "1", **push))
    assert site.extension("1") == before.with_changes({field: value})
    assert changed(site)["1"] == {field}


def test_a_forward_is_put_together_from_what_is_told_apart(site: Site) -> None:
    site.say(config("users", "1", destunc="1002"), config("users", "1", enableunc=True))
    assert site.extension("1").forward_always == Forward(enabled=True, destination="1002")


def test_a_status_is_told_by_its_key(site: Site) -> None:
    site.say(status("users", "1", availstate="donotdisturb"))
    shown = site.extension("1").status
    assert shown is not None
    assert (shown.name, shown.kind) == ("Ne pas déranger", StatusKind.DO_NOT_DISTURB)
    assert changed(site) == {"1": {"status"}}


def test_a_status_that_was_registered_for_counts_like_the_others(site: Site) -> None:
    told = {"class": "user_status_update"}
    data = {"xivo_uuid": "ours", "user_id": 1, "status": "outtolunch"}
    site.say(told | {"data": data})
    shown = site.extension("1").status
    assert shown is not None
    assert shown.key == "outtolunch"
    site.forget()
    site.say(told | {"data": data}, told | {"data": data | {"user_id": 999}})
    assert not site.changes


def test_what_is_registered_for_of_another_server_is_passed_over(site: Site) -> None:
    site.say({"class": "relations", "data": {"xivo_uuid": "ours", "user_id": 3}})
    site.say({"class": "relations", "data": {"user_id": 3}})
    theirs = {"xivo_uuid": "theirs", "status": "outtolunch", "user_id": 1}
    site.say({"class": "user_status_update", "data": theirs})
    site.say(
        {
            "class": "endpoint_status_update",
            "data": {"xivo_uuid": "theirs", "endpoint_id": 3, "status": 8},
        }
    )
    assert not site.changes
    site.say({"class": "user_status_update", "data": theirs | {"xivo_uuid": "ours"}})
    assert changed(site) == {"1": {"status"}}


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ({"new": "2", "waiting": "1", "old": "3"}, Voicemail(2, 3, waiting=True)),
        ({"new": "0", "waiting": "1"}, Voicemail(0, None, waiting=False)),
        ({"old": "0"}, Voicemail(0, 0, waiting=False)),
    ],
)
def test_voicemail_is_counted(site: Site, told: dict[str, str], shown: Voicemail) -> None:
    site.say(status("voicemails", "1", **told))
    assert site.extension("1").voicemail == shown


def test_what_waits_is_known_without_a_count(site: Site) -> None:
    site.say(config("users", "6", voicemailid=9))
    assert site.extension("6").voicemail is None
    assert Feature.VOICEMAIL in site.extension("6").features
    site.say(added("voicemails", "9"), config("voicemails", "9", mailbox="6", context="default"))
    assert site.extension("6").voicemail is None
    site.say(status("voicemails", "9", new=None, old=None, waiting="1"))
    assert site.extension("6").voicemail == Voicemail(None, None, waiting=True)


def test_a_voicemail_box_comes_and_goes(site: Site) -> None:
    site.say(removed("voicemails", "1"))
    assert site.extension("1").voicemail is None
    site.say(config("users", "1", voicemailid=None))
    assert Feature.VOICEMAIL not in site.extension("1").features


def test_a_voicemail_box_may_be_shared(site: Site) -> None:
    site.say(config("users", "2", voicemailid=1), status("voicemails", "1", new="5"))
    for user_id in ("1", "2"):
        voicemail = site.extension(user_id).voicemail
        assert voicemail is not None
        assert voicemail.new == 5


def test_which_voicemail_box_a_user_has(site: Site) -> None:
    assert site.picture.voicemail_of("1") == VoicemailBox("1", "1001", "default")
    assert site.picture.voicemail_of("2") is None
    assert site.picture.voicemail_of("999") is None
    site.say(removed("voicemails", "1"))
    assert site.picture.voicemail_of("1") is None


def test_whether_somebody_is_logged_in(site: Site) -> None:
    assert [site.picture.is_connected(each) for each in ("1", "2", "999")] == [True, False, None]
    site.say(status("users", "1", availstate="disconnected"))
    site.say(status("users", "2", availstate="outtolunch"))
    assert [site.picture.is_connected(each) for each in ("1", "2")] == [False, True]
    # A presence may stay when its person has gone.
    site.say(status("users", "2", availstate="available", connection=None))
    site.say(status("users", "2", availstate="outtolunch", connection=None))
    assert site.picture.is_connected("2") is False


def test_a_push_with_a_password_leaves_it_nowhere(site: Site) -> None:
    secrets = {"passwdclient": "alice-pw", "loginclient": "alice-login", "callerid": "alice-cid"}
    whole = {"enablednd": True, "fullname": "Alice Bouzat", "linelist": ["3"], "commented": 0}
    site.say(config("users", "1", **(secrets | whole)))
    assert site.extension("1").do_not_disturb
    assert not [text for text in texts(site) if text.startswith("alice-")]
    assert "Alice Bouzat" in texts(site)


def texts(thing: Any) -> set[str]:
    """Return all text that can be reached from something, however deep."""
    found, seen, left = set(), set(), [thing]
    while left:
        each = left.pop()
        if isinstance(each, str | bytes):
            found.add(str(each))
        if id(each) in seen or isinstance(each, type):
            continue
        seen.add(id(each))
        if isinstance(each, dict):
            left += [*each, *each.values()]
        elif isinstance(each, list | tuple | set | frozenset):
            left += each
        elif type(each).__module__.startswith(("custom_components", "tests")):
            slots = [name for kind in type(each).__mro__ for name in getattr(kind, "__slots__", ())]
            left += [getattr(each, name, None) for name in slots]
            left += [getattr(each, "__dict__", {})]
    return found


# --- telephones --------------------------------------------------------------------------------


def test_the_first_line_gives_the_number(site: Site) -> None:
    site.say(config("users", "1", linelist=["7", "3"]))
    assert (site.extension("1").number, site.extension("2").number) == ("1002", "1002")


def test_a_line_that_is_not_there_is_passed_over(site: Site) -> None:
    site.say(config("users", "1", linelist=["999", "3", "3"]))
    assert site.extension("1").number == "1001"


def test_a_phone_knows_its_user_where_the_user_knows_no_line(site: Site) -> None:
    site.say(
        added("phones", "9"), phone("9", "1006", "SIP/frank", 6), status("phones", "9", **IDLE)
    )
    assert (site.extension("6").number, site.extension("6").phone) == ("1006", PhoneState.IDLE)
    assert Feature.PHONE in site.extension("6").features
    site.say(status("phones", "9", hintstatus="8"))
    assert site.extension("6").phone is PhoneState.RINGING


def test_a_phone_may_get_another_number_context_and_user(site: Site) -> None:
    site.say(phone("3", "1111", "SIP/x2gjtw", 1, context="sales"))
    assert (site.extension("1").number, site.extension("1").group) == ("1111", ("sales",))
    site.say(phone("3", "1111", "SIP/x2gjtw", 6), config("users", "1", linelist=[]))
    assert (site.extension("1").number, site.extension("6").number) == ("", "1111")


def test_a_phone_that_is_nobodys_any_more_is_taken_from_its_user(site: Site) -> None:
    site.say(added("phones", "9"), phone("9", "1006", "SIP/frank", 6))
    assert site.extension("6").number == "1006"
    site.say(phone("9", "1006", "SIP/frank", None))
    assert (site.extension("6").number, site.extension("6").phone) == ("", None)


def test_a_phone_of_several_is_called_after_the_first_whoever_had_it_last(site: Site) -> None:
    site.say(phone("3", "1001", "SIP/x2gjtw", None), config("users", "6", linelist=["3"]))
    site.say(config("users", "1", linelist=[]), config("users", "1", linelist=["3"]))
    assert site.queue("10").members[0].name == "Alice Bouzat"


def test_a_phone_may_have_no_context(site: Site) -> None:
    site.say(phone("3", "1001", "SIP/x2gjtw", 1, context=None))
    assert site.extension("1").group == ()


def test_several_may_share_a_line(site: Site) -> None:
    site.say(config("users", "6", linelist=["3"]), status("phones", "3", hintstatus="8"))
    assert site.extension("1").phone is site.extension("6").phone is PhoneState.RINGING
    assert (site.calls_told("1"), site.calls_told("6")) == (["ringing"], ["ringing"])
    site.say(config("users", "6", linelist=[]), status("phones", "3", hintstatus="1"))
    assert site.extension("6").phone is None


@pytest.mark.parametrize(
    ("first", "second", "shown"),
    [
        ("0", "4", PhoneState.IDLE),
        ("4", "-1", PhoneState.UNREACHABLE),
        ("8", "0", PhoneState.RINGING),
        ("16", "8", PhoneState.ON_HOLD),
        ("8", "1", PhoneState.TALKING),
    ],
)
def test_the_busiest_of_several_phones_counts(
    site: Site, first: str, second: str, shown: PhoneState
) -> None:
    site.say(config("users", "1", linelist=["3", "7"]))
    site.say(status("phones", "3", hintstatus=first), status("phones", "7", hintstatus=second))
    assert site.extension("1").phone is shown


def test_the_calls_of_several_phones_are_all_shown(site: Site) -> None:
    site.say(config("users", "1", linelist=["3", "7"]))
    site.say(status("phones", "3", hintstatus="1"), status("phones", "7", hintstatus="8"))
    assert len(site.extension("1").calls) == 2
    site.snapshot(user("1", "Alice Bouzat", "3", "7"), status("phones", "3", hintstatus="1"))
    assert len(site.extension("1").calls) == 1


def test_a_phone_that_goes_leaves_its_user_without_one(site: Site) -> None:
    site.say(removed("phones", "3"))
    alice = site.extension("1")
    assert (alice.number, alice.phone, Feature.PHONE in alice.features) == ("", None, False)
    site.say(added("phones", "3"), phone("3", "1001", "SIP/x2gjtw", 1))
    assert site.extension("1").number == "1001"


# --- what an account can do --------------------------------------------------------------------


def test_what_can_be_done_is_what_the_system_says() -> None:
    site = Site()
    able = frozenset({Feature.SET_STATUS, Feature.DIAL})
    site.picture.features_of = lambda user_id: able if user_id == "1" else frozenset()
    site.picture.suspended_of = lambda user_id: frozenset(
        {Feature.SET_STATUS} if user_id == "1" else ()
    )
    site.snapshot()
    assert able < site.extension("1").features
    assert site.extension("1").suspended == {Feature.SET_STATUS}
    assert not able & site.extension("2").features
    assert site.picture.features_of("1") == able
    assert site.picture.suspended_of("2") == frozenset()


def test_what_can_be_done_changes_when_the_system_says_so(site: Site) -> None:
    site.picture.features_of = lambda _: frozenset({Feature.SET_STATUS})
    site.picture.suspended_of = lambda _: frozenset({Feature.SET_STATUS})
    site.picture.refresh(["1", "999"])
    site.run()
    assert changed(site) == {"1": {"features", "suspended"}}
    assert Feature.SET_STATUS in site.extension("1").features
    assert Feature.SET_STATUS not in site.extension("2").features


def test_who_can_do_the_same_shares_the_set() -> None:
    site = Site()
    site.picture.features_of = lambda _: frozenset({Feature.DIAL})
    site.snapshot()
    site.say(config("users", "2", voicemailid=1))
    assert site.extension("1").features is site.extension("2").features


def test_nothing_is_refreshed_before_the_picture_is_there() -> None:
    site = Site()
    site.picture.begin()
    site.say(*OFFICE)
    site.picture.refresh(["1"])
    assert len(site.directory.extensions) == 0


# --- coming and going --------------------------------------------------------------------------


def test_a_user_who_is_new_is_asked_about_and_then_there(site: Site) -> None:
    site.say(added("users", "50"))
    assert site.asked == [
        GetConfig(ListName.USERS, "50", "xivo"),
        GetStatus(ListName.USERS, "50", "xivo"),
    ]
    assert len(site.directory.extensions) == 3
    site.say(user("50", "New Comer"))
    assert site.watched == [("added", "Extension", ("50",))]
    assert site.extension("50").status is None
    site.say(status("users", "50", availstate="available", connection="yes"))
    shown = site.extension("50").status
    assert shown is not None
    assert shown.name == "Disponible"


def test_a_user_is_removed(site: Site) -> None:
    site.say(removed("users", "1"))
    assert site.watched == [("removed", "Extension", ("1",))]
    site.forget()
    site.say(status("phones", "3", hintstatus="8"), status("voicemails", "1", new="9"))
    assert not site.changes


def test_a_user_who_was_removed_does_not_come_back_with_a_late_answer(site: Site) -> None:
    site.say(added("users", "50"), removed("users", "50"))
    site.asked.clear()
    site.say(user("50", "Late Comer"), status("users", "50", availstate="available"))
    assert not site.watched
    # Whether it is there all the same only an answer to a new question tells.
    assert GetConfig(ListName.USERS, "50", "xivo") in site.asked
    site.say(config("users", "50"), status("users", "50"))
    assert len(site.directory.extensions) == 3
    assert site.names(ListName.USERS) == ("1", "2", "6")


@pytest.mark.parametrize("push", [{"enablednd": True}, {"enableunc": False, "destunc": ""}])
def test_a_push_about_somebody_unknown_is_asked_about(site: Site, push: dict[str, Any]) -> None:
    site.say(config("users", "77", **push))
    assert site.asked[0] == GetConfig(ListName.USERS, "77", "xivo")
    assert site.oddities == {"a message about something unknown": 1}
    site.say(config("users", "77", **push))
    assert not site.watched
    site.say(user("77", "Heidi Added", enablednd=1))
    assert site.extension("77").do_not_disturb


def test_who_is_gone_when_asked_about_is_removed(site: Site) -> None:
    site.say(config("users", "1"))
    assert site.watched == [("removed", "Extension", ("1",))]


def test_an_office_has_an_end(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custom_components.office_cti.telephony.xivo.people.USERS_MOST", 2)
    site.picture.begin()
    site.say(*OFFICE)
    assert not site.commit(complete=True)
    assert site.oddities["more objects than an office has"] >= 1
    assert site.names(ListName.USERS) == ("1", "2")


def test_those_who_share_have_an_end(site: Site) -> None:
    several = [str(number) for number in range(1000, 1400)]
    office: list[Wire] = [*OFFICE, ids("users", "1", *several)]
    site.snapshot(office=[*office, *(user(each, each, "3") for each in several)])
    site.say(status("phones", "3", hintstatus="8"))
    ringing = [e for e in site.directory.extensions if e.object.phone is PhoneState.RINGING]
    assert len(ringing) == 256
