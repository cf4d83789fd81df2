"""Accounts of people's own: their modes and lines, how they come and go, and what the server refuses."""

import asyncio
from datetime import UTC, datetime

import pytest

from custom_components.office_cti.telephony.model import (
    CallDirection,
    CallEventKind as Kind,
    Feature,
    MessageEvent,
    Modes,
    PhoneState,
    Presence,
)
from custom_components.office_cti.telephony.oktell import account as account_module, commands
from custom_components.office_cti.telephony.oktell.websocket import WebSocketLink
from custom_components.office_cti.telephony.system import (
    AccountNotConnected,
    ConnectionLost,
    Credentials,
    NotConnected,
    UserLoggedInElsewhere,
)

from .site import GROUP, PASSWORD, Site, until

OUTSIDE = "84951234567"
NOON = 1_795_224_000.0
OWN = (Feature.REDIRECT, Feature.CALL_CENTER, Feature.BREAK, Feature.HANG_UP)


def has_own(site: Site, number: str) -> bool:
    return all(feature in site.person(number).features for feature in OWN)


def can_own(site: Site, number: str) -> bool:
    return all(site.can(number, feature) for feature in OWN)


# --- modes -------------------------------------------------------------------------------------


async def test_modes_are_shown_of_whoever_has_an_account(site: Site) -> None:
    await site.start("102")
    assert site.person("102").modes == Modes(
        redirect=False, call_center=True, on_break=False, break_reason=None
    )
    assert site.person("101").modes is None
    assert can_own(site, "102")
    assert not has_own(site, "101")


async def test_what_an_account_would_give_is_told(site: Site) -> None:
    await site.start("102", group_numbers=(GROUP,))
    given = site.system.given_by_account(site.person("101"))
    assert given == set(OWN)
    assert given <= site.person("102").features
    assert not given & site.person("101").features
    assert not site.system.given_by_account(site.group())


async def test_modes_follow_what_the_server_tells(site: Site) -> None:
    await site.start("100", "102")
    await site.happens("set", user="100", redirect=True)
    await site.happens("set", user="102", state=2, on_break=True, reason_id=3)
    anna, dima = site.person("100").modes, site.person("102").modes
    assert anna is not None
    assert dima is not None
    assert anna.redirect
    assert (dima.on_break, dima.break_reason) == (True, "Тренинг")
    assert site.status("102") == "Break"
    await site.happens("set", user="102", state=1, on_break=False, reason_id=0)
    assert site.person("102").modes == Modes(redirect=False, call_center=True, on_break=False)


async def test_a_reason_that_has_no_name_is_shown_by_its_number(site: Site) -> None:
    await site.start("102")
    await site.happens("set", user="102", state=2, on_break=True, reason_id=77)
    modes = site.person("102").modes
    assert modes is not None
    assert modes.break_reason == "77"


@pytest.mark.parametrize("with_login", [True, False])
async def test_what_colleagues_are_told_of_is_passed_over(*, with_login: bool) -> None:
    async with Site(colleagues=True, events_carry_login=with_login) as site:
        await site.start("100")
        before = site.person("100")
        await site.happens("set", user="102", call_center=False, redirect=True)
        assert site.person("100") == before
        assert site.person("102").modes is None


async def test_what_names_only_a_login_is_the_users_if_the_login_is(site: Site) -> None:
    await site.start("100")
    await site.says("100", "userstatechanged", userlogin="101", onredirect=True)
    modes = site.person("100").modes
    assert modes is not None
    assert not modes.redirect
    await site.says("100", "userstatechanged", userlogin="100", onredirect=True)
    modes = site.person("100").modes
    assert modes is not None
    assert modes.redirect


async def test_what_names_nobody_is_the_users(site: Site) -> None:
    await site.start("100")
    await site.says("100", "userstatechanged", onredirect=True)
    modes = site.person("100").modes
    assert modes is not None
    assert modes.redirect


async def test_a_user_without_a_number_is_shown_by_the_account_alone(site: Site) -> None:
    await site.does("add_user", login="nobody", name="Nobody")
    await site.start("nobody")
    await site.happens("set", user="nobody", state=3)
    assert site.status("nobody") == "Away"
    await site.restart()
    assert site.status("nobody") == "Away"


