"""Posts at an entry's own address: who may post, what arrives, and that nothing that is posted hurts."""

import asyncio
import gzip
import json
import logging
import os
from pathlib import Path
import re
from shutil import which

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
import pytest

from custom_components.office_cti import webhooks
from custom_components.office_cti.const import DOMAIN
from custom_components.office_cti.diagnostics import async_get_config_entry_diagnostics
from custom_components.office_cti.telephony.oktell.notifications import (
    JsonEvent,
    Notify,
    NotifyType,
    Voicemail,
    decode_post,
)
from custom_components.office_cti.webhooks import BODY_MOST, USER_MOST, webhook_url

from .common import reload, set_up, until
from .scripted_system import Command, ScriptedSystem

POST = "<event>Зайди</event>".encode()
GUID = "d03a522f-b399-aa37-cb2a-943cf24d113e"
NO_KINDS = {"available": [], "away": [], "busy": [], "do_not_disturb": [], "offline": []}
REMOTE = {"notifications": {"remote_posts": True}}


@pytest.fixture(autouse=True)
def takes_posts(monkeypatch):
    """Have the scripted telephone system be one that can be posted for."""
    monkeypatch.setattr(ScriptedSystem, "takes_posts", True)


@pytest.fixture
async def client(hass, scripted, hass_client_no_auth):
    """Somebody in the local network who is not logged in."""
    return await hass_client_no_auth()


@pytest.fixture
def path(scripted):
    """The path of the entry's address."""
    return f"/api/webhook/{scripted.data[CONF_WEBHOOK_ID]}"


@pytest.fixture
def arrived(scripted_office):
    """What has reached the telephone system."""
    return scripted_office.commands


def taken(body=POST, user=None):
    """Return the command that a post becomes."""
    return Command("take_post", {"body": body, "user": user})


async def answered(response):
    """Return the status of an answer, which says nothing else."""
    assert await response.read() == b""
    return response.status


# --- what arrives ------------------------------------------------------------------------------


async def test_a_post_reaches_the_telephone_system(client, path, arrived):
    assert await answered(await client.post(path, data=POST)) == 200
    assert arrived == [taken()]


@pytest.mark.parametrize("user", [GUID, "101", "ivan", "Иван Петров", "a+b&c=d/e?#%20", "{x}"])
async def test_it_may_say_whom_it_is_about(client, path, arrived, user):
    assert await answered(await client.post(path, params={"user": user}, data=POST)) == 200
    assert arrived == [taken(user=user)]


@pytest.mark.parametrize("query", ["?user=", "?user=%20", "?other=101"])
async def test_nobody_is_not_a_user(client, path, arrived, query):
    assert await answered(await client.post(path + query, data=POST)) == 200
    assert arrived == [taken()]


async def test_the_contents_type_does_not_matter(client, path, arrived):
    for kind in ("application/json", "text/xml; charset=utf-16", "multipart/form-data", "?"):
        await client.post(path, data=POST, headers={"Content-Type": kind})
    assert arrived == [taken()] * 4


async def test_home_assistants_own_ways_are_open_too(hass, hass_ws_client, path, arrived):
    """What is forwarded by Home Assistant itself is no real request."""
    web_socket = await hass_ws_client(hass)
    post = {"type": "webhook/handle", "webhook_id": path.rpartition("/")[2], "method": "POST"}
    await web_socket.send_json_auto_id(post | {"body": POST.decode(), "query": "user=101"})
    answer = await web_socket.receive_json()
    assert (answer["success"], answer["result"]["status"]) == (True, 200)
    assert arrived == [taken(user="101")]


# --- what is refused ---------------------------------------------------------------------------


def _failures(caplog):
    """Return what Home Assistant has logged of things that went wrong in what it called."""
    return [r for r in caplog.records if r.exc_info and r.name.startswith("homeassistant")]


async def test_the_sender_is_told_that_a_post_is_none(client, path, arrived, scripted_office):
    body = scripted_office.refused_post
    assert await answered(await client.post(path, data=body)) == 400
    assert arrived == [taken(body)]


@pytest.mark.parametrize("method", ["get", "put"])
async def test_only_posts_are_taken(client, path, arrived, method):
    assert await answered(await client.request(method, path, data=POST)) == 405
    assert arrived == []


