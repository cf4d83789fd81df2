"""The server's releases, and what each of them does otherwise than the one before."""

from enum import StrEnum


class Release(StrEnum):
    """A release of the server, by year and month."""

    R14_12 = "14.12"
    R15_01 = "15.01"
    R15_02 = "15.02"
    R15_19 = "15.19"
    R15_20 = "15.20"
    R16_01 = "16.01"

    @property
    def protocol(self) -> str:
        """The protocol's version, which a client must name."""
        return "2.0" if self >= Release.R16_01 else "1.2"

    @property
    def gathers_turns(self) -> bool:
        """Whether pushes are written down only when the server has done all it had to do.

        They then show what has become true meanwhile, and whatever Asterisk tells of one action is
        done at once. Later releases write a push down at once, and do one event after the other.
        """
        return self < Release.R15_01

    @property
    def tolerates_empty_lines(self) -> bool:
        """Whether an empty line is passed over; later it drops the connection."""
        return self < Release.R15_01

    @property
    def has_people(self) -> bool:
        """Whether `people_search` and `people_headers` are known."""
        return self >= Release.R15_01

    @property
    def warns_of_unimplemented(self) -> bool:
        """Whether `logfromclient` and `sheet` are answered by a warning; later by nothing."""
        return self < Release.R15_01

    @property
    def has_record(self) -> bool:
        """Whether the IPBX commands `record` and `sipnotify` are known (up to 14.23)."""
        return self < Release.R15_01

    @property
    def hangup_reply(self) -> int | bool:
        """What `hangup` is acknowledged with."""
        return self >= Release.R15_01 or 1

    @property
    def has_status_registration(self) -> bool:
        """Whether `register_user_status_update` and its like are known."""
        return self >= Release.R15_02

    @property
    def has_direct_calls(self) -> bool:
        """Whether the IPBX commands that later went away are known: originate, hangup, transfers."""
        return self < Release.R15_19

    @property
    def sends_fax_over_second_connection(self) -> bool:
        """Whether a fax's bytes travel over a connection of their own (until 15.18)."""
        return self < Release.R15_19

    @property
    def offers_starttls(self) -> bool:
        """Whether the server speaks first, and offers to go on in TLS."""
        return self >= Release.R15_20
