"""What tests of the integration share: a simulated telephone system and a config entry for it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

# Home Assistant first: it answers for `voluptuous`, and for our folder among custom components.
import homeassistant  # noqa: F401
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension

import custom_components  # noqa: F401
from custom_components.office_cti.const import CONF_SYSTEM, DOMAIN
from custom_components.office_cti.telephony import SYSTEMS, connection
from simulators.isymphony_status import Echo, Event, Office, StatusSimulator, default_office

from .common import in_step, registered, reload, set_up
from .company import EVERYTHING
from .people import PEOPLE
from .scripted_system import ScriptedApiSystem, ScriptedOffice, ScriptedSystem, ScriptedWebSystem


@pytest.fixture(autouse=True)
def integration(enable_custom_integrations: None, socket_enabled: None) -> None:
    """Let Home Assistant load the integration, and tests reach simulators on 127.0.0.1."""


@pytest.fixture
def quick_return(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let connections come back at once."""
    monkeypatch.setattr(connection, "BACK_OFF_FIRST", 0.01)
    monkeypatch.setattr(connection, "BACK_OFF_MOST", 0.02)


@pytest.fixture
def snapshot(snapshot: Any) -> Any:
    """Compare with Home Assistant's own way to write its objects."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
def office() -> Office:
    """A small office: two locations with their tenants, twelve extensions from 100 on."""
    return default_office(12)


@pytest.fixture
async def simulator(office: Office) -> AsyncIterator[StatusSimulator]:
    """The office's iSymphony server; nothing happens there unless a test makes it happen."""
    async with StatusSimulator(office, echo=Echo.AFTER) as simulator:
        yield simulator


@pytest.fixture
def options() -> dict[str, Any]:
    """The config entry's options."""
    return {}


@pytest.fixture
def entry(
    hass: Any, simulator: StatusSimulator, options: dict[str, Any], quick_return: None
) -> MockConfigEntry:
    """A config entry for the simulated server, not yet set up."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        entry_id="office",
        title="Office",
        data={
            CONF_SYSTEM: "isymphony_status",
            "host": "127.0.0.1",
            "port": simulator.port,
        },
        options=options,
    )
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
async def loaded(hass: Any, entry: MockConfigEntry) -> MockConfigEntry:
    """A config entry for the simulated server, set up."""
    await set_up(hass, entry)
    return entry


@pytest.fixture
def happens(
    hass: Any, entry: MockConfigEntry, simulator: StatusSimulator
) -> Callable[..., Awaitable[None]]:
    """Have the server tell of changes of the office, and wait until they are seen."""

    async def happens(*events: Event) -> None:
        for event in events:
            simulator.announce(event)
        await in_step(hass, entry)

    return happens


@pytest.fixture
def writes(hass: Any) -> list[str]:
    """The entities whose state was written since, in order."""
    written: list[str] = []

    @callback
    def note(event: Any) -> None:
        written.append(event.data["entity_id"])

    hass.bus.async_listen("state_changed", note)
    return written


# --- a telephone system without a wire ---------------------------------------------------------


@pytest.fixture
def scripted_office(monkeypatch: pytest.MonkeyPatch) -> ScriptedOffice:
    """The server of the scripted telephone systems, which are of those that there are; empty."""
    for each in (ScriptedSystem, ScriptedWebSystem, ScriptedApiSystem):
        monkeypatch.setitem(SYSTEMS, each.key, each)
    office = ScriptedOffice()
    monkeypatch.setattr(ScriptedSystem, "office", office, raising=False)
    return office


@pytest.fixture
def scripted_entry(
    hass: Any, scripted_office: ScriptedOffice, options: dict[str, Any]
) -> MockConfigEntry:
    """A config entry for the scripted telephone system, not yet set up."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        entry_id="office",
        title="Office",
        data={CONF_SYSTEM: ScriptedSystem.key, "host": "pbx.example", "port": 4711},
        options=options,
    )
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
async def scripted(hass: Any, scripted_entry: MockConfigEntry) -> MockConfigEntry:
    """A config entry for the scripted telephone system, set up."""
    await set_up(hass, scripted_entry)
    return scripted_entry


@pytest.fixture
async def staffed(
    hass: Any, scripted_office: ScriptedOffice, scripted_entry: MockConfigEntry
) -> MockConfigEntry:
    """The same, with the people of `tests/people.py`."""
    scripted_office.put(*PEOPLE)
    await set_up(hass, scripted_entry)
    return scripted_entry


@pytest.fixture
async def company(
    hass: Any, scripted_office: ScriptedOffice, scripted_entry: MockConfigEntry
) -> ScriptedOffice:
    """A scripted telephone system that has everything, set up."""
    scripted_office.put(*EVERYTHING)
    await set_up(hass, scripted_entry)
    return scripted_office


@pytest.fixture
async def all_enabled(
    hass: Any, company: ScriptedOffice, scripted_entry: MockConfigEntry
) -> ScriptedOffice:
    """The same, after a person has enabled whatever is disabled until wanted."""
    for entity_id, entity in registered(hass, scripted_entry).items():
        if entity.disabled:
            er.async_get(hass).async_update_entity(entity_id, disabled_by=None)
    await reload(hass, scripted_entry)
    return company
