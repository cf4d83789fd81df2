"""Frames that the faults send: a true one to be cut in half, and some that mean nothing."""

from typing import TYPE_CHECKING

from simulators.text_frames import text_frame

from .frames import chop, encode

if TYPE_CHECKING:
    from .office import Office


class OktellSpecimens:
    """Specimens of the web-socket's frames."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def true_line(self) -> bytes:
        """Return a push that says what is so already."""
        numbers = [
            {"num": number, "numstateid": int(user.standing.state)}
            for user in self._office.users.values()
            for number in user.numbers
        ]
        return text_frame(encode("pbxnumberstatechanged", {"qid": "0", "numbers": numbers[:1]}))

    def malformed_lines(self) -> list[bytes]:
        """Return messages with too little, too much, of wrong types and of unknown kinds."""
        orphan = chop(b'["nothing",{}]', 4, "no-such-message")
        return [
            text_frame(message)
            for message in (
                b"",
                b"[]",
                b"null",
                b"{}",
                b'"pbxnumberstatechanged"',
                b'["pbxnumberstatechanged"]',
                b'["pbxnumberstatechanged",[]]',
                b'["pbxnumberstatechanged",{"numbers":null}]',
                b'["pbxnumberstatechanged",{"numbers":[null,1,"5",[]]}]',
                b'["pbxnumberstatechanged",{"numbers":[{"num":null,"numstateid":1}]}]',
                b'["pbxnumberstatechanged",{"numbers":[{"num":"0","numstateid":"x"}]}]',
                b'["pbxnumberstatechanged",{"numbers":[{"num":"0","numstateid":1e999}]}]',
                b'["userstatechanged",{"userid":"nobody","userstateid":99}]',
                b'["userstatechanged",{"userid":7,"userstateid":{}}]',
                b'["phoneevent_ringstarted",{"chainid":{},"userid":[]}]',
                b'["getuserstateresult",{"qid":{}}]',
                b'["multipart",{}]',
                b'["multipart",{"message-id":"a","packetcount":-1,"packetnumber":0,"content":""}]',
                b'["multipart",{"message-id":"a","packetcount":1,"packetnumber":9,"content":"!"}]',
                orphan[-1],
                b'["moonphasechanged",{"phase":"waxing"}]',
                b"[" * 5_000,
                b'["pbxnumberstatechanged",' + b"[" * 5_000,
            )
        ]
