"""What can be done with a simulated Oktell server: what it is sent, and what comes of it."""

from contextlib import aclosing

import pytest

from custom_components.office_cti.telephony.model import (
    Destination,
    DialOrder,
    DialScope,
    FlashMode,
    Modes,
    PhoneState,
    RemoteFile,
    RemoteFileKind,
    ScriptCall,
    ScriptResult,
    StateChange,
)
from custom_components.office_cti.telephony.oktell import control
from custom_components.office_cti.telephony.system import (
    AccountNeeded,
    AuthenticationFailed,
    CannotConnect,
    InCallCenter,
    InvalidNumber,
    InvalidText,
    NoCall,
    NoSuchFile,
    NotConfirmed,
    NotInCallCenter,
    NotSupported,
    NotThere,
    Refused,
    ScriptFailed,
    ScriptWithoutResult,
    StatusNotAllowed,
    TelephonyError,
    UnknownBreakReason,
)
from simulators.oktell.states import Standing, UserState

from .site import GROUP, Site, until

OUTSIDE = "84951234567"


def who(site: Site, number: str, /, **parameters: str) -> dict[str, str]:
    """Return what a command is sent with: whom it is for, and these parameters."""
    return {"user": site.id(number), **parameters}


async def talk(site: Site, number: str, caller: str = OUTSIDE) -> None:
    """Have somebody talk on the telephone, and our client know of it."""
    await site.does("ring", caller=caller, called=number)
    await site.does("answer", number=number)
    await until(lambda: site.person(number).phone is PhoneState.TALKING)
    await until(lambda: not site.system._looks.users)
    site.asked()


# --- states and modes --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "change", "sent"),
    [
        ("100", StateChange("Away"), {"userstateid": "3"}),
        ("100", StateChange("Busy"), {"userstateid": "5"}),
        ("100", StateChange(redirect=True), {"onredirect": "1"}),
        ("100", StateChange(redirect=False), {"onredirect": "0"}),
        ("100", StateChange(call_center=True), {"oncallcenter": "1"}),
        ("102", StateChange(call_center=False), {"oncallcenter": "0"}),
        ("102", StateChange("Break"), {"userstateid": "2"}),
        ("102", StateChange(on_break=True), {"onlunch": "1"}),
        ("102", StateChange(on_break=False), {"onlunch": "0"}),
        (
            "102",
            StateChange(on_break=True, break_reason_id=3),
            {"onlunch": "1", "lunchreasonid": "3"},
        ),
        (
            "102",
            StateChange(break_reason="зубной врач"),
            {"onlunch": "1", "lunchreasonmsg": "зубной врач"},
        ),
        (
            "102",
            StateChange("Break", break_reason_id=2),
            {"userstateid": "2", "lunchreasonid": "2"},
        ),
        (
            "100",
            StateChange(call_center=True, on_break=True),
            {"oncallcenter": "1", "onlunch": "1"},
        ),
    ],
)
@pytest.mark.parametrize("has_account", [True, False])
async def test_a_wish_is_sent_as_the_server_takes_it(
    site: Site, number: str, change: StateChange, sent: dict[str, str], *, has_account: bool
) -> None:
    await site.start(*((number,) if has_account else ()))
    await site.system.change_state(site.person(number), change)
    assert site.asked("wp_set") == [("wp_setuserstate", who(site, number, **sent))]


@pytest.mark.parametrize("has_account", [True, False])
async def test_the_call_centre_is_left_before_calls_are_redirected(
    site: Site, *, has_account: bool
) -> None:
    await site.start(*(("102",) if has_account else ()))
    change = StateChange("Away", redirect=True, call_center=False)
    await site.system.change_state(site.person("102"), change)
    assert site.asked("wp_set") == [
        ("wp_setuserstate", who(site, "102", userstateid="3", oncallcenter="0")),
        ("wp_setuserstate", who(site, "102", onredirect="1")),
    ]
    assert site.office.user("102").standing == Standing(UserState.AWAY, redirect=True)


async def test_who_is_known_to_have_left_the_call_centre_is_redirected_at_once(site: Site) -> None:
    await site.start("100")
    change = StateChange(redirect=True, call_center=False)
    await site.system.change_state(site.person("100"), change)
    sent = who(site, "100", oncallcenter="0", onredirect="1")
    assert site.asked("wp_set") == [("wp_setuserstate", sent)]


