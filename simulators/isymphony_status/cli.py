"""The command line's options for this system, and what they make."""

import argparse
import time
from typing import TYPE_CHECKING

from simulators import arguments
from simulators.system import System

from .controls import Controls
from .default_office import default_office
from .server import Echo, Scenario, StatusSimulator

if TYPE_CHECKING:
    from simulators.operations import Operation

PORT = 50_002  # vendor's page, section Connecting


def _add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--extensions", type=arguments.count, default=60, help="in all; default: %(default)s")
    add("--locations", type=arguments.count, default=2, help="default: %(default)s")
    add("--tenants", type=arguments.count, default=3, help="in each location; default: %(default)s")
    add("--seed", type=int, default=0, help="the same seed makes the same office and day")
    add("--clock", type=int, metavar="UNIX_TIME", help="stop the clock, to repeat a run exactly")
    add("--scenario", type=Scenario, choices=list(Scenario), default=Scenario.OFFICE_DAY)
    add("--rate", type=arguments.rate, default=0.5, help="events a second; default: %(default)s")
    add(
        "--echo",
        type=Echo,
        choices=list(Echo),
        default=Echo.MIXED,
        help="a client's event of its own change comes before or after the reply, or not at all",
    )
    add("--interleave", type=arguments.count, default=0, help="people's changes amid each report")


def _simulator(options: argparse.Namespace) -> StatusSimulator:
    now = options.clock
    office = default_office(
        options.extensions,
        locations=options.locations,
        tenants=options.tenants,
        seed=options.seed,
        now=now,
    )
    return StatusSimulator(
        office,
        options.host,
        options.port,
        seed=options.seed,
        echo=options.echo,
        interleave=options.interleave,
        scenario=options.scenario,
        rate=options.rate,
        clock=time.time if now is None else lambda: now,
    )


def _operations(simulator: StatusSimulator) -> dict[str, Operation]:
    return Controls(simulator).operations()


SYSTEM = System(
    summary="iSymphony 2: the Status TCP interface",
    port=PORT,
    add_options=_add_options,
    simulator=_simulator,
    operations=_operations,
)
