"""A further telephone system takes a folder, a row and its words, and nothing else: here is one.

`TinySystem` is what stands in a system's folder; it speaks a protocol of its own, over a real socket, with
`TinyServer`. One row registers it. All else that happens here is the integration's own: forms, devices,
entities, actions. docs/adding-a-system.md tells how a real one is added.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
import json
import re
from typing import Any, ClassVar, Self, override

from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.office_cti.const import DOMAIN
from custom_components.office_cti.telephony import SYSTEMS
from custom_components.office_cti.telephony.confirming import watched
from custom_components.office_cti.telephony.connection import Connection
from custom_components.office_cti.telephony.model import (
    Extension,
    Feature,
    ObjectId,
    Status,
    StatusList,
)
from custom_components.office_cti.telephony.status_kinds import guess_kind
from custom_components.office_cti.telephony.system import (
    AuthenticationFailed,
    ConnectionLost,
    LoginRefused,
    Means,
    NotConfirmed,
    NotThere,
    SystemSettings,
    TelephoneSystem,
)

from . import test_translations
from .common import state_of, until
from .test_translations import FOLDER

# --- the telephone system ----------------------------------------------------------------------

STATUSES: ObjectId = ("statuses",)
NAMES = ("Available", "Out to lunch")


class OutOfHours(LoginRefused):
    """The server lets nobody in at night: an error that no other system has."""

    key = "out_of_hours"


class TinyLink:
    """One connection: lines of words with ";" between them, in both directions."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        on_told: Callable[[list[str]], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self.last_received = self._loop.time()
        self._reader, self._writer = reader, writer
        self._on_told = on_told
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, settings: SystemSettings, on_told: Callable[[list[str]], None]) -> Self:
        link = cls(*await asyncio.open_connection(settings.host, settings.port), on_told)
        try:
            await link.greet(settings)
        except BaseException:
            link.abort()
            raise
        return link

    async def greet(self, settings: SystemSettings) -> None:
        assert settings.credentials
        self.say("hello", settings.credentials.username, settings.credentials.password)
        match await self.hear():
            case ["no"]:
                raise AuthenticationFailed
            case ["closed"]:
                raise OutOfHours

    def say(self, *words: str) -> None:
        self._writer.write(";".join(words).encode() + b"\n")

    async def hear(self) -> list[str]:
        line = await self._reader.readline()
        if not line:
            raise ConnectionLost
        self.last_received = self._loop.time()
        return line.decode().strip().split(";")

    def begin(self) -> None:
        """Hand on what is told from now on."""
        self._reading = self._loop.create_task(self._read())

    async def _read(self) -> None:
        try:
            while True:
                self._on_told(await self.hear())
        except ConnectionLost:
            self.abort()

    async def probe(self) -> None:
        self.say("ping")

    async def leave(self) -> None:
        self.say("bye")
        await self._writer.drain()

    def abort(self) -> None:
        self._writer.close()
        if self._reading is not None:
            self._reading.cancel()
        if not self.closed.done():
            self.closed.set_result(None)


