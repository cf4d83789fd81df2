"""Single events of Asterisk, for those who want to see what the server makes of each.

{"op": "asterisk", "event": "new_channel", "channel": "SIP/x2gjtw-0000000b"}
"""

from typing import TYPE_CHECKING

from simulators.operations import perform

from .office import Caller

if TYPE_CHECKING:
    from simulators.operations import Answer, Operation

    from .server import XivoSimulator


class AsteriskEvents:
    """The events of Asterisk, by the name of the method."""

    def __init__(self, simulator: XivoSimulator) -> None:
        self._office = simulator.office
        self._channels = simulator.channels
        self._call_center = simulator.call_center
        self._clock = simulator.site.clock
        self._events: dict[str, Operation] = {
            "new_channel": self.new_channel,
            "state": self.state,
            "dial": self.dial,
            "bridge": self.bridge,
            "hold": self.hold,
            "hint": self.hint,
            "hang_up": self.hang_up,
            "agent_call": self.agent_call,
            "agent_call_ends": self.agent_call_ends,
            "other_call": self.other_call,
            "other_call_ends": self.other_call_ends,
            "member_status": self.member_status,
            "join": self.join,
            "leave": self.leave,
            "together": self.together,
        }

    async def happen(self, *, event: str, **fields: object) -> Answer:
        """Let one event happen; its fields are the arguments of the method of that name."""
        return await perform(self._events, "event", event, fields)

    async def together(self, *, events: list) -> Answer:  # type: ignore[type-arg] # checked by isinstance
        """Let several events happen in one turn."""
        for event in events:
            await self.happen(**event)
        return {}

    def new_channel(self, *, channel: str, number: str = "", name: str = "") -> Answer:
        """Let a channel come to be."""
        self._channels.create(channel, number=number, party_name=name)
        return {}

    def state(self, *, channel: str, state: str) -> Answer:
        """Set a channel's state."""
        self._channels.set_state(self._office.channel(channel), state)
        return {}

    def dial(self, *, caller: str, callee: str) -> Answer:
        """Let one channel call another."""
        self._channels.dial(self._office.channel(caller), self._office.channel(callee))
        return {}

    def bridge(self, *, caller: str, callee: str) -> Answer:
        """Let two channels hear each other."""
        self._channels.bridge(self._office.channel(caller), self._office.channel(callee))
        return {}

    def hold(self, *, channel: str, held: bool = True) -> Answer:
        """Put the other party of a channel on hold, or take it back."""
        self._channels.hold(self._office.channel(channel), held=held)
        return {}

    def hint(self, *, extension: str, hint: str) -> Answer:
        """Set what a phone does."""
        self._channels.set_hint(self._office.phone(extension), hint)
        return {}

    def hang_up(self, *, channel: str) -> Answer:
        """End a channel."""
        self._channels.destroy(channel)
        return {}

    def agent_call(self, *, agent: str) -> Answer:
        """Let an agent take a call of a queue."""
        self._call_center.start_agent_call(self._office.agent(agent))
        return {}

    def agent_call_ends(self, *, agent: str, wrapup: float = 0.0) -> Answer:
        """End an agent's call of a queue."""
        self._call_center.end_agent_call(self._office.agent(agent), wrapup)
        return {}

    def other_call(self, *, agent: str, direction: str, is_internal: bool = True) -> Answer:
        """Let an agent be on a call that is none of a queue's."""
        self._call_center.start_other_call(
            self._office.agent(agent), direction, is_internal=is_internal
        )
        return {}

    def other_call_ends(self, *, agent: str) -> Answer:
        """End that call."""
        self._call_center.end_other_call(self._office.agent(agent))
        return {}

    def member_status(self, *, member: str, status: str) -> Answer:
        """Set what a queue member's device does."""
        self._call_center.set_member_status(self._office.members[member], status)
        return {}

    def join(self, *, queue: str, unique_id: str, number: str, name: str = "") -> Answer:
        """Let a caller wait in a queue."""
        self._call_center.join(
            self._office.queue(queue), Caller(unique_id, number, name, self._clock())
        )
        return {}

    def leave(self, *, queue: str, unique_id: str) -> Answer:
        """Let a caller give up waiting."""
        self._call_center.leave(self._office.queue(queue), unique_id)
        return {}
