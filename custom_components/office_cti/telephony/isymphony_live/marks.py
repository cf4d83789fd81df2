"""Tells an answer that is older than what an event has told since it was asked for."""


class Marks:
    """Counts what is told, and remembers of each thing when that was last."""

    def __init__(self) -> None:
        self._count = 0
        self._last: dict[str, int] = {}
        # When everything was told at once.
        self._everything = 0

    def told(self, key: str) -> None:
        """Something was told of this."""
        self._count += 1
        self._last[key] = self._count

    def start_over(self) -> None:
        """Everything was told at once, whatever it is called now."""
        self._count += 1
        self._everything = self._count
        self._last.clear()

    def mark(self, key: str) -> int:
        """Return what stands for everything that has been told of this until now."""
        return self._last.get(key, self._everything)
