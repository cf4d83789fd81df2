"""The actions on persons: what they set, what they answer, and what they say when it fails."""

from typing import Any

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
import voluptuous as vol

from custom_components.office_cti.telephony.model import (
    Feature,
    ForwardKind,
    StateChange,
    Status,
    StatusKind,
    StatusList,
)
from custom_components.office_cti.telephony.system import (
    CannotReceiveMessages,
    InCallCenter,
    NotConfirmed,
)

from .common import SALES, SEAT, extension_device, state_of, until
from .people import ANNA, BOB, act, device_of

PRESENCE = "sensor.extension_100_presence"


async def set_status(hass: Any, target: dict[str, Any], **data: Any) -> Any:
    return await act(hass, "set_status", target, answer=True, **data)


@pytest.fixture
def device(hass, loaded):
    return extension_device(hass, loaded, *SEAT)


@pytest.fixture
def anna(hass, staffed):
    """Anna, as a target."""
    return {"device_id": device_of(hass, staffed, ANNA)}


# --- set_status --------------------------------------------------------------------------------


async def test_status_note_and_return_time_in_one(hass, loaded, device, office, simulator):
    simulator.received.clear()
    answer = await set_status(
        hass,
        {"entity_id": PRESENCE},
        return_time="2027-01-15T09:00:00+01:00",
        note="Zahnarzt\r\nbis zwei",
        status="Out to Lunch",
    )
    extension = office.extension(*SEAT)
    assert (extension.status, extension.note, extension.return_time) == (
        "Out to Lunch",
        "Zahnarzt\nbis zwei",
        1_800_000_000,
    )
    assert answer[device.id] == {
        "name": "Extension 100",
        "presence": "away",
        "status": "Out to Lunch",
        "note": "Zahnarzt\nbis zwei",
        "return_time": "2027-01-15T08:00:00+00:00",
    }
    commands = [line.split("@#")[0] for line in simulator.received if line.startswith("set_")]
    assert commands == [
        "set_extension_status",
        "set_extension_note",
        "set_extension_return_time",
    ]


async def test_only_what_is_given_is_set(hass, loaded, office, simulator):
    office.set_note(*SALES, "101", "stays")
    simulator.received.clear()
    await set_status(hass, {"entity_id": "sensor.extension_101_presence"}, status="Busy")
    assert [line for line in simulator.received if line.startswith("set_")] == [
        "set_extension_status@#Head Office@#Sales@#101@#Busy"
    ]


async def test_a_time_without_a_zone_is_that_of_the_house(hass, loaded, office):
    await hass.config.async_set_time_zone("Europe/Berlin")
    await set_status(hass, {"entity_id": PRESENCE}, return_time="2027-01-15 09:00:00")
    assert office.extension(*SEAT).return_time == 1_800_000_000


async def test_a_duration_counts_from_now(hass, loaded, office, freezer):
    freezer.move_to("2027-01-15T07:00:00+00:00")
    await set_status(hass, {"entity_id": PRESENCE}, duration={"hours": 1})
    assert office.extension(*SEAT).return_time == 1_800_000_000


async def test_note_and_return_time_can_be_cleared(hass, loaded, office, happens):
    await happens(office.set_note(*SEAT, "Lunch"), office.set_return_time(*SEAT, 1_800_000_000))
    await set_status(
        hass, {"entity_id": PRESENCE}, status="Available", clear=["note", "return_time"]
    )
    extension = office.extension(*SEAT)
    assert (extension.note, extension.return_time) == ("", 0)
    assert state_of(hass, "text.extension_100_note") == ""


@pytest.mark.parametrize(
    "data",
    [
        {"clear": "note", "note": "Lunch"},
        {"clear": "return_time", "return_time": "2027-01-15 09:00:00"},
        {"clear": ["note", "return_time"], "duration": "01:00:00"},
    ],
)
async def test_what_is_set_cannot_be_cleared(hass, loaded, simulator, data):
    simulator.received.clear()
    with pytest.raises(ServiceValidationError) as error:
        await set_status(hass, {"entity_id": PRESENCE}, **data)
    assert error.value.translation_key == "set_and_cleared"
    assert not simulator.received


