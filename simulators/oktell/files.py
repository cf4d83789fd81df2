"""The server's files: recordings, faxes, and what was sent to it; all in memory.

Paths look like those of the real server, which runs on Windows; nothing is on any disk.
"""

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING
import wave

if TYPE_CHECKING:
    from .site import Site

UPLOADS = "C:\\Oktell\\Temp\\UploadData"
RECORDINGS = "C:\\Oktell\\Records"
FAXES = "C:\\Oktell\\Fax"
RECORDING = "greeting.wav"  # what there is to begin with
UPLOADS_LIMIT = 1_000  # files kept
_FORBIDDEN = str.maketrans(dict.fromkeys('\\/:*?"<>|\r\n\0', "_"))


@dataclass(frozen=True, slots=True)
class SavedFile:
    """What became of a file that was sent; one that was not saved has no path."""

    name: str
    size: int
    path: str = ""


class Files:
    """All files by their paths."""

    def __init__(self, site: Site) -> None:
        self.recordings = {RECORDING: _silence()}  # by name, which is also the link's code
        self.faxes: dict[str, bytes] = {}
        self.uploads: dict[str, bytes] = {}
        self._site = site

    def save(self, name: str, data: bytes) -> SavedFile:
        """Keep a file that was sent; without a name it gets a random one."""
        kept = self._name(name)
        if len(data) > self._site.settings.upload_limit or len(self.uploads) >= UPLOADS_LIMIT:
            return SavedFile(kept, len(data))
        self.uploads[kept] = data
        return SavedFile(kept, len(data), f"{UPLOADS}\\{kept}")

    def refuse(self, name: str, data: bytes) -> SavedFile:
        """Tell of a file that it was not saved."""
        return SavedFile(self._name(name), len(data))

    def path_of(self, name: str) -> str:
        """Return the path of a file of that name, or one where nothing is."""
        for folder, files in self._folders():
            if name in files:
                return f"{folder}\\{name}"
        return f"{RECORDINGS}\\{name}"

    def at(self, path: str) -> bytes | None:
        """Return what is at a path."""
        folder, _, name = path.rpartition("\\")
        return next((files.get(name) for each, files in self._folders() if each == folder), None)

    def _name(self, name: str) -> str:
        return name.translate(_FORBIDDEN) or f"{self._site.guid()}.bin"

    def _folders(self) -> list[tuple[str, dict[str, bytes]]]:
        return [(RECORDINGS, self.recordings), (FAXES, self.faxes), (UPLOADS, self.uploads)]


def _silence() -> bytes:
    """Return a recording in which nobody says anything, for a second."""
    rate = 8_000
    file = BytesIO()
    with wave.open(file, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(rate)
        recording.writeframes(bytes(2 * rate))
    return file.getvalue()
