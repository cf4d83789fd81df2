"""Office telephone systems, live: what they are made of, and how each of them is spoken to.

Nothing at or below this folder knows Home Assistant. `model` says what a telephone system is made of,
`directory` holds the live picture, `system` is the one interface that every telephone system implements,
`connection` is a persistent connection's life. All else is what several telephone systems need: ways to
reach a server (`http`, `web_socket`, `rounds`, `accounts`), to read what it says (`readers`, `status_kinds`),
to follow its calls (`call_steps`), to see wishes come true (`confirming`), to take in no more than others can
follow (`pacing`, `turns`), and to pass over an interruption (`grace`).

Each folder is one family of telephone systems, and `SYSTEMS` the table of them: a further one is one more of
each.
"""

from collections.abc import Mapping

from .isymphony_live import IsymphonyLiveSystem
from .isymphony_status import IsymphonyStatusSystem
from .oktell import OktellSystem
from .system import TelephoneSystem
from .xivo import XivoSystem

SYSTEMS: Mapping[str, type[TelephoneSystem]] = {
    system.key: system
    for system in (
        IsymphonyStatusSystem,
        IsymphonyLiveSystem,
        XivoSystem,
        OktellSystem,
    )
}

__all__ = ["SYSTEMS", "TelephoneSystem"]
