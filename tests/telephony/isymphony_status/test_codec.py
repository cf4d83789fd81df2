from collections.abc import Sequence

from hypothesis import example, given, settings, strategies as st
import pytest

from custom_components.office_cti.telephony.isymphony_status import codec
from custom_components.office_cti.telephony.isymphony_status.codec import (
    LINE_LIMIT,
    CodecError,
    Decoder,
    TextProblem,
    encode,
)
from custom_components.office_cti.telephony.isymphony_status.messages import (
    Command,
    Done,
    Error,
    Event,
    Exit,
    ExtensionAdded,
    ExtensionNote,
    ExtensionNoteUpdated,
    ExtensionRemoved,
    ExtensionRenamed,
    ExtensionReturnTime,
    ExtensionReturnTimeUpdated,
    ExtensionState,
    ExtensionStatus,
    ExtensionStatusUpdated,
    GetExtensionNote,
    GetExtensionReturnTime,
    GetExtensionState,
    GetExtensionStatus,
    GetStatuses,
    LocationAdded,
    LocationRemoved,
    LocationRenamed,
    Malformed,
    Message,
    SetExtensionNote,
    SetExtensionReturnTime,
    SetExtensionStatus,
    StateReport,
    StatusAdded,
    StatusRemoved,
    StatusRenamed,
    StatusReport,
    TenantAdded,
    TenantRemoved,
    TenantRenamed,
)

SEAT = ("Head Office", "Sales", "100")
WRONG_FIELDS = Malformed("a line with wrong fields")
TOO_LONG = Malformed("a line or report that is too long")
UNKNOWN = Malformed("an unknown line")
UNFINISHED = Malformed("a report without an end")


def decode(*lines: str) -> list[Message]:
    return Decoder().feed("".join(f"{line}\n" for line in lines).encode())


def state_report(*lines: str) -> list[str]:
    return ["State Report Started", *lines, "State Report Finished"]


def status_report(*lines: str) -> list[str]:
    return ["Status Report Started", *lines, "Status Report Finished"]


# --- encoding: the nine commands ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (GetExtensionState(), b"get_extension_state\n"),
        (GetStatuses(), b"get_statuses\n"),
        (GetExtensionStatus(*SEAT), b"get_extension_status@#Head Office@#Sales@#100\n"),
        (GetExtensionNote(*SEAT), b"get_extension_note@#Head Office@#Sales@#100\n"),
        (GetExtensionReturnTime(*SEAT), b"get_extension_return_time@#Head Office@#Sales@#100\n"),
        (
            SetExtensionStatus(*SEAT, "Löwe"),
            b"set_extension_status@#Head Office@#Sales@#100@#L\xc3\xb6we\n",
        ),
        (
            SetExtensionNote(*SEAT, "a\r\nb\rc\nd"),
            b"set_extension_note@#Head Office@#Sales@#100@#a#masknl#b#masknl#c#masknl#d\n",
        ),
        (SetExtensionNote(*SEAT, ""), b"set_extension_note@#Head Office@#Sales@#100@#\n"),
        (SetExtensionNote(*SEAT, "\n"), b"set_extension_note@#Head Office@#Sales@#100@##masknl#\n"),
        (
            SetExtensionReturnTime(*SEAT, 1_700_000_000),
            b"set_extension_return_time@#Head Office@#Sales@#100@#1700000000\n",
        ),
        (
            SetExtensionReturnTime(*SEAT, 0),
            b"set_extension_return_time@#Head Office@#Sales@#100@#0\n",
        ),
        (Exit(), b"exit\n"),
    ],
)
def test_a_command_is_exactly_this_line(command: Command, line: bytes) -> None:
    assert encode(command) == line


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (SetExtensionStatus(*SEAT, "a@#b"), TextProblem.RESERVED),
        (SetExtensionStatus(*SEAT, "a\nb"), TextProblem.LINE_BREAK),
        (SetExtensionStatus(*SEAT, "a\r"), TextProblem.LINE_BREAK),
        (SetExtensionStatus(*SEAT, "a\0"), TextProblem.RESERVED),
        (SetExtensionStatus(*SEAT, "\udc80"), TextProblem.RESERVED),
        (SetExtensionNote(*SEAT, "a@#b"), TextProblem.RESERVED),
        (
            SetExtensionNote(*SEAT, "call me @\ntwo"),
            TextProblem.RESERVED,
        ),  # would travel as "@#masknl#"
        (SetExtensionNote(*SEAT, "#masknl#"), TextProblem.RESERVED),
        (SetExtensionNote(*SEAT, "#mask\nl#masknl#"), TextProblem.RESERVED),
        (SetExtensionNote(*SEAT, "\0"), TextProblem.RESERVED),
        (SetExtensionNote(*SEAT, "\ud83d"), TextProblem.RESERVED),
        (GetExtensionStatus("Head\nOffice", "Sales", "100"), TextProblem.LINE_BREAK),
        (GetExtensionNote("Head Office", "@#", "100"), TextProblem.RESERVED),
        (GetExtensionReturnTime("Head Office", "Sales", "1\r0"), TextProblem.LINE_BREAK),
        (SetExtensionNote(*SEAT, "x" * 40_000), TextProblem.TOO_LONG),
    ],
)
def test_what_cannot_travel_is_refused(command: Command, problem: TextProblem) -> None:
    with pytest.raises(CodecError) as caught:
        encode(command)
    assert caught.value.problem is problem


