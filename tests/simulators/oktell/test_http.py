"""The HTTP commands, as a client sees them."""

import asyncio
from typing import TYPE_CHECKING

import pytest

from simulators.oktell import (
    Authorization,
    Encoding,
    IdleAnswer,
    ReturnValue,
    Standing,
    User,
    UserState,
)
from tests.simulators.oktell.conftest import connected
from tests.simulators.oktell.wire import HttpClient, basic

if TYPE_CHECKING:
    from simulators.oktell import OktellSimulator
    from tests.simulators.wire import ControlClient


class TestAuthorization:
    async def test_basic_is_asked_for(self, http: HttpClient) -> None:
        answer = await http.get("getlicensefulltext", headers={})
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")

    @pytest.mark.parametrize(
        "headers",
        [basic("hass", "wrong"), basic("nobody"), {"Authorization": "Basic !"}, basic("", "")],
    )
    async def test_wrong_credentials_are_refused(
        self, http: HttpClient, headers: dict[str, str]
    ) -> None:
        assert (await http.get("getlicensefulltext", headers=headers)).status == 401

    async def test_the_privilege_is_needed(self, http: HttpClient, alice: User) -> None:
        assert (await http.get("getlicensefulltext", headers=basic("100"))).status == 403
        alice.may_use_web_api = True
        assert (await http.get("getlicensefulltext", headers=basic("100"))).status == 200

    async def test_a_refusal_may_have_another_status(
        self, simulator: OktellSimulator, http: HttpClient
    ) -> None:
        simulator.settings.refusal = 403
        answer = await http.get("getlicensefulltext", headers={})
        assert (answer.status, "WWW-Authenticate" in answer.headers) == (403, False)

    async def test_a_password_is_taken_from_the_url_and_from_a_form(
        self, simulator: OktellSimulator, http: HttpClient
    ) -> None:
        simulator.settings.authorization = Authorization.PASSWORD
        assert (await http.get("getlicensefulltext")).status == 403
        assert (await http.get("getlicensefulltext", headers={}, password="no")).status == 403
        assert (await http.get("getlicensefulltext", headers={}, password="demo")).status == 200
        assert (await http.post("getlicensefulltext", headers={}, password="demo")).status == 200

    async def test_there_may_be_no_authorization(
        self, simulator: OktellSimulator, http: HttpClient
    ) -> None:
        simulator.settings.authorization = Authorization.NONE
        assert (await http.get("getlicensefulltext", headers={})).status == 200

    async def test_web_pages_are_for_everyone(self, http: HttpClient) -> None:
        assert (await http.get("", headers={})).status == 200

    async def test_post_may_be_refused(self, simulator: OktellSimulator, http: HttpClient) -> None:
        simulator.settings.refuses_post = True
        answer = await http.post("getlicensefulltext")
        assert (answer.status, answer.headers["Allow"]) == (405, "GET")
        assert (await http.get("getlicensefulltext")).status == 200

    async def test_a_password_of_the_web_socket_is_good_for_one_request(
        self, simulator: OktellSimulator, http: HttpClient
    ) -> None:
        async with connected(simulator, "100") as client:
            password = (await client.ask("gettemphttppass"))["password"]
        first = await http.get("getlicensefulltext", headers={}, temppass=password)
        second = await http.get("getlicensefulltext", headers={}, temppass=password)
        assert (first.status, second.status) == (200, 401)

    async def test_an_answer_can_be_copied_to_the_web_socket(
        self, simulator: OktellSimulator, http: HttpClient
    ) -> None:
        async with connected(simulator, "100") as client:
            password = (await client.ask("gettemphttppass", responsetowebsock=True))["password"]
            answer = await http.get(
                "getlicenseinfo", headers={}, temppass=password, detail="regserial"
            )
            assert await client.next() == (
                "httpresponsecopy",
                {"password": password, "response": "200 OK", "content": answer.text},
            )


