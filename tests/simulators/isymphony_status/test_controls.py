from typing import TYPE_CHECKING

import pytest

from simulators.isymphony_status.server import RECEIVED_LIMIT
from tests.simulators.wire import LineClient

if TYPE_CHECKING:
    from simulators.isymphony_status import Office, StatusSimulator
    from tests.simulators.wire import ControlClient

SALES = {"location": "Head Office", "tenant": "Sales"}


@pytest.mark.parametrize(
    ("request_", "event"),
    [
        (
            {"op": "set", "extension": "100", "status": "Away"},
            "ExtensionStatusUpdatedEvent@#Head Office@#Sales@#100@#Away",
        ),
        (
            {"op": "set", "extension": "100", "note": "a\r\nb\rc\nd"},
            "ExtensionNoteUpdatedEvent@#Head Office@#Sales@#100@#a#masknl#b#masknl#c#masknl#d",
        ),
        (
            {"op": "set", "extension": "100", "return_time": 1_700_000_000},
            "ExtensionReturnTimeUpdatedEvent@#Head Office@#Sales@#100@#1700000000",
        ),
        (
            {"op": "add", "what": "status", **SALES, "status": "#1 Fan"},
            "StatusAddedEvent@#Head Office@#Sales@##1 Fan",
        ),
        (
            {"op": "remove", "what": "status", **SALES, "status": "Away"},
            "StatusRemovedEvent@#Head Office@#Sales@#Away",
        ),
        (
            {"op": "rename", "what": "status", **SALES, "status": "Away", "new_name": "Unterwegs"},
            "StatusRenameEvent@#Head Office@#Sales@#Away@#Unterwegs",
        ),
        (
            {"op": "add", "what": "location", "location": "Старый город"},
            "LocationAddedEvent@#Старый город",
        ),
        (
            {"op": "remove", "what": "location", "location": "Head Office"},
            "LocationRemovedEvent@#Head Office",
        ),
        (
            {"op": "rename", "what": "location", "location": "Head Office", "new_name": "HQ"},
            "LocationRenamedEvent@#Head Office@#HQ",
        ),
        (
            {"op": "add", "what": "tenant", "location": "Head Office", "tenant": "Kitchen"},
            "TenantAddedEvent@#Head Office@#Kitchen",
        ),
        ({"op": "remove", "what": "tenant", **SALES}, "TenantRemovedEvent@#Head Office@#Sales"),
        (
            {"op": "rename", "what": "tenant", **SALES, "new_name": "Vertrieb"},
            "TenantRenamedEvent@#Head Office@#Sales@#Vertrieb",
        ),
        (
            {"op": "add", "what": "extension", **SALES, "extension": "200"},
            "ExtensionAddedEvent@#Head Office@#Sales@#200",
        ),
        (
            {"op": "remove", "what": "extension", **SALES, "extension": "101"},
            "ExtensionRemovedEvent@#Head Office@#Sales@#101",
        ),
        (
            {"op": "rename", "what": "extension", **SALES, "extension": "101", "new_name": "7"},
            "ExtensionRenamedEvent@#Head Office@#Sales@#101@#7",
        ),
    ],
)
async def test_every_change_has_its_one_event(
    control: ControlClient, client: LineClient, request_: dict[str, object], event: str
) -> None:
    assert await control.do(**request_) == {"ok": True, "events": 1}
    assert await client.line() == f"{event}\n".encode()
    await client.is_in_step()


async def test_a_renamed_status_can_be_called_as_the_other_renames_are(
    control: ControlClient, client: LineClient
) -> None:
    await control.do("spelling", rename="StatusRenamedEvent")
    await control.do("rename", what="status", **SALES, status="Away", new_name="Gone")
    assert await client.line() == b"StatusRenamedEvent@#Head Office@#Sales@#Away@#Gone\n"


async def test_the_status_report_mixes_both_prefixes_unless_told_otherwise(
    control: ControlClient, client: LineClient
) -> None:
    await control.do("add", what="status", **SALES, status="#1 Fan")
    await client.line()
    seen = {}
    for status in ("mixed", "@", "@#"):
        await control.do("spelling", status=status)
        client.send(b"get_statuses\n" * 20)
        lines = [await client.until(b"Status Report Finished\n") for _ in range(20)]
        seen[status] = {line for report in lines for line in report if line.startswith(b"Status@")}
    assert {b"Status@Away\n", b"Status@#Away\n"} <= seen["mixed"]
    assert b"Status@Away\n" in seen["@"]
    assert b"Status@#Away\n" not in seen["@"]
    assert b"Status@Away\n" not in seen["@#"]
    for lines_seen in seen.values():
        assert b"Status@##1 Fan\n" in lines_seen
        assert b"Status@#1 Fan\n" not in lines_seen


