"""The actions on calls: the commands that they become, and what they refuse before anything is sent."""

from datetime import UTC, datetime, timedelta
import os

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
import voluptuous as vol

from custom_components.office_cti.call_actions import DOCUMENT_SIZE_MOST
from custom_components.office_cti.telephony.model import (
    Destination,
    DialOrder,
    DialScope,
    FlashMode,
    HistoryEntry,
    HistoryKind,
)
from custom_components.office_cti.telephony.system import NoCall, NotConfirmed, NumberUnreachable

from .people import AGENT, ANNA, BOB, ON_HOLD, SUPPORT, act, device_of


@pytest.fixture
def target(hass, staffed):
    """Anna."""
    return {"device_id": device_of(hass, staffed, ANNA)}


@pytest.fixture
def bob(hass, staffed):
    """Bob's device."""
    return device_of(hass, staffed, BOB)


@pytest.fixture
def queue(hass, staffed):
    """The device of the queue Support."""
    return device_of(hass, staffed, SUPPORT)


# --- dial --------------------------------------------------------------------------------------


async def test_a_number_is_dialled(hass, scripted_office, target):
    await act(hass, "dial", target, number=" 0301234 ")
    asked = {"extension": ANNA.id, "destination": Destination(number="0301234")}
    assert scripted_office.commands == [("dial", asked)]


@pytest.mark.parametrize("voicemail", [False, True])
async def test_a_person_or_that_persons_voicemail_box_is_called(
    hass, scripted_office, target, bob, voicemail
):
    await act(hass, "dial", target, extension=bob, voicemail=voicemail)
    asked = {
        "extension": ANNA.id,
        "destination": Destination(extension=BOB, voicemail=voicemail),
    }
    assert scripted_office.commands == [("dial", asked)]


async def test_ones_own_voicemail_box_is_called(hass, scripted_office, target):
    await act(hass, "dial", target, voicemail=True)
    asked = {"extension": ANNA.id, "destination": Destination(voicemail=True)}
    assert scripted_office.commands == [("dial", asked)]


@pytest.mark.parametrize("order", DialOrder)
@pytest.mark.parametrize("scope", [None, *DialScope])
async def test_one_says_whose_phone_rings_first_and_where_the_number_is(
    hass, scripted_office, target, order, scope
):
    said = {} if scope is None else {"scope": scope.value}
    await act(hass, "dial", target, number="183", order=order.value, **said)
    asked = Destination(number="183", order=order, scope=scope)
    assert scripted_office.commands[0].arguments["destination"] == asked


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"voicemail": False},
        {"number": "1", "voicemail": True},
        {"number": "1", "extension": "bob"},
        {"number": "1", "extension": "bob", "voicemail": True},
    ],
)
async def test_one_road_must_be_given(hass, scripted_office, target, bob, data):
    given = {**data, "extension": bob} if "extension" in data else data
    with pytest.raises(ServiceValidationError, match="Give one destination") as error:
        await act(hass, "dial", target, **given)
    assert error.value.translation_key == "one_destination"
    assert not scripted_office.commands


async def test_a_number_that_is_not_reached_is_the_persons_mistake(hass, scripted_office, target):
    scripted_office.errors["dial"] = NumberUnreachable()
    with pytest.raises(ServiceValidationError, match="cannot reach this number") as error:
        await act(hass, "dial", target, number="99991")
    assert error.value.translation_key == "number_unreachable"


