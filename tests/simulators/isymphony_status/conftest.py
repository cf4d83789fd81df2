"""A small office behind a socket, and those who talk to it."""

from typing import TYPE_CHECKING

import pytest

from simulators.control import ControlPort
from simulators.isymphony_status import (
    Controls,
    Echo,
    Office,
    Spelling,
    StatusPrefix,
    StatusSimulator,
)
from tests.simulators.wire import ControlClient, LineClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
def office() -> Office:
    office = Office()
    office.add_location("Head Office")
    office.add_tenant("Head Office", "Sales", ("Available", "Away", "Out to Lunch"))
    office.add_tenant("Head Office", "Support", ("Available", "Busy"))
    office.add_location("Harbour Branch")
    office.add_tenant("Harbour Branch", "Sales", ("Available",))
    office.add_extension("Head Office", "Sales", "100")
    office.add_extension("Head Office", "Sales", "101")
    office.add_extension("Head Office", "Support", "102")
    office.add_extension("Harbour Branch", "Sales", "103")
    office.set_status("Head Office", "Sales", "101", "Out to Lunch")
    office.set_note("Head Office", "Sales", "101", "Mittag im Löwen\n☎ Срочный заказ")
    office.set_return_time("Head Office", "Sales", "101", 1_700_000_000)
    return office


@pytest.fixture
async def simulator(office: Office) -> AsyncIterator[StatusSimulator]:
    spelling = Spelling(status_prefix=StatusPrefix.WITH_DELIMITER)
    async with StatusSimulator(office, echo=Echo.AFTER, spelling=spelling) as simulator:
        yield simulator


@pytest.fixture
async def client(simulator: StatusSimulator) -> AsyncIterator[LineClient]:
    async with LineClient(simulator.port) as client:
        await client.is_in_step()
        yield client


@pytest.fixture
async def other(simulator: StatusSimulator) -> AsyncIterator[LineClient]:
    async with LineClient(simulator.port) as client:
        await client.is_in_step()
        yield client


@pytest.fixture
async def control(simulator: StatusSimulator) -> AsyncIterator[ControlClient]:
    async with (
        ControlPort(Controls(simulator).operations()) as port,
        ControlClient(port.port) as client,
    ):
        yield client
