"""What the sequences found once, told in a few steps."""

from collections.abc import Awaitable, Callable

from homeassistant.helpers import device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .home import Home, wait_until_none
from .picture import differences
from .server import Server


def _run(home: Home, steps: Callable[[Server, MockConfigEntry], Awaitable[None]]) -> None:
    """Take some steps, and check what comes of them."""

    async def run() -> None:
        async with Server() as server:
            entry = await home.add_entry(server.port)
            await steps(server, entry)

            async def what_differs() -> list[str]:
                return differences(home.hass, entry, await server.dump())

            assert not await wait_until_none(what_differs)
            assert not await home.remove_entry(entry)

    home.run(run())


async def _wait_for(home: Home, name: str) -> None:
    async def what_is_missing() -> list[str]:
        devices = dr.async_get(home.hass).devices
        return [] if any(device.name == name for device in devices) else [name]

    assert not await wait_until_none(what_is_missing)


def test_an_entity_with_an_id_of_the_persons_follows_every_rename(home: Home) -> None:
    async def steps(server: Server, _: MockConfigEntry) -> None:
        seat = (await server.dump()).seats[0]
        await server.do("rename", what="extension", **seat.names, new_name="900")
        await _wait_for(home, "Extension 900")
        er.async_get(home.hass).async_update_entity(
            "text.extension_100_note", new_entity_id="text.desk"
        )
        await home.hass.async_block_till_done()
        seat = seat._replace(number="900")
        await server.do("rename", what="extension", **seat.names, new_name="901")
        await _wait_for(home, "Extension 901")
        assert home.hass.states.get("text.desk")

    _run(home, steps)


def test_a_picture_that_was_refused_is_asked_for_again(home: Home) -> None:
    async def steps(server: Server, _: MockConfigEntry) -> None:
        seat = (await server.dump()).seats[0]._replace(tenant="New")
        await server.do("fault", kind="error", command="get_statuses")
        await server.do("add", what="tenant", location=seat.location, tenant=seat.tenant)
        await server.do("add", what="extension", **seat.names)

    _run(home, steps)