async def test_a_status_alone_is_a_wish_like_any_other(site: Site) -> None:
    await site.start()
    await site.system.set_status(site.person("100"), "Away")
    assert site.status("100") == "Away"


async def test_what_has_come_of_a_wish_is_shown_when_the_command_returns(site: Site) -> None:
    await site.start("102")
    await site.system.change_state(
        site.person("102"), StateChange(on_break=True, break_reason_id=3)
    )
    assert site.status("102") == "Break"
    assert site.person("102").modes == Modes(
        redirect=False, call_center=True, on_break=True, break_reason="Тренинг"
    )


async def test_a_reason_that_the_server_does_not_have_is_refused_with_those_that_it_has(
    site: Site,
) -> None:
    await site.start()
    with pytest.raises(UnknownBreakReason) as refusal:
        await site.system.change_state(site.person("102"), StateChange(break_reason_id=9))
    offered = ", ".join(f"{number} ({name})" for number, name in site.office.break_reasons.items())
    assert refusal.value.values == {"reason": "9", "offered": offered}
    assert site.asked("wp_set") == []


async def test_a_reason_that_is_new_on_the_server_is_known(site: Site) -> None:
    await site.start()
    site.office.break_reasons[9] = "Новая"
    await site.system.change_state(site.person("102"), StateChange(break_reason_id=9))
    assert site.status("102") == "Break"
    assert (await site.system.get_break_reasons())[9] == "Новая"


async def test_where_nobody_knows_the_reasons_any_may_be_wished_for(site: Site) -> None:
    await site.start(push=False, users=site.named("102"))
    await site.system.change_state(site.person("102"), StateChange(break_reason_id=3))
    assert site.status("102") == "Break"


@pytest.mark.parametrize("status", ["Disconnected", "Reserved", "No telephone", "Nonsense"])
async def test_a_state_that_only_the_server_gives_is_refused(site: Site, status: str) -> None:
    await site.start()
    with pytest.raises(StatusNotAllowed) as refusal:
        await site.system.change_state(site.person("100"), StateChange(status))
    assert refusal.value.values["status"] == status
    assert site.asked() == []


async def test_a_redirection_is_refused_in_the_call_centre_mode(site: Site) -> None:
    await site.start("102")
    for change in (StateChange(redirect=True), StateChange(redirect=True, call_center=True)):
        with pytest.raises(InCallCenter):
            await site.system.change_state(site.person("102"), change)
    assert site.asked() == []


@pytest.mark.parametrize(
    "change",
    [
        StateChange("Break"),
        StateChange(on_break=True),
        StateChange(break_reason_id=3),
        StateChange(break_reason="зубной врач"),
    ],
)
async def test_a_break_is_refused_outside_the_call_centre_mode(
    site: Site, change: StateChange
) -> None:
    await site.start("100")
    with pytest.raises(NotInCallCenter):
        await site.system.change_state(site.person("100"), change)
    assert site.asked() == []


async def test_a_break_is_refused_to_whoever_leaves_the_call_centre_with_it(site: Site) -> None:
    await site.start()
    with pytest.raises(NotInCallCenter):
        await site.system.change_state(
            site.person("102"), StateChange(call_center=False, on_break=True)
        )
    assert site.asked() == []


async def test_a_reason_is_a_number_or_a_text_and_not_both(site: Site) -> None:
    await site.start()
    with pytest.raises(InvalidText):
        await site.system.change_state(
            site.person("102"), StateChange(break_reason_id=3, break_reason="зубной врач")
        )
    assert site.asked() == []


async def test_where_the_modes_are_not_known_the_server_decides(site: Site) -> None:
    await site.start()
    with pytest.raises(NotConfirmed):
        await site.system.change_state(site.person("100"), StateChange(on_break=True))
    assert site.asked("wp_set") == [("wp_setuserstate", who(site, "100", onlunch="1"))]
    await site.system.change_state(site.person("100"), StateChange(redirect=True))
    assert site.office.user("100").standing.redirect


