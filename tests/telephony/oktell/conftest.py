"""What the tests of Oktell have in common."""

from collections.abc import AsyncIterator

import pytest

from custom_components.office_cti.telephony import connection
from custom_components.office_cti.telephony.oktell import account, control, looks, rereading

from .scripted_socket import Ears
from .site import Site


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing take the time that it takes real servers and networks."""
    monkeypatch.setattr(connection, "BACK_OFF_FIRST", 0.01)
    monkeypatch.setattr(account, "SETTLING", 0.01)
    monkeypatch.setattr(looks, "PAUSES", (0.01,))
    monkeypatch.setattr(looks, "APART", 0.0)
    monkeypatch.setattr(control, "_LOOKS", (0.001, 0.01, 0.02, 0.05))


@pytest.fixture
def quick_rereading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what may be new be looked for at once."""
    monkeypatch.setattr(rereading, "SOONEST", 0.01)
    monkeypatch.setattr(rereading, "SETTLING", 0.01)


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with Site() as site:
        yield site
