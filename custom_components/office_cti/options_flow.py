"""What is brought in of a telephone system, and what its words mean.

What there is to choose from is what the telephone system has now, and what was chosen before.
"""

from collections.abc import Mapping
from dataclasses import asdict
from itertools import chain
import re
from types import MappingProxyType
from typing import Any
from zoneinfo import available_timezones

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult, OptionsFlow
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    ObjectSelector,
    ObjectSelectorConfig,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
)
from homeassistant.helpers.translation import async_get_translations
import voluptuous as vol

from .const import (
    CONF_EVENT_TYPES,
    CONF_EVENT_USERS,
    CONF_EVENTS,
    CONF_GRACE_PERIOD,
    CONF_GROUP_NUMBERS,
    CONF_GROUPS,
    CONF_KINDS,
    CONF_NAMES,
    CONF_NOTIFICATIONS,
    CONF_NUMBERS,
    CONF_PUSH,
    CONF_REMOTE_POSTS,
    CONF_REQUESTS,
    CONF_STATUS_KINDS,
    CONF_TEMPLATES,
    CONF_TIME_ZONE,
    CONF_USERS,
    CONF_WEBHOOK_URL,
    DEFAULT_GRACE_PERIOD,
    DOMAIN,
)
from .coordinator import OfficeCoordinator, users_of
from .devices import DEVICE_KINDS
from .forms import WHOLE_FORM, Form, WrongAnswer
from .request_templates import read_templates, templates_selector, told_names
from .selection import Selection, names_of, path_of
from .telephony import TelephoneSystem
from .telephony.model import Status, StatusKind
from .telephony.system import InvalidText, NamedUser, NotThere
from .webhooks import webhook_url

_SECONDS = vol.All(
    NumberSelector(
        NumberSelectorConfig(min=0, max=300, unit_of_measurement="s", mode=NumberSelectorMode.BOX)
    ),
    vol.Coerce(int),
)
# What is so without the options; of what is not here, nothing.
_DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        CONF_GROUPS: [],
        CONF_NUMBERS: "",
        CONF_GRACE_PERIOD: DEFAULT_GRACE_PERIOD,
        CONF_STATUS_KINDS: {},
        CONF_NOTIFICATIONS: {CONF_REMOTE_POSTS: False},
        CONF_USERS: [],
        CONF_GROUP_NUMBERS: [],
        CONF_REQUESTS: {CONF_TEMPLATES: []},
        CONF_EVENTS: {CONF_EVENT_TYPES: [], CONF_EVENT_USERS: []},
    }
)
_USERS = ObjectSelector(
    ObjectSelectorConfig(
        fields={
            "id": {"selector": TextSelector(), "required": True},
            "name": {"selector": TextSelector(), "required": True},
            "number": {"selector": TextSelector()},
        },
        multiple=True,
        label_field="name",
        description_field="number",
        translation_key=CONF_USERS,
    )
)
_TEXTS = TextSelector(TextSelectorConfig(multiple=True))
_LINES = TextSelector(TextSelectorConfig(multiline=True, read_only=True))
_GROUP_NUMBER = re.compile(r"[0-9*#]{1,32}")


