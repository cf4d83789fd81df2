"""What the forms of the set-up ask for, and how they say what went wrong.

A form's fields follow from what the telephone system's class declares. A step does its work inside
`with form.errors_told():`; what goes wrong there ends up beside the field that it belongs to, or above
all of them, and the form is shown again.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
import logging
import re
from types import MappingProxyType
from typing import Any

from homeassistant.const import (
    CONF_HOST,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_USERNAME,
    CONF_VERIFY_SSL,
)
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.util.network import is_ip_address
import voluptuous as vol

from .const import CONF_AUTHORIZATION, CONF_ENCRYPTION, CONF_PUSH
from .telephony.system import (
    AuthenticationFailed,
    Authorization,
    CannotConnect,
    ConnectionLost,
    Encryption,
    EncryptionFailed,
    Hindered,
    LoginRefused,
    NoAnswer,
    NotThisSystem,
    Refused,
    Setting,
    TelephoneSystem,
    TelephonyError,
)

_LOGGER = logging.getLogger(__name__)

# Where Home Assistant shows what belongs to no single field.
WHOLE_FORM = "base"

# What a person can do something about who sets a telephone system up, and the fields where that is.
_TOLD: tuple[type[TelephonyError], ...] = (
    AuthenticationFailed,
    CannotConnect,
    ConnectionLost,
    EncryptionFailed,
    Hindered,
    LoginRefused,
    NoAnswer,
    NotThisSystem,
    Refused,
)
_FIELD_OF: Mapping[Setting, str] = MappingProxyType(
    {
        Setting.USERNAME: CONF_USERNAME,
        Setting.PASSWORD: CONF_PASSWORD,
        Setting.ENCRYPTION: CONF_ENCRYPTION,
        Setting.CERTIFICATE: CONF_VERIFY_SSL,
    }
)

# Which credentials requests carry; and what is wrong where the server refuses them.
_CARRIED: Mapping[Authorization, tuple[str, ...]] = MappingProxyType(
    {
        Authorization.BASIC: (CONF_USERNAME, CONF_PASSWORD),
        Authorization.PASSWORD: (CONF_PASSWORD,),
        Authorization.NONE: (),
    }
)
_REFUSED: Mapping[Authorization, tuple[str, str]] = MappingProxyType(
    {
        Authorization.BASIC: (CONF_PASSWORD, AuthenticationFailed.key),
        Authorization.PASSWORD: (CONF_PASSWORD, "wrong_password"),
        Authorization.NONE: (CONF_AUTHORIZATION, "authorization_needed"),
    }
)

_PORT = vol.All(
    NumberSelector(NumberSelectorConfig(min=1, max=65535, mode=NumberSelectorMode.BOX)),
    vol.Coerce(int),
)
# Without autocompletion: what the browser knows here is how one logs in to Home Assistant.
_USERNAME = TextSelector()
_PASSWORD = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))


class WrongAnswer(Exception):
    """What stands in a field cannot be; `key` names the sentence that says why, `values` fill it."""

    def __init__(self, form_field: str, key: str, **values: str) -> None:
        super().__init__(key)
        self.field = form_field
        self.key = key
        self.values = values


@dataclass
class Form:
    """A form: what it asks for, what is wrong with the answers, and what its sentences speak of."""

    schema: vol.Schema
    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> dict[str, Any]:
        """What Home Assistant is told to show."""
        return {
            "data_schema": self.schema,
            "errors": self.errors,
            "description_placeholders": self.values,
        }

    @contextmanager
    def errors_told(self) -> Iterator[None]:
        """Keep what goes wrong inside the block, to tell it in the form."""
        try:
            yield
        except AbortFlow:
            raise
        except WrongAnswer as error:
            self.errors[error.field] = error.key
            self.values |= error.values
        except _TOLD as error:
            _LOGGER.debug("The telephone system did not play along: %s", error)
            self._tell(error)
        except Exception:
            _LOGGER.exception("The telephone system could not be asked")
            self.errors[WHOLE_FORM] = "unknown"

    def _tell(self, error: TelephonyError) -> None:
        form_field = WHOLE_FORM if error.setting is None else _FIELD_OF[error.setting]
        self.errors[form_field if form_field in self.schema.schema else WHOLE_FORM] = error.key
        self.values |= error.values


def credentials_schema(username: str | None = None) -> vol.Schema:
    """Return the fields that say who logs in; a password is asked for anew each time."""
    return vol.Schema(
        {
            vol.Required(CONF_USERNAME, description={"suggested_value": username}): _USERNAME,
            vol.Required(CONF_PASSWORD): _PASSWORD,
        }
    )


def connection_schema(system: type[TelephoneSystem], *, is_known: bool) -> vol.Schema:
    """Return the fields that say how a telephone system is reached.

    Args:
        system: the kind of telephone system.
        is_known: whether a password is stored already, which then stays unless another is given.
    """
    fields: dict[vol.Marker, Any] = {
        vol.Required(CONF_HOST): TextSelector(),
        vol.Required(CONF_PORT, default=system.default_port): _PORT,
        **_login_fields(system, is_known=is_known),
    }
    if system.encryptions:
        fields[vol.Required(CONF_ENCRYPTION, default=system.encryptions[0].value)] = SelectSelector(
            SelectSelectorConfig(
                options=[encryption.value for encryption in system.encryptions],
                translation_key=CONF_ENCRYPTION,
                mode=SelectSelectorMode.DROPDOWN,
            )
        )
        fields[vol.Required(CONF_VERIFY_SSL, default=True)] = BooleanSelector()
    if system.offers_push:
        fields[vol.Required(CONF_PUSH, default=False)] = BooleanSelector()
    return vol.Schema(fields)


def login_schema(system: type[TelephoneSystem]) -> vol.Schema:
    """Return the fields that say with whose credentials the entry itself logs in."""
    return vol.Schema(_login_fields(system, is_known=False))


def push_schema(*, is_known: bool) -> vol.Schema:
    """Return the fields that say how a persistent connection is had; a known password stays."""
    return vol.Schema(
        {
            vol.Required(CONF_PORT): _PORT,
            vol.Required(CONF_USERNAME): _USERNAME,
            _password(is_known=is_known): _PASSWORD,
        }
    )


def _login_fields(system: type[TelephoneSystem], *, is_known: bool) -> dict[vol.Marker, Any]:
    if system.authorizations:
        return {
            vol.Required(
                CONF_AUTHORIZATION, default=system.authorizations[0].value
            ): SelectSelector(
                SelectSelectorConfig(
                    options=[authorization.value for authorization in system.authorizations],
                    translation_key=CONF_AUTHORIZATION,
                    mode=SelectSelectorMode.DROPDOWN,
                )
            ),
            vol.Optional(CONF_USERNAME): _USERNAME,
            vol.Optional(CONF_PASSWORD): _PASSWORD,
        }
    if system.has_login:
        return {
            vol.Required(CONF_USERNAME): _USERNAME,
            _password(is_known=is_known): _PASSWORD,
        }
    return {}


def _password(*, is_known: bool) -> vol.Marker:
    return (vol.Optional if is_known else vol.Required)(CONF_PASSWORD)


def as_shown(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is stored as a form shows it: without passwords, and what has a form of its own."""
    shown = {key: value for key, value in data.items() if key != CONF_PASSWORD}
    return {**shown, CONF_PUSH: CONF_PUSH in data}


