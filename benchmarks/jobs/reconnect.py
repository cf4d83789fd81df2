"""What is written when the connection goes and comes back, and nothing has changed meanwhile.

Writes are counted where every one passes through, whether or not they change a state.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity

from benchmarks import home, office
from custom_components.office_cti.description import kind_of, word_of
from custom_components.office_cti.telephony.model import Server

_GRACE_PERIOD = (
    10.0  # seconds; as it is unless a person chooses, and longer than a reconnection takes
)
_CONNECTION = "binary_sensor"


async def run(*, site: dict[str, Any]) -> dict[str, Any]:
    """Count writes of a short interruption, and of one that outlasts the grace period."""
    async with home.running() as hass, office.running(office.Site(**site)) as simulated:
        entry = home.office_entry(simulated, grace_period=_GRACE_PERIOD)
        await home.async_set_up(hass, entry)
        # A XiVO shows a person as disconnected from the first end of a connection on.
        await _interrupt_shortly(hass, entry, simulated)
        enabled = home.count_enabled(hass, entry)
        coming_and_going = enabled - _enabled_of_server(hass, entry)
        before = _states(hass)
        with _counted() as short:
            await _interrupt_shortly(hass, entry, simulated)
        with _counted() as long:
            await _interrupt_long(hass, entry, simulated)
        after = _states(hass)
        return {
            "enabled": enabled,
            "short": _of_extensions(short),
            "connection": short[_CONNECTION],
            # Each entity becomes unavailable, and available again.
            "beyond_availability": abs(_of_extensions(long) - 2 * coming_and_going),
            "different": sum(before[entity_id] != after[entity_id] for entity_id in before),
        }


async def _interrupt_shortly(
    hass: HomeAssistant, entry: ConfigEntry[Any], simulated: office.Office
) -> None:
    directory = entry.runtime_data.directory
    await simulated.ask("fault", kind="drop")
    await home.async_wait_until(lambda: not directory.server.object.connected)
    await home.async_wait_until_live(hass, entry)


async def _interrupt_long(
    hass: HomeAssistant, entry: ConfigEntry[Any], simulated: office.Office
) -> None:
    directory = entry.runtime_data.directory
    await simulated.ask("fault", kind="refuse")
    await home.async_wait_until(lambda: not directory.available)
    await home.async_wait_until_told(hass, entry)
    await simulated.ask("fault", kind="none")
    await home.async_wait_until_live(hass, entry)


def _states(hass: HomeAssistant) -> dict[str, tuple[str, Any]]:
    return {state.entity_id: (state.state, state.attributes) for state in hass.states.async_all()}


def _enabled_of_server(hass: HomeAssistant, entry: ConfigEntry[Any]) -> int:
    """Return how many show something of the server: they stay available, and one is counted apart."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    enabled = [each for each in entities if each.disabled_by is None]
    return sum(kind_of(each.unique_id) == word_of(Server) for each in enabled)


def _of_extensions(writes: Counter[str]) -> int:
    return writes.total() - writes[_CONNECTION]


@contextmanager
def _counted() -> Iterator[Counter[str]]:
    """Yield a count of writes by the entities' domain."""
    writes: Counter[str] = Counter()
    original = Entity._async_write_ha_state  # noqa: SLF001 -- where every write passes through

    def count(entity: Entity) -> None:
        writes[entity.entity_id.partition(".")[0]] += 1
        original(entity)

    with patch.object(Entity, "_async_write_ha_state", count):
        yield writes