async def test_too_long_a_user_is_refused(client, path, arrived):
    for length, status in ((USER_MOST, 200), (USER_MOST + 1, 400)):
        assert await answered(await client.post(f"{path}?user={'x' * length}", data=POST)) == status
    assert arrived == [taken(user="x" * USER_MOST)]


async def _in_pieces(body):
    for start in range(0, len(body), 5_000):
        yield body[start : start + 5_000]


async def test_too_long_a_post_is_refused(client, path, arrived):
    for length, status in ((BODY_MOST, 200), (BODY_MOST + 1, 413), (BODY_MOST * 20, 413)):
        body = b"x" * length
        assert await answered(await client.post(path, data=body)) == status
        assert await answered(await client.post(path, data=_in_pieces(body))) == status
    assert arrived == [taken(b"x" * BODY_MOST)] * 2


async def test_a_packed_post_counts_as_what_is_in_it(client, path, arrived):
    packed = {"Content-Encoding": "gzip"}
    assert await answered(await client.post(path, data=gzip.compress(POST), headers=packed)) == 200
    bomb = gzip.compress(b"\0" * BODY_MOST * 500)
    assert await answered(await client.post(path, data=bomb, headers=packed)) == 413
    assert arrived == [taken()]


async def test_a_post_that_is_packed_badly_is_refused(client, path, arrived, caplog):
    packed = {"Content-Encoding": "gzip"}
    assert await answered(await client.post(path, data=b"no gzip", headers=packed)) == 400
    assert arrived == []
    assert not _failures(caplog)


async def _stalled(begun, rest):
    """Send the beginning of a post, and the rest when told to."""
    yield POST[:5]
    begun.set()
    await rest.wait()
    yield POST[5:]


async def test_a_post_that_never_ends_is_refused(client, path, arrived, monkeypatch):
    monkeypatch.setattr(webhooks, "BODY_PATIENCE", 0.01)
    rest = asyncio.Event()
    response = await client.post(path, data=_stalled(asyncio.Event(), rest))
    assert await answered(response) == 408
    rest.set()
    assert arrived == []


