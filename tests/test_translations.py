"""Every key that the code uses has words in every language, an icon where one belongs, and no others."""

import ast
from collections.abc import Iterator
from copy import replace
import json
from pathlib import Path
import re
from string import Formatter
from types import ModuleType
from typing import Any

from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.service import _SERVICES_SCHEMA
from homeassistant.loader import Integration, async_get_integration
from homeassistant.util.yaml import load_yaml_dict
import pytest
import voluptuous as vol

from custom_components.office_cti import (
    account_flow,
    binary_sensor,
    button,
    config_flow,
    datetime,
    event,
    forms,
    notify,
    options_flow,
    select,
    sensor,
    services,
    switch,
    targets,
    text,
)
from custom_components.office_cti.const import (
    CONF_EVENT_TYPES,
    CONF_EVENT_USERS,
    CONF_EVENTS,
    CONF_GRACE_PERIOD,
    CONF_GROUP_NUMBERS,
    CONF_GROUPS,
    CONF_KINDS,
    CONF_NAMES,
    CONF_NOTIFICATIONS,
    CONF_NUMBERS,
    CONF_REMOTE_POSTS,
    CONF_REQUESTS,
    CONF_TEMPLATES,
    CONF_TIME_ZONE,
    CONF_USERS,
    CONF_WEBHOOK_URL,
    DOMAIN,
)
from custom_components.office_cti.devices import DEVICE_KINDS
from custom_components.office_cti.request_templates import templates_selector
from custom_components.office_cti.telephony import SYSTEMS
from custom_components.office_cti.telephony.model import (
    CallDirection,
    CallerEvent,
    CallEvent,
    CallEventKind,
    ConferenceEvent,
    DialOrder,
    DialScope,
    DirectorySource,
    FlashMode,
    Forward,
    ForwardKind,
    HistoryKind,
    MessageEvent,
    Modes,
    PassageKind,
    Queue,
    RemoteFileKind,
    ServerEvent,
    ServerEventKind,
    SheetEvent,
    StatusKind,
    VoicemailEvent,
)
from custom_components.office_cti.telephony.system import (
    AddressOrCredentialsRefused,
    Authorization,
    Encryption,
    Hindered,
    TelephonyError,
)

from .company import AGENT, ANNA, BERT, CALL, CONFERENCE, NINE, NOTIFICATION, QUEUE, QUIET, SERVER

FOLDER = Path(config_flow.__file__).parent
LANGUAGES = sorted((FOLDER / "translations").glob("*.json"))
DESCRIPTIONS = {
    "binary_sensor": binary_sensor.BINARY_SENSORS,
    "button": button.BUTTONS,
    "datetime": datetime.DATETIMES,
    "event": event.EVENTS,
    "notify": notify.NOTIFIES,
    "select": select.SELECTS,
    "sensor": sensor.SENSORS,
    "switch": switch.SWITCHES,
    "text": text.TEXTS,
}
SWITCHED = ("binary_sensor", "switch")
# Attributes that Home Assistant gives an entity, and names itself.
ITS_ATTRIBUTES = {
    "device_class",
    "event_type",
    "event_types",
    "friendly_name",
    "max",
    "min",
    "mode",
    "options",
    "pattern",
    "state_class",
    "supported_features",
    "unit_of_measurement",
}
ACTIONS = {action.name: action.schema for action in (*services.ACTIONS, *services.SYSTEM_ACTIONS)}
# What Home Assistant itself puts into the schema of an action with a target.
TARGET_KEYS = {"entity_id", "device_id", "area_id", "floor_id", "label_id", "exclude", "metadata"}


@pytest.fixture(params=LANGUAGES, ids=lambda path: path.stem)
def words(request):
    """One language's translations."""
    return json.loads(request.param.read_text())


@pytest.fixture(scope="module")
def icons():
    return json.loads((FOLDER / "icons.json").read_text())


def _calls() -> Iterator[ast.Call]:
    """Yield every call in the integration's code."""
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                yield node


def _name(call: ast.Call) -> str:
    return getattr(call.func, "id", None) or getattr(call.func, "attr", "")


def _values(node: ast.expr) -> set[str]:
    """Return the strings that an expression can be; a key that names an error is asked of it."""
    if isinstance(node, ast.Constant):
        return {node.value}
    if isinstance(node, ast.IfExp):
        return _values(node.body) | _values(node.orelse)
    if isinstance(node, ast.Attribute) and node.attr == "key":
        named = [cls.key for cls in _errors() if cls.__name__ == getattr(node.value, "id", "")]
        return set(named)
    return set()


