"""How many of the further accounts have their connection."""

from custom_components.office_cti.telephony.system import Credentials, SystemSettings
from custom_components.office_cti.telephony.xivo import XivoSystem
from simulators.xivo import XivoSimulator, default_office

from ..waiting import until


def credentials(number: str) -> Credentials:
    return Credentials(number, "demo")


async def test_an_account_counts_while_it_is_connected():
    async with XivoSimulator(default_office(), port=0) as simulator:
        system = XivoSystem(
            SystemSettings(
                host="127.0.0.1",
                port=simulator.port,
                credentials=credentials("100"),
                accounts={"first": credentials("101")},
            )
        )
        await system.start()
        try:
            await until(lambda: system.connected_accounts == 1)
            await system.set_accounts({"first": credentials("101"), "second": credentials("102")})
            await until(lambda: system.connected_accounts == 2)
            await system.set_accounts({"second": credentials("102")})
            assert system.connected_accounts == 1
        finally:
            await system.stop()
