"""What the tests of XiVO have in common."""

from collections.abc import AsyncIterator

import pytest

from .certificates import Certificate, make_certificate
from .scripted import Ears, ScriptedServer


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer() as server:
        yield server


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))
