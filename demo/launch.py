"""Runs the demo for another program (pictures, end-to-end tests): as a child, with its own folder."""

from contextlib import contextmanager
import json
import subprocess
import sys
from typing import TYPE_CHECKING

from .errors import DemoError
from .home_assistant import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .api import Json

STOP_SECONDS = 180  # more than the demo itself grants Home Assistant


@contextmanager
def still_office(folder: Path, *options: str) -> Iterator[Json]:
    """Run a demo in which nothing moves by itself; yield what it says about itself."""
    command = [sys.executable, "-m", "demo", "--scenario", "none", "--port", "0"]
    with subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--folder", str(folder), *options], stdout=subprocess.PIPE, cwd=ROOT
    ) as demo:
        try:
            line = demo.stdout.readline() if demo.stdout else b""
            if not line:
                raise DemoError("the demo did not start; what it said stands above")
            yield json.loads(line)
        finally:
            demo.terminate()
            demo.wait(STOP_SECONDS)