def _errors() -> set[type[TelephonyError]]:
    """Return every kind of telephony error that the integration has."""
    found: set[type[TelephonyError]] = set()
    waiting = [TelephonyError]
    while waiting:
        new = waiting.pop().__subclasses__()
        found.update(each for each in new if each.__module__.startswith(_PACKAGE))
        waiting += new
    return found


_PACKAGE = f"{config_flow.__package__}."


def _exceptions() -> dict[str, set[str]]:
    """Return the placeholders that the code passes, by the message's key."""
    passed: dict[str, set[str]] = {error.key: set() for error in _errors()}
    by_class = {error.__name__: error.key for error in _errors()}
    for call in _calls():
        keywords = {each.arg: each.value for each in call.keywords if each.arg}
        if (key := by_class.get(_name(call))) is not None:
            passed[key] |= keywords.keys()
        elif _name(call) == "invalid":
            for key in _values(call.args[0]):
                passed.setdefault(key, set()).update(keywords)
        elif _name(call).endswith("Error") and "translation_key" in keywords:
            given = keywords.get("translation_placeholders")
            for key in _values(keywords["translation_key"]):
                passed.setdefault(key, set()).update(
                    _values_of_keys(given) if isinstance(given, ast.Dict) else ()
                )
    for sentences in targets.SENTENCES.values():
        passed.setdefault(sentences.not_one, set()).add("name")
        passed.setdefault(sentences.none_left, set())
    # One call makes these of the two kinds that a codec's error can be.
    passed["reserved_characters"].add("text")
    passed["line_break_in_text"].add("text")
    # When an entry is set up, its host is told beside the error's own values.
    passed["cannot_connect"].add("host")
    passed["server_starting"].add("host")
    passed["not_this_system"].add("host")
    passed["encryption_failed"].add("host")
    passed["certificate_not_trusted"].add("host")
    return passed


def _values_of_keys(node: ast.Dict) -> set[str]:
    return {key.value for key in node.keys if isinstance(key, ast.Constant)}


def _keys(schema: Any) -> list[Any]:
    """Return the keys of an action's schema, which stands within others."""
    while not isinstance(schema, dict):
        schema = schema.validators[0] if hasattr(schema, "validators") else schema.schema
    return list(schema)


def _fields(schema: Any) -> set[str]:
    return {str(key) for key in _keys(schema)}


def _offered_by_selectors(described: dict[str, Any]) -> dict[str, set[str]]:
    """Return what selectors of the actions' fields offer, by the key of the words for it."""
    offered: dict[str, set[str]] = {}
    for action in ACTIONS:
        for field in described[action].get("fields", {}).values():
            select = field["selector"].get("select", {})
            if "translation_key" in select:  # others offer what is the same in every language
                offered[select["translation_key"]] = set(select["options"])
    return offered


def _placeholders(message: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(message) if name}


