import pytest

from custom_components.office_cti.telephony.model import StatusKind
from custom_components.office_cti.telephony.status_kinds import guess_kind
from simulators.isymphony_status.habits import OUTINGS


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (
            StatusKind.AVAILABLE,
            [
                *("Available", "", "Ready", "At my desk", "Working from Home", "Verfügbar", "Чат"),
                *("@#", "Disponible", "En ligne", "Télétravail"),
            ],
        ),
        (
            StatusKind.BUSY,
            [
                *("Busy", "In a Meeting", "on the phone", "Besprechung", "занята", "Wrap-up"),
                *("Réunion", "Occupée", "En communication", "Parti en rendez-vous"),
            ],
        ),
        (
            StatusKind.AWAY,
            [
                *("Away", "Out to Lunch", "OUT OF OFFICE", "Mittagspause", "Отошел", "BRB"),
                *(
                    "Sorti",
                    "Sortie",
                    "Parti Manger",
                    "Bientôt de retour",
                    "Vacances",
                    "Indisponible",
                ),
            ],
        ),
        (
            StatusKind.DO_NOT_DISTURB,
            [
                *("Do Not Disturb", "DND", "dont disturb", "Bitte nicht stören"),
                *("прошу не беспокоить", "Ne pas déranger"),
            ],
        ),
        (
            StatusKind.OFFLINE,
            [
                *("Offline", "Gone Home", "logged off", "Feierabend", "не в сети", "Отключён"),
                *("Déconnecté", "Déconnectée", "Hors ligne"),
            ],
        ),
    ],
)
def test_a_name_tells_its_kind(kind: StatusKind, names: list[str]) -> None:
    assert {name: guess_kind(name) for name in names} == dict.fromkeys(names, kind)


@pytest.mark.parametrize(
    "name", ["Outstanding", "Scoffee", "Hilltop", "Calling", "Handout", "Breakfast club", "Offer"]
)
def test_only_whole_words_count(name: str) -> None:
    assert guess_kind(name) is StatusKind.AVAILABLE


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Away, do not disturb", StatusKind.DO_NOT_DISTURB),
        ("Busy until I am back from lunch", StatusKind.BUSY),
        ("Gone home", StatusKind.OFFLINE),
        ("Out, in a meeting", StatusKind.BUSY),
    ],
)
def test_the_strongest_meaning_wins(name: str, kind: StatusKind) -> None:
    assert guess_kind(name) is kind


def test_of_what_people_commonly_say_only_home_office_and_travel_can_be_reached() -> None:
    reachable = {name for name in OUTINGS if guess_kind(name) is StatusKind.AVAILABLE}
    assert reachable <= {"Working from Home", "On the Road"}
