"""What happens and is over at once: calls, messages, customer information, notifications, callers."""

from copy import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import callback
import pytest

from custom_components.office_cti.telephony.model import (
    CallDirection,
    CallerEvent,
    CallEvent,
    CallEventKind,
    CallState,
    ConferenceEvent,
    MessageEvent,
    PassageKind,
    ServerEvent,
    ServerEventKind,
    SheetEvent,
    VoicemailEvent,
)

from .common import registered, reload, state_of, until
from .company import ANNA, BERT, CALL, CONFERENCE, NINE, NOTIFICATION, QUEUE, SERVER

CALL_OF_ANNA = "event.anna_call"
NO_EVENT = {"unknown", "unavailable"}
RINGING = replace(CALL, state=CallState.RINGING, answered=None)


@pytest.fixture
def happened(hass):
    """What has happened since, by entity and type, in order; nothing happens twice at one time."""
    times: set[tuple[str, str]] = set()
    seen: list[tuple[str, str]] = []

    @callback
    def note(event: Any) -> None:
        state = event.data["new_state"]
        if state is None or state.domain != "event" or state.state in NO_EVENT:
            return
        if (state.entity_id, state.state) not in times:
            times.add((state.entity_id, state.state))
            seen.append((state.entity_id, state.attributes["event_type"]))

    hass.bus.async_listen("state_changed", note)
    return seen


@pytest.mark.parametrize("kind", list(CallEventKind))
async def test_what_happens_to_a_call(hass, company, happened, kind):
    company.tell(ANNA, CallEvent(kind, CALL))
    await hass.async_block_till_done()
    assert happened == [(CALL_OF_ANNA, kind.value)]


async def test_a_call_is_told_of_in_detail(hass, company):
    company.tell(ANNA, CallEvent(CallEventKind.ANSWERED, CALL))
    state = hass.states.get(CALL_OF_ANNA)
    told = {
        "direction": "incoming",
        "number": "0555123",
        "name": "Carla Customer",
        "started": "2026-11-02T09:00:00+00:00",
        "answered": "2026-11-02T09:00:10+00:00",
    }
    assert told.items() <= state.attributes.items()
    assert CALL.id not in str(state.attributes)
    assert "duration" not in state.attributes
    assert state.state_info["unrecorded_attributes"] >= {"number", "name"}


async def test_what_is_not_known_of_a_call_is_not_told(hass, company):
    unknown = replace(RINGING, direction=None, number=None, name=None)
    company.tell(ANNA, CallEvent(CallEventKind.RINGING, unknown))
    told = hass.states.get(CALL_OF_ANNA).attributes.keys()
    assert told & {"direction", "number", "name", "answered"} == set()


@pytest.mark.parametrize(
    ("answered", "duration"),
    [
        (timedelta(seconds=-75), 75),
        (timedelta(seconds=5), 0),  # the server's clock is ahead
        (None, None),
    ],
)
async def test_an_ended_call_tells_how_long_it_was(hass, company, freezer, answered, duration):
    freezer.move_to(NINE)
    call = replace(CALL, answered=answered and NINE + answered)
    company.tell(ANNA, CallEvent(CallEventKind.ENDED, call))
    assert hass.states.get(CALL_OF_ANNA).attributes.get("duration") == duration


async def test_calls_of_others_are_theirs(hass, company, happened):
    company.tell(BERT, CallEvent(CallEventKind.MISSED, RINGING))
    await hass.async_block_till_done()
    assert happened == [("event.bert_call", "missed")]


async def test_what_happens_at_the_same_moment_is_seen_one_by_one(hass, company, happened):
    outgoing = replace(RINGING, direction=CallDirection.OUTGOING)
    kinds = [CallEventKind.DIALING, CallEventKind.ANSWERED, CallEventKind.ENDED] * 3
    for kind in kinds:
        company.tell(ANNA, CallEvent(kind, outgoing))
    await hass.async_block_till_done()
    assert happened == [(CALL_OF_ANNA, kind.value) for kind in kinds]


async def test_a_message_tells_who_sent_it(hass, all_enabled):
    all_enabled.tell(ANNA, MessageEvent("Coffee?", sender=BERT.id))
    state = hass.states.get("event.anna_message")
    assert state.attributes["event_type"] == "received"
    assert (state.attributes["text"], state.attributes["sender"]) == ("Coffee?", "Bert")
    assert "text" in state.state_info["unrecorded_attributes"]


