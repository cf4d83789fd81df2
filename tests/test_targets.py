"""Whom the actions reach, and who may do them."""

from types import SimpleNamespace
from typing import Any

from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.core import ServiceCall
from homeassistant.exceptions import ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    label_registry as lr,
)
from homeassistant.helpers.target import TargetSelection
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
import voluptuous as vol

from custom_components.office_cti import targets
from custom_components.office_cti.const import DOMAIN
from custom_components.office_cti.telephony.model import Agent, Extension, Feature, QueueStatistics
from simulators.isymphony_status import StatusSimulator, default_office

from .common import SEAT, extension_device, set_up
from .people import AGENT, ANNA, BOB, ON_HOLD, OTHER_AGENT, SUPPORT, act, device_of
from .scripted_system import Login

PRESENCE = "sensor.extension_100_presence"


async def set_status(hass: Any, target: dict[str, Any], **data: Any) -> Any:
    return await act(hass, "set_status", target, answer=True, **data)


async def dial(hass: Any, target: dict[str, Any]) -> None:
    await act(hass, "dial", target, number="0")


def statuses_sent(simulator: StatusSimulator) -> list[str]:
    """Return the numbers of the extensions whose status was set."""
    return [
        line.split("@#")[3]
        for line in simulator.received
        if line.startswith("set_extension_status")
    ]


def entities_of(hass, device_id):
    """Return the ids of all entities of a device, disabled ones, too."""
    entries = er.async_entries_for_device(
        er.async_get(hass), device_id, include_disabled_entities=True
    )
    return [entry.entity_id for entry in entries]


def reached(scripted_office, argument="agent"):
    """Return the ids of the objects that commands have reached, in order."""
    return sorted(command.arguments[argument] for command in scripted_office.commands)


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
        device.id: {
            "name": "Extension 100",
            "presence": "away",
            "status": "Away",
            "note": "",
            "return_time": None,
        }
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
    with pytest.raises(
        ServiceValidationError, match=r"^Extension 100: the telephone system cannot"
    ) as error:
        await dial(hass, {"entity_id": PRESENCE})
    assert error.value.translation_key == "not_supported"


async def test_who_lacks_only_an_account_is_told_so(hass, staffed, scripted_office):
    scripted_office.logins["bob"] = Login(
        "secret", BOB.id, "Bob", frozenset({Feature.SET_FORWARDS})
    )
    scripted_office.change(BOB, features=BOB.features - {Feature.SET_FORWARDS})
    await hass.async_block_till_done()
    target = {"device_id": device_of(hass, staffed, BOB)}
    with pytest.raises(
        ServiceValidationError, match=r"^Bob: this needs the person's own account\. .* Add account"
    ) as error:
        await act(hass, "set_forward", target, kind="always", enabled=False)
    assert error.value.translation_key == "account_needed"
    assert not scripted_office.commands


async def test_who_lacks_only_a_described_request_is_told_so(hass, staffed, scripted_office):
    scripted_office.describable[BOB.id] = frozenset({Feature.SET_STATUS})
    scripted_office.change(BOB, features=BOB.features - {Feature.SET_STATUS, Feature.SET_NOTE})
    await hass.async_block_till_done()
    target = {"device_id": device_of(hass, staffed, BOB)}
    with pytest.raises(
        ServiceValidationError, match=r"^Bob: .* Describe the request.* Requests"
    ) as error:
        await set_status(hass, target, status="Away")
    assert error.value.translation_key == "request_needed"
    with pytest.raises(ServiceValidationError) as error:
        await set_status(hass, target, status="Away", note="Lunch")
    assert error.value.translation_key == "part_not_supported"
    assert not scripted_office.commands