# --- what is done with a call ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "data", "command", "arguments"),
    [
        ("hang_up", {}, "hang_up", {}),
        ("decline_call", {}, "decline_call", {}),
        ("stop_dialing", {}, "stop_dialing", {}),
        ("flash", {}, "flash", {"mode": FlashMode.FLASH}),
        ("flash", {"mode": "return"}, "flash", {"mode": FlashMode.RETURN}),
        (
            "transfer_call",
            {"number": "102 "},
            "transfer_call",
            {"number": "102", "attended": False, "scope": None},
        ),
        (
            "transfer_call",
            {"number": "102", "attended": True, "scope": "external"},
            "transfer_call",
            {"number": "102", "attended": True, "scope": DialScope.EXTERNAL},
        ),
        ("complete_transfer", {}, "complete_transfer", {}),
        ("cancel_transfer", {}, "cancel_transfer", {}),
        ("record_call", {"record": "start"}, "record_call", {"record": True}),
        ("record_call", {"record": "stop"}, "record_call", {"record": False}),
        (
            "submit_call_form",
            {"button": "save", "values": {"reason": "Printer", "count": 2}},
            "submit_call_form",
            {"button": "save", "values": {"reason": "Printer", "count": "2"}},
        ),
        (
            "submit_call_form",
            {"button": "close"},
            "submit_call_form",
            {"button": "close", "values": {}},
        ),
    ],
)
async def test_a_call_is_handled(hass, scripted_office, target, action, data, command, arguments):
    await act(hass, action, target, **data)
    assert scripted_office.commands == [(command, {"extension": ANNA.id, **arguments})]


@pytest.mark.parametrize(
    ("action", "field", "argument"),
    [
        ("pick_up_call", "of", "other"),
        ("invite_to_conference", "invitee", "invitee"),
    ],
)
async def test_another_person_is_named_by_the_device(
    hass, staffed, scripted_office, target, bob, action, field, argument
):
    await act(hass, action, target, **{field: bob})
    assert scripted_office.commands == [(action, {"extension": ANNA.id, argument: BOB.id})]
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, action, target, **{field: device_of(hass, staffed, AGENT)})
    assert error.value.translation_key == "not_an_extension"
    assert len(scripted_office.commands) == 1


@pytest.mark.parametrize("named", [AGENT, BOB])
async def test_one_listens_to_an_agent_or_to_the_person_who_is_one(
    hass, staffed, scripted_office, target, named
):
    await act(hass, "listen", target, agent=device_of(hass, staffed, named))
    assert scripted_office.commands == [("listen", {"extension": ANNA.id, "agent": AGENT.id})]


async def test_one_listens_to_nobody_who_is_no_agent(hass, scripted_office, target, bob):
    with pytest.raises(ServiceValidationError, match="Anna is not an agent") as error:
        await act(hass, "listen", {"device_id": bob}, agent=target["device_id"])
    assert error.value.translation_key == "not_an_agent"
    assert not scripted_office.commands


async def test_who_has_no_call_is_told_so(hass, scripted_office, target):
    scripted_office.errors["hang_up"] = NoCall(name="Anna")
    with pytest.raises(ServiceValidationError, match="Anna has no call") as error:
        await act(hass, "hang_up", target)
    assert error.value.translation_key == "no_call"


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("dial", {"number": "1", "order": "third_party_first"}),
        ("dial", {"number": "1", "scope": "outer space"}),
        ("flash", {"mode": "photo"}),
        ("transfer_call", {}),
        ("transfer_call", {"number": " "}),
        ("record_call", {"record": "pause"}),
        ("record_call", {}),
        ("pick_up_call", {}),
        ("listen", {}),
        ("hold_call", {}),
        ("invite_to_conference", {}),
        ("submit_call_form", {"values": {}}),
        ("submit_call_form", {"button": "save", "values": "Printer"}),
        ("send_fax", {"number": "1"}),
        ("send_fax", {"path": "/media/fax.pdf"}),
    ],
)
async def test_what_is_missing_or_makes_no_sense_is_refused(
    hass, scripted_office, target, action, data
):
    with pytest.raises(vol.Invalid):
        await act(hass, action, target, **data)
    assert not scripted_office.commands


# --- the switchboard ---------------------------------------------------------------------------


async def test_a_call_is_put_on_hold_in_a_queue(hass, staffed, scripted_office, target):
    await act(hass, "hold_call", target, queue=device_of(hass, staffed, ON_HOLD))
    asked = {"extension": ANNA.id, "queue": ON_HOLD.id}
    assert scripted_office.commands == [("hold_call", asked)]


