"""Faxes: a PDF document to a number, in two ways, and what the server says of it.

From 15.18 on the document travels in the command. Before, it travels on a second connection, on which
nobody logs in and the server says nothing:

    faxsend  ──▶  fileid  ──▶  second connection  ──▶  filetransfer, which names it by our address
             ──▶  go-ahead  ──▶  the document on the second connection, which is closed then

No server tells its release. But one that takes files on a second connection warns when it is told of none,
and a later one does not know what it is told, and is silent.

In both ways Asterisk's word comes last: that it sends the fax, not that somebody received it (how it fares
is told by FaxProgress, from 15.11 on). Nothing in it names a fax that we know, so one is sent at a time.

Source: how servers and the vendor's own client do it; the page "CTI Protocol" has it not.
"""

import asyncio

from ..system import InvalidFile, NoAnswer, NotConfirmed, NotSupportedByRelease, Refused
from .client import XivoClient
from .codec import CodecError, encode_file
from .messages import (
    AnnounceFile,
    CommandResult,
    FaxAccepted,
    FindFileTransfer,
    Message,
    SendFax,
    SendFaxData,
    Warned,
)

# Until Asterisk has been told, in seconds: the server turns the document into an image before.
RESULT_TIMEOUT = 30.0
_PDF = b"%PDF-"
# What the server is told that it is called; nobody sees that.
_FILENAME = "fax.pdf"


async def send_fax(client: XivoClient, number: str, document: bytes) -> None:
    """Send a fax from the logged-in user, with the user's number shown; return when it is being sent.

    Raises:
        InvalidFile: this is no PDF document, or one that is too long.
        CodecError: this is no number.
        NotConnected, CannotConnect, EncryptionFailed: nothing was sent.
        Refused: Asterisk does not take it.
        NotConfirmed: the server has the document, but does not say what becomes of it.
        ConnectionLost: it is not known what becomes of it.
    """
    if not document.startswith(_PDF):
        raise InvalidFile
    try:
        encoded = await asyncio.to_thread(encode_file, document)
    except CodecError as error:
        raise InvalidFile from error
    async with client.fax_turn:
        try:
            if await _takes_second_connection(client):
                taken = await _send_apart(client, SendFax(number, _FILENAME), document, encoded)
            else:
                taken = await _send_within(client, SendFaxData(number, _FILENAME, document))
        except NoAnswer as error:
            raise NotConfirmed from error
    if not taken:
        raise Refused(reason="sendfax: ko")


async def _takes_second_connection(client: XivoClient) -> bool:
    try:
        return await client.request(FindFileTransfer(), _go_ahead, prompt=True)
    except NotSupportedByRelease:
        return False


async def _send_apart(
    client: XivoClient, command: SendFax, document: bytes, encoded: bytes
) -> bool:
    """Send it on a second connection, and return what Asterisk says."""
    file_id = await client.request(command, _file_id)
    second = await client.connect_again(lambda _: None, lambda _: None)

    def result(message: Message) -> bool | None:
        if _go_ahead(message):
            second.write(encoded)
            second.close()
        return _result(message)

    try:
        address = "{}:{}".format(*second.local_address)
        announcement = AnnounceFile(file_id, address, command.filename, len(document))
        return await client.request(announcement, result, timeout=RESULT_TIMEOUT)
    finally:
        second.abort()


async def _send_within(client: XivoClient, command: SendFaxData) -> bool:
    """Send it in the command, and return what Asterisk says."""
    return await client.request(command, _result, timeout=RESULT_TIMEOUT, is_large=True)


def _file_id(message: Message) -> str | None:
    return message.file_id if isinstance(message, FaxAccepted) else None


def _go_ahead(message: Message) -> bool | None:
    return True if isinstance(message, Warned) and message.about == "filetransfer" else None


def _result(message: Message) -> bool | None:
    if isinstance(message, CommandResult) and message.command == "sendfax":
        return message.ok
    return None
