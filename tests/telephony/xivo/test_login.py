import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
import hashlib
import logging

import pytest

from custom_components.office_cti.telephony.system import (
    AuthenticationFailed,
    CannotConnect,
    CertificateNotTrusted,
    ConnectionLost,
    Credentials,
    Encryption,
    EncryptionFailed,
    LoginRefused,
    NoAnswer,
    NoProfile,
    NotThisSystem,
    SystemSettings,
    TelephonyError,
    VersionRefused,
)
from custom_components.office_cti.telephony.xivo import login as module
from custom_components.office_cti.telephony.xivo.client import Address, XivoClient
from custom_components.office_cti.telephony.xivo.login import (
    VERSIONS,
    PasswordDropped,
    PasswordNotAscii,
    Session,
    SessionDropped,
    Sessions,
    log_in,
)
from custom_components.office_cti.telephony.xivo.messages import LoggedIn, Status
from simulators.tls import server_context
from simulators.xivo import PASSWORDS, Release, XivoSimulator, recorded_office

from ..certificates import Certificate
from .scripted import Ears, Peer, ScriptedServer, phone_status

PASSWORD = "s3cret: correct horse"
ALICE = Credentials("alice", PASSWORD)
HASH = hashlib.sha1(f"eOxwAkqJsY:{PASSWORD}".encode()).hexdigest()  # noqa: S324

type Opening = asyncio.Task[Session]


@pytest.fixture(autouse=True)
def no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> object:
    """Look through all that was logged, at any level, for the password and what is made of it."""
    caplog.set_level(logging.DEBUG)
    yield
    for secret in (PASSWORD, HASH):
        assert secret not in caplog.text


class Office:
    """A server, and whoever opens sessions there."""

    def __init__(self, server: ScriptedServer, ears: Ears, **settings: object) -> None:
        self.server = server
        self.ears = ears
        self.sessions = Sessions(SystemSettings(host="127.0.0.1", port=server.port, **settings))

    def open(self, credentials: Credentials = ALICE) -> Opening:
        return asyncio.create_task(
            self.sessions.open(credentials, self.ears.messages.append, self.ears.oddities.append)
        )

    async def accepts(self) -> Peer:
        return await self.server.accepts()


@pytest.fixture
def office(server: ScriptedServer, ears: Ears) -> Office:
    return Office(server, ears)


async def fails(opening: Opening, error: type[TelephonyError]) -> TelephonyError:
    """Return the error that ends an opening, after a look for secrets in it and behind it."""
    with pytest.raises(TelephonyError) as caught:
        await opening
    assert type(caught.value) is error
    one: BaseException | None = caught.value
    while one:
        assert PASSWORD not in f"{one!r} {one} {vars(one)}"
        one = one.__cause__ or one.__context__
    return caught.value


async def opens(opening: Opening) -> LoggedIn:
    client, logged_in = await opening
    client.abort()
    return logged_in


# --- protocol 1.2 ------------------------------------------------------------------------------


async def test_three_steps(office: Office) -> None:
    opening = office.open()
    peer = await office.accepts()
    await peer.opens_session(userlogin="alice", xivoversion="1.2", company="default")
    assert (await peer.accepts_password())["hashedpassword"] == HASH
    await peer.completes_login()
    logged_in = await opens(opening)
    assert (logged_in.ipbx_id, logged_in.user_id) == ("xivo", "1")


async def test_logging_in_asks_for_no_presence(office: Office) -> None:
    opening = office.open()
    peer = await office.accepts()
    await peer.opens_session()
    await peer.accepts_password()
    choice = await peer.completes_login()
    assert choice["state"] == ""
    assert choice["loginkind"] == "user"
    assert choice["lastconnwins"] is False
    await opens(opening)
    await peer.hears_nothing_more()  # no `logout`, either


async def test_broadcasts_may_come_before_and_between(office: Office, ears: Ears) -> None:
    opening = office.open()
    peer = await office.accepts()
    for number, step in enumerate(
        (peer.opens_session, peer.accepts_password, peer.completes_login)
    ):
        peer.says(phone_status(str(number)))
        await step()
    peer.says(phone_status("3"))
    await opens_and_hears(opening, ears, 7)
    told = [each.id for each in ears.messages if isinstance(each, Status)]
    assert told == ["0", "1", "2", "3"]


async def opens_and_hears(opening: Opening, ears: Ears, count: int) -> None:
    client, _ = await opening
    await ears.hear(count)
    client.abort()


async def test_an_unknown_login_is_refused(office: Office) -> None:
    opening = office.open()
    peer = await office.accepts()
    await peer.hears("login_id")
    peer.says({"class": "login_id", "error_string": "login_password"})
    await fails(opening, AuthenticationFailed)
    await peer.hears_nothing_more()


