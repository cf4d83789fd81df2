"""What ends the demo: one error class, and a wait that ends in it instead of going on forever."""

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

INTERVAL = 0.2  # seconds between two looks at another process, which cannot be awaited


class DemoError(Exception):
    """The demo cannot go on; its text is the one line that a person reads."""


async def wait_for[T](look: Callable[[], Awaitable[T | None]], seconds: float, what: str) -> T:
    """Look again and again until there is an answer, and fail with `what` when time is up."""
    try:
        async with asyncio.timeout(seconds):
            while (answer := await look()) is None:  # noqa: ASYNC110 - another process
                await asyncio.sleep(INTERVAL)
            return answer
    except TimeoutError:
        raise DemoError(f"{what} (waited {seconds:g} seconds)") from None