class TestStates:
    async def test_a_users_state_looks_as_real_servers_tell_it(
        self, http: HttpClient, alice: User
    ) -> None:
        answer = await http.get("tst_getuserstate", iduser=alice.id.upper())
        assert answer.text.split("\n") == [
            ' <?xml version="1.0" encoding="utf-16"?>',
            (
                '<oktellxmlmapper version="80710"><data name="userstate" count="1">'
                f'<property_set name="user" id="{alice.id}"><property_simple key="id" value="{alice.id}" />'
                '<property_simple key="state" value="1" name="usReady" /></property_set></data>'
                "</oktellxmlmapper>"
            ),
        ]

    async def test_utf_16_has_a_byte_order_mark(
        self, simulator: OktellSimulator, http: HttpClient, alice: User
    ) -> None:
        simulator.settings.encoding = Encoding.UTF_16
        answer = await http.get("tst_getuserstate", iduser=alice.id)
        assert answer.body[:2] == b"\xff\xfe"
        assert alice.id in answer.body.decode("utf-16")
        group = await http.get("tst_getintnumberreadyusers", number="900")
        assert group.xml.get("ready") == "2"  # declares UTF-8, and is

    async def test_nobodys_state_is_empty(self, http: HttpClient) -> None:
        answer = await http.get("tst_getuserstate", iduser="no-such-user")
        assert answer.xml.find("data").attrib == {"name": "userstate", "count": "0"}
        assert (await http.get("tst_getuserstate", number="100")).status == 400

    async def test_a_numbers_free_and_busy_users_are_counted(
        self, simulator: OktellSimulator, http: HttpClient, bob: User
    ) -> None:
        simulator.states.put(bob, state=UserState.BUSY)
        group = (await http.get("tst_getintnumberreadyusers", number="900")).xml
        assert group.attrib == {"name": "900", "ready": "1", "busy": "1"}
        assert [each.get("name") for each in group] == ["100"]
        own = (await http.get("tst_getintnumberreadyusers", number="101")).xml
        assert own.attrib == {"name": "101", "ready": "0", "busy": "1"}
        nobody = (await http.get("tst_getintnumberreadyusers", number="777")).xml
        assert nobody.attrib == {"name": "777", "ready": "0", "busy": "0"}

    @pytest.mark.parametrize("selector", ["user", "line", "wp"])
    async def test_a_state_is_set_whoever_is_named_how(
        self, http: HttpClient, alice: User, selector: str
    ) -> None:
        assert alice.line is not None
        for name in (alice.id, alice.login, alice.name, alice.line.number, alice.line.id):
            for state in (3, 1):
                answer = await http.post(
                    "wp_setuserstate", **{selector: name}, userstateid=str(state)
                )
                assert (answer.status, answer.body) == (200, b"")
                assert alice.standing.state == state

    async def test_an_unknown_user_is_not_found(self, http: HttpClient) -> None:
        assert (await http.get("wp_setuserstate", user="nobody", userstateid="3")).status == 404
        assert (await http.get("wp_setuserstate", userstateid="3")).status == 400

    async def test_a_name_of_two_is_nobodys(self, http: HttpClient, alice: User, bob: User) -> None:
        alice.name = bob.name
        assert (await http.get("wp_setuserstate", user=bob.name, userstateid="3")).status == 404

    async def test_200_is_no_proof(self, http: HttpClient, alice: User) -> None:
        for wish in ({"userstateid": "7"}, {"onlunch": "1"}, {"userstateid": "x"}):
            assert (await http.get("wp_setuserstate", user="100", **wish)).status == 200
        assert alice.standing == Standing()

    async def test_modes_are_set_together(self, http: HttpClient, alice: User) -> None:
        await http.get(
            "wp_setuserstate", user="100", oncallcenter="1", onlunch="1", lunchreasonid="3"
        )
        assert alice.standing == Standing(
            UserState.BREAK, call_center=True, on_break=True, reason_id=3
        )

    async def test_leaving_the_call_center_does_not_stick(
        self, simulator: OktellSimulator, http: HttpClient, alice: User
    ) -> None:
        simulator.settings.unsticks_after = 0.001
        simulator.states.put(alice, call_center=True)
        back = asyncio.Event()
        await http.get("wp_setuserstate", user="100", oncallcenter="0", userstateid="3")
        simulator.states.watchers.append(lambda *_: back.set())
        if not alice.standing.call_center:
            await asyncio.wait_for(back.wait(), 10)
        assert alice.standing == Standing(call_center=True)


