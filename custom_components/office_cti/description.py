"""What an entity shows of which objects, how much of it there is room for, and by what it is known."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from homeassistant.helpers.entity import EntityDescription

from .selection import path_of
from .telephony.model import Feature, ObjectId, TelephonyObject


class Level(Enum):
    """How much of an object is enabled when it is brought in, the most first."""

    FULL = auto()
    REDUCED = auto()
    NOTHING = auto()


@dataclass(frozen=True, kw_only=True)
class OfficeDescription(EntityDescription):
    """What is shown, of which objects.

    Attributes:
        kind: the kind of object.
        feature: what the object must have; None if every object of the kind has it.
        also: what it must have besides, such as what is set being seen, too.
        unless: what the object must not have: then something else shows the same, and more.
        fields: the fields of the object whose change changes what is shown.
        essential: stays enabled when there is not room for everything.
        attributes_fn: reads what is told beside the state.
    """

    kind: type[TelephonyObject]
    feature: Feature | None = None
    also: Feature | None = None
    unless: Feature | None = None
    fields: frozenset[str] = field(default=frozenset())
    essential: bool = False
    attributes_fn: Callable[[Any], dict[str, Any]] | None = None

    def is_shown_of(self, telephony_object: TelephonyObject) -> bool:
        """Tell whether there is such an entity for an object."""
        return type(telephony_object) is self.kind and self.is_shown_with(telephony_object.features)

    def is_shown_with(self, features: frozenset[Feature]) -> bool:
        """Tell whether there is such an entity for an object of this kind with these features."""
        return (
            (self.feature is None or self.feature in features)
            and (self.also is None or self.also in features)
            and self.unless not in features
        )

    @property
    def needs(self) -> frozenset[Feature]:
        """All that the object must have."""
        return frozenset(each for each in (self.feature, self.also) if each is not None)

    def is_enabled_at(self, level: Level) -> bool:
        """Tell whether such an entity is enabled when it is made at this level."""
        return self.entity_registry_enabled_default and (
            level is Level.FULL or (level is Level.REDUCED and self.essential)
        )


def device_identity(entry_id: str, kind: type[TelephonyObject], object_id: ObjectId) -> str:
    """Return an object's device identifier; it is unique in the whole of Home Assistant."""
    return f"{entry_id}:{word_of(kind)}:{path_of(object_id)}"


def word_of(kind: type[TelephonyObject]) -> str:
    """Return the word that stands for a kind of object in identifiers."""
    return kind.__name__.lower()


def unique_id_of(identity: str, key: str) -> str:
    """Return the unique id of what shows `key` of the object that has this device identifier."""
    return f"{identity}:{key}"


def key_of(unique_id: str) -> str:
    """Return what the entity with this unique id shows."""
    return unique_id.rpartition(":")[2]


def kind_of(unique_id: str) -> str:
    """Return the word for the kind of object that the entity with this unique id shows."""
    return unique_id.split(":", 2)[1]
