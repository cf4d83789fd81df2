"""The life of a XiVO system: one picture, however many accounts, and whatever the server does."""

import pytest

from simulators.xivo import Release

from .site import Site


@pytest.mark.parametrize("release", list(Release)[:5])
async def test_it_starts(release: Release) -> None:
    async with Site(release=release) as site:
        await site.start("alice", "bob")
        assert site.person("alice").number == "1001"
        assert site.dropped == []
        await site.does("remove", list="users", id="4")
        await site.does("disconnect")
        from ..waiting import until

        await until(lambda: not site.system.main.is_live)
        site.office.users.pop("5")
        await until(lambda: site.system.main.is_live)
        print(len(site.system.directory.extensions), len(site.office.users))
