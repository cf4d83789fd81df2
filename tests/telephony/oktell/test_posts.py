"""What a simulated Oktell server posts: what becomes of it, with a user in the address and without."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
import json
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from aiohttp.test_utils import TestServer
import pytest

from custom_components.office_cti.telephony.model import (
    Feature,
    MessageEvent,
    Modes,
    ServerEvent,
    ServerEventKind,
    VoicemailEvent,
)
from custom_components.office_cti.telephony.oktell.notifications import (
    FIELD_LENGTH,
    FIELDS_MOST,
    NAME_LENGTH,
)
from simulators.oktell import Standing, UserState
from simulators.oktell.notifications import Form

from .site import Site, until

ZONE = ZoneInfo("Asia/Vladivostok")
# The simulated server's clock: its own zone's time is told, and meant to be that of our settings.
NOON = 1_795_224_000.0
NOON_IN_UTC = datetime.fromtimestamp(NOON).replace(tzinfo=ZONE).astimezone(UTC)
XML = (Form.XML_UTF_16, Form.XML_UTF_8)
JSON = (Form.JSON, Form.DATA)


class Office:
    """A site that is asked without a web-socket, and what its server posts to us.

    Nothing but the posts can tell what happens: the first round has been, and the next is far.
    """

    def __init__(self, site: Site, url: str) -> None:
        self.site = site
        self.url = url
        self.heard: list[ServerEvent] = []

    async def post(self, kind: str | int, user: str | None = None, **notice: Any) -> None:
        """Have the server post something, to a user's address if a number is given."""
        whose = {} if user is None else {"user": user}
        await self.site.does("notify", kind=kind, **whose, **notice)

    def take(self, *message: Any, user: str | None = None) -> None:
        """Take in a message in the web-socket's form, as a scenario may post it."""
        self.site.system.take_post(json.dumps(message).encode(), user)

    @property
    def told(self) -> ServerEvent:
        """The one thing that the server has told."""
        (event,) = self.heard
        return event

    @property
    def oddities(self) -> list[str]:
        """What should not have been posted."""
        return list(self.site.system.oddities)


@pytest.fixture
async def office(site: Site) -> AsyncIterator[Office]:
    async def take(request: web.Request) -> web.Response:
        user = request.match_info["user"]
        site.system.take_post(await request.read(), user or None)
        return web.Response()

    application = web.Application()
    application.router.add_post("/{user:.*}", take)
    async with TestServer(application) as server:
        office = Office(site, str(server.make_url("/")))
        await site.start(push=False, users=site.named("100", "101", "102"), time_zone=ZONE)
        site.system.directory.server.listen_to_events(ServerEvent, office.heard.append)
        site.simulator.notifier.url = office.url
        yield office


@pytest.fixture
def addressed(office: Office) -> Office:
    """Return an office each of whose users has an address of the own."""
    office.site.simulator.notifier.url = office.url + "{id}"
    return office


# --- what concerns the server ------------------------------------------------------------------


@pytest.mark.parametrize("form", XML)
@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("shutdownrequested", ServerEventKind.SHUTDOWN_REQUESTED),
        ("restartrequested", ServerEventKind.RESTART_REQUESTED),
        ("connectionlost", ServerEventKind.SENDER_DISCONNECTED),
    ],
)
async def test_what_the_server_is_about_to_do_is_told(
    office: Office, form: Form, kind: str, told: ServerEventKind
) -> None:
    await office.post(kind, form=form)
    assert office.told == ServerEvent(told, {})
    assert office.site.is_connected  # it is the sender whose connection is lost


@pytest.mark.parametrize("kind", ["shutdown", "restart", "connectionlost_service"])
async def test_what_is_told_twice_is_taken_once(office: Office, kind: str) -> None:
    await office.post(kind)
    assert office.heard == []


@pytest.mark.parametrize("form", XML)
async def test_a_notification_is_told_with_its_time_in_utc(office: Office, form: Form) -> None:
    office.site.simulator.site.clock = lambda: NOON
    await office.post(
        "notify", form=form, text="Линия 3 молчит", sender="АТС", type=8, color=-65536
    )
    assert office.told.kind is ServerEventKind.NOTIFICATION
    fields = dict(office.told.fields)
    assert fields.pop("guid", "") in {"", "00000000-0000-0000-0000-000000000000"}
    assert fields == {
        "type": "pbx_information",
        "color": "#ff0000",
        "sender": "АТС",
        "text": "Линия 3 молчит",
        "time": NOON_IN_UTC,
        "autohide": True,
        "saved": True,
    }


async def test_what_a_notification_does_not_say_is_left_out(office: Office) -> None:
    office.site.system.take_post(b'<event id="112" name="notify" />', None)
    assert office.told == ServerEvent(ServerEventKind.NOTIFICATION, {})


