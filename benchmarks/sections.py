"""What is measured, and the limits: one function per section, which makes lines of what its jobs found.

docs/benchmarks.md tells what each figure means.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import Enum, auto
from statistics import median
from types import MappingProxyType
from typing import Any

from .jobs import JobError, run_job
from .office import Site
from .report import Line


class Size(Enum):
    """How much is measured."""

    QUICK = auto()
    WHOLE = auto()


_ISYMPHONY, _XIVO, _OKTELL, _LIVE = "isymphony_status", "xivo", "oktell", "isymphony_live"
_NAMES: Mapping[str, str] = MappingProxyType(
    {_ISYMPHONY: "iSymphony", _XIVO: "XiVO", _OKTELL: "Oktell", _LIVE: "iSymphony Live"}
)
# Of a XiVO, conference rooms stay out: the same in every figure.
_KINDS: Mapping[str, Any] = MappingProxyType({"kinds": ["extensions", "agents", "queues"]})
# Of an Oktell server, the groups that the simulated one has; the service user, who has no number, stays out.
_GROUPS: Mapping[str, Any] = MappingProxyType(
    {"group_numbers": ["900", "901", "902"], "numbers": "100-9999"}
)

# Few; as many as come in with all their entities; and the most that Home Assistant takes, at the reduced
# level. Of the largest XiVO some users stay out: two entities of each, and one of each agent and queue, are
# 9,000 with 4,380 of them.
_SMALL = Site(_ISYMPHONY, 100)
_FULL = Site(_ISYMPHONY, 1_200)
_LARGEST = Site(_ISYMPHONY, 4_500)
_SNAPSHOT = Site(_ISYMPHONY, 10_000)
_XIVO_SMALL = Site(_XIVO, 100, agents=8, queues=4, options=dict(_KINDS))
_XIVO_FULL = Site(_XIVO, 2_000, agents=80, queues=16, options=dict(_KINDS))
_XIVO_LARGEST = Site(_XIVO, 5_000, agents=200, queues=40, options={**_KINDS, "numbers": "100-4479"})
_OKTELL_FULL = Site(_OKTELL, 2_000, options=dict(_GROUPS))
# So many telephones have so many users: some have a second one, and some are nobody's.
_LIVE_SMALL = Site(_LIVE, 130, users=100, agents=8, queues=4)
_LIVE_FULL = Site(_LIVE, 2_625, users=2_000, agents=80, queues=16)
_SNAPSHOTS = (_SNAPSHOT, _XIVO_LARGEST, _OKTELL_FULL, _LIVE_FULL)
_OKTELL_POLLED = Site(_OKTELL, 200)
_QUICK = (
    Site(_ISYMPHONY, 40),
    Site(_XIVO, 40, agents=4, queues=2, options=dict(_KINDS)),
    Site(_OKTELL, 40, options=dict(_GROUPS)),
    Site(_LIVE, 52, users=40, agents=4, queues=2),
)
_EVENTS = 10_000
_BURST = 20_000
_BACK_AND_FORTH = 3
_POLLED_SECONDS = 60.0


def events(size: Size) -> list[Line]:
    """From bytes on the socket to states written, and of one system through a plain coordinator."""
    if size is Size.QUICK:
        isymphony, *others = _QUICK
        return [
            *_events_of([isymphony], 500, 1, {isymphony.extensions: 50}),
            *(line for site in others for line in _events_of([site], 500, 1, {})),
        ]
    coordinator = {_SMALL.extensions: 2_000, _FULL.extensions: 200}
    return [
        *_events_of([_SMALL, _FULL, _LARGEST], _EVENTS, 5, coordinator),
        *_events_of([_XIVO_SMALL, _XIVO_FULL, _XIVO_LARGEST], _EVENTS, 5, {}),
        *_events_of([_OKTELL_FULL], _EVENTS, 5, {}),
        *_events_of([_LIVE_SMALL, _LIVE_FULL], _EVENTS, 5, {}),
    ]


def _events_of(
    sites: Iterable[Site], count: int, rounds: int, coordinator: Mapping[int, int]
) -> list[Line]:
    """Measure offices of one system, and compare the largest with the smallest."""
    lines: list[Line] = []
    shares: list[tuple[int, float]] = []
    for site in sites:
        found = run_job(
            "events",
            site=site.arguments,
            events=count,
            rounds=rounds,
            coordinator_events=coordinator.get(site.extensions, 0),
        )
        lines += _event_lines(site, found)
        shares.append((site.extensions, found["share_in_writes"]))
    (fewest, first), (most, last) = shares[0], shares[-1]
    if fewest != most:
        title = f"Event of an office day → states, {_NAMES[site.system]}"
        name = f"our own share, {most:,} extensions ÷ {fewest:,}"
        lines.append(Line(title, name, last / first, "times", 1.2))
    return lines


def _event_lines(site: Site, found: Mapping[str, Any]) -> list[Line]:
    title = f"Event of an office day → states, {_people(site, found['enabled'])}"
    limit = None if site is _LIVE_SMALL else 1.25  # docs/benchmarks.md says why
    lines = [
        Line(title, "our own share, in bare writes", found["share_in_writes"], "", limit),
        Line(title, "whole ÷ bare writes", found["whole_by_bare"], "times"),
        Line(title, "writes per event", found["writes_per_event"], ""),
        Line(title, "one bare write", found["bare"], "µs"),
        Line(title, "our own share", found["share"], "µs"),
        Line(title, "the whole", found["whole"], "µs"),
    ]
    if (look := found.get("look")) is not None:
        most = look * found["looks_per_second"]
        lines += [
            Line(title, "asking about somebody who is busy", look * 1e3, "ms"),
            Line(title, "    about as many as may be, share of one core", most * 100, "%", 5),
        ]
    if (coordinator := found.get("coordinator")) is not None:
        lines += [
            Line(title, "a coordinator that tells all", coordinator, "µs"),
            Line(title, "that coordinator ÷ the whole", coordinator / found["whole"], "times"),
        ]
    return lines


def snapshot(size: Size) -> list[Line]:
    """The whole picture."""
    if size is Size.QUICK:
        return [line for site in _QUICK for line in _snapshot_of(site, 1)]
    return [line for site in _SNAPSHOTS for line in _snapshot_of(site, 5)]


def _snapshot_of(site: Site, rounds: int) -> list[Line]:
    found = run_job("snapshot", site=site.arguments, rounds=rounds)
    title = f"Snapshot of {_office(site)} ({found['bytes'] / 1024:,.0f} KiB)"
    names = {
        "decode": "decoded only",
        "apply": "decoded and applied only",
        "first": "asked for, decoded and applied",
        "again": "again, when nothing has changed",
    }
    lines = [Line(title, name, found[key], "ms") for key, name in names.items() if key in found]
    lines += [
        Line(title, f"{name}, per extension", found[key] / site.extensions * 1e3, "µs")
        for key, name in names.items()
        if key in found
    ]
    lines += [
        Line(title, "longest turn of the loop", found["stall"], "ms", 50),
        Line(title, "    most work in a turn", found["work"], "ms", 50),
        Line(title, "from connecting to live, on the clock", found["clock"], "ms"),
        Line(title, "    the simulator's work in that time", found["theirs"], "ms"),
    ]
    if "waits" in found:
        lines += [
            Line(title, "waits for the server, log-in included", found["waits"], ""),
            Line(title, "    asking one thing at a time", found["questions"], ""),
        ]
    if "requests" in found:
        lines += [
            Line(title, "requests", found["requests"], ""),
            Line(title, "    on their way at once, at most", found["at_once"], "", 6),
        ]
    return lines


def memory(size: Size) -> list[Line]:
    """What a telephone system's picture holds."""
    # With few, one would measure what any number of them needs.
    sites = (_FULL, _XIVO_FULL, _OKTELL_FULL, _LIVE_FULL) if size is Size.QUICK else _SNAPSHOTS
    return [line for site in sites for line in _memory_of(site)]