async def test_what_the_server_passes_over_is_said_not_to_have_worked(site: Site) -> None:
    await site.start("102")
    del site.office.break_reasons[3]  # which we have been told of
    with pytest.raises(NotConfirmed):
        await site.system.change_state(
            site.person("102"), StateChange(on_break=True, break_reason_id=3)
        )
    await site.does("set", user="100", state=0)
    with pytest.raises(NotConfirmed):
        await site.system.change_state(site.person("100"), StateChange("Ready"))
    looks = [command for command, _ in site.asked("tst_")]
    assert looks == ["tst_getuserstate"] * len(control._LOOKS)


@pytest.mark.parametrize(
    "change", [StateChange(break_reason_id=3), StateChange(break_reason="зубной врач")]
)
@pytest.mark.parametrize("has_account", [True, False])
async def test_a_reason_alone_that_begins_no_break_is_said_not_to_have_worked(
    site: Site, change: StateChange, *, has_account: bool
) -> None:
    await site.start(*(("102",) if has_account else ()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site.simulator.states, "ask", lambda *_: None)
        with pytest.raises(NotConfirmed):
            await site.system.change_state(site.person("102"), change)


@pytest.mark.parametrize("change", [StateChange(on_break=False), StateChange(call_center=False)])
async def test_a_break_that_goes_on_is_said_not_to_have_ended(
    site: Site, change: StateChange
) -> None:
    await site.start()
    await site.happens("set", user="102", state=2, on_break=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site.simulator.states, "ask", lambda *_: None)
        with pytest.raises(NotConfirmed):
            await site.system.change_state(site.person("102"), change)
    await site.system.change_state(site.person("102"), change)
    assert site.status("102") == "Ready"


async def test_what_shows_late_is_found_by_looking_again(site: Site) -> None:
    await site.start()
    asked: list[str] = []
    read = site.system.http.user_state

    async def late(user: str) -> object:
        asked.append(user)
        if len(asked) == 3:
            await site.happens("set", user="100", state=3)
        return await read(user)

    await site.happens("set", user="100", state=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site.system.http, "user_state", late)
        await site.system.change_state(site.person("100"), StateChange("Away"))
    assert asked == [site.id("100")] * 3
    assert site.status("100") == "Away"


async def test_a_wish_counts_as_unconfirmed_if_nobody_can_be_asked_what_came_of_it(
    site: Site,
) -> None:
    await site.start()
    await site.does("set", user="100", state=0)
    await site.does("fault", kind="status", code=500, count=9, command="tst_")
    with pytest.raises(NotConfirmed):
        await site.system.change_state(site.person("100"), StateChange("Away"))


async def test_what_somebody_takes_back_at_once_has_come_true_all_the_same(site: Site) -> None:
    await site.start()
    send = site.system.http.set_user_state

    async def taken_back(*given: object, **changes: object) -> None:
        await send(*given, **changes)  # type: ignore[arg-type]
        await site.happens("set", user="100", state=1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site.system.http, "set_user_state", taken_back)
        await site.system.change_state(site.person("100"), StateChange("Away"))
    assert site.status("100") == "Ready"
    assert site.asked("tst_") == []


async def test_modes_are_asked_for_over_the_own_connection_where_no_event_comes(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "_SHOWING", frozenset())
    await site.start("100")
    await site.system.change_state(site.person("100"), StateChange(redirect=True))
    entries, _ = site.simulator.log.take()
    assert [entry.get("command", entry["method"]) for entry in entries] == [
        "wp_setuserstate",
        "getuserstate",
    ]


async def test_a_wish_that_is_refused_says_so(site: Site) -> None:
    await site.start()
    await site.does("fault", kind="status", code=400, command="wp_set")
    with pytest.raises(Refused):
        await site.system.change_state(site.person("100"), StateChange("Away"))
    await site.does("set", user="hass", web_api=False)
    with pytest.raises(AuthenticationFailed):
        await site.system.change_state(site.person("100"), StateChange("Away"))
    assert site.refused == [None]


async def test_nothing_can_be_wished_for_whoever_is_not_there_any_more(site: Site) -> None:
    await site.start()
    anna = site.person("100")
    await site.does("remove_user", user="100")
    await site.restart()
    with pytest.raises(NotThere):
        await site.system.change_state(anna, StateChange("Away"))
    with pytest.raises(NotThere):
        await site.system.stop_dialing(anna)
    assert site.asked() == []


# --- calls -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("destination", "sent"),
    [
        (Destination(OUTSIDE), {"number": OUTSIDE, "sequence": "back"}),
        (
            Destination(OUTSIDE, order=DialOrder.DESTINATION_FIRST, scope=DialScope.EXTERNAL),
            {"number": OUTSIDE, "sequence": "direct", "direction": "city"},
        ),
        (
            Destination("101", scope=DialScope.INTERNAL),
            {"number": "101", "sequence": "back", "direction": "pbx"},
        ),
    ],
)
async def test_a_number_is_dialled_in_the_order_and_scope_that_are_asked_for(
    site: Site, destination: Destination, sent: dict[str, str]
) -> None:
    await site.start()
    await site.system.dial(site.person("100"), destination)
    assert site.asked("wp_auto") == [("wp_autocallstart", who(site, "100", **sent))]
    assert site.simulator.calls.find("100")


