"""Whom one can look up: directory, people search, the switchboard's directory, and call logs."""

from typing import TYPE_CHECKING

from .fields import Drop, reply_to, required, text
from .office import CallKind
from .releases import Release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .client import Client
    from .messages import Message
    from .office import User
    from .site import Site

_DIRECTORY = ["Nom", "Numéro", "Entreprise", "E-mail", "Source"]
_COMPANY = "Inconnue"
_SOURCE = "Répertoire XiVO Interne"
_PEOPLE = ["Nom", "Numéro", "Mobile", "Agent"]
_PEOPLE_TYPES = ["name", "number", "mobile", "agent"]
_SWITCHBOARD = [("Nom", "name"), ("Numéro", "number_office"), ("Mobile", "number_mobile")]
_MODE_GONE = Release.R15_19  # in truth 15.09


class People:
    """Answers for whoever looks someone up."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def search_directory(self, client: Client, message: Message) -> None:
        """Take `directory`; a user without a line gets an answer without a class."""
        assert client.user is not None
        if not client.user.lines:
            self._reply(client, {"status": "ko", "reason": "undefined_context"})
            return
        pattern = message.get("pattern")
        found = [] if pattern is None else self._matching(text(pattern))
        answer = reply_to(
            message, status="ok", headers=_DIRECTORY, resultlist=[self._entry(u) for u in found]
        )
        self._reply(client, answer)

    def search(self, client: Client, message: Message) -> None:
        """Take `people_search`, if the release knows it."""
        if not self._site.release.has_people:
            return
        (pattern,) = required(message, "pattern")
        self._reply(
            client,
            {
                "class": "people_search_result",
                "term": text(pattern),
                "column_headers": _PEOPLE,
                "column_types": _PEOPLE_TYPES,
                "results": [self._person(user) for user in self._matching(pattern)],
            },
        )

    def tell_headers(self, client: Client, _: Message) -> None:
        """Take `people_headers`, if the release knows it."""
        if self._site.release.has_people:
            self._reply(
                client,
                {
                    "class": "people_headers_result",
                    "column_headers": _PEOPLE,
                    "column_types": _PEOPLE_TYPES,
                },
            )

    def search_switchboard(self, client: Client, message: Message) -> None:
        """Take `switchboard_directory_search`."""
        (pattern,) = required(message, "pattern")
        results = [
            {
                "name": user.fullname,
                "number_office": self._number(user),
                "number_mobile": user.mobile,
            }
            for user in self._matching(text(pattern))
        ]
        self._reply(
            client, {"class": "directory_search_result", "pattern": pattern, "results": results}
        )

    def tell_switchboard_headers(self, client: Client, _: Message) -> None:
        """Take `get_switchboard_directory_headers`."""
        self._reply(client, {"class": "directory_headers", "headers": _SWITCHBOARD})

    def tell_history(self, client: Client, message: Message) -> None:
        """Take `history`; a user without a line gets an answer without a class."""
        assert client.user is not None
        if self._site.release >= _MODE_GONE:
            self._tell_whole_history(client, message)
            return
        mode, size = required(message, "mode", "size")
        if not client.user.lines:
            self._reply(client, {})
            return
        known = mode if isinstance(mode, str) and mode in list(CallKind) else None
        calls = [
            {"calldate": call.start, "duration": call.duration, "fullname": call.party}
            for call in client.user.calls
            if call.kind == known
        ]
        self._reply(client, {"class": "history", "mode": known, "history": calls[: _size(size)]})

    def _tell_whole_history(self, client: Client, message: Message) -> None:
        assert client.user is not None
        (size,) = required(message, "size")
        calls = [
            {
                "calldate": call.start,
                "duration": call.duration,
                "fullname": call.party,
                "mode": int(call.kind),
            }
            for call in client.user.calls
        ]
        self._reply(client, {"class": "history", "history": calls[: _size(size)]})

    def _matching(self, pattern: str) -> list[User]:
        wanted = pattern.casefold()
        return [
            user
            for user in self._site.office.users.values()
            if any(wanted in each.casefold() for each in self._searched(user))
        ]

    def _searched(self, user: User) -> Iterator[str]:
        yield user.fullname
        yield self._number(user) or ""

    def _number(self, user: User) -> str | None:
        phone = self._site.office.phone_of(user)
        return phone.number if phone else None

    def _entry(self, user: User) -> str:
        return ";".join((user.fullname, self._number(user) or "", _COMPANY, user.email, _SOURCE))

    def _person(self, user: User) -> Message:
        return {
            "source": "internal",
            "column_values": [user.fullname, self._number(user), user.mobile or None, None],
            "relations": {
                "user_id": int(user.id),
                "agent_id": user.agent_id,
                "endpoint_id": int(user.lines[0]) if user.lines else None,
            },
        }

    def _reply(self, client: Client, message: Message) -> None:
        self._site.outbox.reply(client, message)


def _size(value: object) -> int:
    """Return how many calls are wanted, told as a number or as its digits."""
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    if isinstance(value, int) and value >= 0:
        return value
    raise Drop(f"{value!r} is no size")
