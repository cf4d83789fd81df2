"""What is measured, and the limits: one function per section, which makes lines of what its jobs found.

docs/benchmarks.md tells what each figure means.
"""

from collections.abc import Callable, Mapping
from enum import Enum, auto
from statistics import median
from types import MappingProxyType
from typing import Any

from .jobs import JobError, run_job
from .report import Line


class Size(Enum):
    """How much is measured."""

    QUICK = auto()
    WHOLE = auto()


# Extensions with all their entities; and the most that Home Assistant takes, at the reduced level.
_SMALL, _FULL, _LARGEST = 100, 1_200, 4_500
_QUICK = 40
_SNAPSHOT = 10_000
_EVENTS = 10_000
_BURST = 20_000
_BACK_AND_FORTH = 3


def events(size: Size) -> list[Line]:
    """From bytes on the socket to states written, and the same through a plain coordinator."""
    if size is Size.QUICK:
        return _events_of({_QUICK: (_event_job(_QUICK, 500, 1, 50))})
    return _events_of(
        {
            _SMALL: _event_job(_SMALL, _EVENTS, 5, 2_000),
            _FULL: _event_job(_FULL, _EVENTS, 5, 200),
            _LARGEST: _event_job(_LARGEST, _EVENTS, 5, 0),
        }
    )


def _event_job(extensions: int, count: int, rounds: int, coordinator: int) -> dict[str, Any]:
    return run_job(
        "events",
        extensions=extensions,
        events=count,
        rounds=rounds,
        coordinator_events=coordinator,
    )


def _events_of(measured: Mapping[int, dict[str, Any]]) -> list[Line]:
    lines = []
    for extensions, found in measured.items():
        title = f"Event of an office day → states, {_people(extensions, found['enabled'])}"
        lines += [
            Line(title, "our own share, in bare writes", found["share_in_writes"], "", 1.25),
            Line(title, "whole ÷ bare writes", found["whole_by_bare"], "times"),
            Line(title, "writes per event", found["writes_per_event"], ""),
            Line(title, "one bare write", found["bare"], "µs"),
            Line(title, "our own share", found["share"], "µs"),
            Line(title, "the whole", found["whole"], "µs"),
        ]
        if (coordinator := found.get("coordinator")) is not None:
            lines += [
                Line(title, "a coordinator that tells all", coordinator, "µs"),
                Line(title, "that coordinator ÷ the whole", coordinator / found["whole"], "times"),
            ]
    first, last = min(measured), max(measured)
    if first != last:
        shares = [measured[each]["share_in_writes"] for each in (first, last)]
        name = f"our own share, {last:,} extensions ÷ {first:,}"
        lines.append(
            Line("Event of an office day → states", name, shares[1] / shares[0], "times", 1.2)
        )
    return lines


def snapshot(size: Size) -> list[Line]:
    """The whole picture."""
    extensions, rounds = (_QUICK, 1) if size is Size.QUICK else (_SNAPSHOT, 5)
    found = run_job("snapshot", extensions=extensions, rounds=rounds)
    title = f"Snapshot of {extensions:,} extensions ({found['bytes'] / 1024:,.0f} KiB)"
    names = {
        "decode": "decoded only",
        "first": "decoded and applied",
        "again": "again, when nothing has changed",
    }
    lines = [Line(title, name, found[key], "ms") for key, name in names.items()]
    lines += [
        Line(title, f"{name}, per extension", found[key] / extensions * 1e3, "µs")
        for key, name in names.items()
    ]
    return [*lines, Line(title, "longest turn of the loop", found["stall"], "ms", 50)]


def memory(size: Size) -> list[Line]:
    """The directory's memory."""
    extensions = _QUICK if size is Size.QUICK else _SNAPSHOT
    found = run_job("memory", extensions=extensions)
    title = f"Memory of the directory, {extensions:,} extensions"
    return [Line(title, "per extension", found["bytes"], "bytes", 2_048)]


def setup(size: Size) -> list[Line]:
    """Setting up, beside plain entities."""
    if size is Size.QUICK:
        return _setup_of(_QUICK, "full", 1)
    return [*_setup_of(_FULL, "full", 3), *_setup_of(_LARGEST, "reduced", 3)]


