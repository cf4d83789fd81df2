import asyncio
from contextlib import asynccontextmanager
import json
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from simulators.__main__ import SYSTEMS, main
from tests.simulators.wire import ControlClient, LineClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def started(
    *arguments: str, system: str = "isymphony_status"
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "simulators",
        system,
        *("--port", "0", "--scenario", "none", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_says_where_it_listens_and_stops_at_a_signal(number: signal.Signals) -> None:
    async with started("--control-port", "0", "--extensions", "7") as process:
        assert process.stdout is not None
        announcement = json.loads(await process.stdout.readline())
        assert announcement == {
            "system": "isymphony_status",
            "host": "127.0.0.1",
            "port": announcement["port"],
            "control_port": announcement["control_port"],
            "username": None,
            "password": None,
        }
        async with (
            LineClient(announcement["port"]) as client,
            ControlClient(announcement["control_port"]) as control,
        ):
            await client.is_in_step()
            assert (await control.do("clients"))["clients"] == 1
            process.send_signal(number)
            assert await client.rest() == b""
        assert await process.communicate() == (b"", b"")
        assert process.returncode == 0


async def test_xivo_says_who_may_log_in() -> None:
    async with started("--until-eof", "--tls", system="xivo") as process:
        assert process.stdout is not None
        announcement = json.loads(await process.stdout.readline())
        assert announcement["system"] == "xivo"
        assert (announcement["username"], announcement["password"]) == ("100", "demo")
        assert await process.communicate() == (b"", b"")
        assert process.returncode == 0


async def test_oktell_says_who_serves() -> None:
    async with started("--until-eof", "--tls", "--refuse-post", system="oktell") as process:
        assert process.stdout is not None
        announcement = json.loads(await process.stdout.readline())
        assert announcement["system"] == "oktell"
        assert (announcement["username"], announcement["password"]) == ("hass", "demo")
        assert await process.communicate() == (b"", b"")
        assert process.returncode == 0


_WITHOUT_AIOHTTP = (
    "import sys; sys.modules['aiohttp'] = None; import simulators.__main__ as m; m.main()"
)


@pytest.mark.parametrize("system", ["isymphony_status", "xivo"])
async def test_a_system_needs_nothing_that_only_another_needs(system: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _WITHOUT_AIOHTTP, system, "--help"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    stdout, stderr = await process.communicate()
    assert (process.returncode, stderr) == (0, b"")
    assert system.encode() in stdout


async def test_the_general_help_names_every_system(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    told = capsys.readouterr().out
    assert all(name in told for name in SYSTEMS)


async def test_isymphony_live_tells_the_vendors_credentials() -> None:
    async with started("--until-eof", "--tls", "--conferences", system="isymphony_live") as process:
        assert process.stdout is not None
        announcement = json.loads(await process.stdout.readline())
        assert announcement["system"] == "isymphony_live"
        credentials = announcement["username"], announcement["password"]
        assert credentials == ("manager", "manag3rpa55word")
        assert await process.communicate() == (b"", b"")
        assert process.returncode == 0


async def test_it_stops_when_its_stdin_ends() -> None:
    async with started("--until-eof") as process:
        assert process.stdout is not None
        assert json.loads(await process.stdout.readline())["control_port"] is None
        assert await process.communicate() == (b"", b"")
        assert process.returncode == 0


async def test_a_port_that_is_taken_is_an_error_in_words() -> None:
    taken = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    async with taken, started("--port", str(taken.sockets[0].getsockname()[1])) as process:
        stdout, stderr = await process.communicate()
        assert stdout == b""
        assert stderr.startswith(b"Cannot listen: ")
        assert b"Traceback" not in stderr
        assert process.returncode == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["no_such_system"],
        ["isymphony_status", "--port", "65536"],
        ["isymphony_status", "--rate", "0"],
        ["isymphony_status", "--extensions", "-1"],
        ["isymphony_status", "--scenario", "night-shift"],
        ["xivo", "--release", "13.01"],
        ["xivo", "--office", "empty"],
        ["xivo", "--agents", "-1"],
        ["xivo", "--rate", "0"],
        ["isymphony_live", "--release", "2.8"],
        ["isymphony_live", "--conferences", "-1"],
        ["isymphony_live", "--rate", "0"],
        ["oktell", "--authorization", "digest"],
        ["oktell", "--encoding", "latin-1"],
        ["oktell", "--groups", "-1"],
        ["oktell", "--rate", "0"],
    ],
)
def test_wrong_arguments_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
