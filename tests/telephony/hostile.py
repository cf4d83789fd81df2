"""What a server should not send: values of every kind for every place of a message."""

from collections.abc import Callable, Iterable, Iterator, Mapping
import copy
from datetime import datetime
from enum import Enum
from functools import cache
import json
from types import NoneType, UnionType
from typing import Any, TypeAliasType, Union, get_args, get_origin, get_type_hints, is_typeddict

from custom_components.office_cti.telephony import readers

HOSTILE = "hostile text of the server"


class Raw(str):
    """A value that `json.dumps` could not write."""

    __slots__ = ()


BAD_VALUES = (
    None,
    True,
    False,
    0,
    1,
    -1,
    4,
    7,
    101,
    2**31,
    2**63,
    -(2**63),
    0.5,
    -0.5,
    1e308,
    "",
    " ",
    "0",
    "1",
    "-1",
    "8",
    "1.5",
    "1e5",
    "true",
    "usTalk",
    "\0",
    "\n",
    "/",
    "xivo/",
    "²",
    "٣",
    "9" * 400,
    "9999-99-99 99:99:99",
    "9999-99-99T99:99:99",
    "2015-01-10 10:00:00+99:99",
    "2015-01-10T10:00:00+99:99",
    "00000000-0000-0000-0000-000000000000",
    "{}",
    HOSTILE,
    HOSTILE * 500,
    ";" * 3000,
    [],
    [None],
    [[]],
    [[[]]],
    [HOSTILE],
    [HOSTILE, HOSTILE],
    [1, 2, 3],
    [{}],
    [{HOSTILE: HOSTILE}],
    {},
    {"": ""},
    {HOSTILE: HOSTILE},
    {HOSTILE: {HOSTILE: [HOSTILE]}},
    {"x" * 5000: {}},
    Raw("[" * 900 + "]" * 900),
    Raw("[" * 5000 + "]" * 5000),
    Raw("1" + "0" * 5000),
    Raw("-1" + "0" * 5000),
    Raw("1e99999"),
    Raw("NaN"),
    Raw('"\\ud800"'),
)
HUGE_VALUES = (
    HOSTILE * 20_000,
    ["1"] * (readers.OBJECTS + 1),
    [{}] * (readers.ITEMS + 1),
    [["1", "2"]] * (readers.ITEMS + 1),
    {str(number): str(number) for number in range(readers.ITEMS + 1)},
    {str(number): {} for number in range(readers.ITEMS + 1)},
)
# Each value as it travels: many are tried in many places.
BAD_TEXTS = tuple(
    value.encode() if isinstance(value, Raw) else json.dumps(value).encode() for value in BAD_VALUES
)
HUGE_TEXTS = tuple(json.dumps(value).encode() for value in HUGE_VALUES)
_HERE = "<here>"

type Place = tuple[Any, ...]


def places(wire: Any, path: Place = ()) -> Iterator[Place]:
    """Yield the way to everything within a message."""
    inner = wire.items() if isinstance(wire, dict) else enumerate(wire)
    for key, value in inner:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


def changed(wire: Any, path: Place, value: Any) -> Any:
    """Return the message with another value in one place."""
    wire = copy.deepcopy(wire)
    holder = wire
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return wire


def without(wire: Any, path: Place) -> Any:
    """Return the message without what is in one place."""
    wire = copy.deepcopy(wire)
    holder = wire
    for key in path[:-1]:
        holder = holder[key]
    del holder[path[-1]]
    return wire


def with_each(wire: Any, path: Place, texts: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the text of each value, and of the message with it in one place."""
    here = json.dumps(_HERE).encode()
    before, after = json.dumps(changed(wire, path, _HERE)).encode().split(here)
    for text in texts:
        yield text, before + text + after


# --- what a value must be ----------------------------------------------------------------------

type Check = Callable[[Any], bool]


@cache
def conforms(to: Any) -> Check:
    """Return whether a value is what an annotation says, as something to ask."""
    if to is Any:
        return lambda value: True
    if isinstance(to, TypeAliasType):
        return conforms(to.__value__)
    origin, inner = get_origin(to), get_args(to)
    if origin in {Union, UnionType}:
        checks = [conforms(one) for one in inner]
        return lambda value: any(check(value) for check in checks)
    if origin is tuple:
        return _all_of(inner[0]) if inner[1:] == (...,) else _each_of(inner)
    if origin in {dict, Mapping}:
        return _entries_of(*map(conforms, inner))
    if is_typeddict(to):
        return _fields_of({name: conforms(hint) for name, hint in get_type_hints(to).items()})
    if hasattr(to, "_fields"):
        hints = get_type_hints(to)
        fields = _each_of(tuple(hints[name] for name in to._fields))
        return lambda value: type(value) is to and fields(tuple(value))
    if issubclass(to, Enum):
        return lambda value: isinstance(value, to)
    assert to in {str, int, float, bool, NoneType, datetime}, to
    return lambda value: type(value) is to


def _all_of(inner: Any) -> Check:
    check = conforms(inner)
    return lambda value: type(value) is tuple and all(map(check, value))


def _each_of(inner: tuple[Any, ...]) -> Check:
    checks = [conforms(one) for one in inner]
    return lambda value: (
        type(value) is tuple
        and len(value) == len(checks)
        and all(check(item) for check, item in zip(checks, value, strict=True))
    )


def _entries_of(key: Check, item: Check) -> Check:
    return lambda value: (
        type(value) is dict and all(map(key, value)) and all(map(item, value.values()))
    )


def _fields_of(checks: Mapping[str, Check]) -> Check:
    return lambda value: (
        type(value) is dict
        and all(key in checks and checks[key](item) for key, item in value.items())
    )


def size(value: Any) -> int:
    """Return how many characters and items a message holds."""
    if isinstance(value, dict):
        return len(value) + sum(size(key) + size(item) for key, item in value.items())
    if isinstance(value, tuple):
        return len(value) + sum(map(size, value))
    return len(value) if isinstance(value, str) else 1
