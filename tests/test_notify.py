"""A text message to a person."""

from typing import Any

from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.office_cti.telephony.system import CannotReceiveMessages

from .common import state_of

MESSAGE = "notify.anna_message"


async def send(hass: Any, message: str, **more: str) -> None:
    await hass.services.async_call(
        "notify",
        "send_message",
        {"entity_id": MESSAGE, "message": message, **more},
        blocking=True,
    )


async def test_a_message_reaches_the_person(hass, all_enabled):
    assert state_of(hass, MESSAGE) == "unknown"
    await send(hass, "Coffee?\nNow?")
    assert all_enabled.commands == [
        ("send_message", {"extension": ("1",), "text": "Coffee?\nNow?"})
    ]
    assert state_of(hass, MESSAGE).startswith("20")  # when the latest was sent


async def test_a_message_that_would_be_lost_is_refused(hass, all_enabled):
    all_enabled.errors["send_message"] = CannotReceiveMessages(name="Anna")
    with pytest.raises(HomeAssistantError, match="Nobody is logged in as Anna") as error:
        await send(hass, "Coffee?")
    assert error.value.translation_key == "cannot_receive_messages"
    assert state_of(hass, MESSAGE) == "unknown"


async def test_only_who_can_be_written_to_has_one(hass, all_enabled):
    assert hass.states.async_entity_ids("notify") == [MESSAGE]
