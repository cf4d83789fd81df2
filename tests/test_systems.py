"""What each telephone system's class declares is what its objects have, and what the documentation says."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
import re
from typing import Any

import pytest

from custom_components.office_cti import services
from custom_components.office_cti.action import Action
from custom_components.office_cti.devices import DEVICE_KINDS
from custom_components.office_cti.system_actions import SystemAction
from custom_components.office_cti.telephony import SYSTEMS, TelephoneSystem
from custom_components.office_cti.telephony.isymphony_status import IsymphonyStatusSystem
from custom_components.office_cti.telephony.model import Feature
from custom_components.office_cti.telephony.system import Encryption, Means, SystemSettings
from simulators.isymphony_status import StatusSimulator, default_office

from .telephony.isymphony_live.site import TEMPLATES, Site as LiveSite
from .telephony.oktell.site import Site as OktellSite
from .telephony.xivo.site import Site as XivoSite

type Site = Callable[[Means], AbstractAsyncContextManager[TelephoneSystem]]

# --- what objects have -------------------------------------------------------------------------


@asynccontextmanager
async def isymphony_status(_: Means) -> AsyncIterator[TelephoneSystem]:
    async with StatusSimulator(default_office(2)) as simulator:
        system = IsymphonyStatusSystem(SystemSettings(host="127.0.0.1", port=simulator.port))
        await system.start()
        yield system
        await system.stop()


@asynccontextmanager
async def isymphony_live(means: Means) -> AsyncIterator[TelephoneSystem]:
    async with LiveSite() as site:
        yield await site.start(templates=TEMPLATES if means is Means.TEMPLATE else {})


@asynccontextmanager
async def xivo(means: Means) -> AsyncIterator[TelephoneSystem]:
    async with XivoSite() as site:
        yield await site.start(*(["alice"] if means is Means.ACCOUNT else []))


@asynccontextmanager
async def oktell(means: Means) -> AsyncIterator[TelephoneSystem]:
    async with OktellSite() as site:
        yield await site.start(*(["100"] if means is Means.ACCOUNT else []))


SITES: dict[str, Site] = {
    site.__name__: site for site in (isymphony_status, isymphony_live, xivo, oktell)
}


def test_every_system_is_looked_at() -> None:
    assert SITES.keys() == SYSTEMS.keys()


@pytest.mark.parametrize("means", Means, ids=lambda means: means.name.lower())
@pytest.mark.parametrize("key", SYSTEMS)
async def test_objects_have_what_their_systems_class_declares(key: str, means: Means) -> None:
    declared = {
        feature
        for feature, needed in SYSTEMS[key].features.items()
        if needed in {Means.SERVER, means}
    }
    async with SITES[key](means) as system:
        tables = system.directory.tables.values()
        objects = [record.object for table in tables for record in table]
        # Whose account the entry itself is has what takes one.
        others = [each for each in objects if means is Means.ACCOUNT or each.id != system.user]
        has = system.directory.server.object.features.union(*(each.features for each in others))
    assert has == declared


# --- what the documentation says ---------------------------------------------------------------

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "systems.md").read_text(encoding="utf-8")
# The columns, from left to right.
COLUMNS = ("isymphony_status", "isymphony_live", "xivo", "oktell")
ENCRYPTIONS = {
    Encryption.NONE: "none",
    Encryption.AS_OFFERED: "as offered",
    Encryption.STARTTLS: "STARTTLS",
    Encryption.TLS: "TLS",
    Encryption.TLS_1_0: "TLS 1.0",
}
MEANS = {Means.SERVER: "", Means.ACCOUNT: " with an account", Means.TEMPLATE: " by a template"}
# The commands of those actions that are not called as their command is.
COMMANDS = {
    # A state is a status, where nothing else goes with it.
    "set_user_state": (
        "change_state",
        "set_status",
        "set_do_not_disturb",
        "set_call_filter",
        "set_recording",
    ),
    "agent_login": ("log_agent_in",),
    "agent_logout": ("log_agent_out",),
    "agent_pause": ("pause_agent",),
    "agent_resume": ("resume_agent",),
    "queue_add_member": ("add_queue_member",),
    "queue_remove_member": ("remove_queue_member",),
    "download_file": ("fetch_file",),
    "call_live_api": ("call_api",),
}


def table(section: str) -> dict[str, dict[str, str]]:
    """Return a section's cells, by their row's and their column's names."""
    text = PAGE.split(f"## {section}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return {
        label.strip(" `"): dict(zip(COLUMNS, map(str.strip, cells), strict=True))
        for label, *cells in rows[2:]
    }


def told(cell: str) -> str:
    """Return what a cell says, without what it adds."""
    return cell.partition(";")[0]


def assert_says(cells: dict[str, str], expected: Callable[[type[TelephoneSystem]], str]) -> None:
    """Compare a row with what the classes declare."""
    assert {key: told(cell) for key, cell in cells.items()} == {
        key: expected(system) for key, system in SYSTEMS.items()
    }


