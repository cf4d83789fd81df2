"""What the control port can do with the simulated Oktell server.

Each public coroutine or method is one operation; its keyword arguments are the JSON members. People are named
by `user`: a number, login, GUID, line's number or name. Calls are named by a number in them, or by their id.
"""

from dataclasses import asdict
import time
from typing import TYPE_CHECKING

from simulators.operations import OperationError, positive
from simulators.scenario import Scenario
from simulators.settings import change

from . import frames, notification_bodies as bodies
from .default_office import FIRST_LINE, PASSWORD
from .notifications import Form
from .office import Line, OfficeError, User
from .states import UserState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulators.operations import Answer, Operation

    from .calls import Call
    from .server import OktellSimulator

BURST_LIMIT = 10_000_000  # pushes
_KINDS: Mapping[str, int] = {
    **{name: code for code, name in bodies.NAMES.items() if code < 13_000},
    "shutdown": 13_101,
    "restart": 13_102,
    "connectionlost_service": 13_103,
}


class Controls:
    """The operations on one simulator."""

    def __init__(self, simulator: OktellSimulator) -> None:
        self._simulator = simulator
        self._office = simulator.office

    def operations(self) -> dict[str, Operation]:
        """Return all operations by their names."""
        return {
            "set": self.set,
            "add_user": self.add_user,
            "remove_user": self.remove_user,
            "rename_user": self.rename_user,
            "group": self.group,
            "revert": self.revert,
            "ring": self.ring,
            "dial": self.dial,
            "answer": self.answer,
            "no_answer": self.no_answer,
            "flash": self.flash,
            "transfer": self.transfer,
            "hang_up": self.hang_up,
            "message": self.message,
            "notify": self.notify,
            "webhook": self.webhook,
            "frames": self.frames,
            "file": self.file,
            "script": self.script,
            "settings": self.settings,
            "seats": self.seats,
            "starting": self.starting,
            "expire_sessions": self.expire_sessions,
            "dump": self.dump,
            "clients": self.clients,
            "requests": self.requests,
            "messages": self.messages,
            "stats": self.stats,
            "scenario": self.scenario,
            "burst": self.burst,
            "sync": self.sync,
            "disconnect": self.disconnect,
            "fault": self._simulator.faults.apply,
        }

    # People.

    def set(
        self,
        *,
        user: str,
        state: int | None = None,
        redirect: bool | None = None,
        call_center: bool | None = None,
        call_center_manual: bool | None = None,
        on_break: bool | None = None,
        on_task: bool | None = None,
        reason_id: int | None = None,
        redirects_to: str | None = None,
        password: str | None = None,
        web_api: bool | None = None,
        desktop_client: bool | None = None,
    ) -> Answer:
        """Set a user's state and modes as the server itself does, without asking whether that is allowed."""
        person = self._office.user(user)
        changes = {
            "state": None if state is None else UserState(state),
            "redirect": redirect,
            "call_center": call_center,
            "call_center_manual": call_center_manual,
            "on_break": on_break,
            "on_task": on_task,
            "reason_id": reason_id,
        }
        if redirects_to is not None:
            person.redirects_to = redirects_to
        if password is not None:
            person.password = password
        if web_api is not None:
            person.may_use_web_api = web_api
        if desktop_client is not None:
            person.in_desktop_client = desktop_client
        present = {key: value for key, value in changes.items() if value is not None}
        return self._counted(lambda: self._simulator.states.put(person, **present))

    def add_user(
        self,
        *,
        login: str,
        name: str,
        number: str | None = None,
        password: str = PASSWORD,
        id: str | None = None,  # noqa: A002 - the wire's word
    ) -> Answer:
        """Add a user, with a line if they have a number."""
        site = self._simulator.site
        line = None
        if number is not None:
            lines = [int(each.line.number) for each in self._office.people() if each.line]
            line = Line(site.guid(), str(max(lines, default=FIRST_LINE - 1) + 1))
        numbers = [] if number is None else [number]
        user = User((id or site.guid()).lower(), login, name, password, numbers, line=line)
        if user.id in self._office.users:
            raise OfficeError(f"{user.id} is taken")
        self._office.add_user(user)
        return {"id": user.id}

    def remove_user(self, *, user: str) -> Answer:
        """Remove a user who is in no call, and end their sessions."""
        person = self._office.user(user)
        if person.line is not None and (person.line.call or person.line.held):
            raise OfficeError(f"{person.name} is in a call")
        hub = self._simulator.hub
        for session in [each for each in hub.sessions.values() if each.user is person]:
            hub.end(session)
        self._office.remove_user(person)
        return {}

    def rename_user(
        self,
        *,
        user: str,
        name: str | None = None,
        number: str | None = None,
        login: str | None = None,
    ) -> Answer:
        """Give a user another name, main number or login."""
        person = self._office.user(user)
        if login is not None:
            _check_free(self._office.with_login(login), person, login)
            person.login = login
        if number is not None:
            _check_free(self._office.with_number(number), person, number)
            person.numbers = [number, *person.numbers[1:]]
        person.name = person.name if name is None else name
        return {}

    def group(self, *, number: str, members: object) -> Answer:
        """Let these users, and no others, be a group's members."""
        group = self._office.groups.get(number)
        if group is None or not isinstance(members, list):
            raise OperationError("number is a group's, members a list of users")
        group.members = [self._office.user(str(each)) for each in members]
        return {"members": len(group.members)}

    def revert(self, *, user: str) -> Answer:
        """Let what was set over HTTP, and does not stick, come to nothing now."""
        person = self._office.user(user)
        return self._counted(lambda: self._simulator.states.come_back(person))

    # Calls.

    def ring(self, *, caller: str, called: str, name: str = "") -> Answer:
        """Let somebody call a number: a user, or somebody outside of that name."""
        return self._told(lambda: self._simulator.calls.ring(caller, called, name))

    def dial(self, *, user: str, number: str, line_first: bool = True) -> Answer:
        """Let the dialer connect a user with a number."""
        person = self._office.user(user)
        return self._told(lambda: self._simulator.calls.dial(person, number, line_first=line_first))

    def answer(self, *, number: str) -> Answer:
        """Let whoever's telephone rings answer."""
        return self._with_call(number, self._simulator.calls.answer)

    def no_answer(self, *, number: str) -> Answer:
        """Let it ring out, after which a user counts as away."""
        return self._with_call(number, self._simulator.calls.no_answer)

    def flash(self, *, user: str, mode: str = "") -> Answer:
        """Press a user's flash button."""
        person = self._office.user(user)
        return self._happened(lambda: self._simulator.calls.flash(person, mode))

    def transfer(self, *, user: str, number: str) -> Answer:
        """Let a user give whom they talk to to a number."""
        person = self._office.user(user)
        return self._happened(lambda: self._simulator.calls.transfer(person, number))

    def hang_up(self, *, number: str) -> Answer:
        """End a call."""
        return self._with_call(number, self._simulator.calls.hang_up)

    # Messages, notifications, files, scripts.

    def message(self, *, sender: str, user: str, text: str) -> Answer:
        """Let a user write to another."""
        office = self._office
        start, target = office.user(sender), office.user(user)
        return self._counted(lambda: self._simulator.messenger.deliver(start, target, text))

    async def notify(
        self,
        *,
        kind: str | int,
        user: str | None = None,
        text: str = "",
        sender: str = "",
        type: int = 8,  # noqa: A002 - the wire's word
        color: int = 0,
        fields: object = None,
        form: str = Form.XML_UTF_16,
        log_line: bool = False,
        slip: bool = True,
        url: str | None = None,
    ) -> Answer:
        """Post a service notification, named or numbered; tell the HTTP status of the answer.

        Of the same name, `connectionlost` is 103 and `connectionlost_service` its twin.
        """
        code = _KINDS.get(kind, 0) if isinstance(kind, str) else kind
        if code not in bodies.NAMES:
            raise OperationError(f"kind is one of {', '.join(_KINDS)}, or its number")
        if fields is not None and not isinstance(fields, dict):
            raise OperationError("fields is an object")
        properties = {str(key): str(value) for key, value in (fields or {}).items()}
        status = await self._simulator.notifier.post_event(
            code,
            None if user is None else self._office.user(user),
            bodies.Notice(text, sender, type, color, properties),
            form=Form(form),
            logs=log_line,
            slips=slip,
            url=url,
        )
        return {"status": status}

    def webhook(self, *, url: str | None) -> Answer:
        """Post service notifications to this address from now on, as `--webhook` says; None: nowhere."""
        self._simulator.notifier.url = url
        return {}

    def frames(self, *, user: str, messages: object, packet_bytes: int | None = None) -> Answer:
        """Send a user's clients any messages: `[method, body]` each; chopped if `packet_bytes` says so."""
        person = self._office.user(user)
        if not isinstance(messages, list):
            raise OperationError("messages is a list")
        if packet_bytes is not None:
            positive("packet_bytes", packet_bytes)
        encoded = []
        for message in messages:
            match message:
                case [str(method), dict(body)]:
                    encoded.append(frames.encode(method, body))
                case _:
                    raise OperationError("a message is [method, body]")
        clients = [each for each in self._simulator.hub.clients if each.user is person]
        for client in clients:
            client.send_all(encoded, packet_bytes)
        return {"clients": len(clients)}

    def file(self, *, kind: str, name: str, text: str) -> Answer:
        """Keep a recording (`rec`) or a fax (`fax`) of that content."""
        files = self._simulator.files
        folders = {"rec": files.recordings, "fax": files.faxes}
        if kind not in folders:
            raise OperationError("kind is rec or fax")
        folders[kind][name] = text.encode()
        return {"path": files.path_of(name)}

    def script(self, *, name: str, value: str | None) -> Answer:
        """Let a script return a value; None lets it be as it was."""
        if value is None:
            self._simulator.scripts.values.pop(name, None)
        else:
            self._simulator.scripts.values[name] = value
        return {}

    # The server.

    def settings(self, **changes: object) -> Answer:
        """Change how the server is set up; tell all settings."""
        return {"settings": change(self._simulator.settings, changes)}

    def seats(self, *, count: int) -> Answer:
        """Let so many be logged in over the web-socket at a time."""
        self._simulator.settings.seats = count
        return {"taken": len(self._simulator.hub.sessions)}

    def starting(self, *, on: bool) -> Answer:
        """Let the server be one that is still starting, or not."""
        self._simulator.settings.is_starting = on
        return {}

    def expire_sessions(self) -> Answer:
        """End the sessions whose connections are gone."""
        return {"sessions": self._simulator.hub.expire()}

    def dump(self) -> Answer:
        """Tell everything there is."""
        return {
            "users": {user.id: _user(user) for user in self._office.users.values()},
            "groups": {
                number: {"name": group.name, "members": [each.id for each in group.members]}
                for number, group in self._office.groups.items()
            },
            "break_reasons": {str(key): name for key, name in self._office.break_reasons.items()},
            "calls": [_call(call) for call in self._simulator.calls.calls.values()],
            "files": {
                "recordings": list(self._simulator.files.recordings),
                "faxes": list(self._simulator.files.faxes),
                "uploads": {
                    name: len(data) for name, data in self._simulator.files.uploads.items()
                },
            },
            "license": dict(self._simulator.license.details),
        }

    def clients(self) -> Answer:
        """Tell who is connected, and what they have subscribed to."""
        hub, listener = self._simulator.hub, self._simulator.listener
        return {
            "clients": [
                {
                    "user": client.user and client.user.login,
                    "subscriptions": sorted(client.subscriptions),
                }
                for client in hub.clients
            ],
            "sessions": len(hub.sessions),
            "connections": len(listener.connections),
            "accepted": listener.accepted,
        }

    def requests(self, *, starting: str = "") -> Answer:
        """Hand out the HTTP requests and frames that came since the last time, those that start so."""
        entries, missed = self._simulator.log.take(starting)
        return {"requests": entries, "missed": missed}

    def messages(self) -> Answer:
        """Hand out the messages that users have sent since the last time."""
        sent = self._simulator.messenger.sent
        told = [{"from": start.login, "to": to.login, "text": text} for start, to, text in sent]
        sent.clear()
        return {"messages": told}

    def stats(self) -> Answer:
        """Tell what was counted since the start."""
        simulator, listener = self._simulator, self._simulator.listener
        return {
            "clients": len(simulator.hub.clients),
            "sessions": len(simulator.hub.sessions),
            "requests": simulator.log.total,
            "meaningless": simulator.log.meaningless,
            "pushes": simulator.hub.pushes,
            "notifications": simulator.notifier.posted,
            "notifications_failed": simulator.notifier.failed,
            "connections": len(listener.connections),
            "accepted": listener.accepted,
            "bytes_sent": listener.bytes_sent,
            "bytes_outstanding": sum(each.outstanding for each in listener.connections),
            "slow_clients_disconnected": listener.gave_up,
            "processor_seconds": time.process_time(),
        }

    async def scenario(self, *, name: str, rate: float = 0.5) -> Answer:
        """Let a scenario begin, at so many changes a second."""
        await self._simulator.play(Scenario(name), rate)
        return {"name": name, "rate": rate}

    async def burst(
        self, *, pushes: int, rate: float | None = None, seed: int | None = None
    ) -> Answer:
        """Push so many numbers' states, and answer when all is written: how many, and what came last."""
        if not 0 < pushes <= BURST_LIMIT:
            raise OperationError(f"pushes must be above 0 and at most {BURST_LIMIT}")
        if rate is not None:
            positive("rate", rate)
        pushed = await self._simulator.burst(pushes, rate, seed)
        return {"pushes": pushed, "last": self._simulator.pushes.last_numbers}

    async def sync(self) -> Answer:
        """Answer when the sockets have taken all that was sent before."""
        await self._simulator.listener.flushed()
        return {}

    def disconnect(self) -> Answer:
        """Close all connections in good order, as a server does that restarts."""
        present = tuple(self._simulator.listener.connections)
        for connection in present:
            connection.close()
        return {"connections": len(present)}

    # What they have in common.

    def _counted(self, change: Callable[[], object]) -> Answer:
        before = self._simulator.hub.pushes
        change()
        return {"pushes": self._simulator.hub.pushes - before}

    def _told(self, begin: Callable[[], Call]) -> Answer:
        return _call(begin())

    def _with_call(self, number: str, act: Callable[[Call], None]) -> Answer:
        call = self._simulator.calls.find(number)
        act(call)
        return _call(call)

    @staticmethod
    def _happened(act: Callable[[], bool]) -> Answer:
        if not act():
            raise OperationError("there is no call that it could happen to")
        return {}


def _check_free(taken: User | None, person: User, what: str) -> None:
    if taken is not None and taken is not person:
        raise OfficeError(f"{what!r} is taken")


def _user(user: User) -> Answer:
    return {
        "login": user.login,
        "name": user.name,
        "numbers": list(user.numbers),
        "department": user.department and user.department.name,
        "line": user.line and user.line.number,
        "is_operator": user.is_operator,
        "web_api": user.may_use_web_api,
        "desktop_client": user.in_desktop_client,
        "redirects_to": user.redirects_to,
        **asdict(user.standing),
    }


def _call(call: Call) -> Answer:
    return {
        "call": call.id,
        "stage": call.stage,
        "caller": call.caller.number,
        "callee": call.callee.number,
    }
