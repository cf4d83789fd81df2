"""What an iSymphony Live server writes as no other does; the readers of what all write are in `..readers`."""

from datetime import UTC, datetime
import re
from typing import Any

from ..readers import LATEST_TIME, TEXT_LENGTH, Unreadable, identifier

# A time below is one in seconds, and in milliseconds from there on: that would be in March 1973.
_MILLISECONDS = 10**11
_LATEST = LATEST_TIME * 1000
# How deep, in lists and objects, something that nobody knows may be nested, and what it holds at most.
DEPTH = 4
ITEMS = 64


# What an id consists of that can be asked for.
_ID = re.compile(r"[A-Za-z0-9_:-](?:[A-Za-z0-9._:-]*[A-Za-z0-9_:-])?")


def resource_id(value: Any) -> str:
    """Read an id: it stands in paths, so one that could lead elsewhere is none."""
    found = identifier(value)
    if not _ID.fullmatch(found):
        raise Unreadable
    return found


def moment(value: Any) -> datetime | None:
    """Read a time in Unix milliseconds or seconds; null, -1 and 0 stand for none.

    The pages say milliseconds everywhere, and one of their samples is in seconds. Page: Live API, status.
    """
    if type(value) is int and 0 < value <= _LATEST:  # what comes most
        return datetime.fromtimestamp(value if value < _MILLISECONDS else value / 1000, UTC)
    if value is None or value == "":
        return None
    if type(value) is str and len(value) <= 20 and value.isascii():
        if not value.removeprefix("-").isdigit():
            raise Unreadable
        value = int(value)
    if type(value) not in {int, float} or not value <= _LATEST:
        raise Unreadable
    if value <= 0:
        return None
    return datetime.fromtimestamp(value if value < _MILLISECONDS else value / 1000, UTC)


def milliseconds(value: Any) -> int | None:
    """Read the same as Unix milliseconds: every event tells its time, and few are looked at."""
    if type(value) is int and _MILLISECONDS <= value <= _LATEST:
        return value
    found = moment(value)
    return None if found is None else round(found.timestamp() * 1000)


def anything(value: Any) -> Any:
    """Read something that nobody knows; what of it is too long, too deep or too much is left out."""
    return _anything(value, DEPTH)


def _anything(value: Any, depth: int) -> Any:
    if type(value) is dict and depth:
        return {
            key: found
            for key, inner in list(value.items())[:ITEMS]
            if len(key) <= TEXT_LENGTH and (found := _anything(inner, depth - 1)) is not _LEFT_OUT
        }
    if type(value) is list and depth:
        read = [_anything(inner, depth - 1) for inner in value[:ITEMS]]
        return [found for found in read if found is not _LEFT_OUT]
    if type(value) in {dict, list} or (type(value) is str and len(value) > TEXT_LENGTH):
        return _LEFT_OUT
    return value


_LEFT_OUT = object()
