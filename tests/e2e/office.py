"""What the simulated telephone systems hold, and a further one for whoever needs it."""

from contextlib import contextmanager
import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from demo.control import tell
from demo.home_assistant import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECONDS = 20.0


def extension(about: dict[str, Any], number: str) -> dict[str, Any]:
    """Return what the office holds about an extension."""
    return next(
        tenant["extensions"][number]
        for location in tell(about, "dump")["locations"].values()
        for tenant in location["tenants"].values()
        if number in tenant["extensions"]
    )


def user(about: dict[str, Any], number: str) -> dict[str, Any]:
    """Return what the call centre holds about whoever has this number."""
    office = tell(about, "dump")
    [user_id] = [p["user_id"] for p in office["phones"].values() if p["number"] == number]
    found: dict[str, Any] = office["users"][user_id]
    return found


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Look at the office until the condition holds."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.1)


@contextmanager
def second_office(system: str, extensions: int) -> Iterator[dict[str, Any]]:
    """Run one more simulated office."""
    command = [sys.executable, "-m", "simulators", system, "--scenario", "none", "--until-eof"]
    options = ["--port", "0", "--control-port", "0", "--extensions", str(extensions)]
    with subprocess.Popen(  # noqa: S603 - our own command
        [*command, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as simulator:
        assert simulator.stdout
        yield json.loads(simulator.stdout.readline())
        simulator.terminate()