@pytest.mark.parametrize(
    "data",
    [
        {"status": ""},
        {"clear": "status"},
        {"duration": "-01:00:00"},
        {"colour": "red"},
    ],
)
async def test_what_makes_no_sense_is_refused(hass, loaded, data):
    with pytest.raises(vol.Invalid):
        await set_status(hass, {"entity_id": PRESENCE}, **data)


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"status": "a@#b"}, "status_not_offered"),
        ({"status": "Asleep"}, "status_not_offered"),
        ({"duration": "01:00:00", "return_time": "2027-01-15 09:00:00"}, "return_time_twice"),
        ({"note": "a@#b"}, "reserved_characters"),
        ({"note": "#masknl#"}, "reserved_characters"),
        ({"note": "a@\nb"}, "reserved_characters"),
        ({"return_time": "1969-07-20T20:17:00+00:00"}, "invalid_return_time"),
        ({"return_time": "0001-01-01T00:00:00+14:00"}, "invalid_return_time"),
        ({"duration": {"days": 5_000_000}}, "invalid_return_time"),
    ],
)
async def test_what_cannot_travel_is_not_sent(hass, loaded, simulator, data, key):
    simulator.received.clear()
    with pytest.raises(ServiceValidationError) as error:
        await set_status(hass, {"entity_id": PRESENCE}, **data)
    assert error.value.translation_key == key
    assert not simulator.received


async def test_a_refusal_is_told_in_the_servers_words(hass, loaded, simulator):
    simulator.faults.error(command="set_extension_status", text="Not today.")
    with pytest.raises(HomeAssistantError, match=r"refused: Not today\.") as error:
        await set_status(hass, {"entity_id": PRESENCE}, status="Busy")
    assert error.value.translation_key == "refused"


async def test_a_status_is_known_whatever_its_capitals_and_spaces(hass, loaded, office):
    await set_status(hass, {"entity_id": PRESENCE}, status="  out TO  lunch ")
    assert office.extension(*SEAT).status == "Out to Lunch"


async def test_whoever_names_no_status_is_told_which_there_are(hass, loaded):
    with pytest.raises(ServiceValidationError, match=r"Asleep\. There are: Available, "):
        await set_status(hass, {"entity_id": PRESENCE}, status="Asleep")


async def test_a_status_that_is_not_there_ends_it_and_says_what_was_set(hass, loaded, office):
    await set_status(hass, {"entity_id": PRESENCE}, note="Lunch")
    with pytest.raises(HomeAssistantError) as error:
        await set_status(
            hass,
            {"entity_id": [PRESENCE, "sensor.extension_102_presence"]},
            status="Wrapping Up",
            note="Tea",
        )
    assert error.value.translation_key == "some_failed"
    assert office.extension(*SEAT).note == "Lunch"


async def test_the_first_refusal_ends_it_and_says_what_was_set(hass, loaded, simulator, office):
    simulator.faults.error(command="set_extension_note", text="Nobody may.")
    with pytest.raises(HomeAssistantError) as error:
        await set_status(
            hass, {"entity_id": PRESENCE}, status="Busy", note="Lunch", duration="01:00:00"
        )
    assert error.value.translation_key == "partly_set"
    assert error.value.translation_placeholders["done"] == "status"
    assert error.value.translation_placeholders["failed"] == "note"
    assert str(error.value) == (
        "Extension 100: status was set, but note was not: The telephone system refused: Nobody may."
    )
    extension = office.extension(*SEAT)
    assert (extension.status, extension.note, extension.return_time) == ("Busy", "", 0)


async def test_all_are_tried_and_one_error_names_those_that_failed(hass, loaded, office):
    names = ("sensor.extension_100_presence", "sensor.extension_102_presence")
    with pytest.raises(HomeAssistantError, match=r"^1 of 2 failed: Extension 100: ") as error:
        await set_status(hass, {"entity_id": names}, status="Wrapping Up")
    assert error.value.translation_key == "some_failed"
    assert office.extension("Head Office", "Support", "102").status == "Wrapping Up"


async def test_a_defect_of_ours_is_not_taken_for_a_refusal(hass, loaded, monkeypatch):
    async def fail(*_: Any) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(loaded.runtime_data.system, "set_status", fail)
    with pytest.raises(RuntimeError, match="a defect"):
        await set_status(hass, {"entity_id": PRESENCE}, status="Away")


@pytest.mark.parametrize("options", [{"grace_period": 300}])
async def test_nothing_is_sent_without_a_connection(hass, loaded, simulator):
    await simulator.faults.refuse()
    await until(lambda: state_of(hass, "binary_sensor.office_connection") == "off")
    with pytest.raises(HomeAssistantError) as error:
        await set_status(hass, {"entity_id": PRESENCE}, status="Away")
    assert error.value.translation_key == "not_connected"