async def test_a_user_without_a_profile_is_refused(office: Office) -> None:
    opening = office.open()
    peer = await office.accepts()
    await peer.opens_session()
    wire = await peer.hears("login_pass")
    peer.says(
        {
            "class": "login_pass",
            "error_string": "capaid_undefined",
            "replyid": wire["commandid"],
        }
    )
    await fails(opening, NoProfile)
    await peer.hears_nothing_more()


async def test_another_refusal_is_a_refusal(office: Office) -> None:
    opening = office.open()
    peer = await office.accepts()
    await peer.opens_session()
    await peer.accepts_password()
    await peer.hears("login_capas")
    peer.says({"class": "login_capas", "error_string": "wrong cti_profile_id"})
    await fails(opening, LoginRefused)


async def test_a_version_that_nobody_here_speaks_is_named(office: Office) -> None:
    opening = office.open()
    peer = await office.accepts()
    await peer.hears("login_id")
    peer.says({"class": "login_id", "error_string": "xivoversion_client:1.2;1.1"})
    error = await fails(opening, VersionRefused)
    assert error.values == {"version": "1.1"}
    assert office.server.accepted == 1


@pytest.mark.parametrize(
    "credentials",
    [
        Credentials("alice", ""),
        Credentials("", PASSWORD),
        Credentials("ali\nce", PASSWORD),
    ],
)
async def test_what_cannot_be_sent_is_not_sent(office: Office, credentials: Credentials) -> None:
    opening = office.open(credentials)
    peer = await office.accepts()
    if credentials.username == "alice":
        await peer.opens_session()
    await fails(opening, AuthenticationFailed)
    await peer.hears_nothing_more()
    assert office.server.accepted == 1


async def test_a_password_that_would_break_the_server_is_not_sent(office: Office) -> None:
    opening = office.open(Credentials("alice", "pâsswörd"))
    peer = await office.accepts()
    await peer.opens_session()
    await fails(opening, PasswordNotAscii)
    await peer.hears_nothing_more()
    assert office.server.accepted == 1


async def test_a_name_may_be_of_any_letters(office: Office) -> None:
    opening = office.open(Credentials("jérôme", PASSWORD))
    peer = await office.accepts()
    await peer.opens_session(userlogin="jérôme")
    await peer.accepts_password()
    await peer.completes_login()
    await opens(opening)


# --- hanging up --------------------------------------------------------------------------------


async def hangs_up_on_password(peer: Peer) -> None:
    await peer.opens_session()
    await peer.hears("login_pass")
    peer.hangs_up()


async def test_hung_up_on_after_the_password_twice_running_means_that_it_is_wrong(
    office: Office,
) -> None:
    opening = office.open()
    await hangs_up_on_password(await office.accepts())
    await hangs_up_on_password(await office.accepts())
    await fails(opening, AuthenticationFailed)
    assert office.server.accepted == 2


async def test_hung_up_on_once_means_nothing(office: Office) -> None:
    opening = office.open()
    await hangs_up_on_password(await office.accepts())
    await (await office.accepts()).lets_in()
    await opens(opening)


async def breaks_on_password(peer: Peer) -> None:
    await peer.opens_session()
    await peer.hears("login_pass")
    peer.breaks()


async def hangs_up_on_profile(peer: Peer) -> None:
    await peer.opens_session()
    await peer.accepts_password()
    await peer.hears("login_capas")
    peer.hangs_up()


async def answers_nonsense(peer: Peer) -> None:
    await peer.opens_session()
    await peer.hears("login_pass")
    peer.says({"class": "login_pass", "capalist": "none"})
    peer.breaks()


type Script = Callable[[Peer], Coroutine[None, None, None]]


@pytest.mark.parametrize("script", [breaks_on_password, hangs_up_on_profile, answers_nonsense])
@pytest.mark.parametrize("before", [[], [hangs_up_on_password]])
async def test_a_connection_that_ends_otherwise_says_nothing_about_the_password(
    office: Office, script: Script, before: list[Script]
) -> None:
    opening = office.open()
    for each in (*before, script):
        await each(await office.accepts())
    await fails(opening, ConnectionLost)
    assert office.server.accepted == len(before) + 1


async def test_two_hang_ups_with_something_else_between_are_not_twice_running(
    office: Office,
) -> None:
    first = office.open()
    await hangs_up_on_password(await office.accepts())
    await hangs_up_on_profile(await office.accepts())
    await fails(first, ConnectionLost)
    second = office.open()
    await hangs_up_on_password(await office.accepts())
    await (await office.accepts()).lets_in()
    await opens(second)


