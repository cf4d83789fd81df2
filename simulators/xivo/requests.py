"""What clients may ask for: a table of classes, and who answers them.

Before `login_pass` only the log-in is heard. Between it and `login_capas` the newer commands are taken
already, while the older ones end the connection. What nobody knows is passed over.
"""

from typing import TYPE_CHECKING

from .conferences import Conferences
from .fax import Faxes
from .features import Features
from .fields import Drop, hashable, reply_to, required, text, warning
from .ipbx import IpbxCommands
from .lists import Lists
from .login import LogIn
from .messages import presence_of
from .people import People
from .profiles import DISCONNECTED
from .registrations import Registrations
from .releases import Release
from .statistics import history

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .asterisk import Asterisk
    from .call_center import CallCenter
    from .channels import Channels
    from .client import Client
    from .current_calls import CurrentCalls
    from .messages import Message
    from .office import Phone
    from .site import Site
    from .users import Users

type _Handler = Callable[[Client, Message], None]


class Requests:
    """Takes the messages of all clients."""

    def __init__(
        self,
        site: Site,
        users: Users,
        call_center: CallCenter,
        channels: Channels,
        asterisk: Asterisk,
        current_calls: CurrentCalls,
        conferences: Conferences,
        clients: Callable[[], Sequence[Client]],
    ) -> None:
        self._site = site
        self._users = users
        self._call_center = call_center
        self._asterisk = asterisk
        self._current_calls = current_calls
        self._clients = clients
        self._conferences = conferences
        self.login = LogIn(site, users)
        self.faxes = Faxes(site)
        self.registrations = Registrations(site)
        self.form_results: list[Message] = []
        users.watchers.append(self.registrations.user_changed)
        call_center.watchers.append(self.registrations.agent_changed)
        channels.watchers.append(self.registrations.phone_changed)
        people = People(site)
        self._login: Mapping[str, _Handler] = {
            "login_id": self.login.identify,
            "login_pass": self.login.authenticate,
            "login_capas": self.login.begin,
            "starttls": self.login.answer_starttls,
        }
        self._new: Mapping[str, _Handler] = {
            "getlist": Lists(site).answer,
            "featuresput": Features(site, users).put,
            "availstate": self._set_presence,
            "ipbxcommand": IpbxCommands(site, users, call_center, asterisk).obey,
            "history": people.tell_history,
            "directory": people.search_directory,
            "people_search": people.search,
            "people_headers": people.tell_headers,
            "switchboard_directory_search": people.search_switchboard,
            "get_switchboard_directory_headers": people.tell_switchboard_headers,
            "subscribe": self._subscribe,
            "subscribetoqueuesstats": self._subscribe_statistics,
            "call_form_result": self._take_form,
            "invite_confroom": conferences.invite,
            "logout": self._log_out,
            "answer": self._answer,
            "resume_switchboard": self._answer,
            "hold_switchboard": self._hold,
            "attended_transfer": self._transfer_attended,
            "direct_transfer": self._transfer_directly,
            "cancel_transfer": self._cancel_transfer,
            "complete_transfer": self._complete_transfer,
            "hangup": self._hang_up,
        }
        if site.release.has_status_registration:
            for kind in ("user", "agent", "endpoint"):
                self._new |= {
                    f"register_{kind}_status_update": self.registrations.register,
                    f"unregister_{kind}_status_update": self.registrations.unregister,
                }
        if site.release >= Release.R15_19:
            self._new |= {"get_relations": self._tell_relations}
        self._old: Mapping[str, _Handler] = {
            "keepalive": self._keep_alive,
            "getipbxlist": self._tell_ipbx,
            "getqueuesstats": self._tell_statistics,
            "chitchat": self._chat,
            "faxsend": self.faxes.send,
        }
        if site.release.sends_fax_over_second_connection:
            self._old |= {"filetransfer": self._announce_fax}
        if site.release.warns_of_unimplemented:
            self._old |= {"logfromclient": self._ignore, "sheet": self._keep_alive}

    def take(self, client: Client, message: Message) -> None:
        """Take one message."""
        name = hashable(message["class"])
        if handle := self._login.get(name):
            handle(client, message)
        elif not client.is_authenticated:
            return
        elif handle := self._new.get(name):
            handle(client, message)
        elif handle := self._old.get(name):
            if not client.is_logged_in:
                raise Drop("notloggedyet")
            handle(client, message)

    def forget(self, client: Client) -> None:
        """Note that a client is gone."""
        self._call_center.statistics.forget(client)
        self._current_calls.forget(client)
        self._conferences.forget(client)
        self.registrations.forget(client)
        self.faxes.forget(client)

    # Small things.

    def _keep_alive(self, client: Client, message: Message) -> None:
        self._reply(client, warning(message, "unimplemented"))

    def _ignore(self, client: Client, message: Message) -> None:
        self._reply(client, warning(message, "return_is_none"))

    def _tell_ipbx(self, client: Client, message: Message) -> None:
        self._reply(client, reply_to(message, ipbxlist=[self._site.office.ipbx]))

    def _announce_fax(self, client: Client, message: Message) -> None:
        self.faxes.announce(client, message, self._clients())

    def _take_form(self, _: Client, message: Message) -> None:
        if "infos" in message:
            self.form_results.append(message["infos"])

    def _tell_relations(self, client: Client, _: Message) -> None:
        assert client.user is not None
        user = client.user
        data = {
            "xivo_uuid": self._site.office.uuid,
            "user_id": int(user.id),
            "endpoint_id": int(user.lines[0]) if user.lines else None,
            "agent_id": user.agent_id,
        }
        self._reply(client, {"class": "relations", "data": data})

    # Presence and messages.

    def _set_presence(self, client: Client, message: Message) -> None:
        (name,) = required(message, "availstate")
        assert client.user is not None
        if presence := presence_of(client.user, hashable(name)):
            self._users.set_presence(client.user, presence)

    def _log_out(self, client: Client, _: Message) -> None:
        assert client.user is not None
        self._users.set_presence(client.user, DISCONNECTED)

    def _chat(self, client: Client, message: Message) -> None:
        assert client.user is not None
        self._reply(client, warning(message, "return_is_none"))
        to, sender = message.get("to"), client.user.id
        if self._site.release >= Release.R15_19:
            uuid, user_id = _pair(to)
            sent_by: object = [self._site.office.uuid, sender]
            if uuid != self._site.office.uuid:
                return
        elif to is None:
            user_id, sent_by = sender, f"{self._site.office.ipbx}/{sender}"
        else:
            _, slash, user_id = text(to).partition("/")
            sent_by = f"{self._site.office.ipbx}/{sender}"
            if not slash:
                raise Drop("a chat message is for xivo/id")
        chat = {"class": "chitchat", "from": sent_by, "to": to, "text": message.get("text")}
        for other in self._clients():
            if other.user is not None and other.user.id == user_id:
                self._reply(other, chat)

    # Subscriptions and statistics.

    def _subscribe(self, client: Client, message: Message) -> None:
        (what,) = required(message, "message")
        match hashable(what):
            case "current_calls":
                self._current_calls.subscribe(client)
            case "meetme_update":
                self._conferences.subscribe(client)
            case "queueentryupdate":
                (queue_id,) = required(message, "queueid")
                if queue := self._site.office.queues.get(str(hashable(queue_id))):
                    self._call_center.statistics.subscribe_entries(client, queue)

    def _subscribe_statistics(self, client: Client, _: Message) -> None:
        self._call_center.statistics.subscribe(client)

    def _tell_statistics(self, client: Client, message: Message) -> None:
        if "on" not in message:
            self._ignore(client, message)
            return
        wanted = message["on"]
        if not isinstance(wanted, dict):
            raise Drop("statistics are wanted on an object of queues")
        stats = {key: self._statistics(key, value) for key, value in wanted.items()}
        self._reply(client, reply_to(message, stats=stats))

    def _statistics(self, queue_id: str, options: object) -> Message:
        queue = self._site.office.queues.get(queue_id)
        if queue is None or not isinstance(options, dict):
            raise Drop(f"no statistics on queue {queue_id!r}")
        quality, window = (_seconds(each) for each in required(options, "xqos", "window"))
        return history(queue, self._site.clock(), window, quality)

    # The switchboard; nothing is acknowledged.

    def _answer(self, client: Client, message: Message) -> None:
        (unique_id,) = required(message, "unique_id")
        if phone := self._phone(client):
            self._asterisk.pick(phone, text(unique_id))

    def _hold(self, client: Client, message: Message) -> None:
        (name,) = required(message, "queue_name")
        if phone := self._phone(client):
            self._asterisk.put_on_hold(phone, text(name))

    def _transfer_attended(self, client: Client, message: Message) -> None:
        (number,) = required(message, "number")
        if channel := self._channel(client):
            self._asterisk.attended_transfer(channel, text(number))

    def _transfer_directly(self, client: Client, message: Message) -> None:
        (number,) = required(message, "number")
        channel = self._channel(client)
        peer = channel and self._site.office.channels[channel].talking_to
        if peer:
            self._asterisk.redirect(peer, text(number))

    def _cancel_transfer(self, client: Client, _: Message) -> None:
        if phone := self._phone(client):
            self._asterisk.cancel_transfer(phone)

    def _complete_transfer(self, client: Client, _: Message) -> None:
        if phone := self._phone(client):
            self._asterisk.complete_transfer(phone)

    def _hang_up(self, client: Client, _: Message) -> None:
        if channel := self._channel(client):
            self._asterisk.hang_up_channel(channel)

    def _phone(self, client: Client) -> Phone | None:
        assert client.user is not None
        return self._site.office.phone_of(client.user)

    def _channel(self, client: Client) -> str | None:
        phone = self._phone(client)
        return phone.channels[0] if phone and phone.channels else None

    def _reply(self, client: Client, message: Message) -> None:
        self._site.outbox.reply(client, message)


def _pair(value: object) -> tuple[str, str]:
    """Return the server and the user that a later release's chat message is for."""
    if not isinstance(value, list) or len(value) != 2:
        raise Drop("a chat message is for a server's uuid and a user's id")
    return text(value[0]), str(hashable(value[1]))


def _seconds(value: object) -> int:
    try:
        return int(hashable(value))
    except (TypeError, ValueError) as error:
        raise Drop(f"{value!r} is no number of seconds") from error