def read_connection(system: type[TelephoneSystem], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a person said about reaching a telephone system, as it is stored."""
    encryption = answers.get(CONF_ENCRYPTION, Encryption.AS_OFFERED)
    return {
        **read_credentials(answers),
        CONF_HOST: answers[CONF_HOST].strip().strip("[]").lower(),
        CONF_PORT: _port_of(system, answers[CONF_PORT], Encryption(encryption)),
    }


def read_credentials(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return who a person said logs in, as it is stored."""
    if CONF_USERNAME not in answers:
        return {**answers}
    return {**answers, CONF_USERNAME: answers[CONF_USERNAME].strip()}


def with_carried_credentials(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data with just those credentials that requests carry, authorized as they say.

    Raises:
        WrongAnswer: one of them is missing.
    """
    if CONF_AUTHORIZATION not in data:
        return {**data}
    carried = _CARRIED[Authorization(data[CONF_AUTHORIZATION])]
    for each in carried:
        if not data.get(each):
            raise WrongAnswer(each, f"{each}_needed")
    idle = {CONF_USERNAME, CONF_PASSWORD}.difference(carried)
    return {key: value for key, value in data.items() if key not in idle}


@contextmanager
def refusal_told(data: Mapping[str, Any]) -> Iterator[None]:
    """Say of refused requests what is wrong with what they carry.

    Raises:
        WrongAnswer: the server does not take it.
    """
    try:
        yield
    except AuthenticationFailed as error:
        if CONF_AUTHORIZATION not in data or CONF_PUSH in data:
            raise
        raise WrongAnswer(*_REFUSED[Authorization(data[CONF_AUTHORIZATION])]) from error


def check_host(host: str) -> None:
    """Let only a host name or an address pass.

    Raises:
        WrongAnswer: it is neither; with a colon, only an IPv6 address can be one.
    """
    if ":" in host:
        is_host = is_ip_address(host.partition("%")[0])
    else:
        is_host = re.fullmatch(r"[\w.-]+", host) is not None
    if not is_host:
        raise WrongAnswer(CONF_HOST, "invalid_host")


def _port_of(system: type[TelephoneSystem], port: int, encryption: Encryption) -> int:
    """Return the port, or if the other way to connect has it by default, this way's default."""
    if system.default_tls_port is None:
        return port
    usual, other = system.default_port, system.default_tls_port
    if encryption.has_own_port:
        usual, other = other, usual
    return usual if port == other else port
