"""Dashboards: WebSocket clients of Home Assistant in a process of their own, which read all they are sent.

`python -m benchmarks.dashboard URL TOKEN` connects two. One is like Home Assistant's own frontend: it
subscribes to entities and takes messages by the bundle. The other subscribes to entities and to all
events `state_changed`, and takes messages one by one. It says "ready" on stdout, then answers each line
on stdin with one of JSON: how many messages each has read, and whether it is still connected. "Still
connected" is what Home Assistant's answer to a ping says, which comes after all that was sent before.
"""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import json
import sys
from typing import Any

import aiohttp

from . import ROOT

_BUNDLES: dict[str, Any] = {"type": "supported_features", "features": {"coalesce_messages": 1}}
_ENTITIES: dict[str, Any] = {"type": "subscribe_entities"}
_EVENTS: dict[str, Any] = {"type": "subscribe_events", "event_type": "state_changed"}
_CLIENTS: dict[str, tuple[dict[str, Any], ...]] = {
    "frontend": (_BUNDLES, _ENTITIES),
    "all_events": (_ENTITIES, _EVENTS),
}
_ANSWER_SECONDS = 60.0
_MESSAGE_LIMIT = 64 * 1024 * 1024  # bytes


class Dashboard:
    """One client."""

    def __init__(self, websocket: aiohttp.ClientWebSocketResponse) -> None:
        self.messages = 0
        self._websocket = websocket
        self._last_id = 0
        self._answered = 0
        self._wake = asyncio.Event()

    async def command(self, command: dict[str, Any]) -> bool:
        """Send a command; return whether it was answered while the connection lasted."""
        self._last_id += 1
        if self._websocket.closed:
            return False
        await self._websocket.send_json({"id": self._last_id, **command})
        while self._answered < self._last_id and not self._websocket.closed:
            self._wake.clear()
            async with asyncio.timeout(_ANSWER_SECONDS):
                await self._wake.wait()
        return self._answered == self._last_id

    async def read(self) -> None:
        """Read all that comes."""
        async for received in self._websocket:
            content = json.loads(received.data)
            for message in content if isinstance(content, list) else (content,):
                self.messages += 1
                if message["type"] in {"result", "pong"}:
                    self._answered = message["id"]
                    self._wake.set()
        self._wake.set()


async def _main(url: str, token: str) -> None:
    async with aiohttp.ClientSession() as http:
        clients = {}
        async with asyncio.TaskGroup() as group:
            for name, commands in _CLIENTS.items():
                client = clients[name] = Dashboard(await _connect(http, url, token))
                group.create_task(client.read())
                for command in commands:
                    await client.command(command)
            print("ready", flush=True)
            while await asyncio.to_thread(sys.stdin.readline):
                print(json.dumps({n: await _state(c) for n, c in clients.items()}), flush=True)
            await http.close()


async def _connect(
    http: aiohttp.ClientSession, url: str, token: str
) -> aiohttp.ClientWebSocketResponse:
    websocket = await http.ws_connect(url, max_msg_size=_MESSAGE_LIMIT)
    await websocket.receive_json()  # auth_required
    await websocket.send_json({"type": "auth", "access_token": token})
    answer = await websocket.receive_json()
    if answer["type"] != "auth_ok":
        raise RuntimeError(f"Home Assistant did not accept its own token: {answer}")
    return websocket


async def _state(client: Dashboard) -> dict[str, Any]:
    connected = await client.command({"type": "ping"})
    return {"messages": client.messages, "connected": connected}


class Dashboards:
    """The process of these clients, as the job sees it."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def state(self) -> dict[str, dict[str, Any]]:
        """Return what each has read, and whether it is connected."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(b"\n")
        answer: dict[str, dict[str, Any]] = json.loads(await self._process.stdout.readline())
        return answer


@asynccontextmanager
async def watching(url: str, token: str) -> AsyncGenerator[Dashboards]:
    """Have dashboards open, in their own process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.dashboard", url, token, stdin=PIPE, stdout=PIPE, cwd=ROOT
    )
    assert process.stdin
    assert process.stdout
    try:
        if await process.stdout.readline() != b"ready\n":
            raise RuntimeError("The dashboards could not connect")
        yield Dashboards(process)
    finally:
        process.stdin.close()
        await process.wait()


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
