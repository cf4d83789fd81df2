"""The actions on a telephone system as a whole: its directory, scripts, licence, files and API."""

from datetime import date

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.core import SupportsResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
import voluptuous as vol

from custom_components.office_cti.services import SYSTEM_ACTIONS
from custom_components.office_cti.telephony.model import (
    DirectoryResult,
    DirectorySource,
    License,
    LicenseDetails,
    RemoteFile,
    RemoteFileKind,
    ScriptCall,
    ScriptResult,
    UploadedFile,
)
from custom_components.office_cti.telephony.system import (
    NoSuchFile,
    NotConnected,
    PathNotAllowed,
    ScriptFailed,
    ScriptWithoutResult,
)

from .common import registered
from .people import act


async def ask(hass, action, user=None, **data):
    """Do an action with the telephone system of the fixtures, and return what it answers."""
    return await act(hass, action, answer=True, user=user, config_entry_id="office", **data)


async def search(hass, entry_id="office", user=None, **data):
    return await act(
        hass, "search_directory", answer=True, user=user, config_entry_id=entry_id, **data
    )


@pytest.fixture
def folder(hass, tmp_path):
    """A folder that Home Assistant may read and write."""
    folder = tmp_path / "allowed"
    folder.mkdir()
    hass.config.allowlist_external_dirs = {str(folder)}
    return folder


# --- search_directory --------------------------------------------------------------------------


async def test_people_are_found_by_the_columns_of_the_directory(hass, staffed, scripted_office):
    scripted_office.answers["search_directory"] = DirectoryResult(
        ("Name", "Number"), (("Alice", "101"), ("Bob", None))
    )
    assert await search(hass, pattern=" ali ") == {
        "headers": ["Name", "Number"],
        "rows": [{"Name": "Alice", "Number": "101"}, {"Name": "Bob", "Number": None}],
    }
    asked = {"pattern": "ali", "source": DirectorySource.DIRECTORY}
    assert scripted_office.commands == [("search_directory", asked)]


async def test_no_column_is_lost_to_another_of_its_name(hass, staffed, scripted_office):
    scripted_office.answers["search_directory"] = DirectoryResult(
        ("Number", "Number 2", "Number", "", ""), (("1", "2", "3", "4", "5"),)
    )
    answer = await search(hass, pattern="a")
    assert answer["headers"] == ["Number", "Number 2", "Number 3", "", "2"]
    assert list(answer["rows"][0].values()) == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("source", DirectorySource)
async def test_one_chooses_where_to_search(hass, staffed, scripted_office, source):
    scripted_office.answers["search_directory"] = DirectoryResult((), ())
    assert await search(hass, pattern="a", source=source.value) == {"headers": [], "rows": []}
    assert scripted_office.commands[0].arguments["source"] is source


async def test_one_searches_only_where_there_is_a_directory(hass, staffed, scripted_office):
    with pytest.raises(vol.Invalid):
        await search(hass, pattern="a", source="the attic")
    assert not scripted_office.commands


@pytest.mark.parametrize("data", [{}, {"pattern": " "}])
async def test_who_searches_for_nothing_is_told_the_columns(hass, staffed, scripted_office, data):
    scripted_office.answers["search_directory"] = DirectoryResult(("Name", "Number"), ())
    assert await search(hass, **data) == {"headers": ["Name", "Number"], "rows": []}
    assert not scripted_office.commands[0].arguments["pattern"]


async def test_a_search_that_fails_says_why(hass, staffed, scripted_office):
    scripted_office.errors["search_directory"] = NotConnected()
    with pytest.raises(HomeAssistantError) as error:
        await search(hass, pattern="a")
    assert error.value.translation_key == "not_connected"
    assert not isinstance(error.value, ServiceValidationError)


async def test_a_system_without_a_directory_says_so(hass, loaded):
    with pytest.raises(ServiceValidationError, match="cannot do this") as error:
        await search(hass, pattern="a")
    assert error.value.translation_key == "not_supported"


