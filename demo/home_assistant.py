"""Home Assistant as a child process, in a configuration folder of the demo's own.

The folder is made once and kept, with its history. What stands in it from the beginning is what
has no clicks: which built-in parts to load, the port, and that nothing is asked of the internet.
"""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
from pathlib import Path
import sys
from typing import TYPE_CHECKING, Any

import aiohttp

from . import ports, process
from .errors import DemoError, wait_for

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from .process import Child

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 300.0  # a slow machine, a first start
STOP_SECONDS = 120.0  # Home Assistant gives its parts a minute and more to end in order

# No `default_config:`, which looks for devices in the network and for news on the internet.
CONFIGURATION = """\
# Written by the demo at every start; what you set up in the browser is kept elsewhere.
frontend:
config:
history:
logbook:
logger:
  default: info
  logs:
    # What every Home Assistant looks for on the machine to show cameras; an office has none.
    haffmpeg: critical
    homeassistant.components.camera.img_util: critical
    # One line for each new entity is too much news for a whole office.
    homeassistant.helpers.entity_registry: warning
template: !include office_counts.yaml
"""

BEGINNING = "2026-01-01T00:00:00+00:00"

_MARKETPLACE: dict[str, Any] = {
    "created_at": BEGINNING,
    "data": {},
    "disabled_by": "user",
    "discovery_keys": {},
    "domain": "marketplace",
    "entry_id": "01KDVTJZ00DEM0MARKETP1ACE0",
    "minor_version": 1,
    "modified_at": BEGINNING,
    "options": {},
    "pref_disable_new_entities": False,
    "pref_disable_polling": False,
    "source": "system",
    "subentries": [],
    "title": "Marketplace",
    "unique_id": None,
    "version": 1,
}


@dataclass(frozen=True, slots=True)
class HomeAssistant:
    """A running Home Assistant."""

    child: Child
    url: str
    config: Path

    async def wait_until_up(self) -> None:
        """Wait until it answers."""
        async with aiohttp.ClientSession() as http:

            async def look() -> bool | None:
                try:
                    async with http.get(f"{self.url}/manifest.json") as response:
                        return response.ok or None
                except aiohttp.ClientConnectionError:
                    return None

            await wait_for(look, START_SECONDS, "Home Assistant did not start")


@asynccontextmanager
async def running(folder: Path, port: int) -> AsyncGenerator[HomeAssistant]:
    """Run Home Assistant in the folder's `config`, which is made if it is missing."""
    config = folder / "config"
    await asyncio.to_thread(_prepare, config, port)
    command = [sys.executable, "-m", "homeassistant", "--config", str(config), "--log-no-color"]
    async with process.running(
        "Home Assistant",
        command,
        log=folder / "home-assistant.log",
        cwd=ROOT,
        stop_seconds=STOP_SECONDS,
        speaks=False,
    ) as child:
        yield HomeAssistant(child, f"http://{ports.HOST}:{port}", config)


def _prepare(config: Path, port: int) -> None:
    config.mkdir(parents=True, exist_ok=True)
    (config / "configuration.yaml").write_text(CONFIGURATION, encoding="utf-8")
    counts = config / "office_counts.yaml"
    if not counts.exists():
        counts.write_text("[]\n", encoding="utf-8")
    _link(config / "custom_components", ROOT / "custom_components")
    _store(config, "http", (3, 1), _http_settings(port))
    if not (config / ".storage" / "onboarding").exists():
        # The step that says where the home is also invites a weather service and web radios,
        # which an office's wall panel does without. Where the office is, is told afterwards.
        _store(config, "onboarding", (4, 1), {"done": ["core_config"]})
        # The Marketplace would ask the internet for its catalogue; turned off, it stays off.
        _store(config, "core.config_entries", (1, 5), {"entries": [_MARKETPLACE]})


def _link(place: Path, target: Path) -> None:
    if not target.is_dir():
        raise DemoError(f"{target} is missing, so there is nothing to show")
    if place.is_symlink():
        place.unlink()
    place.symlink_to(target, target_is_directory=True)


def _http_settings(port: int) -> dict[str, Any]:
    stable = {
        "server_host": [ports.HOST],
        "server_port": port,
        "cors_allowed_origins": [],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": False,
        "ssl_profile": "intermediate_v6",
        "use_x_frame_options": True,
        "created_at": BEGINNING,
        "error": None,
        "error_message": None,
    }
    return {"stable": stable, "pending": None, "yaml_migration_done": True}


def _store(config: Path, key: str, version: tuple[int, int], data: dict[str, Any]) -> None:
    """Write one of Home Assistant's own storage files."""
    storage = config / ".storage"
    storage.mkdir(exist_ok=True)
    content = {"version": version[0], "minor_version": version[1], "key": key, "data": data}
    (storage / key).write_text(json.dumps(content), encoding="utf-8")
