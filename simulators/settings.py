"""Settings of a system, changed while it runs by the names and in the types that they have."""

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, get_type_hints

from .operations import OperationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import DataclassInstance

    from .operations import Answer


def change(settings: DataclassInstance, changes: Mapping[str, object]) -> Answer:
    """Change all of these or none, and return all settings.

    Raises:
        OperationError: there is no such setting, or a value is not of its type.
    """
    checked = {name: _checked(type(settings), name, value) for name, value in changes.items()}
    for name, value in checked.items():
        setattr(settings, name, value)
    return asdict(settings)


def _checked(settings: type[DataclassInstance], name: str, value: object) -> object:
    """Return a setting's value in its own type."""
    kind = get_type_hints(settings).get(name)
    if kind is None:
        names = ", ".join(field.name for field in fields(settings))
        raise OperationError(f"unknown setting {name!r}; there are: {names}")
    if isinstance(kind, type) and issubclass(kind, str) and isinstance(value, str):
        return kind(value)
    is_flag = kind is bool
    if is_flag is not isinstance(value, bool) or not (
        isinstance(value, kind) or (isinstance(value, int) and isinstance(0.5, kind))
    ):
        raise OperationError(f"{name} cannot be {value!r}")
    return value
