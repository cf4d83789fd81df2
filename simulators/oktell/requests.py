"""What clients have sent, for tests to look at: without passwords and session ids."""

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .frames import Body

LIMIT = 10_000  # requests kept
SECRETS = frozenset({"password", "Password", "temppass", "sessionid"})
HIDDEN = "(hidden)"


class RequestLog:
    """The latest HTTP requests and frames."""

    def __init__(self) -> None:
        self.total = 0
        self.meaningless = 0  # frames that were no message
        self._kept: deque[Body] = deque(maxlen=LIMIT)
        self._taken = 0

    def http(
        self,
        method: str,
        command: str,
        *,
        query: Mapping[str, str],
        form: Mapping[str, str],
        headers: Mapping[str, str],
    ) -> Body:
        """Note a request; the entry is returned, for what is learnt of it later."""
        return self._note(
            {
                "kind": "http",
                "method": method,
                "command": command,
                "query": _without_secrets(query),
                "form": _without_secrets(form),
                "authorization": headers.get("Authorization", "").partition(" ")[0],
                "content_type": headers.get("Content-Type", ""),
            }
        )

    def frame(self, user: str | None, method: str, body: Mapping[str, object]) -> None:
        """Note a frame."""
        self._note(
            {"kind": "frame", "user": user, "method": method, "body": _without_secrets(body)}
        )

    def take(self, starting: str = "") -> tuple[list[Body], int]:
        """Hand out what came since the last time, and how much more came than is kept.

        `starting` is what the command or the frame's method begins with.
        """
        missed = max(0, self.total - self._taken - LIMIT)
        entries = [
            entry
            for entry in self._kept
            if str(entry.get("command", entry["method"])).startswith(starting)
        ]
        self._taken = self.total
        self._kept.clear()
        return entries, missed

    def _note(self, entry: Body) -> Body:
        self.total += 1
        self._kept.append(entry)
        return entry


def _without_secrets(fields: Mapping[str, object]) -> Body:
    return {key: HIDDEN if key in SECRETS else value for key, value in fields.items()}
