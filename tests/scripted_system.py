"""A telephone system that has what a test gives it, and keeps the commands that reach it.

`ScriptedOffice` is the server's side, which outlives a reload: the objects that are there, who may log
in, what goes wrong. `ScriptedSystem` is a TelephoneSystem like any other, but without a wire: what a
test changes in the office is in its directory at once. A test asks for the fixtures `scripted_office`
and `scripted` (an entry that is set up), or `scripted_entry` (one that is not yet). `ScriptedWebSystem` is
the same server, reached as a web server is: by requests, and a persistent connection beside them.
`ScriptedApiSystem` takes requests that a person describes.

    async def test_a_press_ends_the_calls(hass, scripted_office, scripted):
        scripted_office.put(Extension(id=("1",), number="100", features=frozenset({Feature.HANG_UP})))
        await hass.async_block_till_done()
        ...
        assert scripted_office.commands == [("hang_up", {"extension": ("1",)})]
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import iscoroutinefunction, signature
from types import MappingProxyType
from typing import Any, NamedTuple, override

from custom_components.office_cti.telephony.directory import Record, Table
from custom_components.office_cti.telephony.isymphony_live import IsymphonyLiveSystem
from custom_components.office_cti.telephony.model import (
    Agent,
    Conference,
    Extension,
    Feature,
    Group,
    ObjectId,
    Queue,
    RemoteFile,
    Server,
    TelephonyEvent,
    TelephonyObject,
)
from custom_components.office_cti.telephony.system import (
    PUSH,
    AccountInfo,
    AuthenticationFailed,
    Authorization,
    Credentials,
    Encryption,
    RequestTemplate,
    SystemSettings,
    TelephoneSystem,
    TelephonyError,
)

# What the server tells of itself; whether it is connected, the system knows.
_TOLD_BY_SERVER = ("features", "suspended", "version", "license")

# What belongs to the system itself and is no command.
_LIFE = frozenset({"start", "stop", "set_accounts", "check_account"})


class Command(NamedTuple):
    """A command that reached the system: objects among its arguments are told by their ids."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who may log in: the password, the extension's id, and the name.

    `gives` is what the extension can do only over this person's own connection: a further account.
    """

    password: str
    user: ObjectId
    name: str
    gives: frozenset[Feature] = frozenset()


@dataclass
class ScriptedOffice:
    """What the server has, and what it does with commands.

    Attributes:
        logins: who may log in, by username; with none, everybody may, with any password or none. The
            server's one password is that of the username "".
        commands: what has reached the system, refused or not, in order.
        describable: what could be done with somebody, by id, if the request for it were described.
        login_errors: what happens to who logs in and is known, by username.
        logged_in: who has logged in or tried to, in order, by username.
        errors: what commands, and `start` and `check_account`, raise from now on, by name.
        answers: what commands return, by name; or functions of the command's arguments that tell.
        away: usernames of accounts that have no connection now.
        refused_post: what stands in a post that is none.
        is_complete: whether what is not there is known not to be there.
        may_be_absent: of which kinds that is never known.
        elsewhere: what other servers have, by host.
        running: the telephone systems that run; the forms of the set-up start one beside the entry's.
    """

    logins: dict[str, Login] = field(default_factory=dict)
    describable: dict[ObjectId, frozenset[Feature]] = field(default_factory=dict)
    commands: list[Command] = field(default_factory=list)
    errors: dict[str, TelephonyError] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    login_errors: dict[str, TelephonyError] = field(default_factory=dict)
    logged_in: list[str] = field(default_factory=list)
    away: set[str] = field(default_factory=set)
    refused_post: bytes = b"\0nonsense"
    is_complete: bool = True
    may_be_absent: frozenset[type[TelephonyObject]] = frozenset()
    elsewhere: dict[str, ScriptedOffice] = field(default_factory=dict)
    running: list[ScriptedSystem] = field(default_factory=list)
    _objects: dict[tuple[type, ObjectId], TelephonyObject] = field(default_factory=dict)

    @property
    def system(self) -> ScriptedSystem | None:
        """The telephone system that runs, if one does."""
        return self.running[-1] if self.running else None

    def objects(self) -> list[TelephonyObject]:
        """Return all that is there."""
        return list(self._objects.values())

    def put(self, *objects: TelephonyObject) -> None:
        """Have these objects, in the place of those that had their ids."""
        for each in objects:
            self._objects[type(each), each.id] = each
            if self.system:
                self.system.show(each)

    def change[T: TelephonyObject](self, known: T, **changes: object) -> T:
        """Change fields of an object, whatever else of it has changed since; returns it as it is now."""
        now = self.get(known).with_changes(changes)
        if now.id == known.id:
            self.put(now)
            return now
        self._objects[type(now), now.id] = now
        del self._objects[type(known), known.id]
        if self.system:
            del changes["id"]
            self.system.table(type(now)).rename(self.record(known), now.id, **changes)
        return now

    def remove(self, *known: TelephonyObject) -> None:
        """Have these objects no longer."""
        for each in known:
            del self._objects[type(each), each.id]
            if self.system:
                self.system.table(type(each)).remove(self.record(each))

    def get[T: TelephonyObject](self, known: T) -> T:
        """Return an object as it is now."""
        now = self._objects[type(known), known.id]
        assert isinstance(now, type(known))
        return now

    def tell(self, known: TelephonyObject, event: TelephonyEvent) -> None:
        """Have something happen to an object that is over at once."""
        self.record(known).tell_event(event)

    def record(self, known: TelephonyObject) -> Record[Any]:
        """Return an object's place in the directory of the system that runs."""
        assert self.system is not None
        if isinstance(known, Server):
            return self.system.directory.server
        record = self.system.table(type(known)).get(known.id)
        assert record is not None, known.id
        return record

    def go_away(self) -> None:
        """Interrupt the connection; the grace period runs as in any system."""
        assert self.system is not None
        self.system.interrupt()

    def come_back(self) -> None:
        """Have the connection again, and with it what is there now."""
        assert self.system is not None
        self.system.read()


