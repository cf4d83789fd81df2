"""What is shown of an extension: presence, the system's own word, the return time."""

from homeassistant.helpers import entity_registry as er
import pytest

from .common import SALES, SEAT, in_step, reload, state_of, until

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
