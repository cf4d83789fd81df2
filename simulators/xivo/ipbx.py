"""`ipbxcommand`: calls, agents and queue members.

The newer commands answer by what they bring about, if at all. The older ones are acknowledged by `ipbxreply`,
and those that Asterisk answers by a `response`, too.
"""

from datetime import datetime
import re
from typing import TYPE_CHECKING, TypeIs

from .fields import Drop, hashable, id_in, reply_id, required, text, warning
from .office import Member, OfficeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .asterisk import Asterisk
    from .call_center import CallCenter
    from .client import Client
    from .messages import Message
    from .office import Agent, Channel, Phone, Queue
    from .site import Site
    from .users import Users

ALL_QUEUES = "all"
_OWN_AGENT = "agent:special:me"
_VOICEMAIL_PREFIX = "*97"
_VOICEMAIL_CONSULT = "*98"
_UNDIALLED = re.compile(r"[\s._-]")
_CONTEXT_OF_NOBODY = "mamaop"


class IpbxCommands:
    """Does what clients want done with calls, agents and queues."""

    def __init__(
        self, site: Site, users: Users, call_center: CallCenter, asterisk: Asterisk
    ) -> None:
        self._site = site
        self._users = users
        self._call_center = call_center
        self._asterisk = asterisk
        self._new: Mapping[str, Callable[[Client, Message], None]] = {
            "dial": self._dial,
            "agentlogin": self._log_agent_in,
            "agentlogout": self._log_agent_out,
            "queuepause": self._pause,
            "queueunpause": self._unpause,
            "queueadd": self._add_member,
            "queueremove": self._remove_member,
            "listen": self._listen,
        }
        self._old: Mapping[str, Callable[[Client, Message], None]] = {
            "intercept": self._intercept,
            "meetme": self._control_conference,
            "parking": lambda client, message: self._acknowledge(client, message, "noaction"),
        }
        if site.release.has_direct_calls:
            self._old |= {
                "originate": self._originate,
                "hangup": self._hang_up,
                "transfer": self._transfer,
                "atxfer": self._transfer_attended,
                "mailboxcount": self._count_mailbox,
            }
        if site.release.has_record:
            self._old |= {"record": self._record, "sipnotify": self._notify_phone}

    def obey(self, client: Client, message: Message) -> None:
        """Take `ipbxcommand`."""
        (name,) = required(message, "command")
        if handle := self._new.get(hashable(name)):
            handle(client, message)
            return
        if not client.is_logged_in:
            raise Drop("notloggedyet")
        if handle := self._old.get(name):
            handle(client, message)
        else:
            self._site.outbox.reply(client, warning(message, "return_is_none"))

    # Calls, the newer way.

    def _dial(self, client: Client, message: Message) -> None:
        phone = self._own_phone(client)
        (destination,) = required(message, "destination")
        shown = self._extension(text(destination))
        number = _dialled(shown)
        name = self._name_of(phone)
        self._ask(phone.identity, "default", name, phone.number, shown, number)
        if self._asterisk.reaches(number):
            self._site.outbox.reply(client, {"class": "dial_success", "exten": shown})
            self._asterisk.originate(phone.identity, number)
        else:
            self._refuse(client, f"unreachable_extension:{shown}")

    def _extension(self, destination: str) -> str:
        """Return what a destination means, as the server shows it."""
        if not destination:
            raise Drop("nothing to dial")
        kind, colon, rest = destination.partition(":")
        if not colon:
            return destination
        if kind == "exten":
            return rest.partition("/")[2]
        if kind == "voicemail":
            return self._mailbox_number(rest.partition("/")[2])
        if kind == "vm_consult":
            return _VOICEMAIL_CONSULT
        raise Drop(f"{destination!r} cannot be dialled")

    def _mailbox_number(self, voicemail_id: str) -> str:
        voicemail = self._site.office.voicemails.get(voicemail_id)
        if voicemail is None:
            raise Drop(f"there is no voicemail {voicemail_id!r}")
        return f"_{_VOICEMAIL_PREFIX}{voicemail.mailbox}"

    def _listen(self, client: Client, message: Message) -> None:
        (destination,) = required(message, "destination")
        agent = self._site.office.agents.get(text(destination).rpartition("/")[2])
        phone = self._own_phone(client)
        if agent is not None and agent.is_logged_in and agent.phone_number is not None:
            spied = self._site.office.phone(agent.phone_number)
            self._site.ask(
                "Originate",
                Channel=phone.identity,
                Application="ChanSpy",
                Data=f"{spied.identity},bds",
                CallerID="Listen/Écouter",
                Async="true",
            )
            self._asterisk.listen(phone, agent)

    # Agents and queue members.

    def _log_agent_in(self, client: Client, message: Message) -> None:
        agent = self._agent(client, message)
        if agent is None:
            self._refuse(client, "agent_login_invalid_exten")
            return
        number = message.get("agentphonenumber") or self._line_of(agent)
        if agent.is_logged_in:
            return
        try:
            phone = self._site.office.phone(number)
        except OfficeError:
            self._refuse(client, "agent_login_invalid_exten")
            return
        if self._site.office.agent_on(phone):
            self._refuse(client, "agent_login_exten_in_use")
            return
        self._call_center.log_in(agent, number)

    def _log_agent_out(self, client: Client, message: Message) -> None:
        agent = self._agent(client, message)
        if agent is not None and agent.is_logged_in:
            self._call_center.log_out(agent)

    def _agent(self, client: Client, message: Message) -> Agent | None:
        """Return the agent that a log-in or log-out is about: the client's own if it names none."""
        named = hashable(message.get("agentids"))
        if named is None or named == _OWN_AGENT:
            assert client.user is not None
            named = client.user.agent_id
        return self._site.office.agents.get(str(named).rpartition("/")[2])

    def _line_of(self, agent: Agent) -> str:
        """Return the number of the line of the user who is this agent."""
        for user in self._site.office.users.values():
            if str(user.agent_id) == agent.id and (phone := self._site.office.phone_of(user)):
                return phone.number
        return ""

    def _pause(self, _: Client, message: Message) -> None:
        self._set_pause(message, paused=True)

    def _unpause(self, _: Client, message: Message) -> None:
        self._set_pause(message, paused=False)

    def _set_pause(self, message: Message, *, paused: bool) -> None:
        agent, queue = self._agent_and_queue(message)
        if agent is None or not agent.is_logged_in:
            return
        in_queue = {} if queue is None else {"Queue": queue.name}
        self._site.ask(
            "QueuePause",
            **in_queue,
            Interface=f"Local/id-{agent.id}@agentcallback",
            Paused=str(paused),
        )
        self._call_center.pause(agent, queue, paused=paused)

    def _add_member(self, _: Client, message: Message) -> None:
        member = self._membership(message)
        try:
            self._call_center.add_member(member)
        except OfficeError as error:
            raise Drop(str(error)) from error

    def _remove_member(self, _: Client, message: Message) -> None:
        try:
            self._call_center.remove_member(self._membership(message).key)
        except OfficeError as error:
            raise Drop(str(error)) from error

    def _membership(self, message: Message) -> Member:
        agent, queue = self._agent_and_queue(message)
        if agent is None or queue is None:
            raise Drop("no such agent or queue")
        return Member(agent.interface, queue.name)

    def _agent_and_queue(self, message: Message) -> tuple[Agent | None, Queue | None]:
        """Return what `member` and `queue` name; no queue stands for all of them."""
        member, queue = required(message, "member", "queue")
        agent = self._site.office.agents.get(id_in(member, "agent"))
        queue_id = id_in(queue, "queue")
        if queue_id == ALL_QUEUES:
            return agent, None
        if queue_id not in self._site.office.queues:
            raise Drop(f"there is no queue {queue_id!r}")
        return agent, self._site.office.queues[queue_id]

    # Calls, the older way.

    def _originate(self, client: Client, message: Message) -> None:
        for end in ("source", "destination"):
            if not _is_url(message.get(end)):
                self._acknowledge(client, message, end)
                return
        source = self._source(message["source"])
        target = self._target(message["destination"])
        if source is None or target is None:
            self._acknowledge(client, message, None)
            return
        identity, name, number, context = source
        shown, wanted = target
        self._acknowledge(client, message, self._site.letters())
        self._ask(identity, context, name, number, shown, wanted)
        if self._asterisk.reaches(_dialled(wanted)):
            self._asterisk.originate(identity, _dialled(wanted))

    def _source(self, url: str) -> tuple[str, str, str, str] | None:
        """Return the channel, name, number and context that a call comes from."""
        kind, number = _url(url)
        if kind == "exten":
            return f"LOCAL/{number}@{_CONTEXT_OF_NOBODY}", "", number, _CONTEXT_OF_NOBODY
        phone = self._phone_named(kind, number)
        if phone is None:
            return None
        return phone.identity, self._name_of(phone), phone.number, "default"

    def _target(self, url: str) -> tuple[str, str] | None:
        """Return the name and number that a call goes to."""
        office = self._site.office
        kind, number = _url(url)
        if kind == "exten":
            return number, number
        if kind == "voicemail":
            return ("Voicemail", _VOICEMAIL_CONSULT) if number in office.voicemails else None
        if kind == "meetme":
            room = office.conferences.get(number)
            return (f"meetme {room.name}", room.number) if room else None
        phone = self._phone_named(kind, number)
        return (self._name_of(phone), phone.number) if phone else None

    def _phone_named(self, kind: str, number: str) -> Phone | None:
        office = self._site.office
        if kind == "phone":
            return office.phones.get(number)
        if kind == "user" and (user := office.users.get(number)):
            return office.phone_of(user)
        return None

    def _hang_up(self, client: Client, message: Message) -> None:
        channel = id_in(message.get("channelids"), "chan")
        self._site.ask("Hangup", Channel=channel, ActionId=self._action_id(message))
        self._acknowledge(client, message, self._site.release.hangup_reply)
        if self._respond_for(client, message, channel):
            self._asterisk.hang_up_channel(channel)

    def _transfer(self, client: Client, message: Message) -> None:
        channel = self._own_call(client)
        target = self._transfer_target(message)
        if channel is None or channel.talking_to is None or target is None:
            self._acknowledge(client, message, "Incomplete transfer information")
            return
        self._redirect(client, message, channel.talking_to, target)

    def _transfer_attended(self, client: Client, message: Message) -> None:
        channel = self._own_call(client)
        target = self._transfer_target(message)
        if channel is None or target is None:
            self._acknowledge(client, message, "Incomplete info")
            return
        self._acknowledge(client, message, reply=True)
        self._site.ask("Atxfer", Channel=channel.name, Exten=target, Context="default")
        if self._respond_for(client, message, channel.name):
            self._asterisk.attended_transfer(channel.name, target)

    def _own_call(self, client: Client) -> Channel | None:
        """Return the channel of the client's own phone that talks to another, if there is one."""
        assert client.user is not None
        office = self._site.office
        phone = office.phone_of(client.user)
        channels = [office.channels[name] for name in phone.channels] if phone else []
        return next((each for each in channels if each.talking_to is not None), None)

    def _transfer_target(self, message: Message) -> str | None:
        destination = message.get("destination")
        target = self._target(destination) if _is_url(destination) else None
        return target[1] if target else None

    def _intercept(self, client: Client, message: Message) -> None:
        (wanted,) = required(message, "tointercept")
        phone = self._own_phone(client)
        self._redirect(client, message, id_in(wanted, "chan"), phone.number)

    def _redirect(self, client: Client, message: Message, channel: str, number: str) -> None:
        self._site.ask(
            "Setvar",
            Channel=channel,
            Variable="BLINDTRANSFER",
            Value="true",
            ActionId=self._action_id(message),
        )
        self._site.ask("Redirect", Channel=channel, Exten=number, Context="default", Priority="1")
        self._acknowledge(client, message, reply=True)
        if self._respond_for(client, message, channel):
            self._asterisk.redirect(channel, number)

    def _count_mailbox(self, client: Client, message: Message) -> None:
        mailbox, context = required(message, "mailbox", "context")
        self._site.ask(
            "MailboxCount", MailBox=f"{mailbox}@{context}", ActionId=self._action_id(message)
        )
        try:
            counts = self._asterisk.count_mailbox(text(mailbox))
            self._acknowledge(client, message, reply=True)
            self._respond(client, message, done=True)
            self._users.set_voicemail(mailbox, **counts)
        except OfficeError:
            self._respond(client, message, done=False)

    def _control_conference(self, client: Client, message: Message) -> None:
        function, arguments = required(message, "function", "functionargs")
        if not isinstance(arguments, list) or len(arguments) != 2:
            raise Drop("a conference and a user are wanted")
        conference, user = (str(hashable(each)) for each in arguments)
        self._site.ask(
            text(function), Meetme=conference, Usernum=user, ActionId=self._action_id(message)
        )
        self._acknowledge(client, message, reply=True)
        muted = function == "MeetmeMute"
        done = user.isdecimal() and self._asterisk.mute(conference, int(user), muted=muted)
        self._respond(client, message, done=done)

    def _record(self, client: Client, message: Message) -> None:
        subcommand, channel = required(message, "subcommand", "channel")
        begins = subcommand == "start"
        if begins:
            moment = datetime.fromtimestamp(self._site.clock()).astimezone()
            file = f"cti-monitor-{moment:%Y%m%d-%H%M%S}-phone-{self._own_phone(client).id}"
            action = self._action_id(message)
            self._site.ask(
                "Monitor", Channel=text(channel), File=file, Mix="false", ActionId=action
            )
        else:
            self._site.ask("StopMonitor", Channel=text(channel))
        self._acknowledge(client, message, reply=True)
        if self._respond_for(client, message, channel):
            self._asterisk.monitor(channel, recorded=begins)

    def _notify_phone(self, client: Client, message: Message) -> None:
        required(message, "variables", "channel")
        self._acknowledge(client, message, reply=True)
        self._respond(client, message, done=True)

    # What they have in common.

    def _own_phone(self, client: Client) -> Phone:
        assert client.user is not None
        phone = self._site.office.phone_of(client.user)
        if phone is None:
            raise Drop("the user has no line")
        return phone

    def _ask(
        self, channel: str, context: str, name: str, number: str, shown: str, wanted: str
    ) -> None:
        if self._site.release.gathers_turns:
            protocol, slash, rest = channel.partition("/")
            channel = f"{protocol.lower()}{slash}{rest}"
        self._site.ask(
            "Originate",
            Channel=channel,
            Exten=_dialled(wanted),
            Context=context,
            Priority="1",
            Timeout="3600000",
            XIVO_ORIGAPPLI="OrigDial",
            XIVO_ORIG_CID_NAME=name,
            XIVO_ORIG_CID_NUM=number,
            Async="true",
            CallerID=f'"{shown}"<{_dialled(wanted)}>',
        )

    def _name_of(self, phone: Phone) -> str:
        owner = self._site.office.owner(phone)
        return owner.fullname if owner else ""

    def _refuse(self, client: Client, reason: str) -> None:
        self._site.outbox.reply(client, {"class": "ipbxcommand", "error_string": reason})

    def _acknowledge(self, client: Client, message: Message, reply: object) -> None:
        self._answer(client, message, ipbxreply=reply)

    def _respond_for(self, client: Client, message: Message, channel: str) -> bool:
        """Say whether there is the channel that an order is about, before it is carried out."""
        is_there = self._asterisk.has_channel(channel)
        self._respond(client, message, done=is_there)
        return is_there

    def _respond(self, client: Client, message: Message, *, done: bool) -> None:
        self._answer(client, message, response="ok" if done else "ko")

    def _answer(self, client: Client, message: Message, **members: object) -> None:
        self._site.outbox.reply(
            client,
            {
                "class": "ipbxcommand",
                "command": message["command"],
                **reply_id(message),
                **members,
            },
        )

    def _action_id(self, message: Message) -> str:
        number = message.get("commandid")
        return f"uaf:{number}-000" if number else f"uaa:{self._site.letters()}-000"


def _dialled(number: str) -> str:
    """Return a number without what cannot be dialled: spaces, dots, and a pattern's underscore."""
    return _UNDIALLED.sub("", number)


def _is_url(value: object) -> TypeIs[str]:
    """Tell whether something has the form `type:xivo/id`."""
    if not isinstance(value, str):
        return False
    _, colon, rest = value.partition(":")
    return bool(colon) and "/" in rest


def _url(value: str) -> tuple[str, str]:
    kind, _, rest = value.partition(":")
    return kind, rest.partition("/")[2]