async def test_who_has_just_gone_is_told(hass, loaded, office, simulator, monkeypatch):
    """The extension goes while the action waits for its turn."""
    directory = loaded.runtime_data.directory
    record = directory.extensions.get(SEAT)
    resolve = loaded.runtime_data.record_of
    monkeypatch.setattr(
        loaded.runtime_data,
        "record_of",
        lambda device_id: (resolve(device_id), directory.extensions.remove(record))[0],
    )
    with pytest.raises(HomeAssistantError, match=r"no longer has 100") as error:
        await set_status(hass, {"entity_id": PRESENCE}, status="Away")
    assert error.value.translation_key == "not_there"


async def test_the_whole_of_a_long_note_is_answered(hass, loaded, device, office):
    answer = await set_status(hass, {"entity_id": PRESENCE}, note="x" * 5000)
    assert answer[device.id]["note"] == office.extension(*SEAT).note == "x" * 5000
    assert len(state_of(hass, "text.extension_100_note")) == 255


async def test_a_return_time_far_away_can_be_set(hass, loaded, device):
    answer = await set_status(
        hass, {"entity_id": PRESENCE}, return_time="2999-12-31 00:00:00+00:00"
    )
    assert answer[device.id]["return_time"] == "2999-12-31T00:00:00+00:00"


# --- statuses that may follow each other --------------------------------------------------------

IN = Status("Available", StatusKind.AVAILABLE, key="available")
LUNCH = Status("Lunch", StatusKind.AWAY, key="lunch", following=frozenset({"available", "gone"}))
BUSY = Status("Busy", StatusKind.BUSY, key="busy", following=frozenset())
GONE = Status("gone", StatusKind.OFFLINE)
STATUSES = StatusList(id=("profile",), statuses=(IN, LUNCH, BUSY, GONE))


@pytest.fixture
def chooses(scripted_office, anna):
    """Have Anna choose among the statuses, where this one is the present."""

    def chooses(present):
        scripted_office.put(STATUSES)
        scripted_office.change(ANNA, status_list=STATUSES.id, status=present)

    return chooses


@pytest.mark.parametrize(
    ("present", "wanted"),
    [
        (IN, "Busy"),  # nothing is said of what may follow
        (LUNCH, "available"),
        (LUNCH, "gone"),  # which the server calls by its name
        (LUNCH, "Lunch"),
        (None, "Busy"),
    ],
)
async def test_a_status_that_may_follow_is_set(
    hass, scripted_office, anna, chooses, present, wanted
):
    chooses(present)
    await set_status(hass, anna, status=wanted)
    ((_, arguments),) = scripted_office.commands
    assert arguments["status"].casefold() == wanted.casefold()


async def test_a_status_that_may_not_follow_is_refused_and_what_may_is_told(
    hass, scripted_office, anna, chooses
):
    chooses(LUNCH)
    with pytest.raises(ServiceValidationError) as error:
        await set_status(hass, anna, status="busy")
    assert error.value.translation_key == "status_not_allowed_after"
    assert str(error.value) == (
        "Anna cannot have the status Busy after Lunch. Possible now: Available, gone"
    )
    assert not scripted_office.commands


async def test_where_no_status_may_follow_none_is_told(hass, scripted_office, anna, chooses):
    chooses(BUSY)
    with pytest.raises(ServiceValidationError, match="cannot have the status Lunch now") as error:
        await set_status(hass, anna, status="Lunch")
    assert error.value.translation_key == "status_not_allowed"
    assert not scripted_office.commands


async def test_without_a_list_of_statuses_any_may_be_tried(hass, scripted_office, anna):
    await set_status(hass, anna, status="Asleep")
    assert scripted_office.commands == [("set_status", {"extension": ANNA.id, "status": "Asleep"})]


async def test_what_a_telephone_system_does_not_have_is_named(hass, scripted_office, anna):
    scripted_office.change(
        ANNA, features=ANNA.features - {Feature.SET_NOTE, Feature.SET_RETURN_TIME}
    )
    await hass.async_block_till_done()
    with pytest.raises(ServiceValidationError, match="has no note, return_time") as error:
        await set_status(hass, anna, status="Away", note="Lunch", duration="01:00:00")
    assert error.value.translation_key == "part_not_supported"
    assert not scripted_office.commands


