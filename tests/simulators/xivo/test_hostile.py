"""No message of a client does more harm than to end that client's connection."""

from itertools import product
import random

import pytest

from simulators.xivo import Office, OfficeError, Release, XivoSimulator
from simulators.xivo.fields import Drop
from tests.simulators.xivo.conftest import running
from tests.simulators.xivo.wire import XivoClient

VALUES = (
    None, True, 0, 1, -1, 1.5, "", "1", "x", "1002", "0145550123", [], ["1", "2"], {}, {"1": {}},
    "agent:xivo/1", "queue:xivo/1", "queue:xivo/all", "user:xivo/1", "exten:xivo/1002", "xivo/2",
    "chan:xivo/SIP/trunk-00000001", "voicemail:xivo/1", "meetme:xivo/1", "meetme_update", "blue",
    "queueentryupdate", "current_calls", {"enableunc": True, "destunc": "1002"}, "available",
    ["4001", "1"], "MeetmeMute", "start", {"1": {"window": "60", "xqos": 5}}, [["a", 1]],
)  # fmt: skip
FIELDS = (
    "value", "target", "availstate", "destination", "source", "member", "queue", "agentids",
    "agentphonenumber", "channelids", "tointercept", "mailbox", "context", "functionargs",
    "subcommand", "channel", "variables", "mode", "size", "pattern", "message", "queueid", "on",
    "to", "text", "number", "unique_id", "queue_name", "invitee", "fileid", "socketref", "infos",
    "listname", "tid", "status", "data", "user_ids", "agent_ids", "endpoint_ids", "commandid",
)  # fmt: skip


def messages(simulator: XivoSimulator, rng: random.Random) -> list[dict[str, object]]:
    """Return some messages for each command that the server knows, with whatever in them."""
    requests = simulator.requests
    names = [*requests._new, *requests._old]
    functions = ("enablednd", "incallfilter", "enablerecording", "fwd", "listid", "updateconfig")
    ipbx = requests._new["ipbxcommand"].__self__  # type: ignore[attr-defined]
    commands = [*ipbx._new, *ipbx._old]
    heads = [
        *({"class": name} for name in names),
        *({"class": "ipbxcommand", "command": command} for command in commands),
        *(
            {"class": name, "function": function}
            for name, function in product(("featuresput", "getlist"), functions)
        ),
    ]
    return [
        {**{field: rng.choice(VALUES) for field in rng.sample(FIELDS, 30)}, **head}
        for head in heads
        for _ in range(25)
    ]


@pytest.mark.parametrize(
    "release", [Release.R14_12, Release.R15_01, Release.R15_02, Release.R15_19]
)
async def test_nothing_but_a_drop_comes_of_any_message(release: Release) -> None:
    rng = random.Random(1)  # noqa: S311 - not secret, but repeatable
    async with running(release=release) as simulator, XivoClient(simulator.port) as client:
        await client.log_in("alice", "alice-pw")
        office: Office = simulator.office
        (session,) = simulator.clients
        simulator.call_center.log_in(office.agent("2001"), "1002")
        simulator.calls.answer(simulator.calls.ring("0145550123", "1001"))
        answered = 0
        for message in messages(simulator, rng):
            try:
                simulator.requests.take(session, message)
            except Drop, OfficeError:
                continue
            simulator.end_turn()
            answered += 1
        assert answered
