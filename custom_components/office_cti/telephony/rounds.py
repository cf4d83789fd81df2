"""Questions that are asked again and again, where a server pushes nothing.

`Rounds` asks all of them, waits, and asks them again. Of a round only a few questions are under way at once,
so that whatever a person wants meanwhile is never behind the rest of it. `PollingLink` makes a connection of
that: it is open once everything was answered, and ends when the server can no longer be asked.
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
# Questions of a round that are under way at once: as many as a client has under way at all.
AT_ONCE = 4
# So many in a row of which the server says nothing are its silence. To wait for that of all that are left
# would take minutes.
UNHEARD_MOST = 8
# What is wrong with the server, and not with the question.
_UNREACHABLE = (CannotConnect, NoAnswer)

type Question = Callable[[], Awaitable[None]]


async def ask_all(
    questions: Iterable[Question], on_answer: Callable[[], None] = lambda: None
) -> None:
    """Ask everything, and wait for all the answers.

    Args:
        questions: what to ask; each is taken out when it is its turn.
        on_answer: called after each that the server answered, though it may have refused.

    Raises:
        CannotConnect, NoAnswer: the server answers nothing at all, or no longer. What else goes wrong
            concerns one question alone, and is passed over.
        AuthenticationFailed: it does not let us ask any more.
    """
    asking = _Asking(questions, on_answer)
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(asking.go_through())
    if asking.failure is not None:
        raise asking.failure


class _Asking:
    """Goes through questions until all are asked, or it shows that there is nobody to ask."""

    def __init__(self, questions: Iterable[Question], on_answer: Callable[[], None]) -> None:
        self._left = iter(questions)
        self._on_answer = on_answer
        self._forbidden: AuthenticationFailed | None = None
        # The latest thing that was wrong with the server, how often in a row, and whether it ever was well.
        self._unheard: TelephonyError | None = None
        self._in_a_row = 0
        self._is_there = False

    @property
    def failure(self) -> TelephonyError | None:
        """What is wrong with the server, as far as that has shown."""
        if self._forbidden is not None:
            return self._forbidden
        is_gone = not self._is_there or self._in_a_row >= UNHEARD_MOST
        return self._unheard if is_gone else None

    async def go_through(self) -> None:
        """Ask one question after the other; several do so at once."""
        for question in self._left:
            await self._ask(question)
            if self._forbidden is not None or self._in_a_row >= UNHEARD_MOST:
                return

    async def _ask(self, question: Question) -> None:
        try:
            await question()
        except AuthenticationFailed as error:
            self._forbidden = error
            return
        except _UNREACHABLE as error:
            self._unheard = error
            self._in_a_row += 1
            return
        except TelephonyError as error:
            _LOGGER.debug("A question was not answered: %s", error)
        self._is_there = True
        self._in_a_row = 0
        self._on_answer()


class Rounds:
    """Asks the same questions again and again.

    Args:
        questions: tells what to ask; looked at anew for every round.
        on_unreachable: called after each round in which the server could not be asked.
        on_answer: called after each question that was answered.
        interval: seconds from the beginning of a round to that of the next, if not the usual ones.
    """

    def __init__(
        self,
        questions: Callable[[], Iterable[Question]],
        *,
        on_unreachable: Callable[[TelephonyError], None],
        on_answer: Callable[[], None] = lambda: None,
        interval: float | None = None,
    ) -> None:
        self._questions = questions
        self._interval = INTERVAL if interval is None else interval
        self._on_unreachable = on_unreachable
        self._on_answer = on_answer
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
            begin = max(begin + self._interval, loop.time())
            await asyncio.sleep(begin - loop.time())
            try:
                await ask_all(self._questions(), self._on_answer)
            except TelephonyError as error:
                self._on_unreachable(error)


class PollingLink:
    """A connection that is only asked: open for as long as the server answers."""

    def __init__(self, questions: Callable[[], Iterable[Question]]) -> None:
        self._questions = questions
        self._loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self.last_received = self._loop.time()
        self._rounds = Rounds(
            questions, on_unreachable=lambda _: self.abort(), on_answer=self._answered
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
        await ask_all(self._questions(), self._answered)

    async def leave(self) -> None:
        """End; nobody need be told."""
        self.abort()

    def abort(self) -> None:
        """End at once."""
        self._rounds.stop()
        if not self.closed.done():
            self.closed.set_result(None)