async def test_messages_to_the_user_are_told_with_their_sender(site: Site) -> None:
    await site.start("100")
    heard = site.listen("100", MessageEvent)
    site.simulator.site.clock = lambda: NOON
    await site.happens("message", sender="101", user="100", text="Обед?")
    noon = datetime.fromtimestamp(NOON).replace(tzinfo=UTC)  # noqa: DTZ006 -- as the server
    assert heard == [MessageEvent("Обед?", (site.id("101"),), time=noon)]


async def test_a_release_that_does_not_know_messages_is_followed_without(site: Site) -> None:
    subscribe = WebSocketLink.subscribe
    events: list[str] = []

    async def subscribed(link: WebSocketLink, names: tuple[str, ...]) -> None:
        if names == ("usertextmessagereceived",):
            await site.does("fault", kind="error", text="Unknown event", command="subscribeevent")
        events.extend(names)
        await subscribe(link, names)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WebSocketLink, "subscribe", subscribed)
        await site.start()
    assert "usertextmessagereceived" in events
    assert site.is_connected


async def test_only_the_service_user_is_told_of_everybody(site: Site) -> None:
    await site.start("100")
    clients = (await site.does("clients"))["clients"]
    assert isinstance(clients, list)
    of_all = {each["user"]: "pbxnumberstatechanged" in each["subscriptions"] for each in clients}
    assert of_all == {"hass": True, "100": False}


# --- the line ----------------------------------------------------------------------------------


async def test_a_call_is_followed_from_its_first_ring_to_its_end(site: Site) -> None:
    await site.start("100")
    kinds = site.calls_of("100")
    await site.happens("ring", caller=OUTSIDE, called="100", name="Мама")
    await until(lambda: site.person("100").phone is PhoneState.RINGING)
    (call,) = site.person("100").calls
    assert (call.number, call.name, call.direction) == (OUTSIDE, "Мама", CallDirection.INCOMING)
    await site.happens("answer", number="100")
    await until(lambda: site.person("100").presence is Presence.ON_CALL)
    await site.happens("flash", user="100")
    await until(lambda: site.person("100").phone is PhoneState.ON_HOLD)
    await site.happens("flash", user="100", mode="abort")
    await until(lambda: site.person("100").phone is PhoneState.TALKING)
    await site.happens("hang_up", number="100")
    await until(lambda: not site.person("100").calls)
    assert kinds == [Kind.RINGING, Kind.ANSWERED, Kind.HELD, Kind.RESUMED, Kind.ENDED]
    assert site.person("100").phone is PhoneState.IDLE


async def test_whoever_is_asked_while_another_waits_is_a_call_beside_it(site: Site) -> None:
    await site.start("100")
    await site.happens("ring", caller=OUTSIDE, called="100")
    await site.happens("answer", number="100")
    await until(lambda: site.person("100").phone is PhoneState.TALKING)
    kinds = site.calls_of("100")
    await site.happens("flash", user="100")
    await site.happens("dial", user="100", number="101")
    await until(lambda: len(site.person("100").calls) == 2)
    await site.happens("answer", number="101")
    await until(lambda: site.person("100").phone is PhoneState.TALKING)
    assert [call.number for call in site.person("100").calls] == ["101", OUTSIDE]
    await site.happens("flash", user="100", mode="abort")
    await until(lambda: len(site.person("100").calls) == 1)
    assert [call.number for call in site.person("100").calls] == [OUTSIDE]
    assert kinds[-2:] == [Kind.ENDED, Kind.RESUMED]


async def test_nothing_rings_that_has_been_answered_before_it_could_be_asked_for(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_module, "SETTLING", 0.05)
    await site.start("100")
    kinds = site.calls_of("100")
    await site.does("ring", caller=OUTSIDE, called="100")
    await site.does("answer", number="100")
    await until(lambda: site.person("100").calls)
    await site.does("hang_up", number="100")
    await until(lambda: not site.person("100").calls)
    assert kinds == [Kind.ANSWERED, Kind.ENDED]


async def test_several_events_at_once_lead_to_one_question(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_module, "SETTLING", 0.05)
    await site.start("100")
    await site.does("ring", caller=OUTSIDE, called="100")
    await site.does("answer", number="100")
    await until(lambda: site.person("100").calls)
    assert site.framed("getextendedlineinfo") == [("100", "getextendedlineinfo")]