# Text that is likely to be mistaken for protocol, lone surrogates included.
TRICKY = st.lists(
    st.sampled_from(
        (
            *("@", "#", "@#", "#masknl#", "#mask", "nl#", "\n", "\r", "\r\n", "\0", "a", "é"),
            *("🥗", "\udc80", "\ud83d", "\u2028", "\x85", "\v", "\f", "\ufeff", "Error:"),
        )
    ),
    max_size=8,
).map("".join)
TEXT = TRICKY | st.text(st.characters(exclude_categories=()))
COMMANDS: st.SearchStrategy[Command] = st.one_of(
    st.just(GetExtensionState()),
    st.just(GetStatuses()),
    st.just(Exit()),
    st.builds(GetExtensionStatus, TEXT, TEXT, TEXT),
    st.builds(GetExtensionNote, TEXT, TEXT, TEXT),
    st.builds(GetExtensionReturnTime, TEXT, TEXT, TEXT),
    st.builds(SetExtensionStatus, TEXT, TEXT, TEXT, TEXT),
    st.builds(SetExtensionNote, TEXT, TEXT, TEXT, TEXT),
    st.builds(SetExtensionReturnTime, TEXT, TEXT, TEXT, st.integers(0, 2**63 - 1)),
)
NAMES = {
    "get_extension_state": GetExtensionState,
    "get_statuses": GetStatuses,
    "get_extension_status": GetExtensionStatus,
    "get_extension_note": GetExtensionNote,
    "get_extension_return_time": GetExtensionReturnTime,
    "set_extension_status": SetExtensionStatus,
    "set_extension_note": SetExtensionNote,
    "set_extension_return_time": SetExtensionReturnTime,
    "exit": Exit,
}


def read_command(line: bytes) -> tuple[str, ...]:
    """Read a command line as a server would: its name, then its fields."""
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert b"\r" not in line
    assert b"\0" not in line
    name, *fields = line[:-1].decode().split("@#")
    if name == "set_extension_note":
        fields[-1] = fields[-1].replace("#masknl#", "\n")
    return name, *fields


@given(COMMANDS)
@settings(max_examples=500)
@example(SetExtensionNote("a@", "#b", "@", "#masknl\n#"))
@example(SetExtensionNote("", "", "", "@\n"))
def test_whatever_is_accepted_is_read_back_as_it_was(command: Command) -> None:
    try:
        line = encode(command)
    except CodecError:
        return
    name, *fields = read_command(line)
    assert NAMES[name] is type(command)
    sent = [str(value) for value in command]
    if isinstance(command, SetExtensionNote):
        sent[-1] = sent[-1].replace("\r\n", "\n").replace("\r", "\n")
    assert fields == sent


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="@#\0")))
def test_a_note_without_reserved_characters_is_always_accepted(note: str) -> None:
    assert read_command(encode(SetExtensionNote(*SEAT, note)))


