"""Waiting for what tells nobody that it has come about."""

import asyncio
from collections.abc import Callable

PATIENCE = 10.0  # seconds; only a test that fails waits so long


async def until(condition: Callable[[], object]) -> None:
    """Return once the condition holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 -- conditions of all kinds
            await asyncio.sleep(0.001)
