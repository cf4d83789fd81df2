"""Home Assistant's own log after all that was done: the integration left no error in it."""

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e

ERROR = re.compile(r"^\S+ \S+ (?:ERROR|CRITICAL) ", re.MULTILINE)


def test_has_no_error(log: Path) -> None:
    text = log.read_text(encoding="utf-8")
    assert not ERROR.search(text), text
