"""Which events a connection receives (page WebSocket API, Event Filtering).

    {"type": "filter", "filters": [{"property": "type", "value": "hangup"}, …]}

Several values of one property: any of them. Several properties: all of them. `*`: any value. An event without
the property does not pass; one that is null is as good as none, as the page's `*` means "references a user".
"""

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

LIMIT = 1_000  # filters of one connection
ANY = "*"


class Filters(NamedTuple):
    """The values that each property may have; without any property everything passes."""

    values: Mapping[str, frozenset[str]]

    def pass_on(self, event: Mapping[str, object]) -> bool:
        """Tell whether an event is received."""
        return all(
            (text := _text(event.get(name))) is not None and (ANY in allowed or text in allowed)
            for name, allowed in self.values.items()
        )


class FilterError(ValueError):
    """A message that is no filter, and why."""


def parse(message: str) -> Filters:
    """Return what a filter message says.

    Raises:
        FilterError: it is none.
    """
    try:
        body: Any = json.loads(message)
    except (ValueError, RecursionError) as error:
        raise FilterError("Invalid JSON.") from error
    match body:
        case {"type": "filter", "filters": list(filters)} if len(filters) <= LIMIT:
            return _collect(filters)
    raise FilterError("Not a filter message.")


def _collect(filters: list[Any]) -> Filters:
    values: dict[str, set[str]] = {}
    for each in filters:
        match each:
            case {"property": str(name), "value": str() | bool() | int() | float() as value}:
                values.setdefault(name, set()).add(_text(value) or "")
            case _:
                raise FilterError("A filter has a property and a value.")
    return Filters({name: frozenset(allowed) for name, allowed in values.items()})


def _text(value: object) -> str | None:
    """Return a property's value as a filter says it."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)
