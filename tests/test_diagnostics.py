"""Diagnostics help to find a fault and tell nobody's secrets."""

import json
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigSubentryData
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
    get_diagnostics_for_device,
)

from custom_components.office_cti.const import DOMAIN

from .common import SEAT, extension_device, in_step, set_up
from .company import ANNA, BERT, EVERYTHING
from .scripted_system import Login


@pytest.fixture
async def noted(hass, loaded, office, happens):
    """An office in which everybody has a note."""
    for seat in list(office.seats()):
        await happens(office.set_note(*seat, "Dentist, tooth 36"))
    return loaded


async def test_the_entry(hass, noted, hass_client, simulator, office, happens):
    simulator.listener.broadcast(b"What is this?\n")
    await in_step(hass, noted)
    await happens(office.set_return_time(*SEAT, 1_800_000_000))
    told = await get_diagnostics_for_config_entry(hass, hass_client, noted)
    text = json.dumps(told)
    assert "Dentist" not in text
    assert "127.0.0.1" not in text
    assert told["entry"] == {
        "system": "isymphony_status",
        "host": "**REDACTED**",
        "port": simulator.port,
    }
    connection = told["connection"]
    assert connection.pop("connected_since")
    assert connection == {
        "system": "isymphony_status",
        "connected": True,
        "available": True,
        "interruptions": 0,
        "unexpected": {"an unknown line": 1},
    }
    assert told["counts"]["extensions"] == len(told["extensions"]) == 12
    assert sum(told["counts"]["presence"].values()) == 12
    first = told["extensions"][0]
    assert first["id"] == list(SEAT)
    assert (first["status"]["name"], first["status"]["kind"]) == ("Available", "available")
    assert first["note"] == "**REDACTED**"
    assert first["return_time"] == "2027-01-15T08:00:00+00:00"
    assert "set_status" in first["features"]
    assert told["status_lists"][0]["statuses"][0] == first["status"]


async def test_a_device(hass, noted, hass_client):
    device = extension_device(hass, noted, *SEAT)
    told = await get_diagnostics_for_device(hass, hass_client, noted, device)
    assert told["available"]
    assert told["object"]["number"] == "100"
    assert "Dentist" not in json.dumps(told)

    server = dr.async_get(hass).async_get(device.via_device_id)
    told = await get_diagnostics_for_device(hass, hass_client, noted, server)
    assert told["object"]["connected"] is True
    assert "127.0.0.1" not in json.dumps(told)


async def test_a_server_that_is_not_reached(hass, loaded, hass_client, simulator):
    device = extension_device(hass, loaded, *SEAT)
    await simulator.faults.refuse()
    await hass.config_entries.async_reload(loaded.entry_id)
    assert loaded.state is ConfigEntryState.SETUP_RETRY
    told = await get_diagnostics_for_config_entry(hass, hass_client, loaded)
    assert (told["state"], told["reason"]) == ("setup_retry", "cannot_connect")
    assert "127.0.0.1" not in json.dumps(told)
    told = await get_diagnostics_for_device(hass, hass_client, loaded, device)
    assert told == {"state": "setup_retry", "reason": "cannot_connect"}


# --- a telephone system that has everything ----------------------------------------------------

# What people are called, what they wrote, whom they called or wait for, and who logs in.
SECRETS = {
    "Anna",
    "Bert",
    "Dentist",
    "Carla",
    "0555",
    "SIP/x-0001",
    "Dora",
    "1478.1",
    "Attic",
    "Emil",
    "Training",
    "1234567",
    "pbx.example",
    "watcher",
    "swordfish",
}


def account(username: str) -> ConfigSubentryData:
    return ConfigSubentryData(
        data={"username": username, "password": "swordfish"},
        subentry_type="account",
        title=username,
        unique_id=username,
    )


def secrets_in(told: Any) -> set[str]:
    """Return which secrets are told."""
    text = json.dumps(told).casefold()
    return {secret for secret in SECRETS if secret.casefold() in text}


async def set_up_office(hass: Any, data: dict[str, Any], **others: Any) -> MockConfigEntry:
    entry = MockConfigEntry(domain=DOMAIN, entry_id="office", data=data, **others)
    entry.add_to_hass(hass)
    await set_up(hass, entry)
    return entry


@pytest.fixture
async def watched(hass, scripted_office):
    """A telephone system that has everything, with a log-in and two accounts, one of them away."""
    scripted_office.put(*EVERYTHING)
    scripted_office.logins = {
        "watcher": Login("swordfish", BERT.id, "Bert"),
        "anna": Login("swordfish", ANNA.id, "Anna"),
        "bert": Login("swordfish", BERT.id, "Bert"),
    }
    scripted_office.away.add("bert")
    return await set_up_office(
        hass,
        {
            "system": "scripted",
            "host": "pbx.example",
            "port": 4711,
            "username": "watcher",
            "password": "swordfish",
        },
        subentries_data=[account("anna"), account("bert")],
    )


