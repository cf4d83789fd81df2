"""Setting up a telephone system, and changing one's mind about it.

First the kind of system, then what it needs to be reached; it is really reached before anything is
stored. The options say what is brought in and what its words mean.
"""

import logging
import re
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlow,
)
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import callback
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
from homeassistant.util.network import is_ip_address
import voluptuous as vol

from .const import (
    CONF_GRACE_PERIOD,
    CONF_GROUPS,
    CONF_NUMBERS,
    CONF_STATUS_KINDS,
    CONF_SYSTEM,
    DEFAULT_GRACE_PERIOD,
    DOMAIN,
)
from .coordinator import OfficeConfigEntry, OfficeCoordinator, make_system
from .selection import Selection, names_of, path_of
from .telephony import SYSTEMS
from .telephony.model import Status, StatusKind
from .telephony.system import NotThisSystem, TelephonyError

_LOGGER = logging.getLogger(__name__)

_GRACE_PERIOD_MOST = 300


def _address_schema(default_port: int) -> vol.Schema:
    return vol.Schema(
        {
            vol.Required(CONF_HOST): TextSelector(),
            vol.Required(CONF_PORT, default=default_port): vol.All(
                NumberSelector(NumberSelectorConfig(min=1, max=65535, mode=NumberSelectorMode.BOX)),
                vol.Coerce(int),
            ),
        }
    )


def _is_host(host: str) -> bool:
    """Tell whether this can be a host name or an address; with a colon, only an IPv6 address can."""
    if ":" in host:
        return is_ip_address(host.partition("%")[0])
    return re.fullmatch(r"[\w.-]+", host) is not None


async def _async_try(data: dict[str, Any]) -> str | None:
    """Connect, read the whole picture and leave again; returns what went wrong."""
    system = make_system(data, {})
    try:
        await system.start()
    except NotThisSystem as error:
        return error.key
    except TelephonyError as error:
        _LOGGER.debug("Could not connect: %s", error)
        return "cannot_connect"
    except Exception:
        _LOGGER.exception("Could not connect")
        return "unknown"
    await system.stop()
    return None


