"""The demo's command line: start all, say how to use it, run until told to stop, stop in order.

What a person reads goes to standard error; standard output is the one line of JSON that tells
programs where everything is.
"""

import argparse
import asyncio
from contextlib import AsyncExitStack, contextmanager
import fcntl
import json
from pathlib import Path
import shutil
import signal
import sys
from typing import TYPE_CHECKING

import aiohttp

from . import home_assistant, login, offices, ports
from .api import connect
from .errors import DemoError
from .offices import SYSTEMS
from .setup import set_up
from .state import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .home_assistant import HomeAssistant
    from .offices import Office


def main() -> int:
    """Run the demo; what goes wrong is told in one line."""
    arguments = _arguments()
    folder: Path = arguments.folder.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            if arguments.fresh:
                _forget(folder)
            asyncio.run(_until_stopped(arguments, folder))
    except DemoError as error:
        _say(f"error: {error}")
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="A simulated office telephone system, and a Home Assistant that shows it.",
    )
    parser.add_argument(
        *("--extensions", "-n"),
        type=int,
        default=60,
        metavar="N",
        help="how many the office has (default: 60); the other places stay as they are",
    )
    parser.add_argument(
        "--systems",
        nargs="+",
        choices=SYSTEMS,
        default=list(SYSTEMS),
        help="which telephone systems to simulate (default: all)",
    )
    parser.add_argument(
        "--port", type=int, metavar="N", help="Home Assistant's (default: 8123, or the next free)"
    )
    parser.add_argument(
        "--scenario",
        choices=("office-day", "none"),
        default="office-day",
        help="office-day: people come and go; none: everything stands still",
    )
    parser.add_argument("--fresh", action="store_true", help="forget everything and start clean")
    parser.add_argument(
        "--folder",
        type=Path,
        default=home_assistant.ROOT / ".demo",
        help="where Home Assistant keeps its configuration and history (default: .demo)",
    )
    arguments = parser.parse_args()
    if arguments.extensions < 1:
        parser.error("--extensions must be at least 1")
    return arguments


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep a second demo out of the folder."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError(f"another demo is running in {folder}") from None
        yield


def _forget(folder: Path) -> None:
    """Remove what a demo leaves behind, and nothing else."""
    shutil.rmtree(folder / "config", ignore_errors=True)
    State(folder / "state.json").path.unlink(missing_ok=True)


async def _until_stopped(arguments: argparse.Namespace, folder: Path) -> None:
    """Run the demo; Ctrl-C or a request to terminate ends it in order, and is no error."""
    demo = asyncio.create_task(_demo(arguments, folder))
    told = False

    def stop() -> None:
        nonlocal told
        if told:
            _say("Still stopping: Home Assistant writes its history …")
            return
        told = True
        _say("Stopping …")
        demo.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        await demo
    except asyncio.CancelledError:
        _say("Stopped. The next start is quick and goes on where this one ended.")


async def _demo(arguments: argparse.Namespace, folder: Path) -> None:
    state = State.load(folder / "state.json")
    port = ports.choose(arguments.port)
    async with AsyncExitStack() as stack:
        running = [
            await stack.enter_async_context(
                offices.running(
                    system,
                    folder,
                    extensions=arguments.extensions,
                    scenario=arguments.scenario,
                    remembered=state.offices.get(system, {}),
                )
            )
            for system in arguments.systems
        ]
        _say("The simulated office is open.")
        hass = await stack.enter_async_context(home_assistant.running(folder, port))
        await _watched(hass, running, state)


async def _watched(hass: HomeAssistant, running: list[Office], state: State) -> None:
    """Set up and go on for ever, unless something goes wrong or a child process ends."""
    try:
        async with asyncio.TaskGroup() as group:
            for child in (hass.child, *(office.child for office in running)):
                group.create_task(child.ended())
            await _set_up(hass, running, state)
            await _announce(hass, running)
    except* (DemoError, aiohttp.ClientError, TimeoutError) as errors:
        raise _first(errors) from None


def _first(errors: BaseExceptionGroup[Exception]) -> DemoError:
    """Return what to tell: a child that ended explains the failures that followed from it."""
    told = [error for error in errors.exceptions if isinstance(error, DemoError)]
    return told[0] if told else DemoError(repr(errors.exceptions[0]))


async def _set_up(hass: HomeAssistant, running: list[Office], state: State) -> None:
    _say("Starting Home Assistant …")
    await hass.wait_until_up()
    token = await login.sign_in(hass.url)
    async with connect(hass.url, token) as api:
        _say("Setting up the integration and the dashboard (a minute the first time) …")
        await set_up(api, hass.config, running, state)


async def _announce(hass: HomeAssistant, running: list[Office]) -> None:
    _say(f"""
The demo is up.

  Open      {hass.url}
  User      {login.USERNAME}
  Password  {login.PASSWORD}

The dashboard "Office" shows the people and what the telephone systems say about them.
""")
    for office in running:
        _say(f"{office.row.hint}\nTo change something by hand ({office.system}), in bash:\n")
        for what, operation in await asyncio.to_thread(office.examples):
            sent = json.dumps(operation)
            _say(f"  # {what}")
            _say(f"  echo '{sent}' >/dev/tcp/{ports.HOST}/{office.about['control_port']}\n")
    _say("The simulated telephone systems, to set one up by hand:\n")
    for office in running:
        _say(f"  {office.access}")
    _say("\nCtrl-C stops everything; the history is kept.\n")
    line = {
        "url": hass.url,
        "username": login.USERNAME,
        "password": login.PASSWORD,
        "simulators": [office.about for office in running],
    }
    print(json.dumps(line), flush=True)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