async def test_only_a_telephone_system_that_is_set_up_is_searched(hass, staffed):
    MockConfigEntry(domain="lamps", entry_id="lamps").add_to_hass(hass)
    for entry_id in ("nothing", "lamps"):
        with pytest.raises(ServiceValidationError):
            await search(hass, entry_id, pattern="a")
    assert await hass.config_entries.async_unload(staffed.entry_id)
    with pytest.raises(ServiceValidationError) as error:
        await search(hass, pattern="a")
    assert error.value.translation_key == "service_config_entry_not_loaded"


async def test_who_may_see_everything_of_a_system_may_search_it(
    hass, staffed, scripted_office, hass_read_only_user, hass_admin_user
):
    scripted_office.answers["search_directory"] = DirectoryResult((), ())
    for user in (hass_read_only_user, hass_admin_user):
        await search(hass, user=user, pattern="a")
    assert len(scripted_office.commands) == 2


async def test_who_may_see_only_a_part_of_it_may_not(hass, staffed, scripted_office):
    seen = {key: {POLICY_READ: True} for key in registered(hass, staffed)}
    user = MockUser().add_to_hass(hass)
    user.mock_policy({"entities": {"entity_ids": seen}})
    scripted_office.answers["search_directory"] = DirectoryResult((), ())
    await search(hass, user=user, pattern="a")
    hidden = seen.popitem()[0]
    user.mock_policy({"entities": {"entity_ids": seen}})
    with pytest.raises(Unauthorized) as error:
        await search(hass, user=user, pattern="a")
    assert (error.value.entity_id, error.value.permission) == (hidden, POLICY_READ)
    assert len(scripted_office.commands) == 1


async def test_of_a_system_of_which_nothing_is_to_be_seen_nobody_may(
    hass, staffed, scripted_office, hass_read_only_user
):
    entities = er.async_get(hass)
    for entity_id in registered(hass, staffed):
        entities.async_remove(entity_id)
    with pytest.raises(Unauthorized):
        await search(hass, user=hass_read_only_user, pattern="a")
    assert not scripted_office.commands


# --- what is for administrators ----------------------------------------------------------------


def test_what_only_tells_something_is_for_more_than_administrators():
    assert {each.name: each.response for each in SYSTEM_ACTIONS if each.is_for_administrators} == {
        "run_script": SupportsResponse.OPTIONAL,
        "download_file": SupportsResponse.OPTIONAL,
        "upload_files": SupportsResponse.OPTIONAL,
        "call_live_api": SupportsResponse.OPTIONAL,
    }
    others = {each.name for each in SYSTEM_ACTIONS if each.response is SupportsResponse.ONLY}
    assert others == {"search_directory", "get_break_reasons", "get_license"}


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("run_script", {"name": "Gate"}),
        ("download_file", {"kind": "fax", "link": "1", "filename": "fax.tif"}),
        ("upload_files", {"paths": "fax.tif"}),
        ("call_live_api", {"method": "GET", "path": "coreServers"}),
    ],
)
async def test_what_does_something_is_for_administrators(
    hass, staffed, scripted_office, folder, hass_admin_user, action, data
):
    (folder / "fax.tif").write_bytes(b"fax")
    given = {
        field: str(folder / value) if field in {"filename", "paths"} else value
        for field, value in data.items()
    }
    scripted_office.answers["run_script"] = ScriptResult()
    scripted_office.answers["upload_files"] = [UploadedFile("fax.tif", saved=True)]
    somebody = MockUser().add_to_hass(hass)
    somebody.mock_policy({"entities": True})
    with pytest.raises(Unauthorized):
        await ask(hass, action, somebody, **given)
    assert not scripted_office.commands
    for user in (hass_admin_user, None):  # None: an automation
        await ask(hass, action, user, **given)
    assert len(scripted_office.commands) == 2


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("run_script", {"name": "Gate"}),
        ("get_license", {}),
        ("download_file", {"kind": "fax", "link": "1", "filename": "fax.tif"}),
        ("upload_files", {"paths": "fax.tif"}),
        ("call_live_api", {"method": "GET", "path": "coreServers"}),
    ],
)
async def test_a_system_that_has_no_such_thing_says_so(hass, loaded, folder, action, data):
    (folder / "fax.tif").write_bytes(b"fax")
    given = {
        field: str(folder / value) if field in {"filename", "paths"} else value
        for field, value in data.items()
    }
    with pytest.raises(ServiceValidationError, match="cannot do this") as error:
        await ask(hass, action, **given)
    assert error.value.translation_key == "not_supported"


