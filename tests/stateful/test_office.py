"""After any sequence of changes, commands and faults, Home Assistant shows what the server holds.

CI runs the same 50 sequences of 30 steps each time. `OFFICE_CTI_SEQUENCES=1000` runs that many, and
others each time.
"""

from collections.abc import Callable
import os
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
import pytest

from custom_components.office_cti.telephony.directory import Directory, Record, Table
from custom_components.office_cti.telephony.model import Extension

from . import home as home_module
from .home import Home
from .machine import Discrepancy, OfficeMachine

_SEQUENCES = 50
_STEPS = 30


def _settings(sequences: int, **more: Any) -> settings:
    return settings(
        max_examples=sequences,
        stateful_step_count=_STEPS,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        **more,
    )


def test_both_sides_agree_after_any_sequence(home: Home) -> None:
    wanted = os.environ.get("OFFICE_CTI_SEQUENCES")
    sequences = int(wanted or _SEQUENCES)
    machine = OfficeMachine.at(home)
    run_state_machine_as_test(
        machine,
        settings=_settings(
            sequences, derandomize=wanted is None, phases=(Phase.generate, Phase.shrink)
        ),
    )
    assert machine.sequences >= sequences
    assert (
        machine.steps >= sequences * _STEPS * 0.9
    )  # a step that finds nothing to do does not count


def _forget_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a snapshot's diff overlook that a note has changed."""
    put = Table.put

    def forgetful_put(table: Table[Any], new: Any) -> Record[Any]:
        known = table.get(new.id)
        if isinstance(new, Extension) and known:
            new = new.with_changes({"note": known.object.note})
        return put(table, new)

    monkeypatch.setattr(Table, "put", forgetful_put)


def _lose_the_renamed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a rename be a removal and an addition."""

    def rename(table: Table[Any], record: Record[Any], new_id: Any, **changes: object) -> None:
        table.remove(record)
        record.object = record.object.with_changes({"id": new_id, **changes})
        table.put(record.object)

    monkeypatch.setattr(Table, "rename", rename)


def _tell_nobody_in_bulk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the picture change, but the entities not hear of it."""
    tell = Directory._tell

    def quiet_tell(directory: Directory, record: Record[Any], changed: set[str]) -> None:
        if not directory._bulk_depth or "status" not in changed:
            tell(directory, record, changed)

    monkeypatch.setattr(Directory, "_tell", quiet_tell)


def _change_while_away(machine: OfficeMachine) -> None:
    machine.server_is_away("refuse", seconds=None)
    machine.person_changes(machine.office.seats[1], {"note": "back at two"}, status=3)


def _rename(machine: OfficeMachine) -> None:
    machine.rename_extension(machine.office.seats[1], "999")


@pytest.mark.parametrize(
    ("defect", "steps"),
    [
        (_forget_notes, _change_while_away),
        (_lose_the_renamed, _rename),
        (_tell_nobody_in_bulk, _change_while_away),
    ],
)
def test_a_defect_is_found(
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
    defect: Callable[[pytest.MonkeyPatch], None],
    steps: Callable[[OfficeMachine], None],
) -> None:
    """The check that ends each sequence can fail: a few steps bring each defect to light."""
    monkeypatch.setattr(home_module, "GRACE_PERIOD", 60.0)  # what is unavailable is shown anew
    machine = OfficeMachine.at(home)()
    defect(monkeypatch)
    monkeypatch.setattr(home_module, "_PATIENCE", 2.0)  # what must fail need not be waited for

    def run() -> None:
        try:
            steps(machine)
            machine.settle()
        finally:
            machine.teardown()

    with pytest.raises(Discrepancy, match="after:"):
        run()


@pytest.mark.parametrize("steps", [_change_while_away, _rename])
def test_without_a_defect_nothing_is_found(
    home: Home, monkeypatch: pytest.MonkeyPatch, steps: Callable[[OfficeMachine], None]
) -> None:
    monkeypatch.setattr(home_module, "GRACE_PERIOD", 60.0)
    machine = OfficeMachine.at(home)()
    steps(machine)
    machine.settle()
    machine.teardown()