def _setup_of(extensions: int, level: str, rounds: int) -> list[Line]:
    kinds = ("office_cti", "once", "each")
    found: dict[str, list[dict[str, Any]]] = {kind: [] for kind in kinds}
    for _ in range(rounds):
        for kind in kinds:
            job = run_job("setup", kind=kind, extensions=extensions, level=level)
            found[kind].append(job)
    ours = found["office_cti"][0]
    counted = ("entities", "enabled", "states", "devices")
    if any(
        each[name] != ours[name] for all_of in found.values() for each in all_of for name in counted
    ):
        raise JobError(f"Not the same number of entities: {found}")
    worked = {kind: median(each["worked"] for each in all_of) for kind, all_of in found.items()}
    title = (
        f"Set-up, {_people(extensions, ours['enabled'])} "
        f"({ours['entities']:,} registered, {ours['devices']:,} devices)"
    )
    return [
        Line(title, "÷ plain entities", worked["office_cti"] / worked["once"], "times", 1.3),
        Line(
            title,
            "÷ plain entities with device_info each",
            worked["office_cti"] / worked["each"],
            "times",
        ),
        Line(title, "Office CTI", worked["office_cti"] * 1e3, "ms"),
        Line(title, "plain entities", worked["once"] * 1e3, "ms"),
        Line(title, "plain entities with device_info each", worked["each"] * 1e3, "ms"),
    ]


def reconnect(size: Size) -> list[Line]:
    """The connection goes and comes back, and nothing has changed."""
    lines = []
    for extensions in (_QUICK,) if size is Size.QUICK else (_FULL, _LARGEST):
        found = run_job("reconnect", extensions=extensions)
        title = f"Reconnection without a change, {_people(extensions, found['enabled'] + 1)}"
        lines += [
            Line(title, "writes within the grace period", found["short"], "", 0),
            Line(title, "of the connection sensor, counted apart", found["connection"], "", 2),
            Line(
                title, "after it: writes beyond availability", found["beyond_availability"], "", 0
            ),
            Line(title, "states that are different then", found["different"], "", 0),
        ]
    return lines


def stalls(size: Size) -> list[Line]:
    """The event loop in a burst and in an outage, with dashboards open."""
    if size is Size.QUICK:
        return _stalls_of(_QUICK, 500, 1, recorder=False)
    return [
        *_stalls_of(_FULL, _BURST, _BACK_AND_FORTH, recorder=False),
        *_stalls_of(_LARGEST, _BURST, _BACK_AND_FORTH, recorder=False),
        *_stalls_of(_FULL, _BURST, _BACK_AND_FORTH, recorder=True),
    ]


def _stalls_of(extensions: int, burst: int, rounds: int, *, recorder: bool) -> list[Line]:
    found = run_job("stalls", extensions=extensions, events=burst, rounds=rounds, recorder=recorder)
    title = f"The event loop, {_people(extensions, found['enabled'])}, two dashboards open"
    if recorder:
        title += ", recorder on"
    names = {"burst": f"burst of {burst:,} events", "outage": "outage of everything, and return"}
    lines = []
    for key, name in names.items():
        longest = found[key]
        limit = None if recorder else 50  # with it, much of a turn is Home Assistant's own; told
        lines += [
            Line(title, f"{name}: longest turn", longest["longest_without_collector"], "ms", limit),
            Line(title, "    most work in a turn", longest["longest_work"], "ms", limit),
            Line(title, "    longest turn with the garbage collector", longest["longest"], "ms"),
            Line(title, "    longest garbage collection", longest["longest_collection"], "ms"),
        ]
    return [
        *lines,
        Line(title, "a full collection before set-up", found["collection_before"], "ms"),
        Line(title, "a full collection after set-up", found["collection_after"], "ms"),
        Line(title, "messages that dashboards read", found["messages"], ""),
        Line(title, "dashboards disconnected", found["disconnected"], "", 0),
    ]


def _people(extensions: int, enabled: int) -> str:
    return f"{extensions:,} extensions, {enabled:,} entities enabled"


SECTIONS: Mapping[str, Callable[[Size], list[Line]]] = MappingProxyType(
    {
        "events": events,
        "snapshot": snapshot,
        "memory": memory,
        "setup": setup,
        "reconnect": reconnect,
        "stalls": stalls,
    }
)
