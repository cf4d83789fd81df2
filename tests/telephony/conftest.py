"""Nothing here needs Home Assistant to run; some of it needs sockets on 127.0.0.1."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from custom_components.office_cti.telephony import rounds

from .certificates import Certificate, make_certificate


@pytest.fixture(autouse=True)
def integration(socket_enabled: None) -> None:
    """Let the tests open sockets; no Home Assistant is set up."""


@pytest.fixture
def quick_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let rounds follow each other at once."""
    monkeypatch.setattr(rounds, "INTERVAL", 0.01)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """What goes to servers over HTTP."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """What a server shows that nobody vouches for."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def oddities() -> list[str]:
    """What was counted, in order."""
    return []
