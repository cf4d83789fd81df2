"""What users and agents do beside calling: statuses, log-ins, pauses."""

from dataclasses import replace
from typing import TYPE_CHECKING

from .office import Agent, CoreServer, Login, OfficeError, Status, StatusType

if TYPE_CHECKING:
    from .calls import Calls
    from .events import Events
    from .office import Extension, Queue, User
    from .site import Site

UNCHANGED: object = object()
LATEST = 253_402_300_799  # the last second of the year 9999


class People:
    """Every change of a user or agent, and who hears of it."""

    def __init__(self, site: Site, events: Events, calls: Calls) -> None:
        self._site = site
        self._events = events
        self._calls = calls

    # Users.

    def set_status(
        self,
        server: CoreServer,
        user: User,
        name: str | None = None,
        *,
        type_: str | None = None,
        note: str | None = None,
        return_time: float | object | None = UNCHANGED,
    ) -> None:
        """Change what is given; a name that is not offered becomes a status of the user's own.

        Raises:
            OfficeError: there is no such type of status, or no such time.
        """
        status = user.status
        chosen = status.name if name is None else name
        offered = self._site.office.statuses.get(chosen)
        changed = replace(
            status,
            name=chosen,
            type=_type(type_) if type_ is not None else offered or status.type,
            note=status.note if note is None else note,
            is_user_created=offered is None,
        )
        if isinstance(return_time, int | float) and not 0 <= return_time <= LATEST:
            raise OfficeError("there is no such time")
        if return_time is None or isinstance(return_time, int | float):
            changed.return_time = return_time
        self.put_status(server, user, changed)

    def put_status(self, server: CoreServer, user: User, status: Status) -> None:
        """Let a status be a user's."""
        user.status = status
        self._events.user_status(server, user)

    def log_in(self, server: CoreServer, user: User, ip: str, port: int) -> Login:
        """Let one of a user's clients log in."""
        login = self._site.office.give_id(Login(ip=ip, port=port))
        user.logins.append(login)
        self._events.user_login(server, user, login, ends=False)
        return login

    def log_out(self, server: CoreServer, user: User) -> None:
        """Let the latest of a user's clients log out."""
        if not user.logins:
            raise OfficeError(f"{user.username} is not logged in")
        self._events.user_login(server, user, user.logins.pop(), ends=True)

    def set_dnd(self, server: CoreServer, extension: Extension, *, on: bool) -> None:
        """Let a telephone ring no more, or again."""
        extension.dnd = on
        self._events.unlisted(server, "simulatedDnd", extensionNumber=extension.number, enabled=on)

    # Agents.

    def log_in_agent(self, server: CoreServer, queue: Queue, extension: Extension) -> Agent:
        """Log an extension in at a queue."""
        if any(each.extension is extension for each in queue.agents):
            raise OfficeError(f"{extension.number} is logged in at {queue.name} already")
        agent = self._site.office.give_id(Agent(queue=queue, extension=extension))
        queue.agents.append(agent)
        self._events.agent_login(server, agent, self._calls.state(extension), ends=False)
        self._calls.serve_queues(server)
        return agent

    def log_out_agent(self, server: CoreServer, agent: Agent) -> None:
        """Log an agent out; whoever is a member by configuration stays."""
        if not agent.is_dynamic:
            raise OfficeError(f"{agent.extension.number} is a static member of {agent.queue.name}")
        agent.queue.agents.remove(agent)
        self._events.agent_login(server, agent, self._calls.state(agent.extension), ends=True)

    def pause(self, server: CoreServer, agent: Agent, *, on: bool) -> None:
        """Let an agent take no calls, or take calls again."""
        agent.is_paused = on
        self._events.unlisted(
            server,
            "simulatedAgentPause" if on else "simulatedAgentUnpause",
            queue=agent.queue.name,
            extensionNumber=agent.extension.number,
        )
        if not on:
            self._calls.serve_queues(server)


def _type(text: str) -> StatusType:
    try:
        return StatusType(text)
    except ValueError:
        raise OfficeError(f"there is no type of status {text!r}") from None
