"""The process of one job: `python -m benchmarks.jobs NAME ARGUMENTS`, the answer on stdout.

It runs on the event loop that Home Assistant makes for itself.
"""

import asyncio
import importlib
import json
import sys

from homeassistant.runner import create_event_loop


def main() -> None:
    """Do the job and print its answer, in one line of JSON."""
    _, name, arguments = sys.argv
    run = importlib.import_module(f"benchmarks.jobs.{name}").run
    with asyncio.Runner(loop_factory=create_event_loop) as runner:
        print(json.dumps(runner.run(run(**json.loads(arguments)))), flush=True)


if __name__ == "__main__":
    main()
