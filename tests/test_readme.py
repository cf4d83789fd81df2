"""The README's examples are really what Home Assistant takes."""

from pathlib import Path
import re

from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.script import async_validate_actions_config
from homeassistant.helpers.trigger import async_validate_trigger_config
from homeassistant.util.yaml import parse_yaml
import pytest

_README = Path(__file__).parents[1] / "README.md"
_EXAMPLES = [
    parse_yaml(block)
    for block in re.findall(r"```yaml\n(.*?)```", _README.read_text(encoding="utf-8"), re.DOTALL)
]
_ACTIONS = [example for example in _EXAMPLES if "action" in example]
_AUTOMATIONS = [example for example in _EXAMPLES if "triggers" in example]


def test_every_example_is_an_action_or_an_automation():
    assert len(_ACTIONS) + len(_AUTOMATIONS) == len(_EXAMPLES) > 3


@pytest.mark.parametrize("example", _AUTOMATIONS)
async def test_the_automations_are_valid(hass: HomeAssistant, example):
    await async_validate_trigger_config(hass, cv.TRIGGER_SCHEMA(example["triggers"]))
    await async_validate_actions_config(hass, cv.SCRIPT_SCHEMA(example["actions"]))


@pytest.mark.parametrize("example", _ACTIONS)
async def test_the_actions_do_what_they_say(hass: HomeAssistant, entry, office, example):
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    domain, _, service = example["action"].partition(".")
    await hass.services.async_call(
        domain, service, example["data"], target=example["target"], blocking=True
    )
    extension = office.extension("Head Office", "Sales", "100")
    assert extension.status == example["data"]["status"]
    assert extension.note == example["data"].get("note", "")
    assert bool(extension.return_time) == ("duration" in example["data"])
