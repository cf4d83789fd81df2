"""The dashboard: from who sits where to the cards of Home Assistant's own frontend.

Pure functions. A card's colour cannot follow a state in core cards, but a card can be shown in one
state only: so each person has one tile for each presence, of which one is to be seen.
"""

from typing import TYPE_CHECKING, Any

from .people import NOTE, RETURN_TIME

if TYPE_CHECKING:
    from .api import Json
    from .people import Person, Staff, Team

URL_PATH = "office"
TITLE = "Office"
ICON = "mdi:office-building"

# What fits on one page with its tiles in all colours; a larger office gets a page for each team.
ONE_PAGE = 120
# How many of those who said when they come back the wall panel names.
BACK_SOON = 5
HOURS = 2  # what the graphs look back

type Card = dict[str, Any]

# presence: word, colour, icon
PRESENCES: dict[str, tuple[str, str, str]] = {
    "available": ("Available", "green", "mdi:account-check"),
    "on_call": ("On a call", "blue", "mdi:account-voice"),
    "busy": ("Busy", "amber", "mdi:account-clock"),
    "do_not_disturb": ("Do not disturb", "red", "mdi:account-cancel"),
    "away": ("Away", "purple", "mdi:account-arrow-right"),
    "offline": ("Offline", "grey", "mdi:account-off"),
}


def build(staff: Staff, counts: dict[str, str]) -> Json:
    """Return the whole dashboard; `counts` are the sensors that count each presence."""
    views = [_office_view(staff, counts)]
    if len(staff.people) > ONE_PAGE:
        views += [_team_view(team, staff) for team in staff.teams]
    views.append(_activity_view(staff, counts))
    return {"title": TITLE, "views": views}


_COUNT = "{{ ALL | select('is_state', 'ONE') | list | count }}"


def count_id(presence: str) -> str:
    """Return by what the sensor that counts a presence is found in the registry."""
    return f"demo_count_{presence}"


def count_sensors(staff: Staff) -> list[Json]:
    """Return Home Assistant's template sensors that count how many people have each presence."""
    presences = [person.presence for person in staff.people]
    return [
        {
            "sensor": [
                {
                    "name": word,
                    "unique_id": count_id(presence),
                    "icon": icon,
                    "state_class": "measurement",
                    "unit_of_measurement": "people",
                    "state": _COUNT.replace("ALL", repr(presences)).replace("ONE", presence),
                }
                for presence, (word, _, icon) in PRESENCES.items()
            ]
        }
    ]


def _office_view(staff: Staff, counts: dict[str, str]) -> Json:
    teams = staff.teams if len(staff.people) <= ONE_PAGE else ()
    return {
        "title": TITLE,
        "path": "people",
        "icon": ICON,
        "type": "sections",
        "max_columns": 3,
        "dense_section_placement": True,
        "badges": [_count_badge(presence, entity) for presence, entity in counts.items()],
        "sections": [
            _back_section(staff),
            *(_team_section(team, staff) for team in teams),
            _lately_section(counts),
            _system_section(staff),
        ],
    }


def _team_view(team: Team, staff: Staff) -> Json:
    return {
        "title": team.area,
        "path": "team-" + "-".join(team.area.lower().split()),
        "type": "sections",
        "max_columns": 3,
        "sections": [_team_section(team, staff) | {"column_span": 3}],
    }


def _activity_view(staff: Staff, counts: dict[str, str]) -> Json:
    presences = [person.presence for person in staff.people]
    return {
        "title": "Activity",
        "path": "activity",
        "icon": "mdi:timeline-clock",
        "type": "sections",
        "max_columns": 3,
        "sections": [
            _section(
                _heading("How many people are …", "mdi:chart-line"),
                _full_width(
                    {"type": "history-graph", "hours_to_show": HOURS, "entities": _graph(counts)}, 6
                ),
                span=2,
            ),
            _section(
                _heading("What happened", "mdi:format-list-bulleted"),
                _full_width(
                    {"type": "logbook", "hours_to_show": HOURS, "target": {"entity_id": presences}},
                    10,
                ),
            ),
        ]
        + [_timeline_section(team, staff) for team in staff.teams],
    }


def _count_badge(presence: str, entity: str) -> Card:
    word, color, icon = PRESENCES[presence]
    badge: Card = {
        "type": "entity",
        "entity": entity,
        "name": word,
        "show_name": True,
        "icon": icon,
        "color": color,
    }
    if presence == "on_call":
        # Not every telephone system tells who is on the phone.
        badge["visibility"] = [{"condition": "numeric_state", "entity": entity, "above": 0}]
    return badge


