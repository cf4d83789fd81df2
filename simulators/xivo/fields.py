"""What a client's message must hold: a mistake drops its connection, without a word."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .messages import Message


class Drop(Exception):
    """A message that the server cannot bear: it closes the connection, and says nothing."""


def required(message: Message, *names: str) -> tuple[Any, ...]:
    """Return members that must be there."""
    missing = [name for name in names if name not in message]
    if missing:
        raise Drop(f"{', '.join(missing)} missing")
    return tuple(message[name] for name in names)


def text(value: object) -> str:
    """Return what must be a string."""
    if not isinstance(value, str):
        raise Drop(f"{value!r} is no string")
    return value


def hashable(value: Any) -> Any:
    """Return what must not be a list or an object."""
    if isinstance(value, (list, dict)):
        raise Drop(f"{value!r} is no simple value")
    return value


def reply_to(message: Message, **members: Any) -> Message:
    """Return a reply of the message's own class, with its id if it has one."""
    return {"class": message["class"], **reply_id(message), **members}


def reply_id(message: Message) -> Message:
    """Return a message's id as a reply bears it: not at all if it is missing, 0 or empty."""
    number = message.get("commandid")
    return {"replyid": number} if number else {}


def warning(message: Message, text: str) -> Message:
    """Return the reply to a command that the server knows and cannot do."""
    return reply_to(message, warning_string=text)


def id_in(value: object, *kinds: str) -> str:
    """Return the id in `kind:xivo/id`, for one of these kinds."""
    kind, colon, rest = text(value).partition(":")
    _, slash, number = rest.partition("/")
    if not colon or not slash or kind not in kinds:
        raise Drop(f"{value!r} names no {' or '.join(kinds)}")
    return number
