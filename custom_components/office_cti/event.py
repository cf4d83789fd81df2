"""Events: what happens at the telephone system and is over at once.

What happens is no state of an object, so it does not come through the object's fields: the directory
tells it to whoever listens to that kind of event of that object.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .coordinator import OfficeConfigEntry
from .description import OfficeDescription
from .entity import OfficeEntity, known
from .telephony.directory import Directory
from .telephony.model import (
    CallerEvent,
    CallEvent,
    CallEventKind,
    Conference,
    ConferenceEvent,
    Extension,
    Feature,
    MessageEvent,
    ObjectId,
    PassageKind,
    Queue,
    Server,
    ServerEvent,
    ServerEventKind,
    SheetEvent,
    TelephonyEvent,
    TelephonyObject,
    VoicemailEvent,
)

PARALLEL_UPDATES = 0

# The type of an event of which there is only one type.
_RECEIVED = "received"


@dataclass(frozen=True, kw_only=True)
class OfficeEventDescription(EventEntityDescription, OfficeDescription):
    """An event entity: for each `event` of its object, `type_fn` names it and `about_fn` tells of it."""

    event: type[TelephonyEvent]
    event_types: list[str]
    type_fn: Callable[[Any], str] = lambda event: event.kind.value
    about_fn: Callable[[Directory, Any], dict[str, Any]]


def _about_call(event: CallEvent) -> dict[str, Any]:
    call = event.call
    has_ended = event.kind is CallEventKind.ENDED
    return known(
        direction=call.direction,
        number=call.number,
        name=call.name,
        started=call.started,
        answered=call.answered,
        duration=_seconds_since(call.answered) if has_ended else None,
    )


def _seconds_since(time: datetime | None) -> int | None:
    """Return how long ago that was, if it is known; a server's clock may be ahead of ours."""
    return None if time is None else max(0, round((dt_util.utcnow() - time).total_seconds()))


def _name_of(directory: Directory, extension_id: ObjectId | None) -> str | None:
    record = extension_id and directory.extensions.get(extension_id)
    return str(record.object) if record else None


# What a server's events tell under names that are the same for every telephone system.
_TOLD_BY_SERVERS = ("color", "sender", "text", "time", "type")


def _about_server_event(event: ServerEvent) -> dict[str, Any]:
    """Return what a server has told; what is called as only the server calls it stands together."""
    own = {name: value for name, value in event.fields.items() if name not in _TOLD_BY_SERVERS}
    told = {name: event.fields.get(name) for name in _TOLD_BY_SERVERS}
    return known(**told, fields=own or None)


EVENTS = (
    # Of the server.
    OfficeEventDescription(
        key="notification",
        translation_key="notification",
        kind=Server,
        feature=Feature.NOTIFICATIONS,
        essential=True,
        event=ServerEvent,
        event_types=[kind.value for kind in ServerEventKind],
        about_fn=lambda _, event: _about_server_event(event),
    ),
    # Of an extension.
    OfficeEventDescription(
        key="call",
        translation_key="call",
        kind=Extension,
        feature=Feature.CALLS,
        event=CallEvent,
        event_types=[kind.value for kind in CallEventKind],
        about_fn=lambda _, event: _about_call(event),
    ),
    OfficeEventDescription(
        key="message",
        translation_key="message",
        kind=Extension,
        feature=Feature.MESSAGES,
        entity_registry_enabled_default=False,
        event=MessageEvent,
        event_types=[_RECEIVED],
        type_fn=lambda _: _RECEIVED,
        about_fn=lambda directory, event: known(
            text=event.text,
            sender=_name_of(directory, event.sender) or event.sender_name,
            time=event.time,
            fields=dict(event.fields) or None,
        ),
    ),
    OfficeEventDescription(
        key="sheet",
        translation_key="sheet",
        kind=Extension,
        feature=Feature.SHEETS,
        entity_registry_enabled_default=False,
        event=SheetEvent,
        event_types=[_RECEIVED],
        type_fn=lambda _: _RECEIVED,
        about_fn=lambda _, event: known(fields=dict(event.fields), form=list(event.form) or None),
    ),
    OfficeEventDescription(
        key="voicemail",
        translation_key="voicemail",
        kind=Extension,
        feature=Feature.VOICEMAIL_MESSAGES,
        entity_registry_enabled_default=False,
        event=VoicemailEvent,
        event_types=[_RECEIVED],
        type_fn=lambda _: _RECEIVED,
        about_fn=lambda _, event: known(fields=dict(event.fields) or None),
    ),
    # Of a queue.
    OfficeEventDescription(
        key="caller",
        translation_key="caller",
        kind=Queue,
        entity_registry_enabled_default=False,
        event=CallerEvent,
        event_types=[kind.value for kind in PassageKind],
        about_fn=lambda _, event: known(
            position=event.caller.position, number=event.caller.number, name=event.caller.name
        ),
    ),
    # Of a conference.
    OfficeEventDescription(
        key="member",
        translation_key="member",
        kind=Conference,
        entity_registry_enabled_default=False,
        event=ConferenceEvent,
        event_types=[kind.value for kind in PassageKind],
        about_fn=lambda _, event: known(number=event.member.number, name=event.member.name),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: OfficeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the event entities."""
    entry.runtime_data.async_add_platform(Platform.EVENT, EVENTS, OfficeEvent, async_add_entities)


class OfficeEvent(OfficeEntity[TelephonyObject], EventEntity):
    """The latest event of one kind of one object."""

    entity_description: OfficeEventDescription

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(
            self.record.listen_to_events(self.entity_description.event, self._happened)
        )

    @callback
    def _happened(self, event: TelephonyEvent) -> None:
        description = self.entity_description
        self._trigger_event(
            description.type_fn(event), description.about_fn(self._directory, event)
        )
        self.async_write_ha_state()
