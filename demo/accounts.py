"""What the dashboard shows of somebody with an account of their own: all that can be set over it.

Pure functions, as in dashboard.py.
"""

from typing import TYPE_CHECKING

from . import people as key
from .cards import (
    PRESENCES,
    Card,
    device_tile,
    first_that_fits,
    full_width,
    heading,
    is_state,
    section,
)

if TYPE_CHECKING:
    from .api import Json
    from .people import Key, Person

# What can be switched, with the colours of what is on.
_SWITCHES: tuple[tuple[Key, str, str], ...] = (
    (key.DO_NOT_DISTURB, "Do not disturb", "red"),
    (key.CALL_CENTER, "In the call centre", "green"),
    (key.BREAK, "On a break", "amber"),
    (key.REDIRECT, "Calls redirected", "purple"),
)
_FORWARDS = (
    ("always", "Forward always"),
    ("no_answer", "No answer"),
    ("busy", "Busy"),
)


def account_section(person: Person) -> Json:
    """Return what can be set over a person's own connection."""
    return section(
        heading(person.name, "mdi:account-key"),
        *(full_width(tile, 2) for tile in _status_tiles(person)),
        *(
            full_width(_switch(person, switch, name, color), 1)
            for switch, name, color in _SWITCHES
            if switch in person.entities
        ),
        *(card for kind, name in _FORWARDS for card in _forward(person, kind, name)),
    )


def _switch(person: Person, switch: Key, name: str, color: str) -> Card:
    tile: Card = {
        "type": "tile",
        "entity": person.entities[switch],
        "name": name,
        "color": color,
    }
    return tile | ({"state_content": ["state", "reason"]} if switch == key.BREAK else {})


def _status_tiles(person: Person) -> list[Card]:
    """Return a person's status to choose, coloured by presence."""
    status = device_tile(person, person.status) | {
        "name": "Status",
        "features": [{"type": "select-options"}],
    }
    choices = [
        (is_state(person.presence, presence), status | {"color": color, "icon": icon})
        for presence, (_, color, icon) in PRESENCES.items()
    ]
    return first_that_fits(choices, status | {"color": "disabled"})


def _forward(person: Person, kind: str, name: str) -> list[Card]:
    """Return whether calls are forwarded, and beside it where to."""
    switch: Key = ("switch", f"forward_{kind}")
    if switch not in person.entities:
        return []
    destination = person.entities["text", f"forward_{kind}_destination"]
    to: Card = {"type": "tile", "entity": destination, "icon": "mdi:phone-forward"}
    return [
        _switch(person, switch, name, "amber"),
        *first_that_fits(
            [(is_state(destination, ""), to | {"name": "No destination", "color": "disabled"})],
            to | {"name": "To", "color": "amber"},
        ),
    ]
