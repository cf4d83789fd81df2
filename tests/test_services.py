"""The actions: whom they reach, what they do, and what they say when it fails."""

from typing import Any

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.core import Context
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
    UnknownUser,
)
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    label_registry as lr,
)
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.office_cti.const import DOMAIN
from custom_components.office_cti.telephony.model import Feature
from simulators.isymphony_status import StatusSimulator, default_office

from .common import SALES, SEAT, extension_device, set_up, state_of, until

PRESENCE = "sensor.extension_100_presence"


async def set_status(hass: Any, target: dict[str, Any], **data: Any) -> Any:
    context = data.pop("context", None)
    return await hass.services.async_call(
        DOMAIN,
        "set_status",
        data,
        target=target,
        blocking=True,
        return_response=True,
        context=context,
    )


async def dial(hass: Any, target: dict[str, Any], number: str = "0") -> None:
    await hass.services.async_call(DOMAIN, "dial", {"number": number}, target=target, blocking=True)


def statuses_sent(simulator: StatusSimulator) -> list[str]:
    """Return the numbers of the extensions whose status was set."""
    return [
        line.split("@#")[3]
        for line in simulator.received
        if line.startswith("set_extension_status")
    ]


@pytest.fixture
def device(hass, loaded):
    return extension_device(hass, loaded, *SEAT)


@pytest.fixture
def foreign(hass):
    """A device and an entity of another integration."""
    entry = MockConfigEntry(domain="lamps")
    entry.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("lamps", "1")}, name="Lamp"
    )
    return er.async_get(hass).async_get_or_create(
        "light", "lamps", "1", config_entry=entry, device_id=device.id
    )


# --- targets -----------------------------------------------------------------------------------


async def test_an_entity_stands_for_its_extension(hass, loaded, device, office):
    answer = await set_status(hass, {"entity_id": PRESENCE}, status="Away")
    assert office.extension(*SEAT).status == "Away"
    assert answer == {
        device.id: {"presence": "away", "status": "Away", "note": "", "return_time": None}
    }


async def test_an_extension_is_reached_once(hass, loaded, device, simulator):
    target = {"entity_id": [PRESENCE, "text.extension_100_note"], "device_id": device.id}
    answer = await set_status(hass, target, status="Away")
    assert statuses_sent(simulator) == ["100"]
    assert list(answer) == [device.id]


async def test_an_area_a_floor_and_a_label_reach_those_in_them(
    hass, loaded, device, foreign, simulator
):
    floor = fr.async_get(hass).async_create("Ground")
    area = ar.async_get(hass).async_create("Hall", floor_id=floor.floor_id)
    other_area = ar.async_get(hass).async_create("Desk")
    label = lr.async_get(hass).async_create("Boss")
    devices, entities = dr.async_get(hass), er.async_get(hass)
    devices.async_update_device(device.id, area_id=area.id)
    devices.async_update_device(foreign.device_id, area_id=area.id, labels={label.label_id})
    devices.async_update_device(device.via_device_id, area_id=area.id)  # no extension
    entities.async_update_entity("sensor.extension_101_presence", area_id=other_area.id)
    other = extension_device(hass, loaded, "Head Office", "Support", "102")
    devices.async_update_device(other.id, labels={label.label_id})

    for target, reached in (
        ({"area_id": area.id}, ["100"]),
        ({"floor_id": floor.floor_id}, ["100"]),
        ({"area_id": [other_area.id, area.id]}, ["100", "101"]),
        ({"label_id": label.label_id}, ["102"]),
    ):
        simulator.received.clear()
        await set_status(hass, target, status="Away")
        assert sorted(statuses_sent(simulator)) == reached


async def test_a_group_reaches_its_members(hass, loaded, simulator):
    hass.states.async_set(
        "group.bosses", "on", {"entity_id": [PRESENCE, "sensor.extension_101_presence"]}
    )
    await set_status(hass, {"entity_id": "group.bosses"}, status="Away")
    assert sorted(statuses_sent(simulator)) == ["100", "101"]


@pytest.mark.parametrize(
    "target",
    [
        {"entity_id": [PRESENCE, "light.lamps_1"]},
        {"entity_id": [PRESENCE, "light.nowhere"]},
        {"entity_id": [PRESENCE, "binary_sensor.office_connection"]},
        {"entity_id": PRESENCE, "device_id": "nothing"},
    ],
)
async def test_what_is_no_extension_cannot_be_named(hass, loaded, foreign, target, simulator):
    simulator.received.clear()
    with pytest.raises(ServiceValidationError) as error:
        await set_status(hass, target, status="Away")
    assert error.value.translation_key == "not_an_extension"
    assert not simulator.received


async def test_a_device_of_others_cannot_be_named(hass, loaded, foreign):
    with pytest.raises(ServiceValidationError, match="Lamp is not an extension") as error:
        await set_status(hass, {"device_id": foreign.device_id}, status="Away")
    assert error.value.translation_key == "not_an_extension"