# --- run_script --------------------------------------------------------------------------------


async def test_a_script_is_run_and_answers(hass, staffed, scripted_office):
    scripted_office.answers["run_script"] = ScriptResult("abcdef")
    answer = await ask(hass, "run_script", name=" Open the gate ")
    assert answer == {"value": "abcdef"}
    assert scripted_office.commands == [("run_script", {"call": ScriptCall("Open the gate")})]


async def test_a_script_is_run_as_one_says(hass, staffed, scripted_office):
    scripted_office.answers["run_script"] = ScriptResult("<b>", 404, {"Content-Type": "text/html"})
    answer = await ask(
        hass,
        "run_script",
        name="Gate",
        parameters=[1, "", "Анна & 100%"],
        wait=False,
        timeout=600,
        plain=True,
    )
    assert answer == {"value": "<b>", "status": 404, "headers": {"Content-Type": "text/html"}}
    call = ScriptCall("Gate", ("1", "", "Анна & 100%"), wait=False, timeout=600, plain=True)
    assert scripted_office.commands == [("run_script", {"call": call})]


async def test_nobody_must_look_at_what_a_script_answers(hass, staffed, scripted_office):
    scripted_office.answers["run_script"] = ScriptResult("abcdef")
    assert await act(hass, "run_script", config_entry_id="office", name="Gate") is None
    assert len(scripted_office.commands) == 1


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ScriptFailed(name="Gate", reason="no such script"), "the script Gate: no such script"),
        (ScriptWithoutResult(name="Gate"), "The script Gate has returned nothing"),
    ],
)
async def test_a_script_that_fails_says_why(hass, staffed, scripted_office, error, told):
    scripted_office.errors["run_script"] = error
    with pytest.raises(HomeAssistantError, match=told) as raised:
        await ask(hass, "run_script", name="Gate")
    assert raised.value.translation_key == error.key
    assert not isinstance(raised.value, ServiceValidationError)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"name": " "},
        {"name": "Gate", "parameters": list("123456")},
        {"name": "Gate", "timeout": 0},
        {"name": "Gate", "timeout": 601},
        {"name": "Gate", "timeout": float("nan")},
        {"name": "Gate", "wait": "until noon"},
    ],
)
async def test_a_script_has_its_bounds(hass, staffed, scripted_office, data):
    with pytest.raises(vol.Invalid):
        await ask(hass, "run_script", **data)
    assert not scripted_office.commands


# --- get_break_reasons -------------------------------------------------------------------------


async def test_the_reasons_for_a_break_are_told_by_their_numbers(hass, staffed, scripted_office):
    scripted_office.answers["get_break_reasons"] = {1: "Lunch", 4: "Перезвон"}
    answer = await ask(hass, "get_break_reasons")
    assert answer == {"reasons": {"1": "Lunch", "4": "Перезвон"}}


async def test_a_system_without_reasons_for_a_break_says_so(hass, loaded):
    with pytest.raises(ServiceValidationError) as error:
        await ask(hass, "get_break_reasons")
    assert error.value.translation_key == "not_supported"


# --- get_license -------------------------------------------------------------------------------


