"""The scripted telephone system keeps its promises to the tests that build on it."""

from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.office_cti.telephony.model import (
    Extension,
    Feature,
    Status,
    StatusKind,
)
from custom_components.office_cti.telephony.system import (
    AuthenticationFailed,
    Credentials,
    NoCall,
)

from .common import reload, state_of, until
from .scripted_system import Login

ANNA = Extension(
    id=("1",),
    number="100",
    name="Anna",
    features=frozenset({Feature.STATUS, Feature.NOTE, Feature.SET_NOTE}),
    status=Status("Lunch", StatusKind.AWAY),
)


async def test_its_objects_are_there_appear_change_and_go(hass, scripted_office, scripted):
    scripted_office.put(ANNA)
    await hass.async_block_till_done()
    assert state_of(hass, "sensor.anna_presence") == "away"
    scripted_office.change(ANNA, status=Status("In", StatusKind.AVAILABLE))
    assert state_of(hass, "sensor.anna_presence") == "available"
    await reload(hass, scripted)
    assert state_of(hass, "sensor.anna_presence") == "available"
    moved = scripted_office.change(ANNA, id=("2",), name="Anna B.")
    await hass.async_block_till_done()
    assert hass.states.get("sensor.anna_presence").name == "Anna B. Presence"
    scripted_office.remove(moved)
    await hass.async_block_till_done()
    assert hass.states.get("sensor.anna_presence") is None


async def test_it_keeps_commands_and_fails_when_told(hass, scripted_office, scripted):
    scripted_office.put(ANNA)
    await hass.async_block_till_done()
    target = {"entity_id": "text.anna_note", "value": "Soup"}
    await hass.services.async_call("text", "set_value", target, blocking=True)
    scripted_office.errors["set_note"] = NoCall(name="Anna")
    with pytest.raises(HomeAssistantError) as error:
        await hass.services.async_call("text", "set_value", target, blocking=True)
    assert error.value.translation_key == "no_call"
    kept = ("set_note", {"extension": ("1",), "note": "Soup"})
    assert scripted_office.commands == [kept, kept]


@pytest.mark.parametrize("options", [{"grace_period": 0}])
async def test_its_connection_comes_and_goes(hass, scripted_office, scripted):
    scripted_office.put(ANNA)
    await hass.async_block_till_done()
    scripted_office.go_away()
    await until(lambda: state_of(hass, "sensor.anna_presence") == "unavailable")
    scripted_office.come_back()
    await until(lambda: state_of(hass, "sensor.anna_presence") == "away")


async def test_it_lets_in_only_who_may_log_in(scripted_office, scripted):
    assert scripted_office.system is not None
    scripted_office.logins["anna"] = Login("secret", ANNA.id, "Anna")
    check = scripted_office.system.check_account
    assert (await check(Credentials("anna", "secret"))).user == ANNA.id
    for wrong in (Credentials("anna", "guess"), Credentials("bert", "secret")):
        with pytest.raises(AuthenticationFailed):
            await check(wrong)
