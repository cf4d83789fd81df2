"""Much work is done in small pieces, and others have their turn of the event loop in between."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from itertools import batched

# Small things that are done in one turn.
IN_A_TURN = 500


async def by_turns[T](things: Iterable[T], in_a_turn: int = IN_A_TURN) -> AsyncIterator[T]:
    """Go through many things, and let others have their turn of the event loop after every few."""
    for some in batched(things, in_a_turn, strict=False):
        for each in some:
            yield each
        await asyncio.sleep(0)
