"""What is only read: presence, the system's own word, an agent's availability, a queue's callers."""

from copy import replace
from datetime import date

from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.office_cti.const import DOMAIN
from custom_components.office_cti.telephony.model import (
    AgentAvailability,
    CallState,
    License,
    PhoneState,
    Voicemail,
)

from .common import SALES, SEAT, in_step, reload, state_of, until
from .company import AGENT, ANNA, BERT, CALL, CONFERENCE, GONE, GROUP, LUNCH, QUEUE, SERVER

PRESENCE = "sensor.extension_100_presence"
STATUS = "sensor.extension_100_status"
RETURN_TIME = "sensor.extension_100_return_time"


@pytest.mark.parametrize(
    ("status", "presence"),
    [
        ("In a Meeting", "busy"),
        ("Out to Lunch", "away"),
        ("Do Not Disturb", "do_not_disturb"),
        ("Gone Home", "offline"),
        ("Available", "available"),
    ],
)
async def test_presence_says_what_the_status_means(hass, loaded, office, happens, status, presence):
    await happens(office.set_status(*SEAT, status))
    assert state_of(hass, PRESENCE) == presence
    assert state_of(hass, STATUS) == status


@pytest.mark.parametrize("options", [{"status_kinds": {"offline": ["Busy"], "away": ["Away"]}}])
async def test_a_person_knows_better_what_a_status_means(hass, loaded, office, happens):
    await happens(office.set_status(*SEAT, "Busy"))
    assert state_of(hass, PRESENCE) == "offline"


async def test_a_change_reaches_only_the_entities_that_show_it(hass, loaded, office, happens):
    written: list[str] = []
    hass.bus.async_listen("state_changed", lambda event: written.append(event.data["entity_id"]))
    await happens(office.set_note(*SEAT, "Back at two"))
    assert written == ["text.extension_100_note"]
    written.clear()
    await happens(office.set_status(*SEAT, "Away"))
    assert sorted(written) == ["select.extension_100_status", PRESENCE, STATUS]
    written.clear()
    await happens(office.set_status(*SEAT, "Away"))
    assert not written


async def test_a_long_status_is_cut_and_kept_whole_beside(hass, loaded, office, happens):
    long = "In a meeting about " + "meetings " * 40
    await happens(office.add_status(*SALES, long), office.set_status(*SEAT, long))
    state = hass.states.get(STATUS)
    assert state.state == long[:254] + "…"
    assert state.attributes["full_text"] == long
    assert state.state_info["unrecorded_attributes"] >= {"full_text"}
    await happens(office.set_status(*SEAT, "Away"))
    assert "full_text" not in hass.states.get(STATUS).attributes


async def test_the_return_time_is_there_for_who_enables_it(hass, loaded, office, happens):
    assert hass.states.get(RETURN_TIME) is None
    er.async_get(hass).async_update_entity(RETURN_TIME, disabled_by=None)
    await reload(hass, loaded)
    assert state_of(hass, RETURN_TIME) == "unknown"
    await happens(office.set_return_time(*SEAT, 1_800_000_000))
    assert state_of(hass, RETURN_TIME) == "2027-01-15T08:00:00+00:00"


async def test_a_note_that_cannot_be_written_is_read(hass, company):
    assert state_of(hass, "sensor.bert_note") == "Back at one"
    company.change(BERT, note="Back at two")
    assert state_of(hass, "sensor.bert_note") == "Back at two"
    assert hass.states.get("sensor.anna_note") is None


# --- interruptions -----------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{"grace_period": 300}])
async def test_a_short_interruption_is_not_seen(hass, loaded, simulator, office):
    written: list[str] = []
    hass.bus.async_listen("state_changed", lambda event: written.append(event.data["entity_id"]))
    simulator.faults.drop()
    await until(lambda: loaded.runtime_data.system.interruptions)
    await in_step(hass, loaded)
    assert set(written) == {"binary_sensor.office_connection"}


@pytest.mark.parametrize("options", [{"grace_period": 0}])
async def test_a_long_interruption_makes_everything_unavailable(
    hass, loaded, simulator, office, caplog
):
    await simulator.faults.refuse()
    everything = set(hass.states.async_entity_ids()) - {"binary_sensor.office_connection"}
    await until(lambda: {state_of(hass, each) for each in everything} == {"unavailable"})
    assert state_of(hass, "binary_sensor.office_connection") == "off"

    # What is written first when it is back is right already.
    office.set_status(*SEAT, "Away")
    written: list[str] = []
    hass.bus.async_listen(
        "state_changed",
        lambda event: (
            event.data["entity_id"] == PRESENCE and written.append(event.data["new_state"].state)
        ),
    )
    await simulator.faults.none()
    await until(lambda: written)
    await in_step(hass, loaded)
    assert written == ["away"]
    assert "unavailable" not in {state_of(hass, each) for each in everything}
    told = [r.getMessage() for r in caplog.records if r.name.endswith("telephony.system")]
    assert told == [
        "The connection to iSymphony Status at 127.0.0.1 is lost",
        "Connected to iSymphony Status at 127.0.0.1 again",
    ]


