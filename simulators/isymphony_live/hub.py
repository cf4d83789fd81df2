"""Who is connected over the web-socket, and which events they receive."""

from dataclasses import dataclass
import json
from typing import TYPE_CHECKING, Any

from simulators.text_frames import text_frame

if TYPE_CHECKING:
    from simulators.seam import Wire

    from .filters import Filters
    from .site import Site

type Body = dict[str, Any]


@dataclass(slots=True, eq=False)
class Client:
    """A web-socket's connection."""

    wire: Wire
    filters: Filters | None = None

    def send(self, text: str) -> None:
        """Send one message."""
        self.wire.send(text_frame(text.encode()))


class Hub:
    """All connections."""

    def __init__(self, site: Site) -> None:
        self.clients: list[Client] = []
        self.events = 0
        self.last: Body | None = None
        self._site = site

    def connect(self, wire: Wire) -> Client:
        """Take in a connection."""
        client = Client(wire)
        self.clients.append(client)
        return client

    def disconnect(self, client: Client) -> None:
        """Let a connection go."""
        self.clients.remove(client)

    def tell(self, event: Body) -> None:
        """Send an event to everyone whose filters it passes."""
        self.events += 1
        self.last = event
        listeners = [client for client in self.clients if self._wants(client, event)]
        if not listeners:
            return
        frame = text_frame(self._encode(event))
        for client in listeners:
            client.wire.send(frame)

    def _wants(self, client: Client, event: Body) -> bool:
        if client.filters is None:
            return self._site.settings.sends_unfiltered
        return client.filters.pass_on(event)

    def _encode(self, event: Body) -> bytes:
        properties = list(event.items())
        if self._site.settings.omits_nulls:
            properties = [(name, value) for name, value in properties if value is not None]
        if self._site.settings.shuffles:
            self._site.rng.shuffle(properties)
        return json.dumps(dict(properties), ensure_ascii=False, separators=(",", ":")).encode()