async def test_all_who_cannot_are_named_and_nothing_is_done(hass, staffed, scripted_office):
    scripted_office.logins["bob"] = Login("secret", BOB.id, "Bob", frozenset({Feature.SET_STATUS}))
    anna = scripted_office.change(ANNA, features=frozenset())
    scripted_office.change(BOB, features=BOB.features - {Feature.SET_STATUS})
    dora = Extension(id=("3",), number="102", name="Dora", features=frozenset(Feature))
    emil = Extension(id=("4",), number="103", name="Emil")
    scripted_office.put(dora, emil)
    await hass.async_block_till_done()
    named = [device_of(hass, staffed, each) for each in (dora, anna, BOB, emil)]
    with pytest.raises(ServiceValidationError) as error:
        await set_status(hass, {"device_id": named}, status="Away", note="Lunch")
    told = str(error.value)
    assert told.startswith("Nothing was done. ")
    assert "Anna, Emil: the telephone system has no status, note" in told
    assert "Bob: this needs the person's own account." in told
    assert error.value.translation_key == "several_cannot"
    with pytest.raises(
        ServiceValidationError, match=r"^Anna, Emil: the telephone system cannot do this"
    ) as error:
        await act(hass, "hang_up", {"device_id": named})
    assert error.value.translation_key == "not_supported"
    assert not scripted_office.commands


async def test_who_cannot_is_named_once_however_often_in_the_target(hass, loaded, device):
    target = {"entity_id": [PRESENCE, "text.extension_100_note"], "device_id": device.id}
    with pytest.raises(ServiceValidationError, match=r"^Extension 100: "):
        await dial(hass, target)


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


# --- agents and queues -------------------------------------------------------------------------


async def test_an_extension_stands_for_its_agent(hass, staffed, scripted_office):
    await act(hass, "agent_pause", {"device_id": device_of(hass, staffed, BOB)})
    await act(hass, "agent_pause", {"entity_id": "sensor.bob_presence"})
    assert reached(scripted_office) == [AGENT.id, AGENT.id]


async def test_an_agent_is_reached_once_by_whatever_name(hass, staffed, scripted_office):
    devices = [device_of(hass, staffed, each) for each in (AGENT, BOB)]
    await act(hass, "agent_pause", {"device_id": devices})
    assert reached(scripted_office) == [AGENT.id]


async def test_an_area_reaches_the_agents_of_the_people_in_it(hass, staffed, scripted_office):
    """Who is no agent, such as Anna and a queue, is passed over."""
    area = ar.async_get(hass).async_create("Hall")
    for each in (ANNA, BOB, SUPPORT):
        dr.async_get(hass).async_update_device(device_of(hass, staffed, each), area_id=area.id)
    await act(hass, "agent_pause", {"area_id": area.id})
    assert reached(scripted_office) == [AGENT.id]


@pytest.mark.parametrize("options", [{"kinds": ["extensions"]}])
async def test_an_agent_without_a_device_is_reached_by_the_extension(
    hass, staffed, scripted_office
):
    await act(hass, "agent_pause", {"device_id": device_of(hass, staffed, BOB)})
    assert reached(scripted_office) == [AGENT.id]


async def test_an_agent_that_has_gone_is_not_there_by_the_extension(hass, staffed, scripted_office):
    scripted_office.remove(AGENT)
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "agent_pause", {"device_id": device_of(hass, staffed, BOB)})
    assert error.value.translation_key == "not_an_agent"


async def test_an_area_reaches_the_queues_in_it(hass, staffed, scripted_office):
    area = ar.async_get(hass).async_create("Hall")
    for each in (ANNA, AGENT, SUPPORT, ON_HOLD):
        dr.async_get(hass).async_update_device(device_of(hass, staffed, each), area_id=area.id)
    agent = device_of(hass, staffed, OTHER_AGENT)
    await act(hass, "queue_add_member", {"area_id": area.id}, agent=agent)
    assert reached(scripted_office, "queue") == sorted([SUPPORT.id, ON_HOLD.id])


@pytest.mark.parametrize(
    ("action", "named", "key", "message"),
    [
        ("hang_up", AGENT, "not_an_extension", "Agent Bob is not an extension"),
        ("agent_pause", ANNA, "not_an_agent", "Anna is not an agent .* nor an extension that has"),
        ("agent_pause", SUPPORT, "not_an_agent", "Queue Support is not an agent"),
        ("get_queue_statistics", AGENT, "not_a_queue", "Agent Bob is not a queue"),
        ("get_queue_statistics", BOB, "not_a_queue", "Bob is not a queue"),
    ],
)
async def test_what_is_not_asked_for_cannot_be_named(
    hass, staffed, scripted_office, action, named, key, message
):
    target = {"device_id": device_of(hass, staffed, named)}
    with pytest.raises(ServiceValidationError, match=message) as error:
        await act(hass, action, target, answer=action.startswith("get"))
    assert error.value.translation_key == key
    assert not scripted_office.commands


