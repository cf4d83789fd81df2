"""Actions on agents, and on the queues that they take calls from."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from homeassistant.core import SupportsResponse
from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from .action import ATTR_AGENT, ATTR_NUMBER, ATTR_QUEUE, TRIMMED, Action, Given
from .targets import Target
from .telephony.model import Agent, Feature, Queue

ATTR_WINDOW: Final = "window"
ATTR_QUALITY_OF_SERVICE: Final = "quality_of_service"

_AGENTS = {vol.Required(ATTR_AGENT): vol.All(cv.ensure_list, [cv.string], vol.Length(min=1))}


async def _async_get_queue_statistics(target: Target[Queue], given: Given) -> dict[str, Any]:
    window: timedelta = given[ATTR_WINDOW]
    statistics = await target.system.get_queue_statistics(
        target.object,
        window=window.total_seconds(),
        quality_of_service=given[ATTR_QUALITY_OF_SERVICE],
    )
    return {"name": target.name, **asdict(statistics)}


async def _async_get_agent_statistics(target: Target[Agent], _: Given) -> dict[str, Any]:
    statistics = await target.system.get_agent_statistics(target.object)
    queues = [
        {"name": queue.name, "number": queue.number, "statistics": dict(statistics[queue.id])}
        for queue in (record.object for record in target.system.directory.queues)
        if queue.id in statistics
    ]
    return {"name": target.name, "queues": queues}


QUEUE_ACTIONS: Final = (
    Action(
        name="agent_login",
        kind=Agent,
        feature=Feature.LOG_IN,
        fields={vol.Optional(ATTR_NUMBER): TRIMMED},
        command=lambda target, given: target.system.log_agent_in(
            target.object, given.get(ATTR_NUMBER)
        ),
    ),
    Action(
        name="agent_logout",
        kind=Agent,
        feature=Feature.LOG_IN,
        command=lambda target, _: target.system.log_agent_out(target.object),
    ),
    Action(
        name="agent_pause",
        kind=Agent,
        feature=Feature.PAUSE,
        fields={vol.Optional(ATTR_QUEUE): cv.string},
        devices={ATTR_QUEUE: Queue},
        command=lambda target, given: target.system.pause_agent(
            target.object, given.get(ATTR_QUEUE)
        ),
    ),
    Action(
        name="agent_resume",
        kind=Agent,
        feature=Feature.PAUSE,
        fields={vol.Optional(ATTR_QUEUE): cv.string},
        devices={ATTR_QUEUE: Queue},
        command=lambda target, given: target.system.resume_agent(
            target.object, given.get(ATTR_QUEUE)
        ),
    ),
    Action(
        name="get_agent_statistics",
        kind=Agent,
        feature=Feature.AGENT_STATISTICS,
        command=_async_get_agent_statistics,
        response=SupportsResponse.ONLY,
    ),
    Action(
        name="queue_add_member",
        kind=Queue,
        feature=Feature.CHANGE_MEMBERS,
        fields=_AGENTS,
        devices={ATTR_AGENT: Agent},
        each=ATTR_AGENT,
        command=lambda target, given: target.system.add_queue_member(
            target.object, given[ATTR_AGENT]
        ),
    ),
    Action(
        name="queue_remove_member",
        kind=Queue,
        feature=Feature.CHANGE_MEMBERS,
        fields=_AGENTS,
        devices={ATTR_AGENT: Agent},
        each=ATTR_AGENT,
        command=lambda target, given: target.system.remove_queue_member(
            target.object, given[ATTR_AGENT]
        ),
    ),
    Action(
        name="get_queue_statistics",
        kind=Queue,
        feature=Feature.QUEUE_STATISTICS,
        fields={
            vol.Optional(ATTR_WINDOW, default=timedelta(hours=1)): vol.All(
                cv.positive_time_period, vol.Range(min=timedelta(seconds=1))
            ),
            vol.Optional(ATTR_QUALITY_OF_SERVICE, default=60): vol.All(
                vol.Coerce(float), vol.Range(min=1, max=86_400)
            ),
        },
        command=_async_get_queue_statistics,
        response=SupportsResponse.ONLY,
    ),
)