@pytest.mark.parametrize(
    ("action", "data", "fields"),
    [
        ("set_status", {}, "status, note, return_time, duration, clear"),
        ("set_user_state", {}, "state, redirect, call_center, on_break, "),
        ("set_forward", {"kind": "always"}, "enabled, destination"),
    ],
)
async def test_who_gives_nothing_is_told_what_there_is_to_give(
    hass, scripted_office, anna, action, data, fields
):
    with pytest.raises(ServiceValidationError, match=f"at least one of these: {fields}") as error:
        await act(hass, action, anna, **data)
    assert error.value.translation_key == "nothing_given"
    assert not scripted_office.commands


# --- set_user_state ----------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["do_not_disturb", "call_filter", "recording"])
@pytest.mark.parametrize("enabled", [True, False])
async def test_one_thing_is_switched_alone(hass, scripted_office, anna, part, enabled):
    await act(hass, "set_user_state", anna, **{part: enabled})
    assert scripted_office.commands == [(f"set_{part}", {"extension": ANNA.id, "enabled": enabled})]


async def test_all_are_switched_in_one_up_to_the_first_failure(hass, scripted_office, anna):
    scripted_office.errors["set_recording"] = NotConfirmed()
    with pytest.raises(HomeAssistantError) as error:
        await act(
            hass, "set_user_state", anna, recording=True, call_filter=False, do_not_disturb=True
        )
    assert error.value.translation_key == "partly_set"
    assert error.value.translation_placeholders["done"] == "do_not_disturb, call_filter"
    assert [command.name for command in scripted_office.commands] == [
        "set_do_not_disturb",
        "set_call_filter",
        "set_recording",
    ]


@pytest.mark.parametrize(
    ("given", "change"),
    [
        ({"state": "Away"}, StateChange(status="Away")),
        ({"redirect": False}, StateChange(redirect=False)),
        ({"call_center": True}, StateChange(call_center=True)),
        ({"on_break": True}, StateChange(on_break=True)),
        (
            {"on_break": True, "break_reason_id": "3"},
            StateChange(on_break=True, break_reason_id=3),
        ),
        ({"break_reason": " Training "}, StateChange(break_reason="Training")),
        (
            {"break_reason_id": 0, "state": "Break", "call_center": True, "redirect": False},
            StateChange("Break", redirect=False, call_center=True, break_reason_id=0),
        ),
    ],
)
async def test_what_belongs_together_is_changed_at_once(hass, scripted_office, anna, given, change):
    await act(hass, "set_user_state", anna, **given)
    told = {"extension": ANNA.id, "change": change}
    assert scripted_office.commands == [("change_state", told)]


async def test_what_is_changed_at_once_comes_first(hass, scripted_office, anna):
    await act(hass, "set_user_state", anna, recording=True, on_break=True, state="Ready")
    names = [command.name for command in scripted_office.commands]
    assert names == ["change_state", "set_recording"]

    scripted_office.errors["set_recording"] = NotConfirmed()
    with pytest.raises(HomeAssistantError) as error:
        await act(hass, "set_user_state", anna, recording=True, on_break=True, state="Ready")
    assert error.value.translation_key == "partly_set"
    assert error.value.translation_placeholders["done"] == "state, on_break"
    scripted_office.errors["change_state"] = InCallCenter(name="Anna")
    with pytest.raises(ServiceValidationError, match="Switch the call-center mode off first"):
        await act(hass, "set_user_state", anna, recording=True, redirect=True)


async def test_a_state_is_one_of_those_that_are_offered(hass, scripted_office, anna):
    states = tuple(Status(name, StatusKind.BUSY) for name in ("Ready", "Away"))
    scripted_office.put(StatusList(id=("states",), statuses=states))
    scripted_office.change(ANNA, status_list=("states",), status=Status("Busy", StatusKind.BUSY))
    await act(hass, "set_user_state", anna, state="  AWAY")
    assert scripted_office.commands[0].arguments["change"] == StateChange(status="Away")
    with pytest.raises(ServiceValidationError, match="There are: Ready, Away") as error:
        await act(hass, "set_user_state", anna, state="Busy", recording=True)
    assert error.value.translation_key == "status_not_offered"
    assert len(scripted_office.commands) == 1


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"on_break": True, "break_reason_id": 3, "break_reason": "Tea"}, "break_reason_twice"),
        ({"on_break": False, "break_reason_id": 3}, "break_reason_without_break"),
        ({"on_break": False, "break_reason": "Tea"}, "break_reason_without_break"),
    ],
)
async def test_a_break_has_one_reason(hass, scripted_office, anna, given, key):
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "set_user_state", anna, **given)
    assert error.value.translation_key == key
    assert not scripted_office.commands


