"""Questions that are asked again and again, where a server pushes nothing.

`Rounds` asks all of them, waits, and asks them again; how many are on their way at once is the client's
affair. `PollingLink` makes a connection of that: it is open once everything was answered, and ends when the
server can no longer be asked.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
import logging
from typing import Self

from .system import AuthenticationFailed, CannotConnect, NoAnswer, TelephonyError

_LOGGER = logging.getLogger(__name__)

# Seconds from the beginning of a round to that of the next: nobody is to be unasked for more than ten, and
# an answer may take its time.
INTERVAL = 9.5
# What is wrong with the server, and not with the question.
_UNREACHABLE = (CannotConnect, NoAnswer, AuthenticationFailed)

type Question = Callable[[], Awaitable[None]]


async def ask_all(questions: Iterable[Question]) -> None:
    """Ask everything, and wait for all the answers.

    Raises:
        CannotConnect, NoAnswer: the server answers nothing at all. What else goes wrong concerns one
            question alone, and is passed over.
        AuthenticationFailed: it does not let us ask any more.
    """
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_answered(question)) for question in questions]
    failures = [failure for task in tasks if (failure := task.result()) is not None]
    for failure in failures:
        if len(failures) == len(tasks) or isinstance(failure, AuthenticationFailed):
            raise failure


async def _answered(question: Question) -> TelephonyError | None:
    """Ask one thing; return what is wrong with the server."""
    try:
        await question()
    except _UNREACHABLE as error:
        return error
    except TelephonyError as error:
        _LOGGER.debug("A question was not answered: %s", error)
    return None


class Rounds:
    """Asks the same questions again and again.

    Args:
        questions: tells what to ask; looked at anew for every round.
        on_unreachable: called after each round in which the server could not be asked.
        on_round: called after each round that was answered.
    """

    def __init__(
        self,
        questions: Callable[[], Iterable[Question]],
        *,
        on_unreachable: Callable[[TelephonyError], None],
        on_round: Callable[[], None] = lambda: None,
    ) -> None:
        self._questions = questions
        self._on_unreachable = on_unreachable
        self._on_round = on_round
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with the first round after a pause."""
        self._task = asyncio.create_task(self._go_on(), name="office_cti rounds")

    def stop(self) -> None:
        """Ask no more."""
        if self._task:
            self._task.cancel()
            self._task = None

    async def _go_on(self) -> None:
        loop = asyncio.get_running_loop()
        begin = loop.time()
        while True:
            begin = max(begin + INTERVAL, loop.time())
            await asyncio.sleep(begin - loop.time())
            try:
                await ask_all(self._questions())
            except TelephonyError as error:
                self._on_unreachable(error)
            else:
                self._on_round()


class PollingLink:
    """A connection that is only asked: open for as long as the server answers."""

    def __init__(self, questions: Callable[[], Iterable[Question]]) -> None:
        self._questions = questions
        self._loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self.last_received = self._loop.time()
        self._rounds = Rounds(
            questions, on_unreachable=lambda _: self.abort(), on_round=self._answered
        )

    @classmethod
    async def open(cls, questions: Callable[[], Iterable[Question]]) -> Self:
        """Ask everything once, and then go on asking.

        Raises:
            TelephonyError: the server cannot be asked.
        """
        await ask_all(questions())
        link = cls(questions)
        link._rounds.start()
        return link

    def _answered(self) -> None:
        self.last_received = self._loop.time()

    async def probe(self) -> None:
        """Ask everything now.

        Raises:
            TelephonyError: the server cannot be asked.
        """
        await ask_all(self._questions())
        self._answered()

    async def leave(self) -> None:
        """End; nobody need be told."""
        self.abort()

    def abort(self) -> None:
        """End at once."""
        self._rounds.stop()
        if not self.closed.done():
            self.closed.set_result(None)
