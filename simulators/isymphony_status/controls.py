"""What the control port can do with the simulated Status interface.

Each public coroutine or method is one operation; its keyword arguments are the JSON members.
"""

from collections.abc import Callable
from dataclasses import asdict
import time
from typing import TYPE_CHECKING, Any

from simulators.operations import OperationError, positive

from .office import Event, Office
from .protocol import StatusPrefix, StatusRenameName
from .server import RECEIVED_LIMIT, Echo, Scenario

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulators.operations import Answer, Operation

    from .office import Tenant
    from .server import StatusSimulator

BURST_LIMIT = 10_000_000  # events
INTERLEAVE_LIMIT = 10_000  # people's changes in one report

# For each kind of thing: the members that name it, from the outside in.
_PATHS: Mapping[str, tuple[str, ...]] = {
    "location": ("location",),
    "tenant": ("location", "tenant"),
    "status": ("location", "tenant", "status"),
    "extension": ("location", "tenant", "extension"),
}
type _Edit = Callable[..., Event]
_ADD: Mapping[str, _Edit] = {
    "location": Office.add_location,
    "tenant": Office.add_tenant,
    "status": Office.add_status,
    "extension": Office.add_extension,
}
_REMOVE: Mapping[str, _Edit] = {
    "location": Office.remove_location,
    "tenant": Office.remove_tenant,
    "status": Office.remove_status,
    "extension": Office.remove_extension,
}
_RENAME: Mapping[str, _Edit] = {
    "location": Office.rename_location,
    "tenant": Office.rename_tenant,
    "status": Office.rename_status,
    "extension": Office.rename_extension,
}


