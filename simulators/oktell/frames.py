"""The web-socket's messages: arrays of a method and its body, and multipart messages that carry others.

["getuserstateresult", {"qid": "0.32", "result": 1, …}]
"""

from base64 import b64encode
from itertools import chain, zip_longest
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

type Body = dict[str, Any]


def encode(method: str, body: Mapping[str, object]) -> bytes:
    """Return a message, with letters as they are."""
    return json.dumps([method, body], ensure_ascii=False, separators=(",", ":")).encode()


def decode(text: str) -> tuple[str, Body] | None:
    """Return a client's method and body, or None for what is no message."""
    try:
        match json.loads(text):
            case [str(method), dict(body)]:
                return method, body
            case [str(method)]:
                return method, {}
    except ValueError, RecursionError:
        return None
    return None


def chop(message: bytes, packet_bytes: int, message_id: str) -> list[bytes]:
    """Return the multipart messages that carry a message; letters may be cut in two."""
    parts = [message[at : at + packet_bytes] for at in range(0, len(message), packet_bytes)]
    return [
        encode(
            "multipart",
            {
                "message-id": message_id,
                "packetcount": len(parts),
                "packetnumber": position,
                "content-type": "text/json; charset=utf-8",
                "content-transfer-encoding": "base64",
                "content-length": len(part),
                "content": b64encode(part).decode(),
            },
        )
        for position, part in enumerate(parts)
    ]


def interleaved(messages: Iterable[list[bytes]]) -> list[bytes]:
    """Return the packets of several messages, one of each in turn."""
    return [packet for packet in chain.from_iterable(zip_longest(*messages)) if packet is not None]
