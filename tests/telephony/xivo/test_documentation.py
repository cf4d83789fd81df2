"""Every message of the protocol is told of in the documentation, and every command is there for something."""

from pathlib import Path
import re
from typing import get_args

from custom_components.office_cti.telephony.xivo import messages
from custom_components.office_cti.telephony.xivo.tables import CLASSES

from .test_commands import FORMS

ROOT = Path(__file__).parents[3]
ROOM = ROOT / "custom_components" / "office_cti" / "telephony" / "xivo"
# Where a command is only said, not used.
VOCABULARY = {"messages.py", "commands.py"}


def told() -> set[str]:
    """Return the words of the table of all messages."""
    page = (ROOT / "docs" / "xivo.md").read_text()
    return set(re.findall(r"`(\w+)", page[page.index("## Every message of the protocol") :]))


def test_every_command_is_told_of() -> None:
    wires = [wire for _, wire in FORMS]
    assert len(wires) > 50
    sent = {wire.get("command", wire["class"]) for wire in wires}
    assert sent - told() == set()


def test_every_message_of_the_server_is_told_of() -> None:
    assert len(CLASSES) > 30
    missing = {name for name in CLASSES if not {name, name.removesuffix("_result")} & told()}
    assert missing == set()


def test_every_command_is_used_for_something() -> None:
    code = "".join(path.read_text() for path in ROOM.glob("*.py") if path.name not in VOCABULARY)
    commands = {command.__name__ for command in get_args(messages.Command.__value__)}
    assert len(commands) > 50
    assert {name for name in commands if not re.search(rf"\b{name}\b", code)} == set()
