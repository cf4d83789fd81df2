"""XiVO CTI, over the CTI server's own interface (port 5003, with TLS 5013).

The vendor's page "CTI Protocol" is the intention, conversations with releases 14.12 and 15.01 are the
truth. The way of a message:

    bytes ──codec──▶ messages ──picture──▶ directory       tables and readers: what each message holds
    bytes ◀──codec── messages ◀──control── commands        commands: how each looks on the wire

`client` is a connection, `login` opens one, `account` keeps one person's open, `system` is all of them
together; `people`, `centre` and `conferences` are the picture's parts, made of `facts`; `calls`, `statuses`,
`sheets` and `fax` are what their names say.
"""

from .system import XivoSystem

__all__ = ["XivoSystem"]
