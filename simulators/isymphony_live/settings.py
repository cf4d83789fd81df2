"""How a server is set up, and what real ones may do differently from each other."""

from dataclasses import dataclass
from enum import StrEnum


class Release(StrEnum):
    """What a server is; conference rooms came with 3.3."""

    V3_2 = "3.2"
    V3_3 = "3.3"


class FilterReply(StrEnum):
    """What a filter message is answered; the page's list of answers is empty."""

    NONE = "none"
    UNTYPED = "untyped"
    TYPED = "typed"
    TEXT = "text"  # that is no JSON


class TimeUnit(StrEnum):
    """What a status's return time is counted in."""

    MILLISECONDS = "milliseconds"  # page Live API/Status, in words
    SECONDS = "seconds"  # the same page, in its sample


@dataclass(slots=True)
class Settings:
    """What can be set; the control port's operation `settings` has the same names.

    Attributes:
        username: who may connect.
        password: theirs; both are the vendor's, which every new server has.
        release: what the server is.
        brand: what it calls itself.
        deny_addresses: whether the access list allows nobody's address.
        refusal: the HTTP status for wrong credentials, and for addresses that are not allowed.
        is_licensed: whether a licence is installed; users are of no use without.
        lists_free_extensions: whether extensions without a user are told of.
        filter_reply: what a filter message is answered.
        sends_unfiltered: whether events come before there is a filter.
        shuffles: whether the properties of events come in any order.
        omits_nulls: whether events leave out what they have not.
        return_times: what return times are counted in over REST.
        no_return_time: what stands for none there.
        unlisted_events: whether changes that no known event tells of are told by made-up ones.
        answers_after: seconds until whoever is called by a client's wish answers; never, if None.
    """

    username: str = "manager"
    password: str = "manag3rpa55word"  # noqa: S105 - everyone may know it
    release: Release = Release.V3_3
    brand: str = "iSymphony"
    deny_addresses: bool = False
    refusal: int = 403
    is_licensed: bool = True
    lists_free_extensions: bool = True
    filter_reply: FilterReply = FilterReply.UNTYPED
    sends_unfiltered: bool = True
    shuffles: bool = True
    omits_nulls: bool = False
    return_times: TimeUnit = TimeUnit.MILLISECONDS
    no_return_time: int = -1
    unlisted_events: bool = False
    answers_after: float | None = None

    @property
    def has_conference_rooms(self) -> bool:
        """Whether the release knows conference rooms."""
        return self.release is not Release.V3_2
