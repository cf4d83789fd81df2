"""Which events pass a connection's filters."""

import json
from typing import Any

import pytest

from simulators.isymphony_live.filters import FilterError, parse

STATUS = {"type": "userStatus", "username": "mikey", "returnTime": -1, "userCreated": False}
HANGUP = {"type": "hangup", "username": None, "did": "s"}


def filtering(*filters: tuple[str, Any]) -> str:
    wanted = [{"property": name, "value": value} for name, value in filters]
    return json.dumps({"type": "filter", "filters": wanted})


@pytest.mark.parametrize(
    ("filters", "status", "hangup"),
    [
        ((), True, True),
        ((("type", "userStatus"),), True, False),
        ((("type", "userStatus"), ("type", "hangup")), True, True),
        ((("type", "userStatus"), ("type", "hangup"), ("username", "mikey")), True, False),
        ((("type", "hangup"), ("username", "mikey")), False, False),
        ((("type", "*"),), True, True),
        ((("username", "*"),), True, False),  # that reference a user
        ((("did", "*"),), False, True),
        ((("type", "*"), ("username", "fred")), False, False),
        ((("type", "USERSTATUS"),), False, False),
        ((("returnTime", "-1"),), True, False),
        ((("returnTime", -1), ("userCreated", "false")), True, False),
    ],
)
def test_one_property_may_have_any_of_its_values_and_all_properties_must_pass(
    filters: tuple[tuple[str, Any], ...], *, status: bool, hangup: bool
) -> None:
    parsed = parse(filtering(*filters))
    assert (parsed.pass_on(STATUS), parsed.pass_on(HANGUP)) == (status, hangup)


@pytest.mark.parametrize(
    "message",
    [
        "",
        "[]",
        "null",
        "{}",
        '{"type":"filter"}',
        '{"type":"filter","filters":{}}',
        '{"type":"filter","filters":["type"]}',
        '{"type":"filter","filters":[{"property":"type"}]}',
        '{"type":"filter","filters":[{"property":"type","value":null}]}',
        '{"type":"filter","filters":[{"property":7,"value":"*"}]}',
        '{"type":"filter","filters":[{"property":"type","value":"*"},{}]}',
        '{"type":"login","filters":[]}',
        '{"type":"filter","filters":[{"property" : "type" : "value" : "dial"}]}',  # as the page has it
        "[" * 5_000,
        filtering(*[("type", "dial")] * 1_001),
    ],
)
def test_what_is_no_filter_message_is_refused(message: str) -> None:
    with pytest.raises(FilterError):
        parse(message)
