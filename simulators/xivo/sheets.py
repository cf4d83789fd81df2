"""Sheets: what a called user's clients are shown of a call, as XML in base64, compressed or not."""

import base64
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr
import zlib

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .messages import Message

_LENGTH = 4  # bytes, big endian, of the uncompressed text


def sheet(
    channel: str, fields: Mapping[str, str], *, ipbx: str = "xivo", compressed: bool = True
) -> Message:
    """Return a sheet that shows these fields, the first as its title."""
    xml = _xml(_internals(ipbx, channel), fields).encode()
    if compressed:
        xml = len(xml).to_bytes(_LENGTH) + zlib.compress(xml)
    return {
        "class": "sheet",
        "channel": channel,
        "serial": "xml",
        "compressed": compressed,
        "payload": base64.b64encode(xml).decode(),
    }


def _internals(ipbx: str, channel: str) -> Mapping[str, str]:
    return {"ipbxid": ipbx, "where": "dial", "uid": channel, "focus": "no", "zip": "1"}


def _xml(internals: Mapping[str, str], fields: Mapping[str, str]) -> str:
    lines = [
        f"<internal name={quoteattr(name)}>{_cdata(v)}</internal>" for name, v in internals.items()
    ]
    lines += _infos("sheet_info", "text", fields)
    lines += _infos("systray_info", "body", fields)
    inside = "\n".join(lines)
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<profile>\n<user>\n{inside}\n</user>\n</profile>'
    )


def _infos(tag: str, kind: str, fields: Mapping[str, str]) -> Iterable[str]:
    for position, (name, value) in enumerate(fields.items(), 1):
        order = f"{10 * position:04}"
        shown_as = "title" if position == 1 else kind
        yield (
            f'<{tag} order="{order}" name={quoteattr(name)} type="{shown_as}">{_cdata(value)}</{tag}>'
        )


def _cdata(text: str) -> str:
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"
