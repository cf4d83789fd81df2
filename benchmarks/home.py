"""A real Home Assistant in this process, started as its own command starts it.

In it: the frontend with all that it needs (HTTP, WebSocket API, authentication), what Home Assistant
loads of itself, and our two custom integrations; by wish, the recorder. No `default_config`, which looks
for devices in the network. Its configuration folder is empty at first and thrown away.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from itertools import count
import json
from pathlib import Path
import socket
import sys
from tempfile import TemporaryDirectory
import time
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

from homeassistant import bootstrap
from homeassistant.auth.const import GROUP_ID_ADMIN
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.runner import RuntimeConfig

from custom_components.office_cti.const import CONF_PUSH
from custom_components.office_cti.coordinator import OfficeCoordinator
from custom_components.office_cti.telephony import connection

from . import ROOT, office

OFFICE_CTI = "office_cti"
PLAIN_OFFICE = "plain_office"
_SETTLE_SECONDS = 0.2
_WAIT_SECONDS = 120.0
_BURSTS = count(1)


@asynccontextmanager
async def running(*, recorder: bool = False) -> AsyncGenerator[HomeAssistant]:
    """Run a Home Assistant, empty but for what it loads of itself."""
    folder = await asyncio.to_thread(TemporaryDirectory, prefix="office-cti-benchmark-")
    try:
        await asyncio.to_thread(_prepare, Path(folder.name), recorder=recorder)
        hass = await bootstrap.async_setup_hass(RuntimeConfig(folder.name, skip_pip=True))
        if hass is None or hass.config.recovery_mode:
            raise RuntimeError("Home Assistant did not start")
        await hass.async_start()
        await hass.async_block_till_done()
        try:
            yield hass
        finally:
            await hass.async_stop(force=True)
    finally:
        await asyncio.to_thread(folder.cleanup)


def _prepare(config: Path, *, recorder: bool) -> None:
    text = "frontend:\n" + ("recorder:\n" if recorder else "")
    (config / "configuration.yaml").write_text(text, encoding="utf-8")
    integrations = config / "custom_components"
    integrations.mkdir()
    (integrations / PLAIN_OFFICE).symlink_to(ROOT / "benchmarks" / PLAIN_OFFICE)
    # Office CTI itself is imported from this repository; this adds where else to look.
    sys.path.insert(0, str(config))
    _prepare_http(config / ".storage")


def _prepare_http(storage: Path) -> None:
    """Have Home Assistant listen on a free port of the loopback interface."""
    with socket.create_server((office.HOST, 0)) as listener:
        port = listener.getsockname()[1]
    settings = {
        "server_host": [office.HOST],
        "server_port": port,
        "cors_allowed_origins": [],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": False,
        "ssl_profile": "intermediate_v6",
        "use_x_frame_options": True,
        "created_at": "2026-01-01T00:00:00+00:00",
        "error": None,
        "error_message": None,
    }
    data = {"stable": settings, "pending": None, "yaml_migration_done": True}
    content = {"version": 3, "minor_version": 1, "key": "http", "data": data}
    storage.mkdir()
    (storage / "http").write_text(json.dumps(content), encoding="utf-8")


def websocket_url(hass: HomeAssistant) -> str:
    """Return where a dashboard connects to."""
    return f"ws://{office.HOST}:{hass.http.server_port}/api/websocket"


async def async_sign_in(hass: HomeAssistant) -> str:
    """Return an access token for an owner's account made for it."""
    user = await hass.auth.async_create_user("Front desk", group_ids=[GROUP_ID_ADMIN])
    token = await hass.auth.async_create_refresh_token(user, client_id=f"http://{office.HOST}/")
    return hass.auth.async_create_access_token(token)


def office_entry(
    simulated: office.Office, *, with_push: bool = True, **options: Any
) -> ConfigEntry[OfficeCoordinator]:
    """Return a config entry of Office CTI as its config flow makes it."""
    data = {key: value for key, value in simulated.data.items() if with_push or key != CONF_PUSH}
    return make_entry(OFFICE_CTI, data, {**simulated.site.options, **options})


