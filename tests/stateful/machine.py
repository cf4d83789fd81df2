"""What may happen between a telephone system and Home Assistant, one rule for each kind of step.

Which locations, tenants, statuses and extensions there are depends on the steps alone, so they are what
the steps choose from; what a person's status is at a moment depends on how fast the two sides were.

A failure tells all that was done in words: the names that were meant, and what came of it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
import sys
from typing import Any, ClassVar, NamedTuple

from homeassistant.config_entries import ConfigEntryState
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from custom_components.office_cti.const import DOMAIN

from .home import Home, wait_until_none
from .picture import KEYS, as_shown, differences, identity
from .server import Refusal, Seat, Server
from .words import (
    LOCATIONS,
    NUMBERS,
    STATUSES,
    TENANTS,
    held_notes,
    held_times,
    short_notes,
    typed_notes,
    typed_times,
)

_FIRST_MARK = 1_900_000_000  # Unix seconds
_COMMANDS = ["", "set_", "get_", "get_statuses", "get_extension_state", "set_extension_note"]


class Discrepancy(AssertionError):
    """The two sides do not agree."""


class Held(NamedTuple):
    """What Home Assistant knows an extension by, and has to go on knowing it by."""

    device_id: str
    name_by_user: str | None
    entities: dict[tuple[str, str], tuple[str, str]]  # registry id and entity id


def _one_of[T](choices: Callable[[OfficeMachine], list[T]]) -> st.SearchStrategy[T]:
    return st.runner().flatmap(lambda machine: st.sampled_from(choices(machine)))


def _all_of[T](choices: Callable[[OfficeMachine], list[T]]) -> st.SearchStrategy[list[T]]:
    return st.runner().flatmap(
        lambda machine: st.lists(
            st.sampled_from(choices(machine)), min_size=1, max_size=4, unique=True
        )
    )


_seats = _one_of(lambda machine: machine.office.seats)
_groups = _one_of(lambda machine: machine.office.groups)
_locations = _one_of(lambda machine: machine.office.locations)
_lasting = st.sampled_from([0.05, 0.2, 0.6, None])


class OfficeMachine(RuleBasedStateMachine):
    """A telephone system with a Home Assistant that follows it."""

    home: ClassVar[Home]
    sequences: ClassVar[int]
    steps: ClassVar[int]

    @classmethod
    def at(cls, home: Home) -> type[OfficeMachine]:
        """Return the machine for one Home Assistant."""
        return type(cls.__name__, (cls,), {"home": home, "sequences": 0, "steps": 0})

    def __init__(self) -> None:
        super().__init__()
        type(self).sequences += 1
        self.journal: list[str] = []
        self.server = Server()
        self.commands: list[asyncio.Task[None]] = []
        self.held: dict[Seat, Held] = {}
        self.renamed: set[Seat] = set()
        self.marks = 0
        self.renames = 0
        self.is_calm = True
        self.is_interleaved = False
        self.home.complaints.lines.clear()
        self.home.run(self._begin())

    async def _begin(self) -> None:
        await self.server.__aenter__()
        self.office = await self.server.dump()
        self.entry = await self.home.add_entry(self.server.port)
        await self._settle()

    def teardown(self) -> None:
        """Check for the last time, unless something has failed, and clean up."""
        try:
            if sys.exception() is None:
                self._do(self._settle())
        finally:
            self.home.run(self._end())

    async def _end(self) -> None:
        try:
            for command in self.commands:
                command.cancel()
            left = await self.home.remove_entry(self.entry)
        finally:
            await self.server.__aexit__()
        left += [f"logged: {line}" for line in self.home.complaints.lines]
        if left and sys.exception() is None:
            raise self._discrepancy(left)

    @invariant()
    def count(self) -> None:
        """Count the steps: this is called after each, and once before the first."""
        type(self).steps += 1

    # --- what all rules need -------------------------------------------------------------------

    def _do(self, step: Coroutine[Any, Any, None]) -> None:
        self.home.run(step)

    def _say(self, line: str) -> None:
        self.journal.append(line)

    def _discrepancy(self, found: list[str]) -> Discrepancy:
        lines = [*found, "", "after:", *(f"  {line}" for line in self.journal)]
        return Discrepancy("\n".join(lines))

    async def _change(self, op: str, **arguments: Any) -> bool:
        """Have the server change something; tell whether it could."""
        said = f"server: {op} {arguments}"
        try:
            answer = await self.server.do(op, **arguments)
        except Refusal as refusal:
            self._say(f"{said}: {refusal}")
            return False
        self._say(f"{said}: {answer}")
        return True

    async def _change_names(self, op: str, **arguments: Any) -> bool:
        changed = await self._change(op, **arguments)
        self.office = await self.server.dump()
        return changed

    async def _rename(self, what: str, path: tuple[str, ...], new_name: str) -> None:
        members = ("location", "tenant", "status" if what == "status" else "extension")
        names = dict(zip(members, path, strict=False))
        if not await self._change_names("rename", what=what, **names, new_name=new_name):
            return
        if what != "status":
            depth = len(path)
            for seat in [seat for seat in self.held if seat[:depth] == path]:
                new = Seat(*path[:-1], new_name, *seat[depth:])
                self.held[new] = self.held.pop(seat)
                self.renamed.discard(seat)
                self.renamed.add(new)

    async def _remove(self, what: str, path: tuple[str, ...]) -> None:
        names = dict(zip(("location", "tenant", "extension"), path, strict=False))
        if await self._change_names("remove", what=what, **names):
            for seat in [seat for seat in self.held if seat[: len(path)] == path]:
                del self.held[seat]
                self.renamed.discard(seat)

    def _others_than(self, *path: str) -> bool:
        """Tell whether somebody is left without these: nobody at all is no trustworthy report."""
        return len(self.office.seats_in(*path)) < len(self.office.seats)

    # --- the server changes --------------------------------------------------------------------

    @rule(
        seat=_seats,
        changes=st.fixed_dictionaries({}, optional={"note": held_notes, "return_time": held_times}),
        status=st.integers(min_value=-1, max_value=12),
    )
    def person_changes(self, seat: Seat, changes: dict[str, Any], status: int) -> None:
        offered = self.office.statuses[seat[:2]]
        if offered and status >= 0:
            changes = {"status": offered[status % len(offered)], **changes}
        self._do(self._person_changes(seat, changes))

    async def _person_changes(self, seat: Seat, changes: dict[str, Any]) -> None:
        await self._change("set", **seat.names, **changes)

    @rule(group=_groups, number=st.sampled_from(NUMBERS))
    def add_extension(self, group: tuple[str, str], number: str) -> None:
        names = Seat(*group, number).names
        self._do(_nothing(self._change_names("add", what="extension", **names)))

    @rule(seat=_seats)
    def remove_extension(self, seat: Seat) -> None:
        if self._others_than(*seat):
            self._do(self._remove("extension", seat))

    @rule(seat=_seats, number=st.sampled_from(NUMBERS))
    def rename_extension(self, seat: Seat, number: str) -> None:
        self._do(self._rename("extension", seat, number))

    @rule(group=_groups, status=st.sampled_from(list(STATUSES)))
    def add_status(self, group: tuple[str, str], status: str) -> None:
        self._do(
            _nothing(
                self._change_names(
                    "add", what="status", location=group[0], tenant=group[1], status=status
                )
            )
        )

    @rule(group=_groups, status=st.sampled_from(list(STATUSES)))
    def remove_status(self, group: tuple[str, str], status: str) -> None:
        self._do(
            _nothing(
                self._change_names(
                    "remove", what="status", location=group[0], tenant=group[1], status=status
                )
            )
        )

    @rule(group=_groups, status=st.integers(0, 12), new=st.sampled_from(list(STATUSES)))
    def rename_status(self, group: tuple[str, str], status: int, new: str) -> None:
        offered = self.office.statuses[group]
        if offered:
            self._do(self._rename("status", (*group, offered[status % len(offered)]), new))

    @rule(
        location=_locations,
        tenant=st.sampled_from(TENANTS),
        numbers=st.sets(st.sampled_from(NUMBERS[:5])),
    )
    def add_tenant(self, location: str, tenant: str, numbers: set[str]) -> None:
        self._do(self._add_tenant(location, tenant, sorted(numbers)))

    async def _add_tenant(self, location: str, tenant: str, numbers: list[str]) -> None:
        await self._change_names("add", what="tenant", location=location, tenant=tenant)
        for number in numbers:
            names = Seat(location, tenant, number).names
            await self._change_names("add", what="extension", **names)

    @rule(group=_groups)
    def remove_tenant(self, group: tuple[str, str]) -> None:
        if self._others_than(*group):
            self._do(self._remove("tenant", group))

    @rule(group=_groups, tenant=st.sampled_from(TENANTS))
    def rename_tenant(self, group: tuple[str, str], tenant: str) -> None:
        self._do(self._rename("tenant", group, tenant))

    @rule(location=st.sampled_from(LOCATIONS))
    def add_location(self, location: str) -> None:
        self._do(_nothing(self._change_names("add", what="location", location=location)))

    @rule(location=_locations)
    def remove_location(self, location: str) -> None:
        if self._others_than(location):
            self._do(self._remove("location", (location,)))

    @rule(location=_locations, new=st.sampled_from(LOCATIONS))
    def rename_location(self, location: str, new: str) -> None:
        self._do(self._rename("location", (location,), new))

    @rule(
        what=st.sampled_from(["extension", "status", "tenant", "location"]),
        choice=st.integers(0, 99),
    )
    def swap_names(self, what: str, choice: int) -> None:
        """Let two of a kind take each other's name, by way of a third."""
        pairs = self._pairs(what)
        if pairs:
            path, one, other = pairs[choice % len(pairs)]
            self._do(self._swap(what, path, one, other))

    def _pairs(self, what: str) -> list[tuple[tuple[str, ...], str, str]]:
        office = self.office
        families: list[tuple[tuple[str, ...], list[str]]] = [((), office.locations)]
        if what == "tenant":
            families = [
                ((place,), [tenant for location, tenant in office.groups if location == place])
                for place in office.locations
            ]
        elif what == "status":
            families = list(office.statuses.items())
        elif what == "extension":
            families = [
                (group, [seat.number for seat in office.seats_in(*group)])
                for group in office.groups
            ]
        return [
            (path, names[position - 1], name)
            for path, names in families
            for position, name in enumerate(names)
            if position
        ]

    async def _swap(self, what: str, path: tuple[str, ...], one: str, other: str) -> None:
        between = "Working from Home" if what == "status" else "…"
        await self._rename(what, (*path, one), between)
        await self._rename(what, (*path, other), one)
        await self._rename(what, (*path, between), other)

    @rule(events=st.sampled_from([1, 20, 300, 1500]), seed=st.integers(0, 9))
    def office_day(self, events: int, seed: int) -> None:
        self._do(_nothing(self._change("burst", events=events, seed=seed)))

    @rule(order=st.sampled_from(["before", "after", "mixed", "none"]))
    def echo(self, order: str) -> None:
        self._do(_nothing(self._change("echo", order=order)))

    @rule(
        rename=st.sampled_from(["StatusRenameEvent", "StatusRenamedEvent"]),
        status=st.sampled_from(["@#", "@", "mixed"]),
    )
    def spelling(self, rename: str, status: str) -> None:
        self._do(_nothing(self._change("spelling", rename=rename, status=status)))

    @rule(changes=st.sampled_from([0, 1, 5]))
    def interleave(self, changes: int) -> None:
        self.is_interleaved = changes > 0
        self._do(_nothing(self._change("interleave", changes=changes)))

    # --- things go wrong -----------------------------------------------------------------------

    async def _break(self, kind: str, **options: Any) -> None:
        self.is_calm = False
        await self._change("fault", kind=kind, **options)

    @rule(kind=st.sampled_from(["drop", "half_line"]))
    def connection_falls(self, kind: str) -> None:
        self._do(self._break(kind))

    @rule()
    def server_disconnects(self) -> None:
        self.is_calm = False
        self._do(_nothing(self._change("disconnect")))

    @rule(size=st.sampled_from([2_000, 200_000]))
    def garbage(self, size: int) -> None:
        self._do(self._break("garbage", bytes=size))

    @rule(kind=st.sampled_from(["stall", "refuse", "accept_and_close"]), seconds=_lasting)
    def server_is_away(self, kind: str, seconds: float | None) -> None:
        self._do(self._break(kind, seconds=seconds))

    @rule(bytes_per_second=st.sampled_from([200, 5_000]), seconds=_lasting)
    def server_is_slow(self, bytes_per_second: int, seconds: float | None) -> None:
        self._do(self._break("slow", bytes_per_second=bytes_per_second, seconds=seconds))

    @rule(command=st.sampled_from(_COMMANDS), count=st.integers(1, 3))
    def commands_are_refused(self, command: str, count: int) -> None:
        self._do(self._break("error", command=command, count=count))

    @rule(command=st.sampled_from(_COMMANDS), count=st.integers(1, 3), carried_out=st.booleans())
    def answers_are_lost(self, command: str, count: int, *, carried_out: bool) -> None:
        self._do(self._break("lost", command=command, count=count, carried_out=carried_out))

    @rule()
    def faults_end(self) -> None:
        self._do(self._break("none"))

    @rule(seconds=st.sampled_from([0.0, 0.01, 0.1, 0.4]))
    def time_passes(self, seconds: float) -> None:
        self._say(f"{seconds} s pass")
        self._do(asyncio.sleep(seconds))

    @rule()
    def server_is_away_for_long(self) -> None:
        self._do(self._server_is_away_for_long())

    async def _server_is_away_for_long(self) -> None:
        """Let the grace period end: everything is unavailable, and stays so for now."""
        await self._break("refuse")
        if self.entry.state is not ConfigEntryState.LOADED:
            return
        await self._wait_until(self._all_that_is_available)
        self._say("everything is unavailable")

    async def _all_that_is_available(self) -> list[str]:
        states = self.home.hass.states.async_all()
        return [
            f"{state.entity_id} is {state.state!r} without a connection"
            for state in states
            if state.state != ("off" if state.domain == "binary_sensor" else "unavailable")
        ]

    # --- people use Home Assistant -------------------------------------------------------------

    @rule(seat=_seats, status=st.sampled_from(list(STATUSES)), waits=st.booleans())
    def select_option(self, seat: Seat, status: str, *, waits: bool) -> None:
        shown = as_shown(status)
        self._do(self._use(seat, ("select", "status"), "select_option", waits=waits, option=shown))

    @rule(seat=_seats, note=short_notes, waits=st.booleans())
    def set_note(self, seat: Seat, note: str, *, waits: bool) -> None:
        self._do(self._use(seat, ("text", "note"), "set_value", waits=waits, value=note))

    @rule(seat=_seats, time=typed_times, waits=st.booleans())
    def set_return_time(self, seat: Seat, time: Any, *, waits: bool) -> None:
        self._do(
            self._use(seat, ("datetime", "return_time"), "set_value", waits=waits, datetime=time)
        )

    @rule(seat=_seats, waits=st.booleans())
    def press_clear_return_time(self, seat: Seat, *, waits: bool) -> None:
        self._do(self._use(seat, ("button", "clear_return_time"), "press", waits=waits))

    async def _use(
        self, seat: Seat, entity: tuple[str, str], service: str, *, waits: bool, **data: Any
    ) -> None:
        domain, key = entity
        unique_id = f"{identity(self.entry.entry_id, seat)}:{key}"
        entity_id = er.async_get(self.home.hass).async_get_entity_id(domain, DOMAIN, unique_id)
        if entity_id is None:
            self._say(f"{seat} is not known yet")
            return
        await self._call(domain, service, {"entity_id": entity_id, **data}, waits=waits)

    @rule(
        seats=_all_of(lambda machine: machine.office.seats),
        parts=st.fixed_dictionaries(
            {},
            optional={
                "status": st.sampled_from(list(STATUSES)),
                "note": typed_notes,
                "return_time": typed_times,
                "clear": st.sampled_from([["note"], ["return_time"], ["note", "return_time"]]),
            },
        ).filter(bool),
        waits=st.booleans(),
    )
    def set_status(self, seats: list[Seat], parts: dict[str, Any], *, waits: bool) -> None:
        self._do(self._set_status(seats, parts, waits=waits))

    async def _set_status(self, seats: list[Seat], parts: dict[str, Any], *, waits: bool) -> None:
        devices = dr.async_get(self.home.hass)
        found = [
            devices.async_get_device_by_identifier(
                (DOMAIN, identity(self.entry.entry_id, seat)), self.entry.entry_id
            )
            for seat in seats
        ]
        device_ids = [device.id for device in found if device]
        if not device_ids:
            self._say(f"{seats} are not known yet")
            return
        is_alone = all(command.done() for command in self.commands)
        data = {"device_id": device_ids, **parts}
        done = await self._call(DOMAIN, "set_status", data, waits=waits)
        if done and is_alone and self.is_calm and not self.is_interleaved:
            await self._check_taken(seats, parts)

    async def _check_taken(self, seats: list[Seat], parts: dict[str, Any]) -> None:
        """Whatever raised no error has arrived."""
        holds = (await self.server.dump()).extensions
        cleared = parts.get("clear", ())
        for seat in seats:
            wanted = {part: parts[part] for part in ("status", "note") if part in parts}
            if "note" in wanted:
                wanted["note"] = wanted["note"].replace("\r\n", "\n").replace("\r", "\n")
            if "note" in cleared:
                wanted["note"] = ""
            if "return_time" in parts:
                wanted["return_time"] = int(parts["return_time"].timestamp())
            if "return_time" in cleared:
                wanted["return_time"] = 0
            lacks = {part: value for part, value in wanted.items() if holds[seat][part] != value}
            if lacks:
                raise self._discrepancy([f"{seat} was not set to {lacks}, but {holds[seat]}"])

    async def _call(self, domain: str, service: str, data: dict[str, Any], *, waits: bool) -> bool:
        """Use Home Assistant, now or at the side; tell whether it is known to have worked."""
        said = f"user: {domain}.{service} {data}"

        async def call() -> None:
            try:
                await self.home.hass.services.async_call(domain, service, data, blocking=True)
            except HomeAssistantError as error:
                self._say(f"{said}: {error!r}")
            else:
                self._say(f"{said}: done")

        if waits:
            await call()
            return self.journal[-1].endswith(": done")
        self._say(f"{said} …")
        self.commands.append(asyncio.create_task(call()))
        return False

    @rule(seat=_one_of(lambda machine: [None, *machine.office.seats]))
    def reload(self, seat: Seat | None) -> None:
        """Begin anew, perhaps with what is disabled of an extension enabled."""
        self.is_calm = False
        self._do(self._reload(seat))

    async def _reload(self, seat: Seat | None) -> None:
        if seat in self.held:
            registry = er.async_get(self.home.hass)
            for _, entity_id in self.held[seat].entities.values():
                if registry.async_get(entity_id):
                    registry.async_update_entity(entity_id, disabled_by=None)
        await self.home.hass.config_entries.async_reload(self.entry.entry_id)
        self._say(f"user: reloads, {seat} in full: {self.entry.state}")

    @precondition(lambda machine: machine.held)
    @rule(seat=_one_of(lambda machine: sorted(machine.held)), key=st.sampled_from(KEYS))
    def user_renames(self, seat: Seat, key: tuple[str, str]) -> None:
        """Give a device a name and one of its entities another id."""
        self._do(self._user_renames(seat, key))

    async def _user_renames(self, seat: Seat, key: tuple[str, str]) -> None:
        devices, entities = dr.async_get(self.home.hass), er.async_get(self.home.hass)
        held = self.held[seat]
        registry_id, entity_id = held.entities[key]
        if devices.async_get(held.device_id) is None or entities.async_get(entity_id) is None:
            self._say(f"{seat} is gone")
            return
        self.renames += 1
        name, new_id = f"Desk {self.renames}", f"{key[0]}.desk_{self.renames}"
        devices.async_update_device(held.device_id, name_by_user=name)
        entities.async_update_entity(entity_id, new_entity_id=new_id)
        self._say(f"user: names {seat} {name!r}, and {entity_id} {new_id}")
        renamed = {**held.entities, key: (registry_id, new_id)}
        self.held[seat] = Held(held.device_id, name, renamed)

    # --- and yet both agree --------------------------------------------------------------------

    @rule()
    def settle(self) -> None:
        """Have all faults end, and check."""
        self._do(self._settle())

    async def _settle(self) -> None:
        await self._change("fault", kind="none")
        await asyncio.gather(*self.commands)
        self.commands.clear()
        await self._wait_until(self._what_is_not_connected)
        # What comes last on the wire was seen last, so all before it was seen, too.
        self.marks += 1
        mark = {"return_time": _FIRST_MARK + self.marks}
        await self._change("set", **self.office.seats[0].names, **mark)
        await self._change("sync")
        await self._wait_until(self._what_differs)
        self._check_identities()
        if self.home.complaints.lines:
            raise self._discrepancy([f"logged: {line}" for line in self.home.complaints.lines])
        self._say("settled")

    async def _what_is_not_connected(self) -> list[str]:
        if self.entry.state is not ConfigEntryState.LOADED:
            return [f"the entry is {self.entry.state}"]
        if not self.entry.runtime_data.directory.server.object.connected:
            return ["the server is not connected"]
        return []

    async def _what_differs(self) -> list[str]:
        return differences(self.home.hass, self.entry, await self.server.dump())

    async def _wait_until(self, differences: Callable[[], Awaitable[list[str]]]) -> None:
        if found := await wait_until_none(differences):
            raise self._discrepancy(found)

    def _check_identities(self) -> None:
        """Whoever was there before, and still is, is known by the same ids and names."""
        coordinator = self.entry.runtime_data
        connection = coordinator, coordinator.system.interruptions
        if not self.held:
            self.connection = connection
        was_connected = self.connection == connection
        present = {seat: self._held(seat) for seat in self.office.seats}
        found = []
        for seat, before in self.held.items():
            if seat in self.renamed and not was_connected:
                continue  # nobody told that it was a rename
            if present[seat] != before:
                found.append(f"{seat} was {before} and is {present[seat]}")
        if found:
            raise self._discrepancy(found)
        self.connection = connection
        self.held = present
        self.renamed.clear()
        self.is_calm = True

    def _held(self, seat: Seat) -> Held:
        hass = self.home.hass
        identifier = identity(self.entry.entry_id, seat)
        device = dr.async_get(hass).async_get_device_by_identifier(
            (DOMAIN, identifier), self.entry.entry_id
        )
        assert device
        entities = {}
        for domain, key in KEYS:
            entity_id = er.async_get(hass).async_get_entity_id(
                domain, DOMAIN, f"{identifier}:{key}"
            )
            assert entity_id
            registered = er.async_get(hass).async_get(entity_id)
            assert registered
            entities[domain, key] = (registered.id, entity_id)
        return Held(device.id, device.name_by_user, entities)


async def _nothing(step: Coroutine[Any, Any, object]) -> None:
    await step
