"""Messages in pieces: in any order, in turns, cut within a letter, and never whole."""

import base64
from itertools import pairwise
import json
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.office_cti.telephony.oktell import multipart
from custom_components.office_cti.telephony.oktell.frames import (
    Decoder,
    Frame,
    Malformed,
    NumberStates,
    Problem,
    TextMessageReceived,
    decode,
)
from custom_components.office_cti.telephony.oktell.multipart import (
    AGE,
    MESSAGES,
    PIECE_COST,
    SIZE,
    Assembler,
    Piece,
)
from custom_components.office_cti.telephony.oktell.states import UserState
from custom_components.office_cti.telephony.readers import Unreadable

from ..hostile import BAD_TEXTS, HOSTILE, HUGE_TEXTS, places, with_each, without
from .frame_specimens import sample

NO_PIECE = Malformed(Problem.WRONG_FIELD, "Piece")
INCOMPLETE = Malformed(Problem.INCOMPLETE)


def piece(message: str, total: int, number: int, part: bytes, **others: Any) -> str:
    """Return a piece as a server sends it."""
    body = {
        "message-id": message,
        "packetcount": total,
        "packetnumber": number,
        "content-type": "text/json; charset=utf-8",
        "content-transfer-encoding": "base64",
        "content-length": len(part),
        "content": base64.b64encode(part).decode(),
    }
    return json.dumps(["multipart", body | others])


def pieces(message: str, whole: bytes, cuts: list[int]) -> list[str]:
    """Return a message as a server sends it that cuts it there."""
    edges = [0, *sorted(cuts), len(whole)]
    parts = [whole[start:end] for start, end in pairwise(edges)]
    return [piece(message, len(parts), number, part) for number, part in enumerate(parts)]


def written(text: str) -> bytes:
    body = {"message": text}
    return json.dumps(["usertextmessagereceived", body], ensure_ascii=False).encode()


def fed(decoder: Decoder, texts: list[str]) -> list[Frame]:
    return [frame for text in texts for frame in decoder.feed(text)]


def test_an_event_in_pieces_is_one_like_any_other() -> None:
    whole = b'["pbxnumberstatechanged",{"numbers":[{"num":"101","numstateid":5}]}]'
    decoder = Decoder()
    first, second = pieces("a", whole, [20])
    assert decoder.feed(first) == []
    assert decoder.feed(second) == [NumberStates((("101", UserState.BUSY),))]


def test_a_letter_may_begin_in_one_piece_and_end_in_the_next() -> None:
    whole = written("Ж")
    texts = pieces("a", whole, list(range(1, len(whole))))
    assert fed(Decoder(), texts) == [TextMessageReceived("Ж")]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.text(max_size=40), st.lists(st.integers(0, 60), max_size=6)),
        min_size=1,
        max_size=5,
    ),
    st.randoms(use_true_random=False),
)
def test_in_any_pieces_and_any_order_messages_are_what_they_are_whole(
    messages: list[tuple[str, list[int]]], random: Any
) -> None:
    wholes = [written(text) for text, _ in messages]
    texts = [
        text
        for number, (whole, (_, cuts)) in enumerate(zip(wholes, messages, strict=True))
        for text in pieces(str(number), whole, [min(cut, len(whole)) for cut in cuts])
    ]
    random.shuffle(texts)
    decoder = Decoder()
    assert sorted(fed(decoder, texts)) == sorted(map(decode, wholes))
    assert decoder._assembler.size == 0


def test_a_piece_that_comes_twice_counts_once() -> None:
    whole = written("twice")
    first, second = pieces("a", whole, [10])
    assert fed(Decoder(), [first, first, second]) == [TextMessageReceived("twice")]


def test_other_messages_come_between_the_pieces() -> None:
    first, second = pieces("a", written("later"), [10])
    ping = '["ping",{"qid":"1"}]'
    assert fed(Decoder(), [first, ping, second]) == [decode(ping), TextMessageReceived("later")]


@pytest.mark.parametrize("encoding", ["base64", "BASE64 ", None])
def test_what_is_in_base64_says_so_or_nothing(encoding: str | None) -> None:
    text = piece("a", 1, 0, written("да"))
    if encoding is None:
        wire = json.loads(text)
        text = json.dumps(without(wire, (1, "content-transfer-encoding")))
    else:
        text = text.replace('"base64"', json.dumps(encoding))
    assert Decoder().feed(text) == [TextMessageReceived("да")]


def test_what_is_in_no_encoding_says_so() -> None:
    others = {"content-transfer-encoding": "8bit", "content": written("да").decode()}
    assert Decoder().feed(piece("a", 1, 0, b"", **others)) == [TextMessageReceived("да")]


