"""Service notifications, as whoever they are posted to gets them."""

from base64 import b64decode
from contextlib import asynccontextmanager
import json
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET

from aiohttp import web
import pytest

from simulators.oktell import UserState
from tests.simulators.oktell.conftest import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from simulators.oktell import OktellSimulator, User
    from tests.simulators.wire import ControlClient


class Post(NamedTuple):
    path: str
    content_type: str
    body: bytes


class Mailbox:
    """An address that takes what is posted."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.url = ""
        self.status = 200

    async def take(self, request: web.BaseRequest) -> web.Response:
        self.posts.append(Post(request.path_qs, request.content_type, await request.read()))
        return web.Response(status=self.status)


@asynccontextmanager
async def listening() -> AsyncIterator[Mailbox]:
    mailbox = Mailbox()
    runner = web.ServerRunner(web.Server(mailbox.take))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    _, port = runner.addresses[0][:2]
    mailbox.url = f"http://127.0.0.1:{port}"
    yield mailbox
    await runner.cleanup()


@pytest.fixture
async def mailbox(simulator: OktellSimulator) -> AsyncIterator[Mailbox]:
    async with listening() as mailbox:
        simulator.notifier.url = f"{mailbox.url}/all"
        yield mailbox


async def posted(control: ControlClient, mailbox: Mailbox, **arguments: Any) -> bytes:
    answer = await control.do("notify", **arguments)
    assert answer == {"ok": True, "status": 200}
    return mailbox.posts[-1].body


def event(body: bytes) -> ET.Element:
    root = ET.fromstring(body.decode("utf-16"))  # noqa: S314 - our own simulator's
    assert (root.tag, root.attrib) == ("oktellcommapper", {"version": "80710"})
    found = root.find("data/event")
    assert found is not None
    return found


def told(body: bytes) -> dict[str, tuple[str | None, str | None]]:
    """Return an event's properties: value or text, and name."""
    return {
        str(each.get("key")): (each.get("value", each.text), each.get("name"))
        for each in event(body).iter()
        if each.get("key")
    }


@pytest.mark.parametrize(
    ("kind", "code", "name"),
    [
        ("shutdownrequested", "101", "shutdownrequested"),
        ("restartrequested", "102", "restartrequested"),
        ("connectionlost", "103", "connectionlost"),
        (113, "113", "voicemail"),
        ("shutdown", "13101", "shutdown"),
        ("restart", "13102", "restart"),
        ("connectionlost_service", "13103", "connectionlost"),
        (214, "214", "halclearnfieldnext"),
        ("conferenceuserstatechanged", "268", "conferenceuserstatechanged"),
    ],
)
async def test_some_events_say_no_more_than_their_name(
    control: ControlClient, mailbox: Mailbox, kind: str | int, code: str, name: str
) -> None:
    body = await posted(control, mailbox, kind=kind)
    assert event(body).attrib == {"id": code, "name": name}
    assert len(event(body)) == 0
    assert body.startswith(b"\xff\xfe")


async def test_a_users_state_is_told_with_redirect(
    simulator: OktellSimulator, control: ControlClient, mailbox: Mailbox, alice: User
) -> None:
    simulator.states.put(alice, state=UserState.NO_PHONE, redirect=True)
    body = await posted(control, mailbox, kind="userstatechanged", user="100")
    assert told(body) == {"newstate": ("7", "usWOphone"), "redirect": ("1", None)}


async def test_a_notification_has_sender_type_and_text(
    control: ControlClient, mailbox: Mailbox
) -> None:
    body = await posted(control, mailbox, kind="notify", text="Линия <1> ]]> & 2", color=-1)
    fields = told(body)
    assert fields["type"] == ("8", "nltPBXinfo")
    assert fields["sender"] == ("Системная АТС", None)
    assert fields["text"] == ("Линия <1> ]]> & 2", None)
    assert fields["backcolor_argb"] == ("-1", None)
    assert len(str(fields["datetime"][0])) == len("12.07.2008 18:35:06")


@pytest.mark.parametrize(("slip", "code"), [(True, "112"), (False, "114")])
async def test_a_message_goes_by_two_ids(
    control: ControlClient, mailbox: Mailbox, alice: User, *, slip: bool, code: str
) -> None:
    body = await posted(
        control, mailbox, kind="usermessage", sender=alice.name, text="Обед?", slip=slip
    )
    assert event(body).attrib == {"id": code, "name": "usermessage"}
    assert told(body)["senderid"] == (alice.id, None)
    assert told(body)["text"] == ("Обед?", None)


