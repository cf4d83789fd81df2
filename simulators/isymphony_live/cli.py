"""The command line's options for this system, and what they make."""

import argparse
import time
from typing import TYPE_CHECKING

from simulators import arguments
from simulators.scenario import Scenario
from simulators.system import System

from .actions import HELP
from .controls import Controls
from .default_office import default_office
from .server import LiveSimulator
from .settings import Release, Settings

if TYPE_CHECKING:
    from simulators.operations import Operation

PORT = 58_080  # page WebSocket API; with TLS it is 55050


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = HELP
    add = parser.add_argument
    add("--extensions", type=arguments.count, default=30, help="default: %(default)s")
    add("--agents", type=arguments.count, default=6, help="default: %(default)s")
    add("--queues", type=arguments.count, default=3, help="default: %(default)s")
    add(
        "--conferences",
        type=arguments.count,
        nargs="?",
        const=2,
        default=2,
        help="conference rooms; default: %(default)s",
    )
    add(
        "--servers",
        type=arguments.count,
        default=1,
        help="core servers, each with so many of everything; default: %(default)s",
    )
    add("--seed", type=int, default=0, help="the same seed makes the same office and day")
    add("--clock", type=int, metavar="UNIX_TIME", help="stop the clock, to repeat a run exactly")
    add("--scenario", type=Scenario, choices=list(Scenario), default=Scenario.OFFICE_DAY)
    add("--rate", type=arguments.rate, default=0.5, help="changes a second; default: %(default)s")
    add(
        "--release",
        type=Release,
        choices=list(Release),
        default=Release.V3_3,
        help="conference rooms came with 3.3; default: %(default)s",
    )
    add("--password", help="of the user manager; default: the one that every new server has")
    add("--deny-addresses", action="store_true", help="let the access list allow nobody's address")
    add("--tls", action="store_true", help="be HTTPS, with a certificate of its own making")
    add(
        "--answers-after",
        type=arguments.rate,
        default=3.0,
        metavar="SECONDS",
        help="until a call that a client made is answered; default: %(default)s",
    )


def _simulator(options: argparse.Namespace) -> LiveSimulator:
    now = options.clock
    office = default_office(
        options.extensions,
        agents=options.agents,
        queues=options.queues,
        conferences=options.conferences,
        servers=options.servers,
        seed=options.seed,
        now=time.time() if now is None else now,
    )
    settings = Settings(
        release=options.release,
        deny_addresses=options.deny_addresses,
        answers_after=options.answers_after,
    )
    if options.password is not None:
        settings.password = options.password
    return LiveSimulator(
        office,
        options.host,
        options.port,
        settings=settings,
        tls=arguments.tls() if options.tls else None,
        seed=options.seed,
        scenario=options.scenario,
        rate=options.rate,
        clock=time.time if now is None else lambda: now,
    )


def _operations(simulator: LiveSimulator) -> dict[str, Operation]:
    return Controls(simulator).operations()


SYSTEM = System(
    summary="iSymphony 3: the Live REST interface and the event web-socket",
    port=PORT,
    add_options=_add_options,
    simulator=_simulator,
    operations=_operations,
)