class OfficeConfigFlow(ConfigFlow, domain=DOMAIN):
    """The set-up of one telephone system."""

    VERSION = 1

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: OfficeConfigEntry) -> OfficeOptionsFlow:
        return OfficeOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which kind of telephone system it is."""
        if user_input is not None:
            step = getattr(self, f"async_step_{user_input[CONF_SYSTEM]}")
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

    async def async_step_isymphony_status(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask where an iSymphony 2 server's Status interface is."""
        return await self._async_step_address("isymphony_status", "isymphony_status", user_input)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask where the server is now."""
        system: str = self._get_reconfigure_entry().data[CONF_SYSTEM]
        return await self._async_step_address("reconfigure", system, user_input)

    async def _async_step_address(
        self, step_id: str, system: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        errors: dict[str, str] = {}
        suggested = user_input
        if user_input is not None:
            host = user_input[CONF_HOST].strip().strip("[]").lower()
            data = {CONF_SYSTEM: system, **user_input, CONF_HOST: host}
            self._abort_if_same_server(host, data[CONF_PORT])
            if not _is_host(host):
                errors[CONF_HOST] = "invalid_host"
            elif (error := await _async_try(data)) is not None:
                errors["base"] = error
            else:
                self._abort_if_same_server(host, data[CONF_PORT])  # two may be trying at once
                return self._async_finish(data)
        elif self.source == SOURCE_RECONFIGURE:
            suggested = dict(self._get_reconfigure_entry().data)
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                _address_schema(SYSTEMS[system].default_port), suggested
            ),
            errors=errors,
            description_placeholders={"default_port": str(SYSTEMS[system].default_port)},
        )

    def _abort_if_same_server(self, host: str, port: int) -> None:
        """Allow one entry per server; the one that is reconfigured may stay where it is."""
        if self.source == SOURCE_RECONFIGURE:
            entry = self._get_reconfigure_entry()
            if (entry.data[CONF_HOST], entry.data[CONF_PORT]) == (host, port):
                return
        self._async_abort_entries_match({CONF_HOST: host, CONF_PORT: port})

    @callback
    def _async_finish(self, data: dict[str, Any]) -> ConfigFlowResult:
        system = SYSTEMS[data[CONF_SYSTEM]]
        title = f"{system.manufacturer} {data[CONF_HOST]}"
        if data[CONF_PORT] != system.default_port:
            title += f":{data[CONF_PORT]}"
        if self.source == SOURCE_RECONFIGURE:
            entry = self._get_reconfigure_entry()
            # The update listener of a running entry begins anew with the new address.
            result = self.async_update_and_abort(entry, data=data)
            if entry.state in {ConfigEntryState.SETUP_RETRY, ConfigEntryState.SETUP_ERROR}:
                self.hass.config_entries.async_schedule_reload(entry.entry_id)
            return result
        return self.async_create_entry(title=title, data=data)


class OfficeOptionsFlow(OptionsFlow):
    """What is brought in, and what its words mean."""

    @property
    def _coordinator(self) -> OfficeCoordinator:
        coordinator: OfficeCoordinator = self.config_entry.runtime_data
        return coordinator

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for all of it on one page."""
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        errors: dict[str, str] = {}
        if user_input is not None:
            kinds = user_input[CONF_STATUS_KINDS]
            try:
                selection = Selection.of(user_input[CONF_GROUPS], user_input.get(CONF_NUMBERS, ""))
            except ValueError:
                errors[CONF_NUMBERS] = "invalid_numbers"
            else:
                extensions = self._coordinator.directory.extensions
                if extensions and not any(selection.wants(r.object) for r in extensions):
                    errors["base"] = "nothing_chosen"
            names = [name for chosen in kinds.values() for name in chosen]
            if len(names) != len(set(names)):
                errors["base"] = "status_in_two_kinds"
            if not errors:
                return self.async_create_entry(data=user_input)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                self._schema(), user_input or self._present_options()
            ),
            errors=errors,
        )

    def _present_options(self) -> dict[str, Any]:
        options = self.config_entry.options
        return {
            CONF_GROUPS: options.get(CONF_GROUPS, []),
            CONF_NUMBERS: options.get(CONF_NUMBERS, ""),
            CONF_GRACE_PERIOD: options.get(CONF_GRACE_PERIOD, DEFAULT_GRACE_PERIOD),
            CONF_STATUS_KINDS: {
                kind.value: [s.name for s in self._statuses() if s.kind is kind]
                for kind in StatusKind
            },
        }

    def _statuses(self) -> list[Status]:
        """Return every status that is offered, held or was given a meaning, by name."""
        directory = self._coordinator.directory
        offered = {status for record in directory.status_lists for status in record.object.statuses}
        held = {status for record in directory.extensions if (status := record.object.status)}
        known = {status.name: status for status in offered | held}
        for kind, names in self.config_entry.options.get(CONF_STATUS_KINDS, {}).items():
            for name in names:  # one that is not there now may come back
                known.setdefault(name, Status(name, StatusKind(kind)))
        return sorted(known.values(), key=lambda status: status.name)

    def _groups(self) -> list[SelectOptionDict]:
        """Return every location and tenant that is there, or was chosen before."""
        directory = self._coordinator.directory
        groups = {
            record.object.id[:depth]
            for record in directory.status_lists
            for depth in range(1, len(record.object.id) + 1)
        }
        groups |= {names_of(path) for path in self.config_entry.options.get(CONF_GROUPS, ())}
        return [
            SelectOptionDict(value=path_of(group), label=" / ".join(group))
            for group in sorted(groups)
        ]

    def _schema(self) -> vol.Schema:
        status_names = [status.name for status in self._statuses()]
        kinds = vol.Schema(
            {
                vol.Optional(kind.value, default=[]): SelectSelector(
                    SelectSelectorConfig(
                        options=status_names,
                        multiple=True,
                        custom_value=True,
                        mode=SelectSelectorMode.DROPDOWN,
                    )
                )
                for kind in StatusKind
            }
        )
        return vol.Schema(
            {
                vol.Optional(CONF_GROUPS, default=[]): SelectSelector(
                    SelectSelectorConfig(
                        options=self._groups(), multiple=True, mode=SelectSelectorMode.DROPDOWN
                    )
                ),
                vol.Optional(CONF_NUMBERS): TextSelector(),
                vol.Required(CONF_GRACE_PERIOD): vol.All(
                    NumberSelector(
                        NumberSelectorConfig(
                            min=0,
                            max=_GRACE_PERIOD_MOST,
                            unit_of_measurement="s",
                            mode=NumberSelectorMode.BOX,
                        )
                    ),
                    vol.Coerce(int),
                ),
                vol.Required(CONF_STATUS_KINDS): section(kinds, {"collapsed": True}),
            }
        )
