"""From bytes on the socket to states written: what an event of an office day costs.

The same burst is sent again and again, each time by an office that was just started, so that each
round brings the same events to the same picture. What of it is Home Assistant's own work is measured
beside it, in turns: the same writes of the same entities with the same states, without the rest of us.
Which those are is recorded once, before anything is measured.

Time is this thread's processor time, the kernel's share for the socket included. The garbage
collector is off while the clock runs, in both: when it runs is chance.

Whoever becomes busy at an Oktell is asked about, but not in a burst here: that is done so often in a second
at most, and belongs to no event. What asking about one takes is measured apart.

At the end, the same workload goes to a plain DataUpdateCoordinator that tells all entities of each
event (`plain_office`).
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
import gc
from statistics import median
import time
from typing import Any
from unittest.mock import patch

from homeassistant.components.event import ATTR_EVENT_TYPE
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import Entity

from benchmarks import home, office
from custom_components.office_cti.entity import OfficeEntity
from custom_components.office_cti.event import OfficeEvent
from custom_components.office_cti.select import OfficeSelect
from custom_components.office_cti.telephony import TelephoneSystem
from custom_components.office_cti.telephony.model import TelephonyObject
from custom_components.office_cti.telephony.oktell import OktellSystem, looks

# An entity, the object that it showed, and of an event entity the event that it was given.
type Event = tuple[str, dict[str, Any]]
type Write = tuple[OfficeEntity[Any], TelephonyObject, Event | None]

_SEED = 7
# A flood is taken in by portions with pauses between, after which the processor has forgotten much. The
# writes are done again in that rhythm, or what Home Assistant loses by it would count as ours.
_PORTION = 250  # events
_PAUSE = 0.05  # seconds
_LOOKS = 200
_LONG = 3600.0  # seconds


async def run(
    *, site: dict[str, Any], events: int, rounds: int, coordinator_events: int
) -> dict[str, Any]:
    """Measure; times are microseconds per event or per write."""
    async with home.running() as hass, office.running(office.Site(**site)) as simulated:
        entry = home.office_entry(simulated)
        await home.async_set_up(hass, entry)
        measured = await _measure(hass, entry, simulated, events, rounds)
        if coordinator_events:
            await hass.config_entries.async_unload(entry.entry_id)
            measured["coordinator"] = await _measure_coordinator(
                hass, simulated, coordinator_events
            )
        return measured


async def _measure(
    hass: HomeAssistant, entry: ConfigEntry[Any], simulated: office.Office, events: int, rounds: int
) -> dict[str, Any]:
    tables = entry.runtime_data.directory.tables.values()
    start = {record: record.object for table in tables for record in table}
    with _recorded() as writes, _looks_put_off():
        await _burst(entry, simulated, events)
    wholes, bares = [], []
    for _ in range(rounds):
        await home.async_restart(hass, entry, simulated)
        with _looks_put_off():
            wholes.append(await _burst(entry, simulated, events))
        bares.append(await _replay(writes, start, len(writes) * _PORTION // events))
    share = median(whole - bare for whole, bare in zip(wholes, bares, strict=True)) / events
    bare = median(bares) / len(writes)
    return {
        "writes_per_event": len(writes) / events,
        "whole": median(wholes) / events * 1e6,
        "bare": bare * 1e6,
        "share": share * 1e6,
        "share_in_writes": median(
            (whole - bare) / events / (bare / len(writes))
            for whole, bare in zip(wholes, bares, strict=True)
        ),
        "whole_by_bare": median(whole / bare for whole, bare in zip(wholes, bares, strict=True)),
        "enabled": home.count_enabled(hass, entry),
        **await _measure_looks(entry.runtime_data.system),
    }


@contextmanager
def _looks_put_off() -> Iterator[None]:
    """Have nobody asked with whom they talk: only so many are in a second, however many events there are."""
    with patch.object(looks, "PAUSES", (_LONG,)):
        yield


async def _measure_looks(system: TelephoneSystem) -> dict[str, float]:
    """Return how long this thread works for one look at a busy user (s), and how many there may be in one."""
    if not isinstance(system, OktellSystem):
        return {}
    users = [record.object.id[0] for record in system.directory.extensions][:_LOOKS]
    async with _clock() as clock:
        for user_id in users:
            await system._look(user_id)  # noqa: SLF001 -- what a pause ends with
    return {"look": clock[0] / len(users), "looks_per_second": looks.AT_ONCE / looks.APART}


async def _burst(entry: ConfigEntry[Any], simulated: office.Office, events: int) -> float:
    """Take a burst in; return how long this thread worked for it (s)."""
    async with _clock() as clock:
        await home.async_take_burst(entry, simulated, events, _SEED)
    return clock[0]


@asynccontextmanager
async def _clock() -> AsyncGenerator[list[float]]:
    """Yield a list that gets this thread's processor time (s) of what is done meanwhile."""
    elapsed: list[float] = []
    gc.collect()
    gc.disable()
    try:
        start = time.thread_time()
        yield elapsed
        elapsed.append(time.thread_time() - start)
    finally:
        gc.enable()


@contextmanager
def _recorded() -> Iterator[list[Write]]:
    """Yield a list that gets each write of an entity of ours, and what it showed."""
    writes: list[Write] = []
    original = Entity._async_write_ha_state  # noqa: SLF001 -- where every write passes through

    def record(entity: Entity) -> None:
        if isinstance(entity, OfficeEntity) and entity.record.object.id:
            writes.append((entity, entity.record.object, _event_of(entity)))
        original(entity)

    with patch.object(Entity, "_async_write_ha_state", record):
        yield writes


async def _replay(writes: list[Write], start: dict[Any, TelephonyObject], portion: int) -> float:
    """Do the same writes alone, from the same start; return how long this thread worked (s)."""
    for entity in dict.fromkeys(entity for entity, _, _ in writes):
        _prepare(entity, start[entity.record])
        entity.async_write_ha_state()
    async with _clock() as both:
        for position, (entity, telephony_object, event) in enumerate(writes):
            _prepare(entity, telephony_object)
            if event is not None and isinstance(entity, OfficeEvent):
                entity._trigger_event(*event)  # noqa: SLF001 -- Home Assistant's part of the write
            entity.async_write_ha_state()
            if position % portion == 0:
                await asyncio.sleep(_PAUSE)
    async with _clock() as preparing:
        for position, (entity, telephony_object, _) in enumerate(writes):
            _prepare(entity, telephony_object)
            if position % portion == 0:
                await asyncio.sleep(_PAUSE)
    return both[0] - preparing[0]


def _event_of(entity: OfficeEntity[Any]) -> Event | None:
    """Return the event that an event entity shows."""
    if not isinstance(entity, OfficeEvent):
        return None
    attributes = dict(entity.state_attributes)
    kind = attributes.pop(ATTR_EVENT_TYPE)
    return None if kind is None else (kind, attributes)


def _prepare(entity: OfficeEntity[Any], telephony_object: TelephonyObject) -> None:
    """Bring an entity to where it was when it wrote its state; this is not part of the write."""
    entity.record.object = telephony_object
    if isinstance(entity, OfficeSelect):
        entity._show(entity._next_options())  # noqa: SLF001 -- what its listener does before the write


async def _measure_coordinator(hass: HomeAssistant, simulated: office.Office, events: int) -> float:
    """Return how long this thread worked for one event (µs)."""
    data = {"kind": "coordinator", "office": simulated.data}
    entry = home.make_entry(home.PLAIN_OFFICE, data)
    await home.async_set_up(hass, entry)
    worked = await _burst(entry, simulated, events)
    return worked / events * 1e6
