"""Every resource, event and request is told of in the documentation, and what it says of their use is so."""

import inspect
from pathlib import Path
import re
from typing import Any

import pytest

from custom_components.office_cti.telephony.isymphony_live import control, reading
from custom_components.office_cti.telephony.isymphony_live.control import (
    AGENT_FEATURES,
    COMMANDS,
    PERSON_FEATURES,
    QUEUE_FEATURES,
    TELEPHONE_FEATURES,
)
from custom_components.office_cti.telephony.isymphony_live.events import EVENTS
from custom_components.office_cti.telephony.isymphony_live.requests import ROOT, Id, Request
from custom_components.office_cti.telephony.isymphony_live.resources import StatusType
from custom_components.office_cti.telephony.isymphony_live.rest import LiveClient
from custom_components.office_cti.telephony.isymphony_live.statuses import KINDS
from custom_components.office_cti.telephony.system import RequestTemplate

from .site import TEMPLATES, Site

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "isymphony-live.md").read_text(encoding="utf-8")
# What sends requests of a person's own.
FREE = {"send", "call"}


def rows(begins: str) -> list[list[str]]:
    """Return the rows of the table whose head begins so, cell by cell."""
    table = PAGE.split(f"\n| {begins} |")[1].split("\n\n")[0]
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]
    ]


def words(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


async def paths(site: Site, monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """Return at which paths each method of the client looks, as the documentation writes them."""
    client = site.make().client
    asked: list[str] = []

    async def body(request: Request) -> None:
        asked.append(request.path.removeprefix(ROOT).removeprefix("coreServers/ID/"))

    monkeypatch.setattr(client, "_body", body)
    found: dict[str, set[str]] = {}
    for name, method in inspect.getmembers(LiveClient, inspect.iscoroutinefunction):
        if name.startswith("_") or name in FREE | {"core_servers"}:
            continue
        parameters = [*inspect.signature(method).parameters.values()][1:]
        given: list[Any] = ["ID" if each.annotation is str else Id("ID") for each in parameters]
        asked.clear()
        await getattr(client, name)(*given)
        found[name] = set(asked)
    return found | {"core_servers": {"coreServers"}}


async def test_every_resource_is_told_of_with_its_use(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = inspect.getsource(reading) + inspect.getsource(control)
    table = {word: row[1] for row in rows("Resource") for word in words(row[0])}
    told = {re.sub(r"^agents$", "", word) for word in table} - {""}
    every = await paths(site, monkeypatch)
    assert len(every) > 15
    for name, found in every.items():
        use = next(iter(table[path] for path in sorted(found) if path in table), None)
        assert use is not None, name
        is_asked = f"client.{name}(" in used
        assert is_asked != use.startswith("not asked"), name
    assert told <= set().union(*every.values())


def test_every_event_is_told_of() -> None:
    told = {word for row in rows("Event") for word in words(row[0])}
    assert told == EVENTS.keys()


def test_every_request_is_told_of_with_the_names_that_it_fills_in() -> None:
    told = {
        word: (words(row[2]), row[1])
        for row in rows("Command | makes possible")
        for word in words(row[0])
    }
    assert told.keys() == COMMANDS.keys()
    for name, (names, possible) in told.items():
        assert tuple(names) == COMMANDS[name], name
        features = PERSON_FEATURES | TELEPHONE_FEATURES | AGENT_FEATURES | QUEUE_FEATURES
        needs_both = any(name in needed and len(needed) > 1 for needed in features.values())
        assert ("with both of them" in possible) is needs_both, name


def test_the_examples_are_what_the_simulated_server_takes() -> None:
    shown = {
        name: RequestTemplate(method, path.strip("`"), body.strip("`"))
        for (name,), method, path, body in (
            (words(row[0]), *row[1:]) for row in rows("Command | Method | Path")
        )
    }
    assert shown == TEMPLATES


def test_what_types_of_statuses_mean_is_told() -> None:
    told = {word: row[1] for row in rows("Type") for word in words(row[0])}
    assert told.keys() == set(StatusType)
    for type_, kind in KINDS.items():
        assert told[type_].startswith(kind.value.replace("_", " "))


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:)([^)]+)\)", PAGE)
    assert links
    headings = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    for link in links:
        path, _, anchor = link.partition("#")
        assert not path or (DOCS / path).is_file(), link
        assert not anchor or anchor in anchors, link
