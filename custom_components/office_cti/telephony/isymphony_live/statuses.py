"""The statuses of an iSymphony Live server: a name, a type, and what that means.

No resource that the vendor describes lists which statuses there are, so those that somebody has, or has had
since, are offered. What the coloured types mean, and any that we do not know, is guessed from the name, as
everywhere where people make statuses up; the person can correct all of it.

Source: the vendor's page "User Status Event".
"""

from collections.abc import Mapping
from types import MappingProxyType

from ..model import Status, StatusKind
from ..status_kinds import guess_kind
from .resources import StatusType

KINDS: Mapping[str, StatusKind] = MappingProxyType(
    {
        StatusType.AVAILABLE: StatusKind.AVAILABLE,
        StatusType.CHAT: StatusKind.AVAILABLE,
        StatusType.AWAY: StatusKind.AWAY,
        StatusType.EXTENDED_AWAY: StatusKind.AWAY,
        StatusType.DO_NOT_DISTURB: StatusKind.DO_NOT_DISTURB,
        StatusType.UNAVAILABLE: StatusKind.BUSY,
    }
)
# What no office has: a server that goes on beyond is not followed.
STATUSES_MOST = 256


class Statuses:
    """The statuses of one core server, as they are met.

    Args:
        kinds: what a status means by its name or its type, where the person knows better.
    """

    def __init__(self, kinds: Mapping[str, StatusKind]) -> None:
        self._kinds = kinds
        self._met: dict[str, Status] = {}

    @property
    def offered(self) -> tuple[Status, ...]:
        """Those that somebody has had."""
        return tuple(self._met.values())

    def meet(self, name: str, type_: str) -> tuple[Status, bool]:
        """Return a status, and whether it is another than all before."""
        known = self._met.get(name)
        if known is not None and known.key == type_:
            return known, False
        kind = self._kinds.get(name) or self._kinds.get(type_) or KINDS.get(type_)
        status = Status(name, kind or guess_kind(name), key=type_)
        is_new = known is not None or len(self._met) < STATUSES_MOST
        if is_new:
            self._met[name] = status
        return status, is_new
