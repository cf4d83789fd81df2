"""iSymphony 2.x, over its Status TCP interface (port 50002).

The vendor's page "Status TCP Interface" is the reference; sections named in this folder are its. The
way of a message: `client` (the socket) → `codec` (bytes to messages) → `system` (messages to changes of
the directory). `messages` is the vocabulary; what a status means is guessed by `..status_kinds`.
"""

from .system import IsymphonyStatusSystem

__all__ = ["IsymphonyStatusSystem"]