class TestScripts:
    @pytest.mark.parametrize("method", ["get", "post"])
    async def test_a_script_gets_five_parameters_and_returns_a_value(
        self, http: HttpClient, method: str
    ) -> None:
        parameters = {f"startparam{place}": f"№{place}" for place in range(1, 6)}
        ask = http.get if method == "get" else http.post
        answer = await ask("execsvcscript", name="Echo", **parameters)
        assert [
            (each.get("key"), each.get("value"), each.get("name")) for each in answer.xml[0][0]
        ] == [
            ("started", "1", "success"),
            ("startresult", "0", "success"),
            ("returnvalue", None, "№1|№2|№3|№4|№5"),
        ]

    async def test_a_value_may_be_cdata(self, simulator: OktellSimulator, http: HttpClient) -> None:
        simulator.settings.returnvalue = ReturnValue.CDATA
        answer = await http.get("execsvcscript", name="Echo", startparam1="<&]]>")
        assert '<property_cdata key="returnvalue"><![CDATA[' in answer.text
        assert answer.property("returnvalue").text == "<&]]>||||"
        simulator.settings.returnvalue = ReturnValue.ATTRIBUTE
        always = await http.get("execsvcscript", name="Cdata", startparam1="x")
        assert always.property("returnvalue").text == "x"

    @pytest.mark.parametrize(
        ("query", "started", "result"),
        [
            ({"name": "Broken"}, "0", "2"),
            ({"name": "no such script"}, "0", "1"),
            ({"name": "Silent"}, "1", "0"),
            ({"name": "Echo", "async": "1"}, "1", "0"),
            ({"name": "Slow", "startparam1": "3600", "timeout": "0"}, "1", "0"),
        ],
    )
    async def test_some_scripts_return_nothing(
        self, http: HttpClient, query: dict[str, str], started: str, result: str
    ) -> None:
        answer = await http.get("execsvcscript", **query)
        assert answer.property("started").get("value") == started
        assert answer.property("startresult").get("value") == result
        assert answer.property("returnvalue") is None

    async def test_a_slow_script_returns_in_the_end(self, http: HttpClient) -> None:
        answer = await http.get(
            "execsvcscript", name="Slow", startparam1="0.001", startparam2="done", timeout="9"
        )
        assert answer.property("returnvalue").get("name") == "done"

    async def test_a_plain_answer_has_status_and_headers_of_the_script(
        self, http: HttpClient
    ) -> None:
        answer = await http.get(
            "execsvcscriptplain",
            name="Plain",
            startparam1="тело <b>",
            startparam2="418",
            startparam3="X-Kind: tea",
        )
        assert (answer.status, answer.text, answer.headers["X-Kind"]) == (418, "тело <b>", "tea")
        assert (await http.get("execsvcscriptplain", name="Broken")).status == 500

    async def test_a_script_can_be_told_what_to_return(
        self, http: HttpClient, control: ControlClient
    ) -> None:
        await control.do("script", name="Mine", value="yes")
        assert (await http.get("execsvcscriptplain", name="Mine")).text == "yes"
        await control.do("script", name="Mine", value=None)
        assert (await http.get("execsvcscriptplain", name="Mine")).status == 500


class TestLicense:
    async def test_it_is_told_in_words_in_xml_and_one_by_one(self, http: HttpClient) -> None:
        text = (await http.get("getlicensefulltext")).text
        certificate = await http.get("getlicensefullxml")
        for detail in ("regserial", "confirmdate", "updatelimitdate"):
            value = (await http.get("getlicenseinfo", detail=detail)).text
            assert value in text
            assert certificate.property(detail).get("value") == value
        assert len((await http.get("getlicenseinfo", detail="regserial")).text) == 7
        assert (await http.get("getlicenseinfo", detail="price")).status == 404


