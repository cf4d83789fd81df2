"""Requests that a person describes: whatever they are filled with, they stay what they were meant to be."""

import json
from typing import Any
from urllib.parse import unquote

from hypothesis import given, strategies as st
import pytest

from custom_components.office_cti.telephony.templates import filled_body, filled_path, names_in

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=5,
)


def test_names_stand_in_braces():
    assert names_in("users/{user}/status/{status}?of={user}") == ("user", "status")
    assert names_in('{"note": {note}, "of": {"user": {user_name}}, "none": {}}') == (
        "note",
        "user_name",
    )
    assert names_in("no braces, { none }, {0}, {a b}, {a") == ()


@given(TEXTS, TEXTS)
def test_a_value_in_a_path_stays_in_its_segment(user, status):
    path = filled_path("users/{user}/set?to={status}", {"user": user, "status": status})
    path, _, query = path.partition("?")
    assert [unquote(segment) for segment in path.split("/")] == ["users", user, "set"]
    assert "&" not in query
    assert query.isascii()
    assert unquote(query.removeprefix("to=")) == status


@given(VALUES, TEXTS)
def test_a_value_in_a_body_stays_one_value(value, note):
    body = filled_body('{"a": {value}, "b": [{note}, {}]}', {"value": value, "note": note})
    assert json.loads(body) == {"a": value, "b": [note, {}]}


def test_a_value_that_looks_like_a_name_is_none():
    values = {"user": "{status}", "status": "{user}"}
    assert filled_body("[{user}, {status}]", values) == '["{status}", "{user}"]'


def test_what_is_not_known_is_not_filled_with_anything():
    with pytest.raises(KeyError):
        filled_path("users/{user}", {})