def yes(declared: object) -> str:
    return "yes" if declared else ""


def test_there_is_a_column_for_each_system() -> None:
    heads = re.findall(r"^\| \| (.+) \|$", PAGE, re.MULTILINE)
    assert len(set(heads)) == 1
    assert len(heads[0].split("|")) == len(COLUMNS)
    assert set(COLUMNS) == SYSTEMS.keys()


def test_how_each_system_is_reached() -> None:
    rows: dict[str, Callable[[type[TelephoneSystem]], Any]] = {
        "Port": lambda system: str(system.default_port),
        "Port with TLS": lambda system: (
            str(system.default_tls_port)
            if system.default_tls_port
            else "the same"
            if Encryption.TLS in system.encryptions
            else ""
        ),
        "Encryption": lambda system: ", ".join(ENCRYPTIONS[each] for each in system.encryptions),
        "Log-in": lambda system: yes(system.has_login),
        "Further accounts": lambda system: yes(system.has_accounts),
        "A persistent connection is a choice": lambda system: (
            "yes" if system.offers_push else "always"
        ),
        "Users are named by hand": lambda system: yes(system.takes_named_users),
        "Groups are named by hand": lambda system: yes(system.takes_group_numbers),
        "Notifications are posted": lambda system: yes(system.takes_posts),
        "Requests are described by hand": lambda system: yes(system.templates),
        "Events can be narrowed down": lambda system: yes(system.filters_events),
        "Times without a zone": lambda system: yes(system.tells_local_times),
        "Warns of the password of every new server": lambda system: yes(system.vendor_credentials),
    }
    cells = table("How it is reached")
    assert cells.keys() == rows.keys()
    for label, expected in rows.items():
        assert_says(cells[label], expected)


def test_what_there_is() -> None:
    kinds = {f"{kind.__name__}s": kind for kind in DEVICE_KINDS}
    cells = table("What there is")
    assert cells.keys() == kinds.keys()
    for label, kind in kinds.items():
        assert_says(cells[label], lambda system, kind=kind: yes(kind in system.kinds))


def seen_and_set(system: type[TelephoneSystem], name: str) -> str:
    """Return how a cell says which of two features there are: to see something, and to set it."""
    words = {"seen": Feature[name], "set": Feature.__members__.get(f"SET_{name}")}
    return ", ".join(
        word + MEANS[system.features[feature]]
        for word, feature in words.items()
        if feature in system.features
    )


def test_what_is_seen_and_set() -> None:
    done = {feature for action in services.ACTIONS for feature in features_of(action)}
    names = {each.name.removeprefix("SET_") for each in Feature if each not in done}
    cells = table("What is seen and set")
    assert {label.upper().replace(" ", "_") for label in cells} == names | {
        each.name.removeprefix("SET_") for each in done if each.name.startswith("SET_")
    }
    for label, row in cells.items():
        name = label.upper().replace(" ", "_")
        assert_says(row, lambda system, name=name: seen_and_set(system, name))


def features_of(action: Action) -> set[Feature]:
    """Return what an action can need, whatever is given."""
    if isinstance(action.feature, Feature):
        return {action.feature}
    needed = set[Feature]()
    for name in ("status", "note", "return_time", *map(str, action.fields)):
        try:
            needed |= set(action.feature({name: None}).values())
        except KeyError:  # what is made something else of before
            continue
    return needed


def can(system: type[TelephoneSystem], name: str) -> bool:
    """Tell whether a system's class has the command of an action, or one of them."""
    commands = COMMANDS.get(name, (name,))
    return any(getattr(system, each) is not getattr(TelephoneSystem, each) for each in commands)


def done(system: type[TelephoneSystem], action: Action | SystemAction) -> set[str]:
    """Return what a cell says of an action: what it takes, of several fields maybe several things."""
    if isinstance(action, SystemAction):
        return {"yes"} if can(system, action.name) else set()
    means = {system.features[each] for each in features_of(action) & system.features.keys()}
    return {MEANS[each].strip() or "yes" for each in means if can(system, action.name)}


def test_what_can_be_done() -> None:
    cells = table("What can be done")
    actions = {each.name: each for each in (*services.ACTIONS, *services.SYSTEM_ACTIONS)}
    assert cells.keys() == actions.keys()
    for name, row in cells.items():
        for key, system in SYSTEMS.items():
            said = set(re.findall(r"yes|with an account|by a template", told(row[key])))
            assert said == done(system, actions[name]), (name, key)


def test_every_link_leads_somewhere() -> None:
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", PAGE):
        path, _, anchor = link.partition("#")
        page = (DOCS / (path or "systems.md")).read_text(encoding="utf-8")
        headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
        assert not anchor or anchor in {each.lower().replace(" ", "-") for each in headings}, link
