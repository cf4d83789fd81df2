"""What somebody at the server has posted becomes events, and states of users.

A notification that concerns one user says whose it is only by the address that it was posted to. What comes
in the web-socket's form is read as if a web-socket had brought it.

Source: the vendor's page "Сервисное оповещение".
"""

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

import orjson

from ..directory import Directory
from ..model import Feature, ServerEvent, ServerEventKind, VoicemailEvent
from .calls import Utc
from .frames import Frame, NumberStates, TextMessageReceived, UserStateChanged, frame_of
from .notifications import (
    FIELD_LENGTH,
    FIELDS_MOST,
    NAME_LENGTH,
    JsonEvent,
    Notification,
    Notify,
    Other,
    PersonalStates,
    Request,
    ServerRequest,
    StateChanged,
    UserMessage,
    Voicemail,
    decode_post,
)
from .picture import Picture, Seat

_REQUESTS: Mapping[Request, ServerEventKind] = {
    Request.SHUTDOWN: ServerEventKind.SHUTDOWN_REQUESTED,
    Request.RESTART: ServerEventKind.RESTART_REQUESTED,
    Request.SENDER_DISCONNECTED: ServerEventKind.SENDER_DISCONNECTED,
}
# What is nothing without the user whom it is about.
_OF_USER = (StateChanged, Voicemail, UserMessage)
_SHOWN_BY: Mapping[str, Feature] = {
    "redirect": Feature.REDIRECT,
    "call_center": Feature.CALL_CENTER,
    "on_break": Feature.BREAK,
}