class TestFiles:
    async def test_recordings_and_faxes_are_downloaded(
        self, http: HttpClient, control: ControlClient
    ) -> None:
        await control.do("file", kind="fax", name="Факс 1.tif", text="fax")
        assert (await http.get("download/fax/Факс 1.tif")).body == b"fax"
        recording = await http.get("download/rec/greeting.wav")
        assert recording.body.startswith(b"RIFF")
        linked = await http.get("downloadrecordbylink", recordlink="greeting.wav")
        scripted = await http.get("download/byscript", name="File", startparam1="greeting.wav")
        assert linked.body == scripted.body == recording.body

    @pytest.mark.parametrize(
        "path",
        ["download/rec/none", "download/fax/", "download/byscript?name=Echo", "no_such_thing"],
    )
    async def test_what_is_not_there_is_not_found(self, http: HttpClient, path: str) -> None:
        assert (await http.get(path)).status == 404

    async def test_several_files_are_uploaded_with_the_fields_of_a_form(
        self, simulator: OktellSimulator, http: HttpClient
    ) -> None:
        simulator.settings.authorization = Authorization.PASSWORD
        body = _form(
            ("password", "", b"demo", False),
            ("file1", "Счёт.txt", b"one\r\n--two", True),
            ("file2", "plain.txt", b"without the header", False),
        )
        kind = {"Content-Type": "multipart/form-data; boundary=BOUNDARY"}
        answer = await http.ask("POST", "upload", headers=kind, data=body)
        assert answer.xml.tag == "uploadfilesresult"
        assert answer.xml.get("count") == "2"
        first, second = (each.attrib for each in answer.xml)
        assert first == {
            "name": "Счёт.txt",
            "saved": "1",
            "size": "10",
            "path": "C:\\Oktell\\Temp\\UploadData\\Счёт.txt",
        }
        assert second == {"name": "plain.txt", "saved": "0"}
        assert simulator.files.uploads == {"Счёт.txt": b"one\r\n--two"}
        entries, _ = simulator.log.take("upload")
        assert entries[0]["form"] == {"password": "(hidden)"}
        assert entries[0]["files"][0] == {"name": "Счёт.txt", "size": 10}

    async def test_one_file_is_uploaded_as_it_is(
        self, simulator: OktellSimulator, http: HttpClient
    ) -> None:
        headers = basic() | {
            "Content-Type": "application/octet-stream",
            "Content-Transfer-Encoding": "binary",
            "Content-Disposition": 'attachment; filename="a/b.bin"',
        }
        answer = await http.ask("POST", "upload", headers=headers, data=b"\x00\xff")
        assert answer.xml[0].get("name") == "a_b.bin"
        del headers["Content-Disposition"]
        nameless = await http.ask("POST", "upload", headers=headers, data=b"\x00")
        assert nameless.xml[0].get("saved") == "1"
        assert len(simulator.files.uploads) == 2

    async def test_a_file_that_is_too_large_is_not_saved(
        self, simulator: OktellSimulator, http: HttpClient
    ) -> None:
        simulator.settings.upload_limit = 3
        kind = basic() | {"Content-Type": "multipart/form-data; boundary=BOUNDARY"}
        body = _form(("file", "large.bin", b"1234", True), ("file", "small.bin", b"123", True))
        answer = await http.ask("POST", "upload", headers=kind, data=body)
        assert [each.get("saved") for each in answer.xml] == ["0", "1"]

    async def test_what_is_no_file_is_refused(self, http: HttpClient) -> None:
        assert (await http.post("upload", name="x")).status == 415
        assert (await http.ask("PUT", "upload", data=b"x")).status == 405

    @pytest.mark.parametrize("body", [b"", b"no part", b"--BOUNDARY\r\nno header"])
    async def test_a_form_that_is_none_is_refused(self, http: HttpClient, body: bytes) -> None:
        kind = basic() | {"Content-Type": "multipart/form-data; boundary=BOUNDARY"}
        answer = await http.ask("POST", "upload", headers=kind, data=body)
        assert answer.status in {400, 415}

    async def test_parts_within_parts_are_refused(self, http: HttpClient) -> None:
        kind = basic() | {"Content-Type": "multipart/mixed; boundary=BOUNDARY"}
        body = b"--BOUNDARY\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n--B--\r\n"
        answer = await http.ask("POST", "upload", headers=kind, data=body + b"--BOUNDARY--\r\n")
        assert answer.status == 400


