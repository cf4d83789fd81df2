"""Setting up a telephone system, and changing one's mind about it.

First the kind of system, then what it needs to be reached; it is really reached before anything is
stored. That is one log-in more, and where leaving shows, it shows that somebody left: so nothing is
tried that has not changed. Who is running already follows what is stored by itself, in the update
listener; a flow starts only what is not.
"""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, override

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
)
from homeassistant.const import (
    CONF_HOST,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_USERNAME,
    CONF_VERIFY_SSL,
)
from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from .account_flow import AccountFlow, async_change_account
from .const import (
    CONF_ENCRYPTION,
    CONF_PUSH,
    CONF_SYSTEM,
    DOMAIN,
    SUBENTRY_ACCOUNT,
)
from .coordinator import OfficeConfigEntry, accounts_of, async_make_system
from .description import device_identity
from .forms import (
    Form,
    WrongAnswer,
    as_shown,
    check_host,
    connection_schema,
    credentials_schema,
    login_schema,
    push_schema,
    read_connection,
    read_credentials,
    refusal_told,
    with_carried_credentials,
)
from .options_flow import OfficeOptionsFlow
from .telephony import SYSTEMS, TelephoneSystem
from .telephony.model import Extension
from .telephony.system import PUSH
from .webhooks import with_webhook_id

_STEP_PREFIX = "async_step_"

# What a persistent connection takes beside what is its own.
_PUSH_PARTS = (CONF_HOST, CONF_ENCRYPTION, CONF_VERIFY_SSL, CONF_PUSH)


