"""The simulated offices: one row per telephone system, each a child process of the demo.

A further system is one more row: what its config flow is told, partly taken from the line of JSON
in which a simulator says where it listens and how to log in.
"""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import json
import sys
from typing import TYPE_CHECKING, Any

from . import live_requests, ports, process
from .control import tell
from .errors import DemoError
from .home_assistant import ROOT

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping
    from pathlib import Path

    from .api import Json
    from .process import Child


# Stands in an example for the number of somebody whose telephone rings when it is called.
SOMEBODY = "SOMEBODY"


def _reached(office: Json) -> tuple[str, str]:
    """Find somebody of a XiVO who is free, forwards no calls and may be disturbed."""
    for phone in office["phones"].values():
        user = office["users"][phone["user_id"]]
        features = user["features"]
        if not (phone["channels"] or features["enableunc"] or features["enablednd"]):
            return phone["number"], f"{user['firstname']} {user['lastname']}"
    raise DemoError("nobody of the simulated call centre can be called")


def _free(office: Json) -> tuple[str, str]:
    """Find somebody of an iSymphony Live server who is in no call."""
    [server] = office["servers"].values()
    for number, telephone in server["extensions"].items():
        if telephone["user"] and telephone["state"] == "NOT_INUSE" and not telephone["dnd"]:
            return number, telephone["name"]
    raise DemoError("nobody of the simulated branch office can be called")


@dataclass(frozen=True, slots=True)
class System:
    """How one telephone system is simulated, and how Home Assistant is told of it.

    Attributes:
        fields: those of its config flow's step that its simulator's line has by the same names.
        answers: the step's other fields.
        push: those fields of its step about a persistent connection; none, if there is no such step.
        choices: what is chosen in its options; all else there stays.
        groups: names for groups of which it tells the number only.
        posts: whether its simulator is told Home Assistant's address for notifications.
        options: what its simulator is told beside what all are told.
        extensions: how many it has, if it is not asked for.
        has_names: whether it knows its people's names, or numbers only.
        place: where its people sit, if it does not say that itself.
        icon: what stands for that place.
        accounts: the usernames of further accounts, whose owners' telephones can be set.
        desks: by name, of whom is shown all that can be set without an account; with a number to dial there,
            and whose it is.
        opening: what goes on there when it opens, as its control port calls it.
        hint: what a person can try on the dashboard.
        reached: finds whom a call reaches, in what its simulator has: the number and the name.
        examples: what a person may send to its control port, and what is seen then; SOMEBODY stands for
            the number of whom a call reaches, {somebody} for the name.
    """

    fields: tuple[str, ...]
    answers: Mapping[str, Any] = field(default_factory=dict)
    push: tuple[str, ...] = ()
    choices: Mapping[str, Any] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    posts: bool = False
    options: tuple[str, ...] = ()
    extensions: int | None = None
    has_names: bool = False
    place: str = ""
    icon: str = ""
    accounts: tuple[str, ...] = ()
    desks: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    opening: tuple[Json, ...] = ()
    hint: str = ""
    reached: Callable[[Json], tuple[str, str]] | None = None
    examples: tuple[tuple[str, Json], ...] = ()


SYSTEMS: Mapping[str, System] = {
    # First: Home Assistant takes its time to enable what is disabled at first.
    "xivo": System(
        fields=("host", "port", "username", "password"),
        answers={"encryption": "as_offered", "verify_ssl": True},
        options=("--agents", "6", "--queues", "3"),
        extensions=24,
        has_names=True,
        place="Call centre",
        icon="mdi:headset",
        accounts=("101", "102", "113", "115"),
        reached=_reached,
        hint='Page "Call centre": pause an agent, or switch the do-not-disturb of somebody with an account.',
        examples=(
            (
                "A customer calls the queue Sales",
                {"op": "ring", "caller": "0145550123", "called": "3001", "name": "Ada Martin"},
            ),
            (
                "Somebody calls {somebody}, whose telephone rings",
                {"op": "ring", "caller": "0145550177", "called": SOMEBODY},
            ),
            ("… who answers", {"op": "answer", "number": "0145550177"}),
            ("… and hangs up", {"op": "hang_up", "number": "0145550177"}),
        ),
    ),
    "oktell": System(
        fields=("host", "port", "username", "password"),
        answers={
            "authorization": "basic",
            "encryption": "none",
            "verify_ssl": True,
            "push": True,
        },
        push=("port", "username", "password"),
        # The service user, who has no number, is nobody to be shown.
        choices={"group_numbers": ["900", "901", "902"], "numbers": "1*"},
        groups={"900": "Sales", "901": "Support", "902": "Secretariat"},
        posts=True,
        extensions=18,
        has_names=True,
        place="Contact centre",
        icon="mdi:face-agent",
        accounts=("106", "109", "113"),
        hint='Page "Contact centre": press on a person to choose a state, or send somebody into a break.',
        examples=(
            (
                "A customer calls Мария Лебедева, whose telephone rings",
                {"op": "ring", "caller": "84951234567", "called": "106", "name": "Ada Martin"},
            ),
            (
                "Анна Борисова goes away",
                {"op": "set", "user": "100", "state": 3},
            ),
            (
                "The server has something to tell everybody",
                {"op": "notify", "kind": "notify", "text": "Backup finished", "sender": "Oktell"},
            ),
        ),
    ),
    "isymphony_live": System(
        fields=("host", "port", "username", "password"),
        answers={"encryption": "none", "verify_ssl": True},
        choices={"requests": {"templates": live_requests.TEMPLATES}},
        # Not the password that every new server has, of which Home Assistant would warn.
        options=("--agents", "4", "--queues", "3", "--password", "demo"),
        extensions=20,
        has_names=True,
        place="Branch office",
        icon="mdi:store",
        desks={"Jennifer Parker": ("101", "Doc Brown"), "Ana García": ("5003", "Support")},
        opening=(
            # Without a licence there is nothing to be seen of a user.
            {"op": "license", "user": "110", "on": True},
            {"op": "ring", "caller": "100", "called": "103"},
            {"op": "answer", "number": "103"},
            {"op": "ring", "caller": "15550142", "called": "107", "name": "Marty McFly"},
            {"op": "answer", "number": "107"},
            {"op": "hold", "number": "107"},
            {"op": "join", "room": "650", "number": "15550177", "name": "Lorraine Baines"},
            {"op": "join", "room": "650", "number": "111"},
        ),
        reached=_free,
        hint='Page "Branch office": choose a status, write a note, pause an agent, or have a telephone dial.',
        examples=(
            (
                "Doc Brown is at a training, and says so",
                {"op": "set", "user": "101", "status": "Training", "note": "Flux capacitors"},
            ),
            (
                "Somebody calls {somebody}, whose telephone rings",
                {"op": "ring", "caller": "15550199", "called": SOMEBODY, "name": "Ada Martin"},
            ),
            ("… and hangs up", {"op": "hang_up", "number": "15550199"}),
            (
                "Somebody comes into the conference room Main",
                {"op": "join", "room": "650", "number": "15550111", "name": "Ada Martin"},
            ),
            ("The server restarts, and gives everything new ids", {"op": "restart"}),
        ),
    ),
    "isymphony_status": System(
        fields=("host", "port"),
        hint='Page "Office": press on a person to choose a status; the simulated office gets it at once.',
        examples=(
            (
                "Anna Berg goes to lunch",
                {"op": "set", "extension": "100", "status": "Out to Lunch", "note": "Pizza!"},
            ),
        ),
    ),
}

