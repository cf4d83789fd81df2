"""The dashboard's page of a place with queues, groups or agents: who waits there, people, calls.

Pure functions, as in dashboard.py.
"""

from typing import TYPE_CHECKING

from . import absences, accounts, people as key
from .cards import (
    Card,
    connection_tile,
    device_tile,
    first_that_fits,
    full_width,
    heading,
    is_above,
    is_state,
    person_tiles,
    section,
    telephone_tiles,
)

if TYPE_CHECKING:
    from .api import Json
    from .people import Key, Staff, Thing

LATEST = 8  # how many of the latest calls are named
_WIDE = 2  # columns

# An agent's availability: colour, icon
_AVAILABILITIES: dict[str, tuple[str, str]] = {
    "available": ("green", "mdi:headset"),
    "not_available": ("amber", "mdi:headset-off"),
    "logged_out": ("grey", "mdi:logout"),
    "on_call_nonacd_incoming_internal": ("blue", "mdi:phone-incoming"),
    "on_call_nonacd_incoming_external": ("blue", "mdi:phone-incoming"),
    "on_call_nonacd_outgoing_internal": ("blue", "mdi:phone-outgoing"),
    "on_call_nonacd_outgoing_external": ("blue", "mdi:phone-outgoing"),
}
# What a queue's tiles are called, with their icons.
_NUMBERS: tuple[tuple[Key, str, str, str], ...] = (
    (key.AGENTS_LOGGED_IN, "Agents logged in", "mdi:account-multiple", "teal"),
    (key.AGENTS_AVAILABLE, "Agents available", "mdi:account-multiple-check", "green"),
    (key.AGENTS_TALKING, "Agents talking", "mdi:account-voice", "blue"),
)


def path(staff: Staff) -> str:
    """Return the page's address below the dashboard's."""
    return "-".join(staff.place.lower().split())


def view(staff: Staff) -> Json:
    """Return the page."""
    with_account = [person for person in staff.people if person.has_account]
    return {
        "title": staff.place,
        "path": path(staff),
        "icon": staff.icon,
        "show_icon_and_title": True,
        "type": "sections",
        "max_columns": 3,
        "dense_section_placement": True,
        "sections": [
            *(_queue_section(queue) for queue in staff.queues),
            *([_groups_section(staff)] if staff.groups else []),
            *([absences.back_section(staff)] if absences.can_be_told(staff) else []),
            *([_agents_section(staff)] if staff.agents else []),
            _people_section(staff),
            _calls_section(staff),
            *(accounts.account_section(person) for person in with_account),
            *map(accounts.desk_section, staff.desks),
        ],
    }


def _queue_section(queue: Thing) -> Json:
    waiting = queue.entities[key.WAITING]
    tile = device_tile(queue, waiting) | {"name": "Waiting"}
    some = {"color": "red", "icon": "mdi:account-clock"}
    none = {"color": "green", "icon": "mdi:account-clock-outline"}
    return section(
        heading(queue.name, "mdi:tray-full", "title"),
        *first_that_fits([(is_above(waiting, 0), tile | some)], tile | none),
        *(
            device_tile(queue, queue.entities[number])
            | {"name": name, "icon": icon, "color": color}
            for number, name, icon, color in _NUMBERS
            if number in queue.entities
        ),
        full_width(
            {
                "type": "markdown",
                "content": _CALLERS.replace("QUEUE", waiting),
                "show_empty": False,  # not every telephone system tells who waits
            }
        )
        | {"visibility": [is_above(waiting, 0)]},
    )


# Who waits, and for how long: the sensor of the longest wait has only what the server told last.
_CALLERS = """\
{%- for caller in state_attr('QUEUE', 'callers') or [] -%}
{%- set since, name, number = as_datetime(caller.since), caller.get('name'), caller.get('number') -%}
{{ caller.position }}\\. **{{ (name or number or 'Somebody') | e }}**
{%- if name and number %} · {{ number | e }}{% endif %} ·
{{- ' ' ~ ('just now' if (now() - since).total_seconds() < 60 else time_since(since)) }}<br>
{%- endfor -%}
"""


def _groups_section(staff: Staff) -> Json:
    return section(
        heading("Groups", "mdi:account-multiple-check"),
        *(card for each in staff.groups for card in _group(each)),
        span=_WIDE,
    )


def _group(group: Thing) -> list[Card]:
    """Return how many of a group are free, which is red if nobody is, and how many are busy."""
    free = device_tile(group, group.entities[key.FREE]) | {
        "name": f"{group.name}, free",
        "icon": "mdi:account-check",
    }
    busy = {"name": f"{group.name}, busy", "icon": "mdi:account-voice", "color": "blue"}
    return [
        *first_that_fits(
            [(is_above(group.entities[key.FREE], 0), free | {"color": "green"})],
            free | {"color": "red"},
        ),
        device_tile(group, group.entities[key.BUSY]) | busy,
    ]


def _agents_section(staff: Staff) -> Json:
    return section(
        heading("Agents", "mdi:headset"), *(card for each in staff.agents for card in _agent(each))
    )


def _agent(agent: Thing) -> list[Card]:
    """Return an agent's availability, and beside it what can be switched."""
    switches = (
        (key.LOGGED_IN, "Logged in", "green"),
        (key.PAUSED, "Paused", "amber"),
    )
    return [
        *(tile | {"grid_options": {"columns": 6, "rows": 2}} for tile in _agent_tiles(agent)),
        *(
            {
                "type": "tile",
                "entity": agent.entities[switch],
                "name": what,
                "color": color,
            }
            for switch, what, color in switches
            if switch in agent.entities
        ),
    ]