class OfficeConfigFlow(ConfigFlow, domain=DOMAIN):
    """The set-up of one telephone system."""

    VERSION = 1

    # What a server was reached with, until the person has answered what else is asked: how the persistent
    # connection is had, or whether another server is meant.
    _data: dict[str, Any]
    # Whose credentials are asked for, if not those of the entry itself: the account's subentry id.
    _account: str

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: OfficeConfigEntry) -> OfficeOptionsFlow:
        return OfficeOptionsFlow()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: OfficeConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        has_accounts = SYSTEMS[config_entry.data[CONF_SYSTEM]].has_accounts
        return {SUBENTRY_ACCOUNT: AccountFlow} if has_accounts else {}

    @callback
    @override
    def async_remove(self) -> None:
        """Have the next refused account asked for: this form is out of the way."""
        if self.source in {SOURCE_REAUTH, SOURCE_RECONFIGURE}:
            entry: OfficeConfigEntry | None = self.hass.config_entries.async_get_entry(
                self.context["entry_id"]
            )
            if entry is not None and entry.state is ConfigEntryState.LOADED:
                entry.runtime_data.async_ask_for_credentials()

    # --- setting up ----------------------------------------------------------------------------

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which kind of telephone system it is."""
        if user_input is not None:
            step = getattr(self, f"{_STEP_PREFIX}{user_input[CONF_SYSTEM]}")
            result: ConfigFlowResult = await step()
            return result
        return self.async_show_form(
            step_id="user",
            data_schema=vol.Schema(
                {
                    vol.Required(CONF_SYSTEM, default=next(iter(SYSTEMS))): SelectSelector(
                        SelectSelectorConfig(
                            options=list(SYSTEMS),
                            translation_key=CONF_SYSTEM,
                            mode=SelectSelectorMode.LIST,
                        )
                    )
                }
            ),
        )

    if not TYPE_CHECKING:  # pragma: no branch -- or every misspelt name would count as a step

        def __getattr__(self, name: str) -> Any:
            """Have a step for each telephone system, of its name: where and how it is reached."""
            system = name.removeprefix(_STEP_PREFIX)
            if system == name or system not in SYSTEMS:
                raise AttributeError(name)
            return partial(self._async_step_connection, system, SYSTEMS[system])

    # --- changing ------------------------------------------------------------------------------

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask where and how the server is reached now."""
        system = SYSTEMS[self._get_reconfigure_entry().data[CONF_SYSTEM]]
        return await self._async_step_connection("reconfigure", system, user_input)

    async def async_step_other_server(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Say that this is another server, before everything is replaced by what that one has."""
        entry = self._get_reconfigure_entry()
        if user_input is not None:
            for account in accounts_of(entry):  # that server is not told these people's passwords
                self.hass.config_entries.async_remove_subentry(entry, account)
            return self._async_store(entry, self._data)
        return self.async_show_form(
            step_id="other_server",
            data_schema=vol.Schema({}),
            description_placeholders={
                "title": entry.title,
                "host": self._data[CONF_HOST],
                "extensions": str(len(self._known_extensions(entry))),
            },
        )

    # --- new credentials -----------------------------------------------------------------------

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Ask for credentials of whom the server refuses: the entry's own user, or an account's."""
        account = entry_data.get(SUBENTRY_ACCOUNT)
        if account is None:
            return await self.async_step_reauth_confirm()
        if account == PUSH:
            return await self.async_step_reauth_push()
        self._account = account
        return await self.async_step_reauth_account()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask with whose credentials the entry itself logs in."""
        entry = self._get_reauth_entry()
        form = Form(login_schema(SYSTEMS[entry.data[CONF_SYSTEM]]))
        if user_input is not None:
            with form.errors_told():
                known = _without(entry.data, CONF_USERNAME, CONF_PASSWORD)
                data = with_carried_credentials({**known, **read_credentials(user_input)})
                await self._async_try(_without(data, CONF_PUSH))
                return self._async_store(entry, data)
        form.schema = self.add_suggested_values_to_schema(
            form.schema, as_shown(user_input or entry.data)
        )
        return self.async_show_form(step_id="reauth_confirm", **form.shown)

    async def async_step_reauth_push(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask with whose credentials the persistent connection logs in."""
        entry = self._get_reauth_entry()
        push = entry.data[CONF_PUSH]
        form = Form(credentials_schema((user_input or push)[CONF_USERNAME]))
        if user_input is not None:
            with form.errors_told():
                data = {**entry.data, CONF_PUSH: {**push, **read_credentials(user_input)}}
                await self._async_try(data)
                return self._async_store(entry, data)
        return self.async_show_form(step_id="reauth_push", **form.shown)

    async def async_step_reauth_account(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the credentials of one further account."""
        entry: OfficeConfigEntry = self._get_reauth_entry()
        subentry = entry.subentries.get(self._account)
        if subentry is None or entry.state is not ConfigEntryState.LOADED:
            # Whoever is still refused when the entry is loaded again is asked for again.
            return self.async_abort(reason="not_loaded")
        form = Form(
            credentials_schema((user_input or subentry.data)[CONF_USERNAME]),
            {"account": subentry.title},
        )
        if user_input is not None:
            with form.errors_told():
                await async_change_account(self.hass, entry, subentry, user_input)
                return self.async_update_and_abort(entry)
        return self.async_show_form(step_id="reauth_account", **form.shown)

    # --- what all of them do -------------------------------------------------------------------

    async def _async_step_connection(
        self,
        step_id: str,
        system: type[TelephoneSystem],
        user_input: dict[str, Any] | None = None,
    ) -> ConfigFlowResult:
        """Ask where and how a server is reached, and reach it."""
        known: Mapping[str, Any] = {}
        if self.source == SOURCE_RECONFIGURE:
            known = self._get_reconfigure_entry().data
        form = Form(
            connection_schema(system, is_known=CONF_PASSWORD in known),
            {"default_port": str(system.default_port)},
        )
        if system.default_tls_port is not None:
            form.values["default_tls_port"] = str(system.default_tls_port)
        shown = as_shown(known)
        if user_input is not None:
            shown = read_connection(system, user_input)
            with form.errors_told():
                data = {
                    **_without(known, CONF_PUSH, CONF_USERNAME),  # a password stays
                    CONF_SYSTEM: system.key,
                    **_without(shown, CONF_PUSH),
                }
                return await self._async_reach(data, with_push=shown.get(CONF_PUSH, False))
        form.schema = self.add_suggested_values_to_schema(form.schema, shown)
        return self.async_show_form(step_id=step_id, **form.shown)

    async def async_step_push(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask how the persistent connection beside the requests is had, and have it."""
        known: Mapping[str, Any] = {}
        if self.source == SOURCE_RECONFIGURE:
            known = self._get_reconfigure_entry().data.get(CONF_PUSH, {})
        form = Form(push_schema(is_known=CONF_PASSWORD in known))
        proposed = known or self._data
        shown = {key: proposed[key] for key in (CONF_PORT, CONF_USERNAME) if key in proposed}
        if user_input is not None:
            shown = read_credentials(user_input)
            with form.errors_told():
                return await self._async_have({**self._data, CONF_PUSH: {**known, **shown}})
        form.schema = self.add_suggested_values_to_schema(form.schema, shown)
        return self.async_show_form(step_id="push", **form.shown)

    async def _async_reach(self, data: dict[str, Any], *, with_push: bool) -> ConfigFlowResult:
        """Store what a server is reached with, once what else it takes is known."""
        check_host(data[CONF_HOST])
        data = with_carried_credentials(data)
        self._abort_if_same_server(data)
        if not with_push:
            return await self._async_have(data)
        # Without the persistent connection first: what is wrong here is told here.
        if not self._is_in_use(data, None):
            await self._async_try(data)
        self._data = data
        return await self.async_step_push()

    async def _async_have(self, data: dict[str, Any]) -> ConfigFlowResult:
        """Store all that a server is reached with."""
        if self.source == SOURCE_RECONFIGURE:
            return await self._async_reach_anew(self._get_reconfigure_entry(), data)
        await self._async_try(data)
        self._abort_if_same_server(data)  # two may be trying at once
        return self.async_create_entry(title=_title_of(data), data=with_webhook_id(data))

    async def _async_reach_anew(
        self, entry: OfficeConfigEntry, data: dict[str, Any]
    ) -> ConfigFlowResult:
        if data == entry.data and self._is_in_use(data, None, PUSH):
            return self.async_update_and_abort(entry)
        push = {key: data[key] for key in _PUSH_PARTS if key in data}
        if CONF_PUSH in push and self._is_in_use(push, PUSH):  # the requests were tried before
            return self._async_store(entry, data)
        system = await self._async_try(data)
        self._abort_if_same_server(data)
        known = self._known_extensions(entry)
        if (
            known
            and _tells_who_is_there(system)
            and known.isdisjoint(
                device_identity(entry.entry_id, Extension, record.object.id)
                for record in system.directory.extensions
            )
        ):
            self._data = data
            return await self.async_step_other_server()
        return self._async_store(entry, data)

    async def _async_try(self, data: Mapping[str, Any]) -> TelephoneSystem:
        """Connect, log in, read the whole picture and leave again."""
        system = await async_make_system(self.hass, data)
        with refusal_told(data):
            await system.start()
        await system.stop()
        return system

    def _is_in_use(self, data: Mapping[str, Any], *accounts: str | None) -> bool:
        """Tell whether the entry that is reconfigured runs with this, and these are not refused."""
        if self.source != SOURCE_RECONFIGURE:
            return False
        entry = self._get_reconfigure_entry()
        return (
            entry.state is ConfigEntryState.LOADED
            and data.items() <= entry.data.items()
            and not any(map(entry.runtime_data.is_refused, accounts))
        )

    def _abort_if_same_server(self, data: Mapping[str, Any]) -> None:
        """Allow one entry per server; the one that is reconfigured may stay where it is.

        Raises:
            WrongAnswer: another telephone system has this address.
            AbortFlow: this one is set up already.
        """
        address = {key: data[key] for key in (CONF_HOST, CONF_PORT)}
        if self.source == SOURCE_RECONFIGURE:
            known = self._get_reconfigure_entry().data
            if address == {key: known[key] for key in address}:
                return
        for entry in self._async_current_entries(include_ignore=False):
            if (
                address.items() <= entry.data.items()
                and entry.data[CONF_SYSTEM] != data[CONF_SYSTEM]
            ):
                other = f"{entry.title} ({SYSTEMS[entry.data[CONF_SYSTEM]].name})"
                raise WrongAnswer(CONF_PORT, "other_system_there", other=other)
        self._async_abort_entries_match(address)

    def _known_extensions(self, entry: OfficeConfigEntry) -> set[str]:
        """Return the identifiers of the entry's extensions."""
        prefix = device_identity(entry.entry_id, Extension, ())
        devices = dr.async_entries_for_config_entry(dr.async_get(self.hass), entry.entry_id)
        identities = (identity for device in devices for _, identity in device.identifiers)
        return {identity for identity in identities if identity.startswith(prefix)}

    @callback
    def _async_store(self, entry: OfficeConfigEntry, data: Mapping[str, Any]) -> ConfigFlowResult:
        """Store what the server was reached with, and have the entry begin anew with it."""
        is_followed = entry.state is ConfigEntryState.LOADED and data != entry.data
        result = self.async_update_and_abort(entry, data=data)
        if not is_followed and entry.state.recoverable:
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return result


def _without(data: Mapping[str, Any], *left_out: str) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in left_out}


def _tells_who_is_there(system: TelephoneSystem) -> bool:
    """Tell whether the server says who is there; if not, the person does."""
    return system.settings.push is not None or not system.takes_named_users


def _title_of(data: Mapping[str, Any]) -> str:
    system = SYSTEMS[data[CONF_SYSTEM]]
    title = f"{system.manufacturer} {data[CONF_HOST]}"
    if data[CONF_PORT] not in {system.default_port, system.default_tls_port}:
        title += f":{data[CONF_PORT]}"
    return title