async def test_a_person_is_called_at_the_own_number(site: Site) -> None:
    await site.start()
    await site.system.dial(site.person("100"), Destination(extension=site.person("101")))
    ((_, sent),) = site.asked("wp_auto")
    assert sent["number"] == "101"


async def test_nobody_is_called_without_a_number(site: Site) -> None:
    await site.start()
    for destination in (
        Destination(),
        Destination(""),
        Destination(extension=site.extension(site.id("hass"))),
    ):
        with pytest.raises(InvalidNumber):
            await site.system.dial(site.person("100"), destination)
    with pytest.raises(NotSupported):
        await site.system.dial(site.person("100"), Destination(voicemail=True))
    assert site.asked() == []


async def test_a_call_that_is_being_dialled_can_be_stopped(site: Site) -> None:
    await site.start("100")
    await site.system.dial(site.person("100"), Destination(OUTSIDE))
    await until(lambda: site.person("100").phone is PhoneState.DIALING)
    await site.system.stop_dialing(site.person("100"))
    await until(lambda: not site.person("100").calls)
    assert site.asked("wp_autocallstop") == [("wp_autocallstop", who(site, "100"))]


async def test_a_call_that_rings_can_be_declined(site: Site) -> None:
    await site.start("100")
    await site.does("ring", caller=OUTSIDE, called="100")
    await until(lambda: site.person("100").phone is PhoneState.RINGING)
    await site.system.decline_call(site.person("100"))
    await until(lambda: not site.person("100").calls)
    assert site.asked() == [("wp_declinecall", who(site, "100"))]


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        (None, {}),
        (DialScope.INTERNAL, {"direction": "pbx"}),
        (DialScope.EXTERNAL, {"direction": "city"}),
    ],
)
async def test_a_call_is_passed_on(
    site: Site, scope: DialScope | None, said: dict[str, str]
) -> None:
    await site.start()
    await talk(site, "100")
    await site.system.transfer_call(site.person("100"), "101", attended=False, scope=scope)
    assert site.asked("wp_switch") == [
        ("wp_switchcall", who(site, "100", number="101", sequence="back", **said))
    ]
    assert site.simulator.calls.find("101").caller.number == OUTSIDE


async def test_there_is_one_way_to_pass_a_call_on(site: Site) -> None:
    await site.start()
    await talk(site, "100")
    with pytest.raises(NotSupported):
        await site.system.transfer_call(site.person("100"), "101", attended=True)
    assert site.asked() == []


@pytest.mark.parametrize("idle", ["empty", "object", "null", "empty_info"])
async def test_an_idle_line_that_is_to_pass_a_call_on_dials_nobody(site: Site, idle: str) -> None:
    await site.does("settings", idle_answer=idle)
    await site.start()
    with pytest.raises(NoCall):
        await site.system.transfer_call(site.person("100"), "101", attended=False)
    with pytest.raises(NoCall):
        await site.system.flash(site.person("100"), FlashMode.FLASH)
    assert {command for command, _ in site.asked()} == {"wp_getabonentinfo"}
    assert site.simulator.calls.calls == {}


