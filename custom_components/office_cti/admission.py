"""How much can be brought in.

Home Assistant takes 10,000 enabled entities of one config entry and drops the rest by chance. So what is
new is counted before it is brought in: all of it if there is room, else only what is essential (presence
and status) is enabled, and if there is no room for that either, nothing new comes in until the person
chooses. A repair issue says so. When there is room again, what was left disabled is enabled.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN, ENABLED_ENTITIES_MOST
from .description import Level, OfficeDescription, key_of, kind_of, unique_id_of, word_of
from .telephony.directory import SLICE, SLICE_PAUSE, Record
from .telephony.model import TelephonyObject

_REDUCED = "reduced_entities"
_LEFT_OUT = "too_many_extensions"


@dataclass(frozen=True, slots=True)
class Platform:
    """One of the integration's entity platforms: what it can show, and how that is added."""

    domain: str
    descriptions: Sequence[OfficeDescription]
    entity: Callable[..., Entity]
    add: AddConfigEntryEntitiesCallback

    def shown_of(self, telephony_object: TelephonyObject) -> Iterator[OfficeDescription]:
        """Find what this platform shows of an object."""
        return (d for d in self.descriptions if d.is_shown_of(telephony_object))


class Admission:
    """Decides how much of new objects is enabled, and tells the person if that is not all."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        platforms: Sequence[Platform],
        identity_of: Callable[[Record[Any]], str],
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._platforms = platforms
        self._identity_of = identity_of
        self._is_reduced = False

    async def async_enable_reduced(self, new: Sequence[Record[Any]]) -> None:
        """Enable what was left disabled for want of room, if there is room for it and all new."""
        reduced = self._async_find_reduced()
        needed = len(reduced) + self._count(new)[Level.FULL]
        self._is_reduced = bool(reduced) and needed > self._async_room()
        if self._is_reduced:
            return
        registry = er.async_get(self._hass)
        for entity_ids in batched(reduced, SLICE, strict=False):
            for entity_id in entity_ids:
                if entity_id in registry.entities:
                    registry.async_update_entity(entity_id, disabled_by=None)
            await asyncio.sleep(SLICE_PAUSE)

    @callback
    def async_admit(self, new: Sequence[Record[Any]]) -> Level:
        """Return how much of these objects may be enabled, of what is not registered already."""
        counts = self._count(new)
        levels = [Level.REDUCED] if self._is_reduced else [Level.FULL, Level.REDUCED]
        room = self._async_room()
        level = next((level for level in levels if counts[level] <= room), Level.NOTHING)
        self._is_reduced |= level is Level.REDUCED
        return level

    @callback
    def async_tell(self, left_out: int) -> None:
        """Tell the person what is reduced and how many are left out, or that it no longer is so."""
        self._async_tell(_REDUCED, is_so=self._is_reduced)
        self._async_tell(_LEFT_OUT, is_so=bool(left_out), left_out=left_out)

    def _count(self, records: Iterable[Record[Any]]) -> Counter[Level]:
        """Count the entities that would be enabled at each level and are not registered yet."""
        registry = er.async_get(self._hass)
        counts: Counter[Level] = Counter()
        for record in records:
            identity = self._identity_of(record)
            for platform in self._platforms:
                for description in platform.shown_of(record.object):
                    if not description.is_enabled_at(Level.FULL):
                        continue
                    unique_id = unique_id_of(identity, description.key)
                    if not registry.async_get_entity_id(platform.domain, DOMAIN, unique_id):
                        counts[Level.FULL] += 1
                        counts[Level.REDUCED] += description.is_enabled_at(Level.REDUCED)
        return counts

    @callback
    def _async_room(self) -> int:
        entities = er.async_get(self._hass).entities
        return ENABLED_ENTITIES_MOST - entities.get_enabled_count_for_config_entry_id(
            self._entry.entry_id
        )

    @callback
    def _async_find_reduced(self) -> list[str]:
        """Find entities that are disabled only because there was no room for them."""
        enabled = {
            (platform.domain, word_of(description.kind), description.key)
            for platform in self._platforms
            for description in platform.descriptions
            if description.is_enabled_at(Level.FULL)
        }
        return [
            entry.entity_id
            for entry in er.async_entries_for_config_entry(
                er.async_get(self._hass), self._entry.entry_id
            )
            if entry.disabled_by is er.RegistryEntryDisabler.INTEGRATION
            and (entry.domain, kind_of(entry.unique_id), key_of(entry.unique_id)) in enabled
        ]

    @callback
    def _async_tell(self, issue: str, *, is_so: bool, left_out: int = 0) -> None:
        issue_id = _issue_id(issue, self._entry.entry_id)
        if not is_so:
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
            return
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key=issue,
            translation_placeholders={
                "title": self._entry.title,
                "left_out": str(left_out),
                "most": str(ENABLED_ENTITIES_MOST),
            },
        )


def _issue_id(issue: str, entry_id: str) -> str:
    return f"{issue}_{entry_id}"


@callback
def async_withdraw_issues(hass: HomeAssistant, entry_id: str) -> None:
    """Withdraw what was told about a config entry."""
    for issue in (_REDUCED, _LEFT_OUT):
        ir.async_delete_issue(hass, DOMAIN, _issue_id(issue, entry_id))
