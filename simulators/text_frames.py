"""A server's messages on a web-socket, put into frames (RFC 6455, section 5.2)."""

_TEXT = 0x81  # a whole text frame


def text_frame(message: bytes) -> bytes:
    """Return a message as a server's frame: unmasked, in one piece."""
    size = len(message)
    if size < 126:
        return bytes((_TEXT, size)) + message
    if size < 1 << 16:
        return bytes((_TEXT, 126)) + size.to_bytes(2) + message
    return bytes((_TEXT, 127)) + size.to_bytes(8) + message
