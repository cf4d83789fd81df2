"""One Home Assistant for a whole test, as a state machine cannot take a function's fixtures."""

from collections.abc import Iterator

import pytest

from .home import Home


@pytest.fixture(autouse=True)
def integration(socket_enabled: None) -> None:
    """Let the simulator be reached; Home Assistant itself is made by `home`, not by a fixture."""


@pytest.fixture
def home(socket_enabled: None) -> Iterator[Home]:
    """A running Home Assistant without a config entry."""
    with Home() as home:
        yield home
