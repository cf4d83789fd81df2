"""Recorded and simulated messages side by side: what must be equal, and what changes from run to run.

Times are compared by when they change: what bore one time in the recording must bear one time here, too.
"""

import ast
import json
import re
from typing import Any

from tests.recordings.reading import Message, Step

_TIMES = {"availability_since", "timestamp", "join_time"}
_LETTERS = re.compile(r"[A-Za-z0-9]{10}")  # session and action ids
_RANDOM = {"sessionid", "ipbxreply"}
_MONITOR_FILE = re.compile(r"cti-monitor-\d{8}-\d{6}")


class Comparison:
    """Compares messages of one recording with what came in their place."""

    def __init__(self) -> None:
        self._times: dict[float, float] = {}

    def holds(self, recorded: list[Step], simulated: list[Message]) -> bool:
        """Tell whether these are the messages that were recorded."""
        return len(recorded) == len(simulated) and all(
            self._fits(step.message, message, is_cut=step.is_cut)
            for step, message in zip(recorded, simulated, strict=True)
        )

    def _fits(self, recorded: Any, simulated: Any, *, is_cut: bool, key: str = "") -> bool:
        if key in _TIMES:
            return self._times.setdefault(recorded, simulated) == simulated
        if key in _RANDOM and isinstance(recorded, str) and _LETTERS.fullmatch(recorded):
            return isinstance(simulated, str) and _LETTERS.fullmatch(simulated) is not None
        if key == "resultlist":  # in the database's order
            recorded, simulated = sorted(recorded), sorted(simulated)
        if isinstance(recorded, dict) and isinstance(simulated, dict):
            keys = recorded.keys() - {"timenow"}
            return (is_cut or keys == simulated.keys() - {"timenow"}) and all(
                name in simulated
                and self._fits(recorded[name], simulated[name], is_cut=is_cut, key=name)
                for name in keys
            )
        if isinstance(recorded, list) and isinstance(simulated, list):
            return len(recorded) == len(simulated) and all(
                self._fits(one, other, is_cut=is_cut)
                for one, other in zip(recorded, simulated, strict=True)
            )
        return json.dumps(recorded) == json.dumps(simulated)  # which tells 1 from true


def asked(step: Step) -> dict[str, str]:
    """Return what an AMI line says was asked of Asterisk, as the control port would tell it."""
    fields: dict[str, str] = {}
    for key, value in ast.literal_eval(step.text):
        name, equals, rest = value.partition("=")
        fields |= {name: rest} if key == "Variable" and equals else {key: value}
    return without_random(fields)


def without_random(fields: dict[str, str]) -> dict[str, str]:
    """Return an action without what changes from run to run."""
    kept = {key: value for key, value in fields.items() if key != "ActionId" or ":" in value}
    return {key: _MONITOR_FILE.sub("cti-monitor", value) for key, value in kept.items()}
