import asyncio
import base64
from collections.abc import AsyncIterator, Callable
import threading

import pytest

from custom_components.office_cti.telephony.system import (
    CannotConnect,
    ConnectionLost,
    Credentials,
    InvalidFile,
    NotConfirmed,
    Refused,
    SystemSettings,
)
from custom_components.office_cti.telephony.xivo import client as client_module, fax as module
from custom_components.office_cti.telephony.xivo.client import Address, XivoClient
from custom_components.office_cti.telephony.xivo.codec import CodecError
from custom_components.office_cti.telephony.xivo.commands import FILE_SIZE
from custom_components.office_cti.telephony.xivo.fax import send_fax
from custom_components.office_cti.telephony.xivo.login import Sessions
from simulators.xivo import Release, XivoSimulator, default_office

from ..waiting import until
from .scripted import Ears, Peer, ScriptedServer, Wire, kept_alive, phone_status

PDF = b"%PDF-1.4\n" + bytes(range(256)) * 2_000
FILE_ID = "aB3dE5fG7h"


@pytest.fixture
async def client(server: ScriptedServer, ears: Ears) -> AsyncIterator[XivoClient]:
    client = await XivoClient.connect(
        Address("127.0.0.1", server.port), ears.messages.append, ears.oddities.append
    )
    yield client
    client.abort()


@pytest.fixture
async def peer(server: ScriptedServer, client: XivoClient) -> Peer:
    return await server.accepts()


def send(client: XivoClient, document: bytes = PDF) -> asyncio.Task[None]:
    return asyncio.create_task(send_fax(client, "41400", document))


def warned(wire: Wire) -> Wire:
    return {
        "class": wire["class"],
        "replyid": wire["commandid"],
        "warning_string": "return_is_none",
    }


def result(word: str) -> Wire:
    return {"class": "ipbxcommand", "command": "sendfax", "response": word, "replyid": FILE_ID}


async def takes_second_connection(peer: Peer) -> None:
    """Answer the question that tells the release, as one before 15.18 does."""
    question = await peer.hears("filetransfer")
    keepalive = await peer.hears("keepalive")
    peer.says(warned(question), kept_alive(keepalive))


async def takes_data(peer: Peer) -> None:
    """Leave it unanswered, as 15.18 and later do."""
    await peer.hears("filetransfer")
    await peer.keeps_alive()


async def is_announced(peer: Peer, server: ScriptedServer) -> tuple[Wire, Peer]:
    """Go along until the file is announced; return the announcement and the second connection."""
    await takes_second_connection(peer)
    wire = await peer.hears("faxsend", destination="41400", filename="fax.pdf", hide="0")
    assert "data" not in wire
    peer.says({"class": "faxsend", "fileid": FILE_ID, "replyid": wire["commandid"]})
    second = await server.accepts()
    wire = await peer.hears("filetransfer", command="put_announce", format="base64")
    assert wire["fileid"] == FILE_ID
    return wire, second


# --- on a second connection --------------------------------------------------------------------


async def test_until_15_17_it_goes_on_a_second_connection(
    client: XivoClient, peer: Peer, server: ScriptedServer, ears: Ears
) -> None:
    sending = send(client)
    announcement, second = await is_announced(peer, server)
    encoded = base64.b64encode(PDF) + b"\n"
    assert announcement["socketref"] == second.other_address
    assert announcement["file_size"] == len(PDF)
    assert announcement["formatted_size"] == len(encoded) - 1
    second.says(phone_status("1"))  # broadcasts come there, too, and are nobody's news
    peer.says(warned(announcement))
    received = b""
    while part := await second.hears_something():
        received += part
    assert received == encoded  # and then the other's end of file
    assert not sending.done()
    peer.says(result("ok"))
    await sending
    assert ears.oddities == []
    assert server.accepted == 2


async def test_a_file_is_not_sent_before_the_go_ahead(
    client: XivoClient, peer: Peer, server: ScriptedServer
) -> None:
    sending = send(client)
    _, second = await is_announced(peer, server)
    probe = asyncio.create_task(client.probe())
    await peer.keeps_alive()
    await probe
    sending.cancel()
    await asyncio.wait((sending,))
    assert not await second.hears_something()


async def test_asterisk_may_not_take_it(
    client: XivoClient, peer: Peer, server: ScriptedServer
) -> None:
    sending = send(client)
    announcement, _ = await is_announced(peer, server)
    peer.says(warned(announcement), result("ko"))
    with pytest.raises(Refused):
        await sending