def _memory_of(site: Site) -> list[Line]:
    found = run_job("memory", site=site.arguments)
    title = f"Memory of the picture, {_office(site)}"
    names = {
        "whole": "all of it, per extension",
        "directory": "the directory alone, per extension",
    }
    return [
        Line(title, name, found[key], "bytes", 2_048) for key, name in names.items() if key in found
    ]


def setup(size: Size) -> list[Line]:
    """Setting up, beside plain entities."""
    if size is Size.QUICK:
        return [line for site in _QUICK for line in _setup_of(site, "full", 1)]
    return [
        *_setup_of(_FULL, "full", 3),
        *_setup_of(_LARGEST, "reduced", 3),
        *_setup_of(_XIVO_LARGEST, "reduced", 3),
        *_setup_of(_OKTELL_FULL, "reduced", 3),
        *_setup_of(_LIVE_FULL, "reduced", 3),
    ]


def _setup_of(site: Site, level: str, rounds: int) -> list[Line]:
    kinds = ("office_cti", "once", "each")
    found: dict[str, list[dict[str, Any]]] = {kind: [] for kind in kinds}
    for _ in range(rounds):
        for kind in kinds:
            job = run_job("setup", kind=kind, site=site.arguments, level=level)
            found[kind].append(job)
    ours = found["office_cti"][0]
    counted = ("entities", "enabled", "states", "devices")
    if any(
        each[name] != ours[name] for all_of in found.values() for each in all_of for name in counted
    ):
        raise JobError(f"Not the same number of entities: {found}")
    worked = {kind: median(each["worked"] for each in all_of) for kind, all_of in found.items()}
    title = (
        f"Set-up, {_people(site, ours['enabled'])} "
        f"({ours['entities']:,} registered, {ours['devices']:,} devices)"
    )
    read = median(each["read"] for each in found["office_cti"])
    collected = median(each["collected"] for each in found["office_cti"])
    # docs/benchmarks.md says why one system is told in two lines.
    asks_much = site.system == _LIVE
    ratio, without_reading = (
        each / worked["once"] for each in (worked["office_cti"], worked["office_cti"] - read)
    )
    apart = Line(title, "    without reading the picture", without_reading, "times", 1.3)
    return [
        Line(title, "÷ plain entities", ratio, "times", None if asks_much else 1.3),
        *([apart] if asks_much else []),
        Line(
            title,
            "÷ plain entities with device_info each",
            worked["office_cti"] / worked["each"],
            "times",
        ),
        Line(title, "Office CTI", worked["office_cti"] * 1e3, "ms"),
        Line(title, "    reading the picture", read * 1e3, "ms"),
        Line(title, "    the garbage collector, apart", collected * 1e3, "ms"),
        Line(title, "plain entities", worked["once"] * 1e3, "ms"),
        Line(title, "plain entities with device_info each", worked["each"] * 1e3, "ms"),
    ]


