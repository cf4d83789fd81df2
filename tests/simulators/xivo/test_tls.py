import asyncio
import json
import ssl
from typing import TYPE_CHECKING
import warnings

import pytest

from simulators.tls import server_context
from simulators.xivo import Release
from tests.simulators.xivo.conftest import running
from tests.simulators.xivo.wire import XivoClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from simulators.xivo import XivoSimulator

LOGIN = b'{"class": "login_id", "company": "c", "ident": "i", "userlogin": "alice", "xivoversion": "1.2"}\n'


@pytest.fixture(scope="module")
def modern() -> ssl.SSLContext:
    return server_context()


def trusting(*, as_old: bool = False) -> ssl.SSLContext:
    """Return a client's side that trusts anyone, and if need be speaks as of old."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if as_old:
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
    return context


async def ask(port: int, context: ssl.SSLContext) -> tuple[str, str | None]:
    """Log in half; return the answer's class and what was spoken."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    writer.write(LOGIN)
    answer = json.loads(await reader.readline())
    spoken = writer.get_extra_info("ssl_object").version()
    writer.close()
    await writer.wait_closed()
    return answer["class"], spoken


async def test_tls_is_spoken_from_the_first_byte(modern: ssl.SSLContext) -> None:
    async with running(tls=modern) as simulator:
        assert await ask(simulator.port, trusting()) == ("login_id", "TLSv1.3")


async def test_plain_text_to_a_tls_port_is_not_answered(modern: ssl.SSLContext) -> None:
    async with running(tls=modern) as simulator, XivoClient(simulator.port) as client:
        client.send(LOGIN)
        assert b"class" not in await client.rest()


async def test_an_old_server_speaks_tls_1_0_alone() -> None:
    async with running(tls=server_context(only_tls_1_0=True)) as simulator:
        assert await ask(simulator.port, trusting(as_old=True)) == ("login_id", "TLSv1")
        with pytest.raises(OSError):  # noqa: PT011 - an SSLError, or the end of the connection
            await ask(simulator.port, trusting())


class TestStartTls:
    @pytest.fixture
    async def simulator(self, modern: ssl.SSLContext) -> AsyncIterator[XivoSimulator]:
        async with running(release=Release.R15_20, starttls=modern) as simulator:
            yield simulator

    async def test_the_server_offers_it_first_and_goes_on_in_tls(
        self, simulator: XivoSimulator
    ) -> None:
        async with XivoClient(simulator.port) as client:
            assert await client.next() == {"class": "starttls"}
            client.say("starttls", status=True)
            assert await client.next() == {"class": "starttls", "starttls": True}
            await client.writer.start_tls(trusting())
            assert (await client.log_in("alice", "alice-pw"))["userid"] == "1"

    @pytest.mark.parametrize("answers", [True, False])
    async def test_who_does_not_want_it_goes_on_plainly(
        self, simulator: XivoSimulator, *, answers: bool
    ) -> None:
        async with XivoClient(simulator.port) as client:
            await client.next()
            if answers:
                client.say("starttls", status=False)
            assert (await client.log_in("alice", "alice-pw"))["userid"] == "1"

    async def test_what_is_pushed_during_the_handshake_comes_after_it(
        self, simulator: XivoSimulator
    ) -> None:
        async with XivoClient(simulator.port) as client:
            await client.next()
            client.say("starttls", status=True)
            await client.next()
            simulator.users.set_presence(simulator.office.user("1"), "away")
            simulator.end_turn()
            await client.writer.start_tls(trusting())
            assert (await client.next())["config"] == {"enablednd": False}
            assert (await client.next())["status"] == {"availstate": "away"}

    async def test_a_failed_handshake_ends_the_connection(self, simulator: XivoSimulator) -> None:
        async with XivoClient(simulator.port) as client:
            await client.next()
            client.say("starttls", status=True)
            await client.next()
            client.send(b"this is no handshake\n" * 10)
            assert b"class" not in await client.rest()
        while simulator.clients:
            simulator.moved.clear()
            await simulator.moved.wait()
        assert not simulator.listener.connections

    async def test_earlier_releases_offer_nothing(self, modern: ssl.SSLContext) -> None:
        async with (
            running(release=Release.R15_01, starttls=modern) as simulator,
            XivoClient(simulator.port) as client,
        ):
            await client.log_in("alice", "alice-pw")
            client.say("starttls", status=True)
            assert await client.all() == []
