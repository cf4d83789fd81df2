"""Who may ask: whoever has the credentials, from an address that the access list allows (page Security)."""

from typing import TYPE_CHECKING

from aiohttp import hdrs

from simulators.basic import credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .site import Site

REALM = 'Basic realm="communication_manager"'


def refusal(site: Site, headers: Mapping[str, str]) -> tuple[int, dict[str, str]] | None:
    """Return the HTTP status and headers that a request is refused with, if it is."""
    settings = site.settings
    given = credentials(headers.get(hdrs.AUTHORIZATION, ""))
    if not settings.deny_addresses and given == (settings.username, settings.password):
        return None
    return settings.refusal, {hdrs.WWW_AUTHENTICATE: REALM} if settings.refusal == 401 else {}
