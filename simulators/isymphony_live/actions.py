"""What can be done with resources: POST …/actions/NAME, with a JSON object as its body.

The public pages say that there are actions, and name some, but neither their paths nor their bodies: all of
them are THIS SIMULATOR'S OWN INVENTION, in place of what a site's own documentation says, for requests made
from templates.

    users/{…}/status/actions/set                        {"name", "type", "note", "returnTime"}: what is given
    extensions/{…}/actions/originate                    {"destination"}
    extensions/{…}/actions/enableDnd, …/disableDnd
    queues/{…}/actions/logIn, …/logOut                  {"extension"}
    queues/{…}/agents/{…}/actions/pause, …/unpause, …/logOut
    queues/{…}/agents/{…}/actions/setPenalty            {"penalty"}
    …/callSegments/{id}/actions/transfer                {"destination"}: whom it is linked with goes there
"""

from typing import TYPE_CHECKING

from .calls import Segment
from .office import Agent, CoreServer, Extension, OfficeError, Queue, Status
from .people import UNCHANGED
from .settings import TimeUnit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .calls import Calls
    from .hub import Body
    from .people import People
    from .resources import Found
    from .site import Site

HELP = """\
requests that the public documentation does not describe are this simulator's own; below
/communication_manager/rest/live/coreServers/getByName/default/, by POST with JSON:
  users/getByName/100/status/actions/set  {"name", "type", "note", "returnTime": what is given}
  extensions/getByName/100/actions/originate  {"destination"}
  extensions/getByName/100/actions/enableDnd, disableDnd
  queues/getByName/5001/actions/logIn, logOut  {"extension"}
  queues/getByName/5001/agents/getByName/100/actions/pause, unpause, logOut
  queues/getByName/5001/agents/getByName/100/actions/setPenalty  {"penalty"}
  callSegments/ID/actions/transfer  {"destination"}
and by GET: callSegments of the core server, of an extension, a queue, a conference room, and of a call
segment (the other ends of its call); statistics of an agent
"""


class UnknownAction(Exception):
    """An action that a resource does not have."""


class Actions:
    """Carries actions out."""

    def __init__(self, site: Site, people: People, calls: Calls) -> None:
        self._site = site
        self._people = people
        self._calls = calls
        self._table: Mapping[tuple[type, str], Callable[..., object]] = {
            (Status, "set"): self._set_status,
            (Extension, "originate"): self._originate,
            (Extension, "enableDnd"): lambda server, one, _: people.set_dnd(server, one, on=True),
            (Extension, "disableDnd"): lambda server, one, _: people.set_dnd(server, one, on=False),
            (Queue, "logIn"): self._log_in,
            (Queue, "logOut"): self._log_out,
            (Agent, "logOut"): lambda server, agent, _: people.log_out_agent(server, agent),
            (Agent, "pause"): lambda server, agent, _: people.pause(server, agent, on=True),
            (Agent, "unpause"): lambda server, agent, _: people.pause(server, agent, on=False),
            (Agent, "setPenalty"): self._set_penalty,
            (Segment, "transfer"): self._transfer,
        }

    def perform(self, found: Found, body: Body) -> None:
        """Carry one out.

        Raises:
            UnknownAction: there is no such action.
            OfficeError: it cannot be done, or something is missing.
        """
        action = self._table.get((type(found.what), found.action or ""))
        if action is None:
            raise UnknownAction
        action(found.server, found.what, body)

    def _set_status(self, server: CoreServer, status: Status, body: Body) -> None:
        user = next(each for each in server.users.values() if each.status is status)
        back: float | object | None = UNCHANGED
        if "returnTime" in body:
            back = self._return_time(body["returnTime"])
        self._people.set_status(
            server,
            user,
            _optional_text(body, "name"),
            type_=_optional_text(body, "type"),
            note=_optional_text(body, "note"),
            return_time=back,
        )

    def _return_time(self, value: object) -> float | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise OfficeError("returnTime is a number.")
        factor = 1_000 if self._site.settings.return_times is TimeUnit.MILLISECONDS else 1
        return value / factor if value > 0 else None

    def _originate(self, server: CoreServer, extension: Extension, body: Body) -> None:
        self._calls.originate(server, extension, _text(body, "destination"))

    def _log_in(self, server: CoreServer, queue: Queue, body: Body) -> None:
        self._people.log_in_agent(server, queue, server.extension(_text(body, "extension")))

    def _log_out(self, server: CoreServer, queue: Queue, body: Body) -> None:
        extension = server.extension(_text(body, "extension"))
        self._people.log_out_agent(server, queue.agent(extension))

    @staticmethod
    def _set_penalty(_server: CoreServer, agent: Agent, body: Body) -> None:
        penalty = body.get("penalty")
        if isinstance(penalty, bool) or not isinstance(penalty, int) or penalty < 0:
            raise OfficeError("No penalty provided.")
        agent.penalty = penalty

    def _transfer(self, _server: CoreServer, segment: Segment, body: Body) -> None:
        self._calls.transfer(segment, _text(body, "destination"))


def _text(body: Body, key: str) -> str:
    text = _optional_text(body, key)
    if not text:
        raise OfficeError(f"No {key} provided.")
    return text


def _optional_text(body: Body, key: str) -> str | None:
    value = body.get(key)
    if value is not None and not isinstance(value, str):
        raise OfficeError(f"{key} is a text.")
    return value