async def test_everything_is_counted_and_nobody_told_of(hass, watched, hass_client):
    told = await get_diagnostics_for_config_entry(hass, hass_client, watched)
    assert secrets_in(told) == set()
    assert told["accounts"] == {"count": 2, "connected": 1}
    assert told["counts"] == {
        "extensions": 2,
        "agents": 2,
        "queues": 1,
        "conferences": 1,
        "groups": 1,
        "status_lists": 1,
        "presence": {"on_call": 1, "do_not_disturb": 1},
        "availability": {"available": 1, "logged_out": 1},
    }


async def test_what_helps_to_find_a_fault_is_told(hass, watched, hass_client):
    told = await get_diagnostics_for_config_entry(hass, hass_client, watched)
    anna, bert = told["extensions"]
    assert (anna["id"], anna["number"], anna["name"]) == (["1"], "100", "**REDACTED**")
    assert anna["forward_no_answer"] == {"enabled": True, "destination": "**REDACTED**"}
    assert anna["voicemail"] == {"new": 2, "old": 5, "waiting": True}
    (call,) = anna["calls"]
    assert (call["state"], call["direction"]) == ("talking", "incoming")
    assert call["id"] == call["number"] == call["name"] == "**REDACTED**"
    assert bert["forward_busy"] is None
    assert bert["status"]["name"] == "Out to lunch"
    agent, _ = told["agents"]
    assert (agent["number"], agent["availability"], agent["phone"]) == ("2001", "available", "100")
    (queue,) = told["queues"]
    assert (queue["name"], queue["waiting"]) == ("Blue", 2)
    assert [(each["state"], each["paused"]) for each in queue["members"]] == [
        ("in_use", False),
        ("logged_out", True),
    ]
    assert [each["position"] for each in queue["callers"]] == [1, 2]
    (conference,) = told["conferences"]
    assert (conference["number"], len(conference["members"])) == ("4001", 1)
    (group,) = told["groups"]
    assert (group["number"], group["free"], group["busy"]) == ("120", 2, 3)
    assert (anna["modes"]["on_break"], anna["modes"]["break_reason"]) == (True, "**REDACTED**")


async def test_of_a_licence_the_dates_are_told(hass, watched, hass_client):
    identifier = (DOMAIN, "office:server:")
    device = dr.async_get(hass).async_get_device_by_identifier(identifier, "office")
    told = await get_diagnostics_for_device(hass, hass_client, watched, device)
    assert told["object"]["license"] == {
        "number": "**REDACTED**",
        "confirm_by": "2027-01-31",
        "updates_until": "2026-12-31",
    }
    assert told["object"]["features"] == ["license", "notifications"]


@pytest.mark.parametrize("kind", ["extension:1", "extension:2", "agent:7", "queue:3", "group:120"])
async def test_a_device_tells_of_nobody_either(hass, watched, hass_client, kind):
    identifier = (DOMAIN, f"office:{kind}")
    device = dr.async_get(hass).async_get_device_by_identifier(identifier, "office")
    told = await get_diagnostics_for_device(hass, hass_client, watched, device)
    assert secrets_in(told) == set()
    assert told["object"]["id"] == [kind.partition(":")[2]]


async def test_what_a_web_server_is_reached_with_is_told_of_nobody(
    hass, scripted_office, hass_client
):
    entry = await set_up_office(
        hass,
        {
            "system": "scripted_web",
            "host": "pbx.example",
            "port": 4055,
            "authorization": "password",
            "password": "swordfish",
            "push": {"port": 4066, "username": "watcher", "password": "swordfish"},
            "webhook_id": "swordfish",
        },
        options={
            "users": [{"id": "f9", "name": "Anna", "number": "100"}],
            "group_numbers": ["120"],
        },
    )
    told = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert secrets_in(told) == set()
    hidden = "**REDACTED**"
    assert told["entry"] == {
        "system": "scripted_web",
        "host": hidden,
        "port": 4055,
        "authorization": "password",
        "password": hidden,
        "push": {"port": 4066, "username": hidden, "password": hidden},
        "webhook_id": hidden,
    }
    assert told["options"] == {
        "users": [{"id": "f9", "name": hidden, "number": "100"}],
        "group_numbers": ["120"],
    }


async def test_what_a_person_describes_is_told_without_what_may_be_secret_in_it(
    hass, scripted_office, hass_client
):
    request = {"command": "dial", "method": "POST", "path": "a/{number}/dial"}
    entry = await set_up_office(
        hass,
        {
            "system": "scripted_api",
            "host": "pbx.example",
            "port": 58080,
            "username": "watcher",
            "password": "swordfish",
            "encryption": "none",
        },
        options={
            "requests": {
                "templates": [
                    request | {"body": '{"token": "swordfish"}'},
                    request
                    | {"command": "set_status", "path": "a/{status}?key=swordfish&b={user}"},
                ]
            },
            "events": {"event_types": ["hangup"], "event_users": ["Anna"]},
        },
    )
    told = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert secrets_in(told) == set()
    hidden = "**REDACTED**"
    assert told["options"] == {
        "requests": {
            "templates": [
                request | {"body": hidden},
                request | {"command": "set_status", "path": f"a/{{status}}?{hidden}"},
            ]
        },
        "events": {"event_types": ["hangup"], "event_users": hidden},
    }