async def test_a_message_tells_the_name_of_a_sender_who_has_no_extension(hass, all_enabled):
    sent = datetime(2026, 11, 20, 12, tzinfo=UTC)
    all_enabled.tell(ANNA, MessageEvent("Coffee?", sender_name="Carla", time=sent))
    attributes = hass.states.get("event.anna_message").attributes
    assert (attributes["sender"], attributes["time"]) == ("Carla", sent.isoformat())


@pytest.mark.parametrize("sender", [None, ("99",)])
async def test_a_message_of_somebody_unknown_tells_nobody(hass, all_enabled, sender):
    all_enabled.tell(ANNA, MessageEvent("Coffee?", sender=sender))
    assert "sender" not in hass.states.get("event.anna_message").attributes


async def test_a_voicemail_message_is_told(hass, all_enabled, happened):
    all_enabled.tell(ANNA, VoicemailEvent())
    await hass.async_block_till_done()
    assert happened == [("event.anna_voicemail", "received")]


async def test_what_else_a_server_says_is_told_under_its_own_names(hass, all_enabled):
    fields = {"guid": "1", "text": "fraud"}
    all_enabled.tell(ANNA, MessageEvent("Coffee?", fields=fields))
    all_enabled.tell(ANNA, VoicemailEvent(fields))
    message = hass.states.get("event.anna_message")
    assert (message.attributes["text"], message.attributes["fields"]) == ("Coffee?", fields)
    assert hass.states.get("event.anna_voicemail").attributes["fields"] == fields


async def test_customer_information_is_told_with_its_fields(hass, all_enabled):
    fields = {"Customer": "Carla", "number": "0555123", "event_type": "fraud"}
    all_enabled.tell(ANNA, SheetEvent(fields, call_id="SIP/x-0001"))
    state = hass.states.get("event.anna_customer_information")
    assert state.attributes["event_type"] == "received"
    assert state.attributes["fields"] == fields
    assert "fields" in state.state_info["unrecorded_attributes"]


async def test_customer_information_tells_what_its_form_asks_for(hass, all_enabled):
    all_enabled.tell(ANNA, SheetEvent({}, form=("XIVOFORM_note",)))
    state = hass.states.get("event.anna_customer_information")
    assert state.attributes["form"] == ["XIVOFORM_note"]
    assert "form" in state.state_info["unrecorded_attributes"]
    all_enabled.tell(ANNA, SheetEvent({}))
    assert "form" not in hass.states.get("event.anna_customer_information").attributes


@pytest.mark.parametrize("kind", list(PassageKind))
async def test_callers_come_and_go(hass, all_enabled, kind):
    all_enabled.tell(QUEUE, CallerEvent(kind, QUEUE.callers[0]))
    told = hass.states.get("event.queue_blue_caller").attributes
    assert told["event_type"] == kind
    assert (told["position"], told["number"], told["name"]) == (1, "0555777", "Dora Doubt")
    assert "1478.1" not in str(told)


@pytest.mark.parametrize("kind", list(PassageKind))
async def test_members_of_a_conference_come_and_go(hass, all_enabled, kind):
    all_enabled.tell(CONFERENCE, ConferenceEvent(kind, CONFERENCE.members[0]))
    told = hass.states.get("event.conference_board_member").attributes
    assert told["event_type"] == kind
    assert (told["number"], told["name"]) == ("0555888", "Emil Else")


# --- the server --------------------------------------------------------------------------------

NOTIFIED = "event.office_notification"


@pytest.mark.parametrize("kind", list(ServerEventKind))
async def test_what_the_server_tells_everybody(hass, company, happened, kind):
    company.tell(SERVER, ServerEvent(kind, {}))
    await hass.async_block_till_done()
    assert happened == [(NOTIFIED, kind.value)]


async def test_a_notification_is_told_with_all_that_the_server_says(hass, company):
    company.tell(SERVER, ServerEvent(ServerEventKind.NOTIFICATION, NOTIFICATION))
    state = hass.states.get(NOTIFIED)
    told = {**NOTIFICATION, "time": "2026-11-02T09:00:00+00:00", "fields": {"autohide": True}}
    del told["autohide"]
    assert told.items() <= state.attributes.items()
    assert state.state_info["unrecorded_attributes"] >= {"text", "fields"}


