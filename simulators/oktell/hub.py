"""Who is connected over the web-socket, who is logged in, and who is told what.

A session outlives its connection unless it is logged out, and keeps its licence seat for that long.
A client is told of exactly those events that it has subscribed to on its present connection.
"""

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from simulators.text_frames import text_frame

from .frames import Body, chop, encode, interleaved

if TYPE_CHECKING:
    import asyncio

    from simulators.seam import Wire

    from .office import User
    from .site import Site


@dataclass(slots=True, eq=False)
class Session:
    """Someone who is logged in."""

    id: str
    user: User
    client: Client | None = None
    ends: asyncio.TimerHandle | None = None


@dataclass(slots=True, eq=False)
class Client:
    """A web-socket's connection."""

    wire: Wire
    site: Site
    session: Session | None = None
    subscriptions: set[str] = field(default_factory=set)
    has_pinged: bool = False

    @property
    def user(self) -> User | None:
        """Who is logged in, if anyone is."""
        return None if self.session is None else self.session.user

    def send(self, method: str, body: Body) -> None:
        """Send a message; a long one is chopped if the settings say so."""
        self.send_all([encode(method, body)])

    def send_all(self, messages: list[bytes], packet_bytes: int | None = None) -> None:
        """Send messages, chopped as the settings or `packet_bytes` say."""
        settings = self.site.settings
        above = 0 if packet_bytes is not None else settings.multipart_above
        size = packet_bytes or settings.packet_bytes
        parts = [
            [message]
            if above is None or len(message) <= above
            else chop(message, size, self.site.guid())
            for message in messages
        ]
        packets = interleaved(parts) if settings.interleaves else chain.from_iterable(parts)
        self.wire.send(b"".join(text_frame(packet) for packet in packets))


class Hub:
    """All connections and sessions."""

    def __init__(self, site: Site) -> None:
        self.clients: list[Client] = []
        self.sessions: dict[str, Session] = {}
        self.pushes = 0
        self._site = site

    def connect(self, wire: Wire) -> Client:
        """Take in a connection."""
        client = Client(wire, self._site)
        self.clients.append(client)
        return client

    def disconnect(self, client: Client) -> None:
        """Let a connection go; its session stays for a while."""
        self.clients.remove(client)
        session = client.session
        if session is not None:
            session.client, client.session = None, None
            session.ends = self._site.later(
                self._site.settings.keeps_sessions, lambda: self.end(session)
            )

    def log_in(self, client: Client, user: User) -> Session:
        """Begin a session."""
        session = Session(self._site.guid(), user, client)
        self.sessions[session.id] = session
        client.session = session
        return session

    def resume(self, client: Client, session: Session) -> None:
        """Go on with a session that has lost its connection, or take it from another."""
        self._keep(session)
        if session.client is not None:
            session.client.session = None
        session.client, client.session = client, session

    def end(self, session: Session) -> None:
        """End a session, and free its seat."""
        self._keep(session)
        self.sessions.pop(session.id, None)
        if session.client is not None:
            session.client.session = None
            session.client.subscriptions.clear()

    def expire(self) -> int:
        """End all sessions without a connection; return how many there were."""
        lonely = [session for session in self.sessions.values() if session.client is None]
        for session in lonely:
            self.end(session)
        return len(lonely)

    @property
    def has_free_seat(self) -> bool:
        """Whether the licence lets another one log in."""
        return len(self.sessions) < self._site.settings.seats

    def tell(self, user: User | None, event: str, body: Body) -> None:
        """Tell an event to a user's clients, or to everyone's, that have subscribed to it."""
        listeners = [
            client
            for client in self.clients
            if event in client.subscriptions
            and client.user is not None
            and (user is None or client.user is user)
        ]
        self.pushes += 1
        if not listeners:
            return
        encoded = encode(event, {"qid": self._site.guid(), **body})
        for client in listeners:
            client.send_all([encoded])

    def _keep(self, session: Session) -> None:
        if session.ends is not None:
            self._site.timers.cancel(session.ends)
            session.ends = None
