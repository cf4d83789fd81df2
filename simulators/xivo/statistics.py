"""Queue statistics: pushed to those who subscribed, and computed for those who ask."""

from typing import TYPE_CHECKING

from .messages import queue_entries
from .office import MemberStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .messages import Message
    from .office import Passage, Queue
    from .outbox import Recipient
    from .site import Site

_TALKING = frozenset(
    {MemberStatus.IN_USE, MemberStatus.BUSY, MemberStatus.ON_HOLD, MemberStatus.RINGING_IN_USE}
)


class Statistics:
    """Who wants to know of queues, and what they are told."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._subscribers: list[Recipient] = []
        self._entry_subscribers: dict[str, list[Recipient]] = {}

    def subscribe(self, recipient: Recipient) -> None:
        """Tell someone of all queues now, and of each change from now on."""
        if recipient not in self._subscribers:
            self._subscribers.append(recipient)
        queues = self._site.office.queues.values()
        for queue in queues:
            self._tell(recipient, queue, self._logged(queue))
        for queue in queues:
            if queue.was_used:
                self._tell(recipient, queue, self._waiting(queue))
        for queue in queues:
            self._tell(recipient, queue, self._summary(queue))

    def subscribe_entries(self, recipient: Recipient, queue: Queue) -> None:
        """Tell someone who waits in a queue, if anyone ever did, and each change from now on."""
        subscribers = self._entry_subscribers.setdefault(queue.id, [])
        if recipient not in subscribers:
            subscribers.append(recipient)
        if queue.was_used:
            self._site.outbox.reply(recipient, queue_entries(queue))

    def forget(self, recipient: Recipient) -> None:
        """Tell someone nothing any more."""
        for subscribers in (self._subscribers, *self._entry_subscribers.values()):
            if recipient in subscribers:
                subscribers.remove(recipient)

    def tell_logged(self, queues: Iterable[Queue]) -> None:
        """Tell how many agents are logged in."""
        for queue in queues:
            self._tell_all(queue, self._logged(queue))

    def tell_summary(self, queues: Iterable[Queue], times: int = 1) -> None:
        """Tell what Asterisk's summary of each queue says, as often as it was asked for."""
        for queue in queues:
            for _ in range(times):
                self._tell_all(queue, self._summary(queue))

    def tell_callers(self, queue: Queue) -> None:
        """Tell who waits, and how long."""
        for recipient in self._entry_subscribers.get(queue.id, ()):
            self._site.outbox.reply(recipient, queue_entries(queue))
        self._tell_all(queue, self._waiting(queue))

    def _tell_all(self, queue: Queue, values: Message) -> None:
        for recipient in self._subscribers:
            self._tell(recipient, queue, values)

    def _tell(self, recipient: Recipient, queue: Queue, values: Message) -> None:
        message = {"class": "getqueuesstats", "stats": {queue.id: values}}
        self._site.outbox.reply(recipient, message)

    def _logged(self, queue: Queue) -> Message:
        office = self._site.office
        agents = (office.agent_behind(member) for member in office.members_of(queue))
        return {
            "Xivo-LoggedAgents": sum(agent is not None and agent.is_logged_in for agent in agents)
        }

    def _waiting(self, queue: Queue) -> Message:
        if not queue.callers:
            return {"Xivo-WaitingCalls": 0}
        longest = self._site.clock() - min(caller.joined for caller in queue.callers)
        return {"Xivo-WaitingCalls": len(queue.callers), "Xivo-LongestWaitTime": int(longest)}

    def _summary(self, queue: Queue) -> Message:
        members = list(self._site.office.members_of(queue))
        talking = sum(member.status in _TALKING for member in members)
        available = sum(
            member.status == MemberStatus.NOT_IN_USE and not member.paused for member in members
        )
        return {
            "Xivo-TalkingAgents": str(talking),
            "Xivo-AvailableAgents": str(available),
            "Xivo-EWT": str(queue.hold_time),
        }


def history(queue: Queue, now: float, window: float, quality: float) -> Message:
    """Return what became of a queue's callers within the last seconds; "" where nobody can say.

    `quality` is within how many seconds a call should be answered.
    """
    passages = [each for each in queue.passages if each.joined >= now - window]
    waiting = sum(caller.joined >= now - window for caller in queue.callers)
    answered = [each for each in passages if each.was_answered]
    return {
        "Xivo-Join": str(len(passages) + waiting),
        "Xivo-Link": str(len(answered)),
        "Xivo-Lost": str(len(passages) - len(answered)),
        "Xivo-Rate": _percent(len(answered), len(passages) if answered else 0),
        "Xivo-Qos": _percent(sum(each.waited <= quality for each in answered), len(answered)),
        "Xivo-Holdtime-avg": _seconds(_average(passages)),
        "Xivo-Holdtime-max": _seconds(max((each.waited for each in passages), default=None)),
    }


def _average(passages: list[Passage]) -> float | None:
    return sum(each.waited for each in passages) / len(passages) if passages else None


def _seconds(value: float | None) -> str:
    return "" if value is None else str(round(value))


def _percent(part: int, whole: int) -> str:
    return str(round(100 * part / whole)) if whole else ""