@pytest.mark.parametrize("word", ["unavailable", "unknown"])
async def test_a_status_that_is_called_like_no_state_is_one(hass, loaded, office, happens, word):
    await happens(office.add_status(*SALES, word), office.set_status(*SEAT, word))
    assert state_of(hass, "sensor.extension_100_status") == word.capitalize()
    assert state_of(hass, "select.extension_100_status") == word.capitalize()


# --- what is shown of everything a telephone system can have -------------------------------------


@pytest.mark.parametrize("state", list(PhoneState))
async def test_the_phone_shows_what_it_is_doing(hass, company, state):
    company.change(ANNA, phone=state)
    assert state_of(hass, "sensor.anna_phone") == state


@pytest.mark.parametrize(
    ("changes", "presence"),
    [
        ({"phone": PhoneState.DIALING}, "on_call"),
        ({"phone": PhoneState.RINGING}, "available"),
        ({"phone": PhoneState.IDLE, "do_not_disturb": True}, "do_not_disturb"),
        ({"phone": PhoneState.UNREACHABLE, "status": GONE}, "offline"),
        ({"phone": None, "status": None}, "unknown"),
    ],
)
async def test_presence_follows_phone_and_do_not_disturb_too(hass, company, changes, presence):
    company.change(ANNA, **changes)
    assert state_of(hass, "sensor.anna_presence") == presence


async def test_a_status_shows_its_colour_if_it_has_one(hass, company):
    assert hass.states.get("sensor.anna_status").attributes["color"] == "#08fd20"
    company.change(ANNA, status=LUNCH)
    assert "color" not in hass.states.get("sensor.anna_status").attributes


@pytest.mark.parametrize(
    ("calls", "party", "about"),
    [
        ((), "unknown", {}),
        (
            (CALL,),
            "Carla Customer",
            {"direction": "incoming", "number": "0555123", "name": "Carla Customer"},
        ),
        (
            (replace(CALL, name=None),),
            "0555123",
            {"direction": "incoming", "number": "0555123"},
        ),
        ((replace(CALL, name=None, number=None, direction=None),), "unknown", {}),
        ((replace(CALL, name="unknown", number=None),), "Unknown", {"name": "unknown"}),
    ],
)
async def test_the_other_party_is_called_by_name_or_number(hass, all_enabled, calls, party, about):
    all_enabled.change(ANNA, calls=calls)
    state = hass.states.get("sensor.anna_other_party")
    assert state.state == party
    assert about.items() <= state.attributes.items()
    assert {"number", "name"} & state.attributes.keys() == {"number", "name"} & about.keys()
    assert state.state_info["unrecorded_attributes"] >= {"number", "name"}


@pytest.mark.parametrize("others", [CallState.RINGING, CallState.HELD, CallState.PARKED])
async def test_of_several_calls_the_one_that_is_talked_to_counts(hass, all_enabled, others):
    first = replace(CALL, id="1", name="Frank", state=others)
    all_enabled.change(ANNA, calls=(first, CALL))
    assert state_of(hass, "sensor.anna_other_party") == "Carla Customer"
    all_enabled.change(ANNA, calls=(first,))
    assert state_of(hass, "sensor.anna_other_party") == "Frank"


async def test_voicemail_messages_are_counted(hass, all_enabled):
    state = hass.states.get("sensor.anna_new_voicemail")
    assert (state.state, state.attributes["old"]) == ("2", 5)
    assert state.attributes["state_class"] == "measurement"  # counted, and so drawn as a graph
    assert "unit_of_measurement" not in state.attributes
    all_enabled.change(ANNA, voicemail=Voicemail(new=None, old=None, waiting=False))
    state = hass.states.get("sensor.anna_new_voicemail")
    assert state.state == "unknown"
    assert "old" not in state.attributes
    assert state_of(hass, "sensor.bert_new_voicemail") == "unknown"


@pytest.mark.parametrize("availability", list(AgentAvailability))
async def test_an_agents_availability(hass, company, availability):
    company.change(AGENT, availability=availability)
    shown = "not_available" if availability is AgentAvailability.UNAVAILABLE else availability.value
    state = hass.states.get("sensor.agent_anna_agent_availability")
    assert state.state == shown
    assert shown in state.attributes["options"]


async def test_an_agent_in_detail(hass, all_enabled):
    assert state_of(hass, "sensor.agent_anna_agent_availability_since") == (
        "2026-11-02T09:00:00+00:00"
    )
    assert state_of(hass, "sensor.agent_anna_agent_phone") == "100"
    all_enabled.change(AGENT, availability=None, since=None, phone=None)
    for what in ("availability", "availability_since", "phone"):
        assert state_of(hass, f"sensor.agent_anna_agent_{what}") == "unknown"


