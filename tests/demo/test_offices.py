"""What the demo says of its simulated telephone systems is so."""

import asyncio
from typing import Any

import pytest

from demo import offices
from demo.control import tell


@pytest.fixture
async def office(request, tmp_path):
    """A simulated telephone system, in which nothing happens by itself."""
    async with offices.running(
        request.param, tmp_path, extensions=12, scenario="none", remembered={}
    ) as office:
        yield office


@pytest.mark.parametrize("office", ["xivo"], indirect=True)
async def test_a_telephone_rings_is_answered_and_is_free_again(office):
    """Whoever forwards calls, is on the telephone or wants no calls is not the one to be called."""

    def told(op: str, **arguments: Any) -> Any:
        return asyncio.to_thread(tell, office.about, op, **arguments)

    await told("set", extension="100", forward_always="109")
    await told("set", extension="101", dnd=True)
    await told("ring", caller="0145550123", called="102")
    queue, ring, answer, hang_up = await asyncio.to_thread(office.examples)
    assert ring[0] == "Somebody calls Rose Garnier (103), whose telephone rings"
    for (_, operation), state in ((ring, "ringing"), (answer, "talking")):
        await told(**operation)
        assert (await told("dump"))["calls"][-1]["state"] == state
    await told(**hang_up[1])
    assert len((await told("dump"))["calls"]) == 1
    await told(**queue[1])


@pytest.mark.parametrize("office", ["xivo", "isymphony_status", "isymphony_live"], indirect=True)
async def test_every_example_can_be_sent(office):
    for _, operation in await asyncio.to_thread(office.examples):
        await asyncio.to_thread(tell, office.about, **operation)


@pytest.mark.parametrize("office", ["isymphony_live"], indirect=True)
async def test_a_branch_office_opens_with_calls_going_on_and_somebody_in_a_conference_room(office):
    [server] = (await asyncio.to_thread(tell, office.about, "dump"))["servers"].values()
    assert server["conferences"]["650"]["members"] == ["15550177", "111"]
    assert {server["extensions"][each]["state"] for each in ("100", "103")} == {"INUSE"}
    assert server["extensions"]["107"]["state"] == "ONHOLD"


@pytest.mark.parametrize("office", ["isymphony_live"], indirect=True)
async def test_whoever_is_called_in_the_branch_office_is_in_no_call(office):
    await asyncio.to_thread(tell, office.about, "ring", caller="15550100", called="101")
    example = (await asyncio.to_thread(office.examples))[1]
    assert example[0] == "Somebody calls Jennifer Parker (102), whose telephone rings"


@pytest.mark.parametrize(
    ("office", "access"),
    [
        (
            "xivo",
            (
                "xivo: host 127.0.0.1, port PORT, username 100, password demo; "
                "further accounts: an extension's number, and demo"
            ),
        ),
        ("isymphony_status", "isymphony_status: host 127.0.0.1, port PORT"),
        (
            "isymphony_live",
            "isymphony_live: host 127.0.0.1, port PORT, username manager, password demo",
        ),
    ],
    indirect=["office"],
)
def test_how_to_set_it_up_by_hand_is_told(office, access):
    assert office.access == access.replace("PORT", str(office.about["port"]))
