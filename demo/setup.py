"""Sets Home Assistant up for the office: entries, people, counts, dashboard.

A second time, only what has changed since is touched.
"""

import asyncio
import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from yarl import URL

from . import dashboard, flows, people
from .cards import PRESENCES
from .control import tell
from .errors import wait_for

if TYPE_CHECKING:
    from .api import Api, Json
    from .offices import Office
    from .people import Staff
    from .state import State

START_SECONDS = 300.0
COUNT_SECONDS = 60.0


async def set_up(api: Api, config: Path, running: list[Office], state: State) -> None:
    """Bring everything to where a person can look at it."""
    await _wait_until_running(api)
    if not state.offices:
        await _make_it_an_office(api)
    entry_ids = [await _connect(api, office, state) for office in running]
    staffs = [
        await people.gather(api, office, entry_id)
        for office, entry_id in zip(running, entry_ids, strict=True)
    ]
    if not state.dashboard:
        await people.come_in(api, people.together(staffs))
    await _show(api, config, staffs, state)


async def _connect(api: Api, office: Office, state: State) -> str:
    """Have an entry with its further accounts, and with all that the dashboard shows enabled."""
    known = state.offices.setdefault(office.system, {})
    changed = known.get("flow_input") != office.flow_input
    entry_id = await flows.connect_office(api, office, known.get("entry_id"), changed=changed)
    if entry_id != known.get("entry_id"):
        for what in ("accounts", "choices", "posts_to"):
            known.pop(what, None)
    known |= {
        "port": office.about["port"],
        "control_port": office.about["control_port"],
        "entry_id": entry_id,
        "flow_input": office.flow_input,
    }
    state.save()
    await _choose(api, office, state)
    await people.enable(api, entry_id)
    await _add_accounts(api, office, state)
    return entry_id


async def _choose(api: Api, office: Office, state: State) -> None:
    """Choose what is to be seen, once, and have the simulator post to where the options say."""
    known = state.offices[office.system]
    if office.choices and known.get("choices") != office.choices:
        chosen = await flows.choose(api, known["entry_id"], office.choices)
        known["choices"] = office.choices
        if office.row.posts:
            known["posts_to"] = URL(chosen["notifications"]["webhook_url"]).path
        state.save()
    if office.row.posts:
        # Home Assistant names itself as the local network knows it; here it is asked on this machine.
        url = f"{api.url}{known['posts_to']}?user={{login}}"
        await asyncio.to_thread(tell, office.about, "webhook", url=url)


async def _add_accounts(api: Api, office: Office, state: State) -> None:
    """Add the further accounts, each once: one that a person has removed stays away."""
    known = state.offices[office.system]
    added: list[str] = known.setdefault("accounts", [])
    missing = [account for account in office.accounts if account["username"] not in added]
    for account in missing:
        await flows.add_account(api, known["entry_id"], account)
        added.append(account["username"])
        state.save()
    if missing:
        await people.wait_for_accounts(api, known["entry_id"], len(added))


async def _wait_until_running(api: Api) -> None:
    async def look() -> bool | None:
        return (await api.command("get_config"))["state"] == "RUNNING" or None

    await wait_for(look, START_SECONDS, "Home Assistant did not finish starting")


async def _make_it_an_office(api: Api) -> None:
    """Say where this is, and take away the rooms of a home that come with a new account."""
    await api.command(
        "config/core/update",
        location_name="Office",
        time_zone=_time_zone(),
        country="NL",  # where Home Assistant's own default coordinates are
        currency="EUR",
    )
    for area in await api.command("config/area_registry/list"):
        await api.command("config/area_registry/delete", area_id=area["area_id"])


def _time_zone() -> str:
    """Return the machine's time zone, so that return times read as on the clock on the wall."""
    name = os.environ.get("TZ") or str(Path("/etc/localtime").resolve())
    return name.partition("zoneinfo/")[2] or ("UTC" if name.startswith("/") else name)


async def _show(api: Api, config: Path, staffs: list[Staff], state: State) -> None:
    """Make the dashboard for these people, unless it was made already: it may have been edited."""
    counts = await _count(api, config, staffs)
    content = dashboard.build(staffs, counts)
    made = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    if made == state.dashboard:
        return
    existing: list[Json] = await api.command("lovelace/dashboards/list")
    if dashboard.URL_PATH not in {each["url_path"] for each in existing}:
        await api.command(
            "lovelace/dashboards/create",
            url_path=dashboard.URL_PATH,
            title=dashboard.TITLE,
            icon=dashboard.ICON,
            allow_single_word=True,
        )
    await api.command("lovelace/config/save", url_path=dashboard.URL_PATH, config=content)
    await api.command(
        "frontend/set_system_data", key="core", value={"default_panel": dashboard.URL_PATH}
    )
    state.dashboard = made
    state.save()


async def _count(api: Api, config: Path, staffs: list[Staff]) -> dict[str, str]:
    """Have sensors that count these people, and return them by presence."""
    sensors = json.dumps(dashboard.count_sensors(staffs), indent=2) + "\n"  # JSON is YAML, too
    file = config / "office_counts.yaml"
    if await asyncio.to_thread(file.read_text, encoding="utf-8") != sensors:
        await asyncio.to_thread(file.write_text, sensors, encoding="utf-8")
        await api.command("call_service", domain="template", service="reload")

    async def look() -> dict[str, str] | None:
        by_id = {
            entity["unique_id"]: entity["entity_id"]
            for entity in await api.command("config/entity_registry/list")
            if entity["platform"] == "template"
        }
        counts = {each: by_id.get(dashboard.count_id(each)) for each in PRESENCES}
        found = {presence: entity for presence, entity in counts.items() if entity}
        return found if len(found) == len(counts) else None

    return await wait_for(look, COUNT_SECONDS, "the sensors that count people did not appear")