async def test_a_sender_that_goes_away_leaves_nothing(client, path, arrived, caplog):
    host, port = client.server.host, client.server.port
    _, writer = await asyncio.open_connection(host, port)
    writer.write(f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 99\r\n\r\n<ev".encode())
    await writer.drain()
    await client.get("/")  # by then the other has been begun to be read
    writer.close()
    await writer.wait_closed()
    assert await answered(await client.post(path, data=POST)) == 200
    assert arrived == [taken()]
    assert not _failures(caplog)


async def test_nothing_of_a_post_is_logged(client, path, caplog, scripted_office):
    caplog.set_level(logging.DEBUG)
    for body in (b"secret-text", b"secret-text" + scripted_office.refused_post):
        await client.post(f"{path}?user=secret-user", data=body)
    await client.get(f"{path}?user=secret-user")
    assert "secret" not in "".join(
        record.getMessage()
        for record in caplog.records
        if not record.name.startswith(("aiohttp", "asyncio"))
    )


# --- who may post ------------------------------------------------------------------------------


@pytest.fixture
async def behind_a_proxy(hass):
    """Have Home Assistant believe whoever says from where a request comes."""
    trusting = {"use_x_forwarded_for": True, "trusted_proxies": ["127.0.0.1"]}
    assert await async_setup_component(hass, "http", {"http": trusting})


LOCAL = ["127.0.0.1", "192.168.1.7", "10.1.2.3", "172.16.5.6", "169.254.1.1", "fd00::7", "fe80::1"]
FAR = ["203.0.113.7", "8.8.8.8", "172.32.0.1", "2001:db8::7"]


@pytest.mark.parametrize("sender", LOCAL + FAR)
async def test_posts_come_from_the_local_network(behind_a_proxy, client, path, arrived, sender):
    """Who posts from elsewhere learns nothing: not even that there is something at the address."""
    response = await client.post(path, data=POST, headers={"X-Forwarded-For": sender})
    assert await answered(response) == 200
    assert arrived == ([taken()] if sender in LOCAL else [])


@pytest.mark.parametrize("options", [REMOTE])
@pytest.mark.parametrize("sender", LOCAL[:1] + FAR)
async def test_the_person_may_let_others_in(behind_a_proxy, client, path, arrived, sender):
    response = await client.post(path, data=POST, headers={"X-Forwarded-For": sender})
    assert await answered(response) == 200
    assert arrived == [taken()]


# --- while the entry is loaded -----------------------------------------------------------------


async def test_the_address_is_there_while_the_entry_is_loaded(
    hass, client, path, scripted, scripted_office, arrived
):
    assert await hass.config_entries.async_unload(scripted.entry_id)
    assert (
        await answered(await client.post(path, data=POST)) == 200
    )  # as anything there is answered
    assert arrived == []
    await set_up(hass, scripted)
    await client.post(path, data=POST)
    await reload(hass, scripted)
    await client.post(path, data=POST)
    assert arrived == [taken()] * 2
    await hass.config_entries.async_remove(scripted.entry_id)
    await client.post(path, data=POST)
    assert arrived == [taken()] * 2


async def test_a_post_may_arrive_when_the_entry_is_gone(hass, client, path, scripted, arrived):
    begun, rest = asyncio.Event(), asyncio.Event()
    posting = asyncio.create_task(client.post(path, data=_stalled(begun, rest)))
    await begun.wait()
    await client.get("/")  # by then the post has been begun to be read
    assert await hass.config_entries.async_unload(scripted.entry_id)
    rest.set()
    assert await answered(await posting) == 503
    assert arrived == []


async def test_a_post_may_arrive_after_the_entry_began_anew(hass, client, path, scripted, arrived):
    begun, rest = asyncio.Event(), asyncio.Event()
    posting = asyncio.create_task(client.post(path, data=_stalled(begun, rest)))
    await begun.wait()
    await client.get("/")
    await reload(hass, scripted)
    rest.set()
    assert await answered(await posting) == 200
    assert arrived == [taken()]


# --- the address -------------------------------------------------------------------------------


async def test_an_older_entry_gets_an_address_without_beginning_anew(
    hass, scripted_entry, scripted_office
):
    assert CONF_WEBHOOK_ID not in scripted_entry.data
    await set_up(hass, scripted_entry)
    system = scripted_office.system
    webhook_id = scripted_entry.data[CONF_WEBHOOK_ID]
    assert len(webhook_id) >= 32
    await hass.async_block_till_done()
    assert scripted_office.system is system
    await reload(hass, scripted_entry)
    assert scripted_entry.data[CONF_WEBHOOK_ID] == webhook_id


async def _set_up_by_a_person(hass, host):
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": "user"})
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {"system": "scripted"})
    connection = {"host": host, "port": 4711, "username": "anna", "password": "x"}
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], connection)
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert flow["result"].state is ConfigEntryState.LOADED
    return flow["result"]


async def test_a_new_entry_is_stored_with_its_address(hass, scripted_office, monkeypatch):
    add, stored = hass.config_entries.async_add, []

    async def keep(entry):
        stored.append(dict(entry.data))
        await add(entry)

    monkeypatch.setattr(hass.config_entries, "async_add", keep)
    entry = await _set_up_by_a_person(hass, "pbx.example")
    assert stored == [entry.data]
    assert CONF_WEBHOOK_ID in entry.data


async def test_each_entry_has_an_address_of_its_own(hass, scripted_office):
    entries = [await _set_up_by_a_person(hass, f"pbx{n}.example") for n in range(2)]
    assert len({webhook_url(hass, entry) for entry in entries}) == 2


