from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
import logging
from typing import Any

import pytest

from custom_components.office_cti.telephony import directory as module
from custom_components.office_cti.telephony.directory import (
    AVAILABLE,
    SLICE,
    Directory,
    Record,
    Table,
)
from custom_components.office_cti.telephony.model import (
    Extension,
    ObjectId,
    Status,
    StatusKind,
    StatusList,
)

STATUS = Status("Lunch", StatusKind.AWAY)


class Loop:
    """The turns of an event loop, taken by hand."""

    def __init__(self) -> None:
        self.waiting: deque[Callable[[], None]] = deque()

    def call_soon(self, callback: Callable[[], None]) -> None:
        self.waiting.append(callback)

    def turn(self) -> None:
        for _ in range(len(self.waiting)):
            self.waiting.popleft()()

    def run(self) -> int:
        turns = 0
        while self.waiting:
            self.turn()
            turns += 1
        return turns


class Diary:
    """A watcher that remembers what it was told."""

    def __init__(self) -> None:
        self.entries: list[tuple[Any, ...]] = []

    def added(self, record: Record[Any], object_id: ObjectId) -> None:
        self.entries.append(("added", object_id))

    def renamed(self, record: Record[Any], old_id: ObjectId, new_id: ObjectId) -> None:
        self.entries.append(("renamed", old_id, new_id))

    def removed(self, record: Record[Any]) -> None:
        self.entries.append(("removed", record.object.id))


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
def directory(loop: Loop) -> Directory:
    return Directory(loop.call_soon)


@pytest.fixture
def diary(directory: Directory) -> Diary:
    directory.watcher = diary = Diary()
    return diary


def extension(number: str = "100", **fields: Any) -> Extension:
    return Extension(id=(number,), number=number, **fields)


def by_id(*extensions: Extension) -> dict[ObjectId, Extension]:
    return {each.id: each for each in extensions}


def put(directory: Directory, number: str = "100", **fields: Any) -> Record[Extension]:
    return directory.extensions.put(extension(number, **fields))


def listen(record: Record[Any], *fields: str) -> list[Any]:
    """Return a list that gets the object as it was each time its listener was called."""
    seen: list[Any] = []
    record.listen(frozenset(fields), lambda: seen.append(record.object))
    return seen


def fail(*_: object) -> None:
    raise RuntimeError("a defect")


# --- one change --------------------------------------------------------------------------------


def test_a_change_is_told_at_once_to_who_listens_to_that_field(directory: Directory) -> None:
    record = put(directory)
    notes, statuses, both = (
        listen(record, "note"),
        listen(record, "status"),
        listen(record, "note", "status"),
    )
    directory.update(record, note="x")
    assert notes == both == [extension(note="x")]
    assert statuses == []


def test_fields_that_do_not_differ_are_not_told(directory: Directory) -> None:
    record = put(directory, note="x")
    seen = listen(record, "note", "status")
    before = record.object
    directory.update(record, note="x", status=None)
    assert seen == []
    assert record.object is before
    notes = listen(record, "note")
    directory.update(record, note="x", status=STATUS)
    assert notes == []
    assert len(seen) == 1


def test_several_fields_that_change_together_are_told_once(directory: Directory) -> None:
    record = put(directory)
    seen = listen(record, "note", "status")
    directory.update(record, note="x", status=STATUS)
    assert seen == [extension(note="x", status=STATUS)]


def test_a_change_of_one_object_reaches_no_other(directory: Directory) -> None:
    record, other = put(directory), put(directory, "101")
    seen = listen(other, "note")
    directory.update(record, note="x")
    assert seen == []


def test_who_stopped_listening_hears_nothing(directory: Directory) -> None:
    record = put(directory)
    seen: list[int] = []
    stop = record.listen(frozenset({"note"}), lambda: seen.append(1))
    stop()
    directory.update(record, note="x")
    assert seen == []


def test_a_listener_that_fails_harms_nobody_and_is_logged(
    directory: Directory, caplog: pytest.LogCaptureFixture
) -> None:
    record = put(directory)
    record.listen(frozenset({"note"}), fail)
    seen = listen(record, "note")
    directory.update(record, note="x")
    assert seen == [extension(note="x")]
    assert [each.levelno for each in caplog.records] == [logging.ERROR]


