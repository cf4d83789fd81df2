"""A client of the CTI server that knows JSON and the log-in, and nothing else."""

from hashlib import sha1
import json
from typing import Any

from tests.simulators.wire import LineClient

type Message = dict[str, Any]


class XivoClient(LineClient):
    """Sends and receives objects."""

    def say(self, name: str, **members: Any) -> None:
        """Send a message of a class."""
        self.send(json.dumps({"class": name, **members}).encode() + b"\n")

    def command(self, name: str, **members: Any) -> None:
        """Send an IPBX command."""
        self.say("ipbxcommand", command=name, **members)

    async def next(self) -> Message:
        """Return the next message, without its time and the server's name."""
        message = json.loads(await self.line())
        assert isinstance(message.pop("timenow", 0.0), float)
        message.pop("tipbxid", None)
        return message

    async def of(self, name: str) -> Message:
        """Return the next message of a class, passing over all others."""
        while (message := await self.next())["class"] != name:
            pass
        return message

    async def all(self) -> list[Message]:
        """Return all that comes before the answer to a question asked now."""
        self.say("keepalive", commandid="all")
        messages = [await self.next()]
        while messages[-1].get("replyid") != "all":
            messages.append(await self.next())
        return messages[:-1]

    async def pushed(self, listname: str) -> list[tuple[Any, Any]]:
        """Return what was pushed of a list until now: id and config or status."""
        return [
            (each.get("tid"), each.get("config", each.get("status", each.get("list"))))
            for each in await self.all()
            if each.get("listname") == listname
        ]

    async def get(self, listname: str, tid: str, function: str = "updatestatus") -> Any:
        """Ask for an object's status or config."""
        await self.all()
        self.say("getlist", function=function, listname=listname, tid=tid)
        answer = await self.next()
        return answer["status" if function == "updatestatus" else "config"]

    async def identify(self, login: str, version: str = "1.2") -> Message:
        """Send `login_id`; return the answer."""
        self.say(
            "login_id",
            commandid=1,
            company="default",
            ident="test",
            userlogin=login,
            xivoversion=version,
        )
        return await self.of("login_id")

    async def log_in(self, login: str, password: str, state: str = "") -> Message:
        """Log in by protocol 1.2, by default without a change of presence."""
        session = (await self.identify(login))["sessionid"]
        proof = sha1(f"{session}:{password}".encode()).hexdigest()  # noqa: S324 - the protocol's
        self.say("login_pass", commandid=2, hashedpassword=proof)
        (profile,) = (await self.of("login_pass"))["capalist"]
        self.say(
            "login_capas",
            commandid=3,
            capaid=profile,
            loginkind="user",
            lastconnwins=False,
            state=state,
        )
        return await self.of("login_capas")

    async def is_dropped(self) -> bool:
        """Tell whether the connection ends without a further word."""
        return await self.rest() == b""