async def test_another_server_is_posted_for_at_the_same_address(hass, scripted_office):
    entry = await _set_up_by_a_person(hass, "pbx.example")
    webhook_id = entry.data[CONF_WEBHOOK_ID]
    flow = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": "reconfigure", "entry_id": entry.entry_id}
    )
    answers = {"host": "other.example", "port": 4711, "username": "anna", "password": "x"}
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], answers)
    assert flow["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert (entry.data["host"], entry.data[CONF_WEBHOOK_ID]) == ("other.example", webhook_id)


async def test_where_nothing_is_posted_there_is_no_address(
    hass, loaded, monkeypatch, scripted_entry
):
    monkeypatch.setattr(ScriptedSystem, "takes_posts", False)
    await set_up(hass, scripted_entry)
    for entry in (loaded, scripted_entry):
        assert CONF_WEBHOOK_ID not in entry.data
        flow = await hass.config_entries.options.async_init(entry.entry_id)
        assert "notifications" not in flow["data_schema"].schema


async def test_the_address_is_where_home_assistant_is_reached(hass, scripted):
    path = f"/api/webhook/{scripted.data[CONF_WEBHOOK_ID]}"
    await hass.config.async_update(
        internal_url="http://192.168.1.2:8123", external_url="https://home.example"
    )
    assert webhook_url(hass, scripted) == f"http://192.168.1.2:8123{path}"
    hass.config_entries.async_update_entry(scripted, options=REMOTE)
    assert webhook_url(hass, scripted) == f"https://home.example{path}"
    await hass.async_block_till_done()


async def test_the_address_is_a_path_where_home_assistant_does_not_know_its_own(hass, scripted):
    hass.config.api.use_ssl = True  # an IP address alone would be of no use, then
    path = f"/api/webhook/{scripted.data[CONF_WEBHOOK_ID]}"
    assert webhook_url(hass, scripted) == path


async def test_the_address_is_in_no_diagnostics(hass, scripted):
    told = await async_get_config_entry_diagnostics(hass, scripted)
    assert scripted.data[CONF_WEBHOOK_ID] not in json.dumps(told)


# --- the options -------------------------------------------------------------------------------


async def test_the_options_show_the_address_and_let_others_in(
    hass, behind_a_proxy, client, path, scripted, arrived
):
    flow = await hass.config_entries.options.async_init(scripted.entry_id)
    fields = flow["data_schema"].schema["notifications"].schema.schema
    shown = next(field for field in fields if field == "webhook_url")
    assert shown.default() == webhook_url(hass, scripted)
    assert fields[shown].config["read_only"]
    answers = {"kinds": ["extensions"], "groups": [], "grace_period": 10, "status_kinds": NO_KINDS}
    flow = await hass.config_entries.options.async_configure(flow["flow_id"], answers | REMOTE)
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    await until(lambda: scripted.state is ConfigEntryState.LOADED)
    assert scripted.options["notifications"] == {"remote_posts": True}
    await client.post(path, data=POST, headers={"X-Forwarded-For": FAR[0]})
    assert arrived == [taken()]


# --- the documentation's examples --------------------------------------------------------------

PAGE = Path(__file__).parents[1] / "docs" / "oktell-notifications.md"
EXAMPLES = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
CHANGED = JsonEvent("userstatechanged", {"userstateid": 3})
TOLD_BY_EXAMPLES = [
    (
        Notify(
            type=NotifyType.INFORMATION, sender="Reception", text="The courier is here", extra={}
        ),
        None,
    ),
    (Voicemail({}), "101"),
    (CHANGED, "101"),
    (CHANGED, "101"),
]


async def run(example, address):
    """Run an example as a person does; returns its exit status and what it prints."""
    assert which("curl"), "curl is not installed; the documentation's examples need it"
    process = await asyncio.create_subprocess_exec(
        "sh",
        "-ec",
        example,
        env={"PATH": os.environ["PATH"], "ADDRESS": address},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    return process.returncode, printed


@pytest.mark.parametrize(
    ("example", "told", "user"),
    [(example, *told) for example, told in zip(EXAMPLES, TOLD_BY_EXAMPLES, strict=True)],
)
async def test_the_documentations_examples_arrive(client, path, arrived, example, told, user):
    assert await run(example, str(client.make_url(path))) == (0, b"")
    ((_, post),) = arrived
    assert (decode_post(post["body"]), post["user"]) == ([told], user)


@pytest.mark.parametrize("example", EXAMPLES)
async def test_an_example_fails_where_the_post_is_refused(
    client, path, scripted_office, arrived, example
):
    scripted_office.refused_post = b""  # which stands in every post
    status, printed = await run(example, str(client.make_url(path)))
    assert (status, printed, len(arrived)) == (22, b"", 1)  # 22: the server said that it failed
