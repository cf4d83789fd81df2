"""iSymphony 3.2 and newer (XactView 3 is the same): users, extensions, queues and calls, live.

The way of what a server tells:

    web-socket ──websocket──▶ events ────┐
    REST       ──rest──────▶ resources ──┴──▶ picture ──▶ directory

`calls` makes calls of what is seen of a telephone; `control` is the way back, by requests that the person has
described; `system` holds them together.
"""

from .system import IsymphonyLiveSystem

__all__ = ["IsymphonyLiveSystem"]
