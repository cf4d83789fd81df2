"""A XiVO server as a telephone system: its accounts, its picture, and what each person can do.

    main account ──every message──▶ picture ──▶ directory
    each account ──what it alone is told──▶ its person: calls of the own line, messages, sheets

The picture is read whole when the main connection opens, in five waits for the server at least: three
steps of the log-in, the ids of everything, and then everything about all of it at once (`fetch` tells how
many waits that takes). From then on the server pushes.
"""

from collections.abc import Iterable, Mapping
from itertools import chain
import logging
import time
from types import MappingProxyType
from typing import Any, ClassVar, override
from weakref import WeakValueDictionary

from ..accounts import exchange, owners, stop_all
from ..model import (
    Agent,
    Conference,
    Extension,
    Feature,
    MessageEvent,
    ObjectId,
    Queue,
    SheetEvent,
    TelephonyObject,
)
from ..system import (
    AccountInfo,
    AccountNeeded,
    AccountNotConnected,
    Credentials,
    Encryption,
    Means,
    NotConnected,
    SystemSettings,
)
from . import messages as m
from .account import Account
from .client import XivoClient
from .control import XivoControl
from .login import VERSION_1, Sessions
from .picture import Picture
from .sheets import SheetError, read_sheet

_LOGGER = logging.getLogger(__name__)

# What the server can be asked for whole; channels come by themselves.
_LISTS = tuple(each for each in m.ListName if each is not m.ListName.CHANNELS)

# What can be done with everybody, over the main connection; and with whoever has a telephone.
_EVERYBODY = frozenset({Feature.SET_RECORDING, Feature.SEND_MESSAGE})
_WITH_TELEPHONE = frozenset({Feature.DIAL, Feature.HANG_UP, Feature.RECORD_CALL})
# What takes the person's own connection; and a telephone, too.
_OWN = frozenset(
    {
        Feature.SET_STATUS,
        Feature.SET_DO_NOT_DISTURB,
        Feature.SET_CALL_FILTER,
        Feature.SET_FORWARDS,
        Feature.MESSAGES,
        Feature.SHEETS,
        Feature.CALL_FORM,
    }
)
_OWN_WITH_TELEPHONE = frozenset(
    {
        Feature.TRANSFER_CALL,
        Feature.PICK_UP_CALL,
        Feature.SWITCHBOARD,
        Feature.LISTEN,
        Feature.SEND_FAX,
        Feature.CALL_HISTORY,
        Feature.INVITE_TO_CONFERENCE,
    }
)
# What is seen of everybody who has it, which the picture finds out; and what agents and queues have.
_SEEN = frozenset(
    {
        Feature.STATUS,
        Feature.PHONE,
        Feature.CALLS,
        Feature.DO_NOT_DISTURB,
        Feature.CALL_FILTER,
        Feature.RECORDING,
        Feature.FORWARDS,
        Feature.VOICEMAIL,
    }
)
_OF_AGENTS = frozenset({Feature.AGENT_WORK, Feature.LOG_IN, Feature.PAUSE})
_OF_QUEUES = frozenset({Feature.QUEUE_WAITS, Feature.CHANGE_MEMBERS, Feature.QUEUE_STATISTICS})


