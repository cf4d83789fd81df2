"""Looking at whoever is busy, again and again."""

import asyncio

import pytest

from custom_components.office_cti.telephony.oktell import looks
from custom_components.office_cti.telephony.oktell.looks import PAUSES, Looks

from ..waiting import until


class Watched:
    """Users who are looked at, and what each look finds: whether that was all."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.is_all = False
        self.looks = Looks(self._look)
        self.under_way = 0
        self.most = 0

    async def _look(self, user_id: str) -> bool:
        self.seen.append(user_id)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        return self.is_all


def test_the_pauses_grow_and_none_is_longer_than_half_a_minute() -> None:
    assert sorted(PAUSES) == list(PAUSES)
    assert PAUSES[-1] == 30


async def test_somebody_is_looked_at_until_that_was_all() -> None:
    watched = Watched()
    watched.looks.begin("a")
    await until(lambda: len(watched.seen) >= 3)
    assert watched.looks.users == ("a",)
    watched.is_all = True
    await until(lambda: not watched.looks.users)


async def test_who_is_looked_at_already_is_not_looked_at_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(looks, "PAUSES", (0.01, 30.0))
    watched = Watched()
    watched.looks.begin("a")
    watched.looks.begin("a")
    await until(lambda: watched.seen)
    await asyncio.sleep(0.02)
    assert watched.seen == ["a"]
    watched.looks.stop()


async def test_who_is_looked_at_no_more_can_be_looked_at_again_at_once() -> None:
    watched = Watched()
    watched.looks.begin("a")
    await asyncio.sleep(0)
    watched.looks.end("a")
    watched.looks.end("a")  # which is nothing
    assert watched.looks.users == ()
    watched.looks.begin("a")
    await until(lambda: watched.seen)
    assert watched.looks.users == ("a",)
    watched.looks.stop()


async def test_only_so_many_are_looked_at_at_once() -> None:
    watched = Watched()
    for number in range(20):
        watched.looks.begin(str(number))
    await until(lambda: len(watched.seen) >= 40)
    watched.looks.stop()
    assert watched.most == looks.AT_ONCE
    assert {str(number) for number in range(20)} == set(watched.seen)


async def test_a_flood_of_users_is_looked_at_in_good_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "APART", 30.0)
    watched = Watched()
    for number in range(10):
        watched.looks.begin(str(number))
    await until(lambda: len(watched.seen) == looks.AT_ONCE)
    await asyncio.sleep(0.02)
    assert len(watched.seen) == looks.AT_ONCE
    watched.looks.end(watched.seen[0])  # whose turn is another's then
    await until(lambda: len(watched.seen) == looks.AT_ONCE + 1)
    watched.looks.stop()


async def test_of_users_without_end_only_so_many_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(looks, "MOST", 1)
    watched = Watched()
    watched.looks.begin("a")
    watched.looks.begin("b")
    assert watched.looks.users == ("a",)
    watched.looks.end("a")
    watched.looks.begin("b")
    assert watched.looks.users == ("b",)
    watched.looks.stop()