async def test_a_line_that_is_told_is_not_asked_about_in_another_way(site: Site) -> None:
    await site.start("100")
    await site.happens("ring", caller=OUTSIDE, called="100")
    await until(lambda: site.person("100").calls)
    await site.happens("answer", number="100")
    await until(lambda: site.person("100").phone is PhoneState.TALKING)
    assert site.asked("wp_") == []


async def test_a_missed_call_is_one(site: Site) -> None:
    await site.start("100")
    kinds = site.calls_of("100")
    await site.happens("ring", caller=OUTSIDE, called="100")
    await until(lambda: site.person("100").calls)
    await site.happens("no_answer", number="100")
    await until(lambda: not site.person("100").calls)
    assert kinds == [Kind.RINGING, Kind.MISSED]
    assert site.status("100") == "Away"


async def test_whoever_waits_while_the_other_consults_is_on_hold(site: Site) -> None:
    await site.start("100")
    kinds = site.calls_of("100")
    await site.happens("ring", caller="101", called="100")
    await site.happens("answer", number="100")
    await until(lambda: site.person("100").phone is PhoneState.TALKING)
    await site.happens("flash", user="101")
    await until(lambda: site.person("100").phone is PhoneState.ON_HOLD)
    await site.happens("flash", user="101", mode="abort")
    await until(lambda: site.person("100").phone is PhoneState.TALKING)
    assert kinds[-2:] == [Kind.HELD, Kind.RESUMED]


async def test_a_call_of_ones_own_rings_the_own_telephone_first(site: Site) -> None:
    await site.start("100")
    kinds = site.calls_of("100")
    await site.happens("dial", user="100", number=OUTSIDE)
    await until(lambda: site.person("100").phone is PhoneState.DIALING)
    await site.happens("answer", number="100")
    await site.happens("answer", number=OUTSIDE)
    await until(lambda: site.person("100").phone is PhoneState.TALKING)
    (call,) = site.person("100").calls
    assert (call.number, call.direction) == (OUTSIDE, CallDirection.OUTGOING)
    assert kinds == [Kind.DIALING, Kind.ANSWERED]


async def test_a_line_is_asked_again_if_it_says_more_while_the_answer_is_on_its_way(
    site: Site,
) -> None:
    await site.start("100")
    request = WebSocketLink.request
    asked, answer = asyncio.Event(), asyncio.Event()
    questions: list[str] = []

    async def slow(link: WebSocketLink, command: object, reader: object) -> object:
        found = await request(link, command, reader)  # type: ignore[arg-type]
        if isinstance(command, commands.GetLineInfo):
            questions.append(link.user_id)
            asked.set()
            await answer.wait()
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WebSocketLink, "request", slow)
        await site.does("ring", caller=OUTSIDE, called="100")
        await asked.wait()
        await site.happens("answer", number="100")
        await asyncio.sleep(0.03)  # longer than a line takes to settle here
        answer.set()
        await until(lambda: site.person("100").phone is PhoneState.TALKING)
    assert len(questions) == 2


async def test_what_the_line_says_while_the_connection_is_opened_is_not_lost(site: Site) -> None:
    """The line is read at the end of the opening, and may settle only later."""
    request = WebSocketLink.request
    questions: list[str] = []

    async def ringing(link: WebSocketLink, command: object, reader: object) -> object:
        found = await request(link, command, reader)  # type: ignore[arg-type]
        if isinstance(command, commands.GetLineInfo) and link.user_id == site.id("100"):
            questions.append(link.user_id)
            if len(questions) == 1:
                await site.does("ring", caller=OUTSIDE, called="100")
                await asyncio.sleep(0.03)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WebSocketLink, "request", ringing)
        await site.start("100")
        await until(lambda: site.person("100").phone is PhoneState.RINGING)


async def test_a_line_that_cannot_be_read_stays_as_it_was(site: Site) -> None:
    await site.start("100")
    await site.does("fault", kind="error", text="No", command="getextendedlineinfo")
    await site.happens("ring", caller=OUTSIDE, called="100")
    await until(lambda: ("100", "getextendedlineinfo") in site.framed("getextendedlineinfo"))
    await site.settle()
    assert site.person("100").calls == ()
    assert site.account("100").is_live


# --- the connection ----------------------------------------------------------------------------


async def test_an_account_that_is_back_in_a_moment_has_not_been_away(site: Site) -> None:
    system = await site.start("100")
    await site.does("expire_sessions")
    await site.does("disconnect")
    await until(lambda: system.connected_accounts == 0)
    assert can_own(site, "100")
    assert site.person("100").modes is not None
    await until(lambda: system.connected_accounts == 1)
    assert can_own(site, "100")