@pytest.mark.parametrize("form", XML)
async def test_what_nothing_is_changed_by_is_told_as_it_came(office: Office, form: Form) -> None:
    await office.post("ringstarted", form=form, fields={"callerid": "200"})
    assert office.told == ServerEvent(
        ServerEventKind.OTHER, {"id": 236, "name": "ringstarted", "callerid": "200"}
    )


async def test_whose_it_is_is_said_by_the_address(addressed: Office) -> None:
    await addressed.post("commutationstarted", "100", fields={"name": "not the event's"})
    assert addressed.told.fields == {
        "id": 231,
        "name": "commutationstarted",
        "userid": addressed.site.id("100"),
    }


async def test_sets_of_properties_are_kept(office: Office) -> None:
    body = (
        '<event name="own"><property_set name="a" id="1">'
        '<property_simple key="k" value="v" /></property_set></event>'
    )
    office.site.system.take_post(body.encode(), None)
    assert office.told.fields == {"name": "own", "sets": [{"k": "v"}]}


# --- what concerns a user ----------------------------------------------------------------------


@pytest.mark.parametrize("form", list(Form))
async def test_a_state_is_the_users_whose_address_it_was_posted_to(
    addressed: Office, form: Form
) -> None:
    site = addressed.site
    site.office.user("100").standing = Standing(UserState.AWAY, redirect=True)
    await addressed.post("userstatechanged", "100", form=form)
    assert site.status("100") == "Away"
    modes = site.person("100").modes
    assert modes is not None
    assert modes.redirect
    assert site.can("100", Feature.REDIRECT)
    assert not site.can("101", Feature.REDIRECT)
    assert addressed.heard == []


async def test_states_are_posted_as_they_change(addressed: Office) -> None:
    site = addressed.site
    await site.does("set", user="100", state=3)
    await until(lambda: site.status("100") == "Away")
    assert site.status("101") == "Ready"


async def test_a_mode_that_is_posted_again_is_shown_once(addressed: Office) -> None:
    described: list[object] = []
    record = addressed.site.system.directory.extensions.get((addressed.site.id("100"),))
    assert record is not None
    await addressed.post("userstatechanged", "100")
    record.listen(frozenset({"features"}), lambda: described.append(record.object))
    await addressed.post("userstatechanged", "100")
    assert described == []


@pytest.mark.parametrize("form", JSON)
async def test_all_modes_are_shown_that_are_posted(addressed: Office, form: Form) -> None:
    site = addressed.site
    await site.does("set", user="102", state=2, on_break=True, reason_id=3)
    await addressed.post("userstatechanged", "102", form=form)
    assert site.person("102").modes == Modes(
        redirect=False, call_center=True, on_break=True, break_reason="3"
    )
    for feature in (Feature.REDIRECT, Feature.CALL_CENTER, Feature.BREAK):
        assert site.can("102", feature)


async def test_modes_that_were_posted_before_a_restart_are_shown_until_they_are_again(
    addressed: Office,
) -> None:
    site = addressed.site
    site.system.recall(site.person("100"), frozenset({Feature.REDIRECT, Feature.STATUS}))
    assert site.can("100", Feature.REDIRECT)
    assert not site.can("100", Feature.BREAK)
    assert site.person("100").modes is None


async def test_what_only_an_account_has_shown_goes_with_it(addressed: Office) -> None:
    site = addressed.site
    shown = site.system.given_by_account(site.person("100"))
    site.system.recall(site.person("100"), shown)
    assert not shown & site.person("100").features


async def test_a_reason_for_a_break_has_the_servers_name_if_that_is_known(site: Site) -> None:
    await site.start()
    message = ["userstatechanged", {"userid": site.id("102"), "onlunch": True, "lunchreasonid": 3}]
    site.system.take_post(json.dumps(message).encode(), None)
    modes = site.person("102").modes
    assert modes is not None
    assert modes.break_reason == "Тренинг"


async def test_voicemail_is_told_of_whoever_has_it(addressed: Office) -> None:
    heard = addressed.site.listen("100", VoicemailEvent)
    others = addressed.site.listen("101", VoicemailEvent)
    await addressed.post("voicemail", "100")
    assert heard == [VoicemailEvent()]
    assert others == []


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("slip", [True, False])
async def test_a_message_is_told_of_whoever_it_is_for(
    addressed: Office, form: Form, *, slip: bool
) -> None:
    heard = addressed.site.listen("100", MessageEvent)
    sender = addressed.site.office.user("101")
    await addressed.post(
        "usermessage", "100", form=form, text="Обед?", sender=sender.name, slip=slip
    )
    (event,) = heard
    assert event.text == "Обед?"
    if form in XML:
        assert (event.sender, event.sender_name) == ((sender.id,), None)
    else:
        assert (event.sender, event.sender_name) == (None, sender.name)


