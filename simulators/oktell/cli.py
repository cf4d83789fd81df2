"""The command line's options for this system, and what they make."""

import argparse
import time
from typing import TYPE_CHECKING

from simulators import arguments
from simulators.scenario import Scenario
from simulators.system import System

from .controls import Controls
from .default_office import default_office
from .server import OktellSimulator
from .settings import Authorization, Encoding, ReturnValue, Settings

if TYPE_CHECKING:
    from simulators.operations import Operation

PORT = 4055  # page Server HTTP interface


def _add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--webhook", metavar="URL", help="post service notifications there; {login} is the user's")
    add("--extensions", type=arguments.count, default=30, help="users; default: %(default)s")
    add("--groups", type=arguments.count, default=3, help="default: %(default)s")
    add("--seats", type=arguments.count, default=100, help="licence seats; default: %(default)s")
    add("--seed", type=int, default=0, help="the same seed makes the same office and day")
    add("--clock", type=int, metavar="UNIX_TIME", help="stop the clock, to repeat a run exactly")
    add("--scenario", type=Scenario, choices=list(Scenario), default=Scenario.OFFICE_DAY)
    add("--rate", type=arguments.rate, default=0.5, help="changes a second; default: %(default)s")
    add(
        "--authorization",
        type=Authorization,
        choices=list(Authorization),
        default=Authorization.BASIC,
        help="of HTTP requests; default: %(default)s",
    )
    add("--refuse-post", action="store_true", help="take commands by GET only")
    add(
        "--returnvalue",
        type=ReturnValue,
        choices=list(ReturnValue),
        default=ReturnValue.ATTRIBUTE,
        help="where an answer has a script's return value; default: %(default)s",
    )
    add(
        "--encoding",
        type=Encoding,
        choices=list(Encoding),
        default=Encoding.UTF_8,
        help="the bytes of answers, whatever they declare; default: %(default)s",
    )
    add("--tls", action="store_true", help="be HTTPS, with a certificate of its own making")
    add(
        "--answers-after",
        type=arguments.rate,
        default=3.0,
        metavar="SECONDS",
        help="until a call that a client made is answered; default: %(default)s",
    )


def _simulator(options: argparse.Namespace) -> OktellSimulator:
    now = options.clock
    return OktellSimulator(
        default_office(options.extensions, groups=options.groups, seed=options.seed),
        options.host,
        options.port,
        settings=Settings(
            authorization=options.authorization,
            refuses_post=options.refuse_post,
            returnvalue=options.returnvalue,
            encoding=options.encoding,
            answers_after=options.answers_after,
            seats=options.seats,
        ),
        webhook=options.webhook,
        tls=arguments.tls() if options.tls else None,
        seed=options.seed,
        scenario=options.scenario,
        rate=options.rate,
        clock=time.time if now is None else lambda: now,
    )


def _operations(simulator: OktellSimulator) -> dict[str, Operation]:
    return Controls(simulator).operations()


SYSTEM = System(
    summary="Oktell: HTTP, web-socket and service notifications",
    port=PORT,
    add_options=_add_options,
    simulator=_simulator,
    operations=_operations,
)
