"""A telephone system of Office CTI without Home Assistant, connected to a simulated office."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp

from custom_components.office_cti.coordinator import make_system
from custom_components.office_cti.telephony import TelephoneSystem

from .office import Office


@asynccontextmanager
async def made_for(simulated: Office) -> AsyncGenerator[TelephoneSystem]:
    """Make a system that is not started yet, with what a config entry chooses; stop it afterwards."""
    async with aiohttp.ClientSession() as session:
        system = make_system(simulated.data, simulated.site.options, session=session)
        try:
            yield system
        finally:
            await system.stop()