def test_a_listener_may_stop_listening_while_it_is_called(directory: Directory) -> None:
    record = put(directory)
    seen: list[str] = []

    def once() -> None:
        seen.append("once")
        stop()

    stop = record.listen(frozenset({"note"}), once)
    others = listen(record, "note")
    directory.update(record, note="x")
    directory.update(record, note="y")
    assert seen == ["once"]
    assert len(others) == 2


# --- many changes ------------------------------------------------------------------------------


def test_a_bulk_change_shows_at_once_and_is_told_in_the_next_turn(
    directory: Directory, loop: Loop
) -> None:
    record = put(directory)
    seen = listen(record, "note")
    with directory.bulk():
        directory.update(record, note="x")
    assert record.object.note == "x"
    assert seen == []
    loop.run()
    assert seen == [extension(note="x")]


def test_what_changes_again_before_it_is_told_is_told_once(
    directory: Directory, loop: Loop
) -> None:
    record = put(directory)
    seen, statuses = listen(record, "note", "status"), listen(record, "status")
    with directory.bulk():
        directory.update(record, note="x")
        directory.update(record, note="y")
    directory.update(record, status=STATUS)
    assert seen == []
    loop.run()
    assert seen == statuses == [extension(note="y", status=STATUS)]


def test_a_single_change_does_not_wait_behind_a_bulk_change_of_others(
    directory: Directory, loop: Loop
) -> None:
    record, other = put(directory), put(directory, "101")
    waiting, seen = listen(record, "note"), listen(other, "note")
    with directory.bulk():
        directory.update(record, note="x")
    directory.update(other, note="y")
    assert len(seen) == 1
    assert waiting == []


def test_a_bulk_change_is_told_in_slices_and_in_order(directory: Directory, loop: Loop) -> None:
    records = [put(directory, str(number)) for number in range(1, 2 * SLICE + 2)]
    told: list[str] = []
    for record in records:
        record.listen(frozenset({"note"}), partial(told.append, record.object.number))
    with directory.bulk():
        for record in records:
            directory.update(record, note="x")
    counts = []
    while loop.waiting:
        loop.turn()
        counts.append(len(told))
    assert counts == [SLICE, 2 * SLICE, 2 * SLICE + 1]
    assert told == [record.object.number for record in records]


def test_an_object_with_more_listeners_than_a_slice_is_told_in_slices_too(
    directory: Directory, loop: Loop
) -> None:
    record, other = put(directory), put(directory, "101")
    told: list[str] = []
    other.listen(frozenset({"note"}), partial(told.append, "before"))
    for number in range(2 * SLICE):
        record.listen(frozenset({"note"}), partial(told.append, str(number)))
    with directory.bulk():
        directory.update(other, note="x")
        directory.update(record, note="x")
    counts = []
    while loop.waiting:
        loop.turn()
        counts.append(len(told))
    assert counts == [SLICE, 2 * SLICE, 2 * SLICE + 1]
    assert told == ["before", *map(str, range(2 * SLICE))]


def test_who_stops_listening_between_two_slices_hears_nothing(
    directory: Directory, loop: Loop
) -> None:
    record = put(directory)
    for _ in range(SLICE):
        listen(record, "note")
    seen: list[int] = []
    stop = record.listen(frozenset({"note"}), lambda: seen.append(1))
    last = listen(record, "note")
    with directory.bulk():
        directory.update(record, note="x")
    loop.turn()
    stop()
    loop.run()
    assert seen == []
    assert len(last) == 1


def test_added_renamed_and_removed_objects_weigh_more_in_a_slice(
    directory: Directory, loop: Loop, diary: Diary
) -> None:
    directory.extensions.replace_all(by_id(*(extension(str(each)) for each in range(SLICE))))
    loop.turn()
    assert 0 < len(diary.entries) <= SLICE / module._STRUCTURAL_COST + 1
    loop.run()
    assert len(diary.entries) == SLICE


