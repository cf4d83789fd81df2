"""What the systems' options on the command line have in common."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl


def count(text: str) -> int:
    """Return a number of things."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("it must not be below 0")
    return number


def rate(text: str) -> float:
    """Return a rate or a time, which is above 0."""
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError("it must be above 0")
    return number


def tls(*, only_tls_1_0: bool = False) -> ssl.SSLContext:
    """Return what a server needs for TLS."""
    # Who speaks plainly need not have `cryptography`.
    from .tls import server_context  # noqa: PLC0415

    return server_context(only_tls_1_0=only_tls_1_0)