START_SECONDS = 60.0
STOP_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Office:
    """A running simulated office, and what its simulator said about itself."""

    child: Child
    about: Json

    @property
    def system(self) -> str:
        """The telephone system that it simulates."""
        return str(self.about["system"])

    @property
    def row(self) -> System:
        """What there is to know of that telephone system."""
        return SYSTEMS[self.system]

    @property
    def flow_input(self) -> Json:
        """What a person types into the config flow to reach it."""
        return self._said(self.row.fields) | dict(self.row.answers)

    @property
    def push_input(self) -> Json:
        """What a person types in about the persistent connection."""
        return self._said(self.row.push)

    @property
    def choices(self) -> Json:
        """What a person chooses in the options."""
        return dict(self.row.choices)

    @property
    def access(self) -> str:
        """How a person would set it up by hand, in one line."""
        about = self.about
        line = f"{self.system}: host {about['host']}, port {about['port']}"
        if about["username"] is not None:
            line += f", username {about['username']}, password {about['password']}"
        if self.row.accounts:
            line += f"; further accounts: an extension's number, and {about['password']}"
        return line

    def examples(self) -> list[tuple[str, Json]]:
        """Return what to send and what is seen then, with somebody whom a call reaches now."""
        if self.row.reached is None:
            return list(self.row.examples)
        number, name = self.row.reached(tell(self.about, "dump"))
        return [
            (
                what.format(somebody=f"{name} ({number})"),
                {key: number if value == SOMEBODY else value for key, value in operation.items()},
            )
            for what, operation in self.row.examples
        ]

    @property
    def accounts(self) -> list[Json]:
        """What a person types in for each further account."""
        password = self.about["password"]  # everyone's
        return [{"username": name, "password": password} for name in self.row.accounts]

    def _said(self, names: tuple[str, ...]) -> Json:
        return {name: self.about[name] for name in names}


@asynccontextmanager
async def running(
    system: str, folder: Path, *, extensions: int, scenario: str, remembered: Json
) -> AsyncGenerator[Office]:
    """Run one simulated office, where it was the last time if those ports are still free."""
    row = SYSTEMS[system]
    command = [
        *(sys.executable, "-m", "simulators", system),
        *("--host", ports.HOST, "--port", str(_port(remembered, "port"))),
        *("--control-port", str(_port(remembered, "control_port"))),
        *("--extensions", str(row.extensions or extensions), "--scenario", scenario),
        *row.options,
        "--until-eof",
    ]
    async with process.running(
        f"the simulated office ({system})",
        command,
        log=folder / f"{system}.log",
        cwd=ROOT,
        stop_seconds=STOP_SECONDS,
        speaks=True,
    ) as child:
        office = Office(child, _about(system, await child.first_line(START_SECONDS)))
        for operation in row.opening:
            await asyncio.to_thread(tell, office.about, **operation)
        yield office


def _about(system: str, line: bytes) -> Json:
    try:
        about: Json = json.loads(line)
    except ValueError:
        raise DemoError(
            f"the simulator of {system} did not say where it listens: {line!r}"
        ) from None
    return about


def _port(remembered: Json, name: str) -> int:
    port = int(remembered.get(name, 0))
    return port if port and ports.is_free(port) else 0