class Controls:
    """The operations on one simulator."""

    def __init__(self, simulator: StatusSimulator) -> None:
        self._simulator = simulator
        self._received_before = 0
        self._probes_before = 0

    def operations(self) -> dict[str, Operation]:
        """Return all operations by their names."""
        return {
            "set": self.set,
            "add": self.add,
            "remove": self.remove,
            "rename": self.rename,
            "dump": self.dump,
            "clients": self.clients,
            "received": self.received,
            "stats": self.stats,
            "scenario": self.scenario,
            "burst": self.burst,
            "sync": self.sync,
            "echo": self.echo,
            "spelling": self.spelling,
            "interleave": self.interleave,
            "disconnect": self.disconnect,
            "fault": self._simulator.faults.apply,
            **dict.fromkeys(("ring", "answer", "hold", "transfer", "hang_up"), self.no_calls),
        }

    def set(
        self,
        *,
        extension: str,
        location: str | None = None,
        tenant: str | None = None,
        status: str | None = None,
        note: str | None = None,
        return_time: int | None = None,
    ) -> Answer:
        """Set an extension's status, note and return time, or some of them."""
        office = self._simulator.office
        seat = office.find(extension, location, tenant)
        changes: list[Callable[[], Event]] = []
        if status is not None:
            changes.append(lambda: office.set_status(*seat, status))
        if note is not None:
            changes.append(lambda: office.set_note(*seat, note))
        if return_time is not None:
            changes.append(lambda: office.set_return_time(*seat, return_time))
        for change in changes:
            self._simulator.announce(change())
        return {"events": len(changes)}

    def add(self, *, what: str, **names: object) -> Answer:
        """Add a location, tenant, status or extension."""
        return self._edit(_ADD, what, names, _PATHS)

    def remove(self, *, what: str, **names: object) -> Answer:
        """Remove one, and what is in it."""
        return self._edit(_REMOVE, what, names, _PATHS)

    def rename(self, *, what: str, **names: object) -> Answer:
        """Give one its `new_name`."""
        paths = {kind: (*path, "new_name") for kind, path in _PATHS.items()}
        return self._edit(_RENAME, what, names, paths)

    def dump(self) -> Answer:
        """Tell the whole office."""
        return {
            "locations": {
                name: {"tenants": {key: _tenant(value) for key, value in location.tenants.items()}}
                for name, location in self._simulator.office.locations.items()
            }
        }

    def clients(self) -> Answer:
        """Tell how many are connected, and how many ever were."""
        listener = self._simulator.listener
        return {"clients": len(listener.connections), "connections": listener.accepted}

    def received(self, *, starting: str = "") -> Answer:
        """Hand out the command lines that came since the last time, those that start so.

        `missed` is how many more came than are kept, `probes` how many connections have come and
        gone without a word.
        """
        simulator = self._simulator
        missed = max(0, simulator.commands - self._received_before - RECEIVED_LIMIT)
        probes = simulator.probes - self._probes_before
        lines = [line for line in simulator.received if line.startswith(starting)]
        self._received_before = simulator.commands
        self._probes_before = simulator.probes
        simulator.received.clear()
        return {"lines": lines, "missed": missed, "probes": probes}

    def stats(self) -> Answer:
        """Tell what was counted since the start."""
        simulator = self._simulator
        listener = simulator.listener
        return {
            **self.clients(),
            "probes": simulator.probes,
            "commands": simulator.commands,
            "events": simulator.events,
            "bytes_sent": listener.bytes_sent,
            "bytes_outstanding": sum(each.outstanding for each in listener.connections),
            "slow_clients_disconnected": listener.gave_up,
            "processor_seconds": time.process_time(),
        }

    async def scenario(self, *, name: str, rate: float = 0.5) -> Answer:
        """Let a scenario begin, at so many events a second."""
        await self._simulator.play(Scenario(name), rate)
        return {"name": name, "rate": rate}

    async def burst(
        self, *, events: int, rate: float | None = None, seed: int | None = None
    ) -> Answer:
        """Send so many events, and answer when all are written."""
        if not 0 < events <= BURST_LIMIT:
            raise OperationError(f"events must be above 0 and at most {BURST_LIMIT}")
        if rate is not None:
            positive("rate", rate)
        return {"events": await self._simulator.burst(events, rate, seed)}

    async def sync(self) -> Answer:
        """Answer when the sockets have taken all that was sent before."""
        await self._simulator.listener.flushed()
        return {}

    def echo(self, *, order: str) -> Answer:
        """Choose when a client gets the event of its own change."""
        self._simulator.echo = Echo(order)
        return {"order": order}

    def spelling(self, *, rename: str | None = None, status: str | None = None) -> Answer:
        """Choose the name of the event for a renamed status, and the prefix in a status report."""
        spelling = self._simulator.spelling
        if rename is not None:
            spelling.status_rename = StatusRenameName(rename)
        if status is not None:
            spelling.status_prefix = StatusPrefix(status)
        return {"rename": spelling.status_rename, "status": spelling.status_prefix}

    def interleave(self, *, changes: int) -> Answer:
        """Choose how many people's changes fall into the midst of each report."""
        if not 0 <= changes <= INTERLEAVE_LIMIT:
            raise OperationError(f"changes must be between 0 and {INTERLEAVE_LIMIT}")
        self._simulator.interleave = changes
        return {"changes": changes}

    def disconnect(self) -> Answer:
        """Close all connections in good order, after what was sent before."""
        present = tuple(self._simulator.listener.connections)
        for connection in present:
            connection.close()
        return {"connections": len(present)}

    def no_calls(self, **_: object) -> Answer:
        """Refuse what other systems can do."""
        raise OperationError("isymphony_status has no calls")

    def _edit(
        self,
        edits: Mapping[str, _Edit],
        what: str,
        names: Mapping[str, object],
        paths: Mapping[str, tuple[str, ...]],
    ) -> Answer:
        if what not in edits:
            raise OperationError(f"what is one of {', '.join(edits)}, not {what!r}")
        path = paths[what]
        if set(names) != set(path) or not all(isinstance(each, str) for each in names.values()):
            raise OperationError(f"to name a {what}, give the strings {', '.join(path)}")
        arguments: list[Any] = [names[member] for member in path]
        self._simulator.announce(edits[what](self._simulator.office, *arguments))
        return {"events": 1}


def _tenant(tenant: Tenant) -> Answer:
    return {
        "statuses": list(tenant.statuses),
        "extensions": {number: asdict(each) for number, each in tenant.extensions.items()},
    }
