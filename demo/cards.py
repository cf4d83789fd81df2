"""The cards that the dashboard is built of, in the words of Home Assistant's own frontend.

Pure functions. A card's colour cannot follow a state in core cards, but a card can be shown in one
state only: so what is coloured has one tile for each colour, of which one is to be seen.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import Json
    from .people import Person, Thing

type Card = dict[str, Any]
type Condition = dict[str, Any]

# presence: word, colour, icon
PRESENCES: dict[str, tuple[str, str, str]] = {
    "available": ("Available", "green", "mdi:account-check"),
    "on_call": ("On a call", "blue", "mdi:account-voice"),
    "busy": ("Busy", "amber", "mdi:account-clock"),
    "do_not_disturb": ("Do not disturb", "red", "mdi:account-cancel"),
    "away": ("Away", "purple", "mdi:account-arrow-right"),
    "offline": ("Offline", "grey", "mdi:account-off"),
}
_DO_NOT_DISTURB = "do_not_disturb"
# What a telephone does that is more than its owner's presence: colour, icon
_CALLS: dict[str, tuple[str, str]] = {
    "ringing": ("orange", "mdi:phone-ring"),
    "dialing": ("blue", "mdi:phone-outgoing"),
    "talking": ("blue", "mdi:phone-in-talk"),
    "on_hold": ("indigo", "mdi:phone-paused"),
}


def person_tiles(person: Person) -> list[Card]:
    """Return one person's tile in each colour: the call, else the status, coloured by presence."""
    status = device_tile(person, person.status)
    choices = [] if person.phone is None else _call_tiles(person, person.phone)
    choices += [
        (is_state(person.presence, presence), tile | {"color": color, "icon": icon})
        for presence, (_, color, icon) in PRESENCES.items()
        for tile in [_undisturbed(person) if presence == _DO_NOT_DISTURB else status]
    ]
    return first_that_fits(choices, status | {"color": "disabled", "icon": "mdi:account-question"})


def telephone_tiles(telephone: Thing) -> list[Card]:
    """Return the tile of a telephone that is nobody's, in each colour."""
    phone = telephone.entities["sensor", "phone"]
    idle = device_tile(telephone, phone) | {"color": "green", "icon": "mdi:phone"}
    return first_that_fits(_call_tiles(telephone, phone), idle)


def _call_tiles(thing: Thing, phone: str) -> list[tuple[Condition, Card]]:
    """Return a tile for each of what a telephone does while there is a call."""
    call = device_tile(thing, phone)
    return [
        (is_state(phone, state), call | {"color": color, "icon": icon})
        for state, (color, icon) in _CALLS.items()
    ]


def _undisturbed(person: Person) -> Card:
    """Return a tile that says do not disturb, which a telephone may be set to beside the status.

    The status is what a press on it leads to, as on the other tiles.
    """
    status: Card = {"action": "more-info", "entity": person.status}
    return device_tile(person, person.presence) | {
        "tap_action": status,
        "icon_tap_action": status,
    }


def device_tile(thing: Thing, entity: str) -> Card:
    """Return a tile that has the device's name and shows one of its entities."""
    return {
        "type": "tile",
        "entity": entity,
        "name": thing.name,
        "icon_tap_action": {"action": "more-info"},  # an icon that does something is drawn larger
        "hold_action": {
            "action": "navigate",
            "navigation_path": f"/config/devices/device/{thing.device_id}",
        },
    }


def connection_tile(system: Thing) -> Card:
    """Return a tile that says whether a telephone system is connected."""
    tile = device_tile(system, system.entities["binary_sensor", "connection"])
    return full_width(tile | {"color": "green"}, 1)


def first_that_fits(choices: list[tuple[Condition, Card]], otherwise: Card) -> list[Card]:
    """Return cards of which one is seen: the first whose condition holds, or the last."""
    cards: list[Card] = []
    before: list[Condition] = []
    for condition, card in choices:
        cards.append(card | {"visibility": [*before, condition]})
        before.append({"condition": "not", "conditions": [condition]})
    return [*cards, otherwise | {"visibility": before}]


def is_state(entity: str, state: str) -> Condition:
    """Return the condition that an entity has a state."""
    return {"condition": "state", "entity": entity, "state": state}


def is_above(entity: str, number: float) -> Condition:
    """Return the condition that an entity's state is a number above this one."""
    return {"condition": "numeric_state", "entity": entity, "above": number}


def section(*cards: Card, span: int = 1) -> Json:
    """Return a section of a view, as wide as so many columns."""
    return {"type": "grid", "column_span": span, "cards": list(cards)}


def heading(text: str, icon: str, style: str = "subtitle") -> Card:
    """Return the heading above a section's cards."""
    return {"type": "heading", "heading": text, "icon": icon, "heading_style": style}


def full_width(card: Card, rows: int | str = "auto") -> Card:
    """Return the card as wide as its section."""
    return card | {"grid_options": {"columns": "full", "rows": rows}}
