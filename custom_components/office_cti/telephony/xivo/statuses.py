"""A profile's presences as statuses: what they are called, what they mean, and what may follow them.

A server tells the presences of a profile once, at log-in; users then have one by its key. Names come in
the server's language, so the meaning is looked for where it is surest: what the person has said of the
name, the keys that a server has by default, what a presence does when it is taken, and last its name.

Source: the vendor's page "CTI Protocol", login_capas: userstatus.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
import re
from types import MappingProxyType

from ..model import Status, StatusEffect, StatusKind
from ..status_kinds import guess_kind
from .messages import Presence

# Who has it has no session; a server lets nobody choose it beside others.
DISCONNECTED = "disconnected"

_KINDS: Mapping[str, StatusKind] = MappingProxyType(
    {
        "available": StatusKind.AVAILABLE,
        "away": StatusKind.AWAY,
        "outtolunch": StatusKind.AWAY,
        "berightback": StatusKind.AWAY,
        "donotdisturb": StatusKind.DO_NOT_DISTURB,
        DISCONNECTED: StatusKind.OFFLINE,
    }
)
_KINDS_OF_EFFECTS: Mapping[StatusEffect, StatusKind] = MappingProxyType(
    {
        StatusEffect.DO_NOT_DISTURB_ON: StatusKind.DO_NOT_DISTURB,
        StatusEffect.AGENT_LOGS_OUT: StatusKind.OFFLINE,
    }
)
_COLOR = re.compile("#[0-9A-Fa-f]{6}")
# Keys that no profile has, and are remembered as statuses.
_STRANGERS_MOST = 1_000


class Statuses:
    """The statuses of one profile, by key.

    Args:
        kinds: what statuses mean by their names, where the person knows better.
        renamed: called with the old and the new name when the server calls a status by another
            whose meaning the person has given.
    """

    def __init__(
        self, kinds: Mapping[str, StatusKind], renamed: Callable[[str, str], None] = lambda *_: None
    ) -> None:
        self._kinds = dict(kinds)
        self._renamed = renamed
        self._by_key: dict[str, Status] = {}
        self._stranger = lru_cache(maxsize=_STRANGERS_MOST)(self._make_stranger)

    @property
    def offered(self) -> tuple[Status, ...]:
        """What the profile has, in the server's order."""
        return tuple(self._by_key.values())

    def tell(self, presences: Sequence[Presence]) -> None:
        """Take what the server says that the profile has."""
        names = _names(presences)
        keys = frozenset(names)
        for key, name in names.items():
            if (old := self._by_key.get(key)) and old.name != name:
                self._keep_kind(old.name, name)
        self._by_key = {
            presence.key: self._status(presence, names[presence.key], keys)
            for presence in presences
        }
        self._stranger.cache_clear()

    def get(self, key: str) -> Status:
        """Return the status of this key; one that the profile does not know is called by its key."""
        return self._by_key.get(key) or self._stranger(key)

    def _status(self, presence: Presence, name: str, keys: frozenset[str]) -> Status:
        effects = frozenset(filter(None, (_effect(*action) for action in presence.actions)))
        return Status(
            name,
            self._kind(presence.key, name, effects),
            presence.key,
            presence.color if _COLOR.fullmatch(presence.color) else None,
            keys - {DISCONNECTED} if presence.allowed is None else frozenset(presence.allowed),
            effects,
        )

    def _kind(self, key: str, name: str, effects: frozenset[StatusEffect]) -> StatusKind:
        if kind := self._kinds.get(name) or _KINDS.get(key):
            return kind
        meant = (kind for effect, kind in _KINDS_OF_EFFECTS.items() if effect in effects)
        return next(meant, None) or guess_kind(name)

    def _make_stranger(self, key: str) -> Status:
        return Status(key, self._kind(key, key, frozenset()), key)

    def _keep_kind(self, old: str, new: str) -> None:
        """What a person said that a status means holds under its new name, too."""
        if (kind := self._kinds.get(old)) and new not in self._kinds:
            self._kinds[new] = kind
            self._renamed(old, new)


def _names(presences: Sequence[Presence]) -> dict[str, str]:
    """Return what each presence is called, by key; two that are called alike are told apart by it."""
    names = {presence.key: presence.long_name or presence.key for presence in presences}
    alike = Counter(names.values())
    return {key: name if alike[name] == 1 else f"{name} ({key})" for key, name in names.items()}


def _effect(action: str, value: str) -> StatusEffect | None:
    match action, value.lower():
        case "enablednd", "true" | "1":
            return StatusEffect.DO_NOT_DISTURB_ON
        case "enablednd", "false" | "0":
            return StatusEffect.DO_NOT_DISTURB_OFF
        case "agentlogoff", _:
            return StatusEffect.AGENT_LOGS_OUT
    return None
