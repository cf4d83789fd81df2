"""Faxes: until 15.18 announced on the client's connection, and sent over a second one.

    client      faxsend {destination, hide}                                   →  {fileid}
    client      opens a second connection to the same port, and does not log in there
    client      filetransfer {command: put_announce, fileid, socketref}          which connection it is
    second      the document in base64, and LF at its end
    server      ipbxcommand sendfax {response}                                   on the client's connection

Later the document comes with `faxsend` itself, and the client is told how its fax fares, too.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .fields import Drop, hashable, reply_to, required, text, warning

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .client import Client
    from .messages import Message
    from .site import Site

_ANNOUNCE = "put_announce"
_SIZE_LIMIT = 64 * 1024 * 1024  # bytes of base64


@dataclass(slots=True)
class Fax:
    """A fax on its way; `document` is None until it has arrived whole."""

    id: str
    sender: str  # the user's id
    destination: str
    hides_number: bool
    document: bytes | None = None


class Faxes:
    """Takes faxes; nobody is really faxed."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.faxes: dict[str, Fax] = {}  # by file id
        # By the second connection: the first one, and what has come.
        self._transfers: dict[Client, tuple[Client, Fax, bytearray]] = {}

    def send(self, client: Client, message: Message) -> None:
        """Take `faxsend`."""
        assert client.user is not None
        (destination,) = required(message, "destination")
        number = text(destination).replace(".", "").replace(" ", "")
        fax = Fax(self._site.letters(), client.user.id, number, message.get("hide") != "0")
        self.faxes[fax.id] = fax
        if self._site.release.sends_fax_over_second_connection:
            self._site.outbox.reply(client, reply_to(message, fileid=fax.id))
            return
        _, data = required(message, "size", "data")
        self._site.outbox.reply(client, warning(message, "return_is_none"))
        self._arrive(fax, text(data).encode(), client)
        self._tell_progress(client, fax)

    def announce(self, client: Client, message: Message, clients: Iterable[Client]) -> None:
        """Take `filetransfer`: turn the connection that it names into a fax's."""
        file_id = hashable(message.get("fileid"))
        if file_id:
            if file_id not in self.faxes:
                raise Drop(f"there is no fax {file_id!r}")
            if message.get("command") == _ANNOUNCE:
                self._begin(client, self.faxes[file_id], message.get("socketref"), clients)
        self._site.outbox.reply(client, warning(message, "return_is_none"))

    def is_transfer(self, client: Client) -> bool:
        """Tell whether a connection carries a fax, and no messages."""
        return client in self._transfers

    def receive(self, client: Client, data: bytes) -> None:
        """Take the next part of a fax."""
        sender, fax, received = self._transfers[client]
        received += data
        if len(received) > _SIZE_LIMIT:
            raise Drop("too long a fax")
        if received.endswith(b"\n"):
            self._arrive(fax, bytes(received), sender)
            received.clear()

    def forget(self, client: Client) -> None:
        """Note that a connection is gone."""
        self._transfers.pop(client, None)

    def _begin(
        self, sender: Client, fax: Fax, reference: object, clients: Iterable[Client]
    ) -> None:
        for client in clients:
            if reference == client.address and client is not sender:
                if client.login_timer is not None:
                    client.login_timer.cancel()
                self._site.outbox.remove(client)
                self._transfers[client] = sender, fax, bytearray()

    def _arrive(self, fax: Fax, data: bytes, sender: Client) -> None:
        """Have a fax whole: Asterisk is asked to send it, and says that it will."""
        try:
            fax.document = base64.b64decode(data.strip(), validate=True)
        except binascii.Error as error:
            raise Drop(f"not base64: {error}") from error
        if sender in self._site.outbox:
            answer = {"class": "ipbxcommand", "command": "sendfax", "replyid": fax.id}
            self._site.outbox.reply(sender, {**answer, "response": "ok"})

    def _tell_progress(self, client: Client, fax: Fax) -> None:
        assert fax.document is not None
        self._site.outbox.reply(
            client, {"class": "fax_progress", "status": "PRESENDFAX", "pages": None}
        )
        is_pdf = fax.document.startswith(b"%PDF")
        progress = (
            {"status": "SUCCESS", "pages": "1"} if is_pdf else {"status": "FAILED", "pages": None}
        )
        self._site.outbox.reply(client, {"class": "fax_progress", **progress})
