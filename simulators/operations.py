"""Operations: ordinary methods, called by name with the members of a JSON object.

A method's keyword arguments are its interface: what is missing, unknown or of a wrong type is
refused in words before the method runs, so that a typing mistake in a test cannot pass unnoticed.
"""

from annotationlib import Format
from collections.abc import Awaitable, Callable
import inspect
import math
from typing import TYPE_CHECKING, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

type Answer = dict[str, object]
type Operation = Callable[..., Answer | Awaitable[Answer]]


class OperationError(ValueError):
    """An operation that cannot be done, and why."""


async def perform(
    operations: Mapping[str, Operation], noun: str, name: object, arguments: Mapping[str, object]
) -> Answer:
    """Run one operation out of a table; `noun` is what the table's entries are called."""
    operation = operations.get(name) if isinstance(name, str) else None
    if operation is None:
        raise OperationError(f"unknown {noun} {name!r}; there are: {', '.join(operations)}")
    _check(operation, arguments)
    answer = operation(**arguments)
    return await answer if inspect.isawaitable(answer) else answer


def positive(name: str, value: float) -> float:
    """Return a number that must be finite and above zero."""
    if not (math.isfinite(value) and value > 0):
        raise OperationError(f"{name} must be above 0")
    return value


def _check(operation: Operation, arguments: Mapping[str, object]) -> None:
    signature = inspect.signature(operation, annotation_format=Format.FORWARDREF)
    try:
        bound = signature.bind(**arguments).arguments
    except TypeError as error:
        raise OperationError(str(error)) from error
    for name, value in bound.items():
        parameter = signature.parameters[name]
        if parameter.kind is not parameter.VAR_KEYWORD and not _fits(value, parameter.annotation):
            raise OperationError(f"{name} cannot be {value!r}")


def _fits(value: object, annotation: type) -> bool:
    """Tell whether a JSON value may be passed for a parameter."""
    if isinstance(value, bool):  # to Python a bool is an int; to JSON it is not
        return annotation is bool or bool in get_args(annotation)
    if isinstance(value, int) and isinstance(0.0, annotation):
        return True
    return isinstance(value, annotation)
