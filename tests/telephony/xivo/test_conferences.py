"""Conference rooms, and who comes and goes."""

from datetime import UTC, datetime

import pytest

from custom_components.office_cti.telephony.model import (
    Conference,
    ConferenceEvent,
    ConferenceMember,
    Feature,
)
from custom_components.office_cti.telephony.xivo import conferences as module

from .watching import START, Site, added, config, removed, rooms


@pytest.fixture
def site() -> Site:
    made = Site()
    made.snapshot(rooms(_4001=[]))
    made.forget()
    return made


def told(site: Site) -> list[tuple[str, str, str | None]]:
    return [
        (object_id[0], event.kind.value, event.member.name)
        for object_id, event in site.events
        if isinstance(event, ConferenceEvent)
    ]


def test_a_conference_without_anybody(site: Site) -> None:
    assert site.conference("4001") == Conference(
        id=("4001",), number="4001", name="confroom", group=("default",)
    )


def test_who_comes_and_goes_is_shown_and_told(site: Site) -> None:
    site.say(rooms(_4001=[(1, "Alice")]))
    since = datetime.fromtimestamp(START + 1, UTC)
    assert site.conference("4001").members == (ConferenceMember("1", since, None, "Alice"),)
    site.say(rooms(_4001=[(1, "Alice"), (2, "Bob")]), rooms(_4001=[(2, "Bob")]))
    assert told(site) == [
        ("4001", "joined", "Alice"),
        ("4001", "joined", "Bob"),
        ("4001", "left", "Alice"),
    ]


def test_who_takes_anothers_place_is_somebody_else(site: Site) -> None:
    first, second = rooms(_4001=[(1, "Alice")]), rooms(_4001=[(1, "Bob")])
    second["config"]["4001"]["members"]["1"]["join_time"] += 60
    site.say(first, second)
    assert [kind for _, kind, _ in told(site)] == ["joined", "left", "joined"]


def test_what_has_not_changed_is_not_told(site: Site) -> None:
    site.say(rooms(_4001=[(1, "Alice")]))
    site.forget()
    site.say(rooms(_4001=[(1, "Alice")]))
    assert (site.changes, site.events) == ([], [])


def test_who_was_in_before_us_does_not_join() -> None:
    site = Site()
    site.snapshot(rooms(_4001=[(1, "Alice")]))
    assert len(site.conference("4001").members) == 1
    site.snapshot()
    site.say(rooms(_4001=[(1, "Alice")]))
    assert told(site) == []


def test_a_room_that_is_not_listed_is_there_while_it_is_told_of(site: Site) -> None:
    site.say(rooms(_4001=[], _4002=[(1, "Alice")]))
    assert site.conference("4002").name is None
    assert told(site) == [("4002", "joined", "Alice")]
    site.say(rooms(_4001=[]))
    assert ("removed", "Conference", ("4002",)) in site.watched


def test_a_room_that_nobody_tells_of_any_more_is_empty(site: Site) -> None:
    site.say(rooms(_4001=[(1, "Alice")]), rooms())
    assert site.conference("4001").members == ()
    assert told(site) == [("4001", "joined", "Alice"), ("4001", "left", "Alice")]


def test_a_room_comes_and_goes(site: Site) -> None:
    site.say(added("meetmes", "2"), config("meetmes", "2", confno="4002", name="", context=None))
    assert (site.conference("4002").name, site.conference("4002").group) == (None, ())
    site.say(removed("meetmes", "2"), removed("meetmes", "1"))
    assert len(site.directory.conferences) == 0


def test_a_room_with_another_number_is_the_same(site: Site) -> None:
    site.say(config("meetmes", "1", confno="4009"))
    assert ("renamed", "Conference", ("4001",), ("4009",)) in site.watched
    assert (site.conference("4009").number, site.conference("4009").name) == ("4009", "confroom")
    site.say(rooms(_4009=[(1, "Alice")]))
    assert told(site) == [("4009", "joined", "Alice")]


def test_of_two_rooms_with_one_number_one_may_get_another(site: Site) -> None:
    site.say(added("meetmes", "2"), config("meetmes", "2", confno="4001", name="second"))
    site.say(config("meetmes", "2", confno="4002"))
    assert (site.conference("4001").name, site.conference("4002").name) == ("confroom", "second")
    assert not [each for each in site.watched if each[0] == "renamed"]


def test_a_room_gets_another_name(site: Site) -> None:
    site.say(config("meetmes", "1", name="Boardroom"))
    assert site.conference("4001").name == "Boardroom"


def test_an_office_has_an_end_of_rooms(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROOMS_MOST", 1)
    site.say(rooms(_4001=[], _4002=[]))
    assert len(site.directory.conferences) == 1
    assert site.oddities == {"more conferences than an office has": 1}


def test_what_can_be_done_with_conferences_is_what_the_system_says() -> None:
    site = Site()
    able = frozenset({Feature.INVITE_TO_CONFERENCE})
    site.picture.set_features(agents=frozenset(), queues=frozenset(), conferences=able)
    site.snapshot()
    assert site.conference("4001").features == able