async def test_a_server_that_says_nothing_more_has_not_confirmed_it(
    client: XivoClient, peer: Peer, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RESULT_TIMEOUT", 0.01)
    sending = send(client)
    await is_announced(peer, server)
    with pytest.raises(NotConfirmed):
        await sending


async def test_a_server_that_takes_no_second_connection(
    client: XivoClient, peer: Peer, server: ScriptedServer
) -> None:
    sending = send(client)
    await takes_second_connection(peer)
    wire = await peer.hears("faxsend")
    server.stops_listening()
    peer.says({"class": "faxsend", "fileid": FILE_ID, "replyid": wire["commandid"]})
    with pytest.raises(CannotConnect):
        await sending


# --- in the command ----------------------------------------------------------------------------


async def test_from_15_18_on_it_goes_in_the_command(
    client: XivoClient, peer: Peer, server: ScriptedServer, ears: Ears
) -> None:
    sending = send(client)
    await takes_data(peer)
    wire = await peer.hears("faxsend", destination="41400", filename="fax.pdf", size=len(PDF))
    assert base64.b64decode(wire["data"], validate=True) == PDF
    peer.says(warned(wire), {"class": "fax_progress", "status": "PRESENDFAX", "pages": None})
    await ears.hear(2)
    assert not sending.done()
    peer.says(result("ok"))
    await sending
    assert server.accepted == 1
    assert ears.oddities == []


async def test_two_faxes_are_sent_one_after_the_other(client: XivoClient, peer: Peer) -> None:
    first, second = send(client), send(client)
    for sending, word in ((first, "ko"), (second, "ok")):
        await takes_data(peer)
        await peer.hears("faxsend")
        peer.says(result(word))
        await asyncio.wait((sending,))
    assert isinstance(first.exception(), Refused)
    assert second.exception() is None


# --- how large it may be -----------------------------------------------------------------------


async def test_a_document_is_not_encoded_on_the_loop(
    client: XivoClient, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoders: list[tuple[str, threading.Thread]] = []

    def noted[**P](encode: Callable[P, bytes]) -> Callable[P, bytes]:
        def note(*args: P.args, **kwargs: P.kwargs) -> bytes:
            encoders.append((type(args[0]).__name__, threading.current_thread()))
            return encode(*args, **kwargs)

        return note

    monkeypatch.setattr(module, "encode_file", noted(module.encode_file))
    monkeypatch.setattr(client_module, "encode", noted(client_module.encode))
    sending = send(client)
    await takes_data(peer)
    await peer.hears("faxsend")
    peer.says(result("ok"))
    await sending
    apart = [what for what, thread in encoders if thread is not threading.current_thread()]
    assert apart == ["bytes", "SendFaxData"]


# --- a whole server ----------------------------------------------------------------------------


@pytest.mark.parametrize("release", [Release.R14_12, Release.R15_01, Release.R15_19])
async def test_a_whole_server_has_the_document(release: Release, ears: Ears) -> None:
    async with XivoSimulator(default_office(2), release=release) as simulator:
        sessions = Sessions(SystemSettings(host="127.0.0.1", port=simulator.port))
        credentials = Credentials(simulator.username, simulator.password)
        client, _ = await sessions.open(credentials, ears.messages.append, ears.oddities.append)
        sending = send(client)
        faxes = simulator.requests.faxes.faxes
        await until(lambda: [each for each in faxes.values() if each.document])
        (fax,) = faxes.values()
        assert (fax.document, fax.destination) == (PDF, "41400")
        sending.cancel()
        await asyncio.wait((sending,))
        await client.leave()
        assert not simulator.dropped


# --- what is not sent --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [b"", b"II*\0 a picture", b"%PDF-1.4" + bytes(FILE_SIZE)],
    ids=["nothing", "another kind", "too long"],
)
async def test_what_is_no_pdf_or_too_long_is_not_sent(
    client: XivoClient, peer: Peer, document: bytes
) -> None:
    with pytest.raises(InvalidFile):
        await send_fax(client, "41400", document)
    await client.leave()
    await peer.hears_nothing_more()


async def test_what_is_no_number_is_not_sent(client: XivoClient, peer: Peer) -> None:
    sending = asyncio.create_task(send_fax(client, "1\n2", PDF))
    await takes_data(peer)
    with pytest.raises(CodecError):
        await sending
    await client.leave()
    await peer.hears_nothing_more()


async def test_a_connection_that_ends_meanwhile(client: XivoClient, peer: Peer) -> None:
    sending = send(client)
    await takes_data(peer)
    await peer.hears("faxsend")
    peer.hangs_up()
    with pytest.raises(ConnectionLost):
        await sending
