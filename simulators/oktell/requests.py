"""What clients have sent, for tests to look at: without passwords and session ids."""

from typing import TYPE_CHECKING

from simulators.request_log import RequestLog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .frames import Body

SECRETS = frozenset({"password", "Password", "temppass", "sessionid"})
HIDDEN = "(hidden)"


class OktellRequestLog(RequestLog):
    """The latest HTTP requests and frames."""

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
        return self.note(
            command,
            {
                "kind": "http",
                "method": method,
                "command": command,
                "query": _without_secrets(query),
                "form": _without_secrets(form),
                "authorization": headers.get("Authorization", "").partition(" ")[0],
                "content_type": headers.get("Content-Type", ""),
            },
        )

    def frame(self, user: str | None, method: str, body: Mapping[str, object]) -> None:
        """Note a frame."""
        self.note(
            method,
            {"kind": "frame", "user": user, "method": method, "body": _without_secrets(body)},
        )


def _without_secrets(fields: Mapping[str, object]) -> Body:
    return {key: HIDDEN if key in SECRETS else value for key, value in fields.items()}
