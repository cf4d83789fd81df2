"""Home Assistant's own log after all that was done: no error, no warning about us."""

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e

ERRORS = re.compile(r"^\S+ \S+ (?:ERROR|CRITICAL) .*", re.MULTILINE)
# That Home Assistant has not tested a custom integration is said of all of them, by its loader.
OUR_WARNINGS = re.compile(
    r"^\S+ \S+ WARNING \S+ (?!\[homeassistant\.loader\]).*office_cti.*", re.MULTILINE
)


def test_has_no_error_and_no_warning_about_us(log: Path) -> None:
    text = log.read_text(encoding="utf-8")
    assert not ERRORS.findall(text)
    assert not OUR_WARNINGS.findall(text)
