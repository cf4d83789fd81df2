"""Passwords for one HTTP request each, which the web-socket hands out."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .hub import Client
    from .office import User
    from .site import Site


class Ticket(NamedTuple):
    """Whose request it is, and who wants a copy of the answer."""

    user: User
    client: Client | None


class OneTimePasswords:
    """The passwords that have yet to be used."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._tickets: dict[str, Ticket] = {}

    def issue(self, user: User, client: Client | None) -> str:
        """Return a new password."""
        password = self._site.guid()
        self._tickets[password] = Ticket(user, client)
        return password

    def redeem(self, password: str) -> Ticket | None:
        """Return what a password is good for; it is used up then."""
        return self._tickets.pop(password, None)
