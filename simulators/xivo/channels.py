"""What Asterisk tells of phones and channels, and what the server makes of it.

Each method is one event of Asterisk. `calls.py` strings them together to whole calls; the control port can
also let each happen alone.
"""

from itertools import count
from typing import TYPE_CHECKING

from .messages import channel_status, phone_status
from .office import Channel, OfficeError
from .releases import Release

if TYPE_CHECKING:
    from collections.abc import Callable

    from .call_center import CallCenter
    from .office import Phone
    from .site import Site


class Channels:
    """Changes of phones and channels, each told to everyone."""

    def __init__(self, site: Site, call_center: CallCenter) -> None:
        self._site = site
        self._call_center = call_center
        self._serials = count(1)
        self.watchers: list[Callable[[Phone], None]] = []  # of hints

    def new_name(self, identity: str) -> str:
        """Return a name for a new channel of a phone or trunk."""
        return f"{identity}-{next(self._serials):08x}"

    def create(
        self, name: str, *, number: str = "", party_name: str = "", unique_id: str = ""
    ) -> Channel:
        """Let a channel come to be; it belongs to the phone whose identity its name starts with."""
        if name in self._site.office.channels:
            raise OfficeError(f"There is a channel {name!r} already.")
        phone = self._site.office.phone_by_identity(name.rpartition("-")[0])
        now = self._site.clock()
        unique_id = unique_id or f"{int(now)}.{next(self._serials)}"
        channel = Channel(name, unique_id, now, phone.id if phone else None, number, party_name)
        self._site.office.channels[name] = channel
        if phone is not None:
            phone.channels.append(name)
            self._push_phone_channels(phone)
        self._push(channel)
        self._site.outbox.flush()
        channel.state = "Down"
        return channel

    def set_state(self, channel: Channel, state: str) -> None:
        """Set a channel's state, which nobody is told by itself."""
        channel.state = state

    def dial(self, caller: Channel, callee: Channel) -> None:
        """Let one channel call another."""
        self._link(caller, callee)
        caller.direction, caller.comm_status = "out", "calling"
        callee.direction, callee.comm_status = "in", "ringing"
        self._push_with_phone(caller)
        self._push_with_phone(callee)
        self._site.outbox.flush()

    def bridge(self, caller: Channel, callee: Channel) -> None:
        """Let two channels hear each other."""
        self._link(caller, callee)
        for channel in (caller, callee):
            channel.talking_to_kind = "channel"
            self._push_with_phone(channel)
        self._site.outbox.flush()
        caller.comm_status, callee.comm_status = "linked-caller", "linked-called"

    def hold(self, channel: Channel, *, held: bool = True) -> None:
        """Put the other party on hold, or take it back."""
        channel.held = held
        self._push(channel)
        self._site.outbox.flush()

    def park(self, channel: Channel, *, parked: bool = True) -> None:
        """Park a channel, or take it back."""
        channel.parked = parked
        self._push(channel)
        self._site.outbox.flush()

    def destroy(self, name: str) -> None:
        """Let a channel end."""
        channel = self._site.office.channel(name)
        if channel.phone_id is not None:
            phone = self._site.office.phones[channel.phone_id]
            phone.channels.remove(name)
            self._push_phone(phone)
        self._push_end(name)
        del self._site.office.channels[name]
        self._site.outbox.event_ends()

    def set_hint(self, phone: Phone, hint: str) -> None:
        """Set what a phone does."""
        phone.hint = hint
        self.push_hint(phone)
        for watcher in self.watchers:
            watcher(phone)
        self._site.outbox.event_ends()

    def set_device(self, phone: Phone, hint: str) -> None:
        """Set what a phone does, and let the queues see it."""
        if phone.hint != hint:
            self.set_hint(phone, hint)
            self._call_center.device_changed(phone)

    def push_hint(self, phone: Phone) -> None:
        """Tell everyone what a phone does."""
        hint = str(phone.hint)
        self._site.push_status("phones", phone.id, lambda: {"hintstatus": hint})

    def _link(self, caller: Channel, callee: Channel) -> None:
        caller.talking_to, callee.talking_to = callee.name, caller.name
        caller.started = callee.started = self._site.clock()

    @property
    def _tells_channels(self) -> bool:
        return self._site.release < Release.R15_19

    def _push_with_phone(self, channel: Channel) -> None:
        self._push(channel)
        if channel.phone_id is not None:
            self._push_phone(self._site.office.phones[channel.phone_id])

    def _push(self, channel: Channel) -> None:
        if self._tells_channels:
            office = self._site.office
            self._site.push_status(
                "channels", channel.name, lambda: channel_status(office, channel)
            )

    def _push_end(self, name: str) -> None:
        if self._tells_channels:
            self._site.push_removed("channels", name)

    def _push_phone(self, phone: Phone) -> None:
        office = self._site.office
        self._site.push_status("phones", phone.id, lambda: phone_status(office, phone))

    def _push_phone_channels(self, phone: Phone) -> None:
        if self._tells_channels:
            channels = list(phone.channels)
            self._site.push_status("phones", phone.id, lambda: {"channels": channels})
