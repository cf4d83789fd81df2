"""The log-in's three steps, and what every end of a connection brings about."""

import hashlib
import hmac
from typing import TYPE_CHECKING

from .fields import Drop, hashable, reply_to, required
from .messages import capabilities, presence_of
from .releases import Release

if TYPE_CHECKING:
    from .client import Client
    from .messages import Message
    from .office import User
    from .site import Site
    from .users import Users

_LOGIN_ID = ("company", "ident", "userlogin", "xivoversion")
_LOGIN_CAPAS = ("state", "capaid", "lastconnwins", "loginkind")
_LOGIN_CAPAS_2 = ("state", "capaid")


class LogIn:
    """Lets clients in."""

    def __init__(self, site: Site, users: Users) -> None:
        self._site = site
        self._users = users

    def identify(self, client: Client, message: Message) -> None:
        """Take `login_id`: who it is, and in which version of the protocol."""
        _, _, login, version = required(message, *_LOGIN_ID)
        server = self._site.release.protocol
        if version != server:
            self._refuse(client, f"xivoversion_client:{version};{server}")
            return
        user = self._site.office.user_of(hashable(login))
        if user is None:
            self._refuse(client, "login_password")
            return
        client.user = user
        client.session_id = self._site.letters()
        self._site.outbox.reply(
            client,
            {"class": "login_id", "sessionid": client.session_id, "xivoversion": server},
        )

    def authenticate(self, client: Client, message: Message) -> None:
        """Take `login_pass`: prove it."""
        if client.user is None:
            raise Drop("login_pass without login_id")
        if not self._is_proof(client.user, client.session_id, message):
            raise Drop("wrong password")
        profile_id = client.user.profile_id
        if profile_id is None:
            client.never_ends = True
            answer = reply_to(message, error_string="capaid_undefined")
        else:
            client.is_authenticated = True
            answer = reply_to(message, capalist=[profile_id])
        self._site.outbox.reply(client, answer)

    def begin(self, client: Client, message: Message) -> None:
        """Take `login_capas`: be logged in, with a presence."""
        two = self._site.release >= Release.R16_01
        state, profile_id = required(message, *(_LOGIN_CAPAS_2 if two else _LOGIN_CAPAS))[:2]
        user = client.user
        if user is None or str(hashable(profile_id)) != str(user.profile_id):
            raise Drop(f"{profile_id!r} is not the user's profile")
        client.is_logged_in = True
        if client.login_timer is not None:
            client.login_timer.cancel()
        self._users.connect(user)
        self._site.outbox.reply(
            client,
            reply_to(message, ipbxid=self._site.office.ipbx, userid=user.id, **capabilities(user)),
        )
        if presence := presence_of(user, hashable(state)):
            self._users.set_presence(user, presence)

    def answer_starttls(self, client: Client, message: Message) -> None:
        """Take `starttls`: whether to go on in TLS."""
        (status,) = required(message, "status")
        if status is True and self._site.release.offers_starttls:
            client.wants_tls = True
            self._site.outbox.reply(client, {"class": "starttls", "starttls": True})

    def end(self, client: Client) -> None:
        """Show a client's user as disconnected, however many other clients the user has."""
        if client.user is not None and not client.never_ends:
            self._users.disconnect(client.user)

    def _refuse(self, client: Client, reason: str) -> None:
        self._site.outbox.reply(client, {"class": "login_id", "error_string": reason})

    def _is_proof(self, user: User, session_id: str, message: Message) -> bool:
        if not user.password.isascii():
            return False  # the server cannot hash it
        if self._site.release >= Release.R16_01:
            (given,) = required(message, "password")
            wanted = user.password
        else:
            (given,) = required(message, "hashedpassword")
            wanted = hashlib.sha1(f"{session_id}:{user.password}".encode()).hexdigest()  # noqa: S324 - the protocol's
        return isinstance(given, str) and hmac.compare_digest(given.encode(), wanted.encode())
