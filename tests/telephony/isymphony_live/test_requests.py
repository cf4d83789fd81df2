"""What may be asked: resources, what a person types, what a template makes of it; nothing above the root."""

import json
import posixpath
from typing import Any
from urllib.parse import quote, unquote

from hypothesis import given, strategies as st
import pytest

from custom_components.office_cti.telephony.isymphony_live import requests
from custom_components.office_cti.telephony.isymphony_live.requests import (
    BODY_LENGTH,
    PATH_LENGTH,
    ROOT,
    Id,
    Name,
    Request,
)
from custom_components.office_cti.telephony.system import (
    METHODS,
    InvalidText,
    PathNotAllowed,
    RequestTemplate,
    TextTooLong,
    ValueUnknown,
)

# --- resources ---------------------------------------------------------------------------------


def test_one_of_many_is_found_by_its_id_or_its_name() -> None:
    found = requests.get("coreServers", Name("default"), "users", Id("cb25"), "status")
    assert found == Request("GET", f"{ROOT}coreServers/getByName/default/users/cb25/status")
    assert not found.acts


@pytest.mark.parametrize(
    ("name", "written"),
    [("Zoë K", "Zo%C3%AB%20K"), ("a?b#c", "a%3Fb%23c"), ("50%", "50%25"), ("a;b", "a%3Bb")],
)
def test_a_name_is_one_segment(name: str, written: str) -> None:
    assert requests.get("users", Name(name)).path == f"{ROOT}users/getByName/{written}"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "..\\a", "%2e%2e", "\ud800", "a\0", " "])
def test_a_name_that_is_none_is_not_asked_for(name: str) -> None:
    with pytest.raises(PathNotAllowed):
        requests.get("users", Name(name))


# --- paths that people type --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("coreServers", "coreServers"),
        ("/coreServers", "coreServers"),
        ("coreServers/", "coreServers/"),
        (f"{ROOT}coreServers", "coreServers"),
        ("a/getByName/Zoë K", "a/getByName/Zo%C3%AB%20K"),
        ("a/Zo%C3%AB%20K", "a/Zo%C3%AB%20K"),
        ("a/.b/c..d/...e", "a/.b/c..d/...e"),
        ("a/b:c@d", "a/b:c@d"),
        ("a/50%25", "a/50%25"),
    ],
)
def test_a_path_below_the_root(path: str, written: str) -> None:
    assert requests.free("GET", path) == Request("GET", ROOT + written)


def test_a_query_is_kept_as_it_is() -> None:
    found = requests.free("GET", "users?a=b%2F..&c=//d/../é ë")
    assert (found.path, found.query) == (f"{ROOT}users", "a=b%2F..&c=//d/../%C3%A9%20%C3%AB")


OUTSIDE = [
    "",
    "/",
    "?a=b",
    "..",
    "../config",
    "a/../../config",
    "a/..",
    "./a",
    "a/.",
    "a//b",
    "//host/a",
    "///a",
    "/\\host",
    "a\\..\\..\\config",
    "http://host/a",
    "HTTPS:a",
    "file:/etc/passwd",
    "/communication_manager/rest/config/server",
    "communication_manager/rest/config",
    f"{ROOT}../config",
    f"{ROOT}/a",
    ROOT,
    "%2e%2e/config",
    "%2E%2E/config",
    ".%2e/config",
    "a/%2e%2e%2f%2e%2e/config",
    "..%2fconfig",
    "a%2Fb",
    "a%5c..%5cb",
    "%252e%252e/config",
    "%25252e%25252e/config",
    "a%252fb",
    "%c0%ae%c0%ae/config",
    "%c0%afconfig",
    "%u002e%u002e/config",
    "..;/config",
    "..;a=b/config",
    "..%3b/config",
    ". ./config",
    ".. /config",
    "..%20/config",
    "..%00/config",
    "a%00/b",
    "a%0d%0aX:b",
    "a\r\nX: b",
    "a\n/b",
    "\uff0e\uff0e/config",
    "..\uff0fconfig",
    "\u2024\u2024/config",
    "a#/../../config",
    "a%",
    "a%zz",
    " a",
    "a ",
    "\ud800",
    "a/\u202e/b",
]


