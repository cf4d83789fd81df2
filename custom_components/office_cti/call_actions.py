"""Actions on extensions' calls: dialing, passing them on, the switchboard, the history, faxes."""

from collections.abc import Awaitable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from homeassistant.core import HomeAssistant, SupportsResponse
from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from .action import ATTR_AGENT, ATTR_NUMBER, ATTR_QUEUE, TEXT, TRIMMED, Action, Given
from .errors import invalid
from .targets import Target
from .telephony.model import (
    Agent,
    Destination,
    DialOrder,
    DialScope,
    Extension,
    Feature,
    FlashMode,
    HistoryEntry,
    HistoryKind,
    Queue,
)
from .telephony.system import CallNotConfirmed, InvalidFile, NotConfirmed

ATTR_EXTENSION: Final = "extension"
ATTR_VOICEMAIL: Final = "voicemail"
ATTR_ORDER: Final = "order"
ATTR_SCOPE: Final = "scope"
ATTR_MODE: Final = "mode"
ATTR_ATTENDED: Final = "attended"
ATTR_RECORD: Final = "record"
ATTR_OF: Final = "of"
ATTR_POSITION: Final = "position"
ATTR_CALL: Final = "call"
ATTR_BUTTON: Final = "button"
ATTR_VALUES: Final = "values"
ATTR_INVITEE: Final = "invitee"
ATTR_PATH: Final = "path"
ATTR_KINDS: Final = "kinds"
ATTR_LIMIT: Final = "limit"

RECORD_START: Final = "start"
RECORD_STOP: Final = "stop"

# The largest document that is sent as a fax, in bytes.
DOCUMENT_SIZE_MOST: Final = 10_000_000


# --- dial --------------------------------------------------------------------------------------


def _check_one_destination(given: Given) -> Given:
    """Refuse to dial nobody, or two at once."""
    if (ATTR_NUMBER in given) == bool(ATTR_EXTENSION in given or given.get(ATTR_VOICEMAIL)):
        raise invalid("one_destination")
    return given


async def _async_dial(target: Target[Extension], given: Given) -> None:
    destination = Destination(
        number=given.get(ATTR_NUMBER),
        extension=given.get(ATTR_EXTENSION),
        voicemail=given.get(ATTR_VOICEMAIL, False),
        order=given[ATTR_ORDER],
        scope=given.get(ATTR_SCOPE),
    )
    try:
        await target.system.dial(target.object, destination)
    except NotConfirmed as error:
        if destination.number is None:
            raise
        raise CallNotConfirmed(number=destination.number) from error


# --- the switchboard ---------------------------------------------------------------------------

# How a call that waits is named: by its place in a queue, or by its id.
_WAITING_CALL = {
    vol.Optional(ATTR_QUEUE): cv.string,
    vol.Optional(ATTR_POSITION): vol.All(vol.Coerce(int), vol.Range(min=1)),
    vol.Optional(ATTR_CALL): TEXT,
}


def _check_one_waiting_call(given: Given) -> Given:
    """Refuse what names no call that waits, or two."""
    is_by_place = ATTR_QUEUE in given
    if is_by_place == (ATTR_CALL in given) or (ATTR_POSITION in given and not is_by_place):
        raise invalid("one_waiting_call")
    return given


def _waiting_call(given: Given) -> str:
    """Return the id of the call that waits.

    Raises:
        ServiceValidationError: nobody waits there.
    """
    queue: Queue | None = given.get(ATTR_QUEUE)
    if queue is None:
        call_id: str = given[ATTR_CALL]
        return call_id
    position: int = given.get(ATTR_POSITION, 1)
    for caller in queue.callers:
        if caller.position == position:
            return caller.id
    raise invalid("nobody_waits", queue=str(queue), position=str(position))


async def _async_answer(target: Target[Extension], given: Given) -> None:
    await target.system.answer_waiting_call(target.object, _waiting_call(given))


async def _async_resume(target: Target[Extension], given: Given) -> None:
    await target.system.resume_call(target.object, _waiting_call(given))


# --- the present call, the history -------------------------------------------------------------


async def _async_get_call_details(target: Target[Extension], _: Given) -> dict[str, Any]:
    return dict(await target.system.get_call_details(target.object))


