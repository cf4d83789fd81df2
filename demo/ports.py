"""Free ports on the loopback interface."""

from contextlib import closing
import socket

from .errors import DemoError

HOST = "127.0.0.1"
DEFAULT = 8123
TRIES = 100


def is_free(port: int) -> bool:
    """Tell whether something could listen on the port."""
    with closing(socket.socket()) as probe:
        # As servers do: a port whose last connections are still winding down counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def any_free() -> int:
    """Return a port that nothing listens on."""
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def choose(wanted: int | None) -> int:
    """Return Home Assistant's port: the one asked for (0: any), else 8123 or the next free one."""
    if wanted == 0:
        return any_free()
    if wanted is not None:
        if not is_free(wanted):
            raise DemoError(f"port {wanted} is taken; name another with --port")
        return wanted
    for port in range(DEFAULT, DEFAULT + TRIES):
        if is_free(port):
            return port
    raise DemoError(
        f"no port from {DEFAULT} to {DEFAULT + TRIES - 1} is free; name one with --port"
    )
