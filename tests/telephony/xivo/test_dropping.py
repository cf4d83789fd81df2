"""Whatever is asked of a XiVO system, of whomever, the server never hangs up.

A XiVO server answers most mistakes by closing the connection without a word. So every command is called here
with arguments of every kind, about people, agents and queues that are there, that are gone, or never were.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
import inspect
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.office_cti.telephony.model import (
    Agent,
    Destination,
    DirectorySource,
    Extension,
    ForwardKind,
    HistoryKind,
    Queue,
)
from custom_components.office_cti.telephony.system import TelephoneSystem, TelephonyError
from custom_components.office_cti.telephony.xivo.system import XivoSystem
from simulators.xivo import Release

from .site import Site

LOGINS = ("alice", "bob", "carol", "frank", "hana", "zoé", "dave")

TEXT = st.one_of(
    st.text(max_size=8),
    st.text("0123456789+*#. /:", max_size=8),
    st.sampled_from(
        (
            "",
            " ",
            "1001",
            "1002",
            "9999",
            "user:xivo/3",
            "exten:xivo/1001",
            "1\n2",
            "\x00",
            "\ud800",
        )
    ),
)
FLAG = st.booleans()
PERSON = st.sampled_from([*LOGINS, "gone"])
AGENT = st.sampled_from(["2001", "2002", "2635", "gone"])
QUEUE = st.sampled_from(["blue", "red", "__switchboard", "gone"])
MAYBE_PERSON = st.none() | PERSON
DOCUMENT = st.sampled_from([b"", b"GIF", b"%PDF-1.4 short"])


class Targets:
    """The objects of the site by the names that are drawn; "gone" is one that the server has no more."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def person(self, login: str) -> Extension:
        if login == "gone":
            return replace(self.site.person("alice"), id=("4711",))
        return self.site.person(login)

    def agent(self, number: str) -> Agent:
        if number == "gone":
            return replace(self.site.agent("2001"), id=("4711",))
        return self.site.agent(number)

    def queue(self, key: str) -> Queue:
        if key == "gone":
            return replace(self.site.queue("blue"), id=("4711",))
        return self.site.queue(key)

    def destination(
        self, number: str | None, person: str | None, *, voicemail: bool
    ) -> Destination:
        return Destination(number, None if person is None else self.person(person), voicemail)


type Asked = Callable[[XivoSystem, Targets], Awaitable[Any]]


def command(
    name: str, *targets: st.SearchStrategy[Any], **arguments: st.SearchStrategy[Any]
) -> st.SearchStrategy[tuple[str, Asked]]:
    """Return calls of a command: targets are drawn as (kind, name), arguments as they are."""

    def asked(drawn: tuple[Any, ...], named: dict[str, Any]) -> tuple[str, Asked]:
        def ask(system: XivoSystem, found: Targets) -> Awaitable[Any]:
            positional = [each(found) if callable(each) else each for each in drawn]
            return getattr(system, name)(*positional, **named)

        return f"{name}{named}", ask

    return st.builds(asked, st.tuples(*targets), st.fixed_dictionaries(arguments))


person = PERSON.map(lambda name: lambda found: found.person(name))
agent = AGENT.map(lambda name: lambda found: found.agent(name))
queue = QUEUE.map(lambda name: lambda found: found.queue(name))
any_queue = st.none() | queue
destination = st.builds(
    lambda number, name, voicemail: (
        lambda found: found.destination(number, name, voicemail=voicemail)
    ),
    st.none() | TEXT,
    MAYBE_PERSON,
    FLAG,
)
waiting_call = st.one_of(
    TEXT,
    st.just(
        lambda found: next((each.id for each in found.site.queue("__switchboard").callers), "99.1")
    ),
)

