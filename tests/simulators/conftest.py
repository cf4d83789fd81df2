"""Every test here opens sockets, but none beyond 127.0.0.1."""

import pytest


@pytest.fixture(autouse=True)
def sockets(socket_enabled: None) -> None:
    """Let the tests open sockets."""
