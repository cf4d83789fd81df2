"""What people put into their status: the words, the notes, and for how long."""

from typing import TYPE_CHECKING, NamedTuple

from .office import AVAILABLE

if TYPE_CHECKING:
    import random

_MINUTE = 60  # seconds
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


class Outing(NamedTuple):
    """A reason not to be available."""

    weight: int  # how often, compared with the others
    shortest: int  # seconds until the return; 0: it is not said
    longest: int
    notes: tuple[str, ...]


OUTINGS = {
    "In a Meeting": Outing(
        6,
        15 * _MINUTE,
        90 * _MINUTE,
        ("Weekly round, room 3", "Customer visit", "Budget talks\nPlease do not put calls through"),
    ),
    "Busy": Outing(5, 0, 0, ("", "Quarterly figures", "Deep in a spreadsheet", "Срочный заказ")),
    "Do Not Disturb": Outing(
        3, 20 * _MINUTE, 60 * _MINUTE, ("", "Writing an offer", "Video call 🎥")
    ),
    "Away": Outing(5, 5 * _MINUTE, 20 * _MINUTE, ("", "Back in a moment", "Getting coffee ☕")),
    "Out to Lunch": Outing(
        6, 30 * _MINUTE, 60 * _MINUTE, ("Lunch", "Mittagessen im Löwen", "Обед", "Canteen 🥗")
    ),
    "Out of Office": Outing(
        3,
        1 * _HOUR,
        5 * _HOUR,
        ("Dentist", "At the trade fair", "Beim Zahnarzt, später zurück", "Parcel run"),
    ),
    "On Vacation": Outing(
        1,
        1 * _DAY,
        12 * _DAY,
        ("Ask reception, please", "Уехал в отпуск 🏖", "Urlaub!\nVertretung: Frau Böhm"),
    ),
    "Gone Home": Outing(1, 14 * _HOUR, 18 * _HOUR, ("", "See you tomorrow", "Schönen Feierabend")),
    "Working from Home": Outing(3, 0, 0, ("Call my mobile", "Home office", "")),
    "On the Road": Outing(
        3, 1 * _HOUR, 4 * _HOUR, ("Visiting a customer", "On the train, bad line", "")
    ),
    "In Training": Outing(
        2, 1 * _HOUR, 3 * _HOUR, ("First-aid course", "New telephone system 📞", "")
    ),
    "Wrapping Up": Outing(3, 5 * _MINUTE, 10 * _MINUTE, ("", "Writing up the last call")),
}
OTHER_OUTING = Outing(2, 10 * _MINUTE, 60 * _MINUTE, ("", "Back soon"))

COMMON_STATUSES = (
    AVAILABLE,
    "In a Meeting",
    "Busy",
    "Do Not Disturb",
    "Away",
    "Out to Lunch",
    "Out of Office",
)
FURTHER_STATUSES = (
    "On Vacation",
    "Working from Home",
    "On the Road",
    "In Training",
    "Wrapping Up",
    "Gone Home",
)

DESK_NOTES = (
    "Ring twice, please",
    "Filling in at the front desk",
    "Only until noon today",
    "Ask me about the move 📦",
    "Bin am Platz, gern anrufen",
    "Grüße aus dem Büro",
    "Сегодня до обеда",
    "First choice: e-mail\nSecond choice: call",
)


def outing_to(status: str) -> Outing:
    """Return what is known of a status, by its name."""
    return OUTINGS.get(status, OTHER_OUTING)


def return_time(outing: Outing, now: float, rng: random.Random) -> int:
    """Return when someone says to be back: Unix seconds, 0 for not said.

    People round: to five minutes, and to hours what is far.
    """
    if not outing.longest:
        return 0
    step = 5 * _MINUTE if outing.longest <= 3 * _HOUR else _HOUR
    away = outing.shortest + rng.random() * (outing.longest - outing.shortest)
    return int((now + away) // step + 1) * step
