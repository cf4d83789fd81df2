"""Actions on a telephone system as a whole: directory, break reasons, scripts, licence, files, API.

They name the telephone system by its config entry. What only tells something, people may ask for who may
look at all of it; what does something is for administrators, since it concerns nobody's device.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
import json
from typing import Any, Final

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import ServiceCall, ServiceResponse, SupportsResponse
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_get_config_entry
import voluptuous as vol

from .action import TEXT, TRIMMED, Given
from .const import DOMAIN
from .coordinator import OfficeConfigEntry, OfficeCoordinator
from .errors import invalid, translated_errors
from .files import async_write_file, read_files
from .targets import async_check_permission_for_all
from .telephony.model import (
    DirectoryResult,
    DirectorySource,
    RemoteFile,
    RemoteFileKind,
    ScriptCall,
)
from .telephony.system import METHODS

ATTR_PATTERN: Final = "pattern"
ATTR_SOURCE: Final = "source"

ATTR_NAME: Final = "name"
ATTR_PARAMETERS: Final = "parameters"
ATTR_WAIT: Final = "wait"
ATTR_TIMEOUT: Final = "timeout"
ATTR_PLAIN: Final = "plain"

ATTR_KIND: Final = "kind"
ATTR_LINK: Final = "link"
ATTR_SCRIPT: Final = "script"
ATTR_FILENAME: Final = "filename"
ATTR_PATHS: Final = "paths"

ATTR_METHOD: Final = "method"
ATTR_PATH: Final = "path"
ATTR_BODY: Final = "body"

# How many texts a script is given, how long it may run while somebody waits (seconds), and how many
# files are sent at once.
PARAMETERS_MOST: Final = 5
TIMEOUT_MOST: Final = 600
FILES_MOST: Final = 20


@dataclass(frozen=True, kw_only=True)
class SystemAction:
    """An action on a telephone system as a whole.

    Attributes:
        name: what automations call it.
        command: what is done, and what is answered.
        fields: what a person may give, as in a schema.
        read: refuses what makes no sense together.
        is_for_administrators: whether others may not, whatever they may see.
        response: whether it must be asked for an answer.
    """

    name: str
    command: Callable[[OfficeCoordinator, Given], Awaitable[dict[str, Any]]]
    fields: Mapping[Any, Any] = field(default_factory=dict)
    read: Callable[[Given], Given] = dict
    is_for_administrators: bool = False
    response: SupportsResponse = SupportsResponse.ONLY

    @property
    def schema(self) -> vol.Schema:
        """Return the schema of what a person gives, with the telephone system."""
        return vol.Schema({vol.Required(ATTR_CONFIG_ENTRY_ID): cv.string, **self.fields})


async def async_perform_on_system(action: SystemAction, call: ServiceCall) -> ServiceResponse:
    """Do an action with the telephone system that is named.

    Raises:
        ServiceValidationError: the person asked for what cannot be.
        HomeAssistantError: it failed.
        Unauthorized: the person may not look at all of the telephone system.
    """
    entry: OfficeConfigEntry = async_get_config_entry(
        call.hass, DOMAIN, call.data[ATTR_CONFIG_ENTRY_ID]
    )
    await async_check_permission_for_all(call, entry, POLICY_READ)
    given = action.read(call.data)
    with translated_errors():
        return await action.command(entry.runtime_data, given)


# --- search_directory --------------------------------------------------------------------------


async def _async_search_directory(coordinator: OfficeCoordinator, given: Given) -> dict[str, Any]:
    """Look people up on the server: what is found is everybody's, and private."""
    found = await coordinator.system.search_directory(given[ATTR_PATTERN], given[ATTR_SOURCE])
    headers = _distinct_headers(found)
    return {
        "headers": [*headers],
        "rows": [dict(zip(headers, row, strict=False)) for row in found.rows],
    }


def _distinct_headers(found: DirectoryResult) -> list[str]:
    """Return the headers, the second and further of one name with a number: each column is kept."""
    distinct: dict[str, None] = {}
    for header in found.headers:
        others = (f"{header} {number}".strip() for number in count(2))
        name = header
        while name in distinct:
            name = next(others)
        distinct[name] = None
    return list(distinct)


# --- run_script --------------------------------------------------------------------------------

# What a script is given, whatever it is run for.
_SCRIPT_FIELDS: Final[Mapping[Any, Any]] = {
    vol.Optional(ATTR_PARAMETERS, default=list): vol.All(
        cv.ensure_list, [cv.string], vol.Length(max=PARAMETERS_MOST)
    ),
    vol.Optional(ATTR_TIMEOUT, default=10): vol.All(
        vol.Coerce(int), vol.Range(min=1, max=TIMEOUT_MOST)
    ),
}


async def _async_run_script(coordinator: OfficeCoordinator, given: Given) -> dict[str, Any]:
    result = await coordinator.system.run_script(
        ScriptCall(
            given[ATTR_NAME],
            tuple(given[ATTR_PARAMETERS]),
            wait=given[ATTR_WAIT],
            timeout=given[ATTR_TIMEOUT],
            plain=given[ATTR_PLAIN],
        )
    )
    answer: dict[str, Any] = {"value": result.value}
    if given[ATTR_PLAIN]:
        answer |= {"status": result.status, "headers": dict(result.headers)}
    return answer


# --- get_break_reasons -------------------------------------------------------------------------


