"""The warning that a telephone system still takes the password that every new one of its kind has.

Whoever knows the vendor's documentation knows it. An entry that logs in with it works all the same, and has
a repair issue until it logs in with other credentials.
"""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN
from .telephony import TelephoneSystem


@callback
def async_tell_vendor_password(
    hass: HomeAssistant, entry: ConfigEntry[Any], system: TelephoneSystem
) -> None:
    """Warn the person, or no longer, of what the system has just let us in with."""
    known = system.vendor_credentials
    if known is None or system.settings.credentials != known:
        async_withdraw_vendor_password(hass, entry.entry_id)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(entry.entry_id),
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key="vendor_password",
        translation_placeholders={"title": entry.title, "username": known.username},
    )


@callback
def async_withdraw_vendor_password(hass: HomeAssistant, entry_id: str) -> None:
    """Withdraw the warning about a config entry."""
    ir.async_delete_issue(hass, DOMAIN, _issue_id(entry_id))


def _issue_id(entry_id: str) -> str:
    return f"vendor_password_{entry_id}"
