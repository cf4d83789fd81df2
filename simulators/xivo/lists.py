"""`getlist`: which objects there are, and what they look like."""

from typing import TYPE_CHECKING

from .fields import Drop, hashable, required
from .messages import LISTS, Message, as_of, channel_status
from .releases import Release

if TYPE_CHECKING:
    from .client import Client
    from .site import Site

_NULL_WHEN_UNKNOWN = frozenset({"queuemembers", "channels"})


class Lists:
    """Answers for the office's lists; no answer bears the request's id."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def answer(self, client: Client, message: Message) -> None:
        """Take `getlist`."""
        function, listname = required(message, "function", "listname")
        match hashable(function):
            case "listid":
                self._answer_ids(client, hashable(listname))
            case "updateconfig":
                self._answer(client, message, config=self._config(message))
            case "updatestatus":
                self._answer(client, message, status=self._status(message))

    def _answer_ids(self, client: Client, listname: str) -> None:
        if listname in LISTS:
            find, _, _ = LISTS[listname]
            self._answer(
                client,
                {"function": "listid", "listname": listname},
                list=list(find(self._site.office)),
            )

    def _answer(self, client: Client, message: Message, **members: object) -> None:
        about = {key: message[key] for key in ("function", "listname")}
        if message["function"] != "listid":
            about["tid"] = message.get("tid")
        self._site.outbox.reply(
            client, {"class": "getlist", "tipbxid": self._site.office.ipbx, **about, **members}
        )

    def _config(self, message: Message) -> Message:
        listname, tid = hashable(message["listname"]), hashable(message.get("tid"))
        if listname not in LISTS:
            raise Drop(f"there is no list {listname!r}")
        find, config, _ = LISTS[listname]
        thing = find(self._site.office).get(tid)
        return as_of(
            self._site.release, listname, config(self._site.office, thing) if thing else {}
        )

    def _status(self, message: Message) -> Message | None:
        office, release = self._site.office, self._site.release
        listname, tid = hashable(message["listname"]), hashable(message.get("tid"))
        if listname == "channels":
            channel = office.channels.get(tid) if release < Release.R15_19 else None
            return channel_status(office, channel) if channel else None
        if listname not in LISTS:
            return {}
        find, _, status = LISTS[listname]
        thing = find(office).get(tid)
        if thing is None:
            return None if listname in _NULL_WHEN_UNKNOWN else {}
        return as_of(release, listname, status(office, thing))
