"""A real Home Assistant in an event loop of its own, whose waits are cut short."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, ExitStack
import logging
from types import TracebackType
from typing import Any, Self, override
from unittest.mock import patch

from homeassistant import config_entries, loader
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    frame,
    translation,
)
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_test_home_assistant,
    mock_storage,
)

from custom_components.office_cti import select
from custom_components.office_cti.const import CONF_GRACE_PERIOD, CONF_SYSTEM, DOMAIN
from custom_components.office_cti.telephony import connection
from custom_components.office_cti.telephony.isymphony_status import client, system

GRACE_PERIOD = 0.25  # seconds
_STEP_PATIENCE = 120.0  # seconds for one step; only what hangs waits so long
_PATIENCE = 10.0  # seconds until both sides must agree; only what fails waits so long
_LOOK_AGAIN = 0.005  # seconds, the first time

# In seconds, but for the changes of options, which are to be had at once.
_SHORT = (
    (connection, {"BACK_OFF_FIRST": 0.02, "BACK_OFF_MOST": 0.2, "LIVED": 0.5}),
    (connection, {"OPEN_TIMEOUT": 2.0, "PROBE_AFTER": 0.3, "PROBE_TIMEOUT": 0.5}),
    (client, {"CONNECT_TIMEOUT": 1.0, "LEAVE_TIMEOUT": 0.1}),
    (client, {"REPLY_TIMEOUT": 0.5, "REPORT_TIMEOUT": 1.0}),
    (system, {"RESYNC_DELAY": 0.02, "RESYNC_PAUSE": 0.1}),
    (select, {"_CHANGES_AT_ONCE": 3, "_CHANGE_EVERY": 0.05}),
    (config_entries, {"SETUP_RETRY_MAX_WAIT": 0.05}),
)


class Complaints(logging.Handler):
    """Keeps what was logged as an error, and what asks to report a bug."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        line = logging.Formatter("%(name)s: %(message)s").format(record)
        if record.levelno >= logging.ERROR or (
            DOMAIN in line and ("report it" in line or "bug report" in line)
        ):
            self.lines.append(line)


class Home:
    """Home Assistant, for as long as its `with` lasts."""

    def __enter__(self) -> Self:
        self._count = 0
        self.complaints = Complaints()
        self._loop = asyncio.new_event_loop()
        with ExitStack() as stack:
            stack.callback(self._loop.close)
            stack.callback(lambda: self.run(self._loop.shutdown_default_executor()))
            for module, times in _SHORT:
                stack.enter_context(patch.multiple(module, **times))
            stack.enter_context(mock_storage())  # nothing is written to a disk
            logging.getLogger().addHandler(self.complaints)
            stack.callback(logging.getLogger().removeHandler, self.complaints)
            self._hass_stack = AsyncExitStack()
            self.hass = self.run(self._start())
            stack.callback(lambda: self.run(self._stop()))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    def run[T](self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Let time pass until something is done."""
        return self._loop.run_until_complete(asyncio.wait_for(coroutine, _STEP_PATIENCE))

    async def _start(self) -> HomeAssistant:
        hass = await self._hass_stack.enter_async_context(async_test_home_assistant())
        frame.async_setup(hass)
        hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)
        await translation.async_load_integrations(hass, {"homeassistant"})
        return hass

    async def _stop(self) -> None:
        await self.hass.async_stop(force=True)
        await self._hass_stack.aclose()

    async def add_entry(self, port: int) -> MockConfigEntry:
        """Set a new config entry up, one that Home Assistant has no memory of."""
        self._count += 1
        entry = MockConfigEntry(
            domain=DOMAIN,
            entry_id=f"office-{self._count}",
            title="Office",
            data={CONF_SYSTEM: "isymphony_status", "host": "127.0.0.1", "port": port},
            options={CONF_GRACE_PERIOD: GRACE_PERIOD},
        )
        entry.add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup(entry.entry_id)
        await self.hass.async_block_till_done()
        return entry

    async def remove_entry(self, entry: MockConfigEntry) -> list[str]:
        """Remove a config entry; return what is left of it."""
        await self.hass.config_entries.async_remove(entry.entry_id)
        await self.hass.async_block_till_done()
        entities, devices = er.async_get(self.hass), dr.async_get(self.hass)
        left = [
            *self.hass.states.async_entity_ids(),
            *er.async_entries_for_config_entry(entities, entry.entry_id),
            *dr.async_entries_for_config_entry(devices, entry.entry_id),
        ]
        return [f"removing the entry leaves {each}" for each in left]


async def wait_until_none(differences: Callable[[], Awaitable[list[str]]]) -> list[str]:
    """Wait until two sides agree; return where they still do not when patience ends."""
    loop = asyncio.get_running_loop()
    end = loop.time() + _PATIENCE
    pause = _LOOK_AGAIN
    while (found := await differences()) and loop.time() < end:
        await asyncio.sleep(pause)
        pause = min(2 * pause, 0.1)
    return found