@given(TRICKY)
def test_a_note_that_was_accepted_comes_back_in_the_servers_event(note: str) -> None:
    try:
        line = encode(SetExtensionNote(*SEAT, note))
    except CodecError:
        return
    event = line.replace(b"set_extension_note", b"ExtensionNoteUpdatedEvent", 1)
    normalised = note.replace("\r\n", "\n").replace("\r", "\n")
    assert Decoder().feed(event) == [ExtensionNoteUpdated(*SEAT, normalised)]


# --- decoding: events and replies --------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "event"),
    [
        (
            "ExtensionStatusUpdatedEvent@#Head Office@#Sales@#100@#Out",
            ExtensionStatusUpdated(*SEAT, "Out"),
        ),
        (
            "ExtensionNoteUpdatedEvent@#Head Office@#Sales@#100@#a#masknl#b",
            ExtensionNoteUpdated(*SEAT, "a\nb"),
        ),
        (
            "ExtensionNoteUpdatedEvent@#Head Office@#Sales@#100@#a@#b@#",
            ExtensionNoteUpdated(*SEAT, "a@#b@#"),
        ),
        ("ExtensionNoteUpdatedEvent@#Head Office@#Sales@#100@#", ExtensionNoteUpdated(*SEAT, "")),
        (
            "ExtensionNoteUpdatedEvent@#Head Office@#Sales@#100@##masknl#",
            ExtensionNoteUpdated(*SEAT, "\n"),
        ),
        (
            "ExtensionReturnTimeUpdatedEvent@#Head Office@#Sales@#100@#1700000000",
            ExtensionReturnTimeUpdated(*SEAT, 1_700_000_000),
        ),
        (
            "ExtensionReturnTimeUpdatedEvent@#Head Office@#Sales@#100@#-1",
            ExtensionReturnTimeUpdated(*SEAT, -1),
        ),
        ("StatusAddedEvent@#Head Office@#Sales@#Out", StatusAdded("Head Office", "Sales", "Out")),
        (
            "StatusRemovedEvent@#Head Office@#Sales@#Out",
            StatusRemoved("Head Office", "Sales", "Out"),
        ),
        ("LocationAddedEvent@#Head Office", LocationAdded("Head Office")),
        ("LocationRemovedEvent@#Head Office", LocationRemoved("Head Office")),
        ("TenantAddedEvent@#Head Office@#Sales", TenantAdded("Head Office", "Sales")),
        ("TenantRemovedEvent@#Head Office@#Sales", TenantRemoved("Head Office", "Sales")),
        ("ExtensionAddedEvent@#Head Office@#Sales@#100", ExtensionAdded(*SEAT)),
        ("ExtensionRemovedEvent@#Head Office@#Sales@#100", ExtensionRemoved(*SEAT)),
        ("ExtensionStatus@#Out", ExtensionStatus("Out")),
        ("ExtensionStatus@#", ExtensionStatus("")),
        ("ExtensionNote@#a@#b#masknl#c", ExtensionNote("a@#b\nc")),
        ("ExtensionNote@#", ExtensionNote("")),
        ("ExtensionReturnTime@#0", ExtensionReturnTime(0)),
        ("", Done()),
        ("Error: Invalid command.", Error("Invalid command.")),
        ("Error:", Error("")),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_means_exactly_this(line: str, event: Message, end: str) -> None:
    assert Decoder().feed(f"{line}{end}".encode()) == [event]


@pytest.mark.parametrize("spelling", ["RenameEvent", "RenamedEvent"])
@pytest.mark.parametrize(
    ("subject", "fields", "event"),
    [
        ("Status", "L@#T@#a@#b", StatusRenamed("L", "T", "a", "b")),
        ("Location", "a@#b", LocationRenamed("a", "b")),
        ("Tenant", "L@#a@#b", TenantRenamed("L", "a", "b")),
        ("Extension", "L@#T@#1@#2", ExtensionRenamed("L", "T", "1", "2")),
    ],
)
def test_a_rename_is_read_in_both_spellings(
    subject: str, fields: str, event: Event, spelling: str
) -> None:
    assert decode(f"{subject}{spelling}@#{fields}") == [event]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("ExtensionStatusUpdatedEvent", WRONG_FIELDS),
        ("ExtensionStatusUpdatedEvent@#L@#T@#1", WRONG_FIELDS),
        ("ExtensionStatusUpdatedEvent@#L@#T@#1@#a@#b", WRONG_FIELDS),
        ("ExtensionNoteUpdatedEvent@#L@#T@#1", WRONG_FIELDS),
        ("ExtensionReturnTimeUpdatedEvent@#L@#T@#1", WRONG_FIELDS),
        ("ExtensionReturnTimeUpdatedEvent@#L@#T@#1@#2@#3", WRONG_FIELDS),
        ("LocationAddedEvent@#a@#b", WRONG_FIELDS),
        ("ExtensionRenamedEvent@#L@#T@#1", WRONG_FIELDS),
        ("ExtensionNote", WRONG_FIELDS),
        ("ExtensionStatus@#a@#b", WRONG_FIELDS),
        ("ExtensionMoonPhaseUpdatedEvent@#L@#T@#1@#waxing", UNKNOWN),
        ("extensionstatus@#a", UNKNOWN),
        ("State Report Finished", UNKNOWN),
        ("Location@#L", UNKNOWN),
        (" ", UNKNOWN),
        ("\r", UNKNOWN),
        ("error: no", UNKNOWN),
        (" Error: no", UNKNOWN),
    ],
)
def test_a_line_that_means_nothing_is_malformed_and_does_not_show(
    line: str, problem: Malformed
) -> None:
    # One CR would belong to the line's end.
    assert decode(line + "\r") == [problem]


