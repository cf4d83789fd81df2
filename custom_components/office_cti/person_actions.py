"""Actions on extensions' persons: what is shown of them, what their telephone does, messages to them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from homeassistant.core import SupportsResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .action import TEXT, Action, Given, Part, async_set_parts, features_of
from .errors import invalid
from .targets import Target
from .telephony.model import Extension, Feature, ForwardKind, Status
from .telephony.system import InvalidReturnTime, StatusNotAllowed

ATTR_STATUS: Final = "status"
ATTR_NOTE: Final = "note"
ATTR_RETURN_TIME: Final = "return_time"
ATTR_DURATION: Final = "duration"
ATTR_CLEAR: Final = "clear"

ATTR_DO_NOT_DISTURB: Final = "do_not_disturb"
ATTR_CALL_FILTER: Final = "call_filter"
ATTR_RECORDING: Final = "recording"

ATTR_KIND: Final = "kind"
ATTR_ENABLED: Final = "enabled"
ATTR_DESTINATION: Final = "destination"

ATTR_TEXT: Final = "text"


# --- set_status --------------------------------------------------------------------------------


async def _async_set_status(target: Target[Extension], changes: Given) -> dict[str, Any]:
    """Set status, note and return time: what is given; returns what is shown then."""
    await async_set_parts(_STATUS_PARTS, target, changes)
    extension = target.object
    return {
        "presence": extension.presence,
        "status": extension.status and extension.status.name,
        "note": extension.note,
        "return_time": extension.return_time and extension.return_time.isoformat(),
    }


def _wanted_status(target: Target[Extension], typed: str) -> str:
    """Return the status that a person means, whose capitals and spaces nobody remembers.

    Raises:
        ServiceValidationError: there is no such status, or not now; it tells which there are.
    """
    statuses = target.coordinator.directory.status_lists.get(target.object.status_list)
    offered = {status.name: status for status in statuses.object.statuses} if statuses else {}
    if not offered:
        return typed
    alike = {typed} & offered.keys() or {
        name for name in offered if _folded(name) == _folded(typed)
    }
    if len(alike) != 1:
        raise invalid(
            "status_not_offered", name=target.name, status=typed, offered=", ".join(offered)
        )
    (wanted,) = alike
    _check_may_follow(target, offered, wanted)
    return wanted


def _check_may_follow(
    target: Target[Extension], offered: Mapping[str, Status], wanted: str
) -> None:
    """Refuse a status that may not be chosen after the present one.

    Raises:
        ServiceValidationError: it may not; it tells which may.
    """
    present = target.object.status
    if present is None or present.may_be_followed_by(offered[wanted]):
        return
    allowed = [
        name
        for name, status in offered.items()
        if status.id != present.id and present.may_be_followed_by(status)
    ]
    if not allowed:
        raise invalid(StatusNotAllowed.key, name=target.name, status=wanted)
    if wanted not in allowed:
        raise invalid(
            "status_not_allowed_after",
            name=target.name,
            status=wanted,
            present=present.name,
            allowed=", ".join(allowed),
        )


def _folded(status: str) -> str:
    return " ".join(status.split()).casefold()


_STATUS_PARTS: Final[Mapping[str, Part]] = MappingProxyType(
    {
        ATTR_STATUS: Part(
            Feature.SET_STATUS,
            lambda target, value: target.system.set_status(
                target.object, _wanted_status(target, value)
            ),
        ),
        ATTR_NOTE: Part(
            Feature.SET_NOTE,
            lambda target, value: target.system.set_note(target.object, value),
        ),
        ATTR_RETURN_TIME: Part(
            Feature.SET_RETURN_TIME,
            lambda target, value: target.system.set_return_time(target.object, value),
        ),
    }
)


def _wanted_changes(data: Given) -> dict[str, Any]:
    """Return the parts to set and their values, in the order in which they are set."""
    cleared = {ATTR_NOTE: "", ATTR_RETURN_TIME: None}
    changes: dict[str, Any] = {part: cleared[part] for part in data.get(ATTR_CLEAR, ())}
    given: dict[str, Any] = {part: data[part] for part in (ATTR_STATUS, ATTR_NOTE) if part in data}
    if (return_time := _return_time(data)) is not None:
        given[ATTR_RETURN_TIME] = return_time
    if contradictory := sorted(changes.keys() & given.keys()):
        raise invalid("set_and_cleared", part=contradictory[0])
    changes |= given
    return {part: changes[part] for part in _STATUS_PARTS if part in changes}


def _return_time(data: Given) -> datetime | None:
    """Return the return time in UTC; a time without a zone is Home Assistant's."""
    if ATTR_DURATION in data and ATTR_RETURN_TIME in data:
        raise invalid("return_time_twice")
    duration: timedelta | None = data.get(ATTR_DURATION)
    time: datetime | None = data.get(ATTR_RETURN_TIME)
    try:
        if duration is not None:
            return dt_util.utcnow() + duration
        return None if time is None else dt_util.as_utc(time)
    except OverflowError as error:
        raise invalid(InvalidReturnTime.key) from error


