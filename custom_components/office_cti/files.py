"""Files that people name: read, and written, in folders that they have allowed and nowhere else.

Home Assistant's own list says which folders those are (`allowlist_external_dirs`). What a link leads to is
what must be allowed, and who names a file elsewhere is not told what there is. All work with the disk is
done in the executor.
"""

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
import os
from pathlib import Path
import stat
from tempfile import NamedTemporaryFile
from threading import Lock
from typing import IO, Final, NamedTuple

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .const import DOMAIN
from .errors import invalid

# The largest file that is fetched, and as much as is sent at once, in bytes: a recording of a day, a
# few of an hour.
FETCHED_SIZE_MOST: Final = 1_000_000_000
SENT_SIZE_MOST: Final = 100_000_000

# Who may read what was written: those who may read what Home Assistant writes elsewhere.
_MODE = 0o644


class WrittenFile(NamedTuple):
    """A file that was written: where, and its size in bytes."""

    path: str
    size: int


# --- writing -----------------------------------------------------------------------------------


async def async_write_file(
    hass: HomeAssistant, path: str, content: AsyncGenerator[bytes]
) -> WrittenFile:
    """Write a file piece by piece; it is there once it is whole, in the place of one of its name.

    Raises:
        ServiceValidationError: it may not be written there.
        HomeAssistantError: it is too large, or the disk does not take it.
    """
    file = _NewFile(hass, path)
    async with aclosing(content):
        try:
            await _async_on_disk(hass, file.begin)
            async for piece in content:
                await _async_on_disk(hass, file.write, piece)
            return await _async_on_disk(hass, file.keep)
        finally:
            await _async_on_disk(hass, file.discard)


async def _async_on_disk[*Args, Result](
    hass: HomeAssistant, job: Callable[[*Args], Result], *args: *Args
) -> Result:
    """Do work with the disk; what it does not take is said in its words."""
    try:
        return await hass.async_add_executor_job(job, *args)
    except OSError as error:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="file_not_written",
            translation_placeholders={"reason": error.strerror or type(error).__name__},
        ) from error


class _NewFile:
    """A file that is written beside its place, and put there at the end.

    A job in the executor goes on when who waits for it is stopped; so they take turns, and nothing is left
    of a file that is discarded meanwhile.
    """

    def __init__(self, hass: HomeAssistant, path: str) -> None:
        self._hass = hass
        self._named = path
        self._place: Path | None = None
        self._size = 0
        self._file: IO[bytes] | None = None
        self._turn = Lock()

    def begin(self) -> None:
        """Open the file.

        Raises:
            ServiceValidationError: it may not be written there.
        """
        with self._turn:
            self._place = _allowed_place(self._hass, self._named)
            self._file = NamedTemporaryFile(  # noqa: SIM115 -- it stays open, piece by piece
                dir=self._place.parent, prefix=".office_cti-", suffix=".part", delete=False
            )

    def write(self, piece: bytes) -> None:
        """Write the next piece.

        Raises:
            HomeAssistantError: the file would become too large.
        """
        with self._turn:
            assert self._file is not None
            self._size += len(piece)
            if self._size > FETCHED_SIZE_MOST:
                raise HomeAssistantError(
                    translation_domain=DOMAIN,
                    translation_key="file_too_large",
                    translation_placeholders={"most": _megabytes(FETCHED_SIZE_MOST)},
                )
            self._file.write(piece)

    def keep(self) -> WrittenFile:
        """Put the whole file into its place."""
        with self._turn:
            assert self._file is not None
            assert self._place is not None
            self._file.flush()
            os.fchmod(self._file.fileno(), _MODE)
            Path(self._file.name).replace(self._place)
            self._file.close()
            self._file = None
            return WrittenFile(str(self._place), self._size)

    def discard(self) -> None:
        """Leave nothing of a file that was not kept."""
        with self._turn:
            if self._file is not None:
                Path(self._file.name).unlink(missing_ok=True)
                self._file.close()


def _allowed_place(hass: HomeAssistant, path: str) -> Path:
    """Return where a file is written, without links on the way there.

    A link of the file's own name is replaced and not followed.

    Raises:
        ServiceValidationError: it may not be written there.
    """
    try:
        folder = Path(path).parent.resolve(strict=True)
        place = folder / Path(path).name
        # Without a name, or with one that leads elsewhere, it is a folder.
        is_free = not _is_folder(place)
    except (OSError, ValueError) as error:
        raise invalid("file_not_writable") from error
    if not (is_free and hass.config.is_allowed_path(str(folder))):
        raise invalid("file_not_writable")
    return place


def _is_folder(place: Path) -> bool:
    """Tell whether there is a folder; `Path.is_dir` takes what can be no name for none."""
    try:
        return stat.S_ISDIR(place.stat().st_mode)
    except FileNotFoundError:
        return False


# --- reading -----------------------------------------------------------------------------------


def read_files(hass: HomeAssistant, paths: Iterable[str]) -> dict[str, bytes]:
    """Read files whole, in the executor; they are told by their names.

    Raises:
        ServiceValidationError: one is none that may be read, two have one name, or they are too large.
    """
    contents: dict[str, bytes] = {}
    left = SENT_SIZE_MOST
    for path in paths:
        name = Path(path).name
        if name in contents:
            raise invalid("files_of_one_name", name=name)
        contents[name] = _read_file(hass, path, left)
        left -= len(contents[name])
    return contents


def _read_file(hass: HomeAssistant, path: str, size_most: int) -> bytes:
    try:
        file = Path(path).resolve(strict=True)
        if not (file.is_file() and hass.config.is_allowed_path(str(file))):
            raise invalid("file_not_readable", path=path)
        with file.open("rb") as opened:
            content = opened.read(size_most + 1)
    except (OSError, ValueError) as error:
        raise invalid("file_not_readable", path=path) from error
    if len(content) > size_most:
        raise invalid("files_too_large", most=_megabytes(SENT_SIZE_MOST))
    return content


def _megabytes(size: int) -> str:
    return str(size // 1_000_000)