async def test_several_values_are_set_one_after_the_other(
    control: ControlClient, client: LineClient
) -> None:
    answer = await control.do("set", extension="100", status="Away", note="tea", return_time=60)
    assert answer == {"ok": True, "events": 3}
    assert await client.lines(3) == [
        b"ExtensionStatusUpdatedEvent@#Head Office@#Sales@#100@#Away\n",
        b"ExtensionNoteUpdatedEvent@#Head Office@#Sales@#100@#tea\n",
        b"ExtensionReturnTimeUpdatedEvent@#Head Office@#Sales@#100@#60\n",
    ]


async def test_a_number_that_two_extensions_have_needs_its_place(
    office: Office, control: ControlClient
) -> None:
    office.add_extension("Harbour Branch", "Sales", "100")
    assert not (await control.do("set", extension="100", note="x"))["ok"]
    assert (await control.do("set", extension="100", note="x", location="Head Office"))["ok"]


async def test_a_rename_takes_along_what_holds_the_name(
    office: Office, control: ControlClient
) -> None:
    await control.do(
        "rename", what="status", **SALES, status="Out to Lunch", new_name="Mittagspause"
    )
    await control.do("rename", what="tenant", **SALES, new_name="Vertrieb")
    await control.do("rename", what="location", location="Head Office", new_name="HQ")
    assert list(office.locations) == ["HQ", "Harbour Branch"]
    assert list(office.location("HQ").tenants) == ["Vertrieb", "Support"]
    assert office.extension("HQ", "Vertrieb", "101").status == "Mittagspause"
    assert office.tenant("HQ", "Vertrieb").statuses == ["Available", "Away", "Mittagspause"]


async def test_a_removed_status_stays_where_it_is_held(
    office: Office, control: ControlClient
) -> None:
    await control.do("remove", what="status", **SALES, status="Out to Lunch")
    assert office.extension("Head Office", "Sales", "101").status == "Out to Lunch"


@pytest.mark.parametrize(
    "request_",
    [
        {"op": "set", "extension": "999", "note": "x"},
        {"op": "set", "extension": "100", "status": "Busy"},
        {"op": "set", "extension": "100", "note": "a@#b"},
        {"op": "set", "extension": "100", "return_time": -1},
        {"op": "set", "extension": "100", "return_time": 1.5},
        {"op": "add", "what": "fax"},
        {"op": "add", "what": "location", "location": ""},
        {"op": "add", "what": "location", "location": "a\nb"},
        {"op": "add", "what": "location", "location": "a@#b"},
        {"op": "add", "what": "location", "location": "Head Office"},
        {"op": "add", "what": "location", "location": ["x"]},
        {"op": "add", "what": "extension", "extension": "200"},
        {"op": "remove", "what": "tenant", "location": "Head Office", "tenant": "Nobody"},
        {"op": "remove", "what": "status", **SALES, "status": "Busy"},
        {"op": "rename", "what": "tenant", **SALES},
        {"op": "rename", "what": "tenant", **SALES, "new_name": "Support"},
        {"op": "scenario", "name": "night-shift"},
        {"op": "scenario", "name": "office-day", "rate": 0},
        {"op": "echo", "order": "sometimes"},
        {"op": "spelling", "rename": "StatusChangedEvent"},
        {"op": "interleave", "changes": -1},
        {"op": "burst", "events": 0},
        {"op": "burst", "events": 1, "rate": -1},
        {"op": "fault", "kind": "earthquake"},
        {"op": "fault", "kind": "drop", "how": "gently"},
        {"op": "fault", "kind": "stall", "seconds": 0},
        {"op": "fault", "kind": "slow", "bytes_per_second": 0},
        {"op": "fault", "kind": "garbage", "bytes": 2**40},
        {"op": "fault", "kind": "error", "text": "a\nb"},
    ],
)
async def test_what_cannot_be_done_is_refused(
    simulator: StatusSimulator, control: ControlClient, request_: dict[str, object]
) -> None:
    answer = await control.do(**request_)
    assert answer.pop("error")
    assert answer == {"ok": False}
    assert simulator.events == 0


