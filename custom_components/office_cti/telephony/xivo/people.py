"""Users, phones, channels and voicemail boxes become extensions.

A user has the phones of its line list, a phone the users that list it; both sides are found by indexes, so
that a push touches the extensions that it concerns and no others. While a snapshot comes in, things are only
noted; `commit` makes all extensions of them, and from then on each change makes its own.

Source: the vendor's page "CTI Protocol", Configuration Messages and Status messages.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any, NamedTuple

from ..directory import Directory
from ..model import (
    Call,
    Extension,
    Feature,
    Forward,
    ObjectId,
    PhoneState,
    Voicemail,
)
from ..turns import by_turns
from .calls import HINT_CALL, Channel, Party, moment
from .facts import Index, Mailbox, Phone, Register, User
from .messages import CurrentCalls, EndpointStatusUpdated, Hint
from .statuses import Statuses

# What the profile's list of statuses is known by.
STATUS_LIST: ObjectId = ("profile",)

# What no office has: a server that goes on beyond is not followed.
USERS_MOST = 50_000
CHANNELS_OF_A_PHONE_MOST = 32
CHANNELS_MOST = 20_000
# Parties that were told and wait for their call.
_PARTIES_MOST = 1_000

_ALWAYS = frozenset(
    {
        Feature.STATUS,
        Feature.DO_NOT_DISTURB,
        Feature.CALL_FILTER,
        Feature.RECORDING,
        Feature.FORWARDS,
    }
)
_WITH_LINE = frozenset({Feature.PHONE, Feature.CALLS})
_WITH_MAILBOX = frozenset({Feature.VOICEMAIL})
# A user's facts that say who it is, what it has and what it can do.
_DESCRIBING = frozenset({"full_name", "lines", "agent", "voicemail"})
# What the phone of somebody with several does is what the busiest of them does.
_BUSIEST_FIRST = (
    PhoneState.TALKING,
    PhoneState.DIALING,
    PhoneState.ON_HOLD,
    PhoneState.RINGING,
    PhoneState.IDLE,
    PhoneState.UNREACHABLE,
)


class Profile(NamedTuple):
    """The statuses that somebody may have, and the id of the list that offers them."""

    list_id: ObjectId
    statuses: Statuses


class People:
    """All users, and what belongs to them.

    Args:
        directory: what is kept equal to them.
        statuses: the profile's statuses.
        ask_about: asks for the state of a channel that was there before us.
        count_oddity: counts what a server should not have sent.
        now: the server's clock, in Unix seconds.
    """

    def __init__(
        self,
        directory: Directory,
        statuses: Statuses,
        *,
        ask_about: Callable[[str], None],
        count_oddity: Callable[[str], None],
        now: Callable[[], float],
    ) -> None:
        self._directory = directory
        self._profile = Profile(STATUS_LIST, statuses)
        # Those of users who are known to have another one.
        self.profiles: dict[str, Profile] = {}
        self._ask_about = ask_about
        self._count_oddity = count_oddity
        self._now = now
        self._forward = lru_cache(maxsize=1_000)(Forward)
        self._features = lru_cache(maxsize=1_000)(frozenset[Feature].union)
        self._group = lru_cache(maxsize=1_000)(lambda context: (context,))
        self.features_of: Callable[[str], frozenset[Feature]] = lambda _: frozenset()
        self.suspended_of: Callable[[str], frozenset[Feature]] = lambda _: frozenset()
        # Called with an identity ("SIP/x2gjtw") when whoever is behind it is called otherwise.
        self.on_named: Callable[[str], None] = lambda _: None
        self._channels: dict[str, tuple[Channel, Phone]] = {}
        self.begin()

    def begin(self) -> None:
        """Forget everything; what comes is noted until `commit`."""
        self._is_live = False
        # Of which other end the calls' parties were known: they are of a call that goes on.
        self._party_ends = {channel.id: channel.party_end for channel, _ in self._channels.values()}
        self.users = Register(User, USERS_MOST)
        self.phones = Register(Phone, USERS_MOST)
        self.mailboxes = Register(Mailbox, USERS_MOST)
        self._channels = {}
        self._users_of_line: Index[User] = Index()
        self._users_of_mailbox: Index[User] = Index()
        self._phones_of_user: Index[Phone] = Index()
        self._phone_of_identity: Index[Phone] = Index()
        self._parties: dict[tuple[str, str], Party] = {}

    async def commit(self, *, whole: bool) -> None:
        """Make all extensions; those that are not there go if the snapshot is whole."""
        active = [phone for phone in self.phones.records.values() if not phone.line.is_quiet]
        async for phone in by_turns(active):
            self._resume_calls(phone)
        table = self._directory.extensions
        for record in [each for each in table if self.users.get(each.object.id[0]) is None]:
            if whole and self.users.is_listed:
                table.remove(record)
            else:  # nothing is known of its calls
                self._directory.update(record, phone=None, calls=())
        async for user in by_turns(self.users):
            user.record = table.put(self._extension(user))
        self._is_live = True

    # --- who belongs to whom -------------------------------------------------------------------

    def _index_user(self, user: User) -> None:
        for line in user.lines or ():
            self._users_of_line.put(line, user)
        self._users_of_mailbox.put(user.voicemail, user)

    def _unindex_user(self, user: User, old: Mapping[str, Any]) -> None:
        for line in old.get("lines") or ():
            self._users_of_line.drop(line, user)
        self._users_of_mailbox.drop(old.get("voicemail"), user)

    def _index_phone(self, phone: Phone) -> None:
        self._phones_of_user.put(phone.user, phone)
        self._phone_of_identity.put(phone.identity, phone)

    def _unindex_phone(self, phone: Phone, old: Mapping[str, Any]) -> None:
        self._phones_of_user.drop(old.get("user"), phone)
        self._phone_of_identity.drop(old.get("identity"), phone)

    def _phones(self, user: User) -> tuple[Phone, ...]:
        lines = user.lines or ()
        if len(lines) == 1 and (only := self.phones.get(lines[0])) is not None:
            return (only,)  # as nearly everybody has it, and every push comes by here
        listed = [phone for line in lines if (phone := self.phones.get(line)) is not None]
        return tuple(listed) or tuple(
            phone
            for phone in self._phones_of_user.all(user.id)
            if not self._users_of_line.all(phone.id)
        )

    def _users(self, phone: Phone) -> tuple[User, ...]:
        if listed := self._users_of_line.all(phone.id):
            return listed
        user = self.users.get(phone.user)
        return () if user is None else (user,)

    def _phone_of_channel(self, channel_id: str) -> Phone | None:
        if found := self._channels.get(channel_id):
            return found[1]
        return self._phone_of_identity.one(channel_id.rpartition("-")[0])

    def has_line(self, user_id: str) -> bool:
        """Tell whether a user has a telephone."""
        user = self.users.get(user_id)
        return user is not None and bool(self._phones(user))

    def other_end(self, channel_id: str) -> str | None:
        """Return the channel at the other end of a channel's call."""
        found = self._channels.get(channel_id)
        return None if found is None else found[0].talking_to

    def name_of(self, identity: str) -> str | None:
        """Return what the person is called whose phone this is."""
        phone = self._phone_of_identity.one(identity)
        return None if phone is None else self._name(phone)

    def _name(self, phone: Phone) -> str | None:
        main = self.users.get(phone.user) or next(iter(self._users(phone)), None)
        return None if main is None else main.name

    # --- extensions ----------------------------------------------------------------------------

    def _extension(self, user: User) -> Extension:
        phones = self._phones(user)
        return Extension(
            id=(user.id,),
            status_list=self._profile_of(user).list_id,
            **self._description(user, phones),
            **self._settings(user),
            **self._calls(phones),
        )

    def _description(self, user: User, phones: tuple[Phone, ...]) -> dict[str, Any]:
        context = phones[0].context if phones else None
        return {
            "number": (phones and phones[0].number) or "",
            "name": user.name,
            "group": self._group(context) if context else (),
            "features": self._features(
                _ALWAYS,
                _WITH_LINE if phones else frozenset(),
                _WITH_MAILBOX if user.voicemail is not None else frozenset(),
                self.features_of(user.id),
            ),
            "suspended": self._features(self.suspended_of(user.id)),
            "agent": None if user.agent is None else (user.agent,),
            "voicemail": self._voicemail(user),
        }

    def _settings(self, user: User) -> dict[str, Any]:
        statuses = self._profile_of(user).statuses
        return {
            "status": None if user.presence is None else statuses.get(user.presence),
            "do_not_disturb": user.do_not_disturb,
            "call_filter": user.call_filter,
            "recording": user.recording,
            "forward_always": self._forwarding(user.forward_always, user.forward_always_to),
            "forward_no_answer": self._forwarding(
                user.forward_no_answer, user.forward_no_answer_to
            ),
            "forward_busy": self._forwarding(user.forward_busy, user.forward_busy_to),
        }

    def _profile_of(self, user: User) -> Profile:
        return self.profiles.get(user.id, self._profile)

    def _forwarding(self, enabled: bool | None, destination: str) -> Forward | None:  # noqa: FBT001 -- a value
        return None if enabled is None else self._forward(enabled, destination)

    def _voicemail(self, user: User) -> Voicemail | None:
        box = self.mailboxes.records.get(user.voicemail or "")
        if box is None or (box.new is None and box.old is None and box.waiting is None):
            return None
        return Voicemail(box.new, box.old, bool(box.waiting if box.new is None else box.new))

    @staticmethod
    def _calls(phones: tuple[Phone, ...]) -> dict[str, Any]:
        if len(phones) == 1:
            line = phones[0].line
            return {"phone": line.state, "calls": line.calls}
        states = {phone.line.state for phone in phones}
        calls: tuple[Call, ...] = sum((phone.line.calls for phone in phones), ())
        return {
            "phone": next((state for state in _BUSIEST_FIRST if state in states), None),
            "calls": calls,
        }

    def _show(self, user: User) -> None:
        """Put a user into the directory as it is now."""
        if self._is_live and user.is_known:
            user.record = self._directory.extensions.put(self._extension(user))

    def _update(self, user: User, changes: Mapping[str, Any]) -> None:
        if user.record is not None:
            self._directory.update(user.record, **changes)

    def refresh(self, user_ids: Iterable[str]) -> None:
        """Ask anew for what these users can do."""
        with self._directory.bulk():
            for user_id in user_ids:
                if user := self.users.get(user_id):
                    self._update(user, self._description(user, self._phones(user)))

    # --- users ---------------------------------------------------------------------------------

    def profile_changed(self, user_id: str) -> None:
        """Show a user's status as it is called in the profile that the user has now."""
        if (user := self.users.get(user_id)) is not None:
            list_id = self._profile_of(user).list_id
            self._update(user, {"status_list": list_id, **self._settings(user)})

    def user_changed(self, user: User, old: Mapping[str, Any]) -> None:
        """Bring a user's extension up to date, and the phones that it has or had."""
        if not _DESCRIBING.isdisjoint(old):
            self._unindex_user(user, old)
            self._index_user(user)
            self._show(user)
        elif self._is_live:
            self._update(user, self._settings(user))
        if "full_name" in old or "lines" in old:
            self._lines_changed({*(old.get("lines") or ()), *(user.lines or ())}, user)

    def user_removed(self, user: User) -> None:
        """Take a user's extension out."""
        self._unindex_user(user, {"lines": user.lines, "voicemail": user.voicemail})
        if user.record is not None:
            self._directory.extensions.remove(user.record)
            user.record = None
        self._lines_changed(user.lines or (), user)

    def _lines_changed(self, lines: Iterable[str], user: User) -> None:
        """Bring up to date who else has these lines now, and what they are called."""
        if not self._is_live:
            return
        for line in lines:
            if phone := self.phones.get(line):
                for other in {*self._users(phone), self.users.get(phone.user)}:
                    if other is not None and other is not user:
                        self._show(other)
                if phone.identity is not None:
                    self.on_named(phone.identity)

    # --- phones --------------------------------------------------------------------------------

    def phone_changed(self, phone: Phone, old: Mapping[str, Any]) -> None:
        """Bring the extensions up to date that have a phone, or had it."""
        users = {*self._users(phone), *filter(None, [self.users.get(old.get("user"))])}
        self._unindex_phone(phone, old)
        self._index_phone(phone)
        users.update(self._users(phone))
        for user in users:
            self._show(user)
        for identity in {old.get("identity"), phone.identity}:
            if identity is not None:
                self.on_named(identity)

    def phone_removed(self, phone: Phone) -> None:
        """Take a phone from those who had it, with its calls."""
        for channel in phone.line.channels:
            self._channels.pop(channel.id, None)
        users = self._users(phone)
        phone.line.tell_channels(())
        phone.line.tell_hint(Hint.REMOVED)
        self._settle(phone)
        self._unindex_phone(phone, {"user": phone.user, "identity": phone.identity})
        for user in users:
            self._show(user)
        if phone.identity is not None:
            self.on_named(phone.identity)

    def phone_told(self, phone: Phone, fields: Mapping[str, Any]) -> None:
        """Take in what a phone does: its channels, its hint."""
        if (channels := fields.get("channels")) is not None:
            self._list_channels(phone, channels)
        if (hint := fields.get("hint")) is not None:
            phone.line.tell_hint(hint)
        self._settle(phone)

    def endpoint_told(self, message: EndpointStatusUpdated) -> None:
        """Take in a phone's hint that was registered for."""
        if phone := self.phones.get(message.endpoint_id):
            self.phone_told(phone, {"hint": message.hint})

    # --- channels and calls --------------------------------------------------------------------

    def _list_channels(self, phone: Phone, ids: Iterable[str]) -> None:
        ids = dict.fromkeys(ids)
        for channel in phone.line.channels:
            if channel.id not in ids:
                del self._channels[channel.id]
        room = min(CHANNELS_OF_A_PHONE_MOST, CHANNELS_MOST - len(self._channels))
        if len(ids) > room:
            self._count_oddity("more calls than a phone has")
            ids = [each for at, each in enumerate(ids) if at < room or each in self._channels]
        phone.line.tell_channels([self._channel_at(phone, channel_id) for channel_id in ids])

    def _channel_at(self, phone: Phone, channel_id: str) -> Channel:
        """Return a channel, which is a phone's now if it was not before."""
        found = self._channels.get(channel_id)
        if found is None:
            channel = Channel(channel_id)
            if not self._is_live:
                channel.party_end = self._party_ends.get(channel_id)
                self._ask_about(channel_id)
        else:
            channel, owner = found
            if owner is phone:
                return channel
            owner.line.tell_channels([each for each in owner.line.channels if each is not channel])
            self._settle(owner)
        self._channels[channel_id] = channel, phone
        return channel

    def channel_told(self, channel_id: str, fields: Mapping[str, Any] | None) -> None:
        """Take in what a channel does; None if there is no such channel."""
        if fields is None:
            self.channels_removed([channel_id])
        elif found := self._channels.get(channel_id):
            channel, phone = found
            phone.line.tell_channel(channel, fields)
            self._settle(phone)

    def channels_removed(self, ids: Iterable[str]) -> None:
        """Take in that channels are gone."""
        for channel_id in ids:
            if found := self._channels.pop(channel_id, None):
                gone, phone = found
                line = phone.line
                line.tell_channels([each for each in line.channels if each is not gone])
                self._settle(phone)

    def _settle(self, phone: Phone) -> None:
        """Show what a phone does now, and tell what has happened to its calls."""
        if not self._is_live:
            return
        line = phone.line
        events = line.settle(self._time, partial(self._party_of, phone))
        for user in self._users(phone):
            if (record := user.record) is not None:
                self._directory.update(record, **self._calls(self._phones(user)))
                for event in events:
                    record.tell_event(event)
            if self._parties and not any(call.id == HINT_CALL for call in line.calls):
                self._parties.pop((user.id, HINT_CALL), None)

    def _resume_calls(self, phone: Phone) -> None:
        """Find out which calls there are; those that were there before keep what is known of them."""
        line = phone.line
        channels = {channel.id for channel in line.channels} or {HINT_CALL}
        known = {
            call.id: call
            for user in self._users(phone)
            if (record := self._directory.extensions.get((user.id,)))
            for call in record.object.calls
            if call.id in channels
        }
        line.resume(tuple(known.values()), self._time, partial(self._party_of, phone))

    def _time(self) -> datetime:
        return moment(self._now()) or datetime.now(UTC)

    # --- who is at the other end ---------------------------------------------------------------

    def _party_of(self, phone: Phone, channel: str, other: str | None) -> Party | None:
        if other is not None and (found := self._phone_of_channel(other)):
            return Party(found.number or None, self._name(found))
        for user in self._users(phone) if self._parties else ():
            for end in (other, channel):
                if end is not None and (party := self._parties.get((user.id, end))):
                    return party
        return None

    def party_told(self, user_id: str, channel: str, party: Party) -> str | None:
        """Take in who is at the other end of a user's call; returns its id if it is there already."""
        if any(party):
            self._note_party(user_id, channel, party)
        user = self.users.get(user_id)
        for phone in () if user is None else self._phones(user):
            for each in phone.line.channels:
                if channel in {each.id, each.talking_to}:
                    self._settle(phone)
                    return each.id
        return None

    def _note_party(self, user_id: str, channel: str, party: Party) -> None:
        self._parties[user_id, channel] = party
        if len(self._parties) > _PARTIES_MOST:
            del self._parties[next(iter(self._parties))]

    def current_calls_told(self, user_id: str, message: CurrentCalls) -> None:
        """Take in who a user talks to; which of several calls is meant is not said, and not guessed."""
        user = self.users.get(user_id)
        if user is None:
            return
        calls = [
            (phone, call)
            for phone in self._phones(user)
            for call in phone.line.calls
            if call.answered is not None
        ]
        known = {call.number for _, call in calls}
        nameless = [(phone, call) for phone, call in calls if call.number is None]
        told = [each for each in message.calls if each.number and each.number not in known]
        if len(nameless) == len(told) == 1:
            (phone, call), party = nameless[0], Party(told[0].number, told[0].name or None)
            self._note_party(user_id, call.id, party)
            self._settle(phone)

    # --- voicemail -----------------------------------------------------------------------------

    def mailbox_changed(self, mailbox: Mailbox, _: Mapping[str, Any] | None = None) -> None:
        """Bring the extensions up to date that have a voicemail box."""
        for user in self._users_of_mailbox.all(mailbox.id):
            self._update(user, {"voicemail": self._voicemail(user)})
