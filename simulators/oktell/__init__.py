"""An Oktell server: HTTP and web-socket on one port, and service notifications that it posts.

office.py          the office: users with numbers and lines, groups, break reasons
states.py          users' states and modes, and which changes are allowed
calls.py           who calls whom, and how far it has come
call_events.py     what users' clients are told of their calls
call_info.py       what can be asked about a line
settings.py        what real servers do differently from each other
site.py            what all parts work with
seam.py            between TCP connections that misbehave and aiohttp's HTTP
http.py            the HTTP commands
http_access.py     who may use them
uploads.py         what comes in their bodies
xml_bodies.py      their XML
scripts.py         the service scripts
files.py           recordings, faxes and what was sent, in memory
license.py         the licence
websocket.py       the web-socket's commands
login.py           its log-in
hub.py             who is connected, logged in and subscribed
frames.py          its messages
picture.py         what it tells of users and numbers
messenger.py       messages from user to user
passwords.py       passwords for one HTTP request
notifications.py   posts service notifications
notification_bodies.py   their XML
requests.py        what clients have sent
faults.py          what can go wrong on purpose
specimens.py       frames for the faults to send
server.py          all of it together
controls.py        what the control port can do with it
cli.py             the command line's options
default_office.py  an office to begin with
office_day.py      an office day
"""

from simulators.scenario import Scenario

from .controls import Controls
from .default_office import default_office
from .office import Office, OfficeError, User
from .server import OktellSimulator
from .settings import Authorization, Encoding, IdleAnswer, ReturnValue, Settings, StateKey
from .states import Standing, UserState

__all__ = [
    "Authorization",
    "Controls",
    "Encoding",
    "IdleAnswer",
    "Office",
    "OfficeError",
    "OktellSimulator",
    "ReturnValue",
    "Scenario",
    "Settings",
    "Standing",
    "StateKey",
    "User",
    "UserState",
    "default_office",
]