@pytest.mark.parametrize(
    ("action", "command"),
    [("answer_waiting_call", "answer_waiting_call"), ("resume_call", "resume_call")],
)
@pytest.mark.parametrize(
    ("data", "caller"),
    [
        ({"queue": "Support"}, "call-1"),
        ({"queue": "Support", "position": 2}, "call-2"),
        ({"call": "1445421862.43"}, "1445421862.43"),
    ],
)
async def test_who_waits_is_named_by_the_place_in_a_queue_or_by_the_call(
    hass, scripted_office, target, queue, action, command, data, caller
):
    given = {**data, "queue": queue} if "queue" in data else data
    await act(hass, action, target, **given)
    assert scripted_office.commands == [(command, {"extension": ANNA.id, "call_id": caller})]


@pytest.mark.parametrize("action", ["answer_waiting_call", "resume_call"])
@pytest.mark.parametrize(
    "data",
    [
        {},
        {"position": 1},
        {"queue": "Support", "call": "call-1"},
        {"call": "call-1", "position": 1},
    ],
)
async def test_one_call_that_waits_must_be_named(
    hass, scripted_office, target, queue, action, data
):
    given = {**data, "queue": queue} if "queue" in data else data
    with pytest.raises(ServiceValidationError, match="Name one call that waits") as error:
        await act(hass, action, target, **given)
    assert error.value.translation_key == "one_waiting_call"
    assert not scripted_office.commands


@pytest.mark.parametrize("position", [0, -1, "first"])
async def test_places_in_a_queue_count_from_one(hass, target, queue, position):
    with pytest.raises(vol.Invalid):
        await act(hass, "answer_waiting_call", target, queue=queue, position=position)


@pytest.mark.parametrize("action", ["answer_waiting_call", "resume_call"])
async def test_who_is_not_there_is_not_answered(hass, scripted_office, target, queue, action):
    with pytest.raises(ServiceValidationError, match="queue Support at position 3") as error:
        await act(hass, action, target, queue=queue, position=3)
    assert error.value.translation_key == "nobody_waits"
    scripted_office.change(SUPPORT, callers=())
    with pytest.raises(ServiceValidationError, match="queue Support at position 1"):
        await act(hass, action, target, queue=queue)
    assert not scripted_office.commands


async def test_a_number_whose_call_does_not_come_about_is_named(hass, scripted_office, target, bob):
    scripted_office.errors["dial"] = NotConfirmed()
    with pytest.raises(
        HomeAssistantError, match=r"call to 0800 did not come .* may be wrong"
    ) as error:
        await act(hass, "dial", target, number="0800")
    assert error.value.translation_key == "call_not_confirmed"
    with pytest.raises(HomeAssistantError) as error:
        await act(hass, "dial", target, extension=bob)
    assert error.value.translation_key == "not_confirmed"


# --- the present call --------------------------------------------------------------------------


async def test_all_that_is_known_of_calls_is_told(hass, scripted_office, target, bob):
    scripted_office.answers["get_call_details"] = lambda extension: {
        "abonentinfo": {"callerid": extension.number},
        "trace": [{"istask": False}],
    }
    both = {"device_id": [target["device_id"], bob]}
    assert await act(hass, "get_call_details", both, answer=True) == {
        device: {"abonentinfo": {"callerid": number}, "trace": [{"istask": False}]}
        for device, number in ((target["device_id"], "100"), (bob, "101"))
    }


# --- the history -------------------------------------------------------------------------------

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def _calls(kind, size, **_):
    """Return as many calls of a kind, one each 3 minutes: the kinds take turns."""
    first = list(HistoryKind).index(kind)
    return [
        HistoryEntry(
            kind, NOON - timedelta(minutes=first + 3 * number), f"{kind} {number}", 61.0, None, "1"
        )
        for number in range(size)
    ]


async def test_the_latest_calls_of_all_kinds_are_told(hass, scripted_office, target):
    scripted_office.answers["get_call_history"] = _calls
    answer = await act(hass, "get_call_history", target, answer=True)
    assert list(answer) == [target["device_id"]]
    assert answer[target["device_id"]]["name"] == "Anna"
    calls = answer[target["device_id"]]["calls"]
    assert len(calls) == 20
    assert [call["party"] for call in calls[:4]] == ["sent 0", "received 0", "missed 0", "sent 1"]
    assert calls[1] == {
        "kind": "received",
        "time": "2026-11-21T11:59:00+00:00",
        "party": "received 0",
        "name": None,
        "number": "1",
        "duration": 61.0,
    }


