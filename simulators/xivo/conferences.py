"""Conference rooms: who is in, who is told of it, and how one is called in."""

from typing import TYPE_CHECKING

from .fields import Drop, id_in, required
from .messages import conference_user, conferences
from .office import Participant

if TYPE_CHECKING:
    from .asterisk import Asterisk
    from .client import Client
    from .messages import Message
    from .office import Conference
    from .site import Site


class Conferences:
    """Changes of conference rooms, told to those who subscribed."""

    def __init__(self, site: Site, asterisk: Asterisk) -> None:
        self._site = site
        self._asterisk = asterisk
        self._subscribers: list[Client] = []

    def subscribe(self, client: Client) -> None:
        """Tell a client who is in which room, now and from now on."""
        if client not in self._subscribers:
            self._subscribers.append(client)
        self._tell(client)

    def forget(self, client: Client) -> None:
        """Tell a client nothing any more."""
        if client in self._subscribers:
            self._subscribers.remove(client)

    def join(self, room: Conference, number: str, name: str, channel: str) -> int:
        """Let someone in; return their place in the room."""
        at = max(room.members, default=0) + 1
        now = self._site.clock()
        room.started = room.started or now
        room.members[at] = Participant(number, name, channel, now)
        self._tell_all()
        return at

    def leave(self, room: Conference, at: int) -> None:
        """Let someone out."""
        room.members.pop(at, None)
        if not room.members:
            room.started = 0
        self._tell_all()

    def mute(self, room: Conference, at: int, *, muted: bool) -> bool:
        """Mute someone, or let them be heard; tell whether there is such a person."""
        if at not in room.members:
            return False
        room.members[at].muted = muted
        self._tell_all()
        return True

    def invite(self, client: Client, message: Message) -> None:
        """Take `invite_confroom`: call someone into the room that the client's phone is in."""
        (invitee,) = required(message, "invitee")
        office = self._site.office
        user = office.users.get(id_in(invitee, "user"))
        phone = office.phone_of(user) if user else None
        room = self._room_of(client)
        if phone is None or room is None:
            raise Drop("nobody to invite, or no room to invite into")
        self._asterisk.originate(phone.identity, room.number)
        self._site.outbox.reply(client, {"message": "Command sent succesfully"})

    def _room_of(self, client: Client) -> Conference | None:
        assert client.user is not None
        phone = self._site.office.phone_of(client.user)
        for room in self._site.office.conferences.values():
            if phone and any(each.channel in phone.channels for each in room.members.values()):
                return room
        return None

    def _tell_all(self) -> None:
        for client in self._subscribers:
            self._tell(client)

    def _tell(self, client: Client) -> None:
        assert client.user is not None
        office = self._site.office
        self._site.outbox.reply(client, conferences(office))
        self._site.outbox.reply(client, conference_user(office, office.phone_of(client.user)))
