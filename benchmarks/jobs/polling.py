"""What asking costs where nothing is pushed: named users of an Oktell server, each asked again and again.

Everybody's state is asked in rounds, in a real Home Assistant with all these users' entities, while the
office goes about its day: what is measured is all that this thread works, the garbage collector and Home
Assistant's own work included, divided by the time on the clock. It begins when the set-up has settled.

How often each user is asked is what the requests themselves say, at the place where they are sent.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
import time
from typing import Any
from unittest.mock import patch

from benchmarks import home, office
from custom_components.office_cti.telephony.oktell.http import HttpClient

_SETTLE = 12.0  # seconds: a first round, and Home Assistant's saving of its registries
_CHANGES = 2.0  # changes of the office day in a second


async def run(*, site: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Measure; the share is of one core, the longest wait for the next question in seconds."""
    async with home.running() as hass, office.running(office.Site(**site)) as simulated:
        users = await _named_users(simulated)
        entry = home.office_entry(simulated, with_push=False, users=users)
        await home.async_set_up(hass, entry)
        await home.async_wait_until_live(hass, entry)
        await simulated.ask("scenario", name="office-day", rate=_CHANGES)
        await asyncio.sleep(_SETTLE)
        with _noted() as asked:
            since, start = time.perf_counter(), time.thread_time()
            await asyncio.sleep(seconds)
            worked, passed = time.thread_time() - start, time.perf_counter() - since
        enabled = home.count_enabled(hass, entry)
    if len(asked) != len(users):
        raise RuntimeError(f"{len(asked)} of {len(users)} users were asked about")
    return {
        "share": worked / passed,
        "per_second": sum(map(len, asked.values())) / passed,
        "longest": max(_longest_pause(times, since, since + passed) for times in asked.values()),
        "enabled": enabled,
    }


async def _named_users(simulated: office.Office) -> list[dict[str, str]]:
    """Return all users with a number as a person names them in the options."""
    office_now = await simulated.ask("dump")
    return [
        {"id": user_id, "name": user["name"], "number": user["numbers"][0]}
        for user_id, user in office_now["users"].items()
        if user["numbers"]
    ]


@contextmanager
def _noted() -> Iterator[dict[str, list[float]]]:
    """Note when each user was asked about."""
    asked: dict[str, list[float]] = {}
    original = HttpClient.user_state

    async def user_state(self: HttpClient, user: str) -> Any:
        answer = await original(self, user)
        asked.setdefault(user, []).append(time.perf_counter())
        return answer

    with patch.object(HttpClient, "user_state", user_state):
        yield asked


def _longest_pause(times: list[float], begin: float, end: float) -> float:
    moments = [begin, *times, end]
    return max(after - before for before, after in pairwise(moments))