class XivoSystem(XivoControl):
    """A XiVO server, seen through its CTI interface."""

    key: ClassVar[str] = "xivo"
    name: ClassVar[str] = "XiVO CTI"
    manufacturer: ClassVar[str] = "XiVO"
    default_port: ClassVar[int] = 5003
    default_tls_port: ClassVar[int | None] = 5013
    has_login: ClassVar[bool] = True
    has_accounts: ClassVar[bool] = True
    kinds: ClassVar[tuple[type[TelephonyObject], ...]] = (Extension, Agent, Queue, Conference)
    tells_local_times: ClassVar[bool] = True
    features: ClassVar[Mapping[Feature, Means]] = MappingProxyType(
        dict.fromkeys(_SEEN | _EVERYBODY | _WITH_TELEPHONE | _OF_AGENTS | _OF_QUEUES, Means.SERVER)
        | dict.fromkeys(_OWN | _OWN_WITH_TELEPHONE, Means.ACCOUNT)
    )
    encryptions: ClassVar[tuple[Encryption, ...]] = (
        Encryption.AS_OFFERED,
        Encryption.STARTTLS,
        Encryption.TLS,
        Encryption.TLS_1_0,
    )

    def __init__(self, settings: SystemSettings) -> None:
        super().__init__(settings)
        assert settings.credentials
        self._sessions = Sessions(settings)
        self.picture = Picture(
            self.directory,
            ask=self._ask_about_new,
            count_oddity=self.count_oddity,
            status_kinds=settings.status_kinds,
            now=self._server_time,
        )
        self.picture.features_of = self._features_of
        self.picture.suspended_of = self._suspended_of
        self.picture.set_features(
            agents=_OF_AGENTS,
            queues=_OF_QUEUES,
        )
        self.main = Account(
            self._sessions,
            settings.credentials,
            prepare=self._read_picture,
            on_message=self._main_message,
            count_oddity=self.count_oddity,
            on_change=self._main_changed,
            on_refused=lambda _: self.on_refused(None),
            grace_period=settings.grace_period,
        )
        self._accounts: dict[str, Account] = {}
        self.turns = WeakValueDictionary()
        # The connection that the picture is read from, as soon as it is.
        self._reader: XivoClient | None = None
        # Each person's account: rather one that is live, if there are several.
        self._owners: dict[str, Account] = {}
        self._handlers: dict[type[m.Message], Any] = {
            m.CurrentCalls: self._current_calls,
            m.ConferenceUser: self._conference_user,
            m.ChatMessage: self._chat_message,
            m.SheetReceived: self._sheet_received,
        }

    # --- life ----------------------------------------------------------------------------------

    @override
    async def start(self) -> None:
        for key, credentials in self.settings.accounts.items():
            self._accounts[key] = self._account(key, credentials)
        await self.main.start()
        for account in self._accounts.values():
            account.start_soon()

    @override
    async def stop(self) -> None:
        self._grace.end()
        await self._sessions.leave()
        await stop_all((self.main, *self._accounts.values()))

    @override
    async def set_accounts(self, accounts: Mapping[str, Credentials]) -> None:
        self._accounts, new, gone = exchange(self._accounts, accounts, self._account)
        for account in new:
            account.start_soon()
        self._accounts_changed(*(each.user_id for each in (*gone, *new)))
        await stop_all(gone)

    @property
    @override
    def connected_accounts(self) -> int:
        return sum(account.is_live for account in self._accounts.values())

    @property
    @override
    def user(self) -> ObjectId | None:
        return (self.main.user_id,) if self.main.user_id else None

    @override
    async def check_account(self, credentials: Credentials) -> AccountInfo:
        logged_in = await self._sessions.try_out(credentials, self.count_oddity)
        user = (logged_in.user_id,)
        return AccountInfo(user, self._name_of(user) or credentials.username)

    def _name_of(self, user: ObjectId) -> str | None:
        record = self.directory.extensions.get(user)
        return record.object.name if record else None

    def _account(self, key: str, credentials: Credentials) -> Account:
        return Account(
            self._sessions,
            credentials,
            prepare=self._subscribe,
            on_message=self._own_message,
            count_oddity=self.count_oddity,
            on_change=lambda account: self._accounts_changed(account.user_id),
            on_refused=lambda _: self.on_refused(key),
            grace_period=self.settings.grace_period,
            for_all=False,  # the main account hears that
            away=lambda: AccountNotConnected(name=credentials.username),
        )

    def _main_changed(self, account: Account) -> None:
        self._accounts_changed(account.user_id)
        if account.is_live:
            self._went_live()
        elif self.directory.server.object.connected:  # it may have ended before it was live
            self._went_away()

    # --- the picture ---------------------------------------------------------------------------

    async def _read_picture(self, account: Account, client: XivoClient) -> None:
        """Have the server tell everything, and what comes of it from now on."""
        picture = self.picture
        picture.begin()
        self._reader = client
        self._accounts_changed()
        await client.fetch(
            (m.GetRelations(), *(m.GetIds(each, account.ipbx_id) for each in _LISTS))
        )
        questions = chain.from_iterable(
            picture.questions(each, object_id) for each in _LISTS for object_id in picture.ids(each)
        )
        await client.fetch(chain(self._subscriptions(), questions))
        await client.probe()  # what the answers have made it ask is answered, too
        await picture.commit(complete=True)

    def _subscriptions(self) -> Iterable[m.Command]:
        """Return what has the server push what it pushes to nobody unasked."""
        picture = self.picture
        yield m.SubscribeQueueStatistics()
        yield m.SubscribeConferences()
        yield m.SubscribeCurrentCalls()
        for queue_id in picture.ids(m.ListName.QUEUES):
            yield m.SubscribeQueueEntries(queue_id)
        yield from picture.registrations()

    async def _subscribe(self, account: Account, client: XivoClient) -> None:
        """Have the server push what it tells this person alone."""
        if account.user_id is not None:
            self.picture.profile_told(account.user_id, account.presences)
        await client.fetch((m.SubscribeCurrentCalls(), m.SubscribeConferences()))

    def _ask_about_new(self, command: m.Command) -> None:
        """Ask about what has appeared, over the connection that the picture is read from."""
        if self._reader is not None:
            try:
                self._reader.send(command)
            except (NotConnected, m.CodecError) as error:
                _LOGGER.debug("Something new could not be asked about: %s", error)

    def _server_time(self) -> float:
        told = None if self._reader is None else self._reader.server_time
        return time.time() if told is None else told

    # --- what each person can do ---------------------------------------------------------------

    def _features_of(self, user_id: str) -> frozenset[Feature]:
        has_line = self.picture.has_line(user_id)
        features = _EVERYBODY | _WITH_TELEPHONE if has_line else _EVERYBODY
        return features | self._own_features(user_id) if user_id in self._owners else features

    def _suspended_of(self, user_id: str) -> frozenset[Feature]:
        account = self._owners.get(user_id)
        # Without the main account the whole picture goes, in its own time.
        if account is None or account is self.main or not account.is_gone:
            return frozenset()
        return self._own_features(user_id)

    @override
    def given_by_account(self, known: TelephonyObject) -> frozenset[Feature]:
        return self._own_features(known.id[0]) if isinstance(known, Extension) else frozenset()

    def _own_features(self, user_id: str) -> frozenset[Feature]:
        return _OWN | _OWN_WITH_TELEPHONE if self.picture.has_line(user_id) else _OWN

    def _accounts_changed(self, *users: str | None) -> None:
        """Some account came, went, became live or was interrupted: what these users can do changes."""
        self._owners = owners((self.main, *self._accounts.values()))
        self.picture.refresh([user for user in users if user is not None])

    @property
    @override
    def protocol(self) -> str:
        return self._sessions.version or VERSION_1

    @override
    def account_of(self, extension: Extension) -> Account | None:
        return self._owners.get(extension.id[0])

    @override
    def own_account(self, extension: Extension) -> Account:
        account = self.account_of(extension)
        if account is None:
            raise AccountNeeded(name=str(extension))
        if account is not self.main and not account.is_live:
            raise self.without_account(str(extension))
        account.live_link()
        return account

    # --- messages ------------------------------------------------------------------------------

    def _main_message(self, account: Account, message: m.Message) -> None:
        self.picture.apply(message)
        if type(message) in self._handlers:
            self._own_message(account, message)

    def _own_message(self, account: Account, message: m.Message) -> None:
        if (handler := self._handlers.get(type(message))) and account.user_id is not None:
            handler(account, account.user_id, message)

    def _hears_for(self, user_id: str, account: Account) -> bool:
        """Tell whether this is the connection that is listened to, of all that a person has."""
        owner = self._owners.get(user_id)
        return owner is None or owner is account or not owner.is_live

    def _current_calls(self, account: Account, user_id: str, message: m.CurrentCalls) -> None:
        if account is not self.main:  # whose messages the picture has had
            self.picture.current_calls_told(user_id, message)

    def _conference_user(self, account: Account, _: str, message: m.ConferenceUser) -> None:
        account.conferences = message.seats

    def _chat_message(self, account: Account, user_id: str, message: m.ChatMessage) -> None:
        if not self._hears_for(user_id, account):
            return
        if record := self.directory.extensions.get((user_id,)):
            sender = self.directory.extensions.get((message.sender,))
            record.tell_event(
                MessageEvent(message.text, None if sender is None else sender.object.id)
            )

    def _sheet_received(self, account: Account, user_id: str, message: m.SheetReceived) -> None:
        if not self._hears_for(user_id, account):
            return
        try:
            sheet = read_sheet(message)
        except SheetError as error:
            self.count_oddity(f"a sheet that is {error.problem.value}")
            return
        if not sheet.complete:
            self.count_oddity("a sheet with something that cannot be read")
        numbers = {field.value for field in sheet.fields if field.type == "phone"}
        titles = {field.value for field in sheet.fields if field.type == "title"}
        call_id = self.picture.party_told(
            user_id,
            sheet.channel or message.channel,
            numbers.pop() if len(numbers) == 1 else "",
            titles.pop() if len(titles) == 1 else "",
        )
        if record := self.directory.extensions.get((user_id,)):
            record.tell_event(SheetEvent(sheet.values, call_id, sheet.form))
