from collections.abc import Mapping

import pytest

from custom_components.office_cti.telephony.model import Status, StatusEffect, StatusKind
from custom_components.office_cti.telephony.xivo.codec import Decoder
from custom_components.office_cti.telephony.xivo.messages import LoggedIn, Presence
from custom_components.office_cti.telephony.xivo.statuses import Statuses

from ...recordings.reading import Kind, recording

ON, OFF = ("enablednd", "true"), ("enablednd", "false")


def statuses(*presences: Presence, kinds: Mapping[str, StatusKind] | None = None) -> Statuses:
    made = Statuses(kinds or {})
    made.tell(presences)
    return made


def only(presence: Presence, **settings: StatusKind) -> Status:
    (status,) = statuses(presence, kinds=settings).offered
    return status


def logged_in(release: str) -> LoggedIn:
    decoder = Decoder()
    steps = (step for each in recording("xivo", release, "login").sections for step in each.steps)
    lines = (f"{step.text}\n".encode() for step in steps if step.kind is Kind.RECEIVED)
    messages = (message for line in lines for message in decoder.feed(line))
    return next(message for message in messages if isinstance(message, LoggedIn))


@pytest.mark.parametrize("release", ["14.12", "15.01"])
def test_the_presences_of_a_real_server(release: str) -> None:
    offered = statuses(*logged_in(release).presences).offered
    everything = {"available", "away", "outtolunch", "donotdisturb", "berightback"}
    assert {status.key: (status.name, status.kind, status.color) for status in offered} == {
        "available": ("Disponible", StatusKind.AVAILABLE, "#08FD20"),
        "away": ("Sorti", StatusKind.AWAY, "#FDE50A"),
        "outtolunch": ("Parti Manger", StatusKind.AWAY, "#001AFF"),
        "berightback": ("Bientôt de retour", StatusKind.AWAY, "#FFB545"),
        "donotdisturb": ("Ne pas déranger", StatusKind.DO_NOT_DISTURB, "#FF032D"),
        "disconnected": ("Déconnecté", StatusKind.OFFLINE, "#202020"),
    }
    assert {status.following for status in offered} == {frozenset(everything)}
    effects = {status.key: status.effects for status in offered}
    assert effects.pop("donotdisturb") == {StatusEffect.DO_NOT_DISTURB_ON}
    assert effects.pop("disconnected") == {StatusEffect.AGENT_LOGS_OUT}
    assert set(effects.values()) == {frozenset({StatusEffect.DO_NOT_DISTURB_OFF})}


@pytest.mark.parametrize(
    ("presence", "kind"),
    [
        (Presence("away", "Zzz", ""), StatusKind.AWAY),
        (Presence("outtolunch", "Available", ""), StatusKind.AWAY),
        (Presence("key", "Zzz", "", actions=(ON,)), StatusKind.DO_NOT_DISTURB),
        (Presence("key", "Zzz", "", actions=(("agentlogoff", ""),)), StatusKind.OFFLINE),
        (Presence("key", "En réunion", "", actions=(OFF,)), StatusKind.BUSY),
        (Presence("key", "Zzz", ""), StatusKind.AVAILABLE),
        (Presence("meeting", "", ""), StatusKind.BUSY),
    ],
)
def test_what_a_presence_means(presence: Presence, kind: StatusKind) -> None:
    assert only(presence).kind is kind


def test_what_the_person_says_that_a_status_means_counts_before_all() -> None:
    assert only(Presence("away", "Sorti", ""), Sorti=StatusKind.BUSY).kind is StatusKind.BUSY


@pytest.mark.parametrize(
    "color", ["", "red", "#12345", "#1234567", "#12345g", "url(x)", "#123456\n"]
)
def test_what_is_no_color_is_none(color: str) -> None:
    assert only(Presence("key", "Name", color)).color is None


def test_presences_that_are_called_alike_are_told_apart_by_their_keys() -> None:
    offered = statuses(
        Presence("one", "Out", ""), Presence("two", "Out", ""), Presence("three", "In", "")
    ).offered
    assert [status.name for status in offered] == ["Out (one)", "Out (two)", "In"]


def test_a_presence_without_a_name_is_called_by_its_key() -> None:
    assert only(Presence("teatime", "", "")).name == "teatime"


def test_after_a_presence_that_does_not_say_any_may_follow_but_the_one_without_a_session() -> None:
    (first, *_) = statuses(
        Presence("one", "One", ""), Presence("two", "Two", ""), Presence("disconnected", "Off", "")
    ).offered
    assert first.following == {"one", "two"}


def test_actions_that_are_not_known_have_no_effect() -> None:
    assert (
        only(Presence("k", "N", "", actions=(("launchapp", "x"), ("enablednd", "?")))).effects
        == set()
    )


def test_a_presence_that_the_profile_does_not_know_is_called_by_its_key() -> None:
    known = statuses(Presence("away", "Sorti", ""), kinds={"siesta": StatusKind.BUSY})
    assert known.get("away").name == "Sorti"
    assert known.get("disconnected") == Status("disconnected", StatusKind.OFFLINE, "disconnected")
    assert known.get("siesta") == Status("siesta", StatusKind.BUSY, "siesta")


def test_what_the_person_has_said_holds_under_a_new_name_too() -> None:
    renamed: list[tuple[str, str]] = []
    kept = Statuses({"Sorti": StatusKind.BUSY}, lambda *names: renamed.append(names))
    kept.tell([Presence("away", "Sorti", ""), Presence("key", "Zzz", "")])
    kept.tell([Presence("away", "Dehors", ""), Presence("key", "Yyy", "")])
    assert renamed == [("Sorti", "Dehors")]
    assert kept.get("away").kind is StatusKind.BUSY


def test_a_new_name_that_the_person_has_spoken_of_keeps_that_meaning() -> None:
    kept = Statuses({"Sorti": StatusKind.BUSY, "Dehors": StatusKind.OFFLINE})
    kept.tell([Presence("away", "Sorti", "")])
    kept.tell([Presence("away", "Dehors", "")])
    assert kept.get("away").kind is StatusKind.OFFLINE