def make_entry(
    domain: str, data: Mapping[str, Any], options: Mapping[str, Any] | None = None
) -> ConfigEntry[Any]:
    """Return a config entry, not set up yet."""
    return ConfigEntry(
        version=1,
        minor_version=1,
        domain=domain,
        title="Office",
        data=data,
        options=options or {},
        source="user",
        unique_id=None,
        discovery_keys=MappingProxyType({}),
        subentries_data=(),
    )


async def async_set_up(hass: HomeAssistant, entry: ConfigEntry[Any]) -> float:
    """Set an entry up, with all that it brings; return how long this thread worked for it (s)."""
    start = time.thread_time()
    await hass.config_entries.async_add(entry)
    await hass.async_block_till_done()
    worked = time.thread_time() - start
    if entry.state is not ConfigEntryState.LOADED:
        raise RuntimeError(f"The config entry is not set up: {entry.state} {entry.reason}")
    return worked


def count_enabled(hass: HomeAssistant, entry: ConfigEntry[Any]) -> int:
    """Return how many enabled entities an entry has."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return sum(entity.disabled_by is None for entity in entities)


async def async_warm_up(hass: HomeAssistant, *entries: ConfigEntry[Any]) -> None:
    """Set entries up and remove them again: what is done only once in a process is done then."""
    for entry in entries:
        await async_set_up(hass, entry)
        await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()


async def async_wait_until(is_so: Callable[[], bool]) -> None:
    """Look every few milliseconds until something is so."""
    async with asyncio.timeout(_WAIT_SECONDS):
        while not is_so():  # noqa: ASYNC110 -- nothing tells of it
            await asyncio.sleep(0.002)


async def async_wait_until_live(hass: HomeAssistant, entry: ConfigEntry[OfficeCoordinator]) -> None:
    """Wait until the telephone system is connected, and all that came of it has been told."""
    directory = entry.runtime_data.directory
    await async_wait_until(lambda: directory.server.object.connected and directory.available)
    await async_wait_until_told(hass, entry)


async def async_wait_until_told(hass: HomeAssistant, entry: ConfigEntry[OfficeCoordinator]) -> None:
    """Wait until what touches many objects has been told slice by slice."""
    directory = entry.runtime_data.directory
    await async_wait_until(lambda: not directory._running)  # noqa: SLF001 -- nothing tells of it
    await hass.async_block_till_done()
    await asyncio.sleep(_SETTLE_SECONDS)


async def async_take_burst(
    entry: ConfigEntry[Any], simulated: office.Office, events: int, seed: int
) -> None:
    """Have a burst sent, and wait until its last event has been taken in: a mark of its own."""
    extensions = entry.runtime_data.directory.extensions
    last = next(record for record in extensions if record.object.number == office.FIRST_EXTENSION)
    number = next(_BURSTS)
    over = asyncio.Event()
    unsubscribe = last.listen(
        frozenset({simulated.mark_field}),
        lambda: over.set() if simulated.is_marked(last.object, number) else None,
    )
    await simulated.burst(events - 1, seed)
    await simulated.mark(number)
    async with asyncio.timeout(_WAIT_SECONDS):
        await over.wait()
    unsubscribe()


async def async_restart(
    hass: HomeAssistant, entry: ConfigEntry[OfficeCoordinator], simulated: office.Office
) -> None:
    """Start the office again, so that all is as in the beginning, and wait for the connection."""
    await simulated.stop()
    await async_wait_until(lambda: not entry.runtime_data.directory.server.object.connected)
    await simulated.start()
    # A server that falls again and again is left alone longer and longer; here that only takes time.
    with patch.object(connection, "BACK_OFF_MOST", connection.BACK_OFF_FIRST):
        await async_wait_until_live(hass, entry)
