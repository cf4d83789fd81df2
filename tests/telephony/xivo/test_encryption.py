import asyncio
from collections.abc import Iterator

import pytest

from custom_components.office_cti.telephony.system import (
    CertificateNotTrusted,
    Encryption,
    EncryptionFailed,
)
from custom_components.office_cti.telephony.xivo import client as client_module, encryption
from custom_components.office_cti.telephony.xivo.client import Address, XivoClient
from custom_components.office_cti.telephony.xivo.messages import Hint, ListName, Status

from ..certificates import Certificate
from ..waiting import until
from .scripted import Ears, Peer, ScriptedServer, phone_status

OFFER = {"class": "starttls"}
GO = {"class": "starttls", "starttls": True}


@pytest.fixture
def somebody_vouches(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have this machine trust the test's certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    encryption._strict.cache_clear()
    yield
    encryption._strict.cache_clear()


async def connect(
    server: ScriptedServer, ears: Ears, kind: Encryption, *, verify: bool = False
) -> XivoClient:
    address = Address("127.0.0.1", server.port, kind, verify)
    return await XivoClient.connect(address, ears.messages.append, ears.oddities.append)


async def talk(client: XivoClient, peer: Peer, ears: Ears) -> None:
    """Have both say much, more than one record and one buffer hold."""
    peer.says(*[phone_status(str(phone), "8") for phone in range(1_000)])
    messages = await ears.hear(1_000)
    assert messages == [
        Status(ListName.PHONES, str(phone), {"hint": Hint.RINGING}) for phone in range(1_000)
    ]
    probe = asyncio.create_task(client.probe())
    await peer.keeps_alive()
    await probe
    await client.leave()
    assert client.closed.done()
    await peer.hears_nothing_more()


# --- from the start ----------------------------------------------------------------------------


@pytest.mark.parametrize("verify", [False, True])
async def test_tls_from_the_start(
    certificate: Certificate, somebody_vouches: None, ears: Ears, *, verify: bool
) -> None:
    async with ScriptedServer(certificate.context()) as server:
        client = await connect(server, ears, Encryption.TLS, verify=verify)
        assert client.encrypted
        peer = await server.accepts()
        assert peer.tls_version == "TLSv1.3"
        await talk(client, peer, ears)


async def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    certificate: Certificate, ears: Ears
) -> None:
    async with ScriptedServer(certificate.context()) as server:
        with pytest.raises(CertificateNotTrusted) as caught:
            await connect(server, ears, Encryption.TLS, verify=True)
    assert caught.value.values == {"host": "127.0.0.1"}


async def test_a_server_that_knows_tls_1_0_only_is_not_spoken_to_unless_one_says_so(
    certificate: Certificate, ears: Ears
) -> None:
    async with ScriptedServer(certificate.context_of_old()) as server:
        with pytest.raises(EncryptionFailed):
            await connect(server, ears, Encryption.TLS)


async def test_tls_1_0(certificate: Certificate, ears: Ears) -> None:
    async with ScriptedServer(certificate.context_of_old()) as server:
        client = await connect(server, ears, Encryption.TLS_1_0, verify=True)
        peer = await server.accepts()
        assert peer.tls_version == "TLSv1"
        await talk(client, peer, ears)


async def test_tls_with_a_server_that_speaks_plainly_fails(
    server: ScriptedServer, ears: Ears
) -> None:
    connecting = asyncio.create_task(connect(server, ears, Encryption.TLS))
    peer = await server.accepts()
    peer.says(phone_status("1"))
    with pytest.raises(EncryptionFailed):
        await connecting
    assert ears.messages == ears.oddities == []


async def test_a_server_that_hangs_up_on_the_handshake_fails_it(
    server: ScriptedServer, ears: Ears
) -> None:
    connecting = asyncio.create_task(connect(server, ears, Encryption.TLS))
    (await server.accepts()).hangs_up()
    with pytest.raises(EncryptionFailed):
        await connecting


async def test_a_handshake_that_does_not_end_is_given_up(
    server: ScriptedServer, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encryption, "HANDSHAKE_TIMEOUT", 0.01)
    with pytest.raises(EncryptionFailed):
        await connect(server, ears, Encryption.TLS)