@pytest.mark.parametrize(
    "time",
    [
        "",
        "-",
        "--1",
        "+1",
        "1_000",
        " 1",
        "1 ",
        "1.0",
        "0x1",
        "1e3",
        "tomorrow",
        "²",
        "\u0663",
        "\uff11\uff12",
        "9" * 21,
        "9" * 5_000,
        "\0",
    ],
)
def test_a_malformed_time_is_malformed_wherever_it_stands(time: str) -> None:
    assert decode(f"ExtensionReturnTime@#{time}") == [WRONG_FIELDS]
    assert decode(f"ExtensionReturnTimeUpdatedEvent@#L@#T@#1@#{time}") == [WRONG_FIELDS]


def test_what_is_no_utf_8_is_replaced_and_takes_no_line_end_along() -> None:
    assert Decoder().feed(b"ExtensionStatus@#\xe2\x82\nExtensionStatus@#\xff\0x\n") == [
        ExtensionStatus("\ufffd"),
        ExtensionStatus("\ufffd\ufffdx"),
    ]


# --- decoding: reports -------------------------------------------------------------------------


def test_a_state_report_comes_out_when_it_is_complete() -> None:
    lines = state_report(
        "Location@#Head Office",
        "Tenant@#Sales",
        "Extension@#100@#Available@#@#0",
        "Extension@#101@#Out@#Lunch#masknl#Canteen@#1700000000",
        "Tenant@#Empty",
        "Location@#Nobody",
        "Location@#Harbour",
        "Tenant@#Sales",
        "Extension@#100@#@#@#-1",
    )
    decoder = Decoder()
    assert decoder.feed("\n".join(lines).encode()) == []
    assert decoder.feed(b"\n") == [
        StateReport(
            (("Head Office", "Sales"), ("Head Office", "Empty"), ("Harbour", "Sales")),
            (
                ExtensionState("Head Office", "Sales", "100", "Available", "", 0),
                ExtensionState(
                    "Head Office", "Sales", "101", "Out", "Lunch\nCanteen", 1_700_000_000
                ),
                ExtensionState("Harbour", "Sales", "100", "", "", -1),
            ),
        )
    ]


def test_a_status_report_is_read_in_both_spellings_and_names_each_status_once() -> None:
    assert decode(
        *status_report(
            "Location@#L",
            "Tenant@#T",
            "Status@#Available",
            "Status@Out",
            "Status@##1",
            "Status@@home",
            "Status@Available",
            "Tenant@#U",
        )
    ) == [StatusReport({("L", "T"): ("Available", "Out", "#1", "@home"), ("L", "U"): ()})]


