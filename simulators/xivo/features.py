"""`featuresput`: do not disturb, call filter, recording and forwards, always the client's own user's."""

from typing import TYPE_CHECKING

from .fields import Drop, hashable, required, text
from .office import FORWARDS

if TYPE_CHECKING:
    from .client import Client
    from .messages import Message
    from .office import User
    from .site import Site
    from .users import Users

_SWITCHES = frozenset({"enablednd", "incallfilter"})


class Features:
    """Sets what users may set; nothing is acknowledged but by the push that follows."""

    def __init__(self, site: Site, users: Users) -> None:
        self._site = site
        self._users = users

    def put(self, client: Client, message: Message) -> None:
        """Take `featuresput`."""
        function, value = required(message, "function", "value")
        assert client.user is not None
        if function == "fwd":
            self._forward(client.user, value)
        elif function == "enablerecording" and _is_flag(value):
            self._record(message)
        elif hashable(function) in _SWITCHES and _is_flag(value):
            self._users.set_features(client.user, {function: bool(value)})

    def _record(self, message: Message) -> None:
        enabled = bool(message["value"])
        target = hashable(message.get("target"))
        if user := self._site.office.users.get(target):
            self._users.set_recording(user, enabled=enabled)
            return
        # Nobody has that id, yet everyone is told, before the server notices.
        self._site.push_config("users", target, lambda: {"enablerecording": enabled})
        raise Drop("nobody to record")

    def _forward(self, user: User, value: object) -> None:
        if not isinstance(value, dict):
            raise Drop("a forward is an object")
        for kind, (enable, destination) in FORWARDS.items():
            if enable in value and _is_flag(value[enable]):
                number = text(*required(value, destination))
                enabled = bool(value[enable]) and not (kind == "always" and not number)
                self._users.set_features(user, {enable: enabled, destination: number})


def _is_flag(value: object) -> bool:
    """Tell whether a value is true, false, 1 or 0, and not a word for it."""
    return isinstance(value, (bool, int, float)) and value in {0, 1}
