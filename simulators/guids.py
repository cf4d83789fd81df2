"""GUIDs that the same seed makes again."""

from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    import random


def new_guid(rng: random.Random) -> str:
    """Return a new GUID."""
    return str(UUID(int=rng.getrandbits(128), version=4))