async def test_a_queue_shows_who_waits(hass, company):
    state = hass.states.get("sensor.queue_blue_waiting")
    assert state.state == "2"
    assert state.attributes["callers"] == [
        {
            "position": 1,
            "name": "Dora Doubt",
            "number": "0555777",
            "since": "2026-11-02T09:00:00+00:00",
        },
        {"position": 2, "since": "2026-11-02T09:00:00+00:00"},
    ]
    assert "callers" in state.state_info["unrecorded_attributes"]
    company.change(QUEUE, waiting=0, callers=())
    state = hass.states.get("sensor.queue_blue_waiting")
    assert (state.state, state.attributes["callers"]) == ("0", [])
    company.change(QUEUE, waiting=None)
    assert state_of(hass, "sensor.queue_blue_waiting") == "unknown"


async def test_a_queue_in_detail(hass, all_enabled):
    for what, value in {
        "longest_wait": "61",
        "estimated_wait": "90",
        "agents_logged_in": "1",
        "agents_available": "0",
        "agents_talking": "1",
    }.items():
        assert state_of(hass, f"sensor.queue_blue_{what}") == value
    state = hass.states.get("sensor.queue_blue_agents_logged_in")
    assert state.attributes["members"] == [
        {"name": "Anna Agent", "state": "in_use", "paused": False},
        {"name": "Attic", "state": "logged_out", "paused": True},
    ]
    assert "members" in state.state_info["unrecorded_attributes"]


async def test_a_change_of_a_queue_reaches_only_what_shows_it(hass, all_enabled, writes):
    all_enabled.change(QUEUE, longest_wait=62)
    assert writes == ["sensor.queue_blue_longest_wait"]
    writes.clear()
    all_enabled.change(QUEUE, members=())
    assert writes == ["sensor.queue_blue_agents_logged_in"]


async def test_a_conference_shows_who_is_in(hass, company):
    state = hass.states.get("sensor.conference_board_people")
    assert state.state == "1"
    assert state.attributes["members"] == [
        {"name": "Emil Else", "number": "0555888", "since": "2026-11-02T09:00:00+00:00"}
    ]
    assert "members" in state.state_info["unrecorded_attributes"]
    company.change(CONFERENCE, members=())
    assert state_of(hass, "sensor.conference_board_people") == "0"


# --- a group -----------------------------------------------------------------------------------

FREE, BUSY = "sensor.group_120_free_people", "sensor.group_120_busy_people"


async def test_a_group_counts_its_people(hass, company):
    assert (state_of(hass, FREE), state_of(hass, BUSY)) == ("2", "3")
    company.change(GROUP, free=0, busy=5, free_numbers=())
    assert (state_of(hass, FREE), state_of(hass, BUSY)) == ("0", "5")
    company.change(GROUP, free=None, busy=None)
    assert {state_of(hass, each) for each in (FREE, BUSY)} == {"unknown"}


async def test_a_group_tells_who_is_free(hass, company):
    state = hass.states.get(FREE)
    assert state.attributes["free_numbers"] == ["223", "227"]
    assert state.state_info["unrecorded_attributes"] >= {"free_numbers"}
    company.change(GROUP, free_numbers=("224", "227"))  # as many, but others
    assert hass.states.get(FREE).attributes["free_numbers"] == ["224", "227"]


async def test_a_group_is_a_device_below_the_server(hass, company, scripted_entry):
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, "office:group:120"), scripted_entry.entry_id
    )
    assert (device.name, device.model) == ("Group 120", "Group")
    company.put(replace(GROUP, id=("other", "120"), group=("branch",)))
    await hass.async_block_till_done()
    assert hass.states.get("sensor.group_120_branch_free_people") is not None


@pytest.mark.parametrize("options", [{"kinds": ["extensions"]}])
async def test_groups_are_brought_in_only_where_they_are_wanted(hass, company):
    assert hass.states.get(FREE) is None
    assert hass.states.get("sensor.anna_presence") is not None


# --- the licence -------------------------------------------------------------------------------

LICENSE = {
    "sensor.office_license_number": "1234567",
    "sensor.office_license_confirmation_due": "2027-01-31",
    "sensor.office_license_updates_until": "2026-12-31",
}


async def test_the_licence_is_there_for_who_enables_it(hass, company, scripted_entry):
    for entity_id in LICENSE:
        entity = er.async_get(hass).async_get(entity_id)
        assert (entity.disabled_by, entity.entity_category) == ("integration", "diagnostic")


async def test_the_licence_is_told(hass, all_enabled):
    assert {each: state_of(hass, each) for each in LICENSE} == LICENSE
    all_enabled.change(SERVER, license=License(confirm_by=date(2028, 1, 31)))
    assert [state_of(hass, each) for each in LICENSE] == ["unknown", "2028-01-31", "unknown"]
    all_enabled.change(SERVER, license=License(number="7" * 1_000))
    assert state_of(hass, "sensor.office_license_number") == "7" * 254 + "…"
    all_enabled.change(SERVER, license=None)
    assert {state_of(hass, each) for each in LICENSE} == {"unknown"}
