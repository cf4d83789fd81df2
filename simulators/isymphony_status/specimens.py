"""Lines that the faults send: a true one to be cut in half, and some that mean nothing."""

from typing import TYPE_CHECKING

from .office import DELIMITER, EventKind, Seat
from .protocol import encode_line

if TYPE_CHECKING:
    from .office import Office

_NOWHERE = Seat("Nowhere", "Nobody", "0")


class StatusSpecimens:
    """Specimens of the Status interface's lines."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def true_line(self) -> bytes:
        """Return an event that says what is so already."""
        for seat in self._office.seats():
            status = self._office.extension(*seat).status
            return encode_line(DELIMITER.join((EventKind.STATUS_SET, *seat, status)))
        return encode_line(DELIMITER.join((EventKind.LOCATION_REMOVED, _NOWHERE.location)))

    def malformed_lines(self) -> list[bytes]:
        """Return events with too little, too much, of the unknown and of unknown kinds."""
        seat = DELIMITER.join(next(self._office.seats(), _NOWHERE))
        nowhere = DELIMITER.join(_NOWHERE)
        return [
            encode_line(text)
            for text in (
                "ExtensionStatusUpdatedEvent",
                "ExtensionStatusUpdatedEvent@#",
                f"ExtensionStatusUpdatedEvent@#{nowhere}@#Available",
                f"ExtensionStatusUpdatedEvent@#{nowhere}@#Available@#Away@#Busy",
                f"ExtensionNoteUpdatedEvent@#{seat}",
                f"ExtensionReturnTimeUpdatedEvent@#{seat}@#tomorrow",
                f"ExtensionReturnTimeUpdatedEvent@#{seat}@#{'9' * 5_000}",
                f"ExtensionRenamedEvent@#{nowhere}@#1",
                "TenantRemovedEvent@#Nowhere@#Nobody",
                "StatusRenameEvent@#Nowhere@#Nobody",
                "LocationRenamedEvent@#Nowhere",
                f"ExtensionMoonPhaseUpdatedEvent@#{seat}@#waxing",
                "extensionstatusupdatedevent@#",
            )
        ]