def _team_section(team: Team, staff: Staff) -> Json:
    people = [person for person in staff.people if person.team == team]
    several = len({each.location for each in staff.teams}) > 1
    heading = _heading(
        f"{team.name} · {team.location}" if several else team.name, "mdi:account-group"
    )
    if len(people) > ONE_PAGE:
        return _section(heading, *(_plain_tile(person) for person in people), span=3)
    return _section(heading, *(tile for person in people for tile in _tiles(person)))


def _tiles(person: Person) -> list[Card]:
    """Return one person's tile in each colour, and in none for when nothing is known."""
    tiles = [
        _plain_tile(person) | {"icon": icon, "color": color, "visibility": [_is(person, presence)]}
        for presence, (_, color, icon) in PRESENCES.items()
    ]
    nothing = {
        "icon": "mdi:account-question",
        "color": "disabled",
        "visibility": [_is(person, presence, negate=True) for presence in PRESENCES],
    }
    return [*tiles, _plain_tile(person) | nothing]


def _is(person: Person, presence: str, *, negate: bool = False) -> Json:
    test = "state_not" if negate else "state"
    return {"condition": "state", "entity": person.presence, test: presence}


def _plain_tile(person: Person) -> Card:
    return {
        "type": "tile",
        "entity": person.status,
        "name": person.name,
        "icon_tap_action": {"action": "more-info"},  # an icon that does something is drawn larger
        "hold_action": {
            "action": "navigate",
            "navigation_path": f"/config/devices/device/{person.device_id}",
        },
    }


def _back_section(staff: Staff) -> Json:
    return _section(
        _heading("Back next", "mdi:clock-outline"),
        _full_width({"type": "markdown", "content": _back_template(staff)}),
    )


def _back_template(staff: Staff) -> str:
    """Return a template of who comes back when; the entities' ids are looked up, not guessed."""
    rows = [
        [person.name, person.status, back, person.entities.get(("text", NOTE), "")]
        for person in staff.people
        if (back := person.entities.get(("datetime", RETURN_TIME)))
    ]
    return _BACK.replace("ROWS", repr(rows)).replace("LIMIT", str(BACK_SOON))


# When, who, and what they say, with line breaks taken out.
_BACK = """\
{%- set back = namespace(rows=[]) -%}
{%- for name, status, return_time, note in ROWS -%}
  {%- set at = states(return_time) | as_datetime(none) -%}
  {%- if at and at > now() -%}
    {%- set words = [states(status), states(note) if note and has_value(note) else ''] -%}
    {%- set said = words | select | join(' · ') | replace('\\n', ' / ') -%}
    {%- set back.rows = back.rows + [{'at': at | as_local, 'name': name, 'said': said}] -%}
  {%- endif -%}
{%- endfor -%}
{%- for row in (back.rows | sort(attribute='at'))[:LIMIT] -%}
{%- set today = row.at.date() == now().date() -%}
**{{ row.at.strftime('%H:%M' if today else '%a %-d %b') }}  {{ row.name }}**<br>{{ row.said | e }}

{% else -%}
Nobody has said when they will be back.
{%- endfor -%}
"""


def _lately_section(counts: dict[str, str]) -> Json:
    return _section(
        _heading("The last two hours", "mdi:chart-line"),
        _full_width(
            {"type": "history-graph", "hours_to_show": HOURS, "entities": _graph(counts)}, 5
        ),
    )


def _graph(counts: dict[str, str]) -> list[Json]:
    return [
        {"entity": entity, "name": PRESENCES[presence][0], "color": PRESENCES[presence][1]}
        for presence, entity in counts.items()
        if presence != "on_call"
    ]


def _system_section(staff: Staff) -> Json:
    tiles = [{"type": "tile", "entity": entity, "color": "green"} for entity in staff.connections]
    return _section(
        _heading("Telephone system", "mdi:phone-voip"), *(_full_width(tile, 1) for tile in tiles)
    )


def _timeline_section(team: Team, staff: Staff) -> Json:
    people = [person for person in staff.people if person.team == team]
    entities = [{"entity": person.presence, "name": person.name} for person in people]
    return _section(
        _heading(team.area, "mdi:account-group"),
        _full_width({"type": "history-graph", "hours_to_show": HOURS, "entities": entities}),
    )


def _section(*cards: Card, span: int = 1) -> Json:
    return {"type": "grid", "column_span": span, "cards": list(cards)}


def _heading(text: str, icon: str, style: str = "subtitle") -> Card:
    return {"type": "heading", "heading": text, "icon": icon, "heading_style": style}


def _full_width(card: Card, rows: int | str = "auto") -> Card:
    return card | {"grid_options": {"columns": "full", "rows": rows}}