class TestCalls:
    async def test_who_is_at_the_other_end_is_told(
        self, simulator: OktellSimulator, http: HttpClient, alice: User, bob: User
    ) -> None:
        call = simulator.calls.ring("100", "101")
        simulator.calls.answer(call)
        info = (await http.get("wp_getabonentinfo", user=alice.id)).json
        assert (info["currentlinestate"], info["currentlinestatestr"]) == (32, "lsCommutated")
        assert info["abonentinfo"]["callername"] == bob.name
        assert info["abonentinfo"]["calleruserid"] == bob.id
        chain = (await http.get("wp_getchaincontent", user=alice.id)).json
        assert chain["chainid"] == info["abonentinfo"]["chainid"] == call.id
        queued, talk = chain["trace"]
        assert (queued["userid"], queued["calledid"]) == (alice.id, "101")
        assert (talk["auserid"], talk["buserid"], talk["connectiontypestr"]) == (
            alice.id,
            bob.id,
            "ctInnerInner",
        )

    async def test_somebody_outside_is_no_user(
        self, simulator: OktellSimulator, http: HttpClient
    ) -> None:
        simulator.calls.answer(simulator.calls.ring("84951234567", "100", "ООО «Ромашка»"))
        info = (await http.get("wp_getabonentinfo", user="100")).json["abonentinfo"]
        assert (info["isuser"], info["isextline"]) == (False, True)
        assert (info["callerid"], info["callername"]) == ("84951234567", "ООО «Ромашка»")
        assert "calleruserid" not in info

    @pytest.mark.parametrize(
        ("shape", "abonent", "chain"),
        [
            (IdleAnswer.EMPTY, "", ""),
            (IdleAnswer.OBJECT, "{}", "{}"),
            (
                IdleAnswer.NULL,
                '{"abonentinfo":null,"currentlinestatestr":null,"currentlinestate":null}',
                "{}",
            ),
            (
                IdleAnswer.EMPTY_INFO,
                '{"abonentinfo":{},"currentlinestatestr":"lsFree","currentlinestate":1}',
                "{}",
            ),
        ],
    )
    async def test_of_an_idle_line_there_is_little_to_say(
        self,
        simulator: OktellSimulator,
        http: HttpClient,
        shape: IdleAnswer,
        abonent: str,
        chain: str,
    ) -> None:
        simulator.settings.idle_answer = shape
        info = (await http.get("wp_getabonentinfo", user="100")).text
        content = (await http.get("wp_getchaincontent", user="100")).text
        assert [_compact(info), _compact(content)] == [abonent, chain]

    @pytest.mark.parametrize(
        ("parameters", "stage"),
        [
            ({}, "calling_out"),
            ({"sequence": "direct"}, "calling_out"),
            ({"sequence": "back"}, "calling_back"),
        ],
    )
    async def test_a_call_is_begun_from_either_end(
        self, simulator: OktellSimulator, http: HttpClient, parameters: dict[str, str], stage: str
    ) -> None:
        assert (
            await http.get("wp_autocallstart", user="100", number="101", **parameters)
        ).status == 200
        assert simulator.calls.find("100").stage == stage
        assert (await http.get("wp_autocallstop", user="100")).status == 200
        assert simulator.calls.calls == {}

    async def test_a_direction_says_where_the_number_is(
        self, simulator: OktellSimulator, http: HttpClient
    ) -> None:
        await http.get("wp_autocallstart", user="100", number="101", direction="city")
        assert simulator.calls.find("100").callee.user is None

    async def test_switching_on_an_idle_line_dials(
        self, simulator: OktellSimulator, http: HttpClient
    ) -> None:
        await http.get("wp_switchcall", user="100", number="101")
        assert simulator.calls.find("100").stage == "calling_out"

    async def test_switching_in_a_call_transfers_it(
        self, simulator: OktellSimulator, http: HttpClient, alice: User
    ) -> None:
        simulator.calls.answer(simulator.calls.ring("84951234567", "100"))
        await http.get("wp_switchcall", user="100", number="101")
        (call,) = simulator.calls.calls.values()
        assert (call.caller.number, call.callee.number) == ("84951234567", "101")
        assert alice.standing.state is UserState.READY

    async def test_flash_holds_and_comes_back(
        self, simulator: OktellSimulator, http: HttpClient, alice: User
    ) -> None:
        call = simulator.calls.ring("84951234567", "100")
        simulator.calls.answer(call)
        await http.get("wp_flash", user="100")
        assert (alice.line.call, alice.line.held) == (None, call)
        await http.get("wp_flash", user="100", mode="abort")
        assert (alice.line.call, alice.line.held) == (call, None)

    async def test_a_call_is_declined(self, simulator: OktellSimulator, http: HttpClient) -> None:
        simulator.calls.ring("84951234567", "100")
        await http.get("wp_declinecall", user="100")
        assert simulator.calls.calls == {}

    async def test_what_cannot_be_dialled_is_200_as_well(
        self, simulator: OktellSimulator, http: HttpClient, bob: User
    ) -> None:
        simulator.states.put(bob, state=UserState.AWAY)
        assert (await http.get("wp_autocallstart", user="100", number="101")).status == 200
        assert (await http.get("wp_autocallstart", user="100", number="100")).status == 200
        assert simulator.calls.calls == {}
        assert (await http.get("wp_autocallstart", user="100")).status == 400


def _form(*parts: tuple[str, str, bytes, bool]) -> bytes:
    """Return multipart/form-data: name, file name or nothing, content, whether its encoding is told."""
    body = b""
    for name, filename, content, tells in parts:
        body += f'--BOUNDARY\r\nContent-Disposition: form-data; name="{name}"'.encode()
        body += f'; filename="{filename}"'.encode() if filename else b""
        body += b"\r\nContent-Transfer-Encoding: binary" if tells else b""
        body += b"\r\n\r\n" + content + b"\r\n"
    return body + b"--BOUNDARY--\r\n"


def _compact(text: str) -> str:
    return "".join(text.split())