class TinySystem(TelephoneSystem):
    """A telephone system whose people have a status, and that can be asked to change it."""

    key: ClassVar[str] = "tiny"
    name: ClassVar[str] = "Tiny Office"
    manufacturer: ClassVar[str] = "Tiny"
    default_port: ClassVar[int] = 4242
    has_login: ClassVar[bool] = True
    features: ClassVar[Mapping[Feature, Means]] = {
        Feature.STATUS: Means.SERVER,
        Feature.SET_STATUS: Means.SERVER,
    }

    def __init__(self, settings: SystemSettings) -> None:
        super().__init__(settings)
        self._link: TinyLink | None = None
        self._connection = Connection(
            self._open,
            on_live=self._went_live,
            on_lost=self._went_away,
            on_refused=lambda _: self.on_refused(None),
        )

    @override
    async def start(self) -> None:
        await self._connection.start()

    @override
    async def stop(self) -> None:
        self._grace.end()
        await self._connection.stop()

    async def _open(self) -> TinyLink:
        link = self._link = await TinyLink.open(self.settings, self._told)
        people: dict[ObjectId, Extension] = {}
        while (words := await link.hear()) != ["all"]:
            extension = self._extension(*words)
            people[extension.id] = extension
        statuses = StatusList(id=STATUSES, statuses=tuple(map(_status, NAMES)))
        self.directory.status_lists.put(statuses)
        self.directory.extensions.replace_all(people)
        self.directory.complete = True
        link.begin()
        return link

    def _extension(self, number: str, name: str, status: str) -> Extension:
        return Extension(
            id=(number,),
            number=number,
            name=name,
            status_list=STATUSES,
            features=frozenset(self.features),
            status=_status(status),
        )

    def _told(self, words: list[str]) -> None:
        self.directory.extensions.put(self._extension(*words))

    @override
    async def set_status(self, extension: Extension, status: str) -> None:
        record = self.directory.extensions.get(extension.id)
        if record is None or self._link is None:
            raise NotThere(name=str(extension))
        wanted = self.offered_status(extension, status)
        with watched(record, {"status"}, lambda: record.object.status == wanted) as shown:
            self._link.say("set", extension.number, status)
            await asyncio.wait((shown,), timeout=5)
        if not shown.done():
            raise NotConfirmed


def _status(name: str) -> Status:
    return Status(name, guess_kind(name))


# --- its server --------------------------------------------------------------------------------


class TinyServer:
    """Somebody who speaks the other side; `said` is what it has heard."""

    def __init__(self) -> None:
        self.people = {"100": ["Anna", "Available"]}
        self.is_open = True
        self.said: list[list[str]] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(*words: str) -> None:
            writer.write(";".join(words).encode() + b"\n")

        async for line in reader:
            words = line.decode().strip().split(";")
            self.said.append(words)
            match words:
                case ["hello", _, _] if not self.is_open:
                    say("closed")
                case ["hello", "watcher", "look"]:
                    say("yes")
                    for number, person in self.people.items():
                        say(number, *person)
                    say("all")
                case ["hello", _, _]:
                    say("no")
                case ["set", number, status]:
                    self.people[number][1] = status
                    say(number, *self.people[number])
        writer.close()


# --- what comes of it --------------------------------------------------------------------------


@pytest.fixture
async def server() -> AsyncIterator[TinyServer]:
    async with TinyServer() as server:
        yield server


@pytest.fixture(autouse=True)
def row(monkeypatch: pytest.MonkeyPatch) -> None:
    """The row that a telephone system takes."""
    monkeypatch.setitem(SYSTEMS, TinySystem.key, TinySystem)  # type: ignore[arg-type]


async def choose(hass: Any) -> Any:
    """Choose it, as a person does."""
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert "tiny" in flow["data_schema"].schema["system"].config["options"]
    return await hass.config_entries.flow.async_configure(flow["flow_id"], {"system": "tiny"})


async def fill_in(hass: Any, flow: Any, server: TinyServer, password: str = "look") -> Any:  # noqa: S107
    answers = {"host": "127.0.0.1", "port": server.port}
    answers |= {"username": "watcher", "password": password}
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], answers)
    await hass.async_block_till_done()
    return flow


async def test_it_is_set_up_shows_somebody_and_takes_a_command(hass, server):
    flow = await choose(hass)
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "tiny")
    assert list(map(str, flow["data_schema"].schema)) == ["host", "port", "username", "password"]
    assert flow["description_placeholders"] == {"default_port": "4242"}
    flow = await fill_in(hass, flow, server)
    assert (flow["type"], flow["title"]) == (
        FlowResultType.CREATE_ENTRY,
        f"Tiny 127.0.0.1:{server.port}",
    )
    assert flow["result"].state is ConfigEntryState.LOADED

    assert state_of(hass, "sensor.anna_presence") == "available"
    assert state_of(hass, "select.anna_status") == "Available"
    assert hass.states.get("select.anna_status").attributes["options"] == [*NAMES]

    target = {"entity_id": "select.anna_status"}
    await hass.services.async_call(
        "select", "select_option", {"option": "Out to lunch"}, target=target, blocking=True
    )
    assert server.said[-1] == ["set", "100", "Out to lunch"]
    await until(lambda: state_of(hass, "sensor.anna_presence") == "away")
    await hass.services.async_call(
        DOMAIN, "set_status", {"status": "available"}, target=target, blocking=True
    )
    assert server.people["100"] == ["Anna", "Available"]

    assert await hass.config_entries.async_unload(flow["result"].entry_id)
    await until(lambda: server.said[-1] == ["bye"])