@pytest.mark.parametrize(
    ("action", "key"),
    [
        ("hang_up", "no_extension_in_target"),
        ("agent_pause", "no_agent_in_target"),
        ("get_queue_statistics", "no_queue_in_target"),
    ],
)
async def test_an_area_must_have_somebody_who_is_asked_for(hass, staffed, action, key):
    with pytest.raises(ServiceValidationError, match="Nothing in the target is a") as error:
        await act(hass, action, {"area_id": "nowhere"}, answer=action.startswith("get"))
    assert error.value.translation_key == key


async def test_agents_and_queues_that_cannot_are_refused_or_passed_over(
    hass, staffed, scripted_office
):
    scripted_office.change(AGENT, features=AGENT.features - {Feature.PAUSE})
    area = ar.async_get(hass).async_create("Hall")
    for each in (BOB, AGENT, OTHER_AGENT):
        dr.async_get(hass).async_update_device(device_of(hass, staffed, each), area_id=area.id)
    await act(hass, "agent_pause", {"area_id": area.id})
    assert reached(scripted_office) == [OTHER_AGENT.id]
    for named in (BOB, AGENT):
        with pytest.raises(
            ServiceValidationError, match=r"^Agent Bob: the telephone system cannot"
        ) as error:
            await act(hass, "agent_pause", {"device_id": device_of(hass, staffed, named)})
        assert error.value.translation_key == "not_supported"
    assert len(scripted_office.commands) == 1


# --- what a target leaves out ------------------------------------------------------------------


class Selection(TargetSelection):
    """A selection that may leave something out, which Home Assistant 2026.10 does not know yet."""

    def __init__(self, config):
        super().__init__(config)
        self.exclude = TargetSelection(config["exclude"])


@pytest.mark.parametrize("left_out", [BOB, AGENT])
@pytest.mark.parametrize("by", ["device_id", "entity_id"])
async def test_who_is_left_out_is_not_reached_by_another_name(
    hass, staffed, monkeypatch, left_out, by
):
    """Bob's agent is left out, whether by its own device or by Bob's extension."""
    monkeypatch.setattr(targets, "TargetSelection", Selection)
    area = ar.async_get(hass).async_create("Hall")
    for each in (BOB, AGENT, OTHER_AGENT):
        dr.async_get(hass).async_update_device(device_of(hass, staffed, each), area_id=area.id)
    device_id = device_of(hass, staffed, left_out)
    exclude = {by: {"device_id": device_id, "entity_id": entities_of(hass, device_id)[0]}[by]}
    call = ServiceCall(hass, DOMAIN, "agent_pause", {"area_id": [area.id], "exclude": exclude})
    found = targets.async_resolve_targets(call, Agent, {})
    assert [target.object for target in found] == [OTHER_AGENT]


# --- permission --------------------------------------------------------------------------------


async def test_who_may_only_look_may_not_act(hass, loaded, hass_read_only_user, simulator):
    simulator.received.clear()
    with pytest.raises(Unauthorized) as error:
        await set_status(
            hass,
            {"entity_id": PRESENCE},
            status="Away",
            user=hass_read_only_user,
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
            user=hass_read_only_user,
        )
    assert not simulator.received


async def test_nobody_may_act_as_somebody_unknown(hass, loaded):
    with pytest.raises(UnknownUser):
        await set_status(
            hass, {"entity_id": PRESENCE}, status="Away", user=SimpleNamespace(id="nobody")
        )


async def test_who_may_control_may_act(hass, loaded, hass_admin_user, office):
    user = await hass.auth.async_create_user("Anna", group_ids=["system-users"])
    for each, status in ((user, "Away"), (hass_admin_user, "Busy")):
        await set_status(hass, {"entity_id": PRESENCE}, status=status, user=each)
        assert office.extension(*SEAT).status == status


@pytest.fixture
def may(hass, staffed):
    """Make a person who may do what is said with the devices of these objects, and nothing else."""

    def may(**permissions):
        user = MockUser().add_to_hass(hass)
        allowed = {}
        for permission, objects in permissions.items():
            for each in objects:
                for entity in entities_of(hass, device_of(hass, staffed, each)):
                    allowed[entity] = {permission: True}
        user.mock_policy({"entities": {"entity_ids": allowed}})
        return user

    return may