@pytest.mark.parametrize("path", OUTSIDE, ids=ascii)
def test_a_path_that_leaves_the_root_is_refused(path: str) -> None:
    for method in METHODS:
        with pytest.raises(PathNotAllowed) as caught:
            requests.free(method, path)
        assert caught.value.values == {}
        assert str(caught.value) == "path not allowed"


# What may make a path another one.
pieces = st.sampled_from(
    [*"/\\.%;?:#@ ab2eE5fFcC", "..", "%2e", "%2f", "%5c", "%25", "//", "\uff0e", "\uff0f", "config"]
)


@given(st.lists(pieces | st.characters(), max_size=12).map("".join))
def test_whatever_is_typed_stays_below_the_root_however_often_it_is_decoded(path: str) -> None:
    try:
        found = requests.free("GET", path)
    except PathNotAllowed:
        return
    assert found.path.isascii()
    way = found.path
    for _ in range(4):
        assert way.startswith(ROOT)
        assert posixpath.normpath(way.replace("\\", "/").rstrip("/")).startswith(ROOT)
        assert "//" not in way
        way = unquote(way)


@pytest.mark.parametrize("method", ["", "get", "PATCH", "CONNECT", "GET\r\nX: y", "TRACE"])
def test_a_method_that_is_none_of_the_interface(method: str) -> None:
    with pytest.raises(InvalidText):
        requests.free(method, "a")


def test_whatever_is_not_asked_for_acts() -> None:
    acting = {method for method in METHODS if requests.free(method, "a").acts}
    assert acting == {"POST", "PUT", "DELETE"}


@pytest.mark.parametrize("body", [{}, [], 0, False, "", {"a": [1, None, "é"]}])
def test_a_body_is_json(body: Any) -> None:
    made = requests.free("POST", "a", body).body
    assert made is not None
    assert json.loads(made) == body


def test_there_may_be_no_body() -> None:
    assert requests.free("POST", "a").body is None


@pytest.mark.parametrize("body", ["\ud800", {1: 2}, {"a": object()}, 2**70])
def test_a_body_that_is_no_json(body: Any) -> None:
    with pytest.raises(InvalidText):
        requests.free("POST", "a", body)


def test_there_is_an_end_to_everything() -> None:
    for path, body in (("a" * (PATH_LENGTH + 1), None), ("a", "x" * (BODY_LENGTH + 1))):
        with pytest.raises(TextTooLong):
            requests.free("POST", path, body)
    with pytest.raises(TextTooLong):
        requests.filled(RequestTemplate("POST", "a", "{note}"), {"note": "x" * 9000})
    with pytest.raises(TextTooLong):
        requests.filled(RequestTemplate("POST", "a", f"[{'{note},' * 20}1]"), {"note": "x" * 8000})


# --- templates ---------------------------------------------------------------------------------

SET_STATUS = RequestTemplate(
    "POST",
    "coreServers/getByName/{core}/users/getByName/{username}/status/set?by={by}",
    '{"name": {status}, "note": "Note: {note}", "returnTime": {return_time}, "x": "{other} \\"{status}"}',
)
VALUES = {
    "core": "default",
    "username": "4224",
    "status": 'Out "to" lunch\n',
    "note": 'a"}, {"b": "\\',
    "return_time": None,
    "by": "a&b=c/../d",
}


def test_a_template_is_filled_in() -> None:
    found = requests.filled(SET_STATUS, VALUES)
    assert found.method == "POST"
    assert found.path == f"{ROOT}coreServers/getByName/default/users/getByName/4224/status/set"
    assert found.query == "by=a%26b%3Dc%2F..%2Fd"
    assert found.body is not None
    assert json.loads(found.body) == {
        "name": VALUES["status"],
        "note": f"Note: {VALUES['note']}",
        "returnTime": None,
        "x": f'{{other}} "{VALUES["status"]}',
    }


def test_a_template_without_a_body() -> None:
    assert requests.filled(RequestTemplate("DELETE", "a/{b}", "  "), {"b": 7}) == Request(
        "DELETE", f"{ROOT}a/7"
    )


