import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
import logging
import random
from typing import Any

import pytest

from custom_components.office_cti.telephony import SYSTEMS, connection
from custom_components.office_cti.telephony.directory import SLICE, Record
from custom_components.office_cti.telephony.isymphony_status import (
    IsymphonyStatusSystem,
    client as client_module,
    system as module,
)
from custom_components.office_cti.telephony.model import (
    Extension,
    Feature,
    ObjectId,
    Status,
    StatusKind,
)
from custom_components.office_cti.telephony.system import (
    CannotConnect,
    InvalidReturnTime,
    LineBreakInText,
    NoAnswer,
    NotConnected,
    NotSupported,
    NotThere,
    NotThisSystem,
    Refused,
    ReservedCharacters,
    SystemSettings,
    TelephoneSystem,
    TelephonyError,
)
from simulators.isymphony_status import (
    Echo,
    Event,
    Office,
    Spelling,
    StatusPrefix,
    StatusRenameName,
    StatusSimulator,
    default_office,
)

from ..waiting import PATIENCE, until
from .scripted import ScriptedServer

SALES = ("Head Office", "Sales")
SEAT = (*SALES, "100")
UNKNOWN = "an event about something unknown"
NOBODY = "a report without a single extension"
TIME = 1_800_000_000


@pytest.fixture(autouse=True)
def haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reconnect and read again without the waits that a real server is owed."""
    monkeypatch.setattr(connection, "BACK_OFF_FIRST", 0.001)
    monkeypatch.setattr(connection, "BACK_OFF_MOST", 0.01)
    monkeypatch.setattr(module, "RESYNC_DELAY", 0.001)
    monkeypatch.setattr(module, "RESYNC_PAUSE", 0.001)


def make(port: int, **settings: Any) -> IsymphonyStatusSystem:
    return IsymphonyStatusSystem(SystemSettings(host="127.0.0.1", port=port, **settings))


@pytest.fixture
async def system(simulator: StatusSimulator) -> AsyncIterator[IsymphonyStatusSystem]:
    system = make(simulator.port)
    await system.start()
    yield system
    await system.stop()


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer() as server:
        yield server


def shown(system: TelephoneSystem) -> dict[ObjectId, tuple[str | None, str | None, int]]:
    return {
        each.object.id: (
            each.object.status and each.object.status.name,
            each.object.note,
            int(each.object.return_time.timestamp()) if each.object.return_time else 0,
        )
        for each in system.directory.extensions
    }


def offered(system: TelephoneSystem) -> dict[ObjectId, tuple[str, ...]]:
    return {
        each.object.id: tuple(status.name for status in each.object.statuses)
        for each in system.directory.status_lists
    }


def held(office: Office) -> dict[ObjectId, tuple[str, str, int]]:
    return {
        tuple(seat): (each.status, each.note, each.return_time)
        for seat in office.seats()
        for each in [office.extension(*seat)]
    }


def configured(office: Office) -> dict[ObjectId, tuple[str, ...]]:
    return {
        (name, key): tuple(tenant.statuses)
        for name, location in office.locations.items()
        for key, tenant in location.tenants.items()
    }


def equal(system: TelephoneSystem, office: Office) -> bool:
    return shown(system) == held(office) and offered(system) == configured(office)


def check_consistency(system: IsymphonyStatusSystem) -> None:
    """Check that what the system keeps at hand is what the directory holds."""
    directory = system.directory
    assert {group: tenant.list for group, tenant in system._tenants.items()} == {
        each.object.id: each for each in directory.status_lists
    }
    assert {
        (*group, number): record
        for group, tenant in system._tenants.items()
        for number, record in tenant.extensions.items()
    } == {each.object.id: each for each in directory.extensions}
    for each in directory.extensions:
        assert each.object.id == (*each.object.group, each.object.number)


async def catches_up(system: IsymphonyStatusSystem, office: Office) -> None:
    await until(lambda: equal(system, office))
    check_consistency(system)


def record_of(system: TelephoneSystem, *seat: str) -> Record[Extension]:
    record = system.directory.extensions.get(seat or SEAT)
    assert record is not None
    return record


def fields_seen(record: Record[Any], field: str) -> list[Any]:
    seen: list[Any] = []
    record.listen(frozenset({field}), lambda: seen.append(getattr(record.object, field)))
    return seen


def lines_of(caplog: pytest.LogCaptureFixture, level: int = logging.INFO) -> list[str]:
    return [
        each.getMessage()
        for each in caplog.records
        if each.levelno >= level and each.name.startswith("custom_components")
    ]


# --- the whole picture -------------------------------------------------------------------------


async def test_the_picture_is_the_office(system: IsymphonyStatusSystem, office: Office) -> None:
    assert equal(system, office)
    check_consistency(system)
    assert len(system.directory.extensions) == 12
    assert system.directory.available
    assert system.directory.server.object.connected
    assert system.directory.server.object.connected_since is not None
    assert not system.oddities


async def test_an_extension_has_all_that_the_interface_gives(
    simulator: StatusSimulator, office: Office
) -> None:
    office.set_status(*SEAT, "Out to Lunch")
    office.set_note(*SEAT, "Löwe\n🥗")
    office.set_return_time(*SEAT, TIME)
    system = make(simulator.port, status_kinds={"Out to Lunch": StatusKind.OFFLINE})
    await system.start()
    assert record_of(system).object == Extension(
        id=SEAT,
        number="100",
        group=SALES,
        status_list=SALES,
        features=frozenset(
            {
                Feature.STATUS,
                Feature.NOTE,
                Feature.RETURN_TIME,
                Feature.SET_STATUS,
                Feature.SET_NOTE,
                Feature.SET_RETURN_TIME,
            }
        ),
        status=Status("Out to Lunch", StatusKind.OFFLINE),
        note="Löwe\n🥗",
        return_time=datetime.fromtimestamp(TIME, UTC),
    )
    await system.stop()


@pytest.mark.parametrize("prefix", StatusPrefix)
async def test_the_picture_is_read_in_every_spelling(
    simulator: StatusSimulator, office: Office, prefix: StatusPrefix
) -> None:
    simulator.spelling = Spelling(status_prefix=prefix)
    system = make(simulator.port)
    await system.start()
    assert equal(system, office)
    await system.stop()


async def test_an_office_without_anybody_is_a_picture_that_fills_later() -> None:
    office = Office()
    async with StatusSimulator(office) as simulator:
        system = make(simulator.port)
        await system.start()
        assert system.directory.available
        assert equal(system, office)
        # A server that is still starting tells nobody when it has come to.
        office.add_location("L")
        office.add_tenant("L", "T")
        office.add_extension("L", "T", "1")
        await catches_up(system, office)
        assert not system.oddities
        await system.stop()


# --- the fifteen events ------------------------------------------------------------------------

CHANGES: dict[str, list[Callable[[Office], Event]]] = {
    "status": [lambda office: office.set_status(*SEAT, "Out to Lunch")],
    "note": [lambda office: office.set_note(*SEAT, "a\nb ☕")],
    "return time": [lambda office: office.set_return_time(*SEAT, TIME)],
    "no return time": [
        lambda office: office.set_return_time(*SEAT, TIME),
        lambda office: office.set_return_time(*SEAT, 0),
    ],
    "status added": [
        lambda office: office.add_status(*SALES, "Tea"),
        lambda office: office.set_status(*SEAT, "Tea"),
    ],
    "status removed": [lambda office: office.remove_status(*SALES, "Busy")],
    "held status removed": [
        lambda office: office.set_status(*SEAT, "Busy"),
        lambda office: office.remove_status(*SALES, "Busy"),
    ],
    "status renamed": [
        lambda office: office.set_status(*SEAT, "Busy"),
        lambda office: office.rename_status(*SALES, "Busy", "Very busy"),
    ],
    "location added": [lambda office: office.add_location("Moon")],
    "location removed": [lambda office: office.remove_location("Head Office")],
    "location renamed": [lambda office: office.rename_location("Head Office", "Castle")],
    "tenant added": [
        lambda office: office.add_tenant("Head Office", "New", ("Available", "Tea")),
        lambda office: office.add_extension("Head Office", "New", "900"),
    ],
    "tenant removed": [lambda office: office.remove_tenant(*SALES)],
    "tenant renamed": [lambda office: office.rename_tenant(*SALES, "Selling")],
    "extension added": [lambda office: office.add_extension(*SALES, "900")],
    "extension removed": [lambda office: office.remove_extension(*SEAT)],
    "extension renamed": [
        lambda office: office.set_note(*SEAT, "x"),
        lambda office: office.rename_extension(*SEAT, "900"),
    ],
    "extension removed and added": [
        lambda office: office.set_note(*SEAT, "x"),
        lambda office: office.remove_extension(*SEAT),
        lambda office: office.add_extension(*SEAT),
    ],
    "names swapped": [
        lambda office: office.rename_extension(*SEAT, "x"),
        lambda office: office.rename_extension(*SALES, "101", "100"),
        lambda office: office.rename_extension(*SALES, "x", "101"),
    ],
}


@pytest.mark.parametrize("spelling", StatusRenameName)
@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES.keys())
async def test_the_directory_follows_the_office(
    system: IsymphonyStatusSystem,
    simulator: StatusSimulator,
    office: Office,
    changes: list[Callable[[Office], Event]],
    spelling: StatusRenameName,
) -> None:
    simulator.spelling.status_rename = spelling
    for change in changes:
        simulator.announce(change(office))
    await catches_up(system, office)
    assert not system.oddities


async def test_only_a_new_tenant_needs_another_reading(
    system: IsymphonyStatusSystem, simulator: StatusSimulator, office: Office
) -> None:
    simulator.received.clear()
    for name, changes in CHANGES.items():
        if name.startswith(("extension", "status", "note", "return", "names")):
            for change in changes:
                simulator.announce(change(office))
            await catches_up(system, office)
            # For the next change, all is as it was.
            fresh = default_office(12)
            office.locations = fresh.locations
            simulator.faults.drop()
            await until(lambda: equal(system, office))
            simulator.received.clear()
    simulator.announce(office.add_tenant("Head Office", "New"))
    await catches_up(system, office)
    assert list(simulator.received)[:1] == ["get_statuses"]


async def test_a_new_extension_is_available_without_a_note(
    system: IsymphonyStatusSystem, simulator: StatusSimulator, office: Office
) -> None:
    simulator.announce(office.add_extension(*SALES, "900"))
    await catches_up(system, office)
    new = record_of(system, *SALES, "900").object
    assert new.status == Status("Available", StatusKind.AVAILABLE)
    assert new.note == ""
    assert new.return_time is None


async def test_a_status_that_was_removed_stays_where_it_is_held(
    system: IsymphonyStatusSystem, simulator: StatusSimulator, office: Office
) -> None:
    simulator.announce(office.set_status(*SEAT, "Busy"))
    simulator.announce(office.remove_status(*SALES, "Busy"))
    await catches_up(system, office)
    status = record_of(system).object.status
    assert status is not None
    assert status.name == "Busy"
    assert "Busy" not in offered(system)[SALES]
    assert "Busy" in offered(system)["Head Office", "Support"]


@pytest.mark.parametrize(
    ("change", "new_id"),
    [
        (lambda office: office.rename_extension(*SEAT, "900"), (*SALES, "900")),
        (lambda office: office.rename_tenant(*SALES, "X"), ("Head Office", "X", "100")),
        (lambda office: office.rename_location("Head Office", "X"), ("X", "Sales", "100")),
    ],
)
async def test_a_rename_keeps_the_record_and_tells_only_its_names(
    system: IsymphonyStatusSystem,
    simulator: StatusSimulator,
    office: Office,
    change: Callable[[Office], Event],
    new_id: ObjectId,
) -> None:
    record = record_of(system)
    notes, ids = fields_seen(record, "note"), fields_seen(record, "id")
    simulator.announce(change(office))
    await catches_up(system, office)
    await until(lambda: ids)
    assert record_of(system, *new_id) is record
    assert ids == [new_id]
    assert notes == []


async def test_a_list_that_a_large_tenant_listens_to_is_told_in_slices() -> None:
    office = default_office(2 * SLICE + 6, locations=1, tenants=1)
    async with StatusSimulator(office) as simulator:
        system = make(simulator.port)
        await system.start()
        (statuses,) = system.directory.status_lists
        told: list[int] = []
        slices: list[int] = []
        for _ in range(2 * SLICE + 1):
            statuses.listen(frozenset({"statuses"}), lambda: told.append(1))

        def in_a_turn(callback: Callable[[], None]) -> None:
            def turn() -> None:
                before = len(told)
                callback()
                slices.append(len(told) - before)

            system.loop.call_soon(turn)

        system.directory._call_soon = in_a_turn
        system.directory._call_later = lambda _seconds, callback: in_a_turn(callback)
        for change in (
            lambda: office.add_status(*SALES, "Tea"),
            lambda: office.rename_status(*SALES, "Tea", "Green tea"),
            lambda: office.remove_status(*SALES, "Green tea"),
        ):
            slices.clear()
            simulator.announce(change())
            await until(lambda: sum(slices) > 2 * SLICE)
            assert slices == [SLICE, SLICE, 1]
        await system.stop()


@pytest.mark.parametrize(
    "line",
    [
        "LocationRemovedEvent@#Nowhere",
        "LocationRenamedEvent@#Nowhere@#Somewhere",
        "LocationRenamedEvent@#Head Office@#Head Office",
        "TenantAddedEvent@#Head Office@#Sales",
        "TenantRemovedEvent@#Nowhere@#Nobody",
        "TenantRenamedEvent@#Head Office@#Sales@#Sales",
        "ExtensionRemovedEvent@#Head Office@#Sales@#999",
        "ExtensionRenamedEvent@#Head Office@#Sales@#100@#100",
        "StatusAddedEvent@#Head Office@#Sales@#Available",
        "StatusRemovedEvent@#Head Office@#Sales@#Nothing",
        "StatusRenameEvent@#Head Office@#Sales@#Nothing@#Something",
        "StatusRenameEvent@#Head Office@#Sales@#Busy@#Busy",
    ],
)
async def test_an_event_that_says_nothing_new_changes_nothing(
    system: IsymphonyStatusSystem, simulator: StatusSimulator, office: Office, line: str
) -> None:
    simulator.listener.broadcast(f"{line}\n".encode())
    simulator.announce(office.set_note(*SEAT, "after"))
    await catches_up(system, office)
    assert not system.oddities


async def test_a_tenant_renamed_onto_another_takes_its_place(
    system: IsymphonyStatusSystem, simulator: StatusSimulator
) -> None:
    record = record_of(system)
    simulator.listener.broadcast(b"TenantRenamedEvent@#Head Office@#Sales@#Support\n")
    await until(lambda: SALES not in offered(system))
    check_consistency(system)
    assert record_of(system, "Head Office", "Support", "100") is record


async def test_an_extension_renamed_onto_another_takes_its_place(
    system: IsymphonyStatusSystem, simulator: StatusSimulator
) -> None:
    record = record_of(system)
    simulator.listener.broadcast(b"ExtensionRenamedEvent@#Head Office@#Sales@#100@#101\n")
    await until(lambda: SEAT not in shown(system))
    check_consistency(system)
    assert record_of(system, *SALES, "101") is record
    assert len(system.directory.extensions) == 11


async def test_a_return_time_beyond_the_calendar_is_unknown_and_counted(
    system: IsymphonyStatusSystem, simulator: StatusSimulator, office: Office
) -> None:
    latest = datetime.max.replace(tzinfo=UTC, microsecond=0)
    simulator.announce(office.set_return_time(*SEAT, int(latest.timestamp()) - 1))
    await until(lambda: record_of(system).object.return_time is not None)
    simulator.announce(office.set_return_time(*SEAT, 2**63 - 1))
    await until(lambda: record_of(system).object.return_time is None)
    assert system.oddities == {"a return time beyond the calendar": 1}


# --- commands ----------------------------------------------------------------------------------


@pytest.mark.parametrize("echo", Echo)
async def test_what_was_set_is_confirmed_by_a_single_query(
    system: IsymphonyStatusSystem, simulator: StatusSimulator, office: Office, echo: Echo
) -> None:
    simulator.echo = echo
    simulator.received.clear()
    record = record_of(system)
    await system.set_status(record.object, "Busy")
    assert shown(system)[SEAT][0] == "Busy"
    await system.set_note(record.object, "a\r\nb")
    assert shown(system)[SEAT][1] == "a\nb"
    await system.set_return_time(record.object, datetime.fromtimestamp(TIME, UTC))
    assert shown(system)[SEAT][2] == TIME
    await system.set_return_time(record.object, None)
    assert shown(system)[SEAT][2] == 0
    assert equal(system, office)
    seat = "@#".join(SEAT)
    assert list(simulator.received) == [
        f"set_extension_status@#{seat}@#Busy",
        f"get_extension_status@#{seat}",
        f"set_extension_note@#{seat}@#a#masknl#b",
        f"get_extension_note@#{seat}",
        f"set_extension_return_time@#{seat}@#{TIME}",
        f"get_extension_return_time@#{seat}",
        f"set_extension_return_time@#{seat}@#0",
        f"get_extension_return_time@#{seat}",
    ]
    assert not system._asked


type Call = Callable[[IsymphonyStatusSystem, Extension], Awaitable[None]]


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (lambda system, who: system.set_note(who, "a@#b"), ReservedCharacters),
        (lambda system, who: system.set_note(who, "a@\nb"), ReservedCharacters),
        (lambda system, who: system.set_note(who, "#masknl#"), ReservedCharacters),
        (lambda system, who: system.set_note(who, "\ud800"), ReservedCharacters),
        (lambda system, who: system.set_status(who, "a@#b"), ReservedCharacters),
        (lambda system, who: system.set_status(who, "a\nb"), LineBreakInText),
        (
            lambda system, who: system.set_return_time(who, datetime(1969, 1, 1, tzinfo=UTC)),
            InvalidReturnTime,
        ),
        (
            lambda system, who: system.set_return_time(who, datetime(1970, 1, 1, tzinfo=UTC)),
            InvalidReturnTime,
        ),
        (lambda system, _: system.set_note(Extension(id=(*SALES, "9"), number="9"), ""), NotThere),
        (lambda system, who: system.dial(who, "123"), NotSupported),
    ],
)
async def test_what_cannot_be_done_is_refused_before_the_wire(
    system: IsymphonyStatusSystem,
    simulator: StatusSimulator,
    command: Call,
    error: type[TelephonyError],
) -> None:
    simulator.received.clear()
    record = record_of(system)
    with pytest.raises(error) as caught:
        await command(system, record.object)
    assert type(caught.value) is error
    await system.set_note(record.object, "after")
    assert [line.split("@#")[0] for line in simulator.received] == [
        "set_extension_note",
        "get_extension_note",
    ]


async def test_what_the_server_refuses_is_raised_and_not_shown(
    system: IsymphonyStatusSystem, simulator: StatusSimulator
) -> None:
    record = record_of(system)
    before = record.object
    with pytest.raises(Refused) as caught:
        await system.set_status(before, "No such status")
    assert "No such status" in caught.value.values["reason"]
    assert record.object is before


async def test_a_command_without_a_connection_is_not_sent_later(
    system: IsymphonyStatusSystem, simulator: StatusSimulator, office: Office
) -> None:
    await simulator.faults.refuse()
    await until(lambda: not system.directory.server.object.connected)
    with pytest.raises(NotConnected):
        await system.set_note(record_of(system).object, "lost")
    await simulator.faults.none()
    await until(lambda: system.directory.server.object.connected)
    assert not [line for line in simulator.received if line.startswith("set_")]


async def test_a_command_that_cannot_be_confirmed_has_worked_nevertheless(
    system: IsymphonyStatusSystem,
    simulator: StatusSimulator,
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulator.echo = Echo.NONE
    simulator.faults.error(command="get_extension_note")
    await system.set_note(record_of(system).object, "x")
    assert office.extension(*SEAT).note == "x"
    assert not system._asked
    monkeypatch.setattr(client_module, "REPLY_TIMEOUT", 0.01)
    simulator.faults.lost(command="get_extension_note")
    await system.set_note(record_of(system).object, "y")
    await catches_up(system, office)


async def test_a_command_without_an_answer_says_so_and_is_not_repeated(
    system: IsymphonyStatusSystem,
    simulator: StatusSimulator,
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulator.faults.lost(command="set_", carried_out=True)
    monkeypatch.setattr(client_module, "REPLY_TIMEOUT", 0.05)
    with pytest.raises(NoAnswer):
        await system.set_note(record_of(system).object, "x")
    await until(lambda: system.interruptions == 1 and system._client)
    await catches_up(system, office)
    assert len([line for line in simulator.received if line.startswith("set_")]) == 1


# --- events around questions, with a server that is told what to say ---------------------------

STATUSES = ("Location@#L", "Tenant@#T", "Status@#Available", "Status@#Busy")
STATE = ("Location@#L", "Tenant@#T", "Extension@#1@#Available@#@#0")
ONE = ("L", "T", "1")


@pytest.fixture
async def scripted(server: ScriptedServer) -> AsyncIterator[IsymphonyStatusSystem]:
    system = make(server.port)
    starting = asyncio.create_task(system.start())
    await server.accepts()
    await server.reports(STATUSES, STATE)
    await starting
    yield system
    server.drops()
    await system.stop()


async def test_an_older_answer_does_not_undo_an_event(
    scripted: IsymphonyStatusSystem, server: ScriptedServer
) -> None:
    notes = fields_seen(record_of(scripted, *ONE), "note")
    setting = asyncio.create_task(scripted.set_note(record_of(scripted, *ONE).object, "mine"))
    await server.hears("set_extension_note@#L@#T@#1@#mine")
    server.says("")
    await server.hears("get_extension_note@#L@#T@#1")
    server.says("ExtensionNoteUpdatedEvent@#L@#T@#1@#newer", "ExtensionNote@#mine")
    await setting
    assert notes == ["newer"]


async def test_an_event_right_after_the_answer_is_not_undone_either(
    scripted: IsymphonyStatusSystem, server: ScriptedServer
) -> None:
    setting = asyncio.create_task(scripted.set_note(record_of(scripted, *ONE).object, "mine"))
    await server.hears("set_extension_note@#L@#T@#1@#mine")
    server.says("")
    await server.hears("get_extension_note@#L@#T@#1")
    server.says("ExtensionNote@#mine", "ExtensionNoteUpdatedEvent@#L@#T@#1@#newer")
    await setting
    assert record_of(scripted, *ONE).object.note == "newer"


async def test_an_event_of_another_field_does_not_make_the_answer_old(
    scripted: IsymphonyStatusSystem, server: ScriptedServer
) -> None:
    setting = asyncio.create_task(scripted.set_note(record_of(scripted, *ONE).object, "mine"))
    await server.hears("set_extension_note@#L@#T@#1@#mine")
    server.says("")
    await server.hears("get_extension_note@#L@#T@#1")
    server.says("ExtensionStatusUpdatedEvent@#L@#T@#1@#Busy", "ExtensionNote@#mine")
    await setting
    assert shown(scripted)[ONE] == ("Busy", "mine", 0)


async def test_an_extension_renamed_under_a_command_is_asked_about_by_its_new_name(
    scripted: IsymphonyStatusSystem, server: ScriptedServer
) -> None:
    record = record_of(scripted, *ONE)
    setting = asyncio.create_task(scripted.set_note(record.object, "mine"))
    await server.hears("set_extension_note@#L@#T@#1@#mine")
    server.says("ExtensionRenamedEvent@#L@#T@#1@#2", "")
    await server.hears("get_extension_note@#L@#T@#2")
    server.says("ExtensionNote@#mine")
    await setting
    assert record.object.note == "mine"


async def test_events_during_the_snapshot_are_kept_and_applied(server: ScriptedServer) -> None:
    system = make(server.port)
    starting = asyncio.create_task(system.start())
    await server.accepts()
    await server.reports(
        STATUSES,
        STATE,
        between=("ExtensionNoteUpdatedEvent@#L@#T@#1@#newer", "LocationAddedEvent@#M"),
        last=(
            "ExtensionStatusUpdatedEvent@#L@#T@#1@#Busy",
            "ExtensionStatusUpdatedEvent@#?@#?@#?@#?",
        ),
    )
    await starting
    assert shown(system) == {ONE: ("Busy", "newer", 0)}
    assert not system.oddities
    server.drops()
    await system.stop()


async def test_a_rename_during_the_snapshot_keeps_the_record(
    scripted: IsymphonyStatusSystem, server: ScriptedServer
) -> None:
    record = record_of(scripted, *ONE)
    renamed = ("Location@#L", "Tenant@#T", "Extension@#2@#Available@#@#0")
    server.drops()
    await server.accepts()
    await server.reports(STATUSES, renamed, between=("ExtensionRenamedEvent@#L@#T@#1@#2",))
    await server.reports(STATUSES, renamed)
    await until(lambda: scripted._client)
    assert list(scripted.directory.extensions) == [record]
    assert record.object.id == ("L", "T", "2")
    check_consistency(scripted)


async def test_who_changes_without_end_is_read_again_later(server: ScriptedServer) -> None:
    system = make(server.port)
    starting = asyncio.create_task(system.start())
    await server.accepts()
    for _ in range(module._SNAPSHOT_TRIES):
        await server.reports(STATUSES, STATE, between=("ExtensionAddedEvent@#L@#T@#1",))
    await starting
    assert shown(system) == {ONE: ("Available", "", 0)}
    for _ in range(module._SNAPSHOT_TRIES):
        await server.reports(STATUSES, STATE, last=("StatusAddedEvent@#L@#T@#Tea",))
    await server.reports(STATUSES, (*STATE, "Extension@#2@#Busy@#@#0"))
    await until(lambda: len(system.directory.extensions) == 2)
    assert offered(system) == {("L", "T"): ("Available", "Busy")}
    assert not system.oddities
    server.drops()
    await system.stop()


async def test_more_events_than_can_be_kept_have_the_picture_read_again(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_KEPT_CHARACTERS", 2)
    monkeypatch.setattr(module, "_KEPT_EVENT", 0)
    system = make(server.port)
    starting = asyncio.create_task(system.start())
    await server.accepts()
    notes = tuple(f"ExtensionNoteUpdatedEvent@#L@#T@#1@#{each}" for each in range(3))
    await server.reports(STATUSES, STATE, between=notes)
    await server.reports(STATUSES, ("Location@#L", "Tenant@#T", "Extension@#1@#Available@#2@#0"))
    await starting
    assert shown(system) == {ONE: ("Available", "2", 0)}
    assert system.oddities == {"more events than can be kept": 1}
    server.drops()
    await system.stop()


async def test_who_is_missing_from_a_report_that_could_not_be_read_whole_stays(
    scripted: IsymphonyStatusSystem, server: ScriptedServer
) -> None:
    record = record_of(scripted, *ONE)
    server.drops()
    await server.accepts()
    await server.reports(
        STATUSES,
        ("Location@#M", "Tenant@#U", "Extension@#1@#x@#@#tomorrow", "Extension@#2@#x@#@#0"),
    )
    await until(lambda: scripted._client)
    assert record_of(scripted, *ONE) is record
    assert set(shown(scripted)) == {ONE, ("M", "U", "2")}
    check_consistency(scripted)
    server.drops()
    await server.accepts()
    await server.reports(STATUSES, ("Location@#M", "Tenant@#U", "Extension@#2@#x@#@#0"))
    await until(lambda: set(shown(scripted)) == {("M", "U", "2")})
    check_consistency(scripted)


async def test_a_report_without_anybody_removes_nobody_and_is_read_again(
    scripted: IsymphonyStatusSystem, server: ScriptedServer
) -> None:
    server.drops()
    await server.accepts()
    await server.reports((), ())
    await until(lambda: scripted.oddities)
    assert shown(scripted) == {ONE: ("Available", "", 0)}
    await server.reports(STATUSES, ("Location@#L", "Tenant@#T", "Extension@#1@#Busy@#@#0"))
    await until(lambda: shown(scripted) == {ONE: ("Busy", "", 0)})
    assert scripted.oddities == {NOBODY: 1}


async def test_something_unknown_has_the_picture_read_once_and_not_in_a_storm(
    scripted: IsymphonyStatusSystem, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.says(
        *["ExtensionNoteUpdatedEvent@#L@#T@#2@#x"] * 50,
        "ExtensionRenamedEvent@#L@#T@#3@#4",
        "StatusAddedEvent@#L@#U@#x",
        "StatusRemovedEvent@#L@#U@#x",
        "StatusRenamedEvent@#L@#U@#x@#y",
        "TenantRenamedEvent@#L@#U@#V",
        "ExtensionAddedEvent@#L@#U@#1",
        "ExtensionRemovedEvent@#L@#U@#1",
        "ExtensionRenamedEvent@#L@#U@#1@#2",
    )
    monkeypatch.setattr(module, "RESYNC_PAUSE", 3_600)
    await server.reports(STATUSES, (*STATE, "Extension@#2@#Busy@#x@#0"))
    await until(lambda: len(scripted.directory.extensions) == 2)
    assert scripted.oddities == {UNKNOWN: 1}
    server.says("ExtensionNoteUpdatedEvent@#L@#T@#3@#x", "ExtensionNoteUpdatedEvent@#L@#T@#1@#y")
    await until(lambda: record_of(scripted, *ONE).object.note == "y")
    assert scripted.oddities == {UNKNOWN: 2}
    for _ in range(20):
        await asyncio.sleep(0)
    assert not server._reader._buffer


async def test_a_picture_that_cannot_be_read_again_is_left_as_it_is_and_asked_for_again(
    scripted: IsymphonyStatusSystem, server: ScriptedServer
) -> None:
    before = shown(scripted)
    server.says("ExtensionNoteUpdatedEvent@#L@#T@#2@#x")
    await server.hears("get_statuses")
    server.says("Error: not now")
    await server.hears("get_statuses")
    assert shown(scripted) == before


async def test_what_is_told_while_the_picture_is_refused_counts(
    scripted: IsymphonyStatusSystem, server: ScriptedServer
) -> None:
    server.says("ExtensionNoteUpdatedEvent@#L@#T@#2@#x")
    await server.hears("get_statuses")
    server.says("ExtensionNoteUpdatedEvent@#L@#T@#1@#y", "Error: not now")
    await until(lambda: record_of(scripted, *ONE).object.note == "y")


async def test_an_event_during_the_leave_starts_nothing(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RESYNC_DELAY", 3_600)
    system = make(server.port)
    starting = asyncio.create_task(system.start())
    await server.accepts()
    await server.reports(STATUSES, STATE)
    await starting
    before = asyncio.all_tasks()
    stopping = asyncio.create_task(system.stop())
    await server.hears("exit")
    server.says("ExtensionNoteUpdatedEvent@#L@#T@#2@#x")
    await until(lambda: system.oddities)
    server.drops()
    await stopping
    await asyncio.sleep(0)
    assert asyncio.all_tasks() <= before


async def test_names_that_cannot_be_sent_back_do_not_harm_the_probe(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PROBE_AFTER", 0.01)
    system = make(server.port)
    starting = asyncio.create_task(system.start())
    await server.accepts()
    await server.reports(STATUSES, ("Location@#L", "Tenant@#T", "Extension@#1\r0@#Busy@#@#0"))
    await starting
    await server.hears("get_statuses")
    server.says("Error: busy")
    await server.hears("get_statuses")
    with pytest.raises(LineBreakInText):
        await system.set_note(record_of(system, "L", "T", "1\r0").object, "x")
    server.drops()
    await system.stop()


async def test_a_silent_server_is_asked_for_one_status(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PROBE_AFTER", 0.01)
    system = make(server.port)
    starting = asyncio.create_task(system.start())
    await server.accepts()
    await server.reports(STATUSES, STATE)
    await starting
    await server.hears("get_extension_status@#L@#T@#1")
    server.drops()
    await system.stop()


# --- reading while things happen, with the simulator -------------------------------------------


async def test_changes_in_the_midst_of_reports_end_in_the_right_picture() -> None:
    for seed in range(10):
        office = default_office(30, seed=seed)
        async with StatusSimulator(office, seed=seed, interleave=20) as simulator:
            system = make(simulator.port)
            await system.start()
            await catches_up(system, office)
            simulator.faults.drop()
            await until(lambda: system.interruptions == 1 and system._client)  # noqa: B023
            await catches_up(system, office)
            assert not system.oddities
            await system.stop()


async def test_a_burst_is_followed(
    system: IsymphonyStatusSystem, simulator: StatusSimulator, office: Office
) -> None:
    await simulator.burst(5_000, seed=1)
    await catches_up(system, office)
    assert not system.oddities


# --- interruptions -----------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["rst", "fin"])
async def test_a_short_interruption_touches_nobody(
    system: IsymphonyStatusSystem,
    simulator: StatusSimulator,
    office: Office,
    caplog: pytest.LogCaptureFixture,
    how: str,
) -> None:
    records = set(system.directory.extensions)
    told = [fields_seen(record, "note") for record in records]
    gone = fields_seen(system.directory.server, "connected")
    availability: list[bool] = []
    record_of(system).listen(
        frozenset({"available"}), lambda: availability.append(system.directory.available)
    )
    await asyncio.sleep(0)
    availability.clear()
    simulator.faults.drop(how=how)
    await until(lambda: gone == [False, True])
    assert equal(system, office)
    assert set(system.directory.extensions) == records
    assert not any(told)
    assert availability == []
    assert system.directory.available
    assert system.interruptions == 1
    assert lines_of(caplog) == []


async def test_a_long_interruption_is_told_and_logged_once_and_so_is_its_end(
    simulator: StatusSimulator, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    system = make(simulator.port, grace_period=0.01)
    await system.start()
    await asyncio.sleep(0)
    availability: list[bool] = []
    record = record_of(system)
    record.listen(frozenset({"available"}), lambda: availability.append(system.directory.available))
    with caplog.at_level(logging.INFO):
        await simulator.faults.refuse()
        await until(lambda: availability)
        assert not system.directory.server.object.connected
        office.set_note(*SEAT, "changed meanwhile")
        await simulator.faults.none()
        await until(lambda: len(availability) == 2)
    assert availability == [False, True]
    assert record.object.note == "changed meanwhile"
    assert record_of(system) is record
    lost, again = lines_of(caplog)
    assert "lost" in lost
    assert "again" in again
    await system.stop()


async def test_a_restart_with_another_office_ends_in_the_right_picture(
    system: IsymphonyStatusSystem, simulator: StatusSimulator, office: Office
) -> None:
    same = record_of(system)
    await simulator.faults.refuse()
    await until(lambda: not system.directory.server.object.connected)
    office.set_note(*SEAT, "changed meanwhile")
    office.remove_extension(*SALES, "101")
    office.add_extension(*SALES, "900")
    office.remove_tenant("Harbour Branch", "Sales")
    office.rename_tenant("Head Office", "Support", "Help")
    office.add_location("Moon")
    office.add_tenant("Moon", "Crater", ("Available", "Floating"))
    office.add_extension("Moon", "Crater", "1")
    await simulator.faults.none()
    await catches_up(system, office)
    assert record_of(system) is same
    assert not system.oddities


async def test_random_changes_and_faults_end_in_the_right_picture(
    system: IsymphonyStatusSystem, simulator: StatusSimulator, office: Office
) -> None:
    rng = random.Random(0)  # noqa: S311 -- seeded, not secret
    for _ in range(30):
        await simulator.burst(rng.randint(1, 200), seed=rng.randint(0, 1_000))
        match rng.randrange(4):
            case 0:
                simulator.faults.drop(how=rng.choice(("rst", "fin")))
            case 1:
                simulator.faults.half_line()
            case 2:
                await simulator.faults.accept_and_close(seconds=0.01)
            case 3:
                await simulator.faults.stall(seconds=0.01)
    await simulator.faults.none()
    await catches_up(system, office)


async def test_garbage_is_counted_and_logged_once_per_kind(
    system: IsymphonyStatusSystem,
    simulator: StatusSimulator,
    office: Office,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for _ in range(3):
        simulator.faults.garbage(bytes=100_000)
        simulator.announce(office.set_note(*SEAT, "after"))
        await catches_up(system, office)
    assert all(count >= 2 for kind, count in system.oddities.items() if kind != UNKNOWN)
    lines = lines_of(caplog, logging.WARNING)
    assert len(lines) == len(system.oddities)
    assert all(any(kind in line for line in lines) for kind in system.oddities)
    assert system.interruptions == 0


# --- beginning and end -------------------------------------------------------------------------


async def test_stop_says_exit_and_leaves_nothing(
    simulator: StatusSimulator,
) -> None:
    before = asyncio.all_tasks()
    system = make(simulator.port)
    await system.start()
    await system.stop()
    assert simulator.received[-1] == "exit"
    await until(lambda: not simulator.listener.connections)
    assert asyncio.all_tasks() <= before


async def test_stop_within_the_grace_period_leaves_no_timer(
    system: IsymphonyStatusSystem, simulator: StatusSimulator
) -> None:
    await simulator.faults.refuse()
    await until(lambda: system._grace.is_running)
    await system.stop()
    assert not system._grace.is_running


async def test_stop_while_the_picture_is_to_be_read_again_leaves_nothing(
    system: IsymphonyStatusSystem, simulator: StatusSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RESYNC_DELAY", 3_600)
    simulator.listener.broadcast(b"StatusAddedEvent@#Nowhere@#Nobody@#x\n")
    await until(lambda: system._resync)
    task = system._resync
    assert task is not None
    await system.stop()
    await until(task.cancelled)


async def test_a_reconnect_forgets_the_reading_that_was_planned(
    system: IsymphonyStatusSystem, simulator: StatusSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RESYNC_DELAY", 3_600)
    simulator.listener.broadcast(b"StatusAddedEvent@#Nowhere@#Nobody@#x\n")
    await until(lambda: system._resync)
    simulator.faults.drop()
    await until(lambda: system.interruptions == 1 and system._client)
    assert system._resync is None


async def test_nobody_at_the_address_cannot_be_connected_to(unused_tcp_port: int) -> None:
    before = asyncio.all_tasks()
    with pytest.raises(CannotConnect):
        await make(unused_tcp_port).start()
    assert asyncio.all_tasks() <= before


@pytest.mark.parametrize("answer", [("Error: Invalid command.",), ("HTTP/1.1 400 Bad Request",)])
async def test_something_else_at_the_address_is_not_this_system(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, answer: tuple[str, ...]
) -> None:
    monkeypatch.setattr(client_module, "REPLY_TIMEOUT", 0.05)
    starting = asyncio.create_task(make(server.port).start())
    await server.accepts()
    await server.hears("get_statuses")
    server.says(*answer)
    with pytest.raises(NotThisSystem):
        await starting


async def test_what_speaks_otherwise_and_leaves_is_another_system_and_not_logged(
    server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    starting = asyncio.create_task(make(server.port).start())
    await server.accepts()
    await server.hears("get_statuses")
    server.says("SSH-2.0-OpenSSH_9.2", "Protocol mismatch.")
    server._writer.close()
    with pytest.raises(NotThisSystem):
        await starting
    assert not [r for r in caplog.records if r.levelno >= logging.WARNING]


async def test_a_start_that_is_cancelled_leaves_no_connection(server: ScriptedServer) -> None:
    starting = asyncio.create_task(make(server.port).start())
    await server.accepts()
    await server.hears("get_statuses")
    starting.cancel()
    await asyncio.wait((starting,))
    async with asyncio.timeout(PATIENCE):
        assert await server._reader.read() == b""


async def test_the_table_of_systems_names_this_one() -> None:
    assert SYSTEMS["isymphony_status"] is IsymphonyStatusSystem


async def test_what_a_system_does_not_override_it_does_not_support() -> None:
    system = TelephoneSystem(SystemSettings(host="", port=0))
    anyone = Extension(id=("1",), number="1")
    for command in (
        system.set_status(anyone, "x"),
        system.set_note(anyone, "x"),
        system.set_return_time(anyone, None),
        system.dial(anyone, "1"),
    ):
        with pytest.raises(NotSupported) as caught:
            await command
        assert str(caught.value) == "not supported"


async def test_what_is_set_while_the_picture_is_read_is_not_undone_by_older_events(
    scripted: IsymphonyStatusSystem, server: ScriptedServer
) -> None:
    record = scripted.directory.extensions.get(("L", "T", "1"))
    assert record
    server.says("ExtensionNoteUpdatedEvent@#L@#T@#9@#x")  # unknown: the picture is read again
    await server.hears("get_statuses")
    server.says("ExtensionNoteUpdatedEvent@#L@#T@#1@#another's")
    setting = asyncio.create_task(scripted.set_note(record.object, "ours"))
    server.says("Status Report Started", *STATUSES, "Status Report Finished")
    await server.hears("get_extension_state")
    server.says("State Report Started", *STATE, "State Report Finished")
    await server.hears("set_extension_note@#L@#T@#1@#ours")
    server.says("")
    await server.hears("get_extension_note@#L@#T@#1")
    server.says("ExtensionNote@#ours")
    await setting
    assert record.object.note == "ours"


async def test_a_server_that_goes_on_without_end_is_not_followed(
    system: IsymphonyStatusSystem, simulator: StatusSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_EXTENSIONS_MOST", len(system.directory.extensions))
    monkeypatch.setattr(module, "_STATUSES_MOST", 1)
    simulator.announce(simulator.office.add_extension(*SALES, "999"))
    simulator.announce(simulator.office.add_status(*SALES, "One more"))
    await until(lambda: system.oddities.total() == 2)
    assert system.directory.extensions.get((*SALES, "999")) is None
