"""Reading everything from a server of which one resource is not what it should be."""

from collections.abc import Mapping
import json
from typing import Any

import orjson
import pytest

from custom_components.office_cti.telephony.isymphony_live.found import CoreFound
from custom_components.office_cti.telephony.isymphony_live.requests import ROOT, Request
from custom_components.office_cti.telephony.system import Refused

from ..hostile import BAD_TEXTS, HUGE_TEXTS, places, with_each, without
from .site import Site

KINDS = ("users", "extensions", "queues", "conferences", "status", "agents", "callSegments")


class Recorded:
    """All that a server answers, to be answered again, with something else in place of some of it."""

    def __init__(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bodies: dict[str, bytes | None] = {}
        self.instead: Mapping[str, bytes | Exception] = {}
        client = site.system.client
        asked = client._body

        async def body(request: Request) -> bytes | None:
            path = request.path.removeprefix(ROOT)
            if isinstance(other := self.instead.get(path), Exception):
                raise other
            if other is None and path not in self.bodies:
                self.bodies[path] = await asked(request)
            return other or self.bodies[path]

        monkeypatch.setattr(client, "_body", body)

    def path(self, kind: str) -> str:
        """Return where something of a kind is told that there is some of."""
        return next(
            path
            for path, body in self.bodies.items()
            if path.rpartition("/")[2] == kind and body not in {None, b"[]"}
        )

    def body(self, path: str) -> Any:
        return json.loads(self.bodies[path] or b"")


@pytest.fixture
async def recorded(site: Site, monkeypatch: pytest.MonkeyPatch) -> Recorded:
    await site.does("ring", caller="0555", called="100")
    await site.start()
    made = Recorded(site, monkeypatch)
    await site.system._reader.everything()
    return made


async def read_anew(site: Site) -> tuple[tuple[CoreFound, ...], bool]:
    found, is_whole = await site.system._reader.everything()
    await site.system.picture.commit(found, whole=is_whole)
    return found, is_whole


@pytest.mark.parametrize("kind", KINDS)
async def test_whatever_is_wrong_with_one_of_many_the_others_are_there_and_nobody_is_gone(
    site: Site, recorded: Recorded, kind: str
) -> None:
    path = recorded.path(kind)
    body = recorded.body(path)
    first = body[0] if isinstance(body, list) else body
    changed = [without(first, place) for place in places(first)]
    changed += [
        json.loads(text)
        for place in places(first)
        for _, text in with_each(first, place, BAD_TEXTS + HUGE_TEXTS)
        if is_json(text)
    ]
    for each in changed:
        whole = [each, *body[1:]] if isinstance(body, list) else each
        recorded.instead = {path: json.dumps(whole).encode()}
        await read_anew(site)
        assert site.status("101") == "Lunch", each
        assert site.user("101").number == "101", each
        assert site.telephone("103").name == "Front Door", each


def is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("kind", ["users", "extensions"])
@pytest.mark.parametrize("wrong", ["id", "userName", "extensionNumber"])
async def test_whoever_cannot_be_read_is_not_taken_for_gone(
    site: Site, recorded: Recorded, kind: str, wrong: str
) -> None:
    path = recorded.path(kind)
    recorded.instead = {
        path: json.dumps([{**each, wrong: []} for each in recorded.body(path)]).encode()
    }
    await read_anew(site)
    assert len(site.system.directory.extensions) == 4
    assert site.user("100").name == "Anna"


@pytest.mark.parametrize("kind", ["status", "agents", "callSegments", "extension", "conferences"])
async def test_what_a_server_refuses_to_tell_hides_nothing_else(
    site: Site, recorded: Recorded, kind: str
) -> None:
    extensions = {record.object.id for record in site.system.directory.extensions}
    recorded.instead = {recorded.path(kind): Refused(reason="HTTP 500")}
    await read_anew(site)
    assert {record.object.id for record in site.system.directory.extensions} == extensions
    assert site.user("100").number == "100"


async def test_whose_telephones_a_server_refuses_to_tell_is_there_with_those_of_before(
    site: Site, recorded: Recorded
) -> None:
    user = site.office.server().users["100"]
    path = next(path for path in recorded.bodies if path.endswith(f"{user.id}/extensions"))
    recorded.instead = {path: Refused(reason="HTTP 500")}
    _, is_whole = await read_anew(site)
    assert not is_whole
    assert site.user("100").number == "100"
    assert len(site.system.directory.extensions) == 4
