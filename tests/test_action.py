"""What all actions have in common: one extension or many, what fails, what is answered."""

from inspect import iscoroutinefunction
from typing import Any

from homeassistant.core import SupportsResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.helpers import area_registry as ar, device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.office_cti.const import DOMAIN
from custom_components.office_cti.services import ACTIONS, SYSTEM_ACTIONS
from custom_components.office_cti.telephony.model import (
    DirectoryResult,
    Feature,
    License,
    LicenseDetails,
    QueueStatistics,
    ScriptResult,
    TelephonyObject,
    UploadedFile,
)
from custom_components.office_cti.telephony.system import (
    AgentLoggedOut,
    NoCall,
    NotConnected,
    NoTelephone,
    TelephoneSystem,
)

from .common import set_up
from .people import AGENT, ANNA, BOB, EVERYTHING, OTHER_AGENT, SUPPORT, act, device_of


@pytest.fixture
def both(hass, staffed):
    """Anna and Bob, as a target."""
    return {"device_id": [device_of(hass, staffed, each) for each in (ANNA, BOB)]}


@pytest.fixture
def second(hass, staffed):
    """Set the same telephone system up a second time, as another one."""

    async def second():
        entry = MockConfigEntry(domain=DOMAIN, entry_id="branch", data=staffed.data)
        entry.add_to_hass(hass)
        await set_up(hass, entry)
        return entry

    return second


# Every action as somebody might do it: with whom, and what is given; objects stand for their devices.
EXAMPLES = {
    "set_status": (ANNA, {"status": "Lunch", "note": "Soup", "clear": "return_time"}),
    "set_user_state": (
        ANNA,
        {"state": "Ready", "do_not_disturb": True, "call_filter": True, "recording": True},
    ),
    "set_forward": (ANNA, {"kind": "busy", "enabled": False}),
    "send_message": (ANNA, {"text": "Hello"}),
    "dial": (ANNA, {"number": "1"}),
    "hang_up": (ANNA, {}),
    "decline_call": (ANNA, {}),
    "stop_dialing": (ANNA, {}),
    "flash": (ANNA, {}),
    "get_call_details": (ANNA, {}),
    "transfer_call": (ANNA, {"number": "1"}),
    "complete_transfer": (ANNA, {}),
    "cancel_transfer": (ANNA, {}),
    "record_call": (ANNA, {"record": "start"}),
    "pick_up_call": (ANNA, {"of": BOB}),
    "listen": (ANNA, {"agent": AGENT}),
    "answer_waiting_call": (ANNA, {"queue": SUPPORT}),
    "hold_call": (ANNA, {"queue": SUPPORT}),
    "resume_call": (ANNA, {"queue": SUPPORT}),
    "submit_call_form": (ANNA, {"button": "save"}),
    "invite_to_conference": (ANNA, {"invitee": BOB}),
    "send_fax": (ANNA, {"number": "1", "path": "contract.pdf"}),
    "get_call_history": (ANNA, {"kinds": "missed"}),
    "agent_login": (AGENT, {}),
    "agent_logout": (AGENT, {}),
    "agent_pause": (AGENT, {}),
    "agent_resume": (AGENT, {}),
    "get_agent_statistics": (AGENT, {}),
    "queue_add_member": (SUPPORT, {"agent": AGENT}),
    "queue_remove_member": (SUPPORT, {"agent": AGENT}),
    "get_queue_statistics": (SUPPORT, {}),
}
ASKING = {
    "get_agent_statistics",
    "get_call_details",
    "get_call_history",
    "get_queue_statistics",
}
# The same of the telephone system as a whole.
SYSTEM_EXAMPLES = {
    "search_directory": {"pattern": "Anna"},
    "run_script": {"name": "Gate"},
    "get_break_reasons": {},
    "get_license": {},
    "download_file": {"kind": "fax", "link": "1", "filename": "fax.tif"},
    "upload_files": {"paths": "contract.pdf"},
    "call_live_api": {"method": "GET", "path": "coreServers"},
}


@pytest.fixture
def example(hass, staffed, scripted_office, tmp_path):
    """Do an action as in the table of examples."""
    scripted_office.answers["get_call_history"] = []
    scripted_office.answers["get_call_details"] = {}
    scripted_office.answers["get_agent_statistics"] = {}
    scripted_office.answers["get_queue_statistics"] = QueueStatistics()
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    (tmp_path / "contract.pdf").write_bytes(b"%PDF-1.4")

    async def example(name, **who):
        target, data = EXAMPLES[name]
        given = {
            field: device_of(hass, staffed, value) if isinstance(value, TelephonyObject) else value
            for field, value in data.items()
        }
        if "path" in given:
            given["path"] = str(tmp_path / given["path"])
        where = {"device_id": device_of(hass, staffed, target)}
        return await act(hass, name, where, answer=name in ASKING, **given, **who)

    return example


