"""Where those who sit at a telephone system post what it tells: one secret address per config entry.

For systems whose server cannot reach Home Assistant by itself, but whose scripts, or programs on its
users' workstations, can. The address is there while the entry is loaded, for POST only, and for the
local network only unless the person has said otherwise. `?user=` says whom a post is about, where the
post itself does not. What is posted is bounded before it is read, and is in no log.
"""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aiohttp.hdrs import METH_POST
from aiohttp.web import Request, RequestPayloadError, Response
from homeassistant.components.webhook import (
    async_generate_id,
    async_generate_path,
    async_generate_url,
    async_register,
    async_unregister,
)
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.network import NoURLAvailableError

from .const import CONF_NOTIFICATIONS, CONF_REMOTE_POSTS, CONF_SYSTEM, DOMAIN
from .coordinator import OfficeConfigEntry
from .telephony import SYSTEMS

# Bytes of a post, and characters of who it is about.
BODY_MOST = 64 * 1024
USER_MOST = 255
# Seconds that a post may take to arrive.
BODY_PATIENCE = 10.0

_USER = "user"


def takes_posts(data: Mapping[str, Any]) -> bool:
    """Tell whether a config entry's data speak of a telephone system that one can post for."""
    return SYSTEMS[data[CONF_SYSTEM]].takes_posts


def with_webhook_id(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a config entry's data with an address for posts, if its telephone system has use for one."""
    if CONF_WEBHOOK_ID in data or not takes_posts(data):
        return {**data}
    return {**data, CONF_WEBHOOK_ID: async_generate_id()}


@callback
def async_give_webhook_id(hass: HomeAssistant, entry: OfficeConfigEntry) -> None:
    """Give an entry an address that was made when there were none, or for a system that had none.

    This is to be done before anything remembers what the entry says: else it would begin anew.
    """
    hass.config_entries.async_update_entry(entry, data=with_webhook_id(entry.data))


@callback
def async_open_webhook(hass: HomeAssistant, entry: OfficeConfigEntry) -> None:
    """Take posts at the entry's address until it is unloaded."""
    if not takes_posts(entry.data):
        return
    webhook_id = entry.data[CONF_WEBHOOK_ID]

    async def take(_hass: HomeAssistant, _webhook_id: str, request: Request) -> Response:
        return Response(status=await _take_post(entry, request))

    async_register(
        hass,
        DOMAIN,
        entry.title,
        webhook_id,
        take,
        local_only=not allows_remote_posts(entry),
        allowed_methods=(METH_POST,),
    )
    entry.async_on_unload(lambda: async_unregister(hass, webhook_id))


def allows_remote_posts(entry: ConfigEntry[Any]) -> bool:
    """Tell whether the person lets in what does not come from the local network."""
    allowed: bool = entry.options.get(CONF_NOTIFICATIONS, {}).get(CONF_REMOTE_POSTS, False)
    return allowed


@callback
def webhook_url(hass: HomeAssistant, entry: ConfigEntry[Any]) -> str:
    """Return the address to post to.

    Where Home Assistant does not know by which address it is reached, it is the path alone.
    """
    webhook_id = entry.data[CONF_WEBHOOK_ID]
    try:
        return async_generate_url(hass, webhook_id, prefer_external=allows_remote_posts(entry))
    except NoURLAvailableError:
        return async_generate_path(webhook_id)


async def _take_post(entry: OfficeConfigEntry, request: Request) -> HTTPStatus:
    """Hand a post to the telephone system; returns what the sender is told."""
    user = request.query.get(_USER, "").strip()
    if len(user) > USER_MOST:
        return HTTPStatus.BAD_REQUEST
    try:
        async with asyncio.timeout(BODY_PATIENCE):
            body = await _read(request)
    except TimeoutError:
        return HTTPStatus.REQUEST_TIMEOUT
    except RequestPayloadError:
        return HTTPStatus.BAD_REQUEST
    if len(body) > BODY_MOST:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    if entry.state is not ConfigEntryState.LOADED:  # it may have gone while the post arrived
        return HTTPStatus.SERVICE_UNAVAILABLE
    try:
        entry.runtime_data.system.take_post(body, user or None)
    except ValueError:
        return HTTPStatus.BAD_REQUEST
    return HTTPStatus.OK


async def _read(request: Request) -> bytes:
    """Read a request's body, and no more of one that is too long than shows that it is."""
    content, body = request.content, bytearray()
    while len(body) <= BODY_MOST and (piece := await content.read(BODY_MOST + 1 - len(body))):
        body += piece
    return bytes(body)