@pytest.mark.parametrize(
    "target", [{"area_id": "nowhere"}, {"label_id": "nothing"}, {"entity_id": "all"}]
)
async def test_somebody_must_be_left(hass, loaded, target):
    with pytest.raises(ServiceValidationError) as error:
        await set_status(hass, target, status="Away")
    assert error.value.translation_key == "no_extension_in_target"


async def test_a_target_is_needed(hass, loaded):
    with pytest.raises(vol.Invalid):
        await set_status(hass, {}, status="Away")


async def test_what_is_not_loaded_cannot_be_named(hass, loaded, device, caplog):
    assert await hass.config_entries.async_unload(loaded.entry_id)
    dr.async_get(hass).async_update_device(device.id, name_by_user="Anna")
    for target in ({"device_id": device.id}, {"entity_id": PRESENCE}):
        with pytest.raises(ServiceValidationError, match="system of Anna") as error:
            await set_status(hass, target, status="Away")
        assert error.value.translation_key == "not_loaded"
    assert "deprecated" not in caplog.text


async def test_what_is_not_loaded_is_passed_over_in_an_area(hass, loaded, device):
    area = ar.async_get(hass).async_create("Hall")
    dr.async_get(hass).async_update_device(device.id, area_id=area.id)
    assert await hass.config_entries.async_unload(loaded.entry_id)
    with pytest.raises(ServiceValidationError) as error:
        await set_status(hass, {"area_id": area.id}, status="Away")
    assert error.value.translation_key == "no_extension_in_target"


async def test_two_systems_are_reached_at_once(hass, loaded, simulator):
    async with StatusSimulator(default_office(1)) as second:
        other = MockConfigEntry(
            domain=DOMAIN, entry_id="other", data={**loaded.data, "port": second.port}
        )
        other.add_to_hass(hass)
        await set_up(hass, other)
        devices = [
            extension_device(hass, loaded, *SEAT).id,
            extension_device(hass, other, *SEAT).id,
        ]
        answer = await set_status(hass, {"device_id": devices}, status="Away")
        assert answer.keys() == set(devices)
        assert statuses_sent(simulator) == statuses_sent(second) == ["100"]
        assert await hass.config_entries.async_unload(other.entry_id)


# --- features ----------------------------------------------------------------------------------


async def test_this_system_cannot_dial(hass, loaded):
    with pytest.raises(ServiceValidationError, match="system of Extension 100 cannot") as error:
        await dial(hass, {"entity_id": PRESENCE})
    assert error.value.translation_key == "not_supported"


async def test_who_cannot_is_passed_over_in_an_area(hass, loaded, device):
    area = ar.async_get(hass).async_create("Hall")
    dr.async_get(hass).async_update_device(device.id, area_id=area.id)
    with pytest.raises(ServiceValidationError) as error:
        await dial(hass, {"area_id": area.id})
    assert error.value.translation_key == "no_extension_in_target"


async def test_exactly_one_extension_can_dial(hass, loaded):
    for record in loaded.runtime_data.directory.extensions:
        features = record.object.features | {Feature.DIAL}
        loaded.runtime_data.directory.update(record, features=features)
    with pytest.raises(ServiceValidationError, match="has 2") as error:
        await dial(hass, {"entity_id": [PRESENCE, "sensor.extension_101_presence"]})
    assert error.value.translation_key == "exactly_one_extension"
    with pytest.raises(ServiceValidationError, match="cannot do this") as error:
        await dial(hass, {"entity_id": PRESENCE})
    assert "{" not in str(error.value)  # every placeholder is filled


# --- permission --------------------------------------------------------------------------------


async def test_who_may_only_look_may_not_act(hass, loaded, hass_read_only_user, simulator):
    simulator.received.clear()
    with pytest.raises(Unauthorized) as error:
        await set_status(
            hass,
            {"entity_id": PRESENCE},
            status="Away",
            context=Context(user_id=hass_read_only_user.id),
        )
    assert error.value.permission == POLICY_CONTROL
    assert not simulator.received


async def test_disabled_entities_are_no_way_round_it(
    hass, loaded, device, hass_read_only_user, simulator
):
    entities = er.async_get(hass)
    for entity in er.async_entries_for_device(entities, device.id):
        entities.async_update_entity(entity.entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    await hass.async_block_till_done()
    simulator.received.clear()
    with pytest.raises(Unauthorized):
        await set_status(
            hass,
            {"device_id": device.id},
            status="Away",
            context=Context(user_id=hass_read_only_user.id),
        )
    assert not simulator.received


async def test_nobody_may_act_as_somebody_unknown(hass, loaded):
    with pytest.raises(UnknownUser):
        await set_status(
            hass, {"entity_id": PRESENCE}, status="Away", context=Context(user_id="nobody")
        )


async def test_who_may_control_may_act(hass, loaded, hass_admin_user, office):
    user = await hass.auth.async_create_user("Anna", group_ids=["system-users"])
    for each, status in ((user, "Away"), (hass_admin_user, "Busy")):
        await set_status(
            hass, {"entity_id": PRESENCE}, status=status, context=Context(user_id=each.id)
        )
        assert office.extension(*SEAT).status == status


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
        {},
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
