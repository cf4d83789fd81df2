"""Readers: each tames one value of a server, or says that it cannot.

A server writes one thing in several ways (0, false, "0"; 1, "1"; null), and what it should not write comes,
too. A reader takes whatever JSON can hold. It returns the tamed value, raises `Unreadable`, or, where a part
can be used, raises `Partly` with that part: `Many` leaves out the items that it cannot read, `Record` the
fields. Readers are put together like what they read, so that whoever wants to try every field of every
message can walk through them.

Everything is bounded, in count and in length: no message holds more than its readers allow.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple

# Characters of an id, of a text in a field, and of a text that somebody has written.
ID_LENGTH = 128
TEXT_LENGTH = 1024
MESSAGE_LENGTH = 8192
# Items of a list in a field, of a list that is the message's content, and of a list of all objects.
FEW = 256
ITEMS = 5_000
OBJECTS = 50_000
# Seconds, and Unix seconds: what lies beyond is no time that a telephone system has seen.
DURATION = 10.0**9
LATEST_TIME = 10.0**11
COUNT = 2**31 - 1

type Reader[T] = Callable[[Any], T]


class Unreadable(Exception):
    """A value is not what it should be."""


class Partly(Exception):
    """A value could be read in part; `problems` names the fields of a record that could not."""

    def __init__(self, value: Any, problems: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.value = value
        self.problems = problems


# --- single values -----------------------------------------------------------------------------


def text(value: Any) -> str:
    """Read a text of a field."""
    if type(value) is str and len(value) <= TEXT_LENGTH:
        return value
    raise Unreadable


def text_or_none(value: Any) -> str | None:
    """Read a text that may be null."""
    return None if value is None else text(value)


def text_or_empty(value: Any) -> str:
    """Read a text; null is an empty one."""
    return "" if value is None else text(value)


def message_text(value: Any) -> str:
    """Read what somebody has written; null is nothing."""
    if value is None:
        return ""
    if type(value) is str and len(value) <= MESSAGE_LENGTH:
        return value
    raise Unreadable


def identifier(value: Any) -> str:
    """Read an id, which some messages write as a number."""
    if type(value) is str:
        if 0 < len(value) <= ID_LENGTH:
            return value
    elif type(value) is int:
        return str(value)
    raise Unreadable


def identifier_or_none(value: Any) -> str | None:
    """Read an id that may be missing: null, an empty text, or 0."""
    if value is None or (type(value) in {int, str} and value in _NO_ID):
        return None
    return identifier(value)


_NO_ID = frozenset({"", "0", 0})


def label(value: Any) -> str:
    """Read a number, a name or a word that may be missing, or may come as a JSON number."""
    if type(value) is int:
        return identifier(value)
    return text_or_empty(value)


def label_or_none(value: Any) -> str | None:
    """Read the same; null stays null."""
    if type(value) is str and len(value) <= TEXT_LENGTH:  # what comes most
        return value
    return None if value is None else label(value)


def flag(value: Any) -> bool:
    """Read yes or no: true, 1 and "1" are the same."""
    if type(value) is bool:
        return value
    if type(value) in {int, str} and (found := _FLAGS.get(value)) is not None:
        return found
    raise Unreadable


_FLAGS: Mapping[int | str, bool] = {
    **dict.fromkeys((1, "1", "true", "yes", "Yes", "on"), True),
    **dict.fromkeys((0, "0", "false", "no", "No", "off", ""), False),
}


def flag_or_no(value: Any) -> bool:
    """Read yes or no; null is no."""
    return False if value is None else flag(value)


def count(value: Any) -> int:
    """Read how many: a number that is not negative, or its digits."""
    if type(value) is str and value.isascii() and value.isdigit() and len(value) <= 10:
        value = int(value)
    if type(value) is int and 0 <= value <= COUNT:
        return value
    raise Unreadable


def count_or_none(value: Any) -> int | None:
    """Read how many, or null."""
    return None if value is None else count(value)


def number(value: Any) -> int:
    """Read a whole number."""
    if (
        type(value) is str
        and value.isascii()
        and value.removeprefix("-").isdigit()
        and len(value) <= 10
    ):
        value = int(value)
    if type(value) is int and -COUNT <= value <= COUNT:
        return value
    raise Unreadable


def seconds(value: Any) -> float:
    """Read a duration in seconds."""
    return real(value, DURATION)


def time(value: Any) -> float:
    """Read Unix seconds."""
    return real(value, LATEST_TIME)


def time_or_none(value: Any) -> float | None:
    """Read Unix seconds; null, and what is not after 1970, stand for a time that is not known."""
    if value is None or (type(value) in {int, float} and -1 <= value <= 0):
        return None
    return time(value)


def local_time(value: Any) -> datetime:
    """Read a date and a time in ISO's form, without a zone as the server sends it."""
    if type(value) is str and len(value) <= 40 and value.isascii():
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            raise Unreadable from None
    raise Unreadable


