"""Asking again and again, where no web-socket tells: by itself, and with a simulated server."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web
import pytest

from custom_components.office_cti.telephony import rounds
from custom_components.office_cti.telephony.rounds import PollingLink, Rounds, ask_all
from custom_components.office_cti.telephony.system import (
    AuthenticationFailed,
    CannotConnect,
    NamedUser,
    NoAnswer,
    Refused,
    TelephonyError,
)

from .site import GROUP, Site, until

NOBODY = NamedUser("00000000-0000-4000-8000-000000000000", "Nobody", "999")


async def answered() -> None:
    """A question that is answered."""


async def refused() -> None:
    raise Refused(reason="no such user")


async def unheard() -> None:
    raise CannotConnect


async def unanswered() -> None:
    raise NoAnswer


async def forbidden() -> None:
    raise AuthenticationFailed


# --- a round -----------------------------------------------------------------------------------


async def test_a_round_is_over_when_everything_was_answered() -> None:
    done: list[int] = []

    async def ask(number: int) -> None:
        await asyncio.sleep(0)
        done.append(number)

    await ask_all(lambda number=number: ask(number) for number in (1, 2, 3))
    assert sorted(done) == [1, 2, 3]


async def test_a_round_without_a_question_is_over_at_once() -> None:
    await ask_all([])


@pytest.mark.parametrize("failure", [refused, unheard, unanswered])
async def test_a_server_that_answers_something_is_there(failure: rounds.Question) -> None:
    await ask_all([failure, answered])


async def test_a_server_that_refuses_everything_is_there() -> None:
    await ask_all([refused, refused])


@pytest.mark.parametrize(
    ("questions", "error"),
    [
        ([unheard, unheard], CannotConnect),
        ([unanswered], NoAnswer),
        ([answered, forbidden], AuthenticationFailed),
        ([unheard, forbidden], TelephonyError),
    ],
)
async def test_a_server_that_answers_nothing_or_forbids_asking_cannot_be_asked(
    questions: list[rounds.Question], error: type[TelephonyError]
) -> None:
    with pytest.raises(error):
        await ask_all(questions)


@pytest.mark.parametrize("failure", [unheard, unanswered])
async def test_a_server_that_falls_silent_is_not_asked_all_the_rest(
    failure: rounds.Question,
) -> None:
    asked = 0

    async def ask() -> None:
        nonlocal asked
        asked += 1
        await failure()

    with pytest.raises(TelephonyError):
        await ask_all([answered, *[ask] * 200])
    assert asked < 2 * rounds.UNHEARD_MOST


async def test_who_cannot_be_asked_about_many_is_there_for_the_others() -> None:
    heard: list[None] = []
    few = [unanswered] * (rounds.UNHEARD_MOST - rounds.AT_ONCE)
    await ask_all([*few, answered] * 3, lambda: heard.append(None))
    assert len(heard) == 3


async def test_of_a_round_only_so_many_are_under_way_that_others_need_not_wait_for_it() -> None:
    under_way, most = 0, 0

    async def ask() -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1

    await ask_all([ask] * 50)
    assert most == rounds.AT_ONCE


# --- one round after the other -----------------------------------------------------------------


def test_everything_is_asked_at_least_every_ten_seconds() -> None:
    assert rounds.INTERVAL <= 10


@pytest.mark.usefixtures("quick_rounds")
async def test_what_to_ask_is_looked_at_anew_for_every_round() -> None:
    asked: list[str] = []
    words = ["first"]

    async def ask(word: str) -> None:
        asked.append(word)

    repeated = Rounds(
        lambda: [lambda word=word: ask(word) for word in words], on_unreachable=lambda _: None
    )
    repeated.start()
    await until(lambda: asked)
    words[:] = ["second"]
    await until(lambda: asked[-1] == "second")
    repeated.stop()
    await asyncio.sleep(0)  # what was about to be asked in this very turn
    asked.clear()
    await asyncio.sleep(0.03)
    assert asked == []


@pytest.mark.usefixtures("quick_rounds")
async def test_rounds_go_on_when_the_server_is_there_again() -> None:
    failures: list[TelephonyError] = []
    answers: list[None] = []
    questions = [unheard]
    repeated = Rounds(
        lambda: questions,
        on_unreachable=failures.append,
        on_answer=lambda: answers.append(None),
    )
    repeated.start()
    await until(lambda: failures)
    assert isinstance(failures[0], CannotConnect)
    questions[:] = [answered]
    await until(lambda: answers)
    repeated.stop()
    repeated.stop()  # which is nothing


@pytest.mark.usefixtures("quick_rounds")
async def test_a_slow_round_is_followed_by_the_next_and_not_overtaken() -> None:
    under_way: list[int] = []
    most = 0

    async def ask() -> None:
        nonlocal most
        under_way.append(1)
        most = max(most, len(under_way))
        await asyncio.sleep(0.03)
        under_way.pop()
        count.append(1)

    count: list[int] = []
    repeated = Rounds(lambda: [ask], on_unreachable=lambda _: None)
    repeated.start()
    await until(lambda: len(count) >= 3)
    repeated.stop()
    assert most == 1


# --- a connection made of rounds ---------------------------------------------------------------


@pytest.mark.usefixtures("quick_rounds")
async def test_a_connection_is_open_when_everything_was_answered_and_ends_with_the_answers() -> (
    None
):
    questions = [answered]
    link = await PollingLink.open(lambda: questions)
    first = link.last_received
    await until(lambda: link.last_received > first)
    assert not link.closed.done()
    questions[:] = [unheard]
    await until(link.closed.done)
    link.abort()  # which is nothing any more


async def test_a_connection_that_nothing_answers_is_never_open() -> None:
    with pytest.raises(CannotConnect):
        await PollingLink.open(lambda: [unheard])


async def test_a_connection_can_be_probed_and_left() -> None:
    questions = [answered]
    link = await PollingLink.open(lambda: questions)
    link.last_received = 0.0
    await link.probe()
    assert link.last_received > 0
    questions[:] = [unanswered]
    with pytest.raises(NoAnswer):
        await link.probe()
    await link.leave()
    assert link.closed.done()


@pytest.mark.usefixtures("quick_rounds")
async def test_a_connection_lives_while_a_long_round_is_answered() -> None:
    """Else it would be probed, which is the same round again."""
    goes_on = asyncio.Event()
    questions = [answered, answered]
    link = await PollingLink.open(lambda: questions)
    link.last_received = 0.0

    async def ask_for_long() -> None:
        await goes_on.wait()

    questions[:] = [answered, ask_for_long]
    await until(lambda: link.last_received)
    assert not goes_on.is_set()
    goes_on.set()
    await link.leave()


# --- with a server -----------------------------------------------------------------------------


async def test_those_whom_somebody_names_are_there_with_their_names_and_states(
    site: Site,
) -> None:
    await site.does("set", user="101", state=3)
    (anna, viktor) = site.named("100", "101")
    typed = NamedUser("{" + anna.id.upper() + "}", "Аня", "100")
    system = await site.start(push=False, users=(typed, viktor), group_numbers=(GROUP,))
    assert len(system.directory.extensions) == 2
    assert (site.person("100").name, site.person("100").number) == ("Аня", "100")
    assert (site.status("100"), site.status("101")) == ("Ready", "Away")
    assert site.group().free == 2
    assert site.sessions == []


@pytest.mark.usefixtures("quick_rounds")
async def test_changes_are_seen_in_the_next_round(site: Site) -> None:
    await site.start(push=False, users=site.named("100", "101"))
    await site.does("set", user="100", state=3)
    await until(lambda: site.status("100") == "Away")
    assert {sent["iduser"] for _, sent in site.asked("tst_")} == {site.id("100"), site.id("101")}


@pytest.mark.usefixtures("quick_rounds")
async def test_nothing_is_written_in_a_round_in_which_nothing_has_changed(site: Site) -> None:
    await site.start(push=False, users=site.named("100", "101"))
    writes = site.writes()
    await until(lambda: len(site.simulator.log._kept) >= 6)
    assert writes == []


async def test_at_most_four_requests_are_under_way_at_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way, most, four = 0, 0, asyncio.Event()
    meet = site.simulator.faults.meet

    async def met(command: str, answer: Callable[[], Awaitable[web.Response]]) -> web.Response:
        nonlocal under_way, most
        if not command.startswith("tst_"):
            return await meet(command, answer)
        under_way += 1
        most = max(most, under_way)
        if under_way == 4:
            await asyncio.sleep(0.02)  # in which a fifth would come
            four.set()
        await four.wait()
        under_way -= 1
        return await meet(command, answer)

    monkeypatch.setattr(site.simulator.faults, "meet", met)
    users = site.named("100", "101", "102", "103")
    await site.start(push=False, users=users, group_numbers=(GROUP,))
    assert most == 4


@pytest.mark.usefixtures("quick_rounds")
async def test_a_command_is_not_behind_a_whole_round(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.start(push=False, users=site.named("100"))
    turns: list[str] = []
    meet = site.simulator.faults.meet

    async def met(command: str, answer: Callable[[], Awaitable[web.Response]]) -> web.Response:
        turns.append(command)
        await asyncio.sleep(0.002)
        return await meet(command, answer)

    monkeypatch.setattr(site.simulator.faults, "meet", met)
    polling = [partial(site.system.read_state, site.id("100"))] * 100
    round_of_many = asyncio.create_task(ask_all(polling))
    await until(lambda: turns)
    await site.system.stop_dialing(site.person("100"))
    assert turns.index("wp_autocallstop") < 20
    await round_of_many


@pytest.mark.usefixtures("quick_rounds")
async def test_with_whom_somebody_talks_is_asked_for_here_too(site: Site) -> None:
    await site.start(push=False, users=site.named("100"))
    await site.does("ring", caller="84951234567", called="100")
    await site.does("answer", number="100")
    await until(lambda: site.person("100").calls)
    await site.does("hang_up", number="100")
    await until(lambda: not site.person("100").calls)


@pytest.mark.usefixtures("quick_rounds")
async def test_of_whoever_the_server_does_not_know_nothing_is_shown(site: Site) -> None:
    await site.start(push=False, users=(*site.named("100"), NOBODY))
    assert site.extension(NOBODY.id).status is None
    assert site.is_connected


@pytest.mark.usefixtures("quick_rounds")
async def test_the_state_of_whoever_is_not_there_any_more_is_not_known(site: Site) -> None:
    await site.start(push=False, users=site.named("100", "101"))
    anna = site.id("100")
    await site.does("remove_user", user="100")
    await until(lambda: site.extension(anna).status is None)
    assert site.is_connected


@pytest.mark.usefixtures("quick_rounds")
async def test_it_comes_back_when_the_server_does(site: Site) -> None:
    system = await site.start(push=False, users=site.named("100"), grace_period=0.01)
    await site.does("fault", kind="refuse", seconds=30)
    await site.does("disconnect")
    await until(lambda: not system.directory.available)
    assert not site.is_connected
    await site.does("set", user="100", state=3)
    await site.does("fault", kind="none")
    await until(lambda: site.is_connected)
    assert site.status("100") == "Away"
    assert system.directory.available


@pytest.mark.usefixtures("quick_rounds")
async def test_where_nobody_is_named_the_licence_is_the_servers_sign_of_life(site: Site) -> None:
    system = await site.start(push=False, grace_period=0.01)
    await until(lambda: len(site.simulator.log._kept) >= 2)
    asked = site.asked()
    assert {(command, sent["detail"]) for command, sent in asked} == {
        ("getlicenseinfo", "regserial")
    }
    await site.does("fault", kind="refuse", seconds=30)
    await site.does("disconnect")
    await until(lambda: not system.directory.available)
    assert not site.is_connected


@pytest.mark.usefixtures("quick_rounds")
async def test_a_server_that_does_not_tell_its_licence_is_there(site: Site) -> None:
    await site.does("fault", kind="status", code=404, command="getlicense")
    await site.start(push=False)
    await until(lambda: len(site.simulator.log._kept) >= 2)
    assert site.is_connected


@pytest.mark.usefixtures("quick_rounds")
async def test_who_is_named_is_a_sign_of_life_too(site: Site) -> None:
    await site.start(push=False, group_numbers=(GROUP,))
    await until(lambda: len(site.simulator.log._kept) >= 2)
    assert {command for command, _ in site.asked()} == {"tst_getintnumberreadyusers"}


@pytest.mark.usefixtures("quick_rounds")
async def test_credentials_that_are_refused_end_the_asking(site: Site) -> None:
    system = await site.start(push=False, users=site.named("100"), grace_period=0.01)
    await site.does("set", user="hass", web_api=False)
    await until(lambda: site.refused)
    site.asked()
    await until(lambda: not system.directory.available)
    assert system._polling is not None
    assert system._polling._task is not None
    await asyncio.wait((system._polling._task,))
    assert site.asked() == []
    assert site.refused == [None]


async def test_a_start_without_a_server_says_so(site: Site) -> None:
    await site.does("fault", kind="refuse", seconds=30)
    with pytest.raises(CannotConnect):
        await site.start(push=False, users=site.named("100"))
