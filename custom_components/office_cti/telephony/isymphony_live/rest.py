"""An iSymphony Live server's REST interface: one method for each of its resources, with typed results.

    what is wanted ──requests──▶ Request ──http──▶ body ──resources──▶ what there is

A core server, a user, an extension or a queue is found by its id or by its name. What the server answers with
404 it does not have: then there is nothing, or none of them. At most `REQUESTS` are under way at once. What
acts is never sent again by itself.

Source: the vendor's pages "REST API Documentation" (statuses) and "Live API" (one page per resource). Two of
its paths say `user` and `agent` where all others say `users` and `agents`: both are tried. Those of call
segments are cut off in all that is public: they are taken to be called as everything else is.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import aiohttp

from ..http import UNAUTHORIZED, HttpServer, basic, is_well, whole
from ..readers import Reader
from ..system import (
    AddressOrCredentialsRefused,
    NotThisSystem,
    Refused,
    RequestTemplate,
    SystemSettings,
)
from . import requests, resources
from .requests import Id, Key, Request, Value
from .resources import (
    BODY_LIMIT,
    AgentStatistics,
    BodyError,
    CallSegment,
    ConferenceRoom,
    CoreServer,
    Extension,
    Queue,
    QueueAgent,
    Status,
    User,
)

# Requests at once.
REQUESTS = 6
TIME_LIMIT = 10.0  # seconds
# Characters of a server's reason for a refusal that are handed on.
REASON_LENGTH = 200

_NOT_FOUND = 404
_CORES = "coreServers"
_CALLS = "callSegments"


class _Spellings(NamedTuple):
    """How the docs write a word in one place, and how they do everywhere else."""

    words: tuple[str, ...]


_OF_USER = _Spellings(("user", "users"))
_OF_AGENT = _Spellings(("agent", "agents"))

type _Step = str | Key | _Spellings


class LiveClient:
    """Asks one server, and has it do things.

    All methods raise TelephonyError:
        AddressOrCredentialsRefused: the server lets nobody ask from here, or not as who we are.
        CannotConnect, EncryptionFailed: it is not reached.
        NoAnswer: it did not answer in time; what was to happen may have happened.
        ConnectionLost: the same, where the connection ended; only for what acts.
        Refused: it said no, or what it said cannot be read. Value: `reason`.
        NotThisSystem: that cannot be read, and nothing that it ever said could.
        InvalidText: what a person typed cannot be asked; nothing was sent. PathNotAllowed is one of these.

    Args:
        settings: the server; its session must be there.
        count_oddity: told what kind of answer could not be read.
    """

    def __init__(self, settings: SystemSettings, *, count_oddity: Callable[[str], None]) -> None:
        self._server = HttpServer(settings, count_oddity)
        self._settings = settings
        self._count_oddity = count_oddity
        self._slots = asyncio.Semaphore(REQUESTS)
        # How many lists there were of which something could not be read.
        self.partly_read = 0
        # The spelling that has worked, where there are two.
        self._spelled: dict[_Spellings, str] = {}

    # --- core servers, users, extensions -------------------------------------------------------

    async def core_servers(self) -> tuple[CoreServer, ...]:
        """Return the core servers.

        Raises:
            NotThisSystem: there is no such list, as before 3.2; then there is nothing else to ask for.
        """
        found = await self._get(resources.core_servers, _CORES)
        if found is None:
            raise NotThisSystem(host=self._settings.host)
        return found

    async def core_server(self, core: Key) -> CoreServer | None:
        """Return a core server."""
        return await self._get(resources.core_server, _CORES, core)

    async def users(self, core: Key) -> tuple[User, ...]:
        """Return the users of a core server."""
        return await self._all(resources.users, _CORES, core, "users")

    async def user(self, core: Key, user: Key) -> User | None:
        """Return a user."""
        return await self._get(resources.user, _CORES, core, "users", user)

    async def status(self, core: Key, user: Key) -> Status | None:
        """Return a user's status; one without a licence has none."""
        return await self._get(resources.status, _CORES, core, "users", user, "status")

    async def extensions(self, core: Key) -> tuple[Extension, ...]:
        """Return the extensions of those who have a licence."""
        return await self._all(resources.extensions, _CORES, core, "extensions")

    async def extensions_of_user(self, core: Key, user: Key) -> tuple[Extension, ...]:
        """Return a user's extensions."""
        return await self._all(resources.extensions, _CORES, core, _OF_USER, user, "extensions")

    async def extension(self, core: Key, extension: Key) -> Extension | None:
        """Return an extension."""
        return await self._get(resources.extension, _CORES, core, "extensions", extension)

    # --- queues and agents ---------------------------------------------------------------------

    async def queues(self, core: Key) -> tuple[Queue, ...] | None:
        """Return the queues that are enabled; None where there are no such, or not such a core server."""
        return await self._get(resources.queues, _CORES, core, "queues")

    async def queue(self, core: Key, queue: Key) -> Queue | None:
        """Return a queue."""
        return await self._get(resources.queue, _CORES, core, "queues", queue)

    async def agents(self, core: Key, queue: Key) -> tuple[QueueAgent, ...] | None:
        """Return who takes calls of a queue; None where the queue is not there."""
        return await self._get(resources.agents, _CORES, core, "queues", queue, "agents")

    async def agents_of_extension(self, core: Key, extension: Key) -> tuple[QueueAgent, ...] | None:
        """Return as whom calls of queues are taken at an extension: one agent for each queue."""
        return await self._get(resources.agents, _CORES, core, "extensions", extension, "agents")

    async def agent(self, core: Key, queue: Key, agent_id: str) -> QueueAgent | None:
        """Return an agent of a queue."""
        steps = (_CORES, core, "queues", queue, "agents", Id(agent_id))
        return await self._get(resources.agent, *steps)

    async def extension_of_agent(self, core: Key, queue: Key, agent_id: str) -> Extension | None:
        """Return the extension at which an agent of a queue takes calls."""
        steps = (_CORES, core, "queues", queue, _OF_AGENT, Id(agent_id), "extension")
        return await self._get(resources.extension, *steps)

    async def statistics(self, core: Key, queue: Key, agent_id: str) -> AgentStatistics | None:
        """Return how an agent of a queue did."""
        steps = (_CORES, core, "queues", queue, _OF_AGENT, Id(agent_id), "statistics")
        return await self._get(resources.statistics, *steps)

    # --- calls and conferences -----------------------------------------------------------------

    async def calls_of_extension(self, core: Key, extension: Key) -> tuple[CallSegment, ...] | None:
        """Return the call segments of an extension; None where the server does not tell them so."""
        steps = (_CORES, core, "extensions", extension, _CALLS)
        return await self._get(resources.call_segments, *steps)

    async def calls_of_queue(self, core: Key, queue: Key) -> tuple[CallSegment, ...] | None:
        """Return the call segments of a queue; None where the server does not tell them so."""
        steps = (_CORES, core, "queues", queue, _CALLS)
        return await self._get(resources.call_segments, *steps)

    async def calls_related(
        self, core: Key, extension: Key, segment_id: str
    ) -> tuple[CallSegment, ...] | None:
        """Return the other sides of an extension's call; None where the server does not tell them so."""
        steps = (_CORES, core, "extensions", extension, _CALLS, Id(segment_id), _CALLS)
        return await self._get(resources.call_segments, *steps)

    async def calls_of_conference_room(
        self, core: Key, room: Key
    ) -> tuple[CallSegment, ...] | None:
        """Return the call segments in a conference room; no page says that there is such a path."""
        steps = (_CORES, core, "conferences", room, _CALLS)
        return await self._get(resources.call_segments, *steps)

    async def conference_rooms(self, core: Key) -> tuple[ConferenceRoom, ...]:
        """Return the conference rooms; a server before 3.3 has none."""
        return await self._all(resources.conference_rooms, _CORES, core, "conferences")

    async def conference_room(self, core: Key, room: Key) -> ConferenceRoom | None:
        """Return a conference room."""
        return await self._get(resources.conference_room, _CORES, core, "conferences", room)

    # --- what a site's own documentation knows -------------------------------------------------

    async def send(self, template: RequestTemplate, values: Mapping[str, Value]) -> Any:
        """Send what a template says, and return the answer (JSON, or a text), if there is one.

        Args:
            template: the request; names in braces stand for values.
            values: by these names.

        Raises:
            PathNotAllowed, TextTooLong, InvalidText: what comes about cannot be sent.
        """
        return await self._free(requests.filled(template, values))

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request to a path below the Live root, and return the answer (JSON, or a text).

        Args:
            method: GET, POST, PUT or DELETE.
            path: below the Live root; a query is kept.
            body: JSON, if there is any.

        Raises:
            PathNotAllowed: the path leaves the Live root, however it is written.
        """
        return await self._free(requests.free(method, path, body))

    # --- asking --------------------------------------------------------------------------------

    async def _all[T](self, reader: Reader[tuple[T, ...]], *steps: _Step) -> tuple[T, ...]:
        found = await self._get(reader, *steps)
        return () if found is None else found

    async def _get[T](self, reader: Reader[T], *steps: _Step) -> T | None:
        """Ask for a resource; where it is spelled in two ways, until one of them is there."""
        for word in self._words(steps):
            spelled = [word if isinstance(step, _Spellings) else step for step in steps]
            body = await self._body(requests.get(*spelled))
            if body is not None:
                self._spelled |= {step: word for step in steps if isinstance(step, _Spellings)}
                about = "/".join(step for step in spelled if isinstance(step, str))
                return self._read(body, reader, about)
        return None

    def _words(self, steps: tuple[_Step, ...]) -> tuple[str, ...]:
        """Return what the word may be that is spelled in two ways; without one, it does not matter."""
        for step in steps:
            if isinstance(step, _Spellings):
                return (self._spelled[step],) if step in self._spelled else step.words
        return ("",)

    def _read[T](self, body: bytes, reader: Reader[T], about: str) -> T:
        try:
            found = resources.read(body, reader)
        except BodyError as error:
            raise self._server.unreadable(about, str(error)) from None
        for problem in found.problems:
            self._count_oddity(f"{about}: {problem}")
        self._server.is_recognized = True
        self.partly_read += bool(found.problems) and type(found.value) is tuple
        return found.value

    async def _body(self, request: Request) -> bytes | None:
        """Ask, and return what comes; None is what the server does not have."""
        async with self._slots:
            with self._server.translated("a resource"):
                async with await self._sent(request) as response:
                    if response.status == _NOT_FOUND:
                        return None
                    await _check(response)
                    return await self._server.body(response, BODY_LIMIT, "a resource")

    async def _free(self, request: Request) -> Any:
        """Send what a person wants sent, and return what comes."""
        async with self._slots:
            with self._server.translated("a request", acts=request.acts):
                async with await self._sent(request) as response:
                    await _check(response)
                    body = await self._server.body(response, BODY_LIMIT, "a request")
        try:
            return resources.parsed(body)
        except BodyError:
            return body.decode(errors="replace")

    async def _sent(self, request: Request) -> aiohttp.ClientResponse:
        headers = {"Accept": "application/json"} | basic(self._settings.credentials)
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        return await self._server.send(
            request.method,
            self._server.url(request.path, request.query),
            limit=TIME_LIMIT,
            headers=headers,
            data=request.body,
            acts=request.acts,
        )


async def _check(response: aiohttp.ClientResponse) -> None:
    """Raise what the status says, unless it says that all is well."""
    if response.status in UNAUTHORIZED:
        raise AddressOrCredentialsRefused
    if not is_well(response):
        raise Refused(reason=f"HTTP {response.status}{await _told(response)}")


async def _told(response: aiohttp.ClientResponse) -> str:
    """Return what the server says in words of why it refuses something, if it does, and briefly."""
    try:
        said = (await whole(response, REASON_LENGTH * 4)).decode(errors="replace")
    except Refused:
        return ""
    said = " ".join(said.split())
    if not said or said.startswith("<") or len(said) > REASON_LENGTH or not said.isprintable():
        return ""
    return f": {said}"