async def test_a_line_that_only_rings_passes_nothing_on(site: Site) -> None:
    await site.start()
    await site.does("ring", caller=OUTSIDE, called="100")
    with pytest.raises(NoCall):
        await site.system.transfer_call(site.person("100"), "101", attended=False)
    assert site.asked("wp_switch") == []


async def test_a_call_is_held_and_taken_back(site: Site) -> None:
    await site.start()
    await talk(site, "100")
    anna = site.office.user("100")
    assert anna.line is not None
    await site.system.flash(site.person("100"), FlashMode.FLASH)
    assert anna.line.held is not None
    await site.system.flash(site.person("100"), FlashMode.RETURN)
    assert anna.line.held is None
    assert site.asked("wp_flash") == [
        ("wp_flash", who(site, "100")),
        ("wp_flash", who(site, "100", mode="abort")),
    ]


async def test_what_was_begun_by_a_flash_is_taken_back_by_giving_the_transfer_up(
    site: Site,
) -> None:
    await site.start()
    await talk(site, "100")
    await site.system.flash(site.person("100"), FlashMode.FLASH)
    await site.system.cancel_transfer(site.person("100"))
    line = site.office.user("100").line
    assert line is not None
    assert line.call is not None
    assert line.held is None


async def test_a_line_that_only_holds_somebody_can_flash_once_more(site: Site) -> None:
    await site.start()
    await talk(site, "100")
    await site.system.flash(site.person("100"), FlashMode.FLASH)
    await site.system.flash(site.person("100"), FlashMode.FLASH)
    assert len(site.asked("wp_flash")) == 2


async def test_calls_are_ended_by_whoever_has_an_account(site: Site) -> None:
    await site.start("100")
    with pytest.raises(NoCall):
        await site.system.hang_up(site.person("100"))
    await talk(site, "100")
    await site.system.hang_up(site.person("100"))
    await until(lambda: not site.person("100").calls)
    assert site.simulator.calls.calls == {}


async def test_without_an_account_no_call_is_ended(site: Site) -> None:
    await site.start()
    await talk(site, "100")
    with pytest.raises(AccountNeeded) as refusal:
        await site.system.hang_up(site.person("100"))
    assert refusal.value.values == {"name": "Анна Борисова"}
    assert len(site.simulator.calls.calls) == 1


async def test_a_call_is_told_of_in_the_servers_own_words(site: Site) -> None:
    await site.start()
    await talk(site, "100", "101")
    details = await site.system.get_call_details(site.person("100"))
    assert details["line"]["currentlinestatestr"] == "lsCommutated"
    assert details["line"]["abonentinfo"]["callerid"] == "101"
    assert details["chain"]["chainid"] == details["line"]["abonentinfo"]["chainid"]
    assert details["chain"]["trace"][0]["contentelementtype"] == "call"


@pytest.mark.parametrize("idle", ["empty", "object", "null", "empty_info"])
async def test_of_an_idle_line_nothing_need_be_told(site: Site, idle: str) -> None:
    await site.does("settings", idle_answer=idle)
    await site.start()
    details = await site.system.get_call_details(site.person("100"))
    assert set(details) == {"chain", "line"}


# --- the server as a whole ---------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["attribute", "cdata"])
async def test_a_script_returns_a_value_in_either_shape(site: Site, shape: str) -> None:
    await site.does("settings", returnvalue=shape)
    await site.start()
    call = ScriptCall("(Тестовый) Сценарий", ("раз", "два & три", "<4>", '"5"', "6"))
    assert await site.system.run_script(call) == ScriptResult('раз|два & три|<4>|"5"|6')
    ((command, sent),) = site.asked()
    assert command == "execsvcscript"
    assert sent["async"] == "0"
    assert sent["timeout"] == "10"
    assert sent["startparam2"] == "два & три"


async def test_a_script_that_nobody_waits_for_returns_nothing(site: Site) -> None:
    await site.start()
    call = ScriptCall("Slow", ("0.01", "late"), wait=False)
    assert await site.system.run_script(call) == ScriptResult(None)
    ((_, sent),) = site.asked()
    assert sent["async"] == "1"