async def test_a_servers_own_names_stand_for_nothing_of_home_assistants(hass, company):
    own = {"event_type": "fraud", "friendly_name": "Fraud", "text": "Hello"}
    company.tell(SERVER, ServerEvent(ServerEventKind.OTHER, own))
    told = hass.states.get(NOTIFIED).attributes
    assert (told["event_type"], told["friendly_name"]) == ("other", "Office Notification")
    assert told["fields"] == {"event_type": "fraud", "friendly_name": "Fraud"}
    assert "sender" not in told


@pytest.mark.parametrize("options", [{"grace_period": 0}])
async def test_a_server_that_is_away_may_tell_why_in_another_way(hass, company, happened):
    company.go_away()
    await until(lambda: state_of(hass, CALL_OF_ANNA) == "unavailable")
    company.tell(SERVER, ServerEvent(ServerEventKind.SHUTDOWN_REQUESTED, {}))
    await hass.async_block_till_done()
    assert happened == [(NOTIFIED, "shutdown_requested")]


async def test_only_a_server_that_tells_something_has_an_entity_for_it(
    hass, company, scripted_entry
):
    company.change(SERVER, features=frozenset())
    await hass.async_block_till_done()
    assert NOTIFIED not in registered(hass, scripted_entry)
    company.change(SERVER, features=SERVER.features)
    await hass.async_block_till_done()
    company.tell(SERVER, ServerEvent(ServerEventKind.NOTIFICATION, {}))
    assert hass.states.get(NOTIFIED).attributes["event_type"] == "notification"
    company.change(SERVER, features=frozenset())
    await reload(hass, scripted_entry)
    assert {each.unique_id for each in registered(hass, scripted_entry).values()} & {
        "office:server::notification",
        "office:server::license_number",
    } == set()
    assert state_of(hass, "binary_sensor.office_connection") == "on"


# --- reloads, interruptions, what nobody wants ---------------------------------------------------


async def test_a_reload_neither_doubles_nor_forgets_an_event(
    hass, company, scripted_entry, happened
):
    company.tell(ANNA, CallEvent(CallEventKind.MISSED, RINGING))
    before = hass.states.get(CALL_OF_ANNA)
    await reload(hass, scripted_entry)
    after = hass.states.get(CALL_OF_ANNA)
    assert (after.state, after.attributes) == (before.state, before.attributes)

    company.tell(ANNA, CallEvent(CallEventKind.RINGING, RINGING))
    await hass.async_block_till_done()
    assert happened == [(CALL_OF_ANNA, "missed"), (CALL_OF_ANNA, "ringing")]


async def test_nobody_listens_any_more_after_an_unload(hass, company, scripted_entry):
    record = company.record(ANNA)
    assert await hass.config_entries.async_unload(scripted_entry.entry_id)
    assert not record._event_listeners
    assert not record._listeners


@pytest.mark.parametrize("options", [{"grace_period": 0}])
async def test_an_interruption_is_no_event(hass, company, happened):
    company.tell(ANNA, CallEvent(CallEventKind.MISSED, RINGING))
    company.go_away()
    await until(lambda: state_of(hass, CALL_OF_ANNA) == "unavailable")
    company.come_back()
    await until(lambda: state_of(hass, CALL_OF_ANNA) != "unavailable")
    assert happened == [(CALL_OF_ANNA, "missed")]


async def test_what_is_disabled_costs_nothing(hass, company, scripted_entry):
    of_anna = [
        each
        for each in registered(hass, scripted_entry).values()
        if each.unique_id.startswith("office:extension:1:")
    ]
    assert any(each.disabled for each in of_anna)
    record = company.record(ANNA)
    assert len(record._listeners) == sum(not each.disabled for each in of_anna)
    assert [kind for kind, _ in record._event_listeners] == [CallEvent]


async def test_a_call_can_be_told_of_as_soon_as_somebody_is_there(hass, company, happened):
    carl = replace(ANNA, id=("9",), number="109", name="Carl")
    company.put(carl)
    await hass.async_block_till_done()
    company.tell(carl, CallEvent(CallEventKind.RINGING, RINGING))
    await hass.async_block_till_done()
    assert ("event.carl_call", "ringing") in happened
