"""Bytes to lines: pure, and bounded.

A line ends at LF. Of a line longer than the limit nothing is kept; when it ends at last, it is
handed out as None, so that whoever reads it can answer for it in its turn.
"""


class LineSplitter:
    """Cuts a stream of bytes into lines without their LF."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._line = bytearray()
        self._too_long = False

    def feed(self, data: bytes) -> list[bytes | None]:
        """Take in the next bytes; return the lines they end, None for one that was too long."""
        *ends, rest = data.split(b"\n")
        lines = [self._end(end) for end in ends]
        self._grow(rest)
        return lines

    def _grow(self, part: bytes) -> None:
        if len(self._line) + len(part) > self._limit:
            self._too_long = True
            self._line.clear()
        elif not self._too_long:
            self._line += part

    def _end(self, part: bytes) -> bytes | None:
        self._grow(part)
        line = None if self._too_long else bytes(self._line)
        self._line.clear()
        self._too_long = False
        return line
