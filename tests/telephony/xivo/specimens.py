"""One whole message of every kind, made out of the codec's tables: who adds a field there has it here."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from custom_components.office_cti.telephony import readers
from custom_components.office_cti.telephony.readers import (
    Entries,
    Fields,
    Made,
    Many,
    Nullable,
    Object,
    OneOf,
    Pair,
    Record,
)
from custom_components.office_cti.telephony.xivo import readers as own, tables
from custom_components.office_cti.telephony.xivo.tables import (
    CLASSES,
    GETLIST,
    WITHOUT_CLASS,
    Table,
)

# What each reader reads.
SAMPLES: dict[Any, Any] = {
    readers.text: "some text",
    readers.text_or_none: "some text",
    readers.text_or_empty: "some text",
    readers.message_text: "Salut",
    readers.identifier: "17",
    readers.identifier_or_none: 17,
    readers.flag: True,
    readers.flag_or_no: True,
    readers.count: 3,
    readers.count_or_none: "3",
    readers.number: "-2",
    readers.seconds: 63,
    readers.time: 1795224331.101368,
    readers.time_or_none: 1795224331.101368,
    readers.local_time: "2015-01-10T10:00:00",
    own.statistic_count: "2",
    own.statistic: "6",
    own.user_of_address: "xivo/3",
    own.semicolons: "Bob Marceau;1002;;",
    own.cell: "1002",
    own.sheet_payload: "AAAA",
    tables.profile: [3],
    tables.command_reply: "Fd2sGy9ubD",
}


def sample(read: Any) -> Any:
    """Return what a reader reads without a problem."""
    match read:
        case OneOf():
            return read.words[0]
        case Nullable() | Made():
            return sample(read.read)
        case Many():
            return [sample(read.read)]
        case Pair():
            return [sample(read.first), sample(read.second)]
        case Entries():
            return {str(sample(read.key)): sample(read.read)}
        case Object() | Record():
            return sample(read.of)
        case Fields():
            return {field.wire: sample(field.read) for field in read.fields}
        case _:
            return SAMPLES[read]


class Specimen(NamedTuple):
    """A message as it travels, and the table that reads it."""

    name: str
    wire: dict[str, Any]
    table: Table


def _specimens() -> Iterator[Specimen]:
    seen: set[int] = set()  # what any class may be is made once
    for function, lists in GETLIST.items():
        for name, table in lists.items():
            wire = {"class": "getlist", "function": function, "listname": str(name)}
            yield Specimen(f"getlist {function} {name}", wire | sample(table), table)
    for name, variants in CLASSES.items():
        for key, table in variants.items():
            if id(table) not in seen:
                seen.add(id(table))
                kind = name if key is None else f"{name} {key}"
                yield Specimen(kind, sample(table) | {"class": name}, table)
    for key, table in WITHOUT_CLASS.items():
        wire = sample(table) or {key: "some text"}
        yield Specimen(f"without a class: {key}", wire, table)


SPECIMENS = tuple(_specimens())
