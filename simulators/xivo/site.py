"""What every part of the server works with: the office, the release, the time, and a way to tell everyone."""

from collections import deque
from dataclasses import dataclass, field
import random
import string
from typing import TYPE_CHECKING

from simulators.timers import Timers

from .messages import LISTS, Message, as_of

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from .office import Office
    from .outbox import Outbox
    from .releases import Release

ASKED_LIMIT = 1_000  # actions kept
_LETTERS = string.ascii_letters + string.digits


@dataclass(slots=True)
class Site:
    """A running server's common ground."""

    office: Office
    release: Release
    outbox: Outbox
    clock: Callable[[], float]
    rng: random.Random
    end_turn: Callable[[], None] = lambda: None
    timers: Timers = field(default_factory=Timers)
    asked: deque[dict[str, str]] = field(default_factory=lambda: deque(maxlen=ASKED_LIMIT))

    def ask(self, action: str, **fields: str) -> None:
        """Note what Asterisk's manager interface is asked to do."""
        self.asked.append({"Action": action, **fields})

    def push_config(self, listname: str, tid: str | None, make: Callable[[], Message]) -> None:
        """Tell everyone a part of an object's config."""
        self._push("updateconfig", listname, tid, "config", make)

    def push_status(self, listname: str, tid: str | int, make: Callable[[], Message]) -> None:
        """Tell everyone a part of an object's status."""
        self._push("updatestatus", listname, tid, "status", make)

    def push_whole_status(self, listname: str, tid: str) -> None:
        """Tell everyone an object's whole status."""
        find, _, shape = LISTS[listname]
        thing = find(self.office)[tid]
        self.push_status(listname, tid, lambda: shape(self.office, thing))

    def push_added(self, listname: str, tid: str) -> None:
        """Tell everyone of a new object."""
        self._push_ids("addconfig", listname, tid)

    def push_removed(self, listname: str, tid: str) -> None:
        """Tell everyone that an object is gone."""
        self._push_ids("delconfig", listname, tid)

    def later(self, seconds: float, act: Callable[[], None]) -> asyncio.TimerHandle:
        """Do something in so many seconds, as a turn of its own."""

        def turn() -> None:
            act()
            self.end_turn()

        return self.timers.later(seconds, turn)

    def letters(self, count: int = 10) -> str:
        """Return random letters and digits, as session and action ids are made of."""
        return "".join(self.rng.choices(_LETTERS, k=count))

    def _push(
        self,
        function: str,
        listname: str,
        tid: str | int | None,
        member: str,
        make: Callable[[], Message],
    ) -> None:
        self.outbox.push(
            lambda: {
                "class": "getlist",
                "function": function,
                "listname": listname,
                "tipbxid": self.office.ipbx,
                "tid": tid,
                member: as_of(self.release, listname, make()),
            }
        )

    def _push_ids(self, function: str, listname: str, tid: str) -> None:
        self.outbox.push(
            lambda: {
                "class": "getlist",
                "function": function,
                "listname": listname,
                "tipbxid": self.office.ipbx,
                "list": [tid],
            }
        )