class Posts:
    """Takes in what was posted.

    Args:
        directory: whose server tells its events.
        picture: whose users change.
        utc: makes a time in UTC of one that the server has told.
        on_modes: called with the id of a user, and which modes were told.
        reason: names the reason for a break that the server knows by a number.
        count_oddity: counts what nobody understands.
    """

    def __init__(
        self,
        directory: Directory,
        picture: Picture,
        *,
        utc: Utc,
        on_modes: Callable[[str, frozenset[Feature]], None],
        reason: Callable[[int], str],
        count_oddity: Callable[[str], None],
    ) -> None:
        self._directory = directory
        self._picture = picture
        self._utc = utc
        self._on_modes = on_modes
        self._reason = reason
        self._count_oddity = count_oddity

    def take(self, body: bytes, user: str | None) -> None:
        """Take in a post, about a user if its address says about whom.

        Raises:
            ValueError: it is nothing that such a server tells, or about nobody whom we know.
        """
        notifications = decode_post(body)
        seat = None if user is None else self._picture.find(user)
        if user is not None and seat is None:
            self._count_oddity("a post about a user who is not known")
            # Before anybody is known it could be anybody; but what is theirs would be lost.
            if self._picture.ids or any(isinstance(told, _OF_USER) for told in notifications):
                raise ValueError("a user who is not known")
        for notification in notifications:
            self._take(notification, seat)

    def _take(self, told: Notification, seat: Seat | None) -> None:
        match told:
            case ServerRequest():
                self._tell(_REQUESTS[told.request], told.extra)
            case Notify():
                self._tell(ServerEventKind.NOTIFICATION, self._about(told))
            case StateChanged() | Voicemail() | UserMessage():
                self._take_of_user(told, seat)
            case PersonalStates():
                self._personal_states(told)
            case JsonEvent():
                self._json(told, seat)
            case Other():
                self._other(told, seat)

    def _about(self, told: Notify) -> dict[str, Any]:
        about = {
            "type": told.type,
            "color": told.color,
            "sender": told.sender or None,
            "text": told.text or None,
            "time": self._utc(told.time),
            "autohide": told.autohide,
            "saved": told.saved,
        }
        return _own_fields(told) | {
            name: value for name, value in about.items() if value is not None
        }

    def _other(self, told: Other, seat: Seat | None) -> None:
        """Tell of what nothing here is changed by; whose it is, the address may say."""
        about: dict[str, Any] = {} if seat is None else {"userid": seat.person.id}
        about |= told.fields
        if told.sets:
            about["sets"] = [dict(each) for each in told.sets[:FIELDS_MOST]]
        if told.id is not None:
            about["id"] = told.id
        self._tell(ServerEventKind.OTHER, about | {"name": told.name})

    def _tell(self, kind: ServerEventKind, fields: Mapping[str, Any]) -> None:
        self._directory.server.tell_event(ServerEvent(kind, fields))

    # --- what concerns one user ----------------------------------------------------------------

    def _take_of_user(
        self, told: StateChanged | Voicemail | UserMessage, seat: Seat | None
    ) -> None:
        if seat is None:
            self._count_oddity("a post that does not say whom it is about")
            return
        user_id = seat.person.id
        match told:
            case StateChanged():
                if told.state is not None:
                    self._picture.state_told(user_id, told.state)
                if told.redirect is not None:
                    self._modes_told(user_id, redirect=told.redirect)
            case Voicemail():
                self._picture.tell_event(user_id, VoicemailEvent(told.extra))
            case UserMessage():
                self._picture.message_told(
                    user_id,
                    told.text,
                    told.sender_id,
                    told.sender_name,
                    self._utc(told.time),
                    _own_fields(told),
                )

    def _personal_states(self, told: PersonalStates) -> None:
        for each in told.objects:
            if each.state is not None:
                self._picture.number_told(each.number, each.state)
                self._picture.state_told(each.id, each.state)

    # --- what comes in the web-socket's form ---------------------------------------------------

    def _json(self, told: JsonEvent, seat: Seat | None) -> None:
        frame: Frame = frame_of([told.method, dict(told.body)])
        match frame:
            case NumberStates():
                for number, state in frame.states:
                    if state is not None:
                        self._picture.number_told(number, state)
            case UserStateChanged():
                self._user_state(frame, self._whose(frame, seat))
            case TextMessageReceived():
                message = UserMessage(
                    time=frame.time,
                    sender_id=frame.sender_id or frame.sender_login,
                    sender_name=frame.sender_name,
                    text=frame.text,
                )
                self._take_of_user(message, self._whose(frame, seat))
            case _:
                fields = {
                    name[:NAME_LENGTH]: _bounded(value)
                    for name, value in islice(told.body.items(), FIELDS_MOST)
                }
                self._other(Other(None, told.method, fields), seat)

    def _whose(
        self, told: UserStateChanged | TextMessageReceived, seat: Seat | None
    ) -> Seat | None:
        """Return whom an event is about: most logins are not known here, but all ids are."""
        if told.user_id:
            return self._picture.find(told.user_id)
        return (self._picture.find(told.login) if told.login else None) or seat

    def _user_state(self, told: UserStateChanged, seat: Seat | None) -> None:
        if seat is None:
            self._count_oddity("a post that does not say whom it is about")
            return
        user_id = seat.person.id
        if told.state is not None:
            self._picture.state_told(user_id, told.state)
        number = told.break_reason_id
        self._modes_told(
            user_id,
            redirect=told.redirect,
            call_center=told.call_center,
            on_break=told.on_break,
            break_reason=None if number is None else self._reason(number),
        )

    def _modes_told(self, user_id: str, **modes: bool | str | None) -> None:
        """Take in what was said of the modes, and show those; None is what was not."""
        if shown := {feature for name, feature in _SHOWN_BY.items() if modes.get(name) is not None}:
            self._on_modes(user_id, frozenset(shown))
            self._picture.modes_told(user_id, **modes)


def _own_fields(told: Notify | UserMessage) -> dict[str, Any]:
    """Return what only the server's own names tell: its id, unless that is all zeros, and the rest."""
    return {**told.extra, **({"guid": told.guid} if told.guid.strip("0-") else {})}


def _bounded(value: Any) -> Any:
    """Return a field of a message, cut off where it is too long; what is nested becomes its text."""
    if isinstance(value, list | dict):
        value = orjson.dumps(value).decode()
    return value[:FIELD_LENGTH] if isinstance(value, str) else value