async def test_every_command_of_a_telephone_system_is_reached_by_an_action(
    hass, staffed, scripted_office, example, tmp_path
):
    assert EXAMPLES.keys() == {action.name for action in ACTIONS}
    assert SYSTEM_EXAMPLES.keys() == {action.name for action in SYSTEM_ACTIONS}
    for name in EXAMPLES:
        await example(name)
    scripted_office.answers |= {
        "search_directory": DirectoryResult((), ()),
        "run_script": ScriptResult(),
        "get_break_reasons": {},
        "get_license": LicenseDetails("", "", License()),
        "upload_files": [UploadedFile("contract.pdf", saved=True)],
    }
    for name, data in SYSTEM_EXAMPLES.items():
        given = {
            field: str(tmp_path / value) if field in {"filename", "paths"} else value
            for field, value in data.items()
        }
        await act(hass, name, answer=True, config_entry_id=staffed.entry_id, **given)
    own_life = {"start", "stop", "set_accounts", "check_account", "check_user"}
    commands = {
        name
        for name, member in vars(TelephoneSystem).items()
        if iscoroutinefunction(member) or name == "fetch_file"
    }
    assert {command.name for command in scripted_office.commands} == commands - own_life


async def test_who_lacks_what_an_action_needs_is_refused(scripted_office, example):
    for each in (ANNA, AGENT, SUPPORT):
        scripted_office.change(each, features=frozenset())
    for name in EXAMPLES:
        with pytest.raises(ServiceValidationError) as error:
            await example(name)
        assert error.value.translation_key in {"not_supported", "part_not_supported"}, name
    assert not scripted_office.commands


async def test_what_is_suspended_is_not_sent(scripted_office, example):
    for each in (ANNA, AGENT, SUPPORT):
        scripted_office.change(each, suspended=EVERYTHING)
    for name in EXAMPLES:
        with pytest.raises(HomeAssistantError) as error:
            await example(name)
        assert error.value.translation_key == "account_not_connected", name
    assert not scripted_office.commands


async def test_that_nothing_is_connected_is_no_matter_of_an_account(scripted_office, example):
    scripted_office.change(ANNA, suspended=EVERYTHING)
    scripted_office.go_away()
    with pytest.raises(HomeAssistantError) as error:
        await example("set_forward")
    assert error.value.translation_key == "not_connected"
    assert not scripted_office.commands


async def test_who_may_only_look_may_only_ask(scripted_office, example, hass_read_only_user):
    for name in EXAMPLES.keys() - ASKING:
        with pytest.raises(Unauthorized):
            await example(name, user=hass_read_only_user)
    assert not scripted_office.commands


# --- one or many -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("dial", {"number": "1"}),
        ("flash", {}),
        ("transfer_call", {"number": "1"}),
        ("complete_transfer", {}),
        ("cancel_transfer", {}),
        ("pick_up_call", {"of": "x"}),
        ("listen", {"agent": "x"}),
        ("answer_waiting_call", {"call": "1"}),
        ("hold_call", {"queue": "x"}),
        ("resume_call", {"call": "1"}),
        ("submit_call_form", {"button": "save"}),
        ("invite_to_conference", {"invitee": "x"}),
        ("send_fax", {"number": "1", "path": "x"}),
        ("get_call_history", {}),
    ],
)
async def test_what_one_person_does_takes_exactly_one(hass, scripted_office, both, action, data):
    with pytest.raises(ServiceValidationError, match="the target has 2") as error:
        await act(hass, action, both, answer=action.startswith("get"), **data)
    assert error.value.translation_key == "exactly_one_extension"
    assert not scripted_office.commands


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("set_status", {"note": "Lunch"}),
        ("set_user_state", {"do_not_disturb": True}),
        ("set_forward", {"kind": "busy", "enabled": False}),
        ("send_message", {"text": "Fire!"}),
        ("hang_up", {}),
        ("decline_call", {}),
        ("stop_dialing", {}),
        ("record_call", {"record": "stop"}),
    ],
)
async def test_what_concerns_people_takes_many(hass, scripted_office, both, action, data):
    await act(hass, action, both, **data)
    reached = sorted(command.arguments["extension"] for command in scripted_office.commands)
    assert reached == [ANNA.id, BOB.id]