def test_one_bulk_change_may_stand_inside_another(directory: Directory, loop: Loop) -> None:
    record = put(directory)
    seen = listen(record, "note")
    with directory.bulk():
        with directory.bulk():
            directory.update(record, note="x")
        assert not loop.waiting
        directory.update(record, note="y")
    assert loop.run() == 1
    assert len(seen) == 1


def test_a_bulk_change_without_a_change_takes_no_turn(directory: Directory, loop: Loop) -> None:
    with directory.bulk():
        pass
    assert not loop.waiting


def test_a_bulk_change_that_fails_is_told_as_far_as_it_went(
    directory: Directory, loop: Loop
) -> None:
    record = put(directory)
    seen = listen(record, "note")
    with suppress(RuntimeError), directory.bulk():
        directory.update(record, note="x")
        fail()
    loop.run()
    assert len(seen) == 1
    directory.update(record, note="y")
    assert len(seen) == 2


def test_bulk_changes_during_the_telling_join_the_queue(directory: Directory, loop: Loop) -> None:
    record, other = put(directory), put(directory, "101")
    seen = listen(other, "note")

    def change_the_other() -> None:
        with directory.bulk():
            directory.update(other, note="x")

    record.listen(frozenset({"note"}), change_the_other)
    with directory.bulk():
        directory.update(record, note="x")
    assert loop.run() == 1
    assert len(seen) == 1


def test_a_listener_that_fails_does_not_stop_a_bulk_change(
    directory: Directory, loop: Loop, caplog: pytest.LogCaptureFixture
) -> None:
    record, other = put(directory), put(directory, "101")
    record.listen(frozenset({"note"}), fail)
    seen = listen(other, "note")
    with directory.bulk():
        directory.update(record, note="x")
        directory.update(other, note="x")
    loop.run()
    assert len(seen) == 1
    assert len(caplog.records) == 1


# --- which objects there are -------------------------------------------------------------------


def test_an_added_object_is_found_and_told(directory: Directory, diary: Diary) -> None:
    record = put(directory)
    assert directory.extensions.get(("100",)) is record
    assert list(directory.extensions) == [record]
    assert len(directory.extensions) == 1
    assert diary.entries == [("added", ("100",))]


def test_an_added_object_that_is_there_already_only_changes(
    directory: Directory, diary: Diary
) -> None:
    record = put(directory)
    seen = listen(record, "note")
    assert put(directory) is record
    assert seen == []
    assert put(directory, note="x") is record
    assert seen == [extension(note="x")]
    assert diary.entries == [("added", ("100",))]


def test_a_removed_object_is_gone_and_told(directory: Directory, diary: Diary) -> None:
    directory.extensions.remove(put(directory))
    assert directory.extensions.get(("100",)) is None
    assert len(directory.extensions) == 0
    assert diary.entries == [("added", ("100",)), ("removed", ("100",))]


def test_a_renamed_object_keeps_its_place_and_its_listeners(
    directory: Directory, diary: Diary
) -> None:
    record = put(directory, note="x")
    seen = listen(record, "id")
    directory.extensions.rename(record, ("200",), number="200")
    assert directory.extensions.get(("100",)) is None
    assert directory.extensions.get(("200",)) is record
    assert seen == [extension("200", note="x")]
    assert diary.entries == [("added", ("100",)), ("renamed", ("100",), ("200",))]


def test_a_rename_to_the_same_id_is_only_a_change(directory: Directory, diary: Diary) -> None:
    record = put(directory)
    seen = listen(record, "note")
    directory.extensions.rename(record, ("100",), note="x")
    assert seen == [extension(note="x")]
    assert diary.entries == [("added", ("100",))]


def test_what_a_new_id_named_before_is_removed_first(directory: Directory, diary: Diary) -> None:
    record, taken = put(directory), put(directory, "200")
    diary.entries.clear()
    directory.extensions.rename(record, ("200",), number="200")
    assert list(directory.extensions) == [record]
    assert diary.entries == [("removed", ("200",)), ("renamed", ("100",), ("200",))]
    assert taken.object == extension("200")


