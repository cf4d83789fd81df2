"""Which extensions a person brings into Home Assistant: by what they belong to, and by number.

A group (a location, or a tenant of one) is written as a path with "/" between its names, where "/" and
"%" inside a name are escaped. Numbers are a list such as "100-149, 200, 3*".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
import re
from typing import Self

from .telephony.model import Agent, Conference, Extension, Group, ObjectId, Queue


def path_of(names: ObjectId) -> str:
    """Write names from the outside in as one text that can be taken apart again."""
    return "/".join(name.replace("%", "%25").replace("/", "%2F") for name in names)


def names_of(path: str) -> ObjectId:
    """Take a path apart."""
    return tuple(name.replace("%2F", "/").replace("%25", "%") for name in path.split("/"))


# A number as systems have them ("100", "*55", "B.12"), where * and ? also stand for anything.
_PATTERN = re.compile(r"[\w*?#+.@-]+")
# What is longer is no telephone number; nor would Python read it as one.
_DIGITS_MOST = 100


def _range_of(part: str) -> range | None:
    low, dash, high = part.partition("-")
    if not (dash and low.strip().isdecimal() and high.strip().isdecimal()):
        return None
    return range(int(low), int(high) + 1)


@dataclass(frozen=True, slots=True)
class Selection:
    """Groups and numbers to bring in; nothing named means everything."""

    groups: frozenset[ObjectId]
    ranges: tuple[range, ...]
    patterns: tuple[str, ...]

    @classmethod
    def of(cls, groups: Iterable[str], numbers: str) -> Self:
        """Read what a person chose.

        Raises:
            ValueError: a range of numbers is upside down, or something is no number at all.
        """
        ranges, patterns = [], []
        for part in filter(None, map(str.strip, numbers.split(","))):
            if found := _range_of(part):
                ranges.append(found)
            elif found is None and _PATTERN.fullmatch(part):
                patterns.append(part)
            else:
                raise ValueError(part)
        return cls(frozenset(map(names_of, groups)), tuple(ranges), tuple(patterns))

    def wants(self, telephony_object: Extension | Agent | Queue | Conference | Group) -> bool:
        """Tell whether this object is to be brought in; numbers are chosen of extensions only."""
        return self._wants_group(telephony_object.group) and (
            not isinstance(telephony_object, Extension)
            or self._wants_number(telephony_object.number)
        )

    def _wants_group(self, group: ObjectId) -> bool:
        return not self.groups or any(
            group[:depth] in self.groups for depth in range(1, len(group) + 1)
        )

    def _wants_number(self, number: str) -> bool:
        if not (self.ranges or self.patterns):
            return True
        return (
            number.isdecimal()
            and len(number) <= _DIGITS_MOST
            and any(int(number) in numbers for numbers in self.ranges)
        ) or any(fnmatchcase(number, pattern) for pattern in self.patterns)


def with_renamed_group(groups: Iterable[str], old: ObjectId, new: ObjectId) -> list[str]:
    """Return chosen groups after the server has renamed one of them, or what it is in."""
    renamed = []
    for path in groups:
        names = names_of(path)
        if names == old[: len(names)]:  # the group itself, or one that it is in
            names = new[: len(names)]
        renamed.append(path_of(names))
    return list(dict.fromkeys(renamed))
