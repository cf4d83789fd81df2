"""A server that speaks the iSymphony 2 Status TCP interface.

office.py          the office: locations, tenants, statuses, extensions; each change is an event
protocol.py        lines to commands, events and reports to lines
server.py          the sockets: commands in, replies and events out
controls.py        what the control port can do with it
specimens.py       lines for the faults to send
cli.py             the command line's options
habits.py          what people put into their status
default_office.py  an office to begin with
office_day.py      an office day: people come, go and leave notes
"""

from .controls import Controls
from .default_office import default_office
from .office import Event, EventKind, Office, OfficeError
from .office_day import office_day
from .protocol import Spelling, StatusPrefix, StatusRenameName
from .server import Echo, Scenario, StatusSimulator

__all__ = [
    "Controls",
    "Echo",
    "Event",
    "EventKind",
    "Office",
    "OfficeError",
    "Scenario",
    "Spelling",
    "StatusPrefix",
    "StatusRenameName",
    "StatusSimulator",
    "default_office",
    "office_day",
]