def test_the_watcher_is_told_in_the_order_of_what_happened(
    directory: Directory, loop: Loop, diary: Diary
) -> None:
    with directory.bulk():
        record = put(directory)
        directory.extensions.rename(record, ("200",), number="200")
        directory.extensions.rename(record, ("300",), number="300")
        directory.extensions.remove(record)
        put(directory, "200")
    directory.extensions.remove(put(directory, "400"))
    assert diary.entries == []
    loop.run()
    assert diary.entries == [
        ("added", ("100",)),
        ("renamed", ("100",), ("200",)),
        ("renamed", ("200",), ("300",)),
        ("removed", ("300",)),
        ("added", ("200",)),
        ("added", ("400",)),
        ("removed", ("400",)),
    ]


def test_without_a_watcher_nothing_is_kept_for_it(directory: Directory, loop: Loop) -> None:
    with directory.bulk():
        directory.extensions.remove(put(directory))
    directory.extensions.remove(put(directory))
    loop.run()
    assert not directory._queue


def test_a_watcher_that_fails_stops_neither_the_caller_nor_the_queue(
    directory: Directory, loop: Loop, diary: Diary, caplog: pytest.LogCaptureFixture
) -> None:
    diary.removed = fail  # type: ignore[method-assign]
    record = put(directory)
    directory.extensions.remove(record)
    assert len(caplog.records) == 1
    with directory.bulk():
        directory.extensions.remove(put(directory))
        put(directory, "101")
    loop.run()
    assert len(caplog.records) == 2
    assert diary.entries[-1] == ("added", ("101",))
    with directory.bulk():
        put(directory, "102")
    loop.run()
    assert diary.entries[-1] == ("added", ("102",))


# --- snapshots ---------------------------------------------------------------------------------


def test_of_a_snapshot_only_what_differs_is_announced(
    directory: Directory, loop: Loop, diary: Diary
) -> None:
    table: Table[Extension] = directory.extensions
    table.replace_all(by_id(extension("100"), extension("101"), extension("102")))
    loop.run()
    same, changed, gone = table
    diary.entries.clear()
    untouched, seen, other = (
        listen(same, "note"),
        listen(changed, "note"),
        listen(changed, "status"),
    )
    table.replace_all(by_id(extension("100"), extension("101", note="x"), extension("103")))
    assert [record.object for record in table] == [
        extension("100"),
        extension("101", note="x"),
        extension("103"),
    ]
    loop.run()
    assert untouched == other == []
    assert len(seen) == 1
    assert table.get(("100",)) is same
    assert table.get(("101",)) is changed
    assert gone.object == extension("102")
    assert diary.entries == [("removed", ("102",)), ("added", ("103",))]


def test_a_snapshot_that_says_the_same_tells_nothing(
    directory: Directory, loop: Loop, diary: Diary
) -> None:
    snapshot = by_id(extension("100", note="x"), extension("101"))
    directory.extensions.replace_all(snapshot)
    loop.run()
    diary.entries.clear()
    directory.extensions.replace_all(by_id(extension("100", note="x"), extension("101")))
    assert not loop.waiting
    assert diary.entries == []


# --- availability ------------------------------------------------------------------------------


def test_availability_is_told_once_to_everyone_who_wants_to_know(
    directory: Directory, loop: Loop
) -> None:
    record = put(directory)
    statuses = directory.status_lists.put(StatusList(id=("Sales",)))
    told, also_told, others = (
        listen(record, AVAILABLE),
        listen(statuses, AVAILABLE),
        listen(record, "note"),
    )
    directory.set_available(True)
    assert directory.available
    assert told == []
    loop.run()
    directory.set_available(True)
    loop.run()
    assert len(told) == len(also_told) == 1
    assert others == []
    directory.set_available(False)
    loop.run()
    assert not directory.available
    assert len(told) == len(also_told) == 2


def test_an_object_that_changed_and_became_available_is_told_once(
    directory: Directory, loop: Loop
) -> None:
    record = put(directory)
    seen = listen(record, AVAILABLE, "note")
    directory.extensions.replace_all(by_id(extension("100", note="x")))
    directory.set_available(True)
    loop.run()
    assert seen == [extension(note="x")]