class ScriptedSystem(TelephoneSystem):
    """A telephone system whose server is a ScriptedOffice."""

    key = "scripted"
    name = "Scripted System"
    manufacturer = "Script"
    default_port = 4711
    default_tls_port = 4712
    kinds = (Extension, Agent, Queue, Conference, Group)
    tells_local_times = True
    has_login = True
    has_accounts = True
    encryptions = (Encryption.AS_OFFERED, Encryption.STARTTLS, Encryption.TLS, Encryption.TLS_1_0)

    # Set anew for each test, by the fixture `scripted_office`.
    office: ScriptedOffice

    def __init__(self, settings: SystemSettings) -> None:
        super().__init__(settings)
        self.office = self.office.elsewhere.get(settings.host, self.office)
        self.accounts: Mapping[str, Credentials] = {}
        self._user: ObjectId | None = None

    @override
    async def start(self) -> None:
        self._raise_if_told("start")
        if self.settings.credentials:
            self._user = self._log_in(self.settings.credentials).user
        if self.settings.push:  # requests log nobody in
            self._user = self._log_in_for_push(self.settings.push.credentials).user
        self.office.running.append(self)
        self.read()
        await self.set_accounts(self.settings.accounts)

    @override
    async def stop(self) -> None:
        self._grace.end()
        if self in self.office.running:
            self.office.running.remove(self)

    @override
    async def set_accounts(self, accounts: Mapping[str, Credentials]) -> None:
        before, self.accounts = self.accounts, dict(accounts)
        for key, credentials in accounts.items():
            if before.get(key) != credentials:
                try:
                    self._log_in(credentials)
                except AuthenticationFailed:
                    self.on_refused(key)
        for each in self.office.objects():
            self.show(each)

    @override
    async def fetch_file(self, file: RemoteFile) -> AsyncGenerator[bytes]:
        """Give the pieces that the office says, or what it answers for this file."""
        self.office.commands.append(Command("fetch_file", {"file": file}))
        self._raise_if_told("fetch_file")
        answer = self.office.answers.get("fetch_file", ())
        for piece in answer(file) if callable(answer) else answer:
            yield piece

    @property
    @override
    def user(self) -> ObjectId | None:
        return self._user

    @property
    @override
    def connected_accounts(self) -> int:
        return sum(
            self._is_let_in(each) and each.username not in self.office.away
            for each in self.accounts.values()
        )

    @override
    def given_by_account(self, known: TelephonyObject) -> frozenset[Feature]:
        logins = self.office.logins.values()
        return frozenset().union(*(each.gives for each in logins if each.user == known.id))

    @override
    def given_by_request(self, known: TelephonyObject) -> frozenset[Feature]:
        return self.office.describable.get(known.id, frozenset())

    @override
    async def check_account(self, credentials: Credentials) -> AccountInfo:
        self._raise_if_told("check_account")
        return self._log_in(credentials)

    @override
    def take_post(self, body: bytes, user: str | None) -> None:
        self.office.commands.append(Command("take_post", {"body": body, "user": user}))
        if self.office.refused_post in body:
            raise ValueError

    def as_shown(self, each: TelephonyObject) -> TelephonyObject:
        """Return an object with what its person's account gives it: in vain, if that is refused."""
        given, suspended = set(each.features), set(each.suspended)
        for credentials in self.accounts.values():
            login = self.office.logins.get(credentials.username)
            if login and type(each) is Extension and login.user == each.id:
                given |= login.gives
                if not self._is_let_in(credentials):
                    suspended |= login.gives
        return each.with_changes({"features": frozenset(given), "suspended": frozenset(suspended)})

    def show(self, each: TelephonyObject) -> None:
        """Have an object in the directory; of the server itself, what it tells of itself."""
        if isinstance(each, Server):
            told = {name: getattr(each, name) for name in _TOLD_BY_SERVER}
            self.directory.update(self.directory.server, **told)
        else:
            self.table(type(each)).put(self.as_shown(each))

    def read(self) -> None:
        """Take over the office's whole picture, and be live."""
        for each in self.office.objects():
            if isinstance(each, Server):
                self.show(each)
        for kind, table in self.directory.tables.items():
            present = [self.as_shown(each) for each in self.office.objects() if type(each) is kind]
            table.replace_all({each.id: each for each in present}, complete=self.office.is_complete)
        self.directory.complete = self.office.is_complete
        self.directory.may_be_absent = self.office.may_be_absent
        self._went_live()

    def interrupt(self) -> None:
        """Be without a connection."""
        self._went_away()

    def table(self, kind: type[TelephonyObject]) -> Table[Any]:
        """Return the directory's table of a kind of object."""
        return self.directory.tables[kind]

    def _log_in_for_push(self, credentials: Credentials) -> AccountInfo:
        try:
            return self._log_in(credentials)
        except AuthenticationFailed:
            self.on_refused(PUSH)
            raise

    def _log_in(self, credentials: Credentials) -> AccountInfo:
        self.office.logged_in.append(credentials.username)
        if not self._is_let_in(credentials):
            raise AuthenticationFailed
        if (error := self.office.login_errors.get(credentials.username)) is not None:
            raise error
        login = self.office.logins.get(credentials.username)
        if login is None:
            return AccountInfo((credentials.username,), credentials.username)
        return AccountInfo(login.user, login.name)

    def _is_let_in(self, credentials: Credentials) -> bool:
        login = self.office.logins.get(credentials.username)
        return login.password == credentials.password if login else not self.office.logins

    def _raise_if_told(self, name: str) -> None:
        if (error := self.office.errors.get(name)) is not None:
            raise error