async def test_there_are_no_calls(control: ControlClient) -> None:
    answer = {"ok": False, "error": "isymphony_status has no calls"}
    assert await control.do("ring", extension="100", number="555") == answer
    assert await control.do("answer", extension="100") == answer


async def test_the_whole_office_can_be_dumped(control: ControlClient) -> None:
    locations = (await control.do("dump"))["locations"]
    assert list(locations) == ["Head Office", "Harbour Branch"]
    assert locations["Head Office"]["tenants"]["Sales"] == {
        "statuses": ["Available", "Away", "Out to Lunch"],
        "extensions": {
            "100": {"status": "Available", "note": "", "return_time": 0},
            "101": {
                "status": "Out to Lunch",
                "note": "Mittag im Löwen\n☎ Срочный заказ",
                "return_time": 1_700_000_000,
            },
        },
    }


async def test_what_was_received_is_handed_out_once(
    control: ControlClient, client: LineClient
) -> None:
    await control.do("received")
    client.send(b"get_extension_status@#Head Office@#Sales@#100\r\nset_x\n")
    await client.lines(2)
    assert await control.do("received") == {
        "ok": True,
        "lines": ["get_extension_status@#Head Office@#Sales@#100", "set_x"],
        "missed": 0,
        "probes": 0,
    }
    assert (await control.do("received"))["lines"] == []


async def test_what_was_received_can_be_chosen_by_its_start(
    control: ControlClient, client: LineClient
) -> None:
    await client.ask("set_x")
    await client.ask("get_x")
    assert (await control.do("received", starting="set_"))["lines"] == ["set_x"]


async def test_no_more_lines_are_kept_than_are_bounded(
    control: ControlClient, client: LineClient
) -> None:
    await control.do("received")
    client.send(b"x\n" * (RECEIVED_LIMIT + 3))
    await client.lines(RECEIVED_LIMIT + 3)
    answer = await control.do("received")
    assert len(answer["lines"]) == RECEIVED_LIMIT
    assert answer["missed"] == 3


async def test_connections_and_probes_are_counted(
    simulator: StatusSimulator, control: ControlClient, client: LineClient
) -> None:
    async with LineClient(simulator.port) as probe:
        assert (await probe.writer.drain()) is None
        await client.is_in_step()
        simulator.listener.drop_all(reset=False)
        assert await probe.rest() == b""
    answer = await control.do("received")
    assert answer["probes"] == 1
    assert await control.do("clients") == {"ok": True, "clients": 0, "connections": 2}
    stats = await control.do("stats")
    assert stats["connections"] == 2
    assert stats["bytes_outstanding"] == 0


async def test_all_clients_can_be_disconnected(control: ControlClient, client: LineClient) -> None:
    await control.do("set", extension="100", note="x")
    assert await control.do("disconnect") == {"ok": True, "connections": 1}
    assert await client.rest() == b"ExtensionNoteUpdatedEvent@#Head Office@#Sales@#100@#x\n"


async def test_echo_and_interleave_can_be_chosen(
    simulator: StatusSimulator, control: ControlClient
) -> None:
    assert await control.do("echo", order="none") == {"ok": True, "order": "none"}
    assert simulator.echo == "none"
    assert await control.do("interleave", changes=3) == {"ok": True, "changes": 3}
    assert simulator.interleave == 3


async def test_a_burst_is_exactly_as_long_as_was_asked_for(
    control: ControlClient, client: LineClient
) -> None:
    assert await control.do("burst", events=5_001) == {"ok": True, "events": 5_001}
    assert await control.do("sync") == {"ok": True}
    await client.lines(5_001)
    await client.is_in_step()
    assert await control.do("burst", events=30, rate=10_000) == {"ok": True, "events": 30}
    await client.lines(30)
    await client.is_in_step()


async def test_a_burst_in_an_empty_office_is_empty(office: Office, control: ControlClient) -> None:
    office.remove_location("Head Office")
    office.remove_location("Harbour Branch")
    assert await control.do("burst", events=10) == {"ok": True, "events": 0}


async def test_a_scenario_can_be_started_and_ended(
    simulator: StatusSimulator, control: ControlClient, client: LineClient
) -> None:
    assert (await control.do("scenario", name="office-day", rate=10_000))["ok"]
    await client.lines(20)
    assert (await control.do("scenario", name="none"))["ok"]
    events = simulator.events
    await control.do("sync")
    assert simulator.events == events