class OfficeOptionsFlow(OptionsFlow):
    """What is brought in, and what its words mean."""

    @property
    def _system(self) -> TelephoneSystem:
        coordinator: OfficeCoordinator = self.config_entry.runtime_data
        return coordinator.system

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for all of it on one page."""
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        form = Form(await self._async_schema(), {"time_zone": self.hass.config.time_zone})
        if user_input is not None:
            with form.errors_told():
                self._check(user_input)
                named = await self._async_read_named(user_input)
                return self.async_create_entry(data=self._chosen(user_input, named))
        form.schema = self.add_suggested_values_to_schema(
            form.schema, user_input or self._present_options()
        )
        return self.async_show_form(step_id="init", **form.shown)

    def _check(self, answers: dict[str, Any]) -> None:
        """Let answers pass that can be so.

        Raises:
            WrongAnswer: they cannot.
        """
        try:
            selection = Selection.of(answers[CONF_GROUPS], answers.get(CONF_NUMBERS, ""))
        except ValueError as error:
            raise WrongAnswer(CONF_NUMBERS, "invalid_numbers") from error
        kinds = answers.get(CONF_KINDS, self._kinds)
        objects = self._objects
        if objects and not any(
            DEVICE_KINDS[type(each)].option in kinds and selection.wants(each) for each in objects
        ):
            raise WrongAnswer(WHOLE_FORM, "nothing_chosen")
        names = [name for chosen in answers[CONF_STATUS_KINDS].values() for name in chosen]
        if len(names) != len(set(names)):
            raise WrongAnswer(WHOLE_FORM, "status_in_two_kinds")

    async def _async_read_named(self, answers: dict[str, Any]) -> dict[str, Any]:
        """Return whom and which groups the person named, as they are stored.

        Whom the person is not asked for stay as they are.

        Raises:
            WrongAnswer: there is none such.
        """
        users = users_of(self.config_entry.options)
        if self._asks_for_users:
            users = await self._async_read_users(answers[CONF_USERS])
        numbers = tuple(dict.fromkeys(map(str.strip, answers.get(CONF_GROUP_NUMBERS, ()))))
        for number in numbers:
            if not _GROUP_NUMBER.fullmatch(number):
                raise WrongAnswer(CONF_GROUP_NUMBERS, "invalid_group_number", number=number)
        return {
            CONF_USERS: [*map(asdict, users)],
            CONF_GROUP_NUMBERS: [*numbers],
            **await self._async_read_requests(answers),
            **self._read_events(answers),
            **_read_notifications(answers),
        }

    async def _async_read_requests(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Return the requests that the person described, as they are stored.

        Raises:
            WrongAnswer: one of them could not be sent.
        """
        if CONF_REQUESTS not in answers:
            return {}
        labels = await self._async_command_labels()
        described = answers[CONF_REQUESTS][CONF_TEMPLATES]
        return {CONF_REQUESTS: {CONF_TEMPLATES: read_templates(described, self._system, labels)}}

    def _read_events(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Return which events the person wants, as it is stored: each name once, and none that is empty.

        Raises:
            WrongAnswer: one of them cannot be asked for; with it, the system would not be set up again.
        """
        if CONF_EVENTS not in answers:
            return {}
        wanted = {
            key: [*filter(None, dict.fromkeys(map(str.strip, names)))]
            for key, names in answers[CONF_EVENTS].items()
        }
        types, users = (wanted.get(key, ()) for key in (CONF_EVENT_TYPES, CONF_EVENT_USERS))
        try:
            self._system.check_wanted_events(types, users)
        except InvalidText as error:
            raise WrongAnswer(CONF_EVENTS, "invalid_events") from error
        return {CONF_EVENTS: wanted}

    async def _async_read_users(self, answers: list[dict[str, str]]) -> tuple[NamedUser, ...]:
        """Return the users who were named, as the server knows them; it is asked only for new ones."""
        known, users = users_of(self.config_entry.options), dict[str, NamedUser]()
        for answer in answers:
            user = NamedUser(**{key: value.strip() for key, value in answer.items()})
            if user not in known:
                user = await self._async_check_user(user)
            if user.id in users:
                raise WrongAnswer(CONF_USERS, "user_twice", user=user.name)
            users[user.id] = user
        return tuple(users.values())

    async def _async_check_user(self, user: NamedUser) -> NamedUser:
        if not (user.id and user.name):
            raise WrongAnswer(CONF_USERS, "incomplete_user")
        try:
            return await self._system.check_user(user)
        except NotThere as error:
            raise WrongAnswer(CONF_USERS, "no_such_user", user=user.name) from error

    def _chosen(self, answers: dict[str, Any], named: dict[str, Any]) -> dict[str, Any]:
        """Return the options to store: what differs from what is so without them.

        What means the same as before stays as it is written: to store it anew would have the entry
        begin anew, and whoever is logged in leave.
        """
        meanings = self._given_meanings(answers[CONF_STATUS_KINDS])
        unread = {CONF_USERS, CONF_GROUP_NUMBERS}
        others = {key: value for key, value in answers.items() if key not in unread}
        chosen = self._without_defaults({**others, **named, CONF_STATUS_KINDS: meanings})
        stored = self.config_entry.options
        return {**stored} if chosen == self._without_defaults(stored) else chosen

    def _without_defaults(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return what of these options is not so anyway; names that mean the same in one order.

        Who wants every kind also gets one that is not known yet.
        """
        kinds = options.get(CONF_KINDS, self._kinds)
        meanings = options.get(CONF_STATUS_KINDS, {})
        ordered = {
            **options,
            CONF_KINDS: None if set(kinds) == set(self._kinds) else kinds,
            CONF_STATUS_KINDS: {kind: sorted(names) for kind, names in meanings.items() if names},
        }
        return {key: value for key, value in ordered.items() if value != _DEFAULTS.get(key)}

    def _given_meanings(self, answers: Mapping[str, list[str]]) -> dict[str, list[str]]:
        """Return what the person says that statuses mean, now or before: without what is guessed."""
        present = {status.name: status.kind for status in self._statuses()}
        before = self.config_entry.options.get(CONF_STATUS_KINDS, {})
        given = set(chain.from_iterable(before.values()))
        return {
            kind: [name for name in names if name in given or present.get(name) != kind]
            for kind, names in answers.items()
        }

    def _present_options(self) -> dict[str, Any]:
        statuses = self._statuses()
        return {
            CONF_KINDS: self._kinds,
            **_DEFAULTS,
            **self.config_entry.options,
            CONF_STATUS_KINDS: {
                kind.value: [status.name for status in statuses if status.kind is kind]
                for kind in StatusKind
            },
        }

    @property
    def _asks_for_users(self) -> bool:
        """Whether the person names the users: with a persistent connection the server tells them."""
        return self._system.takes_named_users and CONF_PUSH not in self.config_entry.data

    @property
    def _kinds(self) -> list[str]:
        """The kinds of object that the telephone system may have."""
        return [DEVICE_KINDS[kind].option for kind in self._system.kinds]

    @property
    def _objects(self) -> list[Any]:
        """Everything that could be brought in."""
        tables = self._system.directory.tables
        return [record.object for kind in self._system.kinds for record in tables[kind]]

    def _groups(self) -> list[SelectOptionDict]:
        """Return every location and tenant that is there, or was chosen before."""
        groups = {
            each.group[:depth] for each in self._objects for depth in range(1, len(each.group) + 1)
        }
        groups |= {names_of(path) for path in self.config_entry.options.get(CONF_GROUPS, ())}
        return [
            SelectOptionDict(value=path_of(group), label=" / ".join(group))
            for group in sorted(groups)
        ]

    def _statuses(self) -> list[Status]:
        """Return every status that is offered, held or was given a meaning, by name."""
        directory = self._system.directory
        held = [status for record in directory.extensions if (status := record.object.status)]
        offered = [each for record in directory.status_lists for each in record.object.statuses]
        known = {status.name: status for status in (*held, *offered)}
        for kind, names in self.config_entry.options.get(CONF_STATUS_KINDS, {}).items():
            for name in names:  # one that is not there now may come back
                known.setdefault(name, Status(name, StatusKind(kind)))
        return sorted(known.values(), key=lambda status: status.name)

    async def _async_command_labels(self) -> dict[str, str]:
        """Return what the commands are called whose requests the person may describe.

        The form cannot say it itself: what stands inside of a list's items is not translated there.
        """
        words = await async_get_translations(
            self.hass, self.hass.config.language, "selector", {DOMAIN}
        )
        key = f"component.{DOMAIN}.selector.{CONF_TEMPLATES}.options"
        return {
            command: words.get(f"{key}.{command}", command) for command in self._system.templates
        }

    def _told_templates(self, labels: Mapping[str, str]) -> str:
        """Return which requests may be described, and the names in them: a line for each kind."""
        commands: dict[str, list[str]] = {}
        for key, names in self._system.templates.items():
            commands.setdefault(told_names(names), []).append(labels[key])
        return "\n".join(f"{', '.join(alike)}: {names}" for names, alike in commands.items())

    # --- the form ------------------------------------------------------------------------------

    async def _async_schema(self) -> vol.Schema:
        """Return the fields: those that there is nothing to choose for are left out."""
        fields: dict[vol.Marker, Any] = {}
        if self._asks_for_users:
            fields[vol.Optional(CONF_USERS, default=[])] = _USERS
        if self._system.takes_group_numbers:
            fields[vol.Optional(CONF_GROUP_NUMBERS, default=[])] = _TEXTS
        if len(self._kinds) > 1:
            fields[vol.Required(CONF_KINDS)] = SelectSelector(
                SelectSelectorConfig(
                    options=self._kinds,
                    multiple=True,
                    translation_key=CONF_KINDS,
                    mode=SelectSelectorMode.LIST,
                )
            )
        fields |= {
            vol.Optional(CONF_GROUPS, default=[]): SelectSelector(
                SelectSelectorConfig(
                    options=self._groups(), multiple=True, mode=SelectSelectorMode.DROPDOWN
                )
            ),
            vol.Optional(CONF_NUMBERS): TextSelector(),
            vol.Required(CONF_GRACE_PERIOD): _SECONDS,
        }
        if self._system.tells_local_times:
            zones = await self.hass.async_add_executor_job(available_timezones)
            fields[vol.Optional(CONF_TIME_ZONE)] = SelectSelector(
                SelectSelectorConfig(options=sorted(zones), mode=SelectSelectorMode.DROPDOWN)
            )
        fields[vol.Required(CONF_STATUS_KINDS)] = section(
            self._status_kinds_schema(), {"collapsed": True}
        )
        if self._system.takes_posts:
            fields[vol.Required(CONF_NOTIFICATIONS)] = section(
                self._notifications_schema(), {"collapsed": True}
            )
        if self._system.filters_events:
            texts = {vol.Optional(each, default=[]): _TEXTS for each in _DEFAULTS[CONF_EVENTS]}
            fields[vol.Required(CONF_EVENTS)] = section(vol.Schema(texts), {"collapsed": True})
        if self._system.templates:
            fields[vol.Required(CONF_REQUESTS)] = section(
                self._requests_schema(await self._async_command_labels()), {"collapsed": True}
            )
        return vol.Schema(fields)

    def _notifications_schema(self) -> vol.Schema:
        """Return where to post, in a field: the whole of so long an address can be copied there only."""
        address = webhook_url(self.hass, self.config_entry)
        return vol.Schema(
            {
                vol.Optional(CONF_WEBHOOK_URL, default=address): _LINES,
                vol.Required(CONF_REMOTE_POSTS, default=False): BooleanSelector(),
            }
        )

    def _requests_schema(self, labels: Mapping[str, str]) -> vol.Schema:
        """Return what describes requests, and which names there are: in a field, which can have lines."""
        told = self._told_templates(labels)
        return vol.Schema(
            {
                vol.Optional(CONF_TEMPLATES, default=[]): templates_selector(labels),
                vol.Optional(CONF_NAMES, default=told): _LINES,
            }
        )

    def _status_kinds_schema(self) -> vol.Schema:
        names = SelectSelector(
            SelectSelectorConfig(
                options=[status.name for status in self._statuses()],
                multiple=True,
                custom_value=True,
                mode=SelectSelectorMode.DROPDOWN,
            )
        )
        return vol.Schema({vol.Optional(kind.value, default=[]): names for kind in StatusKind})


def _read_notifications(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return who may post, as it is stored; the address is only shown."""
    if CONF_NOTIFICATIONS not in answers:
        return {}
    may_post = answers[CONF_NOTIFICATIONS][CONF_REMOTE_POSTS]
    return {CONF_NOTIFICATIONS: {CONF_REMOTE_POSTS: may_post}}
