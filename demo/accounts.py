"""What the dashboard shows of single people: all that can be set, over an account of their own or without.

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
    from .people import Desk, Key, Person

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


def desk_section(desk: Desk) -> Json:
    """Return what can be set of a person who needs no account, and a call that the telephone can make."""
    person = desk.person
    return section(
        heading(person.name, "mdi:desk"),
        *(full_width(tile, 2) for tile in _status_tiles(person)),
        *_unless(person.entities[key.NOTE], "", "Note", "No note"),
        *_unless(person.entities[key.RETURN_TIME], "unknown", "Back", "No return time"),
        full_width(_call_tile(desk), 1),
    )


def _unless(entity: str, nothing: str, name: str, otherwise: str) -> list[Card]:
    """Return a tile that says what somebody has set, or that there is nothing."""
    tile: Card = {"type": "tile", "entity": entity, "name": name, "color": "amber"}
    none = tile | {"name": otherwise, "color": "disabled", "hide_state": True}
    return first_that_fits([(is_state(entity, nothing), none)], tile)


def _call_tile(desk: Desk) -> Card:
    """Return a tile that has a person's telephone call somebody."""
    person = desk.person
    dial = {
        "action": "perform-action",
        "perform_action": "office_cti.dial",
        "target": {"device_id": person.device_id},
        "data": {"number": desk.number},
    }
    return {
        "type": "tile",
        "entity": person.phone,
        "name": f"Call {desk.called}",
        "icon": "mdi:phone-dial",
        "color": "green",
        "hide_state": True,
        "tap_action": dial,
        "icon_tap_action": dial,
    }


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