# --- what fails --------------------------------------------------------------------------------


async def test_all_are_tried_and_those_that_failed_are_named(hass, scripted_office, both):
    def hang_up(extension: Any) -> None:
        if extension.id == ANNA.id:
            raise NoCall(name="Anna")

    scripted_office.answers["hang_up"] = hang_up
    with pytest.raises(
        HomeAssistantError, match=r"^1 of 2 failed: Anna: Anna has no call"
    ) as error:
        await act(hass, "hang_up", both)
    assert error.value.translation_key == "some_failed"
    assert len(scripted_office.commands) == 2


async def test_what_the_person_did_wrong_and_what_the_system_did_are_told_apart(
    hass, staffed, scripted_office
):
    target = {"device_id": device_of(hass, staffed, ANNA)}
    scripted_office.errors["hang_up"] = NoCall(name="Anna")
    with pytest.raises(ServiceValidationError):
        await act(hass, "hang_up", target)
    scripted_office.errors["hang_up"] = NotConnected()
    with pytest.raises(HomeAssistantError) as error:
        await act(hass, "hang_up", target)
    assert not isinstance(error.value, ServiceValidationError)


async def test_what_needs_an_account_that_is_away_is_not_sent(hass, staffed, scripted_office):
    scripted_office.change(ANNA, suspended=frozenset({Feature.SET_DO_NOT_DISTURB}))
    target = {"device_id": device_of(hass, staffed, ANNA)}
    with pytest.raises(HomeAssistantError, match=r"Anna's own connection .* is away") as error:
        await act(hass, "set_user_state", target, do_not_disturb=True, call_filter=True)
    assert error.value.translation_key == "account_not_connected"
    assert not isinstance(error.value, ServiceValidationError)
    assert not scripted_office.commands
    await act(hass, "set_user_state", target, call_filter=True)
    assert [command.name for command in scripted_office.commands] == ["set_call_filter"]


async def test_who_has_a_connection_is_reached_though_others_have_none(hass, scripted_office, both):
    scripted_office.change(BOB, suspended=frozenset({Feature.SET_FORWARDS}))
    with pytest.raises(HomeAssistantError, match=r"^1 of 2 failed: Bob: Bob's own connection"):
        await act(hass, "set_forward", both, kind="always", enabled=False)
    assert [command.arguments["extension"] for command in scripted_office.commands] == [ANNA.id]


@pytest.mark.parametrize(
    ("action", "target", "data", "name"),
    [
        ("dial", ANNA, {"extension": BOB}, "Bob"),
        ("listen", ANNA, {"agent": AGENT}, "Agent Bob"),
        ("hold_call", ANNA, {"queue": SUPPORT}, "Queue Support"),
        ("agent_pause", AGENT, {"queue": SUPPORT}, "Queue Support"),
        ("queue_add_member", SUPPORT, {"agent": AGENT}, "Agent Bob"),
    ],
)
async def test_nothing_leads_from_one_telephone_system_to_another(
    hass, staffed, second, scripted_office, action, target, data, name
):
    other = await second()
    where = {"device_id": device_of(hass, staffed, target)}
    given = {field: device_of(hass, other, each) for field, each in data.items()}
    with pytest.raises(ServiceValidationError, match=f"{name} belongs to another") as error:
        await act(hass, action, where, **given)
    assert error.value.translation_key == "another_system"
    assert not scripted_office.commands


async def test_a_named_device_must_be_loaded(hass, staffed, second, scripted_office):
    other = await second()
    bob = device_of(hass, other, BOB)
    assert await hass.config_entries.async_unload(other.entry_id)
    with pytest.raises(ServiceValidationError, match="system of Bob is not set up") as error:
        await act(hass, "dial", {"device_id": device_of(hass, staffed, ANNA)}, extension=bob)
    assert error.value.translation_key == "not_loaded"
    assert not scripted_office.commands


# --- who cannot now ----------------------------------------------------------------------------


@pytest.fixture
def area(hass, staffed):
    """An area with Anna and Bob in it, as a target."""
    area = ar.async_get(hass).async_create("Hall")
    for each in (ANNA, BOB):
        dr.async_get(hass).async_update_device(device_of(hass, staffed, each), area_id=area.id)
    return {"area_id": area.id}


