"""Messages that the faults send: a true one to be cut in half, and some that mean nothing."""

import json
from typing import TYPE_CHECKING

from simulators.text_frames import text_frame

if TYPE_CHECKING:
    from .office import Office


class LiveSpecimens:
    """Specimens of the event web-socket's messages."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def true_line(self) -> bytes:
        """Return an event that says what is so already."""
        server = self._office.server()
        event = {"type": "userLogin", "time": 0, "coreServerId": server.id, "username": "nobody"}
        return text_frame(json.dumps(event).encode())

    def malformed_lines(self) -> list[bytes]:
        """Return messages with too little, too much, of wrong types and of unknown kinds."""
        return [
            text_frame(message)
            for message in (
                b"",
                b"OK",
                b"null",
                b"[]",
                b"{}",
                b'"userStatus"',
                b'{"type":null}',
                b'{"type":7}',
                b'{"type":["userStatus"]}',
                b'{"type":"userStatus"}',
                b'{"type":"userStatus","coreServerId":"nobody","username":"nobody","name":"Lost"}',
                b'{"type":"userStatus","coreServerId":{},"username":[],"name":7,"returnTime":"soon"}',
                b'{"type":"userStatus","returnTime":1e999}',
                b'{"type":"userStatus","time":' + b"9" * 400 + b"}",
                b'{"type":"agentLogin","agentId":null,"queueId":null,"state":null}',
                b'{"type":"linkEnd","callSegmentId1":1,"callSegmentId2":{}}',
                b'{"type":"hangup","did":["s"]}',
                b'{"type":"confRoomCallLeave"}',
                b'{"type":"moonPhase","phase":"waxing"}',
                b'{"type":"userStatus","type":"hangup"}',
                b'{"type" : "filter", "filters" : ["property" : "type"]}',
                b"[" * 5_000,
                b'{"type":' * 5_000,
            )
        ]
