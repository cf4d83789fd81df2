"""Office CTI: office telephone systems in Home Assistant.

The way of a message: the wire → `telephony/<system>/` → the directory → the entities of the object that
changed. The way of a command: entity or action → the telephone system → the wire. This file sets a
config entry up and takes it down; `coordinator` turns the directory's objects into devices and entities.
"""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import (
    ConfigEntryAuthFailed,
    ConfigEntryError,
    ConfigEntryNotReady,
    IntegrationError,
)
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.typing import ConfigType

from .admission import async_withdraw_issues
from .const import CONF_PUSH, DOMAIN, PLATFORMS, SUBENTRY_ACCOUNT
from .coordinator import (
    OfficeConfigEntry,
    OfficeCoordinator,
    accounts_of,
    async_make_system,
)
from .hindrance import async_withdraw_hindrance, async_withdraw_when_given_up
from .services import async_setup_services
from .telephony.connection import wait_until_reachable
from .telephony.system import (
    PUSH,
    AddressOrCredentialsRefused,
    AuthenticationFailed,
    CannotConnect,
    Hindered,
    LoginRefused,
    ServerStarting,
    TelephonyError,
)
from .vendor_password import async_tell_vendor_password, async_withdraw_vendor_password
from .webhooks import async_give_webhook_id, async_open_webhook

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions: they are there, and say what is missing, before any entry is loaded."""
    async_setup_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: OfficeConfigEntry) -> bool:
    """Connect to the telephone system and bring in what it has."""
    async_give_webhook_id(hass, entry)
    system = await async_make_system(hass, entry.data, entry.options, accounts_of(entry))
    coordinator = OfficeCoordinator(hass, entry, system)
    try:
        await system.start()
    except TelephonyError as error:
        _async_not_started(coordinator, error)
        raise _kind_of(error)(
            translation_domain=DOMAIN,
            translation_key=error.key,
            translation_placeholders={"host": entry.data["host"], **error.values},
        ) from error
    coordinator.async_tell_hindrance()
    async_tell_vendor_password(hass, entry, system)
    entry.runtime_data = coordinator
    try:
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
        try:
            await coordinator.async_bring_in_all()
        except BaseException:
            await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
            raise
    except BaseException:
        await coordinator.async_stop()
        raise

    async def stop(_event: Event) -> None:
        await coordinator.system.stop()

    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stop))
    entry.async_on_unload(entry.add_update_listener(_async_entry_updated))
    async_open_webhook(hass, entry)
    # It may have been changed, or an account refused, while it started.
    await _async_entry_updated(hass, entry)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: OfficeConfigEntry) -> bool:
    """Take the entities down, and leave of the telephone system."""
    coordinator = entry.runtime_data
    coordinator.is_stopping = True
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        await coordinator.async_stop()
        async_withdraw_hindrance(hass, entry.entry_id)
        if entry.disabled_by:
            async_withdraw_issues(hass, entry.entry_id)
            async_withdraw_vendor_password(hass, entry.entry_id)
    else:
        coordinator.is_stopping = False
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: OfficeConfigEntry) -> None:
    """Leave nothing behind."""
    async_withdraw_hindrance(hass, entry.entry_id)
    async_withdraw_issues(hass, entry.entry_id)
    async_withdraw_vendor_password(hass, entry.entry_id)


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: OfficeConfigEntry, device: dr.DeviceEntry
) -> bool:
    """Let a person delete a device that stands for nothing any more.

    What that is, only the telephone system knows.
    """
    is_loaded = entry.state is ConfigEntryState.LOADED
    return is_loaded and not entry.runtime_data.is_present(device.id)


async def _async_entry_updated(hass: HomeAssistant, entry: OfficeConfigEntry) -> None:
    """Begin anew with other settings, unless they came from the telephone system itself.

    Further accounts come and go without that.
    """
    if entry.runtime_data.is_up_to_date():
        await entry.runtime_data.async_update_accounts()
    else:
        hass.config_entries.async_schedule_reload(entry.entry_id)


@callback
def _async_not_started(coordinator: OfficeCoordinator, error: TelephonyError) -> None:
    """Have the person told, or the server watched, beside what Home Assistant itself does."""
    hass, entry = coordinator.hass, coordinator.entry
    in_the_way = error if isinstance(error, Hindered | AddressOrCredentialsRefused) else None
    coordinator.async_hindered(in_the_way)
    if in_the_way is not None:
        async_withdraw_when_given_up(hass, entry)
    if isinstance(error, AuthenticationFailed) and coordinator.is_refused(PUSH):
        # Home Assistant would ask for the main credentials; it leaves it at the first form.
        entry.async_start_reauth(hass, data={SUBENTRY_ACCOUNT: PUSH})
    elif isinstance(error, CannotConnect) and not isinstance(error, ServerStarting):
        _reload_when_reachable(hass, entry)


def _kind_of(error: TelephonyError) -> type[IntegrationError]:
    """Tell what Home Assistant is to do: ask for credentials, leave it to the person, or try again."""
    if isinstance(error, AuthenticationFailed):
        return ConfigEntryAuthFailed
    return ConfigEntryError if isinstance(error, LoginRefused) else ConfigEntryNotReady


def _reload_when_reachable(hass: HomeAssistant, entry: OfficeConfigEntry) -> None:
    """Try again as soon as somebody answers: Home Assistant itself waits up to ten minutes.

    With a persistent connection somebody must answer at both ports, or it would be tried without end. So
    would who answers from the beginning, and hangs up on us: there Home Assistant's own pace will do.
    """
    host = entry.data["host"]
    ports = {each["port"] for each in (entry.data, entry.data.get(CONF_PUSH, entry.data))}

    async def reload_when_reachable() -> None:
        if any([await wait_until_reachable(host, port) for port in ports]):
            hass.config_entries.async_schedule_reload(entry.entry_id)

    task = hass.async_create_background_task(
        reload_when_reachable(), f"{DOMAIN} waits for {entry.title}", eager_start=False
    )

    def stop_unless_retrying() -> None:
        if entry.state is not ConfigEntryState.SETUP_RETRY:
            task.cancel()
            unsubscribe()

    unsubscribe = entry.async_on_state_change(stop_unless_retrying)
