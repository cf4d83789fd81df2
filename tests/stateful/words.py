"""Names, notes and times: easy ones, and those that look like protocol or break a carelessness."""

from datetime import UTC, datetime

from hypothesis import strategies as st

# Each status and what it means, by the judgement of a person who reads it.
STATUSES = {
    "Available": "available",
    "In a Meeting": "busy",
    "Busy": "busy",
    "Do Not Disturb": "do_not_disturb",
    "Away": "away",
    "Out to Lunch": "away",
    "Out of Office": "away",
    "On Vacation": "away",
    "Working from Home": "available",
    "On the Road": "available",
    "In Training": "busy",
    "Wrapping Up": "busy",
    "Gone Home": "offline",
    "Feierabend": "offline",
    "Обед": "away",
    "Réunion": "busy",
    " Away ": "away",
    "#1": "available",
    "@": "available",
    "Back soon@": "away",
    "State Report Finished": "available",
    "#masknl#": "available",
    "unknown": "available",
    "100 %/{x}": "available",
    "L" * 300 + "1": "available",  # longer than a state, and alike as far as a state shows them
    "L" * 300 + "2": "available",
}

NUMBERS = ["100", "101", "102", "103", "200", "1/2", "50%", "a:b", "☎ 7", "#5", "x@", " 9 "]
TENANTS = ["Sales", "Support", "A/B", "100%", "Küche", "x:y", "at@", "#1", "Location"]
LOCATIONS = ["Head Office", "Harbour Branch", "Büro Süd", "A/B", "Sales", "@", "#masknl#"]

_NOTES = [
    "",
    "Lunch",
    "Room 3\nback at 2",
    "\n",
    "@\nx",
    "#\n#",
    "x@",
    "#masknl#",
    "#masknl",
    "@masknl#",
    "a\r\nb\rc\n",
    "\u2028 \x85 \x0b \x0c \x1c",
    "\0",
    "  ",
    "Löwen 🦁 Срочно 👩‍👩‍👧 e\u0301",
    "Error: no",
    "Status Report Finished",
    "unavailable",
    "x" * 255,
    "y" * 256,
    "z\n" * 1_000,
]


def _can_be_held(note: str) -> bool:
    return "@#" not in note


note_texts = st.one_of(st.sampled_from(_NOTES), st.text(max_size=20))
# What the server may hold; a person may also try what it may not.
held_notes = note_texts.filter(_can_be_held)
typed_notes = st.one_of(note_texts, st.just("a@#b"))
short_notes = typed_notes.filter(lambda note: len(note) <= 255)

_LAST_SECOND = 253_402_300_799
held_times = st.sampled_from(
    [0, 1, 1_900_000_000, 2**31, _LAST_SECOND - 1, _LAST_SECOND + 1, 2**63 - 1]
)
typed_times = st.integers(min_value=1, max_value=_LAST_SECOND - 1).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)