def real(value: Any, highest: float) -> float:
    """Read a number that is neither negative nor above the highest, or its digits."""
    if (
        type(value) is str
        and len(value) <= 20
        and value.isascii()
        and value.replace(".", "", 1).isdigit()
    ):
        value = float(value)
    if type(value) in {int, float} and 0 <= value <= highest:
        return float(value)
    raise Unreadable


# --- values of a set ---------------------------------------------------------------------------


class OneOf[T]:
    """Reads one of a set of words, or of numbers that may come as words."""

    __slots__ = ("_words", "other")

    def __init__(self, words: Mapping[Any, T], other: T | None = None) -> None:
        self._words = words
        self.other = other

    @property
    def words(self) -> tuple[Any, ...]:
        """What it reads."""
        return tuple(self._words)

    def __call__(self, value: Any) -> T:
        """Read one of them."""
        if type(value) is str or type(value) is int:
            found = self._words.get(value, self.other)
            if found is not None:
                return found
        raise Unreadable


def word[E: StrEnum](kind: type[E], other: E | None = None) -> OneOf[E]:
    """Read a word; one that is not known is `other`, or unreadable."""
    return OneOf({str(member): member for member in kind}, other)


def code[E: IntEnum](kind: type[E]) -> OneOf[E]:
    """Read a number, or its digits."""
    return OneOf(
        {int(member): member for member in kind} | {str(int(member)): member for member in kind}
    )


class Nullable[T]:
    """Reads what may be null."""

    __slots__ = ("read",)

    def __init__(self, read: Reader[T]) -> None:
        self.read = read

    def __call__(self, value: Any) -> T | None:
        """Read it, or null."""
        return None if value is None else self.read(value)


# --- lists and objects -------------------------------------------------------------------------


class Many[T]:
    """Reads a list, leaving out what it cannot read and what is too much."""

    __slots__ = ("limit", "read")

    def __init__(self, read: Reader[T], limit: int = FEW) -> None:
        self.read = read
        self.limit = limit

    def __call__(self, value: Any) -> tuple[T, ...]:
        """Read a list."""
        if type(value) is not list:
            raise Unreadable
        if len(value) <= self.limit:
            try:
                return tuple(map(self.read, value))
            except Unreadable, Partly:
                pass
        raise Partly(tuple(_readable(self.read, value[: self.limit])))


def _readable[T](read: Reader[T], items: list[Any]) -> list[T]:
    found: list[T] = []
    for item in items:
        try:
            found.append(read(item))
        except Unreadable:
            continue
        except Partly as partly:
            found.append(partly.value)
    return found


class Pair[A, B]:
    """Reads a list of exactly two."""

    __slots__ = ("first", "second")

    def __init__(self, first: Reader[A], second: Reader[B]) -> None:
        self.first = first
        self.second = second

    def __call__(self, value: Any) -> tuple[A, B]:
        """Read two."""
        if type(value) is not list or len(value) != 2:
            raise Unreadable
        return self.first(value[0]), self.second(value[1])


