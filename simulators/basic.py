"""Basic authentication, as a server reads it (RFC 7617)."""

from base64 import b64decode


def credentials(header: str) -> tuple[str, str]:
    """Return the name and password of an Authorization header; empty, if it has none."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, password = b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return name, password