async def _async_get_break_reasons(coordinator: OfficeCoordinator, _: Given) -> dict[str, Any]:
    reasons = await coordinator.system.get_break_reasons()
    return {"reasons": {str(number): name for number, name in reasons.items()}}


# --- get_license -------------------------------------------------------------------------------


async def _async_get_license(coordinator: OfficeCoordinator, _: Given) -> dict[str, Any]:
    told = await coordinator.system.get_license()
    facts = told.facts
    return {
        "text": told.text,
        "xml": told.xml,
        "number": facts.number,
        "confirm_by": facts.confirm_by and facts.confirm_by.isoformat(),
        "updates_until": facts.updates_until and facts.updates_until.isoformat(),
    }


# --- files -------------------------------------------------------------------------------------


def _check_one_source(given: Given) -> Given:
    """Refuse to look for a file in no way, or in one that its kind does not have."""
    needed = ATTR_SCRIPT if given[ATTR_KIND] is RemoteFileKind.SCRIPT else ATTR_LINK
    if given.keys() & {ATTR_SCRIPT, ATTR_LINK} != {needed}:
        raise invalid("one_file_source", kind=given[ATTR_KIND], field=needed)
    return given


async def _async_download_file(coordinator: OfficeCoordinator, given: Given) -> dict[str, Any]:
    script = None
    if ATTR_SCRIPT in given:
        script = ScriptCall(
            given[ATTR_SCRIPT], tuple(given[ATTR_PARAMETERS]), timeout=given[ATTR_TIMEOUT]
        )
    file = RemoteFile(given[ATTR_KIND], given.get(ATTR_LINK, ""), script)
    content = coordinator.system.fetch_file(file)
    written = await async_write_file(coordinator.hass, given[ATTR_FILENAME], content)
    return {"path": written.path, "size": written.size}


async def _async_upload_files(coordinator: OfficeCoordinator, given: Given) -> dict[str, Any]:
    hass = coordinator.hass
    contents = await hass.async_add_executor_job(read_files, hass, given[ATTR_PATHS])
    sent = await coordinator.system.upload_files(contents, plain=given[ATTR_PLAIN])
    if not any(file.saved for file in sent):
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="no_file_saved",
            translation_placeholders={"count": str(len(contents))},
        )
    return {
        "files": [
            {"name": file.name, "saved": file.saved, "size": file.size, "path": file.path}
            for file in sent
        ]
    }


# --- call_live_api -----------------------------------------------------------------------------


def _json(value: Any) -> Any:
    """Let only pass what JSON has; what an automation writes may be a date, too.

    Raises:
        vol.Invalid: JSON cannot hold it.
    """
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise vol.Invalid("JSON cannot hold this") from error
    return value


async def _async_call_live_api(coordinator: OfficeCoordinator, given: Given) -> dict[str, Any]:
    answer = await coordinator.system.call_api(
        given[ATTR_METHOD], given[ATTR_PATH], given.get(ATTR_BODY)
    )
    return {"answer": answer}


SYSTEM_ACTIONS: Final = (
    SystemAction(
        name="search_directory",
        fields={
            vol.Optional(ATTR_PATTERN, default=""): vol.All(cv.string, str.strip),
            vol.Optional(ATTR_SOURCE, default=DirectorySource.DIRECTORY): vol.Coerce(
                DirectorySource
            ),
        },
        command=_async_search_directory,
    ),
    SystemAction(
        name="run_script",
        fields={
            vol.Required(ATTR_NAME): TRIMMED,
            **_SCRIPT_FIELDS,
            vol.Optional(ATTR_WAIT, default=True): cv.boolean,
            vol.Optional(ATTR_PLAIN, default=False): cv.boolean,
        },
        command=_async_run_script,
        is_for_administrators=True,
        response=SupportsResponse.OPTIONAL,
    ),
    SystemAction(name="get_break_reasons", command=_async_get_break_reasons),
    SystemAction(name="get_license", command=_async_get_license),
    SystemAction(
        name="download_file",
        fields={
            vol.Required(ATTR_KIND): vol.Coerce(RemoteFileKind),
            vol.Optional(ATTR_LINK): TRIMMED,
            vol.Optional(ATTR_SCRIPT): TRIMMED,
            **_SCRIPT_FIELDS,
            vol.Required(ATTR_FILENAME): TEXT,
        },
        read=_check_one_source,
        command=_async_download_file,
        is_for_administrators=True,
        response=SupportsResponse.OPTIONAL,
    ),
    SystemAction(
        name="upload_files",
        fields={
            vol.Required(ATTR_PATHS): vol.All(
                cv.ensure_list, [TEXT], vol.Length(min=1, max=FILES_MOST)
            ),
            vol.Optional(ATTR_PLAIN, default=False): cv.boolean,
        },
        command=_async_upload_files,
        is_for_administrators=True,
        response=SupportsResponse.OPTIONAL,
    ),
    SystemAction(
        name="call_live_api",
        fields={
            vol.Required(ATTR_METHOD): vol.All(cv.string, vol.Upper, vol.In(METHODS)),
            vol.Required(ATTR_PATH): TRIMMED,
            vol.Optional(ATTR_BODY): _json,
        },
        command=_async_call_live_api,
        is_for_administrators=True,
        response=SupportsResponse.OPTIONAL,
    ),
)
