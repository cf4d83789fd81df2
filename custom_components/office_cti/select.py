"""Selects: the status, where it can be set.

The options are the statuses of the extension's tenant, and the present one if it is not among them.
Options and state change in one write. A change of options is costly, it goes into the entity registry,
and Home Assistant complains of more than 100 an hour: a server that renames its statuses without end is
followed at once 30 times, and then once a minute.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
import random
from typing import Any, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_call_later

from .coordinator import OfficeConfigEntry
from .description import OfficeDescription
from .entity import ALWAYS, OfficeEntity, as_state, full_text
from .telephony import TelephoneSystem
from .telephony.directory import Record
from .telephony.model import Extension, Feature, Status

PARALLEL_UPDATES = 0

# Changes of options that are shown at once, and the seconds after which one more may be.
_CHANGES_AT_ONCE = 30
_CHANGE_EVERY = 60.0


@dataclass(frozen=True, kw_only=True)
class OfficeSelectDescription(SelectEntityDescription, OfficeDescription):
    """A select: `set_fn` is the command that sets it."""

    set_fn: Callable[[TelephoneSystem, Any, str], Awaitable[None]]


SELECTS = (
    OfficeSelectDescription(
        key="status",
        translation_key="status",
        kind=Extension,
        feature=Feature.SET_STATUS,
        fields=frozenset({"status"}),
        set_fn=lambda system, extension, status: system.set_status(extension, status),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: OfficeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the selects."""
    entry.runtime_data.async_add_platform(
        Platform.SELECT, SELECTS, OfficeSelect, async_add_entities
    )


class OfficeSelect(OfficeEntity[Extension], SelectEntity):
    """The status of one extension, to choose from its tenant's."""

    entity_description: OfficeSelectDescription

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._list = self._directory.status_lists.get(self.record.object.status_list)
        self._statuses: tuple[Status, ...] | None = None
        # The tenant's statuses by what is shown of them: a name may be longer than a state.
        self._names: dict[str, str] = {}
        self._offered: list[str] = []
        self._changes_left = float(_CHANGES_AT_ONCE)
        self._changed_at = 0.0
        self._wait: CALLBACK_TYPE | None = None
        self._show(self._options())

    @override
    async def async_added_to_hass(self) -> None:
        self._listen(self.record, ALWAYS | {"status"})
        if self._list:
            self._listen(self._list, frozenset({"statuses"}))
        self._show(self._options())

    @override
    async def async_will_remove_from_hass(self) -> None:
        if self._wait:
            self._wait()

    @callback
    @override
    def _listen(self, record: Record[Any], fields: frozenset[str]) -> None:
        self.async_on_remove(record.listen(fields, self._changed))

    @callback
    def _changed(self) -> None:
        """Show the present state, with the options as they are if they may not change yet."""
        options = self._options()
        if options != self._attr_options and not self._may_change_options():
            options = self._attr_options
            if self._wait is None:
                # Not all at the same moment: a whole tenant waits.
                delay = _CHANGE_EVERY * random.uniform(1, 1.2)  # noqa: S311 -- no secret
                self._wait = async_call_later(self.hass, delay, self._waited)
        self._show(options)
        self.async_write_ha_state()

    @callback
    def _waited(self, _now: datetime) -> None:
        self._wait = None
        self._changed()

    def _may_change_options(self) -> bool:
        if self._wait:
            return False
        now = self.hass.loop.time()
        earned = (now - self._changed_at) / _CHANGE_EVERY
        self._changed_at = now
        self._changes_left = min(self._changes_left + earned, _CHANGES_AT_ONCE)
        if self._changes_left < 1:
            return False
        self._changes_left -= 1
        return True

    def _options(self) -> list[str]:
        """Return what can be chosen now, and the present status, chosen or not."""
        statuses = self._list.object.statuses if self._list else ()
        if statuses is not self._statuses:
            self._statuses = statuses
            self._names = {_shown(status): status.name for status in statuses}
            self._offered = list(self._names)
        present = self.record.object.status
        if present is None or _shown(present) in self._names:
            return self._offered
        return [*self._offered, _shown(present)]

    def _show(self, options: list[str]) -> None:
        present = self.record.object.status
        self._attr_options = options
        if present is None:
            self._attr_current_option = None
        elif (shown := _shown(present)) in options:
            self._attr_current_option = shown
        else:
            return  # what is shown stays, until the options may change
        self._attr_extra_state_attributes = full_text(present.name if present else None)

    @override
    async def async_select_option(self, option: str) -> None:
        status = self._names.get(option, option)
        await self.async_command(
            self.entity_description.set_fn(self.coordinator.system, self.record.object, status)
        )


def _shown(status: Status) -> str:
    return as_state(status.name)