@pytest.mark.parametrize(
    ("action", "target", "data", "needed"),
    [
        ("hang_up", ANNA, {}, [ANNA]),
        ("dial", ANNA, {"extension": BOB}, [ANNA, BOB]),
        ("pick_up_call", ANNA, {"of": BOB}, [ANNA, BOB]),
        ("invite_to_conference", ANNA, {"invitee": BOB}, [ANNA, BOB]),
        ("listen", ANNA, {"agent": OTHER_AGENT}, [ANNA, OTHER_AGENT]),
        ("hold_call", ANNA, {"queue": ON_HOLD}, [ANNA, ON_HOLD]),
        ("answer_waiting_call", ANNA, {"queue": SUPPORT}, [ANNA, SUPPORT]),
        ("resume_call", ANNA, {"queue": SUPPORT}, [ANNA, SUPPORT]),
        ("agent_pause", AGENT, {"queue": SUPPORT}, [AGENT, SUPPORT]),
        ("agent_resume", AGENT, {"queue": SUPPORT}, [AGENT, SUPPORT]),
        ("queue_add_member", SUPPORT, {"agent": AGENT}, [SUPPORT, AGENT]),
        ("queue_remove_member", SUPPORT, {"agent": AGENT}, [SUPPORT, AGENT]),
        # The extension only names the agent, and that is what is acted on.
        ("agent_pause", BOB, {}, [AGENT]),
        ("listen", ANNA, {"agent": BOB}, [ANNA, AGENT]),
    ],
)
async def test_one_must_be_allowed_to_control_all_whom_an_action_names(
    hass, staffed, scripted_office, may, action, target, data, needed
):
    where = {"device_id": device_of(hass, staffed, target)}
    given = {field: device_of(hass, staffed, each) for field, each in data.items()}
    for missing in needed:
        user = may(read=[missing], control=[each for each in needed if each is not missing])
        with pytest.raises(Unauthorized) as error:
            await act(hass, action, where, user=user, **given)
        assert error.value.permission == POLICY_CONTROL
    assert not scripted_office.commands
    await act(hass, action, where, user=may(control=needed), **given)
    assert len(scripted_office.commands) == 1


@pytest.mark.parametrize("options", [{"kinds": ["extensions"]}])
async def test_an_agent_without_a_device_belongs_to_who_controls_the_extension(
    hass, staffed, scripted_office, may
):
    target = {"device_id": device_of(hass, staffed, BOB)}
    with pytest.raises(Unauthorized):
        await act(hass, "agent_pause", target, user=may(read=[BOB], control=[ANNA]))
    await act(hass, "agent_pause", target, user=may(control=[BOB]))
    assert reached(scripted_office) == [AGENT.id]


@pytest.mark.parametrize(
    ("action", "asked", "answer"),
    [
        ("get_call_history", ANNA, []),
        ("get_call_details", ANNA, {}),
        ("get_agent_statistics", AGENT, {}),
        ("get_queue_statistics", SUPPORT, QueueStatistics()),
    ],
)
async def test_who_may_look_may_ask(hass, staffed, scripted_office, may, action, asked, answer):
    scripted_office.answers[action] = answer
    target = {"device_id": device_of(hass, staffed, asked)}
    await act(hass, action, target, answer=True, user=may(read=[asked]))
    reached_so_far = len(scripted_office.commands)
    assert reached_so_far
    with pytest.raises(Unauthorized) as error:
        await act(hass, action, target, answer=True, user=may(read=[BOB], control=[asked]))
    assert error.value.permission == POLICY_READ
    assert len(scripted_office.commands) == reached_so_far


async def test_what_shows_nothing_is_nobodys_but_an_administrators(
    hass, staffed, scripted_office, hass_admin_user
):
    device_id = device_of(hass, staffed, ANNA)
    for entity in entities_of(hass, device_id):
        er.async_get(hass).async_remove(entity)
    user = await hass.auth.async_create_user("Anna", group_ids=["system-users"])
    with pytest.raises(Unauthorized):
        await act(hass, "hang_up", {"device_id": device_id}, user=user)
    assert not scripted_office.commands
    await act(hass, "hang_up", {"device_id": device_id}, user=hass_admin_user)
    assert len(scripted_office.commands) == 1
