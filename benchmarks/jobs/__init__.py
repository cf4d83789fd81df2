"""The jobs: what is done and measured, each in a process of its own.

So every job begins with the same heap and the same empty registries, and none pays for what another
left behind. A job is a module here with a coroutine `run`, whose keyword arguments and answer are
JSON; `run_job` starts it and hands out its answer.
"""

import json
import subprocess
import sys
from tempfile import TemporaryFile
from typing import Any

from benchmarks import ROOT

_TAIL = 30  # lines that are shown of what a failed job logged


class JobError(Exception):
    """A job failed; the text tells why."""


def run_job(name: str, **arguments: Any) -> dict[str, Any]:
    """Have a job done.

    Raises:
        JobError: it failed.
    """
    command = [sys.executable, "-m", "benchmarks.jobs", name, json.dumps(arguments)]
    with TemporaryFile("w+", encoding="utf-8") as log:
        done = subprocess.run(  # noqa: S603 -- our own command
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True, check=False
        )
        log.seek(0)
        said = log.read().splitlines()
    if done.returncode:
        told = "\n".join(said[-_TAIL:])
        raise JobError(f"{name} {arguments} failed (exit status {done.returncode})\n{told}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