async def test_what_goes_wrong_is_told_in_its_own_words(hass, server):
    flow = await fill_in(hass, await choose(hass), server, password="guess")
    assert flow["errors"] == {"password": "invalid_auth"}
    server.is_open = False
    flow = await fill_in(hass, flow, server)
    assert flow["errors"] == {"base": "out_of_hours"}
    server.is_open = True
    flow = await fill_in(hass, flow, server)
    assert flow["type"] is FlowResultType.CREATE_ENTRY


# What stands in each language's file for it.
STEP = {
    "title": "Tiny Office server",
    "description": "One that nobody has.",
    "data": {"host": "Host", "port": "Port", "username": "Username", "password": "Password"},
    "data_description": {
        "host": "Where it is.",
        "port": "Where it listens.",
        "username": "Who looks.",
        "password": "What proves it.",
    },
}


def test_all_the_words_that_it_takes_are_a_choice_and_a_step():
    words = json.loads((FOLDER / "translations" / "en.json").read_text())
    checks = (test_translations.test_selectors, test_translations.test_flows)
    for check in checks:
        with pytest.raises((AssertionError, KeyError)):
            check(words)
    words["selector"]["system"]["options"]["tiny"] = "Tiny Office"
    words["config"]["step"]["tiny"] = STEP
    for check in checks:
        check(words)


def test_nobody_else_knows_a_telephone_system_by_its_name():
    """But for the table, and the words."""
    table = FOLDER / "telephony" / "__init__.py"
    folders = {table.parent / key for key in SYSTEMS if key != TinySystem.key}
    assert all(each.is_dir() for each in folders)
    named = re.compile("isymphony|oktell|xivo", re.IGNORECASE)
    for path in FOLDER.rglob("*.py"):
        if folders.isdisjoint(path.parents) and path != table:
            assert not named.search(path.read_text(encoding="utf-8")), path.name


# --- what the documentation says ---------------------------------------------------------------

DOCS = FOLDER.parents[1] / "docs"
PAGE = (DOCS / "adding-a-system.md").read_text(encoding="utf-8")


def told(head: str) -> set[str]:
    """Return the words in code of the first column of the table that begins so."""
    rows = PAGE.split(f"\n| {head} |")[1].split("\n\n")[0].splitlines()[2:]
    return {word for row in rows for word in re.findall(r"`([\w.]+)`", row.split("|")[1])}


def test_every_file_of_the_example_is_told_of():
    folder = FOLDER / "telephony" / "isymphony_live"
    assert told("File") == {path.name for path in folder.glob("*.py")}


def test_everything_that_a_class_declares_is_told_of():
    assert told("Attribute") == set(TelephoneSystem.__annotations__)


def test_what_stands_one_level_up_is_told_of():
    rows = PAGE.split("\n| For |")[1].split("\n\n")[0]
    shared = {path.stem for path in (FOLDER / "telephony").glob("*.py")}
    core = {"__init__", "directory", "model", "system"}
    assert set(re.findall(r"`(\w+)`", rows)) == shared - core


def test_every_path_and_link_leads_somewhere():
    root = DOCS.parent
    for path in re.findall(r"`((?:simulators|tests|demo|benchmarks|docs)/[\w/.-]+)`", PAGE):
        assert (root / path).exists(), path
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", PAGE):
        assert (DOCS / link).is_file(), link