async def _async_get_history(target: Target[Extension], given: Given) -> dict[str, Any]:
    """Return a person's latest calls of some kinds, the latest first."""
    limit: int = given[ATTR_LIMIT]
    entries: list[HistoryEntry] = []
    for kind in dict.fromkeys(given[ATTR_KINDS]):
        entries += await target.system.get_call_history(target.object, kind, limit)
    entries.sort(key=lambda entry: entry.time or _LONG_AGO, reverse=True)
    return {
        "name": target.name,
        "calls": [
            {
                "kind": entry.kind,
                "time": entry.time and entry.time.isoformat(),
                "party": entry.party,
                "name": entry.name,
                "number": entry.number,
                "duration": entry.duration,
            }
            for entry in entries[:limit]
        ],
    }


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


# --- faxes -------------------------------------------------------------------------------------


async def _async_send_fax(target: Target[Extension], given: Given) -> None:
    hass = target.coordinator.hass
    document = await hass.async_add_executor_job(_read_document, hass, given[ATTR_PATH])
    await target.system.send_fax(target.object, given[ATTR_NUMBER], document)


def _read_document(hass: HomeAssistant, path: str) -> bytes:
    """Read a PDF document, in the executor.

    Raises:
        InvalidFile: it is none, too large, or where Home Assistant may not read. Which of these is
            not told: nobody is to find out so what there is elsewhere.
    """
    try:
        # What a link leads to is what must be allowed.
        document = Path(path).resolve(strict=True)
        if not document.is_file() or not hass.config.is_allowed_path(str(document)):
            raise InvalidFile
        with document.open("rb") as file:
            content = file.read(DOCUMENT_SIZE_MOST + 1)
    except (OSError, ValueError) as error:
        raise InvalidFile from error
    if len(content) > DOCUMENT_SIZE_MOST or not content.startswith(b"%PDF-"):
        raise InvalidFile
    return content


def _record(target: Target[Extension], given: Given) -> Awaitable[None]:
    return target.system.record_call(target.object, record=given[ATTR_RECORD] == RECORD_START)