def reconnect(size: Size) -> list[Line]:
    """The connection goes and comes back, and nothing has changed."""
    lines = []
    whole = (_FULL, _LARGEST, _XIVO_FULL, _XIVO_LARGEST, _OKTELL_FULL, _LIVE_FULL)
    for site in _QUICK if size is Size.QUICK else whole:
        found = run_job("reconnect", site=site.arguments)
        title = f"Reconnection without a change, {_people(site, found['enabled'])}"
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
        return [line for site in _QUICK for line in _stalls_of(site, 500, 1, recorder=False)]
    return [
        *_stalls_of(_FULL, _BURST, _BACK_AND_FORTH, recorder=False),
        *_stalls_of(_LARGEST, _BURST, _BACK_AND_FORTH, recorder=False),
        *_stalls_of(_XIVO_FULL, _BURST, _BACK_AND_FORTH, recorder=False),
        *_stalls_of(_XIVO_LARGEST, _BURST, _BACK_AND_FORTH, recorder=False),
        *_stalls_of(_OKTELL_FULL, _BURST, _BACK_AND_FORTH, recorder=False),
        *_stalls_of(_LIVE_FULL, _BURST, _BACK_AND_FORTH, recorder=False),
        *_stalls_of(_FULL, _BURST, _BACK_AND_FORTH, recorder=True),
    ]


def _stalls_of(site: Site, burst: int, rounds: int, *, recorder: bool) -> list[Line]:
    found = run_job("stalls", site=site.arguments, events=burst, rounds=rounds, recorder=recorder)
    title = f"The event loop, {_people(site, found['enabled'])}, two dashboards open"
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


def polling(size: Size) -> list[Line]:
    """Asking again and again, where nothing is pushed."""
    seconds = _POLLED_SECONDS / 5 if size is Size.QUICK else _POLLED_SECONDS
    found = run_job("polling", site=_OKTELL_POLLED.arguments, seconds=seconds)
    title = f"Asking instead of being told, {_people(_OKTELL_POLLED, found['enabled'])}"
    return [
        Line(title, "share of one core", found["share"] * 100, "%", 5),
        Line(title, "longest time until somebody is asked about again", found["longest"], "s", 10),
        Line(title, "requests a second", found["per_second"], ""),
    ]


def _people(site: Site, enabled: int) -> str:
    return f"{_office(site)}, {enabled:,} entities enabled"


def _office(site: Site) -> str:
    """Tell which system it is, and how many it has of each."""
    counts = {
        "users": site.users,
        "extensions": site.extensions,
        "agents": site.agents,
        "queues": site.queues,
    }
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    return f"{_NAMES[site.system]}, {told}"


SECTIONS: Mapping[str, Callable[[Size], list[Line]]] = MappingProxyType(
    {
        "events": events,
        "snapshot": snapshot,
        "memory": memory,
        "setup": setup,
        "reconnect": reconnect,
        "stalls": stalls,
        "polling": polling,
    }
)
