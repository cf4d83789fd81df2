"""Recordings of conversations with real servers, read into steps.

    for section in recording("xivo", "15.01", "pushes").sections:
        for step in section.steps:
            ...                                       # step.who, step.kind, step.message

A recording is text, one step a line. `A >> {…}` is what client A sent, `A << {…}` what it received, and
`A << [EOF after 0.6s]` that the server closed; a line that names no client is of a client of its own, whose
name here is "". `AMI`, `webi` and `--` lines tell what happened behind the server: what it asked of Asterisk,
what its web interface told it, and what the one who recorded did. `##### …` opens a section.

Some received lines were cut when they were recorded. What can be read of them is the message; `is_cut` says
that the server sent more.
"""

import ast
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
import json
from pathlib import Path
import re
from typing import Any

FOLDER = Path(__file__).parent

type Message = dict[str, Any]


class Kind(StrEnum):
    """What a step is."""

    SENT = ">>"  # by a client
    RECEIVED = "<<"  # by a client
    EOF = "eof"  # a client saw its connection closed
    AMI = "AMI"  # what the server asked of Asterisk
    WEBI = "webi"  # what the web interface told the server
    NOTE = "--"  # what the one who recorded did


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a recording.

    `raw` is what a client put on the wire, line end included; `message` is what a client sent or
    received as an object, or None where it was none.
    """

    who: str
    kind: Kind
    text: str
    message: Message | None = None
    raw: bytes = b""
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """What a recording tells under one title."""

    title: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Recording:
    """One conversation of one release."""

    system: str
    release: str
    name: str
    sections: tuple[Section, ...]


@cache
def recording(system: str, release: str, name: str) -> Recording:
    """Return one recording."""
    text = (FOLDER / system / release / f"{name}.txt").read_text(encoding="utf-8")
    return Recording(system, release, name, tuple(sections(text)))


def names(system: str) -> list[tuple[str, str]]:
    """Return the release and the name of each recording of a system."""
    paths = sorted((FOLDER / system).glob("*/*.txt"))
    return [(path.parent.name, path.stem) for path in paths]


def sections(text: str) -> list[Section]:
    """Read a recording's text."""
    found: list[tuple[str, list[Step]]] = [("", [])]
    for line in text.splitlines():
        if line.startswith("##### "):
            found.append((line.removeprefix("##### "), []))
        elif line.strip():
            found[-1][1].append(_step(line))
    return [Section(title, tuple(steps)) for title, steps in found if title or steps]


_STEP = re.compile(r"(?:(\w+) )?(>>|<<) (.*)|\s*(AMI|webi|--) (.*)")


def _step(line: str) -> Step:
    match = _STEP.fullmatch(line)
    assert match is not None, f"no step: {line!r}"
    who, arrow, text, behind, told = match.groups()
    if behind is not None:
        return Step("", Kind(behind), told)
    if arrow == Kind.SENT:
        raw = ast.literal_eval(text) if text.startswith("b'") else f"{text}\n".encode()
        return Step(who or "", Kind.SENT, text, _message(text), raw)
    if text.startswith("[EOF"):
        return Step(who or "", Kind.EOF, text)
    message = _message(text)
    if message is not None:
        return Step(who or "", Kind.RECEIVED, text, message)
    return Step(who or "", Kind.RECEIVED, text, _cut_message(text), is_cut=True)


def _message(text: str) -> Message | None:
    try:
        message = json.loads(text)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def _cut_message(text: str) -> Message:
    """Return what a message says as far as it was recorded, without the member that was cut."""
    if (whole := _message(text + "}")) is not None:
        return whole
    for place in (match.start() for match in reversed(list(re.finditer(", ", text)))):
        for ends in ("}", "}}"):
            if (message := _message(text[:place] + ends)) is not None:
                return message
    raise AssertionError(f"no message: {text!r}")