def test_what_the_pieces_make_may_be_nonsense() -> None:
    decoder = Decoder()
    assert decoder.feed(piece("a", 1, 0, b"\xff")) == [Malformed(Problem.NOT_JSON)]
    assert decoder.feed(piece("a", 1, 0, b"{}")) == [Malformed(Problem.NOT_A_MESSAGE)]


def test_pieces_of_pieces_are_none() -> None:
    inner = piece("b", 1, 0, written("inner")).encode()
    (frame,) = Decoder().feed(piece("a", 1, 0, inner))
    assert not isinstance(frame, TextMessageReceived)


# --- what a server should not send -------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"packetcount": 0},
        {"packetnumber": 2},
        {"packetnumber": -1},
        {"content": "&"},
        {"content": "W10"},
        {"content": "Ж"},
        {"message-id": None},
    ],
    ids=json.dumps,
)
def test_a_piece_that_is_none_costs_itself_alone(wrong: dict[str, Any]) -> None:
    first, second = pieces("a", written("whole"), [10])
    broken = piece("b", 2, 0, b"[]", **wrong)
    assert fed(Decoder(), [first, broken, second]) == [NO_PIECE, TextMessageReceived("whole")]


def test_a_message_that_contradicts_itself_is_given_up() -> None:
    decoder = Decoder()
    assert decoder.feed(piece("a", 2, 0, b"[")) == []
    assert decoder.feed(piece("a", 3, 1, b"]")) == [INCOMPLETE, NO_PIECE]
    assert decoder._assembler.size == 0


def test_anything_anywhere_in_a_piece_is_survived() -> None:
    body = sample(multipart.PIECE)
    for path in places(body):
        for text, data in with_each(body, path, BAD_TEXTS + HUGE_TEXTS):
            decoder = Decoder()
            found = decoder.feed(b'["multipart",%s]' % data)
            assert len(found) <= 1, (path, text)
            assert HOSTILE not in repr(found)
            assert decoder._assembler.size <= SIZE


# --- bounds ------------------------------------------------------------------------------------


def test_of_many_that_are_never_whole_the_newest_are_kept() -> None:
    decoder = Decoder()
    for number in range(MESSAGES):
        assert decoder.feed(piece(str(number), 2, 0, b"[")) == []
    assert decoder.feed(piece("one more", 2, 0, b"[")) == [INCOMPLETE]
    assert decoder.feed(piece("1", 2, 1, b"]")) == [Malformed(Problem.NOT_A_MESSAGE)]
    assert decoder.feed(piece("0", 2, 1, b"]")) == []  # its beginning is gone


def test_who_has_just_had_a_piece_is_the_newest() -> None:
    decoder = Decoder()
    for number in range(MESSAGES):
        decoder.feed(piece(str(number), 3, 0, b"["))
    decoder.feed(piece("0", 3, 1, b" "))
    decoder.feed(piece("one more", 2, 0, b"["))
    assert decoder.feed(piece("0", 3, 2, b"]")) == [Malformed(Problem.NOT_A_MESSAGE)]


def test_what_is_kept_has_a_bound_in_bytes() -> None:
    assembler = Assembler()
    half = base64.b64encode(bytes(SIZE // 2)).decode()
    assembler.take(Piece("a", 2, 0, half))
    assert assembler.size == SIZE // 2 + PIECE_COST
    assembler.take(Piece("b", 2, 0, half))
    assert (assembler.size, assembler.given_up) == (SIZE // 2 + PIECE_COST, 1)


def test_one_that_is_too_long_is_given_up_itself() -> None:
    assembler = Assembler()
    for number in range(3):
        assembler.take(Piece("a", 9, number, base64.b64encode(bytes(SIZE // 2 - 200)).decode()))
    assert (assembler.size, assembler.given_up) == (0, 1)


def test_empty_pieces_are_not_for_nothing() -> None:
    assembler = Assembler()
    for number in range(SIZE // PIECE_COST + 1):
        assembler.take(Piece("a", 10**9, number, ""))
    assert (assembler.size, assembler.given_up) == (0, 1)


def test_one_that_stands_still_is_given_up_when_others_go_on() -> None:
    assembler = Assembler()
    assembler.take(Piece("still", 2, 0, ""))
    for number in range(AGE):
        assembler.take(Piece("b", 10**9, number, ""))
    assert assembler.given_up == 0
    assembler.take(Piece("b", 10**9, AGE, ""))
    assert assembler.given_up == 1


def test_a_piece_that_is_not_encoded_as_it_says_is_none() -> None:
    with pytest.raises(Unreadable):
        Piece("a", 1, 0, "\ud800", "8bit").decoded()