@pytest.mark.parametrize(
    "given",
    [
        {"state": ""},
        {"redirect": "perhaps"},
        {"break_reason_id": -1},
        {"break_reason_id": 2**31},
        {"break_reason_id": "tea"},
        {"break_reason": " "},
    ],
)
async def test_what_is_no_state_is_refused(hass, scripted_office, anna, given):
    with pytest.raises(vol.Invalid):
        await act(hass, "set_user_state", anna, **given)
    assert not scripted_office.commands


@pytest.mark.parametrize(
    ("feature", "given"),
    [
        (Feature.SET_STATUS, {"state": "Ready"}),
        (Feature.SET_REDIRECT, {"redirect": True}),
        (Feature.SET_CALL_CENTER, {"call_center": True}),
        (Feature.SET_BREAK, {"on_break": True}),
        (Feature.SET_BREAK, {"break_reason_id": 1}),
        (Feature.SET_BREAK, {"break_reason": "Tea"}),
    ],
)
async def test_each_part_of_a_state_must_be_possible(hass, scripted_office, anna, feature, given):
    scripted_office.change(ANNA, features=frozenset(Feature) - {feature})
    await hass.async_block_till_done()
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "set_user_state", anna, **given)
    assert error.value.translation_key == "part_not_supported"
    assert error.value.translation_placeholders["parts"] in given
    scripted_office.change(ANNA, features=frozenset({feature}))
    await act(hass, "set_user_state", anna, **given)
    assert len(scripted_office.commands) == 1


async def test_only_what_is_given_must_be_possible(hass, scripted_office, anna):
    scripted_office.change(ANNA, features=ANNA.features - {Feature.SET_RECORDING})
    await hass.async_block_till_done()
    await act(hass, "set_user_state", anna, do_not_disturb=True)
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "set_user_state", anna, do_not_disturb=True, recording=True)
    assert str(error.value) == ("Anna: the telephone system has no recording. Leave that out")
    assert len(scripted_office.commands) == 1


# --- set_forward -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ForwardKind)
@pytest.mark.parametrize(
    ("given", "enabled", "destination"),
    [
        ({"enabled": True}, True, None),
        ({"enabled": False}, False, None),
        ({"destination": " 102 "}, None, "102"),
        ({"enabled": True, "destination": "102"}, True, "102"),
        ({"enabled": False, "destination": ""}, False, ""),
    ],
)
async def test_a_forward_is_switched_or_led_elsewhere(
    hass, scripted_office, anna, kind, given, enabled, destination
):
    await act(hass, "set_forward", anna, kind=kind.value, **given)
    ((name, arguments),) = scripted_office.commands
    assert (name, arguments) == (
        "set_forward",
        {"extension": ANNA.id, "kind": kind, "enabled": enabled, "destination": destination},
    )


# --- send_message ------------------------------------------------------------------------------


async def test_a_message_is_sent_to_everybody_in_the_target(hass, staffed, scripted_office):
    devices = [device_of(hass, staffed, each) for each in (ANNA, BOB)]
    await act(hass, "send_message", {"device_id": devices}, text="Your visitor\nis here")
    assert sorted(command.arguments["extension"] for command in scripted_office.commands) == [
        ANNA.id,
        BOB.id,
    ]
    assert {command.arguments["text"] for command in scripted_office.commands} == {
        "Your visitor\nis here"
    }


async def test_who_is_not_there_to_read_it_is_named(hass, scripted_office, anna):
    scripted_office.errors["send_message"] = CannotReceiveMessages(name="Anna")
    with pytest.raises(ServiceValidationError, match="Nobody is logged in as Anna"):
        await act(hass, "send_message", anna, text="Hello")


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("set_user_state", {"do_not_disturb": "perhaps"}),
        ("set_forward", {"enabled": True}),
        ("set_forward", {"kind": "sometimes", "enabled": True}),
        ("send_message", {}),
        ("send_message", {"text": ""}),
    ],
)
async def test_what_says_nothing_is_refused(hass, scripted_office, anna, action, data):
    with pytest.raises(vol.Invalid):
        await act(hass, action, anna, **data)
    assert not scripted_office.commands