def _flatten(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _flatten(value, f"{path}.{key}" if path else key)
    else:
        yield path, node


# --- words -------------------------------------------------------------------------------------


def test_there_is_english():
    assert [path.stem for path in LANGUAGES if path.stem == "en"]


def test_every_language_says_the_same_things(words):
    english = json.loads((FOLDER / "translations" / "en.json").read_text())
    told, expected = dict(_flatten(words)), dict(_flatten(english))
    assert told.keys() == expected.keys()
    for key, message in told.items():
        assert message.strip() == message != "", key
        assert _placeholders(message) == _placeholders(expected[key]), key


def test_exceptions(words):
    passed = _exceptions()
    assert words["exceptions"].keys() == passed.keys()
    for key, values in passed.items():
        assert _placeholders(words["exceptions"][key]["message"]) <= values, key


def test_issues(words):
    hindrances = {error.key for error in _errors() if issubclass(error, Hindered)}
    in_the_way = hindrances | {AddressOrCredentialsRefused.key}
    others = {"reduced_entities", "too_many_extensions", "vendor_password"}
    assert words["issues"].keys() == in_the_way | others
    passed = {key: {"title"} for key in in_the_way}
    passed["user_logged_in_elsewhere"].add("username")
    passed["vendor_password"] = {"title", "username"}
    for key, issue in words["issues"].items():
        used = _placeholders(issue["title"]) | _placeholders(issue["description"])
        assert used <= passed.get(key, {"title", "left_out", "most"})


def test_devices(words):
    keys = {kind.translation_key for kind in DEVICE_KINDS.values()}
    assert words["device"].keys() == keys | {f"{key}_of_group" for key in keys}
    for device in words["device"].values():
        assert _placeholders(device["name"]) <= {"label", "group"}


def test_entities(words):
    told = {(domain, key) for domain, keys in words["entity"].items() for key in keys}
    assert told == {
        (domain, description.translation_key)
        for domain, descriptions in DESCRIPTIONS.items()
        for description in descriptions
    }


def _descriptions() -> Iterator[tuple[str, Any]]:
    """Yield every description, with its platform."""
    for domain, descriptions in DESCRIPTIONS.items():
        for description in descriptions:
            yield domain, description


def _possible_states(description: Any) -> set[str]:
    """Return the states, or types of events, that an entity can have."""
    states = getattr(description, "options", None) or getattr(description, "event_types", None)
    return set(states or ())


def test_states_and_types_of_events(words):
    for domain, description in _descriptions():
        told = words["entity"][domain][description.translation_key]
        if domain == "event":
            told = told["state_attributes"]["event_type"]
        states = told.get("state", {}).keys()
        if domain == "binary_sensor" and states:  # without words of its own: On and Off
            assert states == {"on", "off"}, description.key
        else:
            assert states == _possible_states(description), description.key


def test_no_state_is_called_like_none():
    """What is in such a state would look as if it were not there."""
    for _, description in _descriptions():
        assert not _possible_states(description) & {"unavailable", "unknown"}, description.key


@pytest.fixture
async def attributes(hass, all_enabled):
    """The attributes that our entities have, by domain and translation key, and their values."""
    long = "x" * 300
    all_enabled.change(
        ANNA,
        note=long,
        status=replace(QUIET, name=long, following=None),
        calls=(replace(CALL, name=long),),
        **{f"forward_{kind}": Forward(enabled=True, destination=long) for kind in ForwardKind},
    )
    all_enabled.change(
        BERT,
        note=long,
        forward_busy=Forward(enabled=True, destination="1"),
        modes=Modes(on_break=True, break_reason="Training"),
    )
    all_enabled.change(AGENT, phone=long)
    for known, happening in (
        (ANNA, CallEvent(CallEventKind.ENDED, CALL)),
        (ANNA, MessageEvent("Coffee?", sender=BERT.id, time=NINE, fields={"guid": "1"})),
        (ANNA, VoicemailEvent({"box": "1"})),
        (ANNA, SheetEvent({})),
        (QUEUE, CallerEvent(PassageKind.LEFT, QUEUE.callers[0])),
        (CONFERENCE, ConferenceEvent(PassageKind.LEFT, CONFERENCE.members[0])),
        (SERVER, ServerEvent(ServerEventKind.NOTIFICATION, NOTIFICATION)),
    ):
        all_enabled.tell(known, happening)
    found: dict[tuple[str, str], dict[str, set[Any]]] = {}
    for entity in er.async_get(hass).entities.values():
        told = found.setdefault((entity.domain, entity.translation_key), {})
        for name, value in hass.states.get(entity.entity_id).attributes.items():
            if name not in ITS_ATTRIBUTES:
                told.setdefault(name, set()).add(str(value))
    return found


async def test_attributes(words, attributes):
    """A company in which there is everything has every attribute, each with a name."""
    assert attributes.keys() == {(domain, d.translation_key) for domain, d in _descriptions()}
    for (domain, key), seen in attributes.items():
        told = words["entity"][domain][key].get("state_attributes", {})
        assert {name for name, each in told.items() if "name" in each} == seen.keys(), key
        for name, each in told.items():
            if name != "event_type" and "state" in each:
                assert seen[name] <= each["state"].keys()
    directions = {direction.value for direction in CallDirection}
    for domain, key in (("event", "call"), ("sensor", "other_party")):
        told = words["entity"][domain][key]["state_attributes"]["direction"]
        assert told["state"].keys() == directions


def test_units(words):
    """What is counted has no unit: Home Assistant has no plural for it, and "1 callers" reads wrong."""
    for key, told in words["entity"]["sensor"].items():
        assert "unit_of_measurement" not in told, key


def test_actions(words):
    assert words["services"].keys() == ACTIONS.keys()
    for action, schema in ACTIONS.items():
        fields = _fields(schema) - TARGET_KEYS
        assert words["services"][action].get("fields", {}).keys() == fields


def test_selectors(words):
    offered = _offered_by_selectors(load_yaml_dict(str(FOLDER / "services.yaml")))
    asked = {"system", "encryption", "authorization", "kinds", "users", "templates"}
    assert words["selector"].keys() == {*asked, *offered}
    assert words["selector"]["system"]["options"].keys() == SYSTEMS.keys()
    assert words["selector"]["encryption"]["options"].keys() == set(Encryption)
    assert words["selector"]["authorization"]["options"].keys() == set(Authorization)
    told = words["selector"]["users"]["fields"]
    assert told.keys() == options_flow._USERS.config["fields"].keys()
    assert all(each.keys() == {"name", "description"} for each in told.values())
    templates = words["selector"]["templates"]
    assert templates["fields"].keys() == templates_selector({}).config["fields"].keys()
    assert all(each.keys() == {"name", "description"} for each in templates["fields"].values())
    described = {command for system in SYSTEMS.values() for command in system.templates}
    assert templates["options"].keys() == described
    kinds = {kind.option for kind in DEVICE_KINDS.values()}
    assert words["selector"]["kinds"]["options"].keys() == kinds
    for key, options in offered.items():
        assert words["selector"][key]["options"].keys() == options, key
    assert offered["clear"] == {"note", "return_time"}
    assert offered["forward_kind"] == set(ForwardKind)
    assert offered["history_kind"] == set(HistoryKind)
    assert offered["dial_order"] == set(DialOrder)
    assert offered["dial_scope"] == set(DialScope)
    assert offered["flash_mode"] == set(FlashMode)
    assert offered["file_kind"] == set(RemoteFileKind)
    assert offered["directory_source"] == set(DirectorySource)


def test_flows(words):
    steps = words["config"]["step"]
    # Each telephone system has a step, and every other is written in the flow.
    assert steps.keys() == SYSTEMS.keys() | _steps(config_flow)
    for key, system in SYSTEMS.items():
        fields = set(map(str, forms.connection_schema(system, is_known=False).schema))
        assert steps[key]["data"].keys() == fields
        assert steps["reconfigure"]["data"].keys() >= fields
        login = set(map(str, forms.login_schema(system).schema))
        assert steps["reauth_confirm"]["data"].keys() >= login
    fields = set(map(str, forms.push_schema(is_known=False).schema))
    assert steps["push"]["data"].keys() == fields
    for step in (*steps.values(), *words["config_subentries"]["account"]["step"].values()):
        assert step.get("data", {}).keys() == step.get("data_description", {}).keys()
    account = words["config_subentries"]["account"]
    assert account["step"].keys() == account["initiate_flow"].keys() == _steps(account_flow)
    assert words["config"]["abort"].keys() == {"already_configured", "not_loaded"}
    assert account["abort"].keys() == {"already_configured", "not_loaded"}


def test_errors_of_forms(words):
    told = {error.key for error in _errors() if issubclass(error, forms._TOLD)} | {"unknown"}
    account = told | {"wrong_account"}
    own = {"main_account"}
    assert words["config_subentries"]["account"]["error"].keys() == account | own
    requests = {key for _, key in forms._REFUSED.values()}
    requests |= {f"{each}_needed" for carried in forms._CARRIED.values() for each in carried}
    assert words["config"]["error"].keys() == account | requests | {
        "invalid_host",
        "other_system_there",
    }
    choices = {"invalid_numbers", "nothing_chosen", "status_in_two_kinds"}
    named = {"incomplete_user", "invalid_group_number", "no_such_user", "user_twice"}
    named |= {"invalid_events"}
    wrong = {"invalid_body", "invalid_path", "twice", "unknown_name"}
    templates = {f"template_{each}" for each in wrong}
    assert words["options"]["error"].keys() == told | choices | named | templates
    passed = {
        "refused": {"reason"},
        "version_refused": {"version"},
        "wrong_account": {"account"},
        "user_logged_in_elsewhere": {"username"},
        "invalid_group_number": {"number"},
        "no_such_user": {"user"},
        "other_system_there": {"other"},
        "user_twice": {"user"},
        **{key: {"command", "names", "unknown"} for key in templates},
    }
    for flow in (words["config"], words["config_subentries"]["account"], words["options"]):
        for key, message in flow["error"].items():
            assert _placeholders(message) <= passed.get(key, set()), key


def test_options(words):
    assert words["options"]["step"].keys() == _steps(options_flow)
    assert words["options"]["abort"].keys() == {"not_loaded"}
    options = words["options"]["step"]["init"]
    fields = {CONF_KINDS, CONF_GROUPS, CONF_NUMBERS, CONF_GRACE_PERIOD, CONF_TIME_ZONE}
    fields |= {CONF_USERS, CONF_GROUP_NUMBERS}
    assert options["data"].keys() == options["data_description"].keys() == fields
    sections = {"status_kinds", CONF_NOTIFICATIONS, CONF_EVENTS, CONF_REQUESTS}
    assert options["sections"].keys() == sections
    notifications = options["sections"][CONF_NOTIFICATIONS]
    assert notifications["data"].keys() == notifications["data_description"].keys()
    assert notifications["data"].keys() == {CONF_WEBHOOK_URL, CONF_REMOTE_POSTS}
    events, requests = options["sections"][CONF_EVENTS], options["sections"][CONF_REQUESTS]
    assert events["data"].keys() == events["data_description"].keys()
    assert events["data"].keys() == {CONF_EVENT_TYPES, CONF_EVENT_USERS}
    assert requests["data"].keys() == requests["data_description"].keys()
    assert requests["data"].keys() == {CONF_TEMPLATES, CONF_NAMES}
    kinds = options["sections"]["status_kinds"]
    assert kinds["data"].keys() == kinds["data_description"].keys()
    assert kinds["data"].keys() == {kind.value for kind in StatusKind}


def _steps(flow: ModuleType) -> set[str]:
    """Return the steps that a flow's file has and shows: reauth only chooses one of two others."""
    source = Path(str(flow.__file__)).read_text()
    return set(re.findall(r"async def async_step_(\w+)", source)) - {"reauth"}


async def test_system_health(words, hass, loaded):
    from custom_components.office_cti.system_health import _async_info  # noqa: PLC0415

    assert words["system_health"]["info"].keys() == (await _async_info(hass)).keys()


# --- icons, actions, manifest ------------------------------------------------------------------


def test_every_entity_and_action_has_an_icon(icons):
    shown = {(domain, key) for domain, keys in icons["entity"].items() for key in keys}
    assert shown == {
        (domain, description.translation_key)
        for domain, descriptions in DESCRIPTIONS.items()
        for description in descriptions
    }
    assert icons["services"].keys() == ACTIONS.keys()
    names = [value for _, value in _flatten(icons)]
    assert all(re.fullmatch(r"mdi:[a-z0-9-]+", name) for name in names)
    for domain, description in _descriptions():
        icon = icons["entity"][domain][description.translation_key]
        if domain == "event":
            icon = icon.get("state_attributes", {}).get("event_type", {})
        possible = {"on", "off"} if domain in SWITCHED else _possible_states(description)
        assert icon.get("state", {}).keys() <= possible, description.key
        assert icon.get("state", {}).keys() in (set(), {"off"}, possible), description.key


def test_actions_are_described_as_home_assistant_wants_it():
    described = load_yaml_dict(str(FOLDER / "services.yaml"))
    _SERVICES_SCHEMA(described)
    assert {name for name in described if not name.startswith(".")} == ACTIONS.keys()
    for action, schema in ACTIONS.items():
        fields = _fields(schema) - TARGET_KEYS
        assert described[action].get("fields", {}).keys() == fields


def test_an_action_offers_in_its_target_what_it_reaches():
    described = load_yaml_dict(str(FOLDER / "services.yaml"))
    sensors = {"integration": DOMAIN, "domain": "sensor"}
    for action in services.ACTIONS:
        offered = sensors if action.kind is Queue else {**sensors, "device_class": "enum"}
        assert described[action.name]["target"] == {"entity": offered}
    for system_action in services.SYSTEM_ACTIONS:
        assert "target" not in described[system_action.name]


def test_a_field_that_must_be_given_is_marked():
    described = load_yaml_dict(str(FOLDER / "services.yaml"))
    for name, schema in ACTIONS.items():
        for field, description in described[name].get("fields", {}).items():
            marker = next(key for key in _keys(schema) if key == field)
            assert description.get("required", False) is isinstance(marker, vol.Required), field


async def test_the_manifest(hass):
    manifest = json.loads((FOLDER / "manifest.json").read_text())
    keys = list(manifest)
    assert keys == ["domain", "name", *sorted(keys[2:])]
    assert manifest["domain"] == FOLDER.name == DOMAIN
    assert {"codeowners", "documentation", "issue_tracker", "version"} <= manifest.keys()
    integration = await async_get_integration(hass, DOMAIN)
    assert isinstance(integration, Integration)
    assert str(integration.version) == manifest["version"]
    assert integration.config_flow
    assert integration.integration_type == "hub"
    assert manifest["categories"] == ["messaging_notifications.email_sms_calls"]
    assert manifest["connectivity"] == ["network"]


def test_what_hacs_is_told():
    path = FOLDER.parent.parent / "hacs.json"
    told = json.loads(path.read_text()) if path.exists() else {"name": "Office CTI"}
    assert told["name"] == "Office CTI"
    assert told.keys() <= {
        "content_in_root",
        "country",
        "filename",
        "hacs",
        "hide_default_branch",
        "homeassistant",
        "name",
        "persistent_directory",
        "render_readme",
        "zip_release",
    }
