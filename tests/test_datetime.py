"""When a person will be back."""

from typing import Any

from homeassistant.exceptions import ServiceValidationError
import pytest

from .common import SEAT, state_of

RETURN_TIME = "datetime.extension_100_return_time"


async def choose(hass: Any, time: str) -> None:
    await hass.services.async_call(
        "datetime", "set_value", {"entity_id": RETURN_TIME, "datetime": time}, blocking=True
    )


async def test_the_return_time_shows_what_the_server_says(hass, loaded, office, happens):
    assert state_of(hass, RETURN_TIME) == "unknown"
    await happens(office.set_return_time(*SEAT, 1_800_000_000))
    assert state_of(hass, RETURN_TIME) == "2027-01-15T08:00:00+00:00"
    await happens(office.set_return_time(*SEAT, 0))
    assert state_of(hass, RETURN_TIME) == "unknown"


async def test_a_return_time_beyond_the_calendar_is_not_known(hass, loaded, office, happens):
    await happens(office.set_return_time(*SEAT, 2**62))
    assert state_of(hass, RETURN_TIME) == "unknown"


async def test_a_chosen_return_time_reaches_the_server(hass, loaded, office):
    await choose(hass, "2027-01-15T09:00:00+01:00")
    assert office.extension(*SEAT).return_time == 1_800_000_000
    assert state_of(hass, RETURN_TIME) == "2027-01-15T08:00:00+00:00"


async def test_a_return_time_that_cannot_be_is_refused(hass, loaded, simulator):
    simulator.received.clear()
    with pytest.raises(ServiceValidationError) as error:
        await choose(hass, "1969-07-20T20:17:00+00:00")
    assert error.value.translation_key == "invalid_return_time"
    assert not simulator.received
