"""Files are read and written where that is allowed, whole or not at all."""

import asyncio
import os
import stat

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest

from custom_components.office_cti import files
from custom_components.office_cti.files import async_write_file, read_files

from .common import until


@pytest.fixture
def folder(hass, tmp_path):
    """A folder that Home Assistant may read and write."""
    folder = tmp_path / "allowed"
    folder.mkdir()
    hass.config.allowlist_external_dirs = {str(folder)}
    return folder


class Content:
    """A server's file, piece by piece; it tells whether it was closed."""

    def __init__(self, *pieces):
        self.pieces = pieces
        self.is_opened = self.is_closed = False

    async def read(self):
        self.is_opened = True
        try:
            for piece in self.pieces:
                if isinstance(piece, Exception):
                    raise piece
                if isinstance(piece, asyncio.Event):
                    await piece.wait()
                elif callable(piece):
                    piece()
                else:
                    yield piece
        finally:
            self.is_closed = True


def everything_below(folder):
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*"))


# --- writing -----------------------------------------------------------------------------------


async def test_a_file_is_there_when_it_is_whole(hass, folder):
    place, halfway = folder / "call.wav", asyncio.Event()
    place.write_bytes(b"an older one")
    content = Content(b"RIFF", halfway, b"wave")
    writing = hass.async_create_task(async_write_file(hass, str(place), content.read()))
    await until(lambda: len(everything_below(folder)) == 2)
    assert place.read_bytes() == b"an older one"
    halfway.set()
    assert await writing == (str(place), 8)
    assert place.read_bytes() == b"RIFFwave"
    assert everything_below(folder) == ["call.wav"]
    assert stat.S_IMODE(place.stat().st_mode) == 0o644


async def test_an_empty_file_is_a_file(hass, folder):
    assert await async_write_file(hass, str(folder / "a"), Content().read()) == (
        str(folder / "a"),
        0,
    )
    assert (folder / "a").read_bytes() == b""


async def test_nothing_is_written_elsewhere_whatever_the_name_says(hass, folder, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (folder / "link").symlink_to(outside)
    (folder / "below").mkdir()
    (folder / "loop").symlink_to(folder / "loop")
    before = everything_below(tmp_path)
    for path in (
        str(outside / "a"),
        str(folder / "link" / "a"),
        str(folder / ".." / "a"),
        str(folder / ".." / "outside" / "a"),
        str(folder / "below" / ".." / ".." / "a"),
        str(folder / "loop" / "a"),
        str(folder / "missing" / "a"),
        str(folder / ".."),
        str(folder / "below"),
        str(folder),
        f"{folder}x/a",
        "a",
        "/",
        "..",
        f"{folder}/nul\0",
        f"{folder}/nul\0/a",
        str(folder / ("a" * 256)),
    ):
        content = Content(b"x")
        with pytest.raises(ServiceValidationError) as error:
            await async_write_file(hass, path, content.read())
        assert error.value.translation_key == "file_not_writable", path
    assert everything_below(tmp_path) == before


async def test_a_link_is_replaced_and_not_followed(hass, folder, tmp_path):
    outside = tmp_path / "secrets.yaml"
    outside.write_bytes(b"secret")
    (folder / "a").symlink_to(outside)
    await async_write_file(hass, str(folder / "a"), Content(b"x").read())
    assert outside.read_bytes() == b"secret"
    assert not (folder / "a").is_symlink()


async def test_one_may_lead_into_an_allowed_folder_by_another_way(hass, folder, tmp_path):
    (tmp_path / "way").symlink_to(folder)
    written = await async_write_file(hass, str(tmp_path / "way" / "a"), Content(b"x").read())
    assert written.path == str(folder / "a")


async def test_what_is_too_large_is_not_kept(hass, folder, monkeypatch):
    monkeypatch.setattr(files, "FETCHED_SIZE_MOST", 10)
    await async_write_file(hass, str(folder / "a"), Content(b"12345", b"67890").read())
    content = Content(b"12345", b"678901", b"2")
    with pytest.raises(HomeAssistantError) as error:
        await async_write_file(hass, str(folder / "b"), content.read())
    assert error.value.translation_key == "file_too_large"
    assert content.is_closed
    assert everything_below(folder) == ["a"]


async def test_what_ends_before_its_end_is_not_kept(hass, folder):
    content = Content(b"12345", RuntimeError("lost"))
    with pytest.raises(RuntimeError, match="lost"):
        await async_write_file(hass, str(folder / "a"), content.read())
    assert everything_below(folder) == []


async def test_who_stops_waiting_leaves_nothing(hass, folder):
    content = Content(b"12345", asyncio.Event())
    writing = hass.async_create_task(async_write_file(hass, str(folder / "a"), content.read()))
    await until(lambda: content.is_opened)
    assert everything_below(folder)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert content.is_closed
    assert everything_below(folder) == []


async def test_what_the_disk_does_not_take_is_told_in_its_words(hass, folder):
    """Somebody makes a folder of the file's name meanwhile."""
    content = Content(b"x", (folder / "a").mkdir)
    with pytest.raises(HomeAssistantError) as error:
        await async_write_file(hass, str(folder / "a"), content.read())
    assert error.value.translation_key == "file_not_written"
    assert error.value.translation_placeholders == {"reason": "Is a directory"}
    assert content.is_closed
    assert everything_below(folder) == ["a"]


# --- reading -----------------------------------------------------------------------------------


def test_files_are_read_by_their_names(hass, folder):
    (folder / "a").write_bytes(b"1")
    (folder / "b").write_bytes(b"")
    assert read_files(hass, [str(folder / "b"), str(folder / "a")]) == {"b": b"", "a": b"1"}


def test_only_files_in_allowed_folders_are_read(hass, folder, tmp_path):
    outside = tmp_path / "secrets.yaml"
    outside.write_bytes(b"secret")
    (folder / "link").symlink_to(outside)
    os.mkfifo(folder / "pipe")
    told = set()
    for path in (
        str(outside),
        str(folder / "link"),
        str(folder / ".." / "secrets.yaml"),
        str(folder / "missing"),
        str(tmp_path / "missing"),
        str(folder / "pipe"),
        str(folder),
        "/",
        f"{folder}/nul\0",
    ):
        with pytest.raises(ServiceValidationError) as error:
            read_files(hass, [path])
        told.add(str(error.value).replace(path, "It"))
        assert error.value.translation_key == "file_not_readable"
    assert len(told) == 1  # nobody finds out what there is elsewhere


def test_two_files_of_one_name_are_not_read(hass, folder):
    (folder / "below").mkdir()
    for place in (folder / "a", folder / "below" / "a"):
        place.write_bytes(b"x")
    with pytest.raises(ServiceValidationError) as error:
        read_files(hass, [str(folder / "a"), str(folder / "below" / "a")])
    assert error.value.translation_key == "files_of_one_name"


def test_all_files_together_have_a_bound(hass, folder, monkeypatch):
    monkeypatch.setattr(files, "SENT_SIZE_MOST", 10)
    (folder / "a").write_bytes(b"12345")
    (folder / "b").write_bytes(b"67890")
    (folder / "c").write_bytes(b"1")
    assert len(read_files(hass, [str(folder / "a"), str(folder / "b")])) == 2
    with pytest.raises(ServiceValidationError) as error:
        read_files(hass, [str(folder / each) for each in "abc"])
    assert error.value.translation_key == "files_too_large"
