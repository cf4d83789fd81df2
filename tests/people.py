"""A few people, an agent and two queues for tests of the actions, on a scripted telephone system.

Everybody can do everything. Bob's extension has an agent, Anna's has none.
"""

from datetime import UTC, datetime
from typing import Any

from homeassistant.core import Context, HomeAssistant, ServiceResponse
from homeassistant.helpers import device_registry as dr
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.office_cti.const import DOMAIN
from custom_components.office_cti.telephony.model import (
    Agent,
    Extension,
    Feature,
    Queue,
    QueueCaller,
    TelephonyObject,
)

EVERYTHING = frozenset(Feature)

ANNA = Extension(id=("1",), number="100", name="Anna", features=EVERYTHING)
BOB = Extension(id=("2",), number="101", name="Bob", features=EVERYTHING, agent=("7",))
AGENT = Agent(id=("7",), number="2001", name="Bob", features=EVERYTHING, queues=("Support",))
OTHER_AGENT = Agent(id=("8",), number="2002", name="Carl", features=EVERYTHING)
SUPPORT = Queue(
    id=("9",),
    number="3000",
    name="Support",
    features=EVERYTHING,
    callers=(
        QueueCaller("call-1", 1, datetime(2026, 11, 21, 9, tzinfo=UTC)),
        QueueCaller("call-2", 2, datetime(2026, 11, 21, 9, 1, tzinfo=UTC)),
    ),
)
ON_HOLD = Queue(id=("10",), number="3001", name="On hold", features=EVERYTHING)
PEOPLE = (ANNA, BOB, AGENT, OTHER_AGENT, SUPPORT, ON_HOLD)


def device_of(hass: HomeAssistant, entry: MockConfigEntry, known: TelephonyObject) -> str:
    """Return the id of an object's device; it must be there."""
    identity = f"{entry.entry_id}:{type(known).__name__.lower()}:{'/'.join(known.id)}"
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, identity), entry.entry_id)
    assert device is not None, identity
    return device.id


async def act(
    hass: HomeAssistant,
    action: str,
    target: dict[str, Any] | None = None,
    *,
    user: Any = None,
    answer: bool = False,
    **data: Any,
) -> ServiceResponse:
    """Do an action, as a user if one is given, and return what it answers if that is asked for."""
    return await hass.services.async_call(
        DOMAIN,
        action,
        data,
        target=target,
        blocking=True,
        return_response=answer,
        context=Context(user_id=user.id) if user else None,
    )
