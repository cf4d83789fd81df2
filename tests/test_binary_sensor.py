"""Whether the telephone system is connected."""

import pytest

from .common import state_of, until

CONNECTION = "binary_sensor.office_connection"


@pytest.mark.parametrize("options", [{"grace_period": 300}])
async def test_the_connection_shows_at_once_while_all_else_has_patience(hass, loaded, simulator):
    await simulator.faults.refuse()
    await until(lambda: state_of(hass, CONNECTION) == "off")
    assert state_of(hass, "sensor.extension_100_presence") == "available"
    await simulator.faults.none()
    await until(lambda: state_of(hass, CONNECTION) == "on")
