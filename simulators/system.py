"""What the command line has to know of a system: one `System` for each."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from .operations import Operation


class Simulator(Protocol):
    """A server that listens for as long as its `async with` lasts."""

    username: str | None
    password: str | None

    @property
    def port(self) -> int:
        """The port that is listened on."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...


@dataclass(frozen=True, slots=True)
class System[S: Simulator]:
    """How to make a system's simulator from the command line's options."""

    summary: str
    port: int  # what the real server listens on
    add_options: Callable[[argparse.ArgumentParser], None]
    simulator: Callable[[argparse.Namespace], S]
    operations: Callable[[S], dict[str, Operation]]  # for the control port