async def test_a_message_may_be_from_somebody_who_is_not_known(addressed: Office) -> None:
    heard = addressed.site.listen("100", MessageEvent)
    addressed.site.simulator.site.clock = lambda: NOON
    await addressed.post("usermessage", "100", text="Обед?", sender="Кто-то")
    (event,) = heard
    assert event.fields.keys() == {"guid"}
    assert event == MessageEvent("Обед?", None, "Кто-то", NOON_IN_UTC, event.fields)


async def test_a_message_as_on_the_web_socket_has_its_sender_and_time(office: Office) -> None:
    site = office.site
    heard = site.listen("100", MessageEvent)
    body = {"userid": site.id("100"), "text": "Обед?", "datetime": "2026-11-20 13:00:00"}
    office.take("usertextmessagereceived", {**body, "senderid": site.id("101")})
    office.take("usertextmessagereceived", {**body, "sendername": "Кто-то"})
    office.take("usertextmessagereceived", {**body, "datetime": "2026-11-20 13:00:00+00:00"})
    office.take("usertextmessagereceived", {**body, "datetime": "0001-01-01 00:00:00"})
    time = datetime(2026, 11, 20, 13, tzinfo=ZONE).astimezone(UTC)
    assert heard == [
        MessageEvent("Обед?", sender=(site.id("101"),), time=time),
        MessageEvent("Обед?", sender_name="Кто-то", time=time),
        MessageEvent("Обед?", time=datetime(2026, 11, 20, 13, tzinfo=UTC)),
        MessageEvent("Обед?"),
    ]


async def test_a_message_as_on_the_web_socket_may_have_its_time_as_in_xml(office: Office) -> None:
    heard = office.site.listen("100", MessageEvent)
    body = {"userid": office.site.id("100"), "text": "Обед?", "datetime": "20.11.2026 13:00:00"}
    office.take("usertextmessagereceived", body)
    office.take("usertextmessagereceived", {**body, "datetime": "31.02.2026 13:00:00"})
    time = datetime(2026, 11, 20, 13, tzinfo=ZONE).astimezone(UTC)
    assert heard == [MessageEvent("Обед?", time=time), MessageEvent("Обед?")]


GUID = "37ccb224-ff71-3836-c410-a73782ef8d19"
NOTIFICATIONS = f"""<d>
<event id="112" name="notify"><p key="guid" value="{GUID}"/><p key="floor" value="3"/></event>
<event id="113" name="voicemail"><p key="box" value="7"/></event>
<event id="114" name="usermessage">
 <p key="guid" value="{GUID}"/><p key="text" value="Обед?"/><p key="urgent" value="1"/>
</event>
</d>"""


async def test_what_is_not_known_of_a_notification_is_told_under_the_servers_names(
    site: Site,
) -> None:
    await site.start()
    notified: list[ServerEvent] = []
    site.system.directory.server.listen_to_events(ServerEvent, notified.append)
    voicemail, messages = site.listen("100", VoicemailEvent), site.listen("100", MessageEvent)
    site.system.take_post(NOTIFICATIONS.encode(), "100")
    assert [event.fields for event in notified] == [{"guid": GUID, "floor": "3"}]
    assert voicemail == [VoicemailEvent({"box": "7"})]
    assert messages == [MessageEvent("Обед?", fields={"guid": GUID, "urgent": "1"})]


@pytest.mark.parametrize("form", list(Form))
async def test_states_of_numbers_need_no_address(office: Office, form: Form) -> None:
    site = office.site
    await site.does("set", user="101", state=3)
    await office.post("personalstatechanged", "101", form=form)
    assert site.status("101") == "Away"


async def test_an_object_in_a_state_that_nobody_knows_changes_nothing(office: Office) -> None:
    body = (
        '<event id="115" name="personalstatechanged"><property_set name="number">'
        '<property_simple key="number" value="100" /><property_simple key="state" value="4" />'
        "</property_set></event>"
    )
    office.site.system.take_post(body.encode(), None)
    office.take("pbxnumberstatechanged", {"numbers": [{"num": "100", "numstateid": 4}]})
    assert office.site.status("100") == "Ready"


# --- whose it is -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["userstatechanged", "voicemail", "usermessage"])
async def test_what_does_not_say_whose_it_is_changes_nobody(office: Office, kind: str) -> None:
    writes = office.site.writes()
    office.site.system.take_post(
        f'<event name="{kind}"><property_simple key="newstate" value="3" /></event>'.encode(), None
    )
    assert writes == []
    assert office.oddities == ["a post that does not say whom it is about"]