def test_an_empty_report_is_a_report() -> None:
    assert decode(*state_report(), *status_report()) == [StateReport((), ()), StatusReport({})]


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("Extension@#100@#Out@#a@#b@#c@#7", "a@#b@#c"),
        ("Extension@#100@#Out@#@#@#7", "@#"),
        ("Extension@#100@#Out@#@##masknl#@#7", "@#\n"),
        ("Extension@#100@#Out@##masknl#@#7", "\n"),
    ],
)
def test_too_many_fields_of_an_extension_join_to_its_note(line: str, note: str) -> None:
    (report,) = decode(*state_report("Location@#L", "Tenant@#T", line))
    assert isinstance(report, StateReport)
    assert report.extensions == (ExtensionState("L", "T", "100", "Out", note, 7),)


def test_events_and_answers_between_the_lines_of_a_report_come_out_as_they_arrive() -> None:
    assert decode(
        "State Report Started",
        "Location@#L",
        "LocationAddedEvent@#M",
        "Tenant@#T",
        "ExtensionStatus@#Out",
        "",
        "Error: no",
        "Extension@#1@#Out@#@#0",
        "State Report Finished",
    ) == [
        LocationAdded("M"),
        ExtensionStatus("Out"),
        Done(),
        Error("no"),
        StateReport((("L", "T"),), (ExtensionState("L", "T", "1", "Out", "", 0),)),
    ]


def test_a_report_that_begins_anew_forgets_its_first_beginning() -> None:
    assert decode(
        "State Report Started",
        "Location@#L",
        "Tenant@#T",
        "Extension@#1@#Out@#@#0",
        *state_report("Location@#L", "Tenant@#T", "Extension@#2@#Out@#@#0"),
    ) == [
        UNFINISHED,
        StateReport((("L", "T"),), (ExtensionState("L", "T", "2", "Out", "", 0),)),
    ]


def test_a_doubled_report_comes_out_twice() -> None:
    lines = state_report("Location@#L", "Tenant@#T", "Extension@#1@#Out@#@#0")
    first, second = decode(*lines, *lines)
    assert first == second


@pytest.mark.parametrize(
    "line",
    [
        "Extension@#1@#Out@#0",
        "Extension@#1@#Out@#@#tomorrow",
        "Extension",
        "Status@#a@#b",
        "Status",
        "Tenant",
    ],
)
def test_a_malformed_line_of_a_report_makes_it_incomplete(line: str) -> None:
    malformed, report = decode(
        *state_report("Location@#L", "Tenant@#T", "Extension@#2@#Out@#@#0", line)
    )
    assert malformed == WRONG_FIELDS
    assert isinstance(report, StateReport)
    assert [each.extension for each in report.extensions] == ["2"]
    assert not report.complete


@pytest.mark.parametrize(
    "line", ["Tenant@#T", "Status@#Out", "Status@Out", "Extension@#1@#Out@#@#0"]
)
def test_what_stands_under_no_location_belongs_nowhere(line: str) -> None:
    assert decode(*state_report(line)) == [WRONG_FIELDS, StateReport((), (), complete=False)]


@pytest.mark.parametrize(
    ("line", "problem"),
    [("what", UNKNOWN), ("x" * (LINE_LIMIT + 1), TOO_LONG), ("Statuses@#x", UNKNOWN)],
)
def test_a_line_that_is_no_line_of_a_report_makes_it_incomplete(
    line: str, problem: Malformed
) -> None:
    assert decode(*state_report(line)) == [problem, StateReport((), (), complete=False)]
    assert decode(*status_report(line)) == [problem, StatusReport({}, complete=False)]


def test_what_stands_under_a_malformed_place_is_not_taken_for_the_place_before() -> None:
    messages = decode(
        *state_report(
            "Location@#L",
            "Tenant@#T",
            "Tenant@#a@#b",
            "Extension@#1@#Out@#@#0",
            "Tenant@#U",
            "Location@#a@#b",
            "Tenant@#T",
            "Extension@#2@#Out@#@#0",
        )
    )
    assert messages == [
        *[WRONG_FIELDS] * 5,
        StateReport((("L", "T"), ("L", "U")), (), complete=False),
    ]


# --- decoding: limits --------------------------------------------------------------------------


