"""Every command and every event is told of in the documentation, and what it says of their use is so."""

import ast
from collections.abc import Iterator
from pathlib import Path
import re
from typing import get_args

import orjson
import pytest

from custom_components.office_cti.telephony.oktell import commands, frames, notifications
from custom_components.office_cti.telephony.oktell.commands import encode

ROOT = Path(__file__).parents[3]
ROOM = ROOT / "custom_components" / "office_cti" / "telephony" / "oktell"
DOCS = ROOT / "docs"
PAGES = ["oktell.md", "oktell.ru.md", "oktell-notifications.md"]

# All commands of the vendor's page "Серверный HTTP интерфейс".
COMMANDS_OF_THE_PAGE = {
    "execsvcscript",
    "execsvcscriptplain",
    "tst_getintnumberreadyusers",
    "tst_getuserstate",
    "getlicensefulltext",
    "getlicensefullxml",
    "getlicenseinfo",
    "download",
    "downloadrecordbylink",
    "upload",
    "wp_getchaincontent",
    "wp_getabonentinfo",
    "wp_autocallstart",
    "wp_switchcall",
    "wp_autocallstop",
    "wp_flash",
    "wp_declinecall",
    "wp_setuserstate",
}
# What makes a request; the command is what it is given first.
MAKERS = {"Request", "_command", "_of_line", "_download"}


def rows(section: str) -> list[list[str]]:
    """Return the rows of a section's table, cell by cell, without its head."""
    page = (DOCS / "oktell.md").read_text(encoding="utf-8")
    text = page.split(f"### {section}\n")[1].split("\n#")[0]
    cells = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in cells[2:]]


def told(section: str) -> dict[str, str]:
    """Return what is said of each command or event of a section."""
    return {word: row[1] for row in rows(section) for word in re.findall(r"`([\w/]+)`", row[0])}


def texts(tree: ast.AST) -> set[str]:
    """Return all texts that stand in some code."""
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and type(node.value) is str
    }


def requested() -> set[str]:
    """Return every command that a request is made of."""
    found = set[str]()
    for node in ast.walk(ast.parse((ROOM / "requests.py").read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id=maker), args=[command, *_]) if maker in MAKERS:
                found |= texts(command)
    return found


def asked() -> Iterator[tuple[str, str]]:
    """Yield every question of the web-socket: its class and its word."""
    given = {
        commands.LogIn: ("anna", "secret"),
        commands.Subscribe: (("userstatechanged",),),
        commands.Dial: ("101",),
        commands.Flash: (commands.FlashKind.SWITCH,),
        commands.Transfer: ("101",),
    }
    for command in get_args(commands.Command.__value__):
        word, _ = orjson.loads(encode(command(*given.get(command, ())), "1", "anna"))
        yield command.__name__, word


def test_every_command_of_the_page_can_be_asked() -> None:
    assert requested() == COMMANDS_OF_THE_PAGE


def test_every_request_is_told_of() -> None:
    first_words = {word.partition("/")[0] for word in told("Requests over HTTP")}
    assert requested() - first_words == set()
    assert {"download/rec", "download/fax", "download/byscript"} <= told(
        "Requests over HTTP"
    ).keys()


def test_every_method_of_the_web_socket_is_told_of() -> None:
    words = {word for _, word in asked()}
    assert len(words) > 20
    assert words - told("Methods of the web-socket").keys() == set()


def test_what_is_said_not_to_be_sent_is_not_and_everything_else_is() -> None:
    # Where a command is only said, not used.
    code = "".join(
        path.read_text(encoding="utf-8")
        for path in sorted(ROOM.glob("*.py"))
        if path.name != "commands.py"
    )
    table = told("Methods of the web-socket")
    for name, word in asked():
        is_sent = re.search(rf"\b(?:commands\.)?{name}\(", code) is not None
        assert is_sent != table[word].startswith("not sent"), word


def test_every_event_of_the_web_socket_is_told_of() -> None:
    known = told("Methods of the web-socket").keys() | told("Events of the web-socket").keys()
    assert len(frames.EVENTS) > 15
    assert frames.EVENTS.keys() - known == set()
    subscribed = {*frames.EVENTS_OF_ALL, *frames.OWN_EVENTS}
    assert subscribed - told("Events of the web-socket").keys() == set()


def test_every_notification_is_told_of() -> None:
    text = " ".join(row[0] for row in rows("Service notifications"))
    words = set(re.findall(r"`(\w+)`", text))
    assert set(notifications.EVENTS.values()) == words
    numbers = {int(number) for number in re.findall(r"\b\d{3,5}\b", text)}
    assert numbers >= notifications.TWINS
    assert {*notifications.EVENTS} >= numbers - notifications.TWINS


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)]+)\)", text)
    assert links or page == "oktell-notifications.md"
    for link in links:
        path, _, anchor = link.partition("#")
        target = DOCS / (path or page)
        assert target.is_file(), link
        assert not anchor or anchor in anchors(target), link


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
