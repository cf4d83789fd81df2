"""Office telephone systems, live: what they are made of, and how each of them is spoken to.

Nothing at or below this folder knows Home Assistant. The core is four files: `model` says what a
telephone system is made of, `directory` holds the live picture, `system` is the one interface that
every telephone system implements, `connection` is a persistent connection's life. Each folder is one
family of telephone systems; `SYSTEMS` is the table of them.
"""

from collections.abc import Mapping
from types import MappingProxyType

from .isymphony_live import IsymphonyLiveSystem
from .isymphony_status import IsymphonyStatusSystem
from .oktell import OktellSystem
from .system import TelephoneSystem
from .xivo import XivoSystem

SYSTEMS: Mapping[str, type[TelephoneSystem]] = MappingProxyType(
    {
        system.key: system
        for system in (IsymphonyStatusSystem, IsymphonyLiveSystem, XivoSystem, OktellSystem)
    }
)

__all__ = ["SYSTEMS", "TelephoneSystem"]