async def test_a_numbers_state_is_told_by_number(
    control: ControlClient, mailbox: Mailbox, bob: User
) -> None:
    body = await posted(control, mailbox, kind=115, user="101")
    assert told(body)["prefix"] == ("101", None)
    assert told(body)["caption"] == (bob.name, None)
    assert told(body)["state"] == ("1", "usReady")


async def test_other_kinds_say_what_they_are_told_to(
    control: ControlClient, mailbox: Mailbox
) -> None:
    body = await posted(control, mailbox, kind="ringstarted", fields={"callerid": '8495"'})
    assert event(body).get("id") == "236"
    assert told(body) == {"callerid": ('8495"', None)}


async def test_a_line_of_the_log_may_come_before(control: ControlClient, mailbox: Mailbox) -> None:
    body = await posted(control, mailbox, kind=113, form="xml-utf-8", log_line=True)
    line, _, rest = body.decode().partition("\r\n")
    assert line.endswith("xmlevent")
    assert rest.startswith('<?xml version="1.0" encoding="utf-16"?>')


@pytest.mark.parametrize(
    ("kind", "user", "method"),
    [
        (111, "100", "userstatechanged"),
        (115, "100", "pbxnumberstatechanged"),
        (114, "100", "usertextmessagereceived"),
        (112, None, "shownotifymessage"),
        (236, "100", "phoneevent_ringstarted"),
        (232, "100", "phoneevent_commstopped"),
    ],
)
async def test_frames_are_posted_in_two_ways(
    control: ControlClient, mailbox: Mailbox, kind: int, user: str | None, method: str
) -> None:
    plain = json.loads(await posted(control, mailbox, kind=kind, user=user, form="json"))
    assert mailbox.posts[-1].content_type == "application/json"
    form = await posted(control, mailbox, kind=kind, user=user, form="data")
    (data,) = parse_qs(form.decode())["data"]
    packed = json.loads(b64decode(data))
    for name, body in (plain, packed):
        assert name == method
        assert body.pop("qid")
    assert plain == packed


async def test_each_user_may_have_an_address(
    simulator: OktellSimulator, control: ControlClient, mailbox: Mailbox, alice: User
) -> None:
    simulator.notifier.url = f"{mailbox.url}/{{login}}/{{number}}/{{id}}"
    await posted(control, mailbox, kind=113, user="100")
    assert mailbox.posts[-1].path == f"/100/100/{alice.id}"
    await posted(control, mailbox, kind=113, user="100", url=f"{mailbox.url}/other")
    assert mailbox.posts[-1].path == "/other"


async def test_with_an_address_each_changes_are_posted_by_themselves() -> None:
    async with listening() as mailbox:
        async with running(webhook=f"{mailbox.url}/{{login}}") as simulator:
            simulator.states.put(simulator.office.user("101"), state=UserState.AWAY)
            await simulator.notifier.idle()
        (post,) = mailbox.posts
        assert post.path == "/101"
        assert told(post.body)["newstate"] == ("3", "usOff")


async def test_with_one_address_for_all_they_are_not(
    simulator: OktellSimulator, mailbox: Mailbox, bob: User
) -> None:
    simulator.states.put(bob, state=UserState.AWAY)
    await simulator.notifier.idle()
    assert mailbox.posts == []


async def test_a_refusal_is_told(control: ControlClient, mailbox: Mailbox) -> None:
    mailbox.status = 405
    assert (await control.do("notify", kind=101))["status"] == 405


@pytest.mark.parametrize(
    "arguments",
    [
        {"kind": "moonphase"},
        {"kind": 999},
        {"kind": 113, "form": "smoke"},
        {"kind": 113, "user": "9"},
    ],
)
async def test_what_cannot_be_posted_is_refused(
    control: ControlClient, mailbox: Mailbox, arguments: dict[str, Any]
) -> None:
    assert not (await control.do("notify", **arguments))["ok"]
    assert mailbox.posts == []


async def test_another_address_is_posted_to_from_then_on(
    control: ControlClient, mailbox: Mailbox
) -> None:
    await control.do("webhook", url=f"{mailbox.url}/new?user={{login}}")
    await posted(control, mailbox, kind="voicemail", user="100")
    await posted(control, mailbox, kind="notify")
    assert [post.path for post in mailbox.posts] == ["/new?user=100", "/new?user="]
    await control.do("webhook", url=None)
    assert not (await control.do("notify", kind="notify"))["ok"]


async def test_there_must_be_an_address_and_someone_there(
    simulator: OktellSimulator, control: ControlClient
) -> None:
    assert not (await control.do("notify", kind=113))["ok"]
    async with listening() as mailbox:
        url = mailbox.url
    assert not (await control.do("notify", kind=113, url=url))["ok"]
    assert (await control.do("stats"))["notifications_failed"] == 1