# --- set_user_state ----------------------------------------------------------------------------

_USER_STATES: Final[Mapping[str, Part]] = MappingProxyType(
    {
        ATTR_DO_NOT_DISTURB: Part(
            Feature.SET_DO_NOT_DISTURB,
            lambda target, value: target.system.set_do_not_disturb(target.object, enabled=value),
        ),
        ATTR_CALL_FILTER: Part(
            Feature.SET_CALL_FILTER,
            lambda target, value: target.system.set_call_filter(target.object, enabled=value),
        ),
        ATTR_RECORDING: Part(
            Feature.SET_RECORDING,
            lambda target, value: target.system.set_recording(target.object, enabled=value),
        ),
    }
)


PERSON_ACTIONS: Final = (
    Action(
        name="set_status",
        kind=Extension,
        feature=features_of(_STATUS_PARTS),
        fields={
            vol.Optional(ATTR_STATUS): TEXT,
            vol.Optional(ATTR_NOTE): cv.string,
            vol.Optional(ATTR_RETURN_TIME): cv.datetime,
            vol.Optional(ATTR_DURATION): cv.positive_time_period,
            vol.Optional(ATTR_CLEAR): vol.All(
                cv.ensure_list, [vol.In((ATTR_NOTE, ATTR_RETURN_TIME))]
            ),
        },
        any_of=(ATTR_STATUS, ATTR_NOTE, ATTR_RETURN_TIME, ATTR_DURATION, ATTR_CLEAR),
        read=_wanted_changes,
        command=_async_set_status,
        response=SupportsResponse.OPTIONAL,
    ),
    Action(
        name="set_user_state",
        kind=Extension,
        feature=features_of(_USER_STATES),
        fields={vol.Optional(part): cv.boolean for part in _USER_STATES},
        any_of=tuple(_USER_STATES),
        read=lambda data: {part: data[part] for part in _USER_STATES if part in data},
        command=lambda target, given: async_set_parts(_USER_STATES, target, given),
    ),
    Action(
        name="set_forward",
        kind=Extension,
        feature=Feature.SET_FORWARDS,
        fields={
            vol.Required(ATTR_KIND): vol.Coerce(ForwardKind),
            vol.Optional(ATTR_ENABLED): cv.boolean,
            vol.Optional(ATTR_DESTINATION): vol.All(cv.string, str.strip),
        },
        any_of=(ATTR_ENABLED, ATTR_DESTINATION),
        command=lambda target, given: target.system.set_forward(
            target.object,
            given[ATTR_KIND],
            enabled=given.get(ATTR_ENABLED),
            destination=given.get(ATTR_DESTINATION),
        ),
    ),
    Action(
        name="send_message",
        kind=Extension,
        feature=Feature.SEND_MESSAGE,
        fields={vol.Required(ATTR_TEXT): TEXT},
        command=lambda target, given: target.system.send_message(target.object, given[ATTR_TEXT]),
    ),
)
