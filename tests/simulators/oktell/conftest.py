"""An office of six at a server whose time stands still and whose calls wait to be answered."""

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiohttp import ClientSession
import pytest

from simulators.control import ControlPort
from simulators.oktell import (
    Controls,
    OktellSimulator,
    Settings,
    Standing,
    User,
    default_office,
)
from tests.simulators.oktell.wire import HttpClient, SocketClient
from tests.simulators.wire import ControlClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = 1_700_000_000.0


@asynccontextmanager
async def running(
    extensions: int = 6, *, settings: Settings | None = None, **options: Any
) -> AsyncIterator[OktellSimulator]:
    office = default_office(extensions, groups=1)
    for user in office.people():
        user.standing = Standing()
    office.groups["900"].members = office.people()[:2]
    async with OktellSimulator(
        office,
        settings=settings or Settings(settles_after=0, unsticks_after=None),
        clock=lambda: NOW,
        **options,
    ) as simulator:
        yield simulator


@asynccontextmanager
async def connected(simulator: OktellSimulator, login: str = "") -> AsyncIterator[SocketClient]:
    async with (
        ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{simulator.port}/", protocols=("json",)) as socket,
    ):
        client = SocketClient(socket)
        if login:
            assert (await client.log_in(login))["result"] == 1
        yield client


@pytest.fixture
async def simulator() -> AsyncIterator[OktellSimulator]:
    async with running() as simulator:
        yield simulator


@pytest.fixture
def alice(simulator: OktellSimulator) -> User:
    """Whoever sits at 100."""
    return simulator.office.user("100")


@pytest.fixture
def bob(simulator: OktellSimulator) -> User:
    """Whoever sits at 101."""
    return simulator.office.user("101")


@pytest.fixture
async def http(simulator: OktellSimulator) -> AsyncIterator[HttpClient]:
    async with ClientSession() as session:
        yield HttpClient(session, simulator.port)


@pytest.fixture
async def client(simulator: OktellSimulator) -> AsyncIterator[SocketClient]:
    """The service user's client, which has subscribed to nothing yet."""
    async with connected(simulator, "hass") as client:
        yield client


@pytest.fixture
async def control(simulator: OktellSimulator) -> AsyncIterator[ControlClient]:
    async with (
        ControlPort(Controls(simulator).operations()) as port,
        ControlClient(port.port) as client,
    ):
        yield client
