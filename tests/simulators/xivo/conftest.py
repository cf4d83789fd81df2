"""The recorded office with phones that ring, and those who talk to it."""

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from simulators.control import ControlPort
from simulators.xivo import PASSWORDS, Controls, Office, Release, XivoSimulator, recorded_office
from tests.simulators.wire import ControlClient
from tests.simulators.xivo.wire import XivoClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Clock:
    """A time that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def running(office: Office | None = None, **options: Any) -> AsyncIterator[XivoSimulator]:
    async with XivoSimulator(office or recorded_office(), **options) as simulator:
        yield simulator


@asynccontextmanager
async def logged_in(
    simulator: XivoSimulator, login: str, state: str = ""
) -> AsyncIterator[XivoClient]:
    async with XivoClient(simulator.port) as client:
        await client.log_in(login, PASSWORDS[login], state)
        yield client


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def release() -> Release:
    return Release.R15_01


@pytest.fixture
async def simulator(clock: Clock, release: Release) -> AsyncIterator[XivoSimulator]:
    async with running(clock=clock, release=release) as simulator:
        yield simulator


@pytest.fixture
async def client(simulator: XivoSimulator) -> AsyncIterator[XivoClient]:
    """Carol's client: a supervisor who watches."""
    async with logged_in(simulator, "carol") as client:
        yield client


@pytest.fixture
async def other(simulator: XivoSimulator) -> AsyncIterator[XivoClient]:
    """Alice's client."""
    async with logged_in(simulator, "alice") as client:
        yield client


@pytest.fixture
async def control(simulator: XivoSimulator) -> AsyncIterator[ControlClient]:
    async with (
        ControlPort(Controls(simulator).operations()) as port,
        ControlClient(port.port) as client,
    ):
        yield client