async def test_a_licence_is_told_in_words_and_facts(
    hass, staffed, scripted_office, hass_read_only_user
):
    facts = License("1234567", confirm_by=date(2027, 1, 31))
    scripted_office.answers["get_license"] = LicenseDetails("Licence", "<licence/>", facts)
    assert await ask(hass, "get_license", hass_read_only_user) == {
        "text": "Licence",
        "xml": "<licence/>",
        "number": "1234567",
        "confirm_by": "2027-01-31",
        "updates_until": None,
    }


# --- download_file -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "file"),
    [
        (
            {"kind": "recording", "link": "2026/1.mp3"},
            RemoteFile(RemoteFileKind.RECORDING, "2026/1.mp3"),
        ),
        ({"kind": "fax", "link": "1.tif"}, RemoteFile(RemoteFileKind.FAX, "1.tif")),
        (
            {"kind": "record_link", "link": "ABCDEFGH"},
            RemoteFile(RemoteFileKind.RECORD_LINK, "ABCDEFGH"),
        ),
        (
            {"kind": "script", "script": "Latest", "parameters": ["183"], "timeout": 30},
            RemoteFile(RemoteFileKind.SCRIPT, script=ScriptCall("Latest", ("183",), timeout=30)),
        ),
    ],
)
async def test_a_file_is_fetched_and_kept(hass, staffed, scripted_office, folder, data, file):
    scripted_office.answers["fetch_file"] = [b"RIFF", b"", b"wave"]
    place = folder / "call.wav"
    answer = await ask(hass, "download_file", **data, filename=str(place))
    assert answer == {"path": str(place), "size": 8}
    assert scripted_office.commands == [("fetch_file", {"file": file})]
    assert place.read_bytes() == b"RIFFwave"
    assert [each.name for each in folder.iterdir()] == ["call.wav"]


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "recording"},
        {"kind": "recording", "script": "Latest"},
        {"kind": "fax", "link": "1", "script": "Latest"},
        {"kind": "script"},
        {"kind": "script", "link": "1"},
    ],
)
async def test_a_file_is_found_in_one_way(hass, staffed, scripted_office, folder, data):
    needed = "script" if data["kind"] == "script" else "link"
    with pytest.raises(ServiceValidationError, match=f"give {needed} and nothing else") as error:
        await ask(hass, "download_file", **data, filename=str(folder / "a"))
    assert error.value.translation_key == "one_file_source"
    assert not scripted_office.commands


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "film", "link": "1", "filename": "a"},
        {"kind": "fax", "link": " ", "filename": "a"},
        {"kind": "fax", "link": "1", "filename": ""},
        {"kind": "fax", "link": "1"},
        {"link": "1", "filename": "a"},
    ],
)
async def test_a_file_needs_its_kind_and_its_name(hass, staffed, scripted_office, data):
    with pytest.raises(vol.Invalid):
        await ask(hass, "download_file", **data)
    assert not scripted_office.commands


async def test_of_a_file_that_is_not_there_nothing_is_left(hass, staffed, scripted_office, folder):
    scripted_office.errors["fetch_file"] = NoSuchFile()
    with pytest.raises(ServiceValidationError, match="has no such file") as error:
        await ask(hass, "download_file", kind="fax", link="1", filename=str(folder / "a"))
    assert error.value.translation_key == "no_such_file"
    assert not list(folder.iterdir())


async def test_a_file_is_not_even_asked_for_if_it_may_not_be_written(
    hass, staffed, scripted_office, folder
):
    for path in (folder.parent / "a", folder / ".." / "a", folder / "missing" / "a"):
        with pytest.raises(ServiceValidationError, match="allowlist_external_dirs") as error:
            await ask(hass, "download_file", kind="fax", link="1", filename=str(path))
        assert error.value.translation_key == "file_not_writable"
    assert not scripted_office.commands


# --- upload_files ------------------------------------------------------------------------------