@pytest.fixture
def has_no_call(scripted_office):
    """Have these people in no call, so that nothing can be done with it."""

    def has_no_call(*people: Any) -> None:
        def refuse(extension: Any) -> dict[str, str]:
            if extension.id in {each.id for each in people}:
                raise NoCall(name=extension.name)
            return {"callerid": "102"}

        for command in ("hang_up", "get_call_details"):
            scripted_office.answers[command] = refuse

    return has_no_call


async def test_who_is_only_in_an_area_and_cannot_now_is_passed_over(
    hass, staffed, area, has_no_call
):
    has_no_call(ANNA)
    await act(hass, "hang_up", area)
    answer = await act(hass, "get_call_details", area, answer=True)
    assert answer == {device_of(hass, staffed, BOB): {"callerid": "102"}}


async def test_who_is_named_is_told_so(hass, staffed, area, has_no_call):
    has_no_call(ANNA)
    for named in (
        {"device_id": device_of(hass, staffed, ANNA)},
        {"entity_id": "sensor.anna_presence"},
    ):
        with pytest.raises(HomeAssistantError, match="Anna has no call"):
            await act(hass, "hang_up", {**area, **named})
    await act(hass, "hang_up", {**area, "device_id": device_of(hass, staffed, BOB)})


async def test_who_is_named_by_the_extension_is_named_as_an_agent(
    hass, staffed, area, scripted_office
):
    """In the area there is the agent's own device, too."""
    agent = device_of(hass, staffed, AGENT)
    dr.async_get(hass).async_update_device(agent, area_id=area["area_id"])
    scripted_office.errors["pause_agent"] = AgentLoggedOut(name="Bob")
    with pytest.raises(ServiceValidationError, match="Bob is logged out"):
        await act(hass, "agent_pause", {**area, "device_id": device_of(hass, staffed, BOB)})
    assert len(scripted_office.commands) == 1


async def test_where_nobody_is_left_it_is_told_why(hass, area, has_no_call):
    has_no_call(ANNA, BOB)
    with pytest.raises(HomeAssistantError, match=r"^2 of 2 failed: .*Anna has no call") as error:
        await act(hass, "hang_up", area)
    assert error.value.translation_key == "some_failed"


async def test_what_fails_for_another_reason_is_told_whoever_was_named(hass, area, scripted_office):
    scripted_office.errors["hang_up"] = NotConnected()
    with pytest.raises(HomeAssistantError, match="2 of 2 failed"):
        await act(hass, "hang_up", area)


async def test_who_is_passed_over_does_not_count_among_those_that_failed(
    hass, area, scripted_office
):
    def hang_up(extension: Any) -> None:
        raise NoCall(name="Anna") if extension.id == ANNA.id else NotConnected

    scripted_office.answers["hang_up"] = hang_up
    with pytest.raises(HomeAssistantError) as error:
        await act(hass, "hang_up", area)
    assert error.value.translation_key == "not_connected"


async def test_what_was_partly_done_is_told_whoever_was_named(hass, area, scripted_office):
    scripted_office.errors["set_recording"] = NoTelephone(name="Anna")
    with pytest.raises(HomeAssistantError, match="do_not_disturb was set, but recording was not"):
        await act(hass, "set_user_state", area, do_not_disturb=True, recording=True)


# --- what is answered --------------------------------------------------------------------------


def test_what_only_asks_answers_and_nothing_else_must():
    answering = {
        action.name: action.response for action in ACTIONS if action.response.value != "none"
    }
    assert answering == {
        "set_status": SupportsResponse.OPTIONAL,
        "get_call_details": SupportsResponse.ONLY,
        "get_call_history": SupportsResponse.ONLY,
        "get_agent_statistics": SupportsResponse.ONLY,
        "get_queue_statistics": SupportsResponse.ONLY,
    }


async def test_an_answer_is_told_by_device(hass, scripted_office, both):
    answer = await act(hass, "set_status", both, answer=True, note="Lunch")
    assert answer.keys() == set(both["device_id"])


async def test_agents_of_two_systems_are_paused_at_once(hass, staffed, second, scripted_office):
    other = await second()
    devices = [device_of(hass, entry, OTHER_AGENT) for entry in (staffed, other)]
    await act(hass, "agent_pause", {"device_id": devices})
    assert [command.arguments["agent"] for command in scripted_office.commands] == [
        OTHER_AGENT.id,
        OTHER_AGENT.id,
    ]
