import json
from typing import TYPE_CHECKING

import pytest

from simulators.control import LINE_LIMIT, ControlPort
from simulators.operations import OperationError
from tests.simulators.wire import ControlClient

if TYPE_CHECKING:
    from simulators.operations import Answer


def double(*, number: float) -> Answer:
    return {"number": 2 * number}


async def fail(*, reason: str | None = None) -> Answer:
    raise OperationError(reason or "for no reason")


OPERATIONS = {"double": double, "fail": fail}


@pytest.mark.parametrize(
    ("request_line", "answer"),
    [
        ('{"op":"double","number":2}', {"ok": True, "number": 4}),
        ('{"op":"double","number":0.5}', {"ok": True, "number": 1.0}),
        ('{"op":"fail","reason":"why not"}', {"ok": False, "error": "why not"}),
        ('{"op":"fail"}', {"ok": False, "error": "for no reason"}),
        ("[]", {"ok": False, "error": "a request is a JSON object"}),
        ('{"op":"x"}', {"ok": False, "error": "unknown op 'x'; there are: double, fail"}),
        ("{}", {"ok": False, "error": "unknown op None; there are: double, fail"}),
        ('{"op":["x"]}', {"ok": False, "error": "unknown op ['x']; there are: double, fail"}),
        ('{"op":"double","number":"2"}', {"ok": False, "error": "number cannot be '2'"}),
        ('{"op":"double","number":true}', {"ok": False, "error": "number cannot be True"}),
    ],
)
async def test_a_request_is_answered(request_line: str, answer: dict[str, object]) -> None:
    async with ControlPort(OPERATIONS) as port, ControlClient(port.port) as client:
        client.send(request_line.encode() + b"\n")
        assert json.loads(await client.line()) == answer


@pytest.mark.parametrize(
    "request_line",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"op":"double"}',
        b'{"op":"double","number":1,"more":2}',
        b'{"op":"fail","reason":null,"reasons":[]}',
    ],
)
async def test_what_makes_no_sense_is_refused_and_the_next_request_answered(
    request_line: bytes,
) -> None:
    async with ControlPort(OPERATIONS) as port, ControlClient(port.port) as client:
        client.send(request_line + b"\n")
        answer = json.loads(await client.line())
        assert answer.pop("error")
        assert answer == {"ok": False}
        assert await client.do("double", number=1) == {"ok": True, "number": 2}


async def test_an_endless_line_is_refused_and_ends_the_connection() -> None:
    async with ControlPort(OPERATIONS) as port, ControlClient(port.port) as client:
        client.send(b"x" * (LINE_LIMIT + 100_000))
        assert not json.loads(await client.line())["ok"]
        assert await client.rest() == b""


async def test_several_can_ask_at_once() -> None:
    async with (
        ControlPort(OPERATIONS) as port,
        ControlClient(port.port) as one,
        ControlClient(port.port) as two,
    ):
        assert await two.do("double", number=2) == {"ok": True, "number": 4}
        assert await one.do("double", number=1) == {"ok": True, "number": 2}