async def test_a_connection_that_is_given_up_during_the_handshake_is_closed(
    server: ScriptedServer, ears: Ears
) -> None:
    connecting = asyncio.create_task(connect(server, ears, Encryption.TLS))
    peer = await server.accepts()
    assert await peer.hears_something()  # the other's first word in a handshake
    connecting.cancel()
    await asyncio.wait((connecting,))
    assert connecting.cancelled()
    assert not await peer.hears_something()


async def test_a_hang_up_under_tls_is_a_bare_one_and_a_reset_is_not(
    certificate: Certificate, ears: Ears
) -> None:
    async with ScriptedServer(certificate.context()) as server:
        for how in ("hangs_up", "cuts", "breaks"):
            client = await connect(server, ears, Encryption.TLS)
            peer = await server.accepts()
            peer.says(phone_status("1"))
            await ears.hear(1)
            getattr(peer, how)()
            await until(client.closed.done)
            assert client.ended_bare is (how != "breaks"), how
            ears.messages.clear()


# --- STARTTLS ----------------------------------------------------------------------------------


@pytest.mark.parametrize("verify", [False, True])
async def test_starttls_is_taken_before_anything_is_said(
    server: ScriptedServer,
    certificate: Certificate,
    somebody_vouches: None,
    ears: Ears,
    *,
    verify: bool,
) -> None:
    connecting = asyncio.create_task(connect(server, ears, Encryption.STARTTLS, verify=verify))
    peer = await server.accepts()
    peer.says(OFFER)
    await peer.hears("starttls", status=True)
    peer.says(GO)
    await peer.turns_to_tls(certificate.context())
    client = await connecting
    assert client.encrypted
    await talk(client, peer, ears)


async def test_what_comes_in_clear_after_the_turn_to_tls_does_not_count(
    server: ScriptedServer, certificate: Certificate, ears: Ears
) -> None:
    connecting = asyncio.create_task(connect(server, ears, Encryption.STARTTLS))
    peer = await server.accepts()
    peer.says(phone_status("1", "8"), OFFER)
    await peer.hears("starttls", status=True)
    peer.says(
        b'{"class":"starttls","starttls":true}\n{"class":"dial_success","exten":"1"}\n{"class":"get'
    )
    await peer.turns_to_tls(certificate.context())
    client = await connecting
    peer.says(phone_status("2", "8"))
    assert [each.id for each in await ears.hear(2)] == ["1", "2"]
    assert ears.oddities == []
    client.abort()


async def test_a_server_that_offers_no_starttls_is_not_spoken_to(
    server: ScriptedServer, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "OFFER_TIMEOUT", 0.01)
    connecting = asyncio.create_task(connect(server, ears, Encryption.STARTTLS))
    peer = await server.accepts()
    with pytest.raises(EncryptionFailed):
        await connecting
    await peer.hears_nothing_more()


@pytest.mark.parametrize("when", ["before the offer", "after the offer", "after the answer"])
async def test_a_server_that_hangs_up_over_starttls(
    server: ScriptedServer, ears: Ears, when: str
) -> None:
    connecting = asyncio.create_task(connect(server, ears, Encryption.STARTTLS))
    peer = await server.accepts()
    if when != "before the offer":
        peer.says(OFFER)
        await peer.hears("starttls")
    if when == "after the answer":
        peer.says(GO)
    peer.hangs_up()
    with pytest.raises(EncryptionFailed):
        await connecting


async def test_a_server_that_thinks_better_of_it(server: ScriptedServer, ears: Ears) -> None:
    connecting = asyncio.create_task(connect(server, ears, Encryption.STARTTLS))
    peer = await server.accepts()
    peer.says(OFFER, OFFER)
    await peer.hears("starttls")
    peer.says({"class": "starttls", "starttls": False})
    with pytest.raises(EncryptionFailed):
        await connecting
    await peer.hears_nothing_more()


async def test_a_server_that_never_turns_to_tls(
    server: ScriptedServer, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "REPLY_TIMEOUT", 0.01)
    connecting = asyncio.create_task(connect(server, ears, Encryption.STARTTLS))
    (await server.accepts()).says(OFFER)
    with pytest.raises(EncryptionFailed):
        await connecting


async def test_a_turn_to_tls_that_nobody_asked_for_is_none(
    server: ScriptedServer, ears: Ears
) -> None:
    client = await connect(server, ears, Encryption.AS_OFFERED)
    peer = await server.accepts()
    peer.says(GO, phone_status("1"))
    await ears.hear(1)
    assert ears.oddities == ["an answer to no question"]
    client.abort()