async def test_a_server_that_goes_away_between_the_two_is_down(office: Office) -> None:
    opening = office.open()
    peer = await office.accepts()
    await peer.opens_session()
    await peer.hears("login_pass")
    office.server.stops_listening()
    peer.hangs_up()
    await fails(opening, CannotConnect)


async def test_a_connection_that_has_ended_is_not_logged_in_on(
    server: ScriptedServer, ears: Ears
) -> None:
    client = await XivoClient.connect(
        Address("127.0.0.1", server.port), ears.messages.append, ears.oddities.append
    )
    peer = await server.accepts()
    client.close()
    with pytest.raises(SessionDropped):
        await log_in(client, ALICE)
    await peer.hears_nothing_more()


async def test_the_time_for_the_log_in_is_shorter_than_the_servers(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert module.LOGIN_TIMEOUT < 5
    monkeypatch.setattr(module, "LOGIN_TIMEOUT", 0.05)
    opening = office.open()
    peer = await office.accepts()
    await peer.hears("login_id")
    await fails(opening, NoAnswer)
    await peer.hears_nothing_more()


async def test_an_opening_that_is_given_up_leaves_nothing_open(office: Office) -> None:
    opening = office.open()
    peer = await office.accepts()
    await peer.opens_session()
    await peer.hears("login_pass")
    opening.cancel()
    await asyncio.wait((opening,))
    await peer.hears_nothing_more()


async def test_somebody_who_speaks_something_else_is_not_this_system(office: Office) -> None:
    opening = office.open()
    peer = await office.accepts()
    await peer.hears("login_id")
    peer.says("SSH-2.0-OpenSSH_9.2", "Invalid SSH identification string.")
    peer.hangs_up()
    error = await fails(opening, NotThisSystem)
    assert error.values == {"host": "127.0.0.1"}


# --- protocol 2.x ------------------------------------------------------------------------------

OFFER = {"class": "starttls"}
GO = {"class": "starttls", "starttls": True}


async def opens_session_2(peer: Peer, version: str) -> None:
    """Answer the first step as a server of protocol 2.x does, which takes its own version only."""
    await peer.hears("login_id", xivoversion=version)
    peer.says({"class": "login_id", "sessionid": "x", "xivoversion": version})


async def turns_to_tls(peer: Peer, certificate: Certificate) -> None:
    await peer.hears("starttls", status=True)
    peer.says(GO)
    await peer.turns_to_tls(certificate.context())


async def is_let_in_2(office: Office, version: str, certificate: Certificate) -> None:
    peer = await office.accepts()
    peer.says(OFFER)
    await opens_session_2(peer, version)
    await turns_to_tls(peer, certificate)
    wire = await peer.hears("login_pass", password=PASSWORD)
    assert "hashedpassword" not in wire
    peer.says({"class": "login_pass", "capalist": [3]})
    wire = await peer.hears("login_capas", state="")
    assert not wire.keys() & {"loginkind", "lastconnwins"}
    peer.says({"class": "login_capas", "ipbxid": "xivo", "userid": "1"})


async def hangs_up_on_version(office: Office, version: str) -> None:
    """Do as a server of protocol 2.x does about another version: it has no words."""
    peer = await office.accepts()
    await peer.hears("login_id", xivoversion=version)
    peer.hangs_up()


async def test_a_server_that_names_a_version_of_2_gets_it_on_another_connection(
    office: Office, certificate: Certificate
) -> None:
    opening = office.open()
    peer = await office.accepts()
    await peer.hears("login_id", xivoversion="1.2")
    peer.says({"class": "login_id", "error_string": "xivoversion_client:1.2;2.1"})
    await peer.hears_nothing_more()
    await is_let_in_2(office, "2.1", certificate)
    await opens(opening)


async def test_a_server_that_hangs_up_on_a_version_gets_the_others_and_the_right_one_again(
    office: Office, certificate: Certificate
) -> None:
    opening = office.open()
    for version in ("1.2", "2.3"):
        await hangs_up_on_version(office, version)
    await is_let_in_2(office, "2.2", certificate)
    await opens(opening)
    opening = office.open()
    await is_let_in_2(office, "2.2", certificate)
    await opens(opening)


async def test_a_server_that_hangs_up_on_all_versions_is_down(office: Office) -> None:
    opening = office.open()
    for version in VERSIONS:
        await hangs_up_on_version(office, version)
    await fails(opening, ConnectionLost)


async def test_a_server_that_has_changed_its_version_is_found_again(
    office: Office, certificate: Certificate
) -> None:
    opening = office.open()
    await (await office.accepts()).lets_in()
    await opens(opening)
    opening = office.open()
    await hangs_up_on_version(office, "1.2")
    await fails(opening, ConnectionLost)  # it might just be down
    opening = office.open()
    for version in ("1.2", "2.3", "2.2", "2.1"):
        await hangs_up_on_version(office, version)
    await is_let_in_2(office, "2.0", certificate)
    await opens(opening)


async def test_a_server_that_contradicts_itself_is_not_followed_for_ever(office: Office) -> None:
    opening = office.open()
    for told in ("2.0", "1.2"):
        peer = await office.accepts()
        wire = await peer.hears("login_id")
        error = f"xivoversion_client:{wire['xivoversion']};{told}"
        peer.says({"class": "login_id", "error_string": error})
    await fails(opening, VersionRefused)


async def test_a_wrong_password_in_2_is_a_hang_up_too(
    office: Office, certificate: Certificate
) -> None:
    opening = office.open(Credentials("alice", "wröng"))
    await hangs_up_on_version(office, "1.2")
    for _ in range(2):
        peer = await office.accepts()
        peer.says(OFFER)
        await opens_session_2(peer, "2.3")
        await turns_to_tls(peer, certificate)
        await peer.hears("login_pass", password="wröng")
        peer.hangs_up()
    await fails(opening, AuthenticationFailed)
    assert office.server.accepted == 3


async def test_a_password_is_not_sent_as_it_is_where_anybody_can_read_it(office: Office) -> None:
    opening = office.open()
    peer = await office.accepts()
    await peer.hears("login_id")
    peer.says({"class": "login_id", "error_string": "xivoversion_client:1.2;2.0"})
    peer = await office.accepts()
    await opens_session_2(peer, "2.0")
    await fails(opening, EncryptionFailed)
    await peer.hears_nothing_more()


# --- encryption --------------------------------------------------------------------------------


async def test_what_is_offered_is_taken_before_the_password(
    office: Office, certificate: Certificate
) -> None:
    opening = office.open()
    peer = await office.accepts()
    peer.says(OFFER)
    await peer.opens_session()
    await peer.hears("starttls", status=True)
    peer.says(GO)
    await peer.turns_to_tls(certificate.context_of_old())
    assert (await peer.accepts_password())["hashedpassword"] == HASH
    assert peer.tls_version == "TLSv1"
    await peer.completes_login()
    client, _ = await opening
    assert client.encrypted
    client.abort()


async def test_an_offer_that_comes_to_nothing_ends_the_log_in(office: Office) -> None:
    opening = office.open()
    peer = await office.accepts()
    peer.says(OFFER)
    await peer.opens_session()
    await peer.hears("starttls", status=True)
    peer.says(GO)
    peer.hangs_up()
    await fails(opening, EncryptionFailed)


async def test_where_it_is_asked_for_nothing_is_said_in_clear(
    server: ScriptedServer, ears: Ears, certificate: Certificate
) -> None:
    office = Office(server, ears, encryption=Encryption.STARTTLS, verify_certificate=False)
    opening = office.open()
    peer = await office.accepts()
    peer.says(OFFER)
    await turns_to_tls(peer, certificate)
    await peer.lets_in()
    await opens(opening)


async def test_a_certificate_that_is_not_trusted_ends_it(
    server: ScriptedServer, ears: Ears, certificate: Certificate
) -> None:
    office = Office(server, ears, encryption=Encryption.STARTTLS)
    opening = office.open()
    peer = await office.accepts()
    peer.says(OFFER)
    await peer.hears("starttls", status=True)
    peer.says(GO)
    shaking_hands = asyncio.create_task(peer.turns_to_tls(certificate.context()))
    await fails(opening, CertificateNotTrusted)
    shaking_hands.cancel()
    await asyncio.wait((shaking_hands,))


async def test_hung_up_on_after_the_password_under_tls(
    certificate: Certificate, ears: Ears
) -> None:
    async with ScriptedServer(certificate.context_of_old()) as server:
        office = Office(server, ears, encryption=Encryption.TLS_1_0)
        opening = office.open()
        await hangs_up_on_password(await office.accepts())
        peer = await office.accepts()
        await peer.opens_session()
        await peer.hears("login_pass")
        peer.cuts()
        await fails(opening, AuthenticationFailed)


async def test_old_encryption_is_warned_of_once(
    certificate: Certificate, ears: Ears, caplog: pytest.LogCaptureFixture
) -> None:
    async with ScriptedServer(certificate.context_of_old()) as server:
        office = Office(server, ears, encryption=Encryption.TLS_1_0)
        for _ in range(2):
            opening = office.open()
            await (await office.accepts()).lets_in()
            await opens(opening)
    (warning,) = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert "TLS 1.0" in warning.message


# --- a whole server ----------------------------------------------------------------------------


@pytest.fixture(params=[Release.R14_12, Release.R15_01])
async def simulator(request: pytest.FixtureRequest) -> AsyncIterator[XivoSimulator]:
    async with XivoSimulator(recorded_office(), release=request.param) as simulator:
        yield simulator


async def open_there(simulator: XivoSimulator, name: str, password: str, ears: Ears) -> Session:
    sessions = Sessions(SystemSettings(host="127.0.0.1", port=simulator.port))
    return await sessions.open(
        Credentials(name, password), ears.messages.append, ears.oddities.append
    )


@pytest.mark.parametrize("name", ["alice", "bob", "carol", "zoé"])
async def test_a_whole_server_lets_in_whom_it_knows(
    simulator: XivoSimulator, ears: Ears, name: str
) -> None:
    client, logged_in = await open_there(simulator, name, PASSWORDS[name], ears)
    user = simulator.office.user_of(name)
    assert (logged_in.user_id, logged_in.ipbx_id) == (user.id, "xivo")
    assert {each.key for each in logged_in.presences} >= {"available", "away", "donotdisturb"}
    assert {each.hint for each in logged_in.phone_states} >= {0, 1, 8}
    assert not simulator.dropped
    assert ears.oddities == []
    await client.leave()


@pytest.mark.parametrize(
    ("name", "password", "error", "hang_ups"),
    [
        ("alice", "wrong", AuthenticationFailed, 2),
        ("alice", "faüx", PasswordNotAscii, 0),
        ("nobody", "any", AuthenticationFailed, 0),
        ("dave", PASSWORDS["dave"], AuthenticationFailed, 0),
        ("erin", PASSWORDS["erin"], NoProfile, 0),
    ],
)
async def test_a_whole_server_lets_in_nobody_else(
    simulator: XivoSimulator,
    ears: Ears,
    name: str,
    password: str,
    error: type[TelephonyError],
    hang_ups: int,
) -> None:
    with pytest.raises(error):
        await open_there(simulator, name, password, ears)
    assert len(simulator.dropped) == hang_ups


async def test_logging_in_changes_neither_presence_nor_do_not_disturb(
    simulator: XivoSimulator, ears: Ears
) -> None:
    alice = simulator.office.user_of("alice")
    alice.features["enablednd"] = 1
    alice.availstate = "away"
    client, _ = await open_there(simulator, "alice", PASSWORDS["alice"], ears)
    assert (alice.features["enablednd"], alice.availstate) == (1, "away")
    await client.leave()


@pytest.mark.parametrize(
    ("release", "offered", "encrypted"),
    [
        (Release.R14_12, False, False),
        (Release.R15_20, False, False),
        (Release.R15_20, True, True),
        (Release.R16_01, True, True),
    ],
)
async def test_a_whole_server_of_each_protocol_takes_the_password_as_it_wants_it(
    ears: Ears, release: Release, *, offered: bool, encrypted: bool
) -> None:
    starttls = server_context(only_tls_1_0=True) if offered else None
    async with XivoSimulator(recorded_office(), release=release, starttls=starttls) as simulator:
        client, logged_in = await open_there(simulator, "alice", PASSWORDS["alice"], ears)
        assert logged_in.user_id == "1"
        assert client.encrypted is encrypted
        await client.probe()
        await client.leave()
        with pytest.raises(AuthenticationFailed):
            await open_there(simulator, "alice", "wrong", ears)


# --- what is internal --------------------------------------------------------------------------


async def test_which_step_was_hung_up_on(server: ScriptedServer, ears: Ears) -> None:
    async def attempt(script: Script) -> type[BaseException]:
        client = await XivoClient.connect(
            Address("127.0.0.1", server.port), ears.messages.append, ears.oddities.append
        )
        logging_in = asyncio.create_task(log_in(client, ALICE))
        await script(await server.accepts())
        (outcome,) = await asyncio.gather(logging_in, return_exceptions=True)
        return type(outcome)

    async def hangs_up_at_once(peer: Peer) -> None:
        await asyncio.sleep(0)
        peer.hangs_up()

    assert await attempt(hangs_up_at_once) is SessionDropped
    assert await attempt(hangs_up_on_password) is PasswordDropped
    assert await attempt(breaks_on_password) is ConnectionLost
    assert await attempt(hangs_up_on_profile) is ConnectionLost
