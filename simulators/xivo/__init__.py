"""A server that speaks XiVO CTI, and the Asterisk behind it.

the office     office.py · profiles.py · default_office.py · recorded_office.py
what happens   users.py · call_center.py · statistics.py · channels.py · conferences.py · current_calls.py
               calls.py (an Asterisk with phones that ring) · asterisk.py (one that does nothing)
               office_day.py
what is said   messages.py (objects to JSON) · outbox.py (what goes out when a turn ends) · sheets.py
what is asked  client.py (bytes to messages) · requests.py (the table of all)
               fields.py (what a message must hold) · login.py · lists.py · features.py · ipbx.py
               people.py · registrations.py · fax.py
the rest       releases.py · site.py (what all of them share) · server.py (the sockets)
               controls.py and events.py (the control port) · specimens.py (for the faults) · cli.py
"""

from .calls import Call, Calls, CallState
from .controls import Controls
from .default_office import default_office
from .office import Office, OfficeError
from .recorded_office import PASSWORDS, recorded_office
from .releases import Release
from .server import Scenario, XivoSimulator

__all__ = [
    "PASSWORDS",
    "Call",
    "CallState",
    "Calls",
    "Controls",
    "Office",
    "OfficeError",
    "Release",
    "Scenario",
    "XivoSimulator",
    "default_office",
    "recorded_office",
]
