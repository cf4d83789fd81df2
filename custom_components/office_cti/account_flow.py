"""Further accounts of a telephone system: each holds one person's credentials, and nothing else.

What an account alone can do (switch its person's do-not-disturb, say) appears on that person's
extension when the account's connection is there. The server tells whose an account is; that is the
subentry's unique id, and stays.
"""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigSubentry,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import AbortFlow

from .const import CONF_AUTHORIZATION, CONF_PUSH
from .coordinator import OfficeConfigEntry, accounts_of, credentials_of
from .forms import Form, WrongAnswer, credentials_schema, read_credentials
from .selection import path_of


async def async_change_account(
    hass: HomeAssistant,
    entry: OfficeConfigEntry,
    subentry: ConfigSubentry,
    answers: Mapping[str, Any],
) -> None:
    """Give an account of a loaded entry other credentials of the same person; they are tried first.

    Raises:
        TelephonyError: the server does not let them in, or is not reached.
        WrongAnswer: they are somebody else's.
    """
    coordinator, account = entry.runtime_data, subentry.subentry_id
    data = {**subentry.data, **read_credentials(answers)}
    if data == subentry.data and not coordinator.is_refused(account):
        return
    info = await coordinator.system.check_account(credentials_of(data))
    if path_of(info.user) != subentry.unique_id:
        raise WrongAnswer(CONF_USERNAME, "wrong_account")
    # The update listener starts an account that has other credentials.
    if not hass.config_entries.async_update_subentry(entry, subentry, data=data):
        await coordinator.async_restart_account(account)


class AccountFlow(ConfigSubentryFlow):
    """The set-up of one further account."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for somebody's credentials."""
        entry = self._get_loaded_entry()
        form = Form(credentials_schema((user_input or {}).get(CONF_USERNAME)))
        if user_input is not None:
            with form.errors_told():
                data = read_credentials(user_input)
                _check_is_nobody_yet(entry, data[CONF_USERNAME])
                system = entry.runtime_data.system
                info = await system.check_account(credentials_of(data))
                if info.user == system.user:
                    raise WrongAnswer(CONF_USERNAME, "main_account")
                return self.async_create_entry(
                    title=info.name, data=data, unique_id=path_of(info.user)
                )
        return self.async_show_form(step_id="user", **form.shown)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for other credentials of the same person."""
        entry, subentry = self._get_loaded_entry(), self._get_reconfigure_subentry()
        form = Form(
            credentials_schema((user_input or subentry.data)[CONF_USERNAME]),
            {"account": subentry.title},
        )
        if user_input is not None:
            with form.errors_told():
                await async_change_account(self.hass, entry, subentry, user_input)
                return self.async_update_and_abort(entry, subentry)
        return self.async_show_form(step_id="reconfigure", **form.shown)

    def _get_loaded_entry(self) -> OfficeConfigEntry:
        entry: OfficeConfigEntry = self._get_entry()
        if entry.state is not ConfigEntryState.LOADED:
            raise AbortFlow("not_loaded")
        return entry


def _check_is_nobody_yet(entry: OfficeConfigEntry, username: str) -> None:
    """Do not try who is logged in already: leaving again would show, on some systems.

    Raises:
        WrongAnswer: it is whom the entry itself logs in as.
        AbortFlow: there is such an account.
    """
    main = entry.data
    if CONF_AUTHORIZATION in main:  # requests log nobody in
        main = main.get(CONF_PUSH, {})
    if username == main.get(CONF_USERNAME):
        raise WrongAnswer(CONF_USERNAME, "main_account")
    if username in {each.username for each in accounts_of(entry).values()}:
        raise AbortFlow("already_configured")