def test_a_line_of_the_limits_length_is_read_and_a_longer_one_is_not() -> None:
    name = b"ExtensionNote@#"
    longest = name + b"x" * (LINE_LIMIT - len(name)) + b"\n"
    longer = name + b"x" * (LINE_LIMIT + 1 - len(name)) + b"\n"
    for size in (1 << 20, 1_000):
        decoder = Decoder()
        messages: list[Message] = []
        stream = b"\n" + longest + longer + b"Error:\n" + longer + longest
        for start in range(0, len(stream), size):
            messages += decoder.feed(stream[start : start + size])
        note = ExtensionNote("x" * (LINE_LIMIT - len(name)))
        assert messages == [Done(), note, TOO_LONG, Error(""), TOO_LONG, note]


def test_a_line_without_end_takes_no_memory() -> None:
    decoder = Decoder()
    messages = [message for _ in range(1_000) for message in decoder.feed(b"x" * 10_000)]
    assert messages == [TOO_LONG]
    assert len(decoder._rest) <= LINE_LIMIT
    assert decoder.feed(b"\nError:\n") == [Error("")]


def test_a_line_that_is_too_long_may_end_with_the_piece_it_came_in() -> None:
    decoder = Decoder()
    assert decoder.feed(b"x" * (LINE_LIMIT + 1)) == [TOO_LONG]
    assert decoder.feed(b"x\n") == []
    assert decoder.feed(b"\n") == [Done()]


def test_a_report_of_too_many_lines_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "REPORT_LINES", 2)
    assert decode(*state_report("Location@#L", "Location@#M")) == [StateReport((), ())]
    assert decode(*state_report("Location@#L", "Location@#M", "Location@#N")) == [TOO_LONG, UNKNOWN]


def test_a_report_of_too_many_characters_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "REPORT_CHARACTERS", 22)
    assert decode(*state_report("Location@#L", "Location@#M")) == [StateReport((), ())]
    assert decode(*state_report("Location@#L", "Location@#MN")) == [TOO_LONG, UNKNOWN]


# --- decoding: any bytes, in pieces of any size ------------------------------------------------

LINES = st.sampled_from(
    [
        b"",
        b"Error: no",
        b"State Report Started",
        b"State Report Finished",
        b"Status Report Started",
        b"Status Report Finished",
        b"Location@#L",
        b"Location@#L@#M",
        b"Tenant@#T",
        b"Status@#Out",
        b"Status@Out",
        b"Extension@#1@#Out@#a@#b@#0",
        b"Extension@#1@#Out@#a@#\xd9\xa3",
        b"ExtensionStatusUpdatedEvent@#L@#T@#1@#\xc3\xa9\xff",
        b"ExtensionNoteUpdatedEvent@#L@#T@#1@##masknl#\xe2\x80\xa8",
        b"ExtensionReturnTimeUpdatedEvent@#L@#T@#1@#" + b"9" * 5_000,
        b"StatusRenameEvent@#L@#T@#a@#b",
        b"ExtensionReturnTime@#-5",
        b"ExtensionNote@#" + b"x" * 60,
        b"\0",
        b"\xff\xfe",
    ]
)
STREAMS = st.lists(
    st.tuples(LINES | st.binary(max_size=90), st.sampled_from([b"\n", b"\n", b"\r\n", b""])).map(
        b"".join
    ),
    max_size=25,
).map(b"".join)


def in_pieces(stream: bytes, cuts: Sequence[int]) -> list[Message]:
    decoder = Decoder()
    messages: list[Message] = []
    start = 0
    for end in [*sorted(cuts), len(stream)]:
        messages += decoder.feed(memoryview(stream)[start:end])
        start = end
    return messages


@given(data=st.data(), stream=STREAMS)
@settings(max_examples=400)
@pytest.mark.parametrize("limit", [60, LINE_LIMIT])
def test_any_split_of_the_stream_gives_the_same_messages(
    data: st.DataObject, stream: bytes, limit: int
) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=12))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codec, "LINE_LIMIT", limit)
        whole = Decoder().feed(stream)
        assert in_pieces(stream, cuts) == whole
        assert in_pieces(stream, range(len(stream))) == whole


@given(STREAMS | st.binary())
def test_no_bytes_raise_anything(stream: bytes) -> None:
    for message in Decoder().feed(stream + b"\n"):
        assert isinstance(message, tuple)
