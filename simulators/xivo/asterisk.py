"""What the server asks of Asterisk.

`calls.py` is an Asterisk that does it, with phones that ring. The one here, of the recorded office, takes
every order and does nothing, as the one did that the recordings were made with.
"""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .office import Agent, Phone

SILENT_REFUSALS = frozenset({"99991", "SIP/none-00000003"})


class Asterisk(Protocol):
    """Takes orders, which it can carry out if it reaches the number or has the channel that they name."""

    def reaches(self, number: str) -> bool:
        """Tell whether a number can be called."""
        ...

    def has_channel(self, channel: str) -> bool:
        """Tell whether there is such a channel."""
        ...

    def originate(self, identity: str, number: str) -> None:
        """Ring a phone, and connect it with a number once it is answered."""
        ...

    def hang_up_channel(self, channel: str) -> None:
        """End a channel."""
        ...

    def redirect(self, channel: str, number: str) -> None:
        """Send a channel to a number."""
        ...

    def attended_transfer(self, channel: str, number: str) -> None:
        """Let a channel call a number, while its party is on hold."""
        ...

    def complete_transfer(self, phone: Phone) -> None:
        """Connect the two parties of a phone's attended transfer."""
        ...

    def cancel_transfer(self, phone: Phone) -> None:
        """Return to the first party of a phone's attended transfer."""
        ...

    def monitor(self, channel: str, *, recorded: bool) -> None:
        """Begin or end recording a channel."""
        ...

    def count_mailbox(self, mailbox: str) -> dict[str, str | None]:
        """Return how many messages a voicemail box holds."""
        ...

    def mute(self, conference: str, user: int, *, muted: bool) -> bool:
        """Mute someone in a conference room, or let them be heard; tell whether they are there."""
        ...

    def listen(self, phone: Phone, agent: Agent) -> None:
        """Let a phone listen to an agent."""
        ...

    def pick(self, phone: Phone, unique_id: str) -> None:
        """Let a phone take a call that waits for a switchboard, or is held by it."""
        ...

    def put_on_hold(self, phone: Phone, queue_name: str) -> None:
        """Put the call of a phone into the queue of those that are on hold."""
        ...


class SilentAsterisk:
    """Takes every order, and does nothing."""

    def reaches(self, number: str) -> bool:
        """Refuse the one number that the recordings name as unreachable."""
        return number not in SILENT_REFUSALS

    def has_channel(self, channel: str) -> bool:
        """Refuse the one channel that the recordings name as missing."""
        return channel not in SILENT_REFUSALS

    def originate(self, identity: str, number: str) -> None:
        """Do nothing."""

    def hang_up_channel(self, channel: str) -> None:
        """Do nothing."""

    def redirect(self, channel: str, number: str) -> None:
        """Do nothing."""

    def attended_transfer(self, channel: str, number: str) -> None:
        """Do nothing."""

    def complete_transfer(self, phone: Phone) -> None:
        """Do nothing."""

    def cancel_transfer(self, phone: Phone) -> None:
        """Do nothing."""

    def monitor(self, channel: str, *, recorded: bool) -> None:
        """Do nothing."""

    def count_mailbox(self, mailbox: str) -> dict[str, str | None]:  # noqa: ARG002
        """Say that there is nothing."""
        return {"new": "0", "old": "0"}

    def mute(self, conference: str, user: int, *, muted: bool) -> bool:  # noqa: ARG002
        """Do nothing."""
        return True

    def listen(self, phone: Phone, agent: Agent) -> None:
        """Do nothing."""

    def pick(self, phone: Phone, unique_id: str) -> None:
        """Do nothing."""

    def put_on_hold(self, phone: Phone, queue_name: str) -> None:
        """Do nothing."""
