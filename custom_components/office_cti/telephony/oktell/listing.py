"""Who a server's users are, what their numbers are, and what the server says that these are doing.

It lists them only when it is asked, and tells every change of a number's state by itself. What it tells while
its lists are on their way is newer than they are: it waits, and is taken in behind them.
"""

import asyncio
from collections.abc import Callable, Set as AbstractSet

from . import commands, frames
from .frames import NumberStates, PbxNumber, UserNumbers
from .picture import Person, Picture
from .states import UserState
from .websocket import WebSocketLink

# Numbers whose states are kept while the lists are read, and that are told of and never listed.
NUMBERS_MOST = 100_000


class Listing:
    """Reads a server's lists into a picture, and takes in what is told of numbers.

    Args:
        picture: whose users they are.
        on_stranger: called when a number turns up that the server has not listed.
        count_oddity: counts what such a server should not tell.
    """

    def __init__(
        self,
        picture: Picture,
        *,
        on_stranger: Callable[[], None],
        count_oddity: Callable[[str], None],
    ) -> None:
        self._picture = picture
        self._on_stranger = on_stranger
        self._count_oddity = count_oddity
        self._numbers: AbstractSet[str] = frozenset()
        # Numbers that were told of and not listed: each is news once.
        self._strangers: set[str] = set()
        # What was told since the lists were asked for.
        self._waiting: dict[str, UserState] | None = None

    async def read(self, link: WebSocketLink) -> None:
        """Have the server tell who there is, and what everybody is doing. Raises TelephonyError."""
        waiting = self._waiting = {}
        try:
            numbers, users = await asyncio.gather(
                link.request(commands.GetPbxNumbers(), frames.pbx_numbers),
                link.request(commands.GetUserNumbers(), frames.user_numbers),
            )
        finally:
            self._waiting = None
        self._commit({each.number: each for each in numbers}, users)
        for number, state in waiting.items():
            self._number_told(number, state)

    def _commit(self, numbers: dict[str, PbxNumber], users: tuple[UserNumbers, ...]) -> None:
        if not users:
            self._count_oddity("a snapshot without a single user")
        people = []
        states: dict[str, UserState | None] = {}
        for user in users:
            number = user.main or next(iter(user.numbers), "")
            about = numbers.get(number, PbxNumber(number))
            people.append(
                Person(user.id, user.name or None, number, user.numbers, about.department)
            )
            states[user.id] = about.state
        self._numbers = numbers.keys() | {number for user in users for number in user.numbers}
        self._picture.commit(people, states, whole=bool(people))

    def told(self, event: NumberStates) -> None:
        """Take in what numbers are doing."""
        for number, state in event.states:
            if state is None:
                continue
            if self._waiting is None:
                self._number_told(number, state)
            elif len(self._waiting) < NUMBERS_MOST:
                self._waiting[number] = state

    def _number_told(self, number: str, state: UserState) -> None:
        if self._picture.number_told(number, state) or number in self._numbers:
            return
        if number not in self._strangers and len(self._strangers) < NUMBERS_MOST:
            self._strangers.add(number)
            self._on_stranger()
