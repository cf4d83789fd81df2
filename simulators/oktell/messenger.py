"""Messages from user to user.

The names of a sent message's fields are not known of real servers, so that several are taken; an event's
are those of event 114 on page Service notifications, and whom it is for.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from .office import OfficeError

if TYPE_CHECKING:
    from .frames import Body
    from .hub import Hub
    from .office import User
    from .site import Site

_RECIPIENT = ("recipientid", "recipientlogin", "recipient", "touserid", "touserlogin", "userid")
_TEXT = ("text", "message", "messagetext")


class Messenger:
    """Delivers messages, and keeps those that were sent."""

    def __init__(self, site: Site, hub: Hub) -> None:
        self.sent: list[tuple[User, User, str]] = []  # from, to, text
        self._site = site
        self._hub = hub

    def send(self, sender: User, body: Body) -> None:
        """Send a message as a client says.

        Raises:
            OfficeError: the recipient or the text is missing.
        """
        self.deliver(sender, self._site.office.user(_first(body, _RECIPIENT)), _first(body, _TEXT))

    def deliver(self, sender: User, user: User, text: str) -> None:
        """Tell a user a message."""
        self.sent.append((sender, user, text))
        moment = datetime.fromtimestamp(self._site.clock())  # noqa: DTZ006 - servers tell no zone
        self._hub.tell(
            user,
            "usertextmessagereceived",
            {
                "userid": user.id,
                "userlogin": user.login,
                "guid": self._site.guid(),
                "datetime": moment.isoformat(" ", "seconds"),
                "senderid": sender.id,
                "senderlogin": sender.login,
                "sendername": sender.name,
                "text": text,
            },
        )


def _first(body: Body, keys: tuple[str, ...]) -> str:
    for key in keys:
        value = body.get(key)
        if isinstance(value, str) and value:
            return value
    raise OfficeError(f"{keys[0]} is missing")
