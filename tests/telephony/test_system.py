"""What every telephone system has from its base."""

from datetime import UTC, datetime, timedelta, timezone
from typing import override

import pytest

from custom_components.office_cti.telephony.model import (
    Destination,
    Extension,
    ObjectId,
    StateChange,
    Status,
    StatusKind,
    StatusList,
)
from custom_components.office_cti.telephony.system import (
    InvalidNumber,
    NotSupported,
    StatusNotAllowed,
    SystemSettings,
    TelephoneSystem,
)

EAST = timezone(timedelta(hours=2))
LUNCH = Status("Lunch", StatusKind.AWAY)
ANNA = Extension(id=("1",), number="100", name="Anna", status_list=("statuses",))


class Plain(TelephoneSystem):
    """A telephone system that can do nothing of its own but set a status."""

    key = "plain"
    name = "Plain"

    def __init__(self, settings: SystemSettings) -> None:
        super().__init__(settings)
        self.set: list[tuple[ObjectId, str]] = []

    @override
    async def set_status(self, extension: Extension, status: str) -> None:
        self.set.append((extension.id, status))


@pytest.fixture
async def system() -> Plain:
    return Plain(SystemSettings(host="pbx.example", port=1, time_zone=EAST))


async def test_a_time_without_a_zone_is_the_servers(system: Plain) -> None:
    noon = datetime(2026, 11, 21, 12)  # noqa: DTZ001 -- as such a server tells it
    assert system.utc(noon) == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert system.utc(noon.replace(tzinfo=UTC)) == noon.replace(tzinfo=UTC)
    assert system.utc(None) is None


async def test_a_time_that_is_none_in_utc_is_not_known(system: Plain) -> None:
    assert system.utc(datetime(1, 1, 1)) is None  # noqa: DTZ001 -- as a broken server tells it


async def test_a_status_is_one_that_the_extension_is_offered(system: Plain) -> None:
    with pytest.raises(StatusNotAllowed):
        system.offered_status(ANNA, "Lunch")
    system.directory.status_lists.put(StatusList(id=("statuses",), statuses=(LUNCH,)))
    assert system.offered_status(ANNA, "Lunch") is LUNCH
    with pytest.raises(StatusNotAllowed) as refused:
        system.offered_status(ANNA, "lunch")
    assert refused.value.values == {"name": "Anna", "status": "lunch"}


async def test_who_is_called_is_called_by_number(system: Plain) -> None:
    assert system.called_number(Destination("0555")) == "0555"
    assert system.called_number(Destination(extension=ANNA)) == "100"
    for nobody in (
        Destination(),
        Destination(""),
        Destination(extension=Extension(id=("2",), number="")),
    ):
        with pytest.raises(InvalidNumber):
            system.called_number(nobody)


async def test_a_state_is_a_status_where_there_are_no_modes(system: Plain) -> None:
    await system.change_state(ANNA, StateChange(status="Lunch"))
    assert system.set == [(ANNA.id, "Lunch")]
    for change in (StateChange(), StateChange(status="Lunch", on_break=True)):
        with pytest.raises(NotSupported):
            await system.change_state(ANNA, change)
    assert len(system.set) == 1
