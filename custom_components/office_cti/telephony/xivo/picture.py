"""The server's messages become changes of the directory. (Interface; the rest follows.)"""

from collections.abc import Callable, Iterable, Mapping
import time

from ..directory import Directory
from ..model import Feature, StatusKind
from .messages import Command, CurrentCalls, ListName, Message


class Picture:
    """All that a server has told, and the directory's objects that are made of it.

    Args:
        directory: what is kept equal to it.
        ask: sends a question whose answer is then applied like any message; called when something
            is new and must be asked about.
        count_oddity: counts what a server should not have sent, by fixed words.
        status_kinds: what statuses mean by their names, where the person knows better.
        now: the server's clock in Unix seconds (`Decoder.server_time`), for what is told without a time.
    """

    ipbx_id: str  # of the server, from LoggedIn
    user_id: str  # whose connection it is that the messages come from
    server_uuid: str | None  # from Relations

    # Asked whenever an extension is made or `refresh`ed; added to what is always there.
    features_of: Callable[[str], frozenset[Feature]]
    suspended_of: Callable[[str], frozenset[Feature]]
    agent_features: frozenset[Feature]
    queue_features: frozenset[Feature]
    conference_features: frozenset[Feature]

    def __init__(
        self,
        directory: Directory,
        *,
        ask: Callable[[Command], None],
        count_oddity: Callable[[str], None],
        status_kinds: Mapping[str, StatusKind],
        now: Callable[[], float] = time.time,
    ) -> None:
        raise NotImplementedError

    def begin(self) -> None:
        """A connection was opened: forget what the one before told, and tell nothing until `commit`.

        Subscriptions belong before the last question of the snapshot: what they are answered with
        is then part of it, and nobody joins who was there before.
        """
        raise NotImplementedError

    def commit(self, *, complete: bool) -> bool:
        """Make the directory equal to what was told since `begin`; from now on apply at once.

        Args:
            complete: every question was answered.

        Returns:
            Whether the picture is whole: what was not in it has been removed.
        """
        raise NotImplementedError

    def apply(self, message: Message) -> None:
        """Take in a message of the server, in the order of the wire; what is none of ours is passed over."""
        raise NotImplementedError

    def questions(self, name: ListName, object_id: str) -> tuple[Command, ...]:
        """Return what must be asked to know an object of this list."""
        raise NotImplementedError

    def ids(self, name: ListName) -> tuple[str, ...]:
        """Return the objects of a list that are known, or are being asked about."""
        raise NotImplementedError

    def refresh(self, user_ids: Iterable[str]) -> None:
        """Have these users' features asked for anew: an account came, went, or was interrupted."""
        raise NotImplementedError

    def party_told(self, user_id: str, channel: str, number: str, name: str) -> str | None:
        """Take in who is at the other end of a user's call, e.g. from a sheet.

        Args:
            user_id: whose call it is.
            channel: either end's channel.
            number: the other party's number, or "".
            name: the other party's name, or "".

        Returns:
            The id of the call, if it is there already.
        """
        raise NotImplementedError

    def current_calls_told(self, user_id: str, message: CurrentCalls) -> None:
        """Take in the calls of a user's own line, which only that user's connection is told."""
        raise NotImplementedError

    # --- what commands want to know ------------------------------------------------------------

    def has_line(self, user_id: str) -> bool:
        """Tell whether a user has a telephone."""
        raise NotImplementedError

    def is_connected(self, user_id: str) -> bool | None:
        """Tell whether somebody is logged in as this user; None if the server has not said."""
        raise NotImplementedError

    def voicemail_of(self, user_id: str) -> str | None:
        """Return the id of a user's voicemail box."""
        raise NotImplementedError