async def test_what_an_account_alone_gives_is_suspended_after_the_grace_period(site: Site) -> None:
    system = await site.start("100", grace_period=0.01)
    await site.does("ring", caller=OUTSIDE, called="100")
    await until(lambda: site.person("100").calls)
    await site.does("set", user="100", password="another")
    await site.does("hang_up", number="100")
    await site.does("disconnect")
    await until(lambda: site.refused == ["100"])
    await until(lambda: site.is_connected)
    assert has_own(site, "100")
    assert not can_own(site, "100")
    assert site.can("100", Feature.SET_STATUS)
    assert site.person("100").modes is None
    assert site.person("100").calls == ()
    assert system.connected_accounts == 0


async def test_whose_line_nobody_tells_any_more_is_asked_about_again(site: Site) -> None:
    system = await site.start("100")
    await site.does("ring", caller=OUTSIDE, called="100")
    await site.does("answer", number="100")
    await until(lambda: site.person("100").phone is PhoneState.TALKING)
    await system.set_accounts({})
    await until(lambda: len(site.asked("wp_")) >= 1)
    await until(lambda: not system._looks.users)
    assert site.person("100").phone is PhoneState.TALKING
    await site.happens("hang_up", number="100")
    assert site.person("100").calls == ()


async def test_an_account_that_is_refused_is_told_by_its_key_and_not_tried_again(
    site: Site,
) -> None:
    await site.start()
    await site.system.set_accounts({"key": Credentials("100", "wrong")})
    await until(lambda: site.refused)
    assert site.refused == ["key"]
    await asyncio.sleep(0.03)
    assert site.logins() == {"100": 1}
    assert site.is_connected


async def test_an_account_that_somebody_must_put_right_is_tried_until_it_is(site: Site) -> None:
    await site.start()
    await site.does("set", user="100", desktop_client=True)
    await site.system.set_accounts({"key": Credentials("100", PASSWORD)})
    await until(lambda: len(site.hindered) > 1)
    error = site.hindered[0]
    assert isinstance(error, UserLoggedInElsewhere)
    assert error.values == {"username": "100"}
    await site.does("set", user="100", desktop_client=False)
    await until(lambda: site.system.connected_accounts == 1)
    assert site.hindered[-1] is None


async def test_of_several_hindrances_one_is_told_after_the_other(site: Site) -> None:
    await site.start()
    for user in ("100", "101"):
        await site.does("set", user=user, desktop_client=True)
    accounts = {user: Credentials(user, PASSWORD) for user in ("100", "101")}
    await site.system.set_accounts(accounts)
    await until(lambda: len(site.system._hindrances) == 2)
    first = site.hindered[0]
    assert first is not None
    second = {"100": "101", "101": "100"}[first.values["username"]]
    await site.does("set", user=first.values["username"], desktop_client=False)
    await until(lambda: site.system.connected_accounts == 1)
    told = site.hindered[-1]
    assert told is not None
    assert told.values["username"] == second
    await site.system.set_accounts({first.values["username"]: accounts[first.values["username"]]})
    assert site.hindered[-1] is None


async def test_what_keeps_an_account_away_is_not_told_any_more_once_it_is_refused(
    site: Site,
) -> None:
    await site.start()
    await site.does("set", user="100", desktop_client=True)
    await site.system.set_accounts({"100": Credentials("100", PASSWORD)})
    await until(lambda: site.hindered)
    await site.does("set", user="100", password="another")
    await until(lambda: site.refused == ["100"])
    assert site.hindered[-1] is None


async def test_a_defect_of_a_question_ends_the_opening_and_not_the_account(site: Site) -> None:
    await site.start()
    await site.does("fault", kind="error", text="Not now", command="getuserstate")
    await site.system.set_accounts({"100": Credentials("100", PASSWORD)})
    await until(lambda: site.system.connected_accounts == 1)
    assert site.logins()["100"] >= 2


# --- which accounts there are ------------------------------------------------------------------


