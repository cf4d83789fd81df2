"""What a fresh server holds: presences, phone states and client profiles, worded in French."""

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

DISCONNECTED = "disconnected"

_PRESENT = ("available", "away", "outtolunch", "donotdisturb", "berightback")


@dataclass(frozen=True, slots=True)
class Presence:
    """What a user may be set to, and what that takes along."""

    longname: str
    color: str
    actions: Mapping[str, str]
    allowed: tuple[str, ...] = _PRESENT

    def to_wire(self) -> dict[str, object]:
        """Return it as `login_capas` tells it."""
        allowed = {"allowed": list(self.allowed)} if self.allowed else {}
        return {
            "color": self.color,
            "longname": self.longname,
            "actions": dict(self.actions),
            **allowed,
        }


_DND_OFF = MappingProxyType({"enablednd": "false"})
_DND_ON = MappingProxyType({"enablednd": "true"})
_LOG_OFF = MappingProxyType({"agentlogoff": ""})

PRESENCES: Mapping[str, Presence] = MappingProxyType(
    {
        "available": Presence("Disponible", "#08FD20", _DND_OFF),
        "away": Presence("Sorti", "#FDE50A", _DND_OFF),
        "outtolunch": Presence("Parti Manger", "#001AFF", _DND_OFF),
        "donotdisturb": Presence("Ne pas déranger", "#FF032D", _DND_ON),
        "berightback": Presence("Bientôt de retour", "#FFB545", _DND_OFF),
        DISCONNECTED: Presence("Déconnecté", "#202020", _LOG_OFF, allowed=()),
    }
)

# Hint states, as Asterisk numbers them.
PHONE_STATES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "16": ("En Attente", "#F7FF05"),
        "1": ("En ligne OU appelle", "#FF032D"),
        "0": ("Disponible", "#0DFF25"),
        "2": ("Occupé", "#FF0008"),
        "-1": ("Désactivé", "#000000"),
        "4": ("Indisponible", "#FFFFFF"),
        "-2": ("Inexistant", "#030303"),
        "9": ("(En Ligne OU Appelle) ET Sonne", "#FF0526"),
        "8": ("Sonne", "#1B0AFF"),
    }
)


@dataclass(frozen=True, slots=True)
class Profile:
    """A client profile: which parts of the vendor's client its users see."""

    id: int
    name: str
    xlets: tuple[tuple[str, ...], ...]
    services: tuple[str, ...] = ()
    presences: Mapping[str, Presence] = field(default_factory=lambda: PRESENCES)

    def capabilities(self) -> dict[str, object]:
        """Return what `login_capas` tells of it."""
        return {
            "regcommands": {},
            "ipbxcommands": {},
            "preferences": False,
            "services": list(self.services) or [""],
            "userstatus": {name: each.to_wire() for name, each in self.presences.items()},
            "phonestatus": {
                hint: {"color": color, "longname": name}
                for hint, (name, color) in PHONE_STATES.items()
            },
        }


SUPERVISOR = Profile(
    1,
    "Supervisor",
    (
        ("identity", "grid"),
        ("queues", "dock", "fcms"),
        ("conference", "dock", "fcms"),
        ("agentdetails", "dock", "fcms"),
        ("agents", "dock", "fcms"),
        ("queueentrydetails", "dock", "fcms"),
        ("queuemembers", "dock", "fcms"),
    ),
)
AGENT = Profile(
    2,
    "Agent",
    (
        ("identity", "grid"),
        ("customerinfo", "dock", "fcms"),
        ("queues", "dock", "fcms"),
        ("agentdetails", "dock", "fcms"),
    ),
)
CLIENT = Profile(
    3,
    "Client",
    (
        ("search", "tab"),
        ("identity", "grid"),
        ("tabber", "grid", "1"),
        ("customerinfo", "tab", "1"),
        ("dial", "grid", "2"),
        ("fax", "tab", "2"),
        ("history", "tab", "3"),
        ("remotedirectory", "tab", "4"),
        ("features", "tab", "5"),
        ("mylocaldir", "tab", "6"),
        ("conference", "tab", "7"),
    ),
    services=("enablednd", "fwdunc", "fwdbusy", "fwdrna"),
)
SWITCHBOARD = Profile(
    4,
    "Switchboard",
    (
        ("identity", "grid"),
        ("switchboard", "dock", "fcms"),
        ("customerinfo", "dock", "fcms"),
        ("fax", "dock", "fcms"),
        ("dial", "dock", "fcms"),
        ("directory", "dock", "fcms"),
    ),
)

PROFILES: Mapping[int, Profile] = MappingProxyType(
    {each.id: each for each in (SUPERVISOR, AGENT, CLIENT, SWITCHBOARD)}
)
