"""The command line's options for this system, and what they make."""

import argparse
from enum import StrEnum
import time
from typing import TYPE_CHECKING

from simulators import arguments
from simulators.system import System

from .controls import Controls
from .default_office import default_office
from .recorded_office import recorded_office
from .releases import Release
from .server import Scenario, XivoSimulator

if TYPE_CHECKING:
    from simulators.operations import Operation

PORT = 5003


class OfficeChoice(StrEnum):
    """Which office to be the telephone system of."""

    DEFAULT = "default"
    RECORDED = "recorded"


def _add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--release", type=Release, choices=list(Release), default=Release.R15_01)
    add(
        "--office",
        type=OfficeChoice,
        choices=list(OfficeChoice),
        default=OfficeChoice.DEFAULT,
        help="recorded: that of the recorded conversations, with an Asterisk that does nothing",
    )
    add("--extensions", type=arguments.count, default=40, help="users; default: %(default)s")
    add("--agents", type=arguments.count, default=8, help="default: %(default)s")
    add("--queues", type=arguments.count, default=3, help="default: %(default)s")
    add("--seed", type=int, default=0, help="the same seed makes the same office and day")
    add("--clock", type=int, metavar="UNIX_TIME", help="stop the clock, to repeat a run exactly")
    add("--scenario", type=Scenario, choices=list(Scenario), default=Scenario.OFFICE_DAY)
    add("--rate", type=arguments.rate, default=0.5, help="pushes a second; default: %(default)s")
    add("--tls", action="store_true", help="speak TLS from the first byte, as on port 5013")
    add("--tls-1-0", action="store_true", help="speak TLS 1.0 and nothing else, as old servers do")
    add(
        "--starttls",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="offer TLS on the plain port, from release 15.20 on",
    )
    add(
        "--answers-after",
        type=arguments.rate,
        default=3.0,
        metavar="SECONDS",
        help="until a call that a client made is answered; default: %(default)s",
    )


def _simulator(options: argparse.Namespace) -> XivoSimulator:
    now = options.clock
    is_recorded = options.office is OfficeChoice.RECORDED
    office = (
        recorded_office()
        if is_recorded
        else default_office(
            options.extensions,
            agents=options.agents,
            queues=options.queues,
            seed=options.seed,
            now=now,
        )
    )
    return XivoSimulator(
        office,
        options.host,
        options.port,
        release=options.release,
        seed=options.seed,
        is_silent=is_recorded,
        answers_after=options.answers_after,
        tls=arguments.tls(only_tls_1_0=options.tls_1_0) if options.tls or options.tls_1_0 else None,
        starttls=arguments.tls() if options.starttls and options.release.offers_starttls else None,
        scenario=Scenario.NONE if is_recorded else options.scenario,
        rate=options.rate,
        clock=time.time if now is None else lambda: now,
    )


def _operations(simulator: XivoSimulator) -> dict[str, Operation]:
    return Controls(simulator).operations()


SYSTEM = System(
    summary="XiVO: the CTI server",
    port=PORT,
    add_options=_add_options,
    simulator=_simulator,
    operations=_operations,
)
