"""What becomes of users: presence, do not disturb, forwards, and edits in the web interface."""

from typing import TYPE_CHECKING

from .messages import LISTS, edited, user_record, without_nulls
from .profiles import DISCONNECTED, PRESENCES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .call_center import CallCenter
    from .office import Flag, User
    from .site import Site


class Users:
    """Changes of users, each told to everyone."""

    def __init__(self, site: Site, call_center: CallCenter) -> None:
        self._site = site
        self._call_center = call_center
        self.watchers: list[Callable[[User], None]] = []  # of presences

    def set_presence(self, user: User, name: str) -> None:
        """Set a user's presence, and do what that presence takes along."""
        presence = (user.profile.presences if user.profile else PRESENCES)[name]
        for action, value in presence.actions.items():
            if action == "enablednd":
                self.set_features(user, {"enablednd": value == "true"})
        self.show(user, name)
        if "agentlogoff" in presence.actions:
            self._log_agent_off(user)

    def connect(self, user: User) -> None:
        """Note that a user's client is there."""
        user.connection = "yes"

    def disconnect(self, user: User) -> None:
        """Show a user as disconnected, as every end of a connection of theirs does."""
        user.connection = None
        self.show(user, DISCONNECTED)

    def set_features(self, user: User, features: Mapping[str, Flag | str]) -> None:
        """Set what a user's phone does with calls, as a client's command does."""
        user.features.update(features)
        config = dict(features)
        self._site.push_config("users", user.id, lambda: config)

    def set_features_at_phone(self, user: User, features: Mapping[str, Flag | str]) -> None:
        """Set the same at the phone: everyone is told the whole record."""
        user.features.update(features)
        self._site.push_config("users", user.id, lambda: user_record(self._site.office, user))
        self._site.outbox.event_ends()

    def set_recording(self, user: User, *, enabled: bool) -> None:
        """Let a user's calls be recorded, or not."""
        user.records = enabled
        self._site.push_config("users", user.id, lambda: {"enablerecording": enabled})

    def edit(self, listname: str, tid: str) -> None:
        """Tell everyone what an edit in the web interface made of an object."""
        site = self._site
        find, shape, _ = LISTS[listname]
        thing = find(site.office)[tid]
        if listname == "users":  # who are read again from the database, which has no truth values
            thing.features = {
                key: int(value) if isinstance(value, bool) else value
                for key, value in thing.features.items()
            }
        site.push_config(listname, tid, lambda: edited(listname, shape(site.office, thing)))

    def set_voicemail(self, mailbox: str, **counts: str | None) -> None:
        """Set how many messages a voicemail box holds, and tell what of that is new."""
        voicemail = self._site.office.voicemail(mailbox)
        changed = {
            key: value
            for key, value in without_nulls(counts).items()
            if getattr(voicemail, key) != value
        }
        for key, value in changed.items():
            setattr(voicemail, key, value)
        if changed:
            self._site.push_status("voicemails", voicemail.id, lambda: changed)

    def show(self, user: User, presence: str) -> None:
        """Show a user's presence, and leave alone what it takes along."""
        user.availstate = presence
        self._site.push_status("users", user.id, lambda: {"availstate": presence})
        for watcher in self.watchers:
            watcher(user)

    def _log_agent_off(self, user: User) -> None:
        agent = self._site.office.agents.get(str(user.agent_id))
        if agent is not None and agent.is_logged_in:
            self._call_center.log_out(agent)
