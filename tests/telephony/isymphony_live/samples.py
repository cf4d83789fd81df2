"""What the vendor's pages show of a server: events, and resources."""

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parents[2] / "recordings" / "isymphony"

EVENT_TEXTS: dict[str, str] = {
    json.loads(line)["type"]: line
    for line in (_FOLDER / "events.jsonl").read_text(encoding="utf-8").splitlines()
}
EVENTS: dict[str, dict[str, Any]] = {name: json.loads(text) for name, text in EVENT_TEXTS.items()}
RESOURCES: dict[str, dict[str, Any]] = json.loads(
    (_FOLDER / "live_rest.json").read_text(encoding="utf-8")
)
