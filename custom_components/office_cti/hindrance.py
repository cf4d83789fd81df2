"""What somebody must put right at the telephone system before it lets us in, as a repair issue.

An entry has one such issue at most. It stays while the entry is tried again or waits for credentials, and
goes when nothing is in the way any more, or nobody tries any more.
"""

from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.loader import async_get_loaded_integration

from .const import DOMAIN
from .telephony.system import InTheWay


@callback
def async_tell_hindrance(
    hass: HomeAssistant, entry: ConfigEntry[Any], error: InTheWay | None
) -> None:
    """Tell the person what is to be put right, or that nothing is any more."""
    if error is None:
        async_withdraw_hindrance(hass, entry.entry_id)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(entry.entry_id),
        is_fixable=False,
        learn_more_url=async_get_loaded_integration(hass, DOMAIN).documentation,
        severity=ir.IssueSeverity.WARNING,
        translation_key=error.key,
        translation_placeholders={"title": entry.title, **error.values},
    )


@callback
def async_withdraw_hindrance(hass: HomeAssistant, entry_id: str) -> None:
    """Withdraw what was told about a config entry."""
    ir.async_delete_issue(hass, DOMAIN, _issue_id(entry_id))


@callback
def async_withdraw_when_given_up(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Have the issue of an entry that could not be set up go when nobody wants it to be any more."""

    def follow_state() -> None:
        if entry.state in {ConfigEntryState.SETUP_RETRY, ConfigEntryState.SETUP_ERROR}:
            return
        unsubscribe()
        if entry.state is ConfigEntryState.NOT_LOADED:
            async_withdraw_hindrance(hass, entry.entry_id)

    unsubscribe = entry.async_on_state_change(follow_state)


def _issue_id(entry_id: str) -> str:
    return f"hindered_{entry_id}"
