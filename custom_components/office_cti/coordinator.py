"""The directory's objects as devices and entities.

One coordinator per config entry. It holds the telephone system, brings the chosen objects in as
devices, and adds, renames and removes them as the server does. It takes no part in what the entities
show: each listens to its own object in the directory.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import tzinfo
from itertools import batched, chain
from typing import Any

import aiohttp
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowContext,
)
from homeassistant.const import CONF_PASSWORD, CONF_PORT, CONF_USERNAME, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .admission import Admission, Platform
from .const import (
    CONF_AUTHORIZATION,
    CONF_ENCRYPTION,
    CONF_EVENT_TYPES,
    CONF_EVENT_USERS,
    CONF_EVENTS,
    CONF_GRACE_PERIOD,
    CONF_GROUP_NUMBERS,
    CONF_GROUPS,
    CONF_KINDS,
    CONF_NUMBERS,
    CONF_PUSH,
    CONF_STATUS_KINDS,
    CONF_SYSTEM,
    CONF_TIME_ZONE,
    CONF_USERS,
    DEFAULT_GRACE_PERIOD,
    DOMAIN,
    SUBENTRY_ACCOUNT,
)
from .description import (
    Level,
    OfficeDescription,
    device_identity,
    key_of,
    kind_of,
    unique_id_of,
    word_of,
)
from .devices import DEVICE_KINDS, label_of
from .hindrance import async_tell_hindrance
from .request_templates import templates_of
from .selection import Selection, names_of, with_renamed_group
from .telephony import SYSTEMS, TelephoneSystem
from .telephony.directory import SLICE_PAUSE, Record
from .telephony.model import Feature, ObjectId, Server, StatusKind, StatusList, TelephonyObject
from .telephony.system import (
    PUSH,
    Authorization,
    Credentials,
    Encryption,
    InTheWay,
    NamedUser,
    PushSettings,
    SystemSettings,
)

type OfficeConfigEntry = ConfigEntry[OfficeCoordinator]
# What an object is called, and in which group, if it is counted there alone.
type _Label = tuple[type, str, ObjectId | None]

# Objects brought in during one turn of the event loop, each with its device and all its entities.
_OBJECTS_AT_ONCE = 60
# Turns of the queue of changes that are waited for; a server that goes on without end is not.
_TURNS_MOST = 200


async def async_make_system(
    hass: HomeAssistant,
    data: Mapping[str, Any],
    options: Mapping[str, Any] | None = None,
    accounts: Mapping[str, Credentials] | None = None,
) -> TelephoneSystem:
    """Return the telephone system that a config entry's data and options speak of."""
    zone = (options or {}).get(CONF_TIME_ZONE)
    time_zone = zone and await dt_util.async_get_time_zone(zone)
    session = async_get_clientsession(hass, verify_ssl=data.get(CONF_VERIFY_SSL, True))
    return make_system(data, options or {}, accounts or {}, time_zone or None, session)


def make_system(
    data: Mapping[str, Any],
    options: Mapping[str, Any],
    accounts: Mapping[str, Credentials] | None = None,
    time_zone: tzinfo | None = None,
    session: aiohttp.ClientSession | None = None,
) -> TelephoneSystem:
    """Return the same, where the server's time zone and the session for its requests are known."""
    push = _push_of(data)
    events = options.get(CONF_EVENTS, {})
    return SYSTEMS[data[CONF_SYSTEM]](
        SystemSettings(
            host=data["host"],
            port=data["port"],
            credentials=credentials_of(data) if CONF_PASSWORD in data else None,
            authorization=Authorization(data.get(CONF_AUTHORIZATION, Authorization.NONE)),
            push=push,
            # With a persistent connection the server itself tells who is there.
            users=() if push else users_of(options),
            group_numbers=tuple(options.get(CONF_GROUP_NUMBERS, ())),
            templates=templates_of(options),
            event_types=tuple(events.get(CONF_EVENT_TYPES, ())),
            event_users=tuple(events.get(CONF_EVENT_USERS, ())),
            session=session,
            encryption=Encryption(data.get(CONF_ENCRYPTION, Encryption.AS_OFFERED)),
            verify_certificate=data.get(CONF_VERIFY_SSL, True),
            accounts=accounts or {},
            time_zone=time_zone or dt_util.get_default_time_zone(),
            grace_period=options.get(CONF_GRACE_PERIOD, DEFAULT_GRACE_PERIOD),
            status_kinds={
                name: StatusKind(kind)
                for kind, names in options.get(CONF_STATUS_KINDS, {}).items()
                for name in names
            },
        )
    )