def _agent_tiles(agent: Thing) -> list[Card]:
    availability = device_tile(agent, agent.entities[key.AVAILABILITY]) | {"vertical": True}
    busy = (
        (key.WRAP_UP, {"color": "purple", "icon": "mdi:clipboard-edit"}),
        (key.ON_AGENT_CALL, {"color": "blue", "icon": "mdi:headset"}),
    )
    choices = [
        (is_state(entity, "on"), availability | {"entity": entity} | look)
        for what, look in busy
        if (entity := agent.entities.get(what))
    ]
    choices += [
        (
            is_state(agent.entities[key.AVAILABILITY], state),
            availability | {"color": color, "icon": icon},
        )
        for state, (color, icon) in _AVAILABILITIES.items()
    ]
    return first_that_fits(choices, availability | {"color": "disabled"})


def _people_section(staff: Staff) -> Json:
    return section(
        heading("People", "mdi:account-group"),
        *(tile for person in staff.people for tile in person_tiles(person)),
        *_telephones(staff),
        span=_WIDE if staff.groups else 1,  # below the groups, without a gap beside them
    )


def _telephones(staff: Staff) -> list[Card]:
    if not staff.telephones:
        return []
    return [
        heading("Shared telephones", "mdi:deskphone"),
        *(tile for telephone in staff.telephones for tile in telephone_tiles(telephone)),
    ]


def _calls_section(staff: Staff) -> Json:
    rows = [
        [person.name, person.entities[key.CALL]]
        for person in staff.people
        if key.CALL in person.entities
    ]
    calls = _CALLS.replace("ROWS", repr(rows)).replace("LATEST", str(LATEST))
    return section(
        heading("Latest calls", "mdi:phone-log"),
        full_width({"type": "markdown", "content": calls}),
        *_conferences(staff),
        *_notifications(staff),
        heading("Telephone system", "mdi:phone-voip"),
        *map(connection_tile, staff.connections),
    )


def _conferences(staff: Staff) -> list[Card]:
    if not staff.conferences:
        return []
    return [
        heading("Conferences", "mdi:account-voice"),
        *(card for room in staff.conferences for card in _conference(room)),
    ]


def _conference(room: Thing) -> list[Card]:
    """Return how many people are in a conference room, and below it who they are."""
    people = room.entities[key.CONFERENCE]
    tile = full_width(device_tile(room, people), 1)
    members = {"type": "markdown", "content": _MEMBERS.replace("ROOM", people)}
    return [
        *first_that_fits(
            [(is_above(people, 0), tile | {"color": "teal"})], tile | {"color": "grey"}
        ),
        full_width(members) | {"visibility": [is_above(people, 0)]},
    ]


def _notifications(staff: Staff) -> list[Card]:
    if not staff.notifications:
        return []
    return [
        heading("Latest notification", "mdi:bell-outline"),
        *(
            full_width({"type": "markdown", "content": _NOTIFICATION.replace("EVENT", event)})
            for event in staff.notifications
        ),
    ]


# Who is in a conference room.
_MEMBERS = """\
{%- for member in state_attr('ROOM', 'members') or [] -%}
{%- set who = member.get('name') or member.get('number') -%}
**{{ who | e if who else 'Somebody' }}**{{ ', ' if not loop.last }}
{%- endfor -%}
"""

# What the telephone system has told last: when, who, what.
_NOTIFICATION = """\
{%- if has_value('EVENT') -%}
{%- set sender = state_attr('EVENT', 'sender') or state_attr_translated('EVENT', 'event_type') -%}
**{{ as_local(as_datetime(states('EVENT'))).strftime('%H:%M:%S') }}  {{ sender | e }}**<br>
{{- (state_attr('EVENT', 'text') or '') | e }}
{%- else -%}
Nothing has been told yet.
{%- endif -%}
"""


# The latest event of each person's calls: when, who, what, and with whom.
_CALLS = """\
{%- set calls = namespace(rows=[]) -%}
{%- for name, call in ROWS if has_value(call) -%}
  {%- set calls.rows = calls.rows + [{'at': states(call), 'name': name, 'call': call}] -%}
{%- endfor -%}
{%- for row in (calls.rows | sort(attribute='at', reverse=true))[:LATEST] -%}
{%- set other = state_attr(row.call, 'name') or state_attr(row.call, 'number') -%}
**{{ as_local(as_datetime(row.at)).strftime('%H:%M:%S') }}  {{ row.name | e }}**<br>
{{- state_attr_translated(row.call, 'event_type') }}{% if other %} · {{ other | e }}{% endif %}

{% else -%}
Nobody has called yet.
{%- endfor -%}
"""


def activity_sections(staff: Staff, hours: int) -> list[Json]:
    """Return what the page that looks back shows of a call centre."""
    # Numbers are drawn over each other, states below each other.
    graphs: tuple[tuple[str, str, Key, tuple[Thing, ...], int | str], ...] = (
        ("Waiting callers", "mdi:account-clock", key.WAITING, staff.queues, 6),
        ("Free people", "mdi:account-multiple-check", key.FREE, staff.groups, 6),
        ("Agents", "mdi:headset", key.AVAILABILITY, staff.agents, "auto"),
    )
    return [
        section(
            heading(title, icon),
            full_width(
                {
                    "type": "history-graph",
                    "hours_to_show": hours,
                    "entities": [
                        {"entity": each.entities[shown], "name": each.name} for each in things
                    ],
                },
                rows,
            ),
            span=1 if rows == "auto" else 2,
        )
        for title, icon, shown, things, rows in graphs
        if things
    ]
