"""What each kind of object of a telephone system is as a device: one row per kind.

A further kind of object is one row here, and descriptions of its entities in the platforms' files.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from .telephony.model import Agent, Conference, Extension, Group, Queue, TelephonyObject


@dataclass(frozen=True, slots=True)
class DeviceKind:
    """How one kind of object is shown.

    Attributes:
        kind: the kind of object.
        model: what the device is, as the device page shows it.
        own_name: the name that stands for itself; without it, the device is called by the kind's
            word and its label (`label`), which are translated: `translation_key`.
        translation_key: of such a name; of one that several share, "<key>_of_group".
    """

    kind: type[TelephonyObject]
    model: Callable[[Any], str | None]
    own_name: Callable[[Any], str | None]
    translation_key: str

    @property
    def option(self) -> str:
        """The word that stands for this kind in the options."""
        return f"{self.translation_key}s"


def label_of(telephony_object: Any) -> str:
    """Return what people call an object: its name, or its number; without either, its id must do."""
    label: str = telephony_object.name or telephony_object.number or telephony_object.id[-1]
    return label


def _model_of_extension(extension: Extension) -> str | None:
    """Return where an extension belongs, and its number if the device's name is the person's."""
    place = " / ".join(extension.group)
    if not (extension.name and extension.number):
        return place or None
    return f"Extension {extension.number} ({place})" if place else f"Extension {extension.number}"


DEVICE_KINDS: Mapping[type[TelephonyObject], DeviceKind] = MappingProxyType(
    {
        row.kind: row
        for row in (
            DeviceKind(
                Extension,
                model=_model_of_extension,
                own_name=lambda extension: extension.name,
                translation_key="extension",
            ),
            DeviceKind(Agent, lambda _: "Agent", lambda _: None, "agent"),
            DeviceKind(Queue, lambda _: "Queue", lambda _: None, "queue"),
            DeviceKind(Conference, lambda _: "Conference", lambda _: None, "conference"),
            DeviceKind(Group, lambda _: "Group", lambda _: None, "group"),
        )
    }
)
