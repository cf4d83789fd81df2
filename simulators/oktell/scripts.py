"""The service scripts that the server can run, by their names.

Echo        returns its five parameters, joined by `|`
Cdata       returns its first parameter as CDATA, however values are returned elsewhere
Slow        takes as many seconds as its first parameter says, and then returns its second
Broken      does not start
Silent      returns nothing
Plain       returns its first parameter; its second is the HTTP status, its third a header `Name: value`
File        returns the path of the file that its first parameter names
"""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from .files import Files

NOT_FOUND = 1
NOT_STARTED = 2
PARAMETERS = 5
LONGEST = 3_600.0  # seconds

type _Script = Callable[[list[str]], Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a script: its return values 1 to 3.

    Attributes:
        start_result: 0 if it was started.
        value: what it returned, if anything.
        is_cdata: whether the value is written as CDATA in any case.
        status: HTTP status of the plain answer.
        headers: HTTP headers of the plain answer.
    """

    start_result: int = 0
    value: str | None = None
    is_cdata: bool = False
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Scripts:
    """Runs scripts; those of a script's name in `values` return that, as the control port says."""

    def __init__(self, files: Files) -> None:
        self.values: dict[str, str] = {}
        self._files = files
        self._running: set[asyncio.Task[Result]] = set()
        self._scripts: Mapping[str, _Script] = {
            "Echo": self._echo,
            "Cdata": self._cdata,
            "Slow": self._slow,
            "Broken": self._broken,
            "Silent": self._silent,
            "Plain": self._plain,
            "File": self._file,
            "(Тестовый) Сценарий": self._echo,
        }

    async def run(
        self, name: str, parameters: list[str], *, waits: bool, patience: float | None
    ) -> Result:
        """Run a script; return what came of it within so many seconds, if anybody waits."""
        script = self._scripts.get(name)
        if name in self.values:
            return Result(value=self.values[name])
        if script is None:
            return Result(start_result=NOT_FOUND)
        if script == self._broken:
            return Result(start_result=NOT_STARTED)
        task = asyncio.ensure_future(script(parameters))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        if not waits:
            return Result()
        done, _ = await asyncio.wait((task,), timeout=patience)
        return task.result() if done else Result()

    async def close(self) -> None:
        """Stop whatever still runs."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _echo(self, parameters: list[str]) -> Result:
        return Result(value="|".join(parameters))

    async def _cdata(self, parameters: list[str]) -> Result:
        return Result(value=parameters[0], is_cdata=True)

    async def _slow(self, parameters: list[str]) -> Result:
        await asyncio.sleep(_seconds(parameters[0]))
        return Result(value=parameters[1])

    async def _broken(self, _parameters: list[str]) -> Result:
        return Result(start_result=NOT_STARTED)

    async def _silent(self, _parameters: list[str]) -> Result:
        return Result()

    async def _plain(self, parameters: list[str]) -> Result:
        name, _, value = parameters[2].partition(":")
        headers = {name.strip(): value.strip()} if name.strip() else {}
        status = int(parameters[1]) if parameters[1].isdecimal() else 0
        status = status if 200 <= status <= 599 else 200
        return Result(value=parameters[0], status=status, headers=headers)

    async def _file(self, parameters: list[str]) -> Result:
        return Result(value=self._files.path_of(parameters[0]))


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        return 1.0
    return min(max(seconds, 0.0), LONGEST) if seconds == seconds else 1.0  # noqa: PLR0124 - not a number