CALL_ACTIONS: Final = (
    Action(
        name="dial",
        kind=Extension,
        feature=Feature.DIAL,
        fields={
            vol.Optional(ATTR_NUMBER): TRIMMED,
            vol.Optional(ATTR_EXTENSION): cv.string,
            vol.Optional(ATTR_VOICEMAIL): cv.boolean,
            vol.Optional(ATTR_ORDER, default=DialOrder.OWN_PHONE_FIRST): vol.Coerce(DialOrder),
            vol.Optional(ATTR_SCOPE): vol.Coerce(DialScope),
        },
        read=_check_one_destination,
        devices={ATTR_EXTENSION: Extension},
        command=_async_dial,
        single=True,
    ),
    Action(
        name="hang_up",
        kind=Extension,
        feature=Feature.HANG_UP,
        command=lambda target, _: target.system.hang_up(target.object),
    ),
    Action(
        name="decline_call",
        kind=Extension,
        feature=Feature.DECLINE_CALL,
        command=lambda target, _: target.system.decline_call(target.object),
    ),
    Action(
        name="stop_dialing",
        kind=Extension,
        feature=Feature.STOP_DIALING,
        command=lambda target, _: target.system.stop_dialing(target.object),
    ),
    Action(
        name="flash",
        kind=Extension,
        feature=Feature.FLASH,
        fields={vol.Optional(ATTR_MODE, default=FlashMode.FLASH): vol.Coerce(FlashMode)},
        command=lambda target, given: target.system.flash(target.object, given[ATTR_MODE]),
        single=True,
    ),
    Action(
        name="transfer_call",
        kind=Extension,
        feature=Feature.TRANSFER_CALL,
        fields={
            vol.Required(ATTR_NUMBER): TRIMMED,
            vol.Optional(ATTR_ATTENDED, default=False): cv.boolean,
            vol.Optional(ATTR_SCOPE): vol.Coerce(DialScope),
        },
        command=lambda target, given: target.system.transfer_call(
            target.object,
            given[ATTR_NUMBER],
            attended=given[ATTR_ATTENDED],
            scope=given.get(ATTR_SCOPE),
        ),
        single=True,
    ),
    Action(
        name="complete_transfer",
        kind=Extension,
        feature=Feature.TRANSFER_CALL,
        command=lambda target, _: target.system.complete_transfer(target.object),
        single=True,
    ),
    Action(
        name="cancel_transfer",
        kind=Extension,
        feature=Feature.TRANSFER_CALL,
        command=lambda target, _: target.system.cancel_transfer(target.object),
        single=True,
    ),
    Action(
        name="record_call",
        kind=Extension,
        feature=Feature.RECORD_CALL,
        fields={vol.Required(ATTR_RECORD): vol.In((RECORD_START, RECORD_STOP))},
        command=_record,
    ),
    Action(
        name="pick_up_call",
        kind=Extension,
        feature=Feature.PICK_UP_CALL,
        fields={vol.Required(ATTR_OF): cv.string},
        devices={ATTR_OF: Extension},
        command=lambda target, given: target.system.pick_up_call(target.object, given[ATTR_OF]),
        single=True,
    ),
    Action(
        name="listen",
        kind=Extension,
        feature=Feature.LISTEN,
        fields={vol.Required(ATTR_AGENT): cv.string},
        devices={ATTR_AGENT: Agent},
        command=lambda target, given: target.system.listen(target.object, given[ATTR_AGENT]),
        single=True,
    ),
    Action(
        name="answer_waiting_call",
        kind=Extension,
        feature=Feature.SWITCHBOARD,
        fields=_WAITING_CALL,
        read=_check_one_waiting_call,
        devices={ATTR_QUEUE: Queue},
        command=_async_answer,
        single=True,
    ),
    Action(
        name="hold_call",
        kind=Extension,
        feature=Feature.SWITCHBOARD,
        fields={vol.Required(ATTR_QUEUE): cv.string},
        devices={ATTR_QUEUE: Queue},
        command=lambda target, given: target.system.hold_call(target.object, given[ATTR_QUEUE]),
        single=True,
    ),
    Action(
        name="resume_call",
        kind=Extension,
        feature=Feature.SWITCHBOARD,
        fields=_WAITING_CALL,
        read=_check_one_waiting_call,
        devices={ATTR_QUEUE: Queue},
        command=_async_resume,
        single=True,
    ),
    Action(
        name="submit_call_form",
        kind=Extension,
        feature=Feature.CALL_FORM,
        fields={
            vol.Required(ATTR_BUTTON): TEXT,
            vol.Optional(ATTR_VALUES, default=dict): {cv.string: cv.string},
        },
        command=lambda target, given: target.system.submit_call_form(
            target.object, given[ATTR_BUTTON], given[ATTR_VALUES]
        ),
        single=True,
    ),
    Action(
        name="invite_to_conference",
        kind=Extension,
        feature=Feature.INVITE_TO_CONFERENCE,
        fields={vol.Required(ATTR_INVITEE): cv.string},
        devices={ATTR_INVITEE: Extension},
        command=lambda target, given: target.system.invite_to_conference(
            target.object, given[ATTR_INVITEE]
        ),
        single=True,
    ),
    Action(
        name="send_fax",
        kind=Extension,
        feature=Feature.SEND_FAX,
        fields={vol.Required(ATTR_NUMBER): TRIMMED, vol.Required(ATTR_PATH): TEXT},
        command=_async_send_fax,
        single=True,
    ),
    Action(
        name="get_call_history",
        kind=Extension,
        feature=Feature.CALL_HISTORY,
        fields={
            vol.Optional(ATTR_KINDS, default=lambda: list(HistoryKind)): vol.All(
                cv.ensure_list, [vol.Coerce(HistoryKind)], vol.Length(min=1)
            ),
            vol.Optional(ATTR_LIMIT, default=20): vol.All(
                vol.Coerce(int), vol.Range(min=1, max=100)
            ),
        },
        command=_async_get_history,
        single=True,
        response=SupportsResponse.ONLY,
    ),
    Action(
        name="get_call_details",
        kind=Extension,
        feature=Feature.CALL_DETAILS,
        command=_async_get_call_details,
        response=SupportsResponse.ONLY,
    ),
)
