"""The integration's config flow, filled in as a person would fill it in."""

from typing import TYPE_CHECKING, Any

from .errors import DemoError, wait_for

if TYPE_CHECKING:
    from .api import Api, Json
    from .offices import Office

DOMAIN = "office_cti"
FLOWS = "/api/config/config_entries/flow"
ACCOUNT_FLOWS = "/api/config/config_entries/subentries/flow"
OPTIONS_FLOWS = "/api/config/config_entries/options/flow"
LOAD_SECONDS = 120.0


async def connect_office(api: Api, office: Office, entry_id: str | None, *, changed: bool) -> str:
    """Have an entry for the office, and return its id; one whose office has moved is told so."""
    if entry_id not in await _entry_ids(api):
        result = await _fill_in(api, office, {"handler": DOMAIN})
        if result["type"] != "create_entry":
            raise DemoError(f"the integration was not set up: {result.get('reason')}")
        entry_id = str(result["result"]["entry_id"])
    elif changed:
        result = await _fill_in(api, office, {"handler": DOMAIN, "entry_id": entry_id})
        if result.get("reason") != "reconfigure_successful":
            raise DemoError(f"the integration was not told the new port: {result.get('reason')}")
    await _wait_until_loaded(api, str(entry_id))
    return str(entry_id)


async def add_account(api: Api, entry_id: str, credentials: Json) -> None:
    """Have a further account, unless it is there already."""
    step = await api.post(ACCOUNT_FLOWS, {"handler": [entry_id, "account"]})
    step = await _answer(api, ACCOUNT_FLOWS, step, {"user": credentials})
    if step["type"] != "create_entry" and step.get("reason") != "already_configured":
        raise DemoError(f"the account {credentials['username']} was not added: {step['reason']}")


async def choose(api: Api, entry_id: str, choices: Json) -> Json:
    """Choose something in the options, where all else stays; return what stands in the form then."""
    form = await api.post(OPTIONS_FLOWS, {"handler": entry_id})
    answers: Json = _as_shown(form["data_schema"]) | choices
    step = await _answer(api, OPTIONS_FLOWS, form, {form["step_id"]: answers})
    if step["type"] != "create_entry":
        raise DemoError(f"the options were not taken: {step.get('reason')}")
    await _wait_until_loaded(api, entry_id)
    return answers


def _as_shown(fields: list[Json]) -> Json:
    """Return a form's answers as they stand in it, from what is suggested or else the default."""
    answers = {field["name"]: _value_shown(field) for field in fields}
    return {name: value for name, value in answers.items() if value is not None}


def _value_shown(field: Json) -> Any:
    if field.get("type") == "expandable":
        return _as_shown(field["schema"])
    return field.get("description", {}).get("suggested_value", field.get("default"))


async def _entry_ids(api: Api) -> list[str]:
    return [entry["entry_id"] for entry in await _entries(api)]


async def _entries(api: Api) -> list[Json]:
    entries: list[Json] = await api.command("config_entries/get", domain=DOMAIN)
    return entries


async def _fill_in(api: Api, office: Office, start: Json) -> Json:
    answers = {
        "user": {"system": office.system},
        office.system: office.flow_input,
        "push": office.push_input,
        "reconfigure": office.flow_input,
    }
    return await _answer(api, FLOWS, await api.post(FLOWS, start), answers)


async def _answer(api: Api, flows: str, step: Json, answers: dict[str, Json]) -> Json:
    """Answer one form after the other until the flow ends; a form comes once, or it was refused."""
    while step["type"] == "form":
        if step.get("errors") or step["step_id"] not in answers:
            raise DemoError(f"the config flow stopped at {step['step_id']}: {step.get('errors')}")
        step = await api.post(f"{flows}/{step['flow_id']}", answers.pop(step["step_id"]))
    return step


async def _wait_until_loaded(api: Api, entry_id: str) -> None:
    reason = "not loaded yet"

    async def look() -> bool | None:
        nonlocal reason
        entry = next(each for each in await _entries(api) if each["entry_id"] == entry_id)
        reason = f"{entry['state']}: {entry['reason']}" if entry["reason"] else str(entry["state"])
        return entry["state"] == "loaded" or None

    try:
        await wait_for(look, LOAD_SECONDS, "the integration did not load")
    except DemoError as error:
        raise DemoError(f"{error}: {reason}") from None