async def test_only_so_many_calls_of_the_chosen_kinds_are_asked_for(hass, scripted_office, target):
    scripted_office.answers["get_call_history"] = _calls
    answer = await act(
        hass, "get_call_history", target, answer=True, kinds=["missed", "sent", "missed"], limit=3
    )
    calls = answer[target["device_id"]]["calls"]
    assert [call["party"] for call in calls] == ["sent 0", "missed 0", "sent 1"]
    assert scripted_office.commands == [
        ("get_call_history", {"extension": ANNA.id, "kind": kind, "size": 3})
        for kind in (HistoryKind.MISSED, HistoryKind.SENT)
    ]


async def test_calls_of_unknown_time_come_last(hass, scripted_office, target):
    scripted_office.answers["get_call_history"] = [
        HistoryEntry(HistoryKind.MISSED, None, "once", 0.0),
        HistoryEntry(HistoryKind.MISSED, NOON, "lately", 0.0),
    ]
    answer = await act(hass, "get_call_history", target, answer=True, kinds="missed")
    calls = answer[target["device_id"]]["calls"]
    assert [(call["party"], call["time"]) for call in calls] == [
        ("lately", "2026-11-21T12:00:00+00:00"),
        ("once", None),
    ]


@pytest.mark.parametrize(
    "data", [{"kinds": []}, {"kinds": ["lost"]}, {"limit": 0}, {"limit": 101}, {"limit": "many"}]
)
async def test_a_history_has_its_kinds_and_bounds(hass, scripted_office, target, data):
    with pytest.raises(vol.Invalid):
        await act(hass, "get_call_history", target, answer=True, **data)
    assert not scripted_office.commands


# --- faxes -------------------------------------------------------------------------------------

PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture
def folder(hass, tmp_path):
    """A folder that Home Assistant may read."""
    folder = tmp_path / "faxes"
    folder.mkdir()
    hass.config.allowlist_external_dirs = {str(folder)}
    return folder


async def test_a_document_is_faxed(hass, scripted_office, target, folder):
    document = folder / "contract.pdf"
    document.write_bytes(PDF)
    await act(hass, "send_fax", target, number="030 1234", path=str(document))
    asked = {"extension": ANNA.id, "number": "030 1234", "document": PDF}
    assert scripted_office.commands == [("send_fax", asked)]


async def test_a_document_may_have_the_full_size_and_no_more(hass, scripted_office, target, folder):
    document = folder / "book.pdf"
    document.write_bytes(PDF)
    os.truncate(document, DOCUMENT_SIZE_MOST)
    await act(hass, "send_fax", target, number="1", path=str(document))
    assert len(scripted_office.commands[0].arguments["document"]) == DOCUMENT_SIZE_MOST
    os.truncate(document, DOCUMENT_SIZE_MOST + 1)
    await _refused(hass, target, str(document))
    assert len(scripted_office.commands) == 1


async def test_only_documents_in_allowed_folders_are_faxed(
    hass, scripted_office, target, folder, tmp_path
):
    outside = tmp_path / "secret.pdf"
    outside.write_bytes(PDF)
    (folder / "link.pdf").symlink_to(outside)
    for path in (
        str(outside),
        str(folder / "link.pdf"),
        str(folder / ".." / "secret.pdf"),
        str(folder / "missing.pdf"),
        str(folder),
        "missing/entirely.pdf",
        "nul\0.pdf",
    ):
        await _refused(hass, target, path)
    assert not scripted_office.commands


async def test_what_is_no_pdf_is_not_faxed(hass, scripted_office, target, folder):
    (folder / "contract.pdf").write_bytes(b"II*\0 a picture")
    (folder / "empty.pdf").touch()
    os.mkfifo(folder / "pipe.pdf")
    for name in ("contract.pdf", "empty.pdf", "pipe.pdf"):
        await _refused(hass, target, str(folder / name))
    assert not scripted_office.commands


async def _refused(hass, target, path):
    with pytest.raises(ServiceValidationError, match="must be a PDF document") as error:
        await act(hass, "send_fax", target, number="1", path=path)
    assert error.value.translation_key == "invalid_file"
