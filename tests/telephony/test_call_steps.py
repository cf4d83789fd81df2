"""What a telephone does, from its calls; the steps of a call are tested with each system's calls."""

from datetime import UTC, datetime

import pytest

from custom_components.office_cti.telephony.call_steps import phone_of
from custom_components.office_cti.telephony.model import Call, CallState, PhoneState

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("states", "phone"),
    [
        ((), PhoneState.IDLE),
        ((CallState.RINGING,), PhoneState.RINGING),
        ((CallState.DIALING, CallState.RINGING), PhoneState.DIALING),
        ((CallState.HELD,), PhoneState.ON_HOLD),
        ((CallState.PARKED, CallState.RINGING), PhoneState.ON_HOLD),
        ((CallState.HELD, CallState.RINGING), PhoneState.ON_HOLD),
        ((CallState.HELD, CallState.DIALING), PhoneState.DIALING),
        ((CallState.HELD, CallState.TALKING), PhoneState.TALKING),
    ],
)
def test_a_telephone_does_what_the_busiest_of_its_calls_does(
    states: tuple[CallState, ...], phone: PhoneState
) -> None:
    assert phone_of([Call(state, state, None, NOON) for state in states]) is phone
