"""The dashboard: from who sits where to the cards of Home Assistant's own frontend.

Pure functions: what is shown of an office; call_centre.py has what is shown of a call centre.
"""

from typing import TYPE_CHECKING

from . import absences, call_centre
from .cards import (
    PRESENCES,
    Card,
    connection_tile,
    device_tile,
    full_width,
    heading,
    is_above,
    person_tiles,
    section,
)
from .people import together

if TYPE_CHECKING:
    from .api import Json
    from .people import Staff, Team

URL_PATH = "office"
TITLE = "Office"
ICON = "mdi:office-building"

# What fits on one page with its tiles in all colours; a larger office gets a page for each team.
ONE_PAGE = 120
HOURS = 2  # what the graphs look back


def build(staffs: list[Staff], counts: dict[str, str]) -> Json:
    """Return the whole dashboard; `counts` are the sensors that count each presence."""
    office, centres = _office(staffs), _call_centres(staffs)
    views = [_office_view(office, counts)] if office.people else []
    views += [call_centre.view(centre) for centre in centres]
    if len(office.people) > ONE_PAGE:
        views += [_team_view(team, office) for team in office.teams]
    views.append(_activity_view(office, centres, counts))
    return {"title": TITLE, "views": views}


def _office(staffs: list[Staff]) -> Staff:
    """Return everybody who does not work in a call centre."""
    return together([staff for staff in staffs if not staff.place])


def _call_centres(staffs: list[Staff]) -> list[Staff]:
    return [staff for staff in staffs if staff.place]


_COUNT = "{{ ALL | select('is_state', 'ONE') | list | count }}"


def count_id(presence: str) -> str:
    """Return by what the sensor that counts a presence is found in the registry."""
    return f"demo_count_{presence}"


def count_sensors(staffs: list[Staff]) -> list[Json]:
    """Return Home Assistant's template sensors that count how many people have each presence."""
    presences = [person.presence for person in _office(staffs).people]
    return [
        {
            "sensor": [
                {
                    "name": word,
                    "unique_id": count_id(presence),
                    "icon": icon,
                    "state_class": "measurement",
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
        "show_icon_and_title": True,
        "type": "sections",
        "max_columns": 3,
        "dense_section_placement": True,
        "badges": [_count_badge(presence, entity) for presence, entity in counts.items()],
        "sections": [
            absences.back_section(staff),
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


def _activity_view(office: Staff, centres: list[Staff], counts: dict[str, str]) -> Json:
    presences = [person.presence for staff in (office, *centres) for person in staff.people]
    return {
        "title": "Activity",
        "path": "activity",
        "icon": "mdi:timeline-clock",
        "show_icon_and_title": True,
        "type": "sections",
        "max_columns": 3,
        "sections": [
            *([_counts_section(counts)] if office.people else []),
            section(
                heading("What happened", "mdi:format-list-bulleted"),
                full_width(
                    {"type": "logbook", "hours_to_show": HOURS, "target": {"entity_id": presences}},
                    10,
                ),
            ),
            *(_timeline_section(team, office) for team in office.teams),
            *(each for centre in centres for each in call_centre.activity_sections(centre, HOURS)),
        ],
    }


def _counts_section(counts: dict[str, str]) -> Json:
    return section(
        heading("How many people are …", "mdi:chart-line"),
        full_width(
            {"type": "history-graph", "hours_to_show": HOURS, "entities": _graph(counts)}, 6
        ),
        span=2,
    )


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
        badge["visibility"] = [is_above(entity, 0)]
    return badge


def _team_section(team: Team, staff: Staff) -> Json:
    people = [person for person in staff.people if person.team == team]
    several = len({each.location for each in staff.teams}) > 1
    title = heading(f"{team.name} · {team.location}" if several else team.name, "mdi:account-group")
    if len(people) > ONE_PAGE:
        return section(title, *(device_tile(person, person.status) for person in people), span=3)
    return section(title, *(tile for person in people for tile in person_tiles(person)))


def _lately_section(counts: dict[str, str]) -> Json:
    return section(
        heading("The last two hours", "mdi:chart-line"),
        full_width(
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
    return section(
        heading("Telephone system", "mdi:phone-voip"), *map(connection_tile, staff.connections)
    )


def _timeline_section(team: Team, staff: Staff) -> Json:
    people = [person for person in staff.people if person.team == team]
    entities = [{"entity": person.presence, "name": person.name} for person in people]
    return section(
        heading(team.area, "mdi:account-group"),
        full_width({"type": "history-graph", "hours_to_show": HOURS, "entities": entities}),
    )
