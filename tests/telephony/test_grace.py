import asyncio

from custom_components.office_cti.telephony.grace import Grace

from .waiting import until


async def test_an_interruption_that_lasts_too_long_is_told_once() -> None:
    over: list[str] = []
    grace = Grace(0.001, lambda: over.append("over"))
    grace.begin()
    assert not over
    await until(lambda: over)
    grace.end()
    assert over == ["over"]


async def test_what_is_back_in_time_was_never_away() -> None:
    over: list[str] = []
    grace = Grace(0, lambda: over.append("over"))
    grace.begin()
    grace.end()
    await asyncio.sleep(0.002)
    assert not over


async def test_each_interruption_has_its_own_time() -> None:
    over: list[str] = []
    grace = Grace(0, lambda: over.append("over"))
    for times in (1, 2):
        grace.begin()
        await until(lambda times=times: len(over) == times)
