"""iSymphony 3.2 and newer (XactView 3 is the same): users, extensions, queues and calls, live.

The way of what a server tells:

    web-socket ──websocket──▶ events ───────────────┐
    REST ──rest──▶ resources ──reading──▶ found ────┴──▶ picture ──▶ directory

`picture` has the people, `calls` makes calls of what is seen of a telephone, `centre` has queues and agents,
`conferences` the rooms, `statuses` what people say of themselves; `marks` tells which answers are too old.
`control` is the way back, by requests that the person has described; `system` holds them together.
"""

from .system import IsymphonyLiveSystem

__all__ = ["IsymphonyLiveSystem"]
