"""Nothing here needs Home Assistant to run; some of it needs sockets on 127.0.0.1."""

import pytest


@pytest.fixture(autouse=True)
def integration(socket_enabled: None) -> None:
    """Let the tests open sockets; no Home Assistant is set up."""
