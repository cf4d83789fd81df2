"""What the tests of XiVO have in common."""

from collections.abc import AsyncIterator

import pytest

from custom_components.office_cti.telephony import connection

from .scripted import Ears, ScriptedServer


@pytest.fixture(autouse=True)
def quick_back_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a lost connection be opened again at once."""
    monkeypatch.setattr(connection, "BACK_OFF_FIRST", 0.01)


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer() as server:
        yield server
