"""What the dashboard shows of those who are out and have said when they will be back.

Pure functions, as in dashboard.py.
"""

from typing import TYPE_CHECKING

from .cards import full_width, heading, section
from .people import NOTE, RETURN_TIME

if TYPE_CHECKING:
    from .api import Json
    from .people import Staff

# How many of them a page names.
BACK_SOON = 5


def can_be_told(staff: Staff) -> bool:
    """Tell whether the telephone system knows when people come back."""
    return any(RETURN_TIME in person.entities for person in staff.people)


def back_section(staff: Staff) -> Json:
    """Return the section that names those who come back next."""
    return section(
        heading("Back next", "mdi:clock-outline"),
        full_width({"type": "markdown", "content": _back_template(staff)}),
    )


def _back_template(staff: Staff) -> str:
    """Return a template of who comes back when; the entities' ids are looked up, not guessed."""
    rows = [
        [person.name, person.status, back, person.entities.get(NOTE, "")]
        for person in staff.people
        if (back := person.entities.get(RETURN_TIME))
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
