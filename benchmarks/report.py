"""What was measured, line by line, as a table for people and as JSON for programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import groupby
import os
import platform
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """One figure. `limit` is the most it may be; None if it is only told."""

    section: str
    name: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def ok(self) -> bool:
        """Tell whether the limit, if there is one, is kept."""
        return self.limit is None or self.value <= self.limit

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """What the table says of it: what, how much, at most, kept or not."""
        value = f"{_number(self.value)} {self.unit}".rstrip()
        if self.limit is None:
            return self.name, value, "", ""
        return self.name, value, f"≤ {_number(self.limit)}", "ok" if self.ok else "NOT OK"


def _number(value: float) -> str:
    if float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 100 else f"{value:.2f}"


def table(lines: Sequence[Line]) -> str:
    """Lay the lines out in columns, under their sections' titles."""
    head = ("", "measured", "limit", "")
    widths = [
        max(map(len, column)) for column in zip(head, *(line.cells for line in lines), strict=True)
    ]
    rows = [_row(head, widths)]
    for section, of_section in groupby(lines, key=lambda line: line.section):
        rows += ["", section, *(_row(line.cells, widths) for line in of_section)]
    missed = sum(not line.ok for line in lines)
    rows += ["", f"Limits missed: {missed}"]
    return "\n".join(rows)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    name, *others = (f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True))
    return "  ".join(("  " + name, *others)).rstrip()


def as_json(lines: Sequence[Line], *, quick: bool) -> dict[str, Any]:
    """Return all that is to be known of a run."""
    return {
        "home_assistant": version("homeassistant"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "quick": quick,
        "ok": all(line.ok for line in lines),
        "lines": [
            {
                "section": line.section,
                "name": line.name,
                "value": line.value,
                "unit": line.unit,
                "limit": line.limit,
                "ok": line.ok,
            }
            for line in lines
        ],
    }
