"""An office of twelve extensions at a server whose time stands still and whose calls wait to be answered.

100 to 105 have a user each, 106 is the second one of 105's, 108 is nobody's, and 110's user is not licensed.
"""

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiohttp import ClientSession
import pytest

from simulators.control import ControlPort
from simulators.isymphony_live import (
    Controls,
    CoreServer,
    LiveSimulator,
    Settings,
    Status,
    default_office,
)
from tests.simulators.isymphony_live.wire import HttpClient, SocketClient, basic
from tests.simulators.wire import ControlClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = 1_700_000_000.0


@asynccontextmanager
async def running(
    *, settings: Settings | None = None, servers: int = 1, **options: Any
) -> AsyncIterator[LiveSimulator]:
    """A server at which everyone is available, and 100 is the only agent: at 5001, and not paused."""
    office = default_office(12, agents=0, queues=2, servers=servers)
    for server in office.servers.values():
        for user in server.users.values():
            user.status = office.give_id(Status())
    options.setdefault("clock", lambda: NOW)
    async with LiveSimulator(office, settings=settings, **options) as simulator:
        for server in office.servers.values():
            simulator.people.log_in_agent(server, server.queue("5001"), server.extension("100"))
        yield simulator


@asynccontextmanager
async def connected(simulator: LiveSimulator, **options: Any) -> AsyncIterator[SocketClient]:
    url = f"http://127.0.0.1:{simulator.port}/communication_manager/ws/event"
    options.setdefault("headers", basic())
    async with ClientSession() as session, session.ws_connect(url, **options) as socket:
        yield SocketClient(socket)


@pytest.fixture
async def simulator() -> AsyncIterator[LiveSimulator]:
    async with running() as simulator:
        yield simulator


@pytest.fixture
def server(simulator: LiveSimulator) -> CoreServer:
    return simulator.office.server()


@pytest.fixture
async def http(simulator: LiveSimulator) -> AsyncIterator[HttpClient]:
    async with ClientSession() as session:
        yield HttpClient(session, simulator.port)


@pytest.fixture
async def client(simulator: LiveSimulator) -> AsyncIterator[SocketClient]:
    """A client that receives all events."""
    async with connected(simulator) as client:
        assert await client.filter(("type", "*")) == {"success": True}
        yield client


@pytest.fixture
async def control(simulator: LiveSimulator) -> AsyncIterator[ControlClient]:
    async with (
        ControlPort(Controls(simulator).operations()) as port,
        ControlClient(port.port) as client,
    ):
        yield client
