"""What a XiVO server writes as no other does; the readers of what all write are in `..readers`."""

from typing import Any

from ..readers import (
    DURATION,
    FEW,
    MESSAGE_LENGTH,
    Unreadable,
    count,
    identifier,
    real,
    text,
    text_or_none,
)

# Characters of a sheet's payload.
SHEET_LENGTH = 256 * 1024


def statistic_count(value: Any) -> int | None:
    """Read how many, where an empty text stands for none."""
    return None if value in _NO_STATISTIC else count(value)


def statistic(value: Any) -> float | None:
    """Read a duration or a rate, where an empty text stands for none."""
    return None if value in _NO_STATISTIC else real(value, DURATION)


_NO_STATISTIC = ("", "na", None)


def user_of_address(value: Any) -> str:
    """Read the user's id out of "xivo/3", or out of a server's uuid and an id (15.19 and later)."""
    if type(value) is list and len(value) == 2:
        return identifier(value[1])
    if value is None:
        return ""
    address = text(value)
    return identifier(address.rpartition("/")[2])


def semicolons(value: Any) -> tuple[str, ...]:
    """Read a row whose columns are parted by semicolons."""
    if type(value) is str and len(value) <= MESSAGE_LENGTH and value.count(";") < FEW:
        return tuple(value.split(";"))
    raise Unreadable


def cell(value: Any) -> str | None:
    """Read a column of a people search: a text, or nothing; whatever else is told as a text."""
    if value is None or type(value) is str:
        return text_or_none(value)
    if type(value) in {bool, int, float}:
        return str(value)
    raise Unreadable


def sheet_payload(value: Any) -> str:
    """Read what `sheets` decodes."""
    if type(value) is str and len(value) <= SHEET_LENGTH:
        return value
    raise Unreadable
