"""What went wrong with a telephone system, in the person's language."""

from collections.abc import Iterator
from contextlib import contextmanager

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .const import DOMAIN
from .telephony.system import (
    AccountNeeded,
    AgentPhoneInUse,
    AgentPhoneInvalid,
    CannotNow,
    InvalidFile,
    InvalidNumber,
    InvalidReturnTime,
    InvalidText,
    NoSuchFile,
    NotSupported,
    NotSupportedByRelease,
    NumberUnreachable,
    StatusNotAllowed,
    TelephonyError,
    UnknownBreakReason,
)

# What the person can mend by asking for something else, or at another time; everything else is the
# system's failure.
_PERSONS_ERRORS = (
    AccountNeeded,
    AgentPhoneInUse,
    AgentPhoneInvalid,
    CannotNow,
    InvalidFile,
    InvalidNumber,
    InvalidReturnTime,
    InvalidText,
    NoSuchFile,
    NotSupported,
    NotSupportedByRelease,
    NumberUnreachable,
    StatusNotAllowed,
    UnknownBreakReason,
)


def invalid(key: str, **placeholders: str) -> ServiceValidationError:
    """Return the error that tells a person what is wrong with what was asked for."""
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
    )


def translated(error: TelephonyError) -> HomeAssistantError:
    """Return the error as Home Assistant shows it."""
    kind = ServiceValidationError if isinstance(error, _PERSONS_ERRORS) else HomeAssistantError
    return kind(
        translation_domain=DOMAIN,
        translation_key=error.key,
        translation_placeholders=error.values,
    )


@contextmanager
def translated_errors() -> Iterator[None]:
    """Translate whatever goes wrong with a telephone system inside the block."""
    try:
        yield
    except TelephonyError as error:
        raise translated(error) from error
