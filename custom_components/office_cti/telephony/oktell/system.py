"""An Oktell server as a telephone system: requests over HTTP, and what it pushes over a web-socket.

    web-socket of a service user ──every number's state──▶ picture ──▶ directory
    web-sockets of further users ──own modes, own line───▶ picture
    HTTP ◀── commands · who talks to whom · groups · without a web-socket, everybody's state
    posts ──notifications──▶ picture, and events of the server

With whom somebody is busy nothing tells, so it is asked, until there is a call to be seen. Groups, whose
states nobody pushes, are asked for in rounds.

Source: the vendor's page "Серверный HTTP интерфейс", and the vendor's own client in JavaScript.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
import logging
from types import MappingProxyType
from typing import ClassVar, override

from ..accounts import exchange, owners, stop_all
from ..connection import Connection
from ..model import (
    CallState,
    Extension,
    Feature,
    Group,
    License,
    LicenseDetails,
    ObjectId,
    TelephonyObject,
)
from ..rounds import PollingLink, Question, Rounds, ask_all
from ..system import (
    PUSH,
    AccountInfo,
    AccountNeeded,
    AuthenticationFailed,
    Authorization,
    Credentials,
    Encryption,
    Hindered,
    Means,
    NamedUser,
    NoCall,
    NotThere,
    Refused,
    SystemSettings,
    TelephonyError,
)
from . import commands, frames
from .account import Account
from .answers import AbonentInfo, ChainContent
from .calls import seen_in_answers, state_in_answer
from .control import OktellControl
from .http import HttpClient, Selector
from .listing import Listing
from .looks import Looks
from .picture import Person, Picture
from .posts import Posts
from .rereading import Rereading
from .states import UserState
from .websocket import WebSocketLink

_LOGGER = logging.getLogger(__name__)

# Seconds from one reading of the licence to the next: it changes when somebody renews it.
LICENSE_INTERVAL = 6 * 3600.0

_EVERYBODY = frozenset(
    {
        Feature.STATUS,
        Feature.PHONE,
        Feature.CALLS,
        Feature.MESSAGES,
        Feature.VOICEMAIL_MESSAGES,
        Feature.SET_STATUS,
        Feature.SET_REDIRECT,
        Feature.SET_CALL_CENTER,
        Feature.SET_BREAK,
        Feature.DIAL,
        Feature.STOP_DIALING,
        Feature.DECLINE_CALL,
        Feature.TRANSFER_CALL,
        Feature.FLASH,
        Feature.CALL_DETAILS,
    }
)
# What notifications may show, too; and what a user's own connection shows, and gives. Each of these sets is
# there once for all users: one of their own would be half of what a user takes.
_MODES = frozenset({Feature.REDIRECT, Feature.CALL_CENTER, Feature.BREAK})
_OWN = _MODES | {Feature.HANG_UP}
_WITH_ACCOUNT = _EVERYBODY | _OWN
_NONE: frozenset[Feature] = frozenset()
_OF_SERVER = frozenset({Feature.NOTIFICATIONS})


class OktellSystem(OktellControl):
    """An Oktell server."""

    key: ClassVar[str] = "oktell"
    name: ClassVar[str] = "Oktell"
    manufacturer: ClassVar[str] = "Oktell"
    default_port: ClassVar[int] = 4055
    has_login: ClassVar[bool] = True
    has_accounts: ClassVar[bool] = True
    encryptions: ClassVar[tuple[Encryption, ...]] = (Encryption.NONE, Encryption.TLS)
    authorizations: ClassVar[tuple[Authorization, ...]] = tuple(Authorization)
    kinds: ClassVar[tuple[type[TelephonyObject], ...]] = (Extension, Group)
    tells_local_times: ClassVar[bool] = True
    features: ClassVar[Mapping[Feature, Means]] = MappingProxyType(
        dict.fromkeys(_EVERYBODY | {Feature.NOTIFICATIONS, Feature.LICENSE}, Means.SERVER)
        | dict.fromkeys(_OWN, Means.ACCOUNT)
    )
    offers_push: ClassVar[bool] = True
    takes_named_users: ClassVar[bool] = True
    takes_group_numbers: ClassVar[bool] = True
    takes_posts: ClassVar[bool] = True

    def __init__(self, settings: SystemSettings) -> None:
        super().__init__(settings)
        self.http = HttpClient(
            settings, count_oddity=self.count_oddity, on_refused=self._may_not_ask
        )
        self.picture = Picture(
            self.directory, status_kinds=settings.status_kinds, now=partial(datetime.now, UTC)
        )
        self.picture.features_of = self._features_of
        self.picture.suspended_of = self._suspended_of
        self._looks = Looks(self._look)
        self.picture.on_busy = self._look_soon
        self.picture.on_busy_no_more = self._looks.end
        self._rereading = Rereading(self._read_listing_again)
        self._listing = Listing(
            self.picture, on_stranger=self._rereading.soon, count_oddity=self.count_oddity
        )
        self._posts = Posts(
            self.directory,
            self.picture,
            utc=self.utc,
            on_modes=self._modes_are_posted,
            reason=self._break_reason,
            count_oddity=self.count_oddity,
        )
        self._main: Account | None = None
        self._polling: Connection | None = None
        if settings.push is not None:
            self._main = self._service_account(settings.push.port, settings.push.credentials)
        else:
            self._polling = Connection(
                self._open_polling,
                on_live=self._went_live,
                on_lost=self._went_away,
                on_refused=lambda _: self._may_not_ask(),
            )
        self._group_rounds = Rounds(
            self._group_questions, on_unreachable=lambda _: self._no_groups_told()
        )
        self._license_rounds = Rounds(
            lambda: [self._read_license],
            on_unreachable=lambda _: None,  # others tell that
            interval=LICENSE_INTERVAL,
        )
        # The server does not let us ask any more.
        self._is_refused = False
        self._accounts: dict[str, Account] = {}
        # Each person's account: rather one that is live, if there are several.
        self._owners: dict[str, Account] = {}
        # Whose modes somebody has posted, and which.
        self._posted: dict[str, frozenset[Feature]] = {}
        # What keeps whom from logging in.
        self._hindrances: dict[Account, Hindered] = {}

    # --- life ----------------------------------------------------------------------------------

    @override
    async def start(self) -> None:
        # Groups are there, whether or not they can be read now.
        for number in self.settings.group_numbers:
            self.directory.groups.put(Group(id=(number,), number=number))
        try:
            await self._read_server()
            if self._main is not None:
                await self._start_main(self._main)
            else:
                assert self._polling
                await self._polling.start()
        except BaseException:
            await self.stop()
            raise
        self._start_rounds()
        for key, credentials in self.settings.accounts.items():
            self._accounts[key] = self._account(key, credentials)
        for account in self._accounts.values():
            account.start_soon()

    def _start_rounds(self) -> None:
        """Ask again from now on what nobody pushes, unless that was refused in the meantime."""
        if not self._is_refused:
            self._license_rounds.start()
            if self._main is not None:  # else they are asked for with everything else
                self._group_rounds.start()

    async def _start_main(self, main: Account) -> None:
        try:
            await main.start()
        except AuthenticationFailed:
            self.on_refused(PUSH)
            raise

    async def _read_server(self) -> None:
        """Read what the licence says: it is there for whoever may ask anything, and shows who may not."""
        self.directory.update(self.directory.server, features=_OF_SERVER)
        with suppress(Refused):
            await self._read_license()

    async def _read_license(self) -> None:
        self._license_told(await self.http.license_info())

    def _license_told(self, facts: License) -> None:
        self.directory.update(
            self.directory.server, license=facts, features=_OF_SERVER | {Feature.LICENSE}
        )

    @override
    async def stop(self) -> None:
        self._grace.end()
        self._group_rounds.stop()
        self._license_rounds.stop()
        try:
            if self._polling is not None:
                await self._polling.stop()
            await stop_all(self._all_accounts)
        finally:
            # Last: an account may become live, and somebody busy, until the very end.
            self._rereading.stop()
            self._looks.stop()

    @override
    async def set_accounts(self, accounts: Mapping[str, Credentials]) -> None:
        self._accounts, new, gone = exchange(self._accounts, accounts, self._account)
        try:
            await stop_all(gone)  # first: each of them has a seat that another may need
        finally:
            for account in new:
                account.start_soon()
        self._accounts_changed(*{each.user_id for each in (*gone, *new)})
        for account in gone:
            self._is_hindered(account, None)
            if account.user_id is not None and account.user_id not in self._owners:
                self.picture.line_is_told(account.user_id, told=False)

    @property
    @override
    def connected_accounts(self) -> int:
        return sum(account.is_live for account in self._accounts.values())

    @property
    @override
    def user(self) -> ObjectId | None:
        return (self._main.user_id,) if self._main and self._main.user_id else None

    @override
    async def check_account(self, credentials: Credentials) -> AccountInfo:
        link = await WebSocketLink.open(
            self.settings,
            self._push_port,
            credentials,
            on_event=lambda _: None,
            count_oddity=self.count_oddity,
        )
        try:
            user = link.user_id
        finally:
            await link.leave()
        seat = self.picture.seat(user)
        return AccountInfo((user,), (seat and seat.person.name) or credentials.username)

    @override
    async def check_user(self, user: NamedUser) -> NamedUser:
        user_id = _as_listed(user.id)
        answer = await self.http.user_state(user_id)
        return NamedUser(answer.user or user_id, user.name, user.number)

    @property
    def _all_accounts(self) -> list[Account]:
        """The service user's account, if there is one, and all others."""
        return [*filter(None, [self._main]), *self._accounts.values()]

    @property
    def _push_port(self) -> int:
        push = self.settings.push
        return self.settings.port if push is None else push.port

    def _service_account(self, port: int, credentials: Credentials) -> Account:
        return Account(
            self.settings,
            port,
            credentials,
            picture=self.picture,
            on_event=self._listing.told,
            count_oddity=self.count_oddity,
            on_change=self._main_changed,
            on_refused=self._main_refused,
            on_hindered=self._is_hindered,
            utc=self.utc,
            prepare=self._read_picture,
        )

    def _account(self, key: str, credentials: Credentials) -> Account:
        return Account(
            self.settings,
            self._push_port,
            credentials,
            picture=self.picture,
            on_event=lambda _: None,  # the service user hears that
            count_oddity=self.count_oddity,
            on_change=lambda account: self._accounts_changed(account.user_id),
            on_refused=lambda _: self.on_refused(key),
            on_hindered=self._is_hindered,
            utc=self.utc,
        )

    def _main_changed(self, account: Account) -> None:
        self._accounts_changed(account.user_id)
        if account.is_live:
            self._rereading.start()
            self._went_live()
            return
        self._rereading.stop()
        if self.directory.server.object.connected:  # it may have ended before it was live
            self._went_away()

    def _main_refused(self, _: TelephonyError) -> None:
        self.on_refused(PUSH)

    def _is_hindered(self, account: Account, error: Hindered | None) -> None:
        """Tell of one hindrance at a time: what is put right may show the next."""
        if error is None:
            self._hindrances.pop(account, None)
        else:
            self._hindrances[account] = error
        self.on_hindered(next(iter(self._hindrances.values()), None))

    def _may_not_ask(self) -> None:
        """The server refuses requests that it took before: they are not tried again and again."""
        if not self._is_refused:
            self._is_refused = True
            self._looks.stop()
            self._group_rounds.stop()
            self._license_rounds.stop()
            self._forget_groups()
            self.on_refused(None)

    def _no_groups_told(self) -> None:
        """Nothing is known of the groups, unless all of the server is away: that is told otherwise."""
        if self.directory.server.object.connected:
            self._forget_groups()

    def _forget_groups(self) -> None:
        for record in self.directory.groups:
            self.directory.update(record, free=None, busy=None, free_numbers=())

    # --- the picture ---------------------------------------------------------------------------

    async def _read_picture(self, link: WebSocketLink) -> None:
        """Read what is told of everybody."""
        version = await link.request(commands.GetVersion(), frames.version)
        self.directory.update(self.directory.server, version=version.build or None)
        await self._read_listing(link)
        await self._read_groups()

    async def _read_listing(self, link: WebSocketLink) -> None:
        known = set(self.picture.ids)
        await self._listing.read(link)
        for account in self._accounts.values():
            if account.user_id not in known:
                account.read_soon()

    async def _read_listing_again(self) -> None:
        assert self._main is not None
        await self._read_listing(self._main.live_link())

    # --- asking --------------------------------------------------------------------------------

    async def _open_polling(self) -> PollingLink:
        if self._is_refused:
            raise AuthenticationFailed
        return await PollingLink.open(self._all_questions)

    def _all_questions(self) -> Iterator[Question]:
        """Return what is asked in each round where nothing is pushed."""
        if not self.picture.ids:
            people = [
                Person(_as_listed(user.id), user.name, user.number) for user in self.settings.users
            ]
            self.picture.commit(people, {}, whole=True)
        for user_id in self.picture.ids:
            yield partial(self._read_named, user_id)
        yield from self._group_questions()
        if not self.picture.ids and not self.settings.group_numbers:
            yield self._read_sign_of_life

    async def _read_sign_of_life(self) -> None:
        await self.http.license_number()

    async def _read_named(self, user_id: str) -> None:
        try:
            await self.read_state(user_id)
        except NotThere:  # not any more: what the user did last says nothing
            self.picture.state_told(user_id, None)
            raise

    def _group_questions(self) -> Iterator[Question]:
        for number in self.settings.group_numbers:
            yield partial(self._read_group, number)

    async def _read_groups(self) -> None:
        """Read who is free in the groups, as it is when a connection comes or comes back."""
        try:
            await ask_all(self._group_questions())
        except TelephonyError as error:
            _LOGGER.debug("The groups could not be read: %s", error)
            self._forget_groups()

    async def _read_group(self, number: str) -> None:
        answer = await self.http.free_users(number)
        self.directory.groups.put(
            Group(
                id=(number,),
                number=number,
                free=answer.free,
                busy=answer.busy,
                free_numbers=answer.free_numbers,
            )
        )

    # --- who talks to whom ---------------------------------------------------------------------

    def _look_soon(self, user_id: str) -> None:
        if not self._is_refused:
            self._looks.begin(user_id)

    async def _look(self, user_id: str) -> bool:
        """Ask with whom somebody is busy; tell whether there is no more to ask."""
        try:
            line, chain = await self._ask_for_call(Selector(user_id))
        except TelephonyError as error:
            _LOGGER.debug("A call could not be read: %s", error)
            return False
        seat = self.picture.seat(user_id)
        if seat is None or seat.state is not UserState.BUSY or seat.tells_line:
            return True
        seen = seen_in_answers(user_id, line, chain, self.utc)
        self.picture.line_told(user_id, *filter(None, [seen]))
        return seen is not None and seen.state is CallState.TALKING

    async def _ask_for_call(self, who: Selector) -> tuple[AbonentInfo, ChainContent]:
        line = await self.http.abonent_info(who)
        if state_in_answer(line) is None:
            return line, ChainContent()
        return line, await self.http.chain_content(who)

    # --- what each person can do ---------------------------------------------------------------

    def _features_of(self, user_id: str) -> frozenset[Feature]:
        features = _WITH_ACCOUNT if user_id in self._owners else _EVERYBODY
        posted = self._posted.get(user_id)
        return features | posted if posted else features

    @override
    def given_by_account(self, known: TelephonyObject) -> frozenset[Feature]:
        return _OWN if isinstance(known, Extension) else frozenset()

    def _suspended_of(self, user_id: str) -> frozenset[Feature]:
        account = self._owners.get(user_id)
        if account is None or account is self._main or not account.is_gone:
            return _NONE
        return _OWN

    def _accounts_changed(self, *users: str | None) -> None:
        """Some account came, went, became live or was interrupted: what these users can do changes."""
        self._owners = owners(self._all_accounts)
        self.picture.logins = {
            account.credentials.username.casefold(): user for user, account in self._owners.items()
        }
        self.picture.refresh([user for user in users if user is not None])

    def _modes_are_posted(self, user_id: str, modes: frozenset[Feature]) -> None:
        known = self._posted.get(user_id, frozenset())
        if not modes <= known:
            self._posted[user_id] = known | modes
            self.picture.refresh([user_id])

    @override
    def recall(self, known: TelephonyObject, features: frozenset[Feature]) -> None:
        # Who could be hung up for had an account, which is gone, and with it what it showed.
        if (
            isinstance(known, Extension)
            and (modes := features & _MODES)
            and modes == features & _OWN
        ):
            self._modes_are_posted(known.id[0], modes)

    @override
    def has_own_modes(self, user_id: str) -> bool:
        account = self._owners.get(user_id)
        return account is not None and account.is_live

    @property
    @override
    def break_reasons(self) -> Mapping[int, str]:
        return next((each.break_reasons for each in self._all_accounts if each.break_reasons), {})

    @override
    async def get_break_reasons(self) -> Mapping[int, str]:
        for account in self._all_accounts:
            if account.is_live:
                return await account.read_break_reasons()
        return self.break_reasons

    def _break_reason(self, number: int) -> str:
        return self.break_reasons.get(number, str(number))

    # --- commands ------------------------------------------------------------------------------

    @override
    async def read_state(self, user_id: str) -> None:
        """Ask what a user is doing: the user's own connection tells the modes, too."""
        account = self._owners.get(user_id)
        if account is not None and account.is_live:
            await account.read_state()
        else:
            await super().read_state(user_id)

    @override
    async def get_license(self) -> LicenseDetails:
        details = await super().get_license()
        self._license_told(details.facts)
        return details

    @override
    async def hang_up(self, extension: Extension) -> None:
        account = self._owners.get(extension.id[0])
        if account is None:
            raise AccountNeeded(name=str(extension))
        if account is not self._main and not account.is_live:
            raise self.without_account(str(extension))
        link = account.live_link()
        if not extension.calls:  # whose calls are told on that connection
            raise NoCall(name=str(extension))
        await link.request(commands.HangUp(), frames.nothing)

    @override
    def take_post(self, body: bytes, user: str | None) -> None:
        self._posts.take(body, user)


def _as_listed(user_id: str) -> str:
    """Return an id that somebody has typed as the server lists it."""
    return user_id.strip("{} ").lower()
