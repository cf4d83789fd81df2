"""Waiting until it shows that a wish has come true: many servers take a command and say no more."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from .directory import Record


@contextmanager
def watched(
    record: Record[Any], fields: Iterable[str], is_so: Callable[[], bool]
) -> Iterator[asyncio.Future[None]]:
    """Yield what is done as soon as an object shows something, however soon it does so no more.

    Args:
        record: the object.
        fields: its fields in which that shows.
        is_so: tells whether it shows now.
    """
    shown = asyncio.get_running_loop().create_future()

    def look() -> None:
        if not shown.done() and is_so():
            shown.set_result(None)

    unsubscribe = record.listen(frozenset(fields), look)
    try:
        yield shown
    finally:
        unsubscribe()