@pytest.mark.parametrize(
    ("value", "alone", "within"),
    [
        (7, 7, "7"),
        (1.5, 1.5, "1.5"),
        (True, True, "true"),
        (None, None, ""),
        ("é", "é", "é"),
        ("{b}", "{b}", "{b}"),
    ],
)
def test_what_is_filled_in_is_a_value_or_part_of_a_text(
    value: Any, alone: Any, within: str
) -> None:
    template = RequestTemplate("PUT", "a", '[{a}, "{a}"]')
    body = requests.filled(template, {"a": value, "b": "never"}).body
    assert body is not None
    assert json.loads(body) == [alone, within]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=100))
def test_no_value_becomes_protocol(value: str) -> None:
    template = RequestTemplate("POST", "a?b={it}", '{"alone": {it}, "{it}": "<{it}>"}')
    found = requests.filled(template, {"it": value})
    assert found.path == f"{ROOT}a"
    assert unquote(found.query) == f"b={value}"
    assert found.query.isascii()
    assert "&" not in found.query
    assert found.body is not None
    assert json.loads(found.body) == {"alone": value, value: f"<{value}>"} or value == "alone"


@given(st.text(max_size=30))
def test_a_value_in_a_path_is_one_segment_or_refused(value: str) -> None:
    try:
        found = requests.filled(RequestTemplate("POST", "users/{it}/set"), {"it": value})
    except PathNotAllowed, ValueUnknown:
        return
    assert found.path == f"{ROOT}users/{quote(value, safe='')}/set" or unquote(found.path) == (
        f"{ROOT}users/{value}/set"
    )
    assert found.path.count("/") == ROOT.count("/") + 2
    assert not found.query


@pytest.mark.parametrize("value", ["..", ".", "a/b", "../..", "%2e%2e", "a\\b", "\ud800", "\n"])
def test_a_value_does_not_leave_its_segment(value: str) -> None:
    for path in ("users/{it}/set", "users/{it}", "{it}/set"):
        with pytest.raises(PathNotAllowed):
            requests.filled(RequestTemplate("POST", path), {"it": value})


@pytest.mark.parametrize("value", ["", None])
def test_what_is_not_known_is_told_by_its_name_and_not_left_out_of_a_path(
    value: str | None,
) -> None:
    for path in ("users/{it}/set", "users/{it}", "{it}/set", "users/by{it}"):
        with pytest.raises(ValueUnknown) as caught:
            requests.filled(RequestTemplate("POST", path), {"it": value})
        assert caught.value.values == {"value": "it"}


@pytest.mark.parametrize("value", ["", None])
def test_a_value_in_a_query_may_be_empty(value: str | None) -> None:
    assert requests.filled(RequestTemplate("GET", "a?b={it}"), {"it": value}).query == "b="


@pytest.mark.parametrize(
    "template",
    [
        RequestTemplate("POST", "a", "{nobody}"),
        RequestTemplate("POST", "a", "{nope"),
        RequestTemplate("POST", "a", '{"a": "{it}'),
        RequestTemplate("FETCH", "a"),
        RequestTemplate("POST", "a", '["{half}"]'),
        RequestTemplate("POST", "a", "{half}"),
    ],
)
def test_a_template_that_makes_no_request(template: RequestTemplate) -> None:
    with pytest.raises(InvalidText) as caught:
        requests.filled(template, {"it": "a", "nothing": None, "half": "\ud800"})
    assert caught.value.values == {}


def test_a_template_does_not_leave_the_root() -> None:
    for path in OUTSIDE:
        with pytest.raises(PathNotAllowed):
            requests.filled(RequestTemplate("POST", path), {})


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("users/{user}/status", ""),
        ("/users/{user}?note={note}", '{"note": {note}, "text": "Back at {time}"}'),
    ],
)
def test_a_template_that_can_be_sent_passes_before_anything_is_filled_in(path, body):
    requests.check(RequestTemplate("POST", path, body))


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("users/../{user}", "", PathNotAllowed),
        ("users/{user}", '{"note": {note}', InvalidText),
        ("u" * 3_000, "", TextTooLong),
        # These can be sent with some values, and would fail with others.
        ("{user}:{note}/status", "", PathNotAllowed),
        ("users/{user}", '{"a\\u000{note}": 1}', InvalidText),
        ("users/{user}", "{{return_time}: 1}", InvalidText),
    ],
)
def test_a_template_that_cannot_be_sent_with_whatever_is_filled_in_is_told_at_once(
    path, body, error
):
    with pytest.raises(error):
        requests.check(RequestTemplate("POST", path, body))
