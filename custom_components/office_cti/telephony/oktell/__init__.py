"""Oktell: office telephony and call centres, by HTTP, a web-socket, and what the server's side posts.

The way of what a server tells:

    web-socket ──websocket──▶ frames ──▶ account, listing ─┐
    requests   ──http───────▶ answers ────────────────────┼──▶ picture ──▶ directory
    posts      ──notifications──▶ posts ──────────────────┘

`system` holds them together; `control` is the way back, over HTTP: `requests` says how each command looks.
`states`, `text`, `xml` and `multipart` are what several of these need; `calls` makes calls of what is seen of
a line. What nothing pushes is asked again and again: `rounds` does that, `looks` of whoever is busy, and
`rereading` of who there is.

What nobody knows of these servers, and how that is borne, stands in docs/oktell.md.
"""

from .system import OktellSystem

__all__ = ["OktellSystem"]
