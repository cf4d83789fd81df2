"""The vocabulary: what makes it usable by name, and safe to show."""

from inspect import getdoc
from typing import NamedTuple, get_args

import pytest

from custom_components.office_cti.telephony.xivo import messages
from custom_components.office_cti.telephony.xivo.messages import (
    Command,
    Message,
    SendHashedPassword,
    SendPassword,
)

MESSAGES = get_args(Message.__value__)
COMMANDS = get_args(Command.__value__)
# Parts of messages and commands.
PARTS = {
    messages.ConferenceMember,
    messages.Conference,
    messages.ConferenceSeat,
    messages.CurrentCall,
    messages.Forward,
    messages.HistoryCall,
    messages.NonQueueCall,
    messages.Party,
    messages.Person,
    messages.PhoneState,
    messages.Presence,
    messages.QueueEntry,
    messages.QueueWindow,
    messages.Related,
    messages.SwitchboardEntry,
}


def defined() -> set[type]:
    """Return every tuple with names that the vocabulary defines."""
    return {
        kind
        for kind in vars(messages).values()
        if isinstance(kind, type) and hasattr(kind, "_fields") and kind is not NamedTuple
    }


def test_everything_is_a_message_or_a_command_or_a_part_of_one() -> None:
    assert defined() == {*MESSAGES, *COMMANDS, *PARTS}
    assert not set(MESSAGES) & set(COMMANDS)


@pytest.mark.parametrize("kind", sorted(defined(), key=lambda kind: kind.__name__))
def test_everything_is_explained(kind: type) -> None:
    told = getdoc(kind) or ""
    assert told
    assert not told.startswith(f"{kind.__name__}(")


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
def test_what_may_be_missing_may_be_a_problem(kind: type) -> None:
    optional = set(kind._field_defaults) - {"problems"}
    if optional and kind not in {
        messages.LoginRefused,  # made out of one text
        messages.CommandFailed,
        messages.Malformed,  # made here
    }:
        assert kind._fields[-1] == "problems"
        assert kind._field_defaults["problems"] == ()


def test_no_other_command_holds_a_password() -> None:
    holding = {kind for kind in COMMANDS if "password" in kind._fields}
    assert holding == {SendHashedPassword, SendPassword}


@pytest.mark.parametrize(
    "command", [SendHashedPassword("session", "secret"), SendPassword("secret")]
)
def test_a_password_is_not_shown(command: Command) -> None:
    for shown in (repr(command), str(command), f"{command}", f"{command!r}", f"{[command]}"):
        assert type(command).__name__ in shown
        assert "secret" not in shown
        assert "session" not in shown