async def test_a_message_that_does_not_say_whose_it_is_changes_nobody(office: Office) -> None:
    writes = office.site.writes()
    office.take("userstatechanged", {"userstateid": 3})
    assert writes == []
    assert office.oddities == ["a post that does not say whom it is about"]


async def test_a_post_to_an_address_of_nobody_is_refused(office: Office) -> None:
    with pytest.raises(ValueError, match="not known"):
        office.take("own", {"a": 1}, user="777")
    assert office.heard == []
    assert office.oddities == ["a post about a user who is not known"]


async def test_before_anybody_is_known_any_address_is_taken(site: Site) -> None:
    system = await site.start(push=False)
    heard: list[ServerEvent] = []
    system.directory.server.listen_to_events(ServerEvent, heard.append)
    system.take_post(b'["own", {"a": 1}]', "777")
    assert [event.fields for event in heard] == [{"a": 1, "name": "own"}]


@pytest.mark.parametrize("name", ["userstatechanged", "voicemail", "usermessage"])
async def test_before_anybody_is_known_what_is_somebodys_is_refused(site: Site, name: str) -> None:
    system = await site.start(push=False)
    with pytest.raises(ValueError, match="not known"):
        system.take_post(f'<event name="{name}" />'.encode(), "777")


async def test_a_user_is_meant_by_any_number_or_the_login_of_an_account(site: Site) -> None:
    site.office.user("101").numbers.append("151")
    site.office.user("102").login = "anna"
    await site.start("anna")
    for word in ("151", "Anna"):
        site.system.take_post(
            json.dumps(["userstatechanged", {"userstateid": 3, "userlogin": word}]).encode(), None
        )
    assert (site.status("101"), site.status("102")) == ("Away", "Away")


@pytest.mark.parametrize("address", ["100", "{id}", "{ID}"])
async def test_a_user_is_meant_by_the_number_or_the_id(office: Office, address: str) -> None:
    user_id = office.site.id("100")
    address = {"{id}": user_id, "{ID}": "{" + user_id.upper() + "}"}.get(address, address)
    office.take("userstatechanged", {"userstateid": 3}, user=address)
    assert office.site.status("100") == "Away"


async def test_whom_a_message_names_counts_more_than_the_address(office: Office) -> None:
    site = office.site
    office.take("userstatechanged", {"userstateid": 3, "userid": site.id("101")}, user="100")
    assert (site.status("100"), site.status("101")) == ("Ready", "Away")
    nobody = "11111111-1111-4111-8111-111111111111"
    office.take("userstatechanged", {"userstateid": 3, "userid": nobody}, user="100")
    assert site.status("100") == "Ready"


async def test_a_login_that_is_not_known_leaves_it_to_the_address(office: Office) -> None:
    office.take("userstatechanged", {"userstateid": 3, "userlogin": "anna"}, user="100")
    assert office.site.status("100") == "Away"


# --- what else is posted -----------------------------------------------------------------------


async def test_several_events_may_come_at_once(office: Office) -> None:
    numbers = [{"num": "100", "numstateid": 3}]
    events = [["pbxnumberstatechanged", {"numbers": numbers}], ["own", {"a": 1}]]
    office.take(*events)
    assert office.site.status("100") == "Away"
    assert office.told.fields == {"a": 1, "name": "own"}


async def test_a_message_that_nothing_is_changed_by_is_told_within_bounds(office: Office) -> None:
    body = {
        "text": "x" * 2 * FIELD_LENGTH,
        "list": ["y" * FIELD_LENGTH],
        "n" * 2 * NAME_LENGTH: None,
        "name": "not the event's",
    } | {str(number): True for number in range(FIELDS_MOST)}
    office.take("own", body, user="100")
    fields = office.told.fields
    assert len(fields) <= FIELDS_MOST + 1
    assert fields["text"] == "x" * FIELD_LENGTH
    assert fields["list"] == ('["' + "y" * FIELD_LENGTH)[:FIELD_LENGTH]
    assert fields["n" * NAME_LENGTH] is None
    assert (fields["name"], fields["userid"]) == ("own", office.site.id("100"))


@pytest.mark.parametrize("body", [b"", b"<a>", b"data=!", b"[1]", b"hello"])
async def test_what_no_such_server_tells_is_refused(office: Office, body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        office.site.system.take_post(body, None)
    assert office.heard == []


async def test_a_line_of_the_vendors_log_may_stand_before_it(addressed: Office) -> None:
    addressed.site.office.user("100").standing = Standing(UserState.AWAY)
    await addressed.post("userstatechanged", "100", log_line=True)
    assert addressed.site.status("100") == "Away"
