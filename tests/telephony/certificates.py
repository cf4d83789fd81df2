"""Certificates made for a test, and what a server needs to show them."""

from dataclasses import dataclass
from pathlib import Path
import ssl

from simulators.tls import context_of, self_signed


@dataclass(frozen=True)
class Certificate:
    """A certificate that vouches for itself, and its key, in one file."""

    path: Path

    def context(self) -> ssl.SSLContext:
        """Return what a server of today speaks TLS with."""
        return context_of(self.path)

    def context_of_old(self) -> ssl.SSLContext:
        """Return what a server speaks TLS with that knows TLS 1.0 only."""
        return context_of(self.path, only_tls_1_0=True)


def make_certificate(folder: Path) -> Certificate:
    """Make a certificate for 127.0.0.1."""
    path = folder / "server.pem"
    path.write_bytes(self_signed())
    return Certificate(path)