async def test_a_script_that_answers_by_itself_is_told_as_it_is(site: Site) -> None:
    await site.start()
    result = await site.system.run_script(
        ScriptCall("Plain", ("<b>да</b>", "418", "X-Answer: 42"), plain=True)
    )
    assert (result.value, result.status, result.headers["X-Answer"]) == ("<b>да</b>", 418, "42")


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (ScriptCall("Broken"), ScriptFailed),
        (ScriptCall("Nothing of that name"), ScriptFailed),
        (ScriptCall("Silent"), ScriptWithoutResult),
        (ScriptCall("Slow", ("5", "late"), timeout=0.0), ScriptWithoutResult),
        (ScriptCall("Echo", tuple("123456")), InvalidText),
    ],
)
async def test_a_script_that_does_not_return_a_value_is_an_error(
    site: Site, call: ScriptCall, error: type[TelephonyError]
) -> None:
    await site.start()
    with pytest.raises(error):
        await site.system.run_script(call)


async def test_the_licence_is_told_in_words_as_xml_and_by_its_facts(site: Site) -> None:
    await site.start()
    site.simulator.license.details["regserial"] = "7654321"
    details = await site.system.get_license()
    assert "Регистрационный номер: 7654321" in details.text
    assert "<" in details.xml
    assert details.facts.number == "7654321"
    server = site.system.directory.server.object
    assert server.license == details.facts


async def test_recordings_and_faxes_are_fetched(site: Site) -> None:
    await site.start()
    await site.does("file", kind="rec", name="a b.mp3", text="запись")
    await site.does("file", kind="fax", name="1.tif", text="факс")
    files = {
        RemoteFile(RemoteFileKind.RECORDING, "a b.mp3"): "запись",
        RemoteFile(RemoteFileKind.RECORD_LINK, "a b.mp3"): "запись",
        RemoteFile(RemoteFileKind.FAX, "1.tif"): "факс",
        RemoteFile(RemoteFileKind.SCRIPT, script=ScriptCall("File", ("a b.mp3",))): "запись",
    }
    for file, content in files.items():
        assert await fetched(site, file) == content


async def fetched(site: Site, file: RemoteFile) -> str:
    async with aclosing(site.system.fetch_file(file)) as pieces:
        return b"".join([piece async for piece in pieces]).decode()


async def test_a_file_that_is_not_there_is_said_not_to_be(site: Site) -> None:
    await site.start()
    with pytest.raises(NoSuchFile):
        await fetched(site, RemoteFile(RemoteFileKind.RECORDING, "nothing.mp3"))


@pytest.mark.parametrize("plain", [True, False])
async def test_files_are_sent_and_what_became_of_each_is_told(site: Site, *, plain: bool) -> None:
    await site.does("settings", upload_limit=8)
    await site.start()
    files = {"имя файла.txt": b"1234", "large.bin": b"123456789"}
    saved, lost = await site.system.upload_files(files, plain=plain)
    assert (saved.name, saved.saved, saved.size) == ("имя файла.txt", True, 4)
    assert saved.path is not None
    assert saved.path.endswith("имя файла.txt")
    assert (lost.name, lost.saved) == ("large.bin", False)


# --- while the server is away ------------------------------------------------------------------


async def test_commands_say_that_nobody_answers(site: Site) -> None:
    await site.start()
    anna = site.person("100")
    await site.does("fault", kind="refuse", seconds=30)
    await site.does("disconnect")
    await until(lambda: not site.is_connected)
    for command in (
        site.system.change_state(anna, StateChange("Away")),
        site.system.dial(anna, Destination(OUTSIDE)),
        site.system.get_license(),
        site.system.transfer_call(anna, OUTSIDE, attended=False),
        site.system.run_script(ScriptCall("Echo")),
    ):
        with pytest.raises(CannotConnect):
            await command


async def test_commands_go_on_while_only_the_web_socket_is_away(site: Site) -> None:
    await site.start(group_numbers=(GROUP,))
    await site.does("set", user="hass", desktop_client=True)
    await site.does("disconnect")
    await until(lambda: not site.is_connected)
    await site.system.change_state(site.person("100"), StateChange("Away"))
    assert site.status("100") == "Away"
