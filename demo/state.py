"""What the demo remembers from one start to the next: ports, entries, which dashboard it made."""

from dataclasses import dataclass, field
import json
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

    from .api import Json


@dataclass(slots=True)
class State:
    """One small file beside Home Assistant's folder."""

    path: Path
    offices: dict[str, Json] = field(default_factory=dict)  # system: what was written to `save`
    dashboard: str = ""  # a hash of the dashboard that the demo made last

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the file, or begin anew."""
        if not path.exists():
            return cls(path)
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(path, content["offices"], content["dashboard"])

    def save(self) -> None:
        """Write the file."""
        content = {"offices": self.offices, "dashboard": self.dashboard}
        self.path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
