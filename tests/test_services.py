"""The actions as a whole, and those that ask a telephone system as a whole."""

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
import voluptuous as vol

from custom_components.office_cti import services
from custom_components.office_cti.const import DOMAIN
from custom_components.office_cti.telephony.model import DirectoryResult, DirectorySource
from custom_components.office_cti.telephony.system import NotConnected

from .common import registered
from .people import act


async def search(hass, entry_id="office", user=None, **data):
    return await act(
        hass, "search_directory", answer=True, user=user, config_entry_id=entry_id, **data
    )


async def test_every_action_is_there_before_any_telephone_system_is(hass, scripted_entry):
    assert await async_setup_component(hass, DOMAIN, {})
    names = {action.name for action in services.ACTIONS} | {services.SERVICE_SEARCH_DIRECTORY}
    assert hass.services.async_services_for_domain(DOMAIN).keys() == names


# --- search_directory --------------------------------------------------------------------------


async def test_people_are_found_by_the_columns_of_the_directory(hass, staffed, scripted_office):
    scripted_office.answers["search_directory"] = DirectoryResult(
        ("Name", "Number"), (("Alice", "101"), ("Bob", None))
    )
    assert await search(hass, pattern=" ali ") == {
        "headers": ["Name", "Number"],
        "rows": [{"Name": "Alice", "Number": "101"}, {"Name": "Bob", "Number": None}],
    }
    asked = {"pattern": "ali", "source": DirectorySource.DIRECTORY}
    assert scripted_office.commands == [("search_directory", asked)]


async def test_no_column_is_lost_to_another_of_its_name(hass, staffed, scripted_office):
    scripted_office.answers["search_directory"] = DirectoryResult(
        ("Number", "Number 2", "Number", "", ""), (("1", "2", "3", "4", "5"),)
    )
    answer = await search(hass, pattern="a")
    assert answer["headers"] == ["Number", "Number 2", "Number 3", "", "2"]
    assert list(answer["rows"][0].values()) == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("source", DirectorySource)
async def test_one_chooses_where_to_search(hass, staffed, scripted_office, source):
    scripted_office.answers["search_directory"] = DirectoryResult((), ())
    assert await search(hass, pattern="a", source=source.value) == {"headers": [], "rows": []}
    assert scripted_office.commands[0].arguments["source"] is source


async def test_one_searches_only_where_there_is_a_directory(hass, staffed, scripted_office):
    with pytest.raises(vol.Invalid):
        await search(hass, pattern="a", source="the attic")
    assert not scripted_office.commands


@pytest.mark.parametrize("data", [{}, {"pattern": " "}])
async def test_who_searches_for_nothing_is_told_the_columns(hass, staffed, scripted_office, data):
    scripted_office.answers["search_directory"] = DirectoryResult(("Name", "Number"), ())
    assert await search(hass, **data) == {"headers": ["Name", "Number"], "rows": []}
    assert not scripted_office.commands[0].arguments["pattern"]


async def test_a_search_that_fails_says_why(hass, staffed, scripted_office):
    scripted_office.errors["search_directory"] = NotConnected()
    with pytest.raises(HomeAssistantError) as error:
        await search(hass, pattern="a")
    assert error.value.translation_key == "not_connected"
    assert not isinstance(error.value, ServiceValidationError)


async def test_a_system_without_a_directory_says_so(hass, loaded):
    with pytest.raises(ServiceValidationError, match="cannot do this") as error:
        await search(hass, pattern="a")
    assert error.value.translation_key == "not_supported"


async def test_only_a_telephone_system_that_is_set_up_is_searched(hass, staffed):
    MockConfigEntry(domain="lamps", entry_id="lamps").add_to_hass(hass)
    for entry_id in ("nothing", "lamps"):
        with pytest.raises(ServiceValidationError):
            await search(hass, entry_id, pattern="a")
    assert await hass.config_entries.async_unload(staffed.entry_id)
    with pytest.raises(ServiceValidationError) as error:
        await search(hass, pattern="a")
    assert error.value.translation_key == "service_config_entry_not_loaded"


async def test_who_may_see_everything_of_a_system_may_search_it(
    hass, staffed, scripted_office, hass_read_only_user, hass_admin_user
):
    scripted_office.answers["search_directory"] = DirectoryResult((), ())
    for user in (hass_read_only_user, hass_admin_user):
        await search(hass, user=user, pattern="a")
    assert len(scripted_office.commands) == 2


async def test_who_may_see_only_a_part_of_it_may_not(hass, staffed, scripted_office):
    seen = {key: {POLICY_READ: True} for key in registered(hass, staffed)}
    user = MockUser().add_to_hass(hass)
    user.mock_policy({"entities": {"entity_ids": seen}})
    scripted_office.answers["search_directory"] = DirectoryResult((), ())
    await search(hass, user=user, pattern="a")
    hidden = seen.popitem()[0]
    user.mock_policy({"entities": {"entity_ids": seen}})
    with pytest.raises(Unauthorized) as error:
        await search(hass, user=user, pattern="a")
    assert (error.value.entity_id, error.value.permission) == (hidden, POLICY_READ)
    assert len(scripted_office.commands) == 1


async def test_of_a_system_of_which_nothing_is_to_be_seen_nobody_may(
    hass, staffed, scripted_office, hass_read_only_user
):
    entities = er.async_get(hass)
    for entity_id in registered(hass, staffed):
        entities.async_remove(entity_id)
    with pytest.raises(Unauthorized):
        await search(hass, user=hass_read_only_user, pattern="a")
    assert not scripted_office.commands
