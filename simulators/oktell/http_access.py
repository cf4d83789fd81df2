"""Who may ask over HTTP: everyone, whoever knows the password, or users with the privilege.

A password for one request, which the web-socket hands out, is as good as any of these.
"""

from typing import TYPE_CHECKING, NamedTuple

from aiohttp import web

from simulators.basic import credentials

from .settings import Authorization

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .passwords import OneTimePasswords, Ticket
    from .site import Site

REALM = 'Basic realm="Oktell"'


class Access(NamedTuple):
    """Whether a request is allowed."""

    refusal: web.Response | None = None
    ticket: Ticket | None = None


class HttpAccess:
    """Decides about requests."""

    def __init__(self, site: Site, passwords: OneTimePasswords) -> None:
        self._site = site
        self._passwords = passwords

    def check(self, headers: Mapping[str, str], parameters: Mapping[str, str]) -> Access:
        """Tell whether a request is allowed."""
        ticket = self._passwords.redeem(parameters.get("temppass", ""))
        if ticket is not None:
            return Access(ticket=ticket)
        match self._site.settings.authorization:
            case Authorization.PASSWORD:
                is_known = parameters.get("password") == self._site.settings.password
                return Access() if is_known else Access(self._refused(403))
            case Authorization.BASIC:
                return self._check_basic(headers.get("Authorization", ""))
        return Access()

    def _check_basic(self, header: str) -> Access:
        login, password = credentials(header)
        user = self._site.office.with_login(login)
        if user is None or user.password != password:
            return Access(self._refused(401))
        if not user.may_use_web_api:
            return Access(self._refused(403))
        return Access()

    def _refused(self, usual: int) -> web.Response:
        status = self._site.settings.refusal or usual
        headers = {"WWW-Authenticate": REALM} if status == 401 else {}
        return web.Response(status=status, headers=headers)
