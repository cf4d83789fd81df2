"""`register_*_status_update`: one client, told of the objects that it asked for (from 15.02)."""

from typing import TYPE_CHECKING

from .fields import Drop, required

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .client import Client
    from .messages import Message
    from .office import Agent, Phone, User
    from .site import Site

_KINDS = {"user": "user_ids", "agent": "agent_ids", "endpoint": "endpoint_ids"}


class Registrations:
    """Who is told of whom."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._clients: list[Client] = []

    def register(self, client: Client, message: Message) -> None:
        """Take `register_user_status_update` and its like."""
        kind, ids = self._ids(message)
        if client not in self._clients:
            self._clients.append(client)
        client.registrations |= {(kind, number) for number in ids}
        for number in ids:
            self._tell_now(client, kind, number)

    def unregister(self, client: Client, message: Message) -> None:
        """Take `unregister_user_status_update` and its like."""
        kind, ids = self._ids(message)
        client.registrations -= {(kind, number) for number in ids}

    def forget(self, client: Client) -> None:
        """Tell a client nothing any more."""
        if client in self._clients:
            self._clients.remove(client)

    def user_changed(self, user: User) -> None:
        """Tell of a user's presence."""
        self._tell("user", int(user.id), self._registered("user", int(user.id)), user.availstate)

    def agent_changed(self, agent: Agent) -> None:
        """Tell whether an agent is logged in."""
        number = int(agent.id)
        self._tell("agent", number, self._registered("agent", number), _log_state(agent))

    def phone_changed(self, phone: Phone) -> None:
        """Tell what a phone does."""
        number = int(phone.id)
        self._tell("endpoint", number, self._registered("endpoint", number), int(phone.hint))

    def _ids(self, message: Message) -> tuple[str, list[int]]:
        kind = str(message["class"]).removeprefix("un").split("_")[1]
        (pairs,) = required(message, _KINDS[kind])
        if not isinstance(pairs, list) or not all(map(_is_pair, pairs)):
            raise Drop("pairs of a server's uuid and an id are wanted")
        return kind, [number for uuid, number in pairs if uuid == self._site.office.uuid]

    def _registered(self, kind: str, number: int) -> list[Client]:
        return [each for each in self._clients if (kind, number) in each.registrations]

    def _tell_now(self, client: Client, kind: str, number: int) -> None:
        office = self._site.office
        if kind == "user" and (user := office.users.get(str(number))):
            self._tell(kind, number, [client], user.availstate)
        elif kind == "agent" and (agent := office.agents.get(str(number))):
            self._tell(kind, number, [client], _log_state(agent))
        elif kind == "endpoint" and (phone := office.phones.get(str(number))):
            self._tell(kind, number, [client], int(phone.hint))

    def _tell(self, kind: str, number: int, clients: Iterable[Client], status: str | int) -> None:
        uuid = self._site.office.uuid
        data = {"xivo_uuid": uuid, f"{kind}_id": number, "status": status}
        for client in clients:
            self._site.outbox.reply(client, {"class": f"{kind}_status_update", "data": data})


def _log_state(agent: Agent) -> str:
    return "logged_in" if agent.is_logged_in else "logged_out"


def _is_pair(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], int)
    )
