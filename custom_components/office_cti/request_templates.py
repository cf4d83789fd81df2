"""Requests that a site's own documentation describes: as a person writes them, and as they are stored.

A telephone system's class says for which commands it takes one, and which names each fills in. What is
written is looked at when it is written: a command must not fail later for what could be told now.
"""

from collections.abc import Mapping, Sequence
import json
import re
from typing import Any, Final

from homeassistant.helpers.selector import (
    ObjectSelector,
    ObjectSelectorConfig,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
)

from .const import CONF_REQUESTS, CONF_TEMPLATES
from .forms import WrongAnswer
from .telephony.system import METHODS, RequestTemplate

_COMMAND: Final = "command"
_METHOD: Final = "method"
_PATH: Final = "path"
_BODY: Final = "body"

_NAME = re.compile(r"\{(\w+)\}")
# What is no part of any path, and what would lead out of that part of the interface which may be asked. The
# telephone system itself looks closer, at what a request is filled with, too.
_NO_PATH = re.compile(r"[\\#{}\x00-\x1f]")
_NO_SEGMENTS = re.compile(r"^[a-z][a-z0-9+.-]*:|%(?:2e|2f|5c|25)", re.IGNORECASE)
_NOT_SEGMENTS = frozenset({"", ".", ".."})


def templates_of(options: Mapping[str, Any]) -> dict[str, RequestTemplate]:
    """Return the requests that a person has described in the options, by the command's name."""
    stored = options.get(CONF_REQUESTS, {}).get(CONF_TEMPLATES, ())
    return {
        each[_COMMAND]: RequestTemplate(each[_METHOD], each[_PATH], each.get(_BODY, ""))
        for each in stored
    }


def templates_selector(labels: Mapping[str, str]) -> ObjectSelector:
    """Return what a person describes requests with; what each command is called is told."""
    commands = [SelectOptionDict(value=command, label=label) for command, label in labels.items()]
    return ObjectSelector(
        ObjectSelectorConfig(
            fields={
                _COMMAND: {"selector": _choice(commands), "required": True},
                _METHOD: {"selector": _choice(METHODS), "required": True},
                _PATH: {"selector": TextSelector(), "required": True},
                _BODY: {"selector": TextSelector(TextSelectorConfig(multiline=True))},
            },
            multiple=True,
            label_field=_COMMAND,
            description_field=_PATH,
            translation_key=CONF_TEMPLATES,
        )
    )


def _choice(options: Sequence[Any]) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(options=[*options], mode=SelectSelectorMode.DROPDOWN)
    )


def told_names(names: Sequence[str]) -> str:
    """Return names as they are written in a path or in a body."""
    return ", ".join(f"{{{name}}}" for name in names)


def read_templates(
    answers: Sequence[Mapping[str, str]],
    known: Mapping[str, Sequence[str]],
    labels: Mapping[str, str],
) -> list[dict[str, str]]:
    """Return the requests that a person has described, as they are stored.

    Args:
        answers: what the person has written.
        known: the names that each command fills in.
        labels: what each command is called.

    Raises:
        WrongAnswer: a request that could not be sent.
    """
    read: dict[str, dict[str, str]] = {}
    for answer in answers:
        template = {key: value.strip() for key, value in answer.items() if value.strip()}
        command = answer[_COMMAND]
        names = known[command]
        if (wrong := _wrong_with(template, names)) is None and command in read:
            wrong = "template_twice"
        if wrong is not None:
            raise WrongAnswer(
                CONF_REQUESTS, wrong, command=labels[command], names=told_names(names)
            )
        read[command] = template
    return [*read.values()]


def _wrong_with(template: Mapping[str, str], names: Sequence[str]) -> str | None:
    """Return the key of the sentence that says what is wrong with a request, if anything is."""
    path, body = template.get(_PATH, ""), template.get(_BODY, "")
    if not {*_NAME.findall(path), *_NAME.findall(body)} <= {*names}:
        return "template_unknown_name"
    if not _is_path(_with_examples(path)):
        return "template_invalid_path"
    return None if not body or _is_json(_with_examples(body)) else "template_invalid_body"


def _with_examples(text: str) -> str:
    """Return a text with its names filled in, by what is a value alone and a part of a text alike."""
    return _NAME.sub("0", text)


def _is_path(text: str) -> bool:
    path = text.partition("?")[0]
    segments = path.removeprefix("/").removesuffix("/").split("/")
    return not (_NO_PATH.search(text) or _NO_SEGMENTS.search(path) or _NOT_SEGMENTS & {*segments})


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError, RecursionError:
        return False
    return True