COMMANDS: dict[str, st.SearchStrategy[tuple[str, Asked]]] = {
    each: command(each, *arguments[0], **arguments[1])
    for each, arguments in {
        "set_status": ((person, TEXT | st.sampled_from(("Sorti", "Disponible", "Déconnecté"))), {}),
        "set_note": ((person, TEXT), {}),
        "set_return_time": ((person, st.none()), {}),
        "set_do_not_disturb": ((person,), {"enabled": FLAG}),
        "set_call_filter": ((person,), {"enabled": FLAG}),
        "set_recording": ((person,), {"enabled": FLAG}),
        "set_forward": (
            (person, st.sampled_from(ForwardKind)),
            {"enabled": st.none() | FLAG, "destination": st.none() | TEXT},
        ),
        "send_message": ((person, TEXT), {}),
        "dial": ((person, destination), {}),
        "hang_up": ((person,), {}),
        "transfer_call": ((person, TEXT), {"attended": FLAG}),
        "complete_transfer": ((person,), {}),
        "cancel_transfer": ((person,), {}),
        "record_call": ((person,), {"record": FLAG}),
        "pick_up_call": ((person, person), {}),
        "listen": ((person, agent), {}),
        "answer_waiting_call": ((person, waiting_call), {}),
        "hold_call": ((person, queue), {}),
        "resume_call": ((person, waiting_call), {}),
        "submit_call_form": ((person, TEXT, st.dictionaries(TEXT, TEXT, max_size=2)), {}),
        "invite_to_conference": ((person, person), {}),
        "send_fax": ((person, TEXT, DOCUMENT), {}),
        "get_call_history": ((person, st.sampled_from(HistoryKind), st.integers(-1, 50)), {}),
        "log_agent_in": ((agent, st.none() | TEXT), {}),
        "log_agent_out": ((agent,), {}),
        "pause_agent": ((agent, any_queue), {}),
        "resume_agent": ((agent, any_queue), {}),
        "add_queue_member": ((queue, agent), {}),
        "remove_queue_member": ((queue, agent), {}),
        "get_queue_statistics": (
            (queue,),
            {"window": st.floats(-1, 1e9), "quality_of_service": st.floats(-1, 1e9)},
        ),
        "search_directory": ((TEXT, st.sampled_from(DirectorySource)), {}),
    }.items()
}
# What happens on the server in between, so that there are calls to do something with.
HAPPENINGS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("ring", {"caller": "0145550123", "called": "1001"}),
    ("ring", {"caller": "0145550124", "called": "3008"}),
    ("ring", {"caller": "1001", "called": "4001"}),
    ("answer", {"number": "1001"}),
    ("answer", {"number": "1002"}),
    ("hang_up", {"number": "1001"}),
    ("agent_login", {"agent": "2001", "extension": "1002"}),
)
STEPS = st.lists(
    st.one_of(st.sampled_from(HAPPENINGS), st.one_of(*COMMANDS.values())), min_size=4, max_size=12
)


def test_every_command_of_the_interface_is_tried() -> None:
    interface = {
        name
        for name, member in vars(TelephoneSystem).items()
        if inspect.iscoroutinefunction(member)
        and name not in {"start", "stop", "set_accounts", "check_account"}
    }
    # What a XiVO does not have is refused by the interface itself.
    there = {
        name for name in interface if getattr(XivoSystem, name) is not vars(TelephoneSystem)[name]
    }
    assert there <= COMMANDS.keys() <= interface


@pytest.mark.parametrize(
    "release", [Release.R14_12, Release.R15_01, Release.R15_02, Release.R15_19], ids=str
)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_whatever_is_asked_the_server_never_hangs_up(release: Release, steps: list[Any]) -> None:
    async def run() -> list[str]:
        async with Site(release=release) as site:
            system = await site.start("alice", "bob", "hana", "frank")
            system.confirm_timeout = system.answer_timeout = system.ring_timeout = 0.01
            targets = Targets(site)
            for name, what in steps:
                if isinstance(what, dict):
                    with suppress(ValueError):  # what cannot happen now
                        await site.happens(name, **what)
                else:
                    with suppress(TelephonyError):
                        await what(system, targets)
                    await site.settle()  # however slow this machine is, the next one knows of it
            await site.settle()
            assert system.interruptions == 0
            return site.dropped

    assert asyncio.run(run()) == []
