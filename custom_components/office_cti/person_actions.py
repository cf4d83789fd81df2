"""Actions on extensions' persons: what is shown of them, what their telephone does, messages to them."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from homeassistant.core import SupportsResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .action import (
    TEXT,
    TRIMMED,
    Action,
    Given,
    Part,
    async_set_in_turn,
    async_set_parts,
    features_of,
)
from .errors import invalid
from .targets import Target
from .telephony.model import Extension, Feature, ForwardKind, StateChange, Status
from .telephony.system import InvalidReturnTime, StatusNotAllowed

ATTR_STATUS: Final = "status"
ATTR_NOTE: Final = "note"
ATTR_RETURN_TIME: Final = "return_time"
ATTR_DURATION: Final = "duration"
ATTR_CLEAR: Final = "clear"

ATTR_DO_NOT_DISTURB: Final = "do_not_disturb"
ATTR_CALL_FILTER: Final = "call_filter"
ATTR_RECORDING: Final = "recording"
ATTR_STATE: Final = "state"
ATTR_REDIRECT: Final = "redirect"
ATTR_CALL_CENTER: Final = "call_center"
ATTR_ON_BREAK: Final = "on_break"
ATTR_BREAK_REASON_ID: Final = "break_reason_id"
ATTR_BREAK_REASON: Final = "break_reason"

ATTR_KIND: Final = "kind"
ATTR_ENABLED: Final = "enabled"
ATTR_DESTINATION: Final = "destination"

ATTR_TEXT: Final = "text"

# The largest number that servers give a reason for a break.
BREAK_REASON_ID_MOST: Final = 2**31 - 1


# --- set_status --------------------------------------------------------------------------------


async def _async_set_status(target: Target[Extension], changes: Given) -> dict[str, Any]:
    """Set status, note and return time: what is given; returns what is shown then."""
    await async_set_parts(_STATUS_PARTS, target, changes)
    extension = target.object
    return {
        "name": target.name,
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

# What belongs together is changed at once: its fields, and what each of them needs.
_STATE_CHANGES: Final[Mapping[str, Feature]] = MappingProxyType(
    {
        ATTR_STATE: Feature.SET_STATUS,
        ATTR_REDIRECT: Feature.SET_REDIRECT,
        ATTR_CALL_CENTER: Feature.SET_CALL_CENTER,
        ATTR_ON_BREAK: Feature.SET_BREAK,
        ATTR_BREAK_REASON_ID: Feature.SET_BREAK,
        ATTR_BREAK_REASON: Feature.SET_BREAK,
    }
)


async def _async_change_state(target: Target[Extension], changes: Given) -> None:
    typed = changes.get(ATTR_STATE)
    change = StateChange(
        status=None if typed is None else _wanted_status(target, typed),
        redirect=changes.get(ATTR_REDIRECT),
        call_center=changes.get(ATTR_CALL_CENTER),
        on_break=changes.get(ATTR_ON_BREAK),
        break_reason_id=changes.get(ATTR_BREAK_REASON_ID),
        break_reason=changes.get(ATTR_BREAK_REASON),
    )
    await target.system.change_state(target.object, change)


# What is set by itself, one after the other.
_SWITCHED: Final[Mapping[str, Part]] = MappingProxyType(
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

_USER_STATES: Final[Mapping[str, Feature]] = MappingProxyType(
    {**_STATE_CHANGES, **{name: part.feature for name, part in _SWITCHED.items()}}
)


def _wanted_states(data: Given) -> dict[str, Any]:
    """Return what is to be set.

    Raises:
        ServiceValidationError: a break has two reasons, or none has one.
    """
    given = {name: data[name] for name in _USER_STATES if name in data}
    reasons = given.keys() & {ATTR_BREAK_REASON_ID, ATTR_BREAK_REASON}
    if len(reasons) > 1:
        raise invalid("break_reason_twice")
    if reasons and given.get(ATTR_ON_BREAK) is False:
        raise invalid("break_reason_without_break")
    return given


async def _async_set_states(target: Target[Extension], given: Given) -> None:
    """Change what belongs together at once, and then switch the rest, up to the first refusal."""
    steps: dict[str, Callable[[], Awaitable[None]]] = {}
    if changes := {name: value for name, value in given.items() if name in _STATE_CHANGES}:
        steps[", ".join(changes)] = partial(_async_change_state, target, changes)
    for name, part in _SWITCHED.items():
        if name in given:
            steps[name] = partial(part.command, target, given[name])
    await async_set_in_turn(target, steps)


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
        feature=lambda given: {name: _USER_STATES[name] for name in given},
        fields={
            vol.Optional(ATTR_STATE): TEXT,
            vol.Optional(ATTR_REDIRECT): cv.boolean,
            vol.Optional(ATTR_CALL_CENTER): cv.boolean,
            vol.Optional(ATTR_ON_BREAK): cv.boolean,
            vol.Optional(ATTR_BREAK_REASON_ID): vol.All(
                vol.Coerce(int), vol.Range(min=0, max=BREAK_REASON_ID_MOST)
            ),
            vol.Optional(ATTR_BREAK_REASON): TRIMMED,
            **{vol.Optional(part): cv.boolean for part in _SWITCHED},
        },
        any_of=tuple(_USER_STATES),
        read=_wanted_states,
        command=_async_set_states,
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
