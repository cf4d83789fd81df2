import pytest

from tests.recordings.reading import Kind, names, recording, sections

TEXT = """\
A >> {"class": "login_id"}
A << {"class": "login_id", "sessionid": "x"}

##### what goes wrong
>> b'{nope\\n'
<< [EOF after 0.0s]
A << {"class": "getlist", "tid": "1", "config": {"id": 1, "linelist": ["3"], "name": "Ali

##### behind the server
  AMI [['Action', 'Hangup']]
  webi xivo[user,edit,1] -> b''
-- hold
"""


def test_steps_before_the_first_title_are_a_section_of_their_own() -> None:
    assert [section.title for section in sections(TEXT)] == [
        "",
        "what goes wrong",
        "behind the server",
    ]


def test_a_sent_step_tells_who_what_and_the_bytes() -> None:
    step = sections(TEXT)[0].steps[0]
    assert (step.who, step.kind, step.message) == ("A", Kind.SENT, {"class": "login_id"})
    assert step.raw == b'{"class": "login_id"}\n'


def test_what_was_sent_as_bytes_is_no_message() -> None:
    sent, eof, _ = sections(TEXT)[1].steps
    assert (sent.who, sent.message, sent.raw) == ("", None, b"{nope\n")
    assert eof.kind is Kind.EOF


def test_of_a_cut_line_the_whole_members_are_read() -> None:
    step = sections(TEXT)[1].steps[2]
    assert step.is_cut
    assert step.message == {
        "class": "getlist",
        "tid": "1",
        "config": {"id": 1, "linelist": ["3"]},
    }


def test_what_happened_behind_the_server_is_told_as_it_stands() -> None:
    steps = sections(TEXT)[2].steps
    assert [(step.kind, step.text) for step in steps] == [
        (Kind.AMI, "[['Action', 'Hangup']]"),
        (Kind.WEBI, "xivo[user,edit,1] -> b''"),
        (Kind.NOTE, "hold"),
    ]


@pytest.mark.parametrize(("release", "name"), names("xivo"))
def test_every_recording_is_read_whole(release: str, name: str) -> None:
    found = recording("xivo", release, name)
    steps = [step for section in found.sections for step in section.steps]
    assert {Kind.SENT, Kind.RECEIVED} <= {step.kind for step in steps}
    assert all(step.message for step in steps if step.kind is Kind.RECEIVED)


def test_there_are_ten_recordings_of_xivo() -> None:
    assert len(names("xivo")) == 10
