"""The log-in over the web-socket: two hashes of the password, or a session's id."""

from hashlib import md5
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .frames import Body
    from .hub import Client, Hub, Session
    from .office import User
    from .site import Site

IN_DESKTOP_CLIENT = 50_093
NO_SEAT = 50_025


class LoginRefused(Exception):
    """Why somebody may not log in."""

    def __init__(self, text: str, error: int | None = None) -> None:
        super().__init__(text)
        self.error = error


class Login:
    """Lets users in, or not."""

    def __init__(self, site: Site, hub: Hub) -> None:
        self._site = site
        self._hub = hub

    def log_in(self, client: Client, body: Body) -> Body:
        """Log a client in; return what it is told.

        Raises:
            LoginRefused: with the words and the number that a real server has for the reason.
        """
        if self._site.settings.is_starting:
            raise LoginRefused("Service not available")
        session_id = body.get("sessionid")
        is_new = session_id is None
        session = self._begin(client, body) if is_new else self._resume(client, body, session_id)
        return {"userid": session.user.id, "sessionid": session.id}

    def _begin(self, client: Client, body: Body) -> Session:
        user = self._user(body)
        if user is None or not _knows_password(user, body):
            raise LoginRefused("Wrong login/pass combination")
        if user.in_desktop_client:
            raise LoginRefused("User already logged in client application", IN_DESKTOP_CLIENT)
        if client.session is not None:
            self._hub.end(client.session)
        if not self._hub.has_free_seat:
            raise LoginRefused("License restriction: count of simultaneous users", NO_SEAT)
        return self._hub.log_in(client, user)

    def _resume(self, client: Client, body: Body, session_id: object) -> Session:
        session = self._hub.sessions.get(str(session_id))
        if session is None:
            raise LoginRefused("Bad request. Session does not exist")
        if session.user is not self._user(body):
            raise LoginRefused("Bad request. Invalid session user")
        self._hub.resume(client, session)
        return session

    def _user(self, body: Body) -> User | None:
        return self._site.office.with_login(str(body.get("userlogin", "")))


def password_hash(password: str) -> str:
    """Return the MD5 over the Windows code page's bytes; what that has no letter for is left out."""
    data = password.encode("cp1251", "ignore")
    return md5(data, usedforsecurity=False).hexdigest()


def _knows_password(user: User, body: Body) -> bool:
    exact, lower = password_hash(user.password), password_hash(user.password.lower())
    return (body.get("Password"), body.get("password")) == (exact, lower)
