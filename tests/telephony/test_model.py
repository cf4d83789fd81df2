from dataclasses import FrozenInstanceError, fields, replace
from datetime import UTC, datetime

import pytest

from custom_components.office_cti.telephony.model import (
    Extension,
    Feature,
    PhoneState,
    Presence,
    Server,
    Status,
    StatusKind,
    StatusList,
    TelephonyObject,
    names_of,
)

LUNCH = Status("Lunch", StatusKind.AWAY)
EXTENSION = Extension(
    id=("Head Office", "Sales", "100"),
    number="100",
    name="Ada",
    group=("Head Office", "Sales"),
    features=frozenset({Feature.STATUS}),
    status=LUNCH,
    note="Canteen",
    return_time=datetime(2026, 1, 1, tzinfo=UTC),
    phone=PhoneState.IDLE,
    do_not_disturb=False,
)


@pytest.mark.parametrize(
    ("telephony_object", "changes"),
    [
        (EXTENSION, {"note": "x"}),
        (EXTENSION, {"id": ("Head Office", "Sales", "200"), "number": "200", "status": None}),
        (EXTENSION, {}),
        (StatusList(id=("a",), statuses=(LUNCH,)), {"id": ("b",)}),
        (Server(), {"connected": True}),
    ],
)
def test_a_copy_with_changes_has_everything_else_as_it_was(
    telephony_object: TelephonyObject, changes: dict[str, object]
) -> None:
    before = replace(telephony_object)
    copy = telephony_object.with_changes(changes)
    assert copy is not telephony_object
    assert copy == replace(telephony_object, **changes)
    assert telephony_object == before
    assert type(copy) is type(telephony_object)


def test_a_change_of_a_field_that_is_not_there_raises() -> None:
    with pytest.raises(AttributeError):
        EXTENSION.with_changes({"notes": "x"})


@pytest.mark.parametrize("telephony_object", [EXTENSION, StatusList(id=()), Server(), LUNCH])
def test_objects_are_frozen_and_slotted(telephony_object: object) -> None:
    field = fields(telephony_object)[0].name  # type: ignore[arg-type]
    with pytest.raises(FrozenInstanceError):
        setattr(telephony_object, field, "x")
    assert not hasattr(telephony_object, "__dict__")


def test_every_field_has_its_name() -> None:
    assert set(names_of(Extension)) == {field.name for field in fields(Extension)}


@pytest.mark.parametrize(
    ("phone", "do_not_disturb", "kind", "presence"),
    [
        (None, None, None, None),
        (None, False, None, None),
        (PhoneState.IDLE, None, None, None),
        (None, None, StatusKind.AVAILABLE, Presence.AVAILABLE),
        (None, None, StatusKind.BUSY, Presence.BUSY),
        (None, None, StatusKind.AWAY, Presence.AWAY),
        (None, None, StatusKind.DO_NOT_DISTURB, Presence.DO_NOT_DISTURB),
        (None, None, StatusKind.OFFLINE, Presence.OFFLINE),
        (PhoneState.IDLE, False, StatusKind.AWAY, Presence.AWAY),
        (PhoneState.RINGING, False, StatusKind.AVAILABLE, Presence.AVAILABLE),
        (PhoneState.UNREACHABLE, False, StatusKind.AVAILABLE, Presence.AVAILABLE),
        (PhoneState.IDLE, True, StatusKind.AVAILABLE, Presence.DO_NOT_DISTURB),
        (PhoneState.DIALING, True, StatusKind.AWAY, Presence.ON_CALL),
        (PhoneState.TALKING, False, StatusKind.AVAILABLE, Presence.ON_CALL),
        (PhoneState.ON_HOLD, None, None, Presence.ON_CALL),
    ],
)
def test_presence_comes_from_telephone_then_do_not_disturb_then_status(
    phone: PhoneState | None,
    *,
    do_not_disturb: bool | None,
    kind: StatusKind | None,
    presence: Presence | None,
) -> None:
    status = None if kind is None else Status("a word", kind)
    extension = Extension(
        id=("1",), number="1", phone=phone, do_not_disturb=do_not_disturb, status=status
    )
    assert extension.presence is presence


def test_every_kind_of_status_is_a_presence() -> None:
    assert {kind.value for kind in StatusKind} <= {presence.value for presence in Presence}


def test_an_extension_is_named_as_a_person_would_name_it() -> None:
    assert str(EXTENSION) == "Ada"
    assert str(EXTENSION.with_changes({"name": None})) == "100 (Head Office, Sales)"
    assert str(Extension(id=("1",), number="1")) == "1"
