"""`current_calls`: what a switchboard operator's own phone is doing."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client import Client
    from .messages import Message
    from .office import Channel, Phone
    from .site import Site


class CurrentCalls:
    """Tells clients of the calls on their own phone, once they subscribed."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._subscribers: list[Client] = []

    def subscribe(self, client: Client) -> None:
        """Tell a client of its calls, now and from now on."""
        if client not in self._subscribers:
            self._subscribers.append(client)
        self._tell(client)

    def forget(self, client: Client) -> None:
        """Tell a client nothing any more."""
        if client in self._subscribers:
            self._subscribers.remove(client)

    def phone_changed(self, phone: Phone) -> None:
        """Tell whoever has this phone."""
        for client in self._subscribers:
            if self._phone_of(client) is phone:
                self._tell(client)

    def transfer_answered(self, phone: Phone) -> None:
        """Tell that the one who was called for an attended transfer has answered."""
        for client in self._subscribers:
            if self._phone_of(client) is phone:
                self._site.outbox.reply(
                    client,
                    {"class": "current_call_attended_transfer_answered", "line": phone.identity},
                )

    def _tell(self, client: Client) -> None:
        phone = self._phone_of(client)
        channels = self._site.office.channels
        calls = [self._call(channels[name]) for name in phone.channels] if phone else []
        self._site.outbox.reply(
            client,
            {
                "class": "current_calls",
                "current_calls": [call for call in calls if call is not None],
            },
        )

    def _call(self, channel: Channel) -> Message | None:
        """Return one call, if both sides are there and hear each other."""
        peer = self._site.office.channels.get(channel.talking_to or "")
        if peer is None or channel.talking_to_kind != "channel":
            return None
        return {
            "cid_name": peer.party_name,
            "cid_number": peer.number,
            "call_status": "hold" if channel.held else "up",
            "call_start": channel.started,
        }

    def _phone_of(self, client: Client) -> Phone | None:
        assert client.user is not None
        return self._site.office.phone_of(client.user)