async def test_accounts_are_added_changed_and_removed_while_everything_goes_on(
    site: Site,
) -> None:
    system = await site.start("100")
    kept = site.account("100")
    await system.set_accounts(
        {"100": Credentials("100", PASSWORD), "x": Credentials("101", PASSWORD)}
    )
    await until(lambda: system.connected_accounts == 2)
    assert site.account("100") is kept
    assert can_own(site, "101")
    await system.set_accounts({"x": Credentials("102", PASSWORD)})
    await until(lambda: system.connected_accounts == 1)
    assert site.sessions == ["102", "hass"]
    assert not has_own(site, "100")
    assert not has_own(site, "101")
    assert can_own(site, "102")


async def test_a_removed_account_takes_only_its_own_controls(site: Site) -> None:
    system = await site.start("100", "102")
    await system.set_accounts({"102": Credentials("102", PASSWORD)})
    assert not has_own(site, "100")
    assert site.person("100").modes is None
    assert site.can("100", Feature.SET_STATUS)
    assert site.can("100", Feature.DIAL)
    assert can_own(site, "102")
    assert site.person("102").modes is not None


async def test_who_has_another_account_keeps_everything_when_one_goes(site: Site) -> None:
    system = await site.start("100")
    both = {"100": Credentials("100", PASSWORD), "again": Credentials("100", PASSWORD)}
    await system.set_accounts(both)
    await until(lambda: system.connected_accounts == 2)
    await system.set_accounts({"again": both["again"]})
    assert can_own(site, "100")
    assert site.person("100").modes is not None


async def test_a_seat_is_given_back_before_another_account_takes_one(site: Site) -> None:
    system = await site.start("100")
    await site.does("seats", count=2)
    await system.set_accounts({"101": Credentials("101", PASSWORD)})
    await until(lambda: system.connected_accounts == 1)
    assert [error for error in site.hindered if error is not None] == []


async def test_whose_account_it_is_may_be_known_before_it_is_live(site: Site) -> None:
    await site.start()
    await site.does("set", user="100", desktop_client=True)
    await site.system.set_accounts({"x": Credentials("100", PASSWORD, (site.id("100"),))})
    assert has_own(site, "100")
    assert not can_own(site, "100")


async def test_whoever_has_an_account_is_whole_as_soon_as_the_server_lists_the_user(
    site: Site,
) -> None:
    system = await site.start()
    await site.does("add_user", login="new", name="New", number="160")
    await system.set_accounts({"new": Credentials("new", PASSWORD)})
    await until(lambda: system.connected_accounts == 1)
    assert system.directory.extensions.get((site.id("new"),)) is None
    site.main.live_link().abort()
    await until(lambda: system.directory.extensions.get((site.id("new"),)) is not None)
    await until(lambda: site.person("160").modes is not None)
    assert can_own(site, "160")
    await site.happens("ring", caller=OUTSIDE, called="160")
    await until(lambda: site.person("160").phone is PhoneState.RINGING)


async def test_accounts_are_followed_where_no_service_user_watches(site: Site) -> None:
    await site.start("100", push=False, users=site.named("100", "101"))
    await until(lambda: site.person("100").modes is not None)
    await site.happens("set", user="100", state=3)
    assert site.status("100") == "Away"


# --- commands while it is away -----------------------------------------------------------------


async def test_what_needs_the_own_connection_says_that_it_is_away(site: Site) -> None:
    await site.start("100")
    await site.does("set", user="100", password="another")
    await site.does("disconnect")
    await until(lambda: site.refused == ["100"])
    await until(lambda: site.is_connected)
    with pytest.raises(AccountNotConnected):
        await site.system.hang_up(site.person("100"))
    with pytest.raises(NotConnected):
        await site.account("100").read_state()


async def test_while_nothing_is_connected_no_account_is_to_blame(site: Site) -> None:
    await site.start("100")
    await site.does("fault", kind="refuse", seconds=30)
    await site.does("disconnect")
    await until(lambda: not (site.is_connected or site.account("100").is_live))
    with pytest.raises(NotConnected):
        await site.system.hang_up(site.person("100"))


async def test_a_command_that_is_under_way_when_the_connection_ends_says_so(site: Site) -> None:
    await site.start("100")
    await site.does("ring", caller=OUTSIDE, called="100")
    await until(lambda: site.person("100").calls)
    await site.does("fault", kind="lost", command="pbxabortcall")
    hanging_up = asyncio.create_task(site.system.hang_up(site.person("100")))
    await until(lambda: site.framed("pbxabortcall"))
    await site.does("disconnect")
    with pytest.raises(ConnectionLost):
        await hanging_up
