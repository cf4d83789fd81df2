"""The owner's account: made once, by the steps that Home Assistant asks a new owner to take."""

from typing import TYPE_CHECKING, Any

import aiohttp

from .api import post
from .errors import DemoError

if TYPE_CHECKING:
    from .api import Json

NAME = "Front desk"
USERNAME = "demo"
PASSWORD = "demo"  # noqa: S105 - a demo on the loopback interface


async def sign_in(url: str) -> str:
    """Return an access token; a new Home Assistant is taken through its first steps before."""
    async with aiohttp.ClientSession() as http:
        to_do = await _open_steps(http, url)
        if "user" in to_do:
            code = await _create_owner(http, url)
        else:
            code = await _log_in(http, url)
        token = await _exchange(http, url, code)
        http.headers["Authorization"] = f"Bearer {token}"
        await _finish(http, url, to_do)
        return token


async def _open_steps(http: aiohttp.ClientSession, url: str) -> set[str]:
    async with http.get(f"{url}/api/onboarding") as response:
        if response.status == 404:  # once all are done, there is nothing to ask any more
            return set()
        steps: list[Json] = await response.json()
    return {step["step"] for step in steps if not step["done"]}


async def _create_owner(http: aiohttp.ClientSession, url: str) -> str:
    owner = {"name": NAME, "username": USERNAME, "password": PASSWORD}
    answer = await post(
        http,
        f"{url}/api/onboarding/users",
        json=owner | {"client_id": _client(url), "language": "en"},
    )
    return str(answer["auth_code"])


async def _log_in(http: aiohttp.ClientSession, url: str) -> str:
    flow = await post(
        http,
        f"{url}/auth/login_flow",
        json={
            "client_id": _client(url),
            "handler": ["homeassistant", None],
            "redirect_uri": _client(url),
        },
    )
    answer = await post(
        http,
        f"{url}/auth/login_flow/{flow['flow_id']}",
        json={"client_id": _client(url), "username": USERNAME, "password": PASSWORD},
    )
    if answer["type"] != "create_entry":
        raise DemoError(
            f"the account {USERNAME} does not take the password {PASSWORD} any more; "
            "change it back, or start clean with --fresh"
        )
    return str(answer["result"])


async def _exchange(http: aiohttp.ClientSession, url: str, code: str) -> str:
    form = {"grant_type": "authorization_code", "code": code, "client_id": _client(url)}
    answer = await post(http, f"{url}/auth/token", data=form)
    return str(answer["access_token"])


async def _finish(http: aiohttp.ClientSession, url: str, to_do: set[str]) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "core_config": {},
        "analytics": {},
        "integration": {"client_id": _client(url), "redirect_uri": _client(url)},
    }
    for step, body in bodies.items():
        if step in to_do:
            await post(http, f"{url}/api/onboarding/{step}", json=body)


def _client(url: str) -> str:
    """Return how the frontend itself names the client that signs in."""
    return f"{url}/"
