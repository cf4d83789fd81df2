"""What the tests of iSymphony Live have in common."""

from collections.abc import AsyncIterator

import pytest

from custom_components.office_cti.telephony import connection
from custom_components.office_cti.telephony.isymphony_live import system

from .site import Site


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing take the time that it takes real servers and networks."""
    monkeypatch.setattr(connection, "BACK_OFF_FIRST", 0.01)
    monkeypatch.setattr(system, "SETTLING", 0.005)
    monkeypatch.setattr(system, "RESYNC_DELAY", 0.005)
    monkeypatch.setattr(system, "RESYNC_PAUSE", 0.005)


@pytest.fixture
async def site(quick: None) -> AsyncIterator[Site]:
    async with Site() as site:
        yield site
