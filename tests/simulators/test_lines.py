from hypothesis import given, strategies as st

from simulators.lines import LineSplitter


@given(st.binary(), st.lists(st.integers(0, 50)))
def test_it_does_not_matter_how_a_stream_is_cut(stream: bytes, cuts: list[int]) -> None:
    splitter = LineSplitter(limit=1_000)
    lines = []
    rest = stream
    for cut in cuts:
        lines += splitter.feed(rest[:cut])
        rest = rest[cut:]
    lines += splitter.feed(rest)
    assert lines == stream.split(b"\n")[:-1]


def test_a_line_that_is_too_long_is_none_and_the_next_is_itself_again() -> None:
    splitter = LineSplitter(limit=4)
    assert splitter.feed(b"1234\n12345\n1") == [b"1234", None]
    assert splitter.feed(b"2345678") == []
    assert splitter.feed(b"9\nabcd\n") == [None, b"abcd"]
