"""What went wrong with a telephone system, in the person's language."""

from collections.abc import Iterator
from contextlib import contextmanager

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .const import DOMAIN
from .telephony.system import TelephonyError


def invalid(key: str, **placeholders: str) -> ServiceValidationError:
    """Return the error that tells a person what is wrong with what was asked for."""
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
    )


def translated(error: TelephonyError) -> HomeAssistantError:
    """Return the error as Home Assistant shows it."""
    kind = ServiceValidationError if error.is_the_persons else HomeAssistantError
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
