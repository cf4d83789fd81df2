"""The benchmark's command runs, prints its table and its JSON, and judges by its limits. No times here."""

import json
from pathlib import Path
import subprocess
import sys

from benchmarks import ROOT
from benchmarks.report import Line, as_json, table


def test_a_quick_run_prints_table_and_json(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    done = subprocess.run(  # noqa: S603 -- our own command
        [sys.executable, "-m", "benchmarks", "--quick", "--json", str(file), "snapshot"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,  # a machine with much else to do
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    *printed, last = done.stdout.splitlines()
    result = json.loads(last)
    assert result == json.loads(file.read_text(encoding="utf-8"))
    assert result["quick"] is True
    assert done.returncode == (0 if result["ok"] else 1)
    assert {line["section"].split(",")[0] for line in result["lines"]} == {
        "Snapshot of iSymphony",
        "Snapshot of XiVO",
        "Snapshot of Oktell",
        "Snapshot of iSymphony Live",
    }
    for line in result["lines"]:
        assert any(line["name"] in row for row in printed)


def test_a_missed_limit_is_told() -> None:
    lines = [Line("Section", "kept", 1, "ms", 2), Line("Section", "missed", 3, "ms", 2)]
    text = table(lines)
    assert "NOT OK" in text
    assert "Limits missed: 1" in text
    assert not as_json(lines, quick=False)["ok"]
    assert as_json(lines[:1], quick=False)["ok"]
