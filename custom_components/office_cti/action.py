"""What an action is, and how one is done.

An action is a row of a table: whom it reaches, what they must be able to do, what a person may give
beside the target, and the command. Everything else is the same for all of them and stands here: whom the
target means, whether the person may, and what is said when something fails. Who is named and not able to
do it is told before anything is done, all of them together; then all are tried, and one error names those
that failed. With whom nobody named it need not be possible now: they are passed over, unless nobody is left.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, product
from typing import Any, Final, NamedTuple

from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.core import ServiceCall, ServiceResponse, SupportsResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from .const import DOMAIN
from .errors import invalid, translated, translated_errors
from .targets import Target, async_check_permission, async_resolve_device, async_resolve_targets
from .telephony.model import Feature, TelephonyObject
from .telephony.system import CannotNow, TelephonyError

# What a person gives beside the target, by field.
type Given = Mapping[str, Any]

# Fields that several actions have.
ATTR_NUMBER: Final = "number"
ATTR_QUEUE: Final = "queue"
ATTR_AGENT: Final = "agent"

# Texts as people type them; blanks around some of them mean nothing.
TEXT = vol.All(cv.string, vol.Length(min=1))
TRIMMED = vol.All(cv.string, str.strip, vol.Length(min=1))


@dataclass(frozen=True, kw_only=True)
class Action:
    """An action on objects of a telephone system.

    Attributes:
        name: what automations call it.
        kind: what kind of object it reaches.
        feature: what these must be able to do; a function of what is given, if it depends on that, which
            tells it by field.
        command: what is done with one of them; it returns what is answered of it, if anything is.
        fields: what a person may give, as in a schema.
        any_of: at least one of these fields is needed.
        read: makes what the command takes of what is given, or tells what is wrong with it.
        devices: the fields that name further devices, and what kind of object each stands for; the
            command finds the object there.
        each: the field of these that may name several; the command is given one at a time.
        single: reaches exactly one extension.
        response: whether it answers. What does nothing but answer, people may do who may only look.
    """

    name: str
    kind: type[TelephonyObject]
    feature: Feature | Callable[[Given], Mapping[str, Feature]]
    command: Callable[[Target[Any], Given], Awaitable[Any]]
    fields: Mapping[Any, Any] = field(default_factory=dict)
    any_of: Sequence[str] = ()
    read: Callable[[Given], Given] = dict
    devices: Mapping[str, type[TelephonyObject]] = field(default_factory=dict)
    each: str | None = None
    single: bool = False
    response: SupportsResponse = SupportsResponse.NONE

    @property
    def schema(self) -> Any:
        """Return the schema of what a person gives, with the target."""
        return cv.make_entity_service_schema(dict(self.fields))

    @property
    def permission(self) -> str:
        """Return what a person must be allowed to do with whom the action reaches."""
        return POLICY_READ if self.response is SupportsResponse.ONLY else POLICY_CONTROL

    def needs(self, given: Given) -> dict[Feature, str]:
        """Return what whom the action reaches must be able to do, and the field that asks for it."""
        if isinstance(self.feature, Feature):
            return {self.feature: ""}
        return {feature: name for name, feature in self.feature(given).items()}


class _Attempt(NamedTuple):
    """One command of an action: with whom, what it is given, and how it is called when it fails."""

    target: Target[Any]
    given: Given
    name: str


async def async_perform(action: Action, call: ServiceCall) -> ServiceResponse:
    """Do an action with whatever its target means.

    Raises:
        ServiceValidationError: the person asked for what cannot be.
        HomeAssistantError: it failed, with the only one or with these of several.
        Unauthorized: the person may not do this with one of them.
    """
    if action.any_of and call.data.keys().isdisjoint(action.any_of):
        raise invalid("nothing_given", fields=", ".join(action.any_of))
    given = action.read(call.data)
    needs = action.needs(given)
    targets = async_resolve_targets(call, action.kind, needs)
    if action.single and len(targets) > 1:
        raise invalid("exactly_one_extension", count=str(len(targets)))
    named = {
        name: _resolve_devices(call, kind, cv.ensure_list(given[name]))
        for name, kind in action.devices.items()
        if name in given
    }
    others = list(chain.from_iterable(named.values()))
    device_ids = [each.device_id for each in (*targets, *others)]
    await async_check_permission(call, device_ids, action.permission)
    _check_same_system(targets, others)
    attempts = list(_attempts(action, targets, given, named))
    done = await _async_try_all(attempts, lambda attempt: _async_try(action, needs, attempt))
    if action.response is SupportsResponse.NONE:
        return None
    return {attempt.target.device_id: answer for attempt, answer in done}


def _resolve_devices(
    call: ServiceCall, kind: type[TelephonyObject], device_ids: Iterable[str]
) -> list[Target[Any]]:
    """Find the objects that a field names, each once."""
    found = (async_resolve_device(call.hass, kind, device_id) for device_id in device_ids)
    return list({target.record: target for target in found}.values())


def _check_same_system(targets: Iterable[Target[Any]], others: Iterable[Target[Any]]) -> None:
    for target, other in product(targets, others):
        if target.coordinator is not other.coordinator:
            raise invalid("another_system", name=other.name, other=target.name)


def _attempts(
    action: Action,
    targets: Iterable[Target[Any]],
    given: Given,
    named: Mapping[str, Sequence[Target[Any]]],
) -> Iterator[_Attempt]:
    """Yield every command of an action: for each of whom it reaches and, maybe, of whom it names."""
    objects = {name: found[0].object for name, found in named.items()}
    for target in targets:
        if action.each is None:
            yield _Attempt(target, {**given, **objects}, target.name)
        else:
            for each in named[action.each]:
                given_each = {**given, **objects, action.each: each.object}
                yield _Attempt(target, given_each, f"{target.name}, {each.name}")


async def _async_try(action: Action, needs: Mapping[Feature, str], attempt: _Attempt) -> Any:
    target = attempt.target
    with translated_errors():
        if needs.keys() & target.object.suspended:
            raise target.system.without_account(target.name)
        return await action.command(target, attempt.given)


async def _async_try_all(
    attempts: Sequence[_Attempt], attempt_one: Callable[[_Attempt], Awaitable[Any]]
) -> list[tuple[_Attempt, Any]]:
    """Try all, and return those that were not passed over, and what came of each.

    Raises:
        HomeAssistantError: the only one failed, or these of several did.
    """
    results = await asyncio.gather(*map(attempt_one, attempts), return_exceptions=True)
    tried = list(zip(attempts, results, strict=True))
    done = [each for each in tried if not _is_passed_over(*each)] or tried
    failures: list[tuple[str, HomeAssistantError]] = []
    for attempt, result in done:
        if isinstance(result, HomeAssistantError):
            failures.append((attempt.name, result))
        elif isinstance(result, BaseException):
            raise result
    if not failures:
        return done
    if len(done) == 1:
        raise failures[0][1]
    raise HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key="some_failed",
        translation_placeholders={
            "failed": "; ".join(f"{name}: {error}" for name, error in failures),
            "failed_count": str(len(failures)),
            "count": str(len(done)),
        },
    )


def _is_passed_over(attempt: _Attempt, result: Any) -> bool:
    """Tell whether nothing was done with somebody whom nobody named, because it cannot be now.

    An error of several parts of which some were done is none of the person's, and is told.
    """
    return (
        not attempt.target.is_named
        and isinstance(result, ServiceValidationError)
        and isinstance(result.__cause__, CannotNow)
    )


# --- actions that set several things ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """One of the things that an action can set: what it takes, and the command."""

    feature: Feature
    command: Callable[[Target[Any], Any], Awaitable[None]]


def features_of(parts: Mapping[str, Part]) -> Callable[[Given], Mapping[str, Feature]]:
    """Return what is needed to set those of these parts that are given."""
    return lambda given: {name: parts[name].feature for name in given}


async def async_set_parts(parts: Mapping[str, Part], target: Target[Any], given: Given) -> None:
    """Set what is given, in this order, up to the first refusal; raises as `async_set_in_turn`."""
    await async_set_in_turn(
        target, {name: partial(parts[name].command, target, value) for name, value in given.items()}
    )


async def async_set_in_turn(
    target: Target[Any], steps: Mapping[str, Callable[[], Awaitable[None]]]
) -> None:
    """Do the steps that set something, by the name of what they set, up to the first refusal.

    Raises:
        TelephonyError: the first was refused.
        ServiceValidationError: the first cannot be.
        HomeAssistantError: a later one failed; it says what was set before.
    """
    done: list[str] = []
    for name, step in steps.items():
        try:
            await step()
        except (TelephonyError, ServiceValidationError) as error:
            if not done:
                raise
            reason = translated(error) if isinstance(error, TelephonyError) else error
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="partly_set",
                translation_placeholders={
                    "name": target.name,
                    "done": ", ".join(done),
                    "failed": name,
                    "reason": str(reason),
                },
            ) from error
        done.append(name)
