"""The command line: `python -m simulators SYSTEM`.

Says in one line of JSON on stdout where it listens, serves until it is told to stop (SIGINT,
SIGTERM or, with --until-eof, the end of stdin) and logs to stderr.
"""

import argparse
import asyncio
from contextlib import AsyncExitStack
import importlib
import json
import logging
import os
import signal
import sys
import threading
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .control import ControlPort

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .system import System

# A further system is one more folder, whose `cli` module holds a `SYSTEM`, and one more row here.
SYSTEMS: Mapping[str, str] = MappingProxyType(
    {
        "isymphony_live": "simulators.isymphony_live.cli",
        "isymphony_status": "simulators.isymphony_status.cli",
        "oktell": "simulators.oktell.cli",
        "xivo": "simulators.xivo.cli",
    }
)

_CONTROL_HELP = (
    'listen there for one JSON object a line, such as {"op": "dump"}, which shows the office, or '
    "one that changes it or breaks things; an unknown op is answered by all there are; 0 for any free "
    "one; default: none"
)
_DESCRIPTION = "Be a telephone system. Where it listens is told on stdout, in one line of JSON."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one simulator; return the exit code."""
    options = _parser(sys.argv[1:] if arguments is None else arguments).parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        asyncio.run(_serve(options))
    except OSError as error:
        print(f"Cannot listen: {error}", file=sys.stderr)
        return 1
    return 0


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """Return what reads these arguments: with the system that they begin with, or with all.

    A system that is not wanted is not imported: what it needs may not be installed.
    """
    parser = argparse.ArgumentParser(prog="python -m simulators", description=_DESCRIPTION)
    systems = parser.add_subparsers(title="systems", metavar="SYSTEM", dest="name", required=True)
    for name in SYSTEMS.keys() & arguments[:1] or SYSTEMS:
        system: System[Any] = importlib.import_module(SYSTEMS[name]).SYSTEM
        options = systems.add_parser(name, help=system.summary, description=system.summary)
        options.set_defaults(system=system)
        options.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
        options.add_argument(
            "--port",
            type=_port,
            default=system.port,
            help="0 for any free one; default: %(default)s",
        )
        options.add_argument("--control-port", type=_port, help=_CONTROL_HELP)
        options.add_argument(
            "--until-eof", action="store_true", help="stop when stdin ends, as when its writer does"
        )
        system.add_options(options)
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError(f"{text} is no port")
    return port


async def _serve(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if options.until_eof:
        threading.Thread(target=_watch_stdin, args=(loop, stop), daemon=True).start()

    async with AsyncExitStack() as stack:
        simulator = await stack.enter_async_context(options.system.simulator(options))
        control = None
        if options.control_port is not None:
            operations = options.system.operations(simulator)
            control = ControlPort(operations, options.host, options.control_port)
            await stack.enter_async_context(control)
        announcement = {
            "system": options.name,
            "host": options.host,
            "port": simulator.port,
            "control_port": control and control.port,
            "username": simulator.username,
            "password": simulator.password,
        }
        print(json.dumps(announcement), flush=True)
        await stop.wait()


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Stop when stdin ends; in a thread, as an event loop cannot wait for every kind of file."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    loop.call_soon_threadsafe(stop.set)


if __name__ == "__main__":
    sys.exit(main())