class Entries[K, V]:
    """Reads an object whose keys are data: pairs, in the order of the wire."""

    __slots__ = ("key", "limit", "read")

    def __init__(self, key: Reader[K], read: Reader[V], limit: int = FEW) -> None:
        self.key = key
        self.read = read
        self.limit = limit

    def __call__(self, value: Any) -> tuple[tuple[K, V], ...]:
        """Read an object."""
        if type(value) is not dict:
            raise Unreadable
        pairs = Many(self._pair, self.limit)
        return pairs(list(value.items()))

    def _pair(self, item: tuple[Any, Any]) -> tuple[K, V]:
        key = self.key(item[0])
        try:
            return key, self.read(item[1])
        except Partly as partly:
            raise Partly((key, partly.value)) from None


class Made[A, T]:
    """Reads a value, and makes something else of it."""

    __slots__ = ("make", "read")

    def __init__(self, make: Callable[[A], T], read: Reader[A]) -> None:
        self.make = make
        self.read = read

    def __call__(self, value: Any) -> T:
        """Read it, and make the other."""
        try:
            return self.make(self.read(value))
        except Partly as partly:
            raise Partly(self.make(partly.value), partly.problems) from None


class Field(NamedTuple):
    """What a server calls a value, what we call it, and how it is read."""

    wire: str
    name: str
    read: Reader[Any]
    required: bool = False


def required(wire: str, name: str, read: Reader[Any]) -> Field:
    """Return a field without which there is no object."""
    return Field(wire, name, read, required=True)


class Fields:
    """Reads an object's known fields into a dict; what is not known is left where it is."""

    __slots__ = ("_triples", "fields")

    def __init__(self, *fields: Field) -> None:
        self.fields = fields
        self._triples = tuple((field.wire, field.name, field.read) for field in fields)

    def __call__(self, value: Any) -> dict[str, Any]:
        """Read an object."""
        if type(value) is not dict:
            raise Unreadable
        try:
            return {name: read(value[wire]) for wire, name, read in self._triples if wire in value}
        except Unreadable, Partly:
            pass
        raise self._partly(value)

    def _partly(self, value: dict[str, Any]) -> Partly:
        found: dict[str, Any] = {}
        problems: list[str] = []
        for wire, name, read in self._triples:
            if wire not in value:
                continue
            try:
                found[name] = read(value[wire])
            except Unreadable:
                problems.append(name)
            except Partly as partly:
                found[name] = partly.value
                problems.extend(partly.problems or (name,))
        return Partly(found, tuple(problems))


_NOTHING: tuple[Any, ...] = (None, {})


class Object:
    """Reads an object's known fields; null and an empty object stand for one that is not there."""

    __slots__ = ("of",)

    def __init__(self, *fields: Field) -> None:
        self.of = Fields(*fields)

    def __call__(self, value: Any) -> dict[str, Any] | None:
        """Read an object, or its absence."""
        return self.of(value) if value or value not in _NOTHING else None


class Record[T]:
    """Reads an object's known fields into a tuple with names; without a required one it is unreadable.

    `about` is the tuple's name, for those who tell that it could not be read.
    """

    __slots__ = ("_required", "about", "make", "of")

    def __init__(self, make: Callable[..., T], *fields: Field, about: str = "") -> None:
        self.make = make
        self.about = about or getattr(make, "__name__", "")
        self.of = Fields(*fields)
        self._required = tuple(field.name for field in fields if field.required)

    def __call__(self, value: Any) -> T:
        """Read an object."""
        problems: tuple[str, ...] = ()
        try:
            found = self.of(value)
        except Partly as partly:
            found, problems = partly.value, partly.problems
        for name in self._required:
            if name not in found:
                raise Unreadable
        made = self.make(**found)
        if problems:
            raise Partly(made, problems)
        return made