class ScriptedWebSystem(ScriptedSystem):
    """The same, reached as a web server is."""

    key = "scripted_web"
    default_port = 4055
    default_tls_port = None
    encryptions = (Encryption.NONE, Encryption.TLS)
    has_login = False
    authorizations = (Authorization.BASIC, Authorization.PASSWORD, Authorization.NONE)
    offers_push = True
    takes_named_users = True
    takes_group_numbers = True


class ScriptedApiSystem(ScriptedSystem):
    """The same, with an interface of which only a site's own documentation tells all."""

    key = "scripted_api"
    encryptions = (Encryption.NONE, Encryption.TLS)
    templates = MappingProxyType(
        {
            "set_status": ("user", "status"),
            "dial": ("extension", "number"),
            "transfer_call": ("extension", "number"),
        }
    )
    filters_events = True
    vendor_credentials = Credentials("manager", "as delivered")

    @classmethod
    @override
    def check_template(cls, template: RequestTemplate) -> None:
        IsymphonyLiveSystem.check_template(template)

    @classmethod
    @override
    def check_wanted_events(cls, types: Sequence[str], users: Sequence[str]) -> None:
        IsymphonyLiveSystem.check_wanted_events(types, users)


def _kept(name: str, command: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Return a command that is kept and answered as the office says; wrong arguments are an error."""
    expected = signature(command)

    async def keep(self: ScriptedSystem, *args: Any, **kwargs: Any) -> Any:
        arguments = expected.bind(self, *args, **kwargs).arguments
        del arguments["self"]
        self.office.commands.append(
            Command(
                name,
                {
                    key: value.id if isinstance(value, TelephonyObject) else value
                    for key, value in arguments.items()
                },
            )
        )
        self._raise_if_told(name)
        answer = self.office.answers.get(name)
        return answer(**arguments) if callable(answer) else answer

    return keep


for _name, _member in vars(TelephoneSystem).items():
    if iscoroutinefunction(_member) and _name not in _LIFE:
        setattr(ScriptedSystem, _name, _kept(_name, _member))
