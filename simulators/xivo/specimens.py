"""Lines that the faults send: a true one to be cut in half, and some that mean nothing."""

from typing import TYPE_CHECKING

from .messages import user_status
from .outbox import encode_line

if TYPE_CHECKING:
    from .messages import Message
    from .office import Office


class XivoSpecimens:
    """Specimens of the CTI server's lines."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def true_line(self) -> bytes:
        """Return a push that says what is so already."""
        for user in self._office.users.values():
            status = {"availstate": user_status(self._office, user)["availstate"]}
            return encode_line(self._push("updatestatus", "users", tid=user.id, status=status))
        return encode_line(self._push("delconfig", "users", list=["0"]))

    def malformed_lines(self) -> list[bytes]:
        """Return pushes with too little, of wrong types, and of unknown kinds."""
        messages: list[object] = [
            {},
            [],
            1,
            None,
            {"class": None},
            {"class": "getlist"},
            {"class": "nosuchclass", "timenow": "now"},
            self._push("updatestatus", "users"),
            self._push("updatestatus", "users", tid="0", status="away"),
            self._push("updatestatus", "users", tid=["0"], status={}),
            self._push("updatestatus", "nolist", tid="0", status={}),
            self._push("updateconfig", "phones", tid={"id": 0}, config=[]),
            self._push("updateconfig", "users", tid="0", config={"linelist": 3, "fullname": None}),
            self._push("updatestatus", "agents", tid=0, status={"availability": 7, "queues": "1"}),
            self._push("addconfig", "users", list="0"),
            self._push("delconfig", "users", list=[{}]),
            self._push("wat", "users", list=[]),
            {"class": "getqueuesstats", "stats": [1]},
            {"class": "queueentryupdate", "state": {"entries": 3}},
            {"class": "sheet", "payload": "!", "compressed": True},
            {"class": "sheet", "payload": "AAAAAHicAAAA", "compressed": True},
            {"class": "chitchat", "from": 1, "text": {}},
        ]
        lines = [encode_line(message) for message in messages]
        return [*lines, b"{nope\n", b'{"class": "getlist", \n', b"\n", b"\xff\xfe{}\n"]

    def _push(self, function: str, listname: str, **members: object) -> Message:
        about = {"class": "getlist", "function": function, "listname": listname}
        return {**about, "tipbxid": self._office.ipbx, **members}
