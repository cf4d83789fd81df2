"""Requests that a person describes, with names in braces where a command's values belong.

A name stands for a whole value: in a path for one that is percent-encoded, in a body for one that is
encoded as JSON, quotes and all. So it stands outside of quotes there, and whatever it is filled with, the
body stays what it was meant to be. Braces around anything else are the body's own.
"""

from collections.abc import Mapping
import json
import re
from typing import Any
from urllib.parse import quote

_NAME = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


def names_in(text: str) -> tuple[str, ...]:
    """Return the names that stand in a path or in a body, each once, in their order."""
    return tuple(dict.fromkeys(_NAME.findall(text)))


def filled_path(path: str, values: Mapping[str, object]) -> str:
    """Return a path with its names filled in; no value can begin another segment or a query."""
    return _NAME.sub(lambda name: quote(str(values[name[1]]), safe=""), path)


def filled_body(body: str, values: Mapping[str, Any]) -> str:
    """Return a body with its names filled in."""
    return _NAME.sub(lambda name: json.dumps(values[name[1]]), body)
