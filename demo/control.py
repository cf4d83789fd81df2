"""The control port of a simulated telephone system, for programs that change something there.

Plain blocking sockets: a browser's driver already runs an event loop in the same thread.
"""

import json
import socket
from typing import TYPE_CHECKING, Any

from .errors import DemoError

if TYPE_CHECKING:
    from .api import Json

SECONDS = 20.0


def tell(about: Json, op: str, **arguments: Any) -> Json:
    """Have one operation done, and return the answer."""
    with (
        socket.create_connection((about["host"], about["control_port"]), SECONDS) as connection,
        connection.makefile("rw", encoding="utf-8") as lines,
    ):
        lines.write(json.dumps({"op": op, **arguments}) + "\n")
        lines.flush()
        answer: Json = json.loads(lines.readline())
    if not answer.pop("ok"):
        raise DemoError(f"the simulated office refused {op}: {answer.get('error')}")
    return answer
