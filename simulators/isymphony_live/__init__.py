"""An iSymphony 3 server: the Live REST interface and the event web-socket on one port.

office.py          the office: core servers with users, extensions, queues, conference rooms
people.py          statuses, log-ins, pauses, and who hears of them
calls.py           who calls whom, and how far it has come
settings.py        what real servers may do differently from each other
site.py            what all parts work with
events.py          what is told over the web-socket
filters.py         what a connection wants to be told
hub.py             who is connected, and receives it
websocket.py       the web-socket
resources.py       what is at which path
bodies.py          its JSON
actions.py         what can be done with it: this simulator's own invention
configuration.py   core servers and brand, as configured
access.py          who may ask
http.py            HTTP requests
specimens.py       messages for the faults to send
server.py          all of it together
controls.py        what the control port can do with it
cli.py             the command line's options
default_office.py  an office to begin with
office_day.py      an office day
"""

from .controls import Controls
from .default_office import default_office
from .office import (
    Agent,
    ConferenceRoom,
    CoreServer,
    Extension,
    Office,
    OfficeError,
    Queue,
    Status,
    StatusType,
    User,
)
from .server import LiveSimulator
from .settings import FilterReply, Release, Settings, TimeUnit

__all__ = [
    "Agent",
    "ConferenceRoom",
    "Controls",
    "CoreServer",
    "Extension",
    "FilterReply",
    "LiveSimulator",
    "Office",
    "OfficeError",
    "Queue",
    "Release",
    "Settings",
    "Status",
    "StatusType",
    "TimeUnit",
    "User",
    "default_office",
]
