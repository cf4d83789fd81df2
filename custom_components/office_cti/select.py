"""Selects: the status, where it can be set.

The options are what may follow the present status, of the statuses of the extension's tenant or profile,
and the present one itself. Options and state change in one write.

A change of options is costly: it goes into the entity registry, and Home Assistant complains of more than
100 an hour. So an extension's options change at most 30 times at once, and then once a minute. The last
of these changes is kept for offering everything: then nobody is kept from choosing what may follow, and
what may not is refused when it is chosen. Only the new names of a server that renames its statuses
without end must wait their minute.
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
from .errors import translated
from .telephony import TelephoneSystem
from .telephony.directory import Record
from .telephony.model import Extension, Feature, Status, StatusEffect, StatusList
from .telephony.system import StatusNotAllowed

PARALLEL_UPDATES = 0

# Changes of options that are shown at once, and the seconds after which one more may be.
_CHANGES_AT_ONCE = 30
_CHANGE_EVERY = 60.0
# The changes that must be left for showing only what may follow, so that one is kept for showing all.
_FOR_LESS = 2
_FOR_ALL = 1


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
        fields=frozenset({"status", "status_list"}),
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
    """The status of one extension, to choose from its tenant's or profile's."""

    entity_description: OfficeSelectDescription

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The list that is listened to: none before the entity is added.
        self._list: Record[StatusList] | None = None
        self._unlisten: CALLBACK_TYPE = _do_nothing
        # The list's statuses by what is shown of them: a name may be longer than a state.
        self._statuses: dict[str, Status] = {}
        self._read: tuple[Status, ...] | None = None
        self._names: list[str] = []
        self._effects: dict[str, list[str]] = {}
        self._full_text: dict[str, Any] = {}
        self._changes_left = float(_CHANGES_AT_ONCE)
        self._changed_at = 0.0
        self._wait: CALLBACK_TYPE | None = None
        self._read_list(self._find_list())
        self._show(self._allowed())

    @override
    async def async_added_to_hass(self) -> None:
        self.async_on_remove(
            self.record.listen(self.entity_description.fields | ALWAYS, self._changed)
        )
        self._follow_list()
        self._show(self._allowed())

    @override
    async def async_will_remove_from_hass(self) -> None:
        """End what was begun; under another entity id it is added again."""
        self._unlisten()
        self._list, self._unlisten = None, _do_nothing
        if self._wait:
            self._wait()
            self._wait = None

    @callback
    def _changed(self) -> None:
        self._follow_list()
        self._show(self._next_options())
        self.async_write_ha_state()

    # --- what can be chosen --------------------------------------------------------------------

    def _find_list(self) -> Record[StatusList] | None:
        return self._directory.status_lists.get(self.record.object.status_list)

    @callback
    def _follow_list(self) -> None:
        """Listen to the list that the extension has now: its person may get another profile."""
        found = self._find_list()
        if found is not self._list:
            self._list = found
            self._unlisten()
            self._unlisten = (
                found.listen(frozenset({"statuses"}), self._changed) if found else _do_nothing
            )
        self._read_list(found)

    def _read_list(self, found: Record[StatusList] | None) -> None:
        statuses = found.object.statuses if found else ()
        if statuses is self._read:
            return
        self._read = statuses
        self._statuses = {_shown(status): status for status in statuses}
        self._names = list(self._statuses)
        self._effects = {
            effect.value: having
            for effect in StatusEffect
            if (having := [s for s, each in self._statuses.items() if effect in each.effects])
        }

    def _all(self) -> list[str]:
        """Return what the list has, and the present status if it is not among it."""
        present = self.record.object.status
        if present is None or _shown(present) in self._statuses:
            return self._names
        return [*self._names, _shown(present)]

    def _allowed(self) -> list[str]:
        """Return what of all may follow the present status, and the present one."""
        present = self.record.object.status
        if present is None or present.following is None:
            return self._all()  # at no cost: most systems let any status follow any other
        return [
            shown
            for shown in self._all()
            if present.may_be_followed_by(self._statuses.get(shown, present))
        ]

    # --- how often that may change -------------------------------------------------------------

    def _next_options(self) -> list[str]:
        """Return what may be chosen, or as much more than that as the changes left make necessary."""
        shown, allowed = self._attr_options, self._allowed()
        if allowed == shown:
            return shown
        everything, left = self._all(), self._count_changes_left()
        if left >= _FOR_LESS:
            options = allowed
        elif left >= _FOR_ALL and everything != shown:
            options = everything
        else:
            options = shown
        if options != shown:
            self._changes_left -= 1
        if options != allowed and self._wait is None:
            # Not all at the same moment: a whole tenant waits.
            delay = _CHANGE_EVERY * random.uniform(1, 1.2)  # noqa: S311 -- no secret
            self._wait = async_call_later(self.hass, delay, self._waited)
        return options

    def _count_changes_left(self) -> float:
        if self._wait:
            return 0
        now = self.hass.loop.time()
        earned = (now - self._changed_at) / _CHANGE_EVERY
        self._changed_at = now
        self._changes_left = min(self._changes_left + earned, _CHANGES_AT_ONCE)
        return self._changes_left

    @callback
    def _waited(self, _now: datetime) -> None:
        self._wait = None
        self._changed()

    # --- what is shown, and what is chosen -----------------------------------------------------

    def _show(self, options: list[str]) -> None:
        """Show the present state with these options."""
        present = self.record.object.status
        self._attr_options = options
        if present is None:
            self._attr_current_option = None
        elif (shown := _shown(present)) in options:
            self._attr_current_option = shown
        else:
            return  # what is shown stays, until the options may change
        self._full_text = full_text(present.name if present else None)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Tell what else the offered statuses do."""
        attributes = self._full_text
        for effect, having in self._effects.items():
            if offered := [shown for shown in having if shown in self._attr_options]:
                attributes = attributes | {effect: offered}
        return attributes

    @override
    async def async_select_option(self, option: str) -> None:
        extension, status = self.record.object, self._statuses.get(option)
        name = option if status is None else status.name
        if option not in self._allowed():
            raise translated(StatusNotAllowed(name=str(extension), status=name))
        await self.async_command(
            self.entity_description.set_fn(self.coordinator.system, extension, name)
        )


def _shown(status: Status) -> str:
    return as_state(status.name)


def _do_nothing() -> None:
    pass
