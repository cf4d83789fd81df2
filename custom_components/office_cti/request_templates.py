"""Requests that a site's own documentation describes: as a person writes them, and as they are stored.

A telephone system's class says for which commands it takes one, which names each fills in, and what can be
sent. What is written is looked at at once: a command must not fail later for what could be told now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
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
from .telephony.system import (
    METHODS,
    NAME_IN_BRACES,
    InvalidText,
    RequestTemplate,
    TelephoneSystem,
)

_COMMAND: Final = "command"
_METHOD: Final = "method"
_PATH: Final = "path"
_BODY: Final = "body"


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
    system: TelephoneSystem,
    labels: Mapping[str, str],
) -> list[dict[str, str]]:
    """Return the requests that a person has described, as they are stored.

    Args:
        answers: what the person has written.
        system: whose commands they are.
        labels: what each command is called.

    Raises:
        WrongAnswer: a request that could not be sent.
    """
    read: dict[str, dict[str, str]] = {}
    for answer in answers:
        template = {key: value.strip() for key, value in answer.items() if value.strip()}
        command = answer[_COMMAND]
        names = system.templates[command]
        if (wrong := _wrong_with(template, system, names)) is None and command in read:
            wrong = "template_twice"
        if wrong is not None:
            raise WrongAnswer(
                CONF_REQUESTS, wrong, command=labels[command], names=told_names(names)
            )
        read[command] = template
    return [*read.values()]


def _wrong_with(
    written: Mapping[str, str], system: TelephoneSystem, names: Sequence[str]
) -> str | None:
    """Return the key of the sentence that says what is wrong with a request, if anything is."""
    template = RequestTemplate(written[_METHOD], written.get(_PATH, ""), written.get(_BODY, ""))
    if not template.names <= {*names}:
        return "template_unknown_name"
    has_stray_brace = not {"{", "}"}.isdisjoint(NAME_IN_BRACES.sub("", template.path))
    if has_stray_brace or not _can_be_sent(system, replace(template, body="")):
        return "template_invalid_path"
    return None if _can_be_sent(system, template) else "template_invalid_body"


def _can_be_sent(system: TelephoneSystem, template: RequestTemplate) -> bool:
    try:
        system.check_template(template)
    except InvalidText:
        return False
    return True