def credentials_of(data: Mapping[str, Any], user: ObjectId | None = None) -> Credentials:
    """Return the credentials that an entry's or an account's data hold.

    A server's one password has no username.
    """
    return Credentials(data.get(CONF_USERNAME, ""), data[CONF_PASSWORD], user)


def users_of(options: Mapping[str, Any]) -> tuple[NamedUser, ...]:
    """Return the users whom a person has named in the options."""
    return tuple(NamedUser(**user) for user in options.get(CONF_USERS, ()))


def _push_of(data: Mapping[str, Any]) -> PushSettings | None:
    push = data.get(CONF_PUSH)
    return push and PushSettings(push[CONF_PORT], credentials_of(push))


def accounts_of(entry: ConfigEntry[Any]) -> dict[str, Credentials]:
    """Return the further accounts of a config entry, by the ids of its subentries.

    An account's subentry has the path of the person's extension as its unique id.
    """
    return {
        subentry.subentry_id: credentials_of(
            subentry.data, names_of(subentry.unique_id) if subentry.unique_id else None
        )
        for subentry in entry.subentries.values()
        if subentry.subentry_type == SUBENTRY_ACCOUNT
    }


class OfficeCoordinator:
    """Keeps Home Assistant's devices and entities equal to the directory's objects."""

    def __init__(
        self, hass: HomeAssistant, entry: OfficeConfigEntry, system: TelephoneSystem
    ) -> None:
        self.hass = hass
        self.entry = entry
        self._data = dict(entry.data)
        self._options = dict(entry.options)
        self._accounts = system.settings.accounts
        self._accounts_lock = asyncio.Lock()
        self.system = system
        self.directory = system.directory
        self._selection = self._read_selection()
        self._platforms: list[Platform] = []
        self._admission = Admission(hass, entry, self._platforms, self.identity_of)
        self._server_device_id: str | None = None
        self._records: dict[str, Record[Any]] = {}
        self._device_ids: dict[Record[Any], str] = {}
        # Whose entities were made, and for which features; a device may be there before them, from
        # the last time.
        self._brought_in: dict[Record[Any], frozenset[Feature]] = {}
        # What has come and waits to be brought in, in order, and whom there was no room for.
        self._arrived: dict[Record[Any], None] = {}
        self._arrivals: asyncio.Task[None] | None = None
        self._left_out: set[Record[Any]] = set()
        # Set while the platforms are taken down: then nothing is brought in any more.
        self.is_stopping = False
        # How many objects of a kind have a name or number, anywhere and in one group: one that several
        # have is told apart.
        self._labels: Counter[_Label] = Counter()
        self._counted: dict[Record[Any], tuple[_Label, _Label]] = {}
        # Accounts whose credentials the server no longer takes (None: the main one).
        self._refused: set[str | None] = set()
        self._asked_for: str | None = None
        system.on_refused = self._async_refused
        # What somebody must put right at the server.
        self._hindrance: InTheWay | None = None
        system.on_hindered = self.async_hindered

    def _read_selection(self) -> Selection:
        options = self._options
        return Selection.of(options.get(CONF_GROUPS, ()), options.get(CONF_NUMBERS, ""))

    def is_up_to_date(self) -> bool:
        """Tell whether this coordinator was made from what the config entry says now."""
        return self._data == self.entry.data and self._options == self.entry.options

    def record_of(self, device_id: str) -> Record[Any] | None:
        """Return the object behind a device."""
        return self._records.get(device_id)

    def device_id_of(self, record: Record[Any]) -> str | None:
        """Return the device of an object, if it has one."""
        return self._device_ids.get(record)

    def is_present(self, device_id: str) -> bool:
        """Tell whether the telephone system has what this device stands for."""
        return device_id in self._records or device_id == self._server_device_id

    # --- what is in the way --------------------------------------------------------------------

    @callback
    def async_hindered(self, error: InTheWay | None) -> None:
        """Tell the person what is to be put right at the server, or that nothing is any more."""
        self._hindrance = error
        self.async_tell_hindrance()

    @callback
    def async_tell_hindrance(self) -> None:
        """Tell it anew; what was told of an attempt before this one does not count any more."""
        async_tell_hindrance(self.hass, self.entry, self._hindrance)

    # --- accounts ------------------------------------------------------------------------------

    async def async_update_accounts(self) -> None:
        """Have the accounts that the config entry says now, and ask for what the server refuses."""
        async with self._accounts_lock:
            before, now = self._accounts, accounts_of(self.entry)
            if now != before and not self.is_stopping:
                self._accounts = now
                self._async_forgive(
                    key for key in before if key not in now or now[key] != before[key]
                )
                await self.system.set_accounts(now)
        self.async_ask_for_credentials()

    async def async_restart_account(self, account: str) -> None:
        """Start an account anew that the server takes again, with the credentials that it has."""
        async with self._accounts_lock:
            if self.is_stopping:
                return
            self._async_forgive([account])
            others = {key: each for key, each in self._accounts.items() if key != account}
            await self.system.set_accounts(others)
            await self.system.set_accounts(self._accounts)

    def is_refused(self, account: str | None) -> bool:
        """Tell whether the server no longer takes an account's credentials (None: the main one's)."""
        return account in self._refused

    @callback
    def _async_refused(self, account: str | None) -> None:
        self._refused.add(account)
        self.async_ask_for_credentials()

    @callback
    def _async_forgive(self, accounts: Iterable[str]) -> None:
        """Take these accounts for refused no longer, and end the form that asks for one of them."""
        self._refused.difference_update(accounts)
        if self._asked_for not in self._refused:
            for flow in list(self.entry.async_get_active_flows(self.hass, {SOURCE_REAUTH})):
                self.hass.config_entries.flow.async_abort(flow["flow_id"])

    @callback
    def async_ask_for_credentials(self) -> None:
        """Ask for new credentials of one refused account, if any is, in the next turn of the loop.

        Home Assistant shows one such form of an entry at a time; when it is gone, this is called
        again. While the entry is set up nothing is asked: what else goes wrong then comes first.
        """
        self.hass.loop.call_soon(self._async_ask_for_credentials)

    @callback
    def _async_ask_for_credentials(self) -> None:
        refused = self._refused & {None, PUSH, *self._accounts}
        is_loaded = self.entry.state is ConfigEntryState.LOADED
        if not (refused and is_loaded) or any(
            self.entry.async_get_active_flows(self.hass, {SOURCE_REAUTH, SOURCE_RECONFIGURE})
        ):
            return
        self._asked_for = min(refused, key=_urgency)
        self.entry.async_start_reauth(
            self.hass, self._reauth_context(), {SUBENTRY_ACCOUNT: self._asked_for}
        )

    def _reauth_context(self) -> ConfigFlowContext | None:
        """Return what shows whose credentials are asked for before the form is opened."""
        account = self.entry.subentries.get(self._asked_for or "")
        if account is None:
            return None
        return ConfigFlowContext(
            title_placeholders={"name": f"{self.entry.title}: {account.title}"}
        )

    # --- bringing in ---------------------------------------------------------------------------

    @callback
    def async_add_platform(
        self,
        domain: str,
        descriptions: Sequence[OfficeDescription],
        entity: Callable[..., Entity],
        add: AddConfigEntryEntitiesCallback,
    ) -> None:
        """Have a platform's entities made for every object that it can show."""
        self._platforms.append(Platform(domain, descriptions, entity, add))

    async def async_bring_in_all(self) -> None:
        """Bring in what the directory holds, once all platforms are there; then follow it."""
        await self._async_turn()  # what is in the picture now is brought in all at once
        self.directory.watcher = self
        records = list(chain(*(self.directory.tables[kind] for kind in DEVICE_KINDS)))
        for record in records:
            self._count_label(record)
        wanted = [record for record in records if self._wants(record.object)]
        # Who is renamed or removed before its turn comes is found by the device of the last time.
        for record in wanted:
            self._async_remember_last_device(record, record.object.id)
        self._async_bring_in_server()
        if self.directory.complete:
            await self._async_remove_stale_devices()
        await self._admission.async_enable_reduced(wanted)
        await self._async_admit(wanted)

    async def _async_bring_in_arrived(self) -> None:
        """Bring in what has come while running: what came together is counted together."""
        while self._arrived:
            await self._async_turn()
            arrived = list(self._arrived)
            self._arrived.clear()
            await self._async_admit(arrived)

    async def _async_admit(self, records: Sequence[Record[Any]]) -> None:
        """Bring in as much of these objects as there is room for."""
        level = self._admission.async_admit(records)
        if level is Level.NOTHING:
            self._left_out.update(r for r in records if r not in self._device_ids)
        for some in batched(records, _OBJECTS_AT_ONCE, strict=False):
            # Some may have gone while the loop had its turn; what came was brought in already.
            self._async_bring_in([record for record in some if self._is_to_come_in(record)], level)
            await self._async_turn()  # a rename is followed before the renamed is brought in
        self._admission.async_tell(len(self._left_out))

    def _is_to_come_in(self, record: Record[Any]) -> bool:
        return (
            self.directory.tables[type(record.object)].get(record.object.id) is record
            and record not in self._brought_in
            and record not in self._left_out
            and not self.is_stopping
            and self._wants(record.object)
        )

    @callback
    def _async_bring_in_server(self) -> None:
        device = dr.async_get(self.hass).async_get_or_create(
            config_entry_id=self.entry.entry_id,
            entry_type=dr.DeviceEntryType.SERVICE,
            identifiers={(DOMAIN, self.identity(Server, ()))},
            manufacturer=self.system.manufacturer,
            model=self.system.name,
            name=self.entry.title,
            sw_version=self.directory.server.object.version,
        )
        self._server_device_id = device.id
        server = self.directory.server
        self._brought_in[server] = server.object.features
        self._async_remove_entities_not_shown(server, device.id)
        self._async_add_entities([(server, (), device)], Level.FULL)

    @callback
    def _async_bring_in(self, records: Sequence[Record[Any]], level: Level) -> None:
        added = []
        for record in records:
            was_there = record in self._device_ids
            if was_there:
                self._async_recall(record)
            self._brought_in[record] = record.object.features
            device = self._async_make_device(record, record.object.id)
            if was_there:
                self._async_remove_entities_not_shown(record, device.id)
            added.append((record, record.object.id, device))
        self._async_add_entities(added, level)

    @callback
    def _async_recall(self, record: Record[Any]) -> None:
        """Remind the telephone system of what was shown of an object the last time and is not yet.

        What nobody can ask for is told sooner or later; until then its entities keep their places.
        """
        shown = self._async_registered(self._device_ids[record])
        needs = {
            feature
            for platform in self._platforms
            for description in platform.descriptions
            if description.kind is type(record.object)
            and (platform.domain, description.key) in shown
            for feature in description.needs
        }
        if missing := needs - record.object.features:
            self.system.recall(record.object, frozenset(missing))

    @callback
    def _async_make_device(self, record: Record[Any], object_id: ObjectId) -> dr.DeviceEntry:
        """Make the record's device, or bring the one that it has up to date."""
        telephony_object = record.object
        device = dr.async_get(self.hass).async_get_or_create(
            config_entry_id=self.entry.entry_id,
            identifiers={(DOMAIN, self.identity(type(telephony_object), object_id))},
            manufacturer=self.system.manufacturer,
            model=DEVICE_KINDS[type(telephony_object)].model(telephony_object),
            via_device_id=self._server_device_id,
            **self._name_of(telephony_object),
        )
        self._remember(record, device)
        return device

    def _remember(self, record: Record[Any], device: dr.DeviceEntry) -> None:
        self._records[device.id] = record
        self._device_ids[record] = device.id

    @callback
    def _async_add_entities(
        self,
        added: Sequence[tuple[Record[Any], ObjectId, dr.DeviceEntry]],
        level: Level,
        before: frozenset[Feature] | None = None,
    ) -> None:
        """Make the entities of these objects, but for those made when they had the features before."""
        for platform in self._platforms:
            entities = [
                platform.entity(
                    self,
                    record,
                    description,
                    unique_id=unique_id_of(
                        self.identity(description.kind, object_id), description.key
                    ),
                    device=device,
                    enabled=description.is_enabled_at(level),
                )
                for record, object_id, device in added
                for description in platform.shown_of(record.object)
                if before is None or not description.is_shown_with(before)
            ]
            if entities:
                platform.add(entities)

    @callback
    def _async_remove_entities_not_shown(self, record: Record[Any], device_id: str) -> None:
        """Remove registered entities of what the object no longer has."""
        shown = {
            (platform.domain, description.key)
            for platform in self._platforms
            for description in platform.shown_of(record.object)
        }
        for what, entity_id in self._async_registered(device_id).items():
            if what not in shown:
                er.async_get(self.hass).async_remove(entity_id)

    @callback
    def _async_registered(self, device_id: str) -> dict[tuple[str, str], str]:
        """Return the registered entities of a device, by their platforms and by what they show."""
        return {
            (entry.domain, key_of(entry.unique_id)): entry.entity_id
            for entry in er.async_entries_for_device(
                er.async_get(self.hass), device_id, include_disabled_entities=True
            )
            if entry.platform == DOMAIN
        }

    def _wants(self, telephony_object: Any) -> bool:
        kind = type(telephony_object)
        return self._wants_kind(kind) and self._selection.wants(telephony_object)

    def _wants_kind(self, kind: type[TelephonyObject]) -> bool:
        device_kind = DEVICE_KINDS.get(kind)
        kinds = self._options.get(CONF_KINDS)
        return device_kind is not None and (kinds is None or device_kind.option in kinds)

    async def async_stop(self) -> None:
        """Take leave of the telephone system; what it has said until then still counts.

        A rename that nobody followed would cost what was renamed its history.
        """
        await self.system.stop()
        await self._async_turn()

    async def _async_turn(self) -> None:
        """Give the event loop a turn, or as many as it takes until all changes are followed."""
        await asyncio.sleep(0)
        turns = _TURNS_MOST
        while self.directory.is_telling and turns:  # nobody is told of the queue's end
            turns -= 1
            await asyncio.sleep(SLICE_PAUSE)

    # --- names ---------------------------------------------------------------------------------

    def identity(self, kind: type[TelephonyObject], object_id: ObjectId) -> str:
        """Return an object's device identifier."""
        return device_identity(self.entry.entry_id, kind, object_id)

    def identity_of(self, record: Record[Any]) -> str:
        """Return the device identifier of an object as it is now."""
        return self.identity(type(record.object), record.object.id)

    def _name_of(self, telephony_object: Any) -> dict[str, Any]:
        kind = DEVICE_KINDS[type(telephony_object)]
        anywhere, in_group = _labels_of(telephony_object)
        several = self._labels[anywhere] > 1
        if own_name := kind.own_name(telephony_object):
            mark = _mark_of(telephony_object)
            return {"name": f"{own_name} ({mark})" if several else own_name}
        label = label_of(telephony_object)
        group = ", ".join(telephony_object.group)
        if not group or self._labels[in_group] > 1:
            group = _mark_of(telephony_object)
        return {
            "translation_key": f"{kind.translation_key}_of_group"
            if several
            else kind.translation_key,
            "translation_placeholders": {"label": label, "group": group},
        }

    def _count_label(self, record: Record[Any]) -> None:
        self._forget_label(record)
        self._counted[record] = counted = _labels_of(record.object)
        self._labels.update(counted)

    def _forget_label(self, record: Record[Any]) -> None:
        for counted in self._counted.pop(record, ()):
            self._labels[counted] -= 1
            if not self._labels[counted]:
                del self._labels[counted]

    @callback
    def _async_remember_last_device(self, record: Record[Any], object_id: ObjectId) -> None:
        """Find the device that the object had when it was last brought in."""
        device = self._async_find_device(self.identity(type(record.object), object_id))
        if device is not None:
            self._remember(record, device)

    @callback
    def _async_find_device(self, identity: str) -> dr.DeviceEntry | None:
        return dr.async_get(self.hass).async_get_device_by_identifier(
            (DOMAIN, identity), self.entry.entry_id
        )

    # --- following the directory ---------------------------------------------------------------

    @callback
    def added(self, record: Record[Any], object_id: ObjectId) -> None:
        """Bring a new object in, if it is wanted and there is room for it."""
        if type(record.object) not in DEVICE_KINDS:
            return
        self._count_label(record)
        if self.is_stopping or record in self._brought_in or not self._wants(record.object):
            return
        if record not in self._device_ids:
            self._async_remember_last_device(record, object_id)
        self._arrived[record] = None
        if self._arrivals is None or self._arrivals.done():
            self._arrivals = self.entry.async_create_task(
                self.hass, self._async_bring_in_arrived(), f"{DOMAIN} arrivals", eager_start=False
            )

    @callback
    def renamed(self, record: Record[Any], old_id: ObjectId, new_id: ObjectId) -> None:
        """Move what is behind a device to its new name; the person's own names and history stay."""
        if isinstance(record.object, StatusList):
            self._async_rename_chosen_group(old_id, new_id)
            return
        self._count_label(record)
        if not self._wants(record.object):
            self._async_take_out(record)
            return
        if (device_id := self._device_ids.get(record)) is not None:
            device = self._async_rename_device(record, device_id, new_id)
            if record in self._brought_in and record.object.id == new_id:
                self._async_follow_features(record, device)
        self.added(record, new_id)  # unless it was brought in before

    @callback
    def described(self, record: Record[Any]) -> None:
        """Follow another name or number, and what the object can do since or no longer can."""
        if record is self.directory.server:
            self._async_follow_server()
            return
        if type(record.object) not in DEVICE_KINDS:
            return
        self._count_label(record)
        if not self._wants(record.object):
            self._async_take_out(record)
        elif record not in self._brought_in:
            self.added(record, record.object.id)
        elif self._is_known_by_its_id(record):  # else a rename follows, and brings the rest
            device = self._async_make_device(record, record.object.id)
            self._async_follow_features(record, device)

    def _is_known_by_its_id(self, record: Record[Any]) -> bool:
        device = self._async_find_device(self.identity_of(record))
        return device is not None and device.id == self._device_ids.get(record)

    @callback
    def _async_follow_features(self, record: Record[Any], device: dr.DeviceEntry) -> None:
        before, now = self._brought_in[record], record.object.features
        if before == now:
            return
        self._brought_in[record] = now
        self._async_remove_entities_not_shown(record, device.id)
        level = self._admission.async_admit([record])
        self._async_add_entities([(record, record.object.id, device)], level, before)
        self._admission.async_tell(len(self._left_out))

    @callback
    def _async_follow_server(self) -> None:
        """Follow what the server tells of itself since or no longer does."""
        device = self._async_find_device(self.identity(Server, ()))
        if device is not None:
            server = self.directory.server
            dr.async_get(self.hass).async_update_device(device.id, sw_version=server.object.version)
            self._async_follow_features(server, device)

    @callback
    def _async_rename_chosen_group(self, old_id: ObjectId, new_id: ObjectId) -> None:
        self._async_follow(CONF_GROUPS, lambda chosen: with_renamed_group(chosen, old_id, new_id))
        self._selection = self._read_selection()

    @callback
    def status_renamed(self, old: str, new: str) -> None:
        """Keep what the person said that a status means."""
        self._async_follow(
            CONF_STATUS_KINDS,
            lambda kinds: {
                kind: [*names, new] if old in names and new not in names else names
                for kind, names in kinds.items()
            },
        )

    @callback
    def _async_follow(self, option: str, follow: Callable[[Any], Any]) -> None:
        """Follow the server's names in one option; whatever else the person changes stays."""
        if option in self._options:
            self._options[option] = follow(self._options[option])
        chosen = self.entry.options.get(option)
        if chosen is not None and (followed := follow(chosen)) != chosen:
            self.hass.config_entries.async_update_entry(
                self.entry, options={**self.entry.options, option: followed}
            )

    @callback
    def _async_rename_device(
        self, record: Record[Any], device_id: str, new_id: ObjectId
    ) -> dr.DeviceEntry:
        devices, entities = dr.async_get(self.hass), er.async_get(self.hass)
        identity = self.identity(type(record.object), new_id)
        if (stale := self._async_find_device(identity)) and stale.id != device_id:
            devices.async_remove_device(stale.id)
        devices.async_update_device(device_id, new_identifiers={(DOMAIN, identity)})
        device = self._async_make_device(record, new_id)
        for entry in er.async_entries_for_device(
            entities, device_id, include_disabled_entities=True
        ):
            if entry.platform == DOMAIN:
                unique_id = unique_id_of(identity, key_of(entry.unique_id))
                entities.async_update_entity(entry.entity_id, new_unique_id=unique_id)
        return device

    @callback
    def removed(self, record: Record[Any]) -> None:
        """Take an object out that the telephone system no longer has."""
        self._forget_label(record)
        self._async_take_out(record)

    @callback
    def _async_take_out(self, record: Record[Any]) -> None:
        """Remove the object's device, and with it the entities."""
        self._arrived.pop(record, None)
        self._brought_in.pop(record, None)
        if record in self._left_out:
            self._left_out.discard(record)
            self._admission.async_tell(len(self._left_out))
        if (device_id := self._device_ids.pop(record, None)) is not None:
            del self._records[device_id]
            dr.async_get(self.hass).async_remove_device(device_id)

    async def _async_remove_stale_devices(self) -> None:
        """Remove devices of what the server no longer has, or the person no longer wants."""
        devices = dr.async_get(self.hass)
        present = dr.async_entries_for_config_entry(devices, self.entry.entry_id)
        absent = {word_of(kind) for kind in self.directory.may_be_absent if self._wants_kind(kind)}
        stale = [
            device.id
            for device in present
            if not self.is_present(device.id)
            and not any(kind_of(identity) in absent for _, identity in device.identifiers)
        ]
        for device_ids in batched(stale, _OBJECTS_AT_ONCE, strict=False):
            for device_id in device_ids:
                # In the meantime somebody may have come back, or a person deleted it.
                if not self.is_present(device_id) and devices.async_get(device_id):
                    devices.async_remove_device(device_id)
            await asyncio.sleep(SLICE_PAUSE)


def _urgency(account: str | None) -> tuple[bool, bool, str]:
    """Return in which order refused accounts are asked for: first those that most hangs on."""
    return account is not None, account != PUSH, account or ""


def _labels_of(telephony_object: Any) -> tuple[_Label, _Label]:
    """Return what an object is called, as it is counted anywhere and in its group."""
    kind, label = type(telephony_object), label_of(telephony_object)
    return (kind, label, None), (kind, label, telephony_object.group)


def _mark_of(telephony_object: Any) -> str:
    """Return what tells an object from others of its name and group: its number, or else its id."""
    number, object_id = telephony_object.number, telephony_object.id[-1]
    mark: str = object_id if number in {"", label_of(telephony_object)} else number
    return mark