@pytest.mark.parametrize("plain", [False, True])
async def test_files_are_sent_and_each_outcome_is_told(
    hass, staffed, scripted_office, folder, plain
):
    (folder / "1.jpg").write_bytes(b"picture")
    (folder / "note.txt").write_bytes(b"")
    scripted_office.answers["upload_files"] = [
        UploadedFile("1.jpg", saved=True, size=7, path=r"C:\\Temp\\1.jpg"),
        UploadedFile("note.txt", saved=False),
    ]
    paths = [str(folder / name) for name in ("1.jpg", "note.txt")]
    assert await ask(hass, "upload_files", paths=paths, plain=plain) == {
        "files": [
            {"name": "1.jpg", "saved": True, "size": 7, "path": r"C:\\Temp\\1.jpg"},
            {"name": "note.txt", "saved": False, "size": None, "path": None},
        ]
    }
    sent = {"files": {"1.jpg": b"picture", "note.txt": b""}, "plain": plain}
    assert scripted_office.commands == [("upload_files", sent)]


@pytest.mark.parametrize("outcomes", [[], [UploadedFile("1.jpg", saved=False)]])
async def test_that_nothing_was_saved_is_an_error(hass, staffed, scripted_office, folder, outcomes):
    (folder / "1.jpg").write_bytes(b"picture")
    scripted_office.answers["upload_files"] = outcomes
    with pytest.raises(HomeAssistantError, match="none of the 1 files") as error:
        await ask(hass, "upload_files", paths=str(folder / "1.jpg"))
    assert error.value.translation_key == "no_file_saved"


async def test_what_may_not_be_read_is_not_sent(hass, staffed, scripted_office, folder):
    (folder / "1.jpg").write_bytes(b"picture")
    paths = [str(folder / "1.jpg"), str(folder / "missing.jpg")]
    with pytest.raises(ServiceValidationError, match=r"missing\.jpg cannot be sent") as error:
        await ask(hass, "upload_files", paths=paths)
    assert error.value.translation_key == "file_not_readable"
    assert not scripted_office.commands


@pytest.mark.parametrize("paths", [[], [""], ["a"] * 21])
async def test_some_files_are_sent_and_not_too_many(hass, staffed, scripted_office, paths):
    with pytest.raises(vol.Invalid):
        await ask(hass, "upload_files", paths=paths)
    assert not scripted_office.commands


# --- call_live_api -----------------------------------------------------------------------------

PATH = "coreServers/getByName/default/users/getByName/4224/status"


@pytest.mark.parametrize("answer", [[{"name": "Busy"}], {"name": "Busy"}, "done", None])
async def test_a_request_of_ones_own_is_sent_and_answered(hass, staffed, scripted_office, answer):
    scripted_office.answers["call_api"] = answer
    asked = await ask(hass, "call_live_api", method="get", path=f" {PATH} ")
    assert asked == {"answer": answer}
    sent = {"method": "GET", "path": PATH, "body": None}
    assert scripted_office.commands == [("call_api", sent)]


@pytest.mark.parametrize("body", [{"name": "Out", "returnTime": -1}, ["a", None], "a", 0, False])
async def test_a_request_may_have_any_body_that_is_json(hass, staffed, scripted_office, body):
    given = {"method": "POST", "path": PATH, "body": body}
    assert await act(hass, "call_live_api", config_entry_id="office", **given) is None
    assert scripted_office.commands == [("call_api", given)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"method": "TRACE"},
        {"method": ""},
        {"path": " "},
        {"body": {"until": date(2026, 11, 21)}},
        {"body": float("nan")},
    ],
)
async def test_a_request_has_its_bounds(hass, staffed, scripted_office, wrong):
    with pytest.raises(vol.Invalid):
        await ask(hass, "call_live_api", **{"method": "PUT", "path": PATH} | wrong)
    assert not scripted_office.commands


async def test_a_request_that_leaves_the_interface_says_so(hass, staffed, scripted_office):
    scripted_office.errors["call_api"] = PathNotAllowed()
    with pytest.raises(ServiceValidationError, match="leads out of the part") as error:
        await ask(hass, "call_live_api", method="GET", path="../config")
    assert error.value.translation_key == "path_not_allowed"
