"""Objects of the office, as the server writes them: pure functions to JSON's types.

A config is what the web interface knows of an object, a status what the telephones tell of it. What a
client asks for is whole; what the server pushes by itself may be a part, and then leaves out what is null.
"""

from typing import TYPE_CHECKING, Any

from .profiles import PRESENCES
from .releases import Release

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .office import (
        Agent,
        Caller,
        Channel,
        Conference,
        Member,
        Office,
        Phone,
        Queue,
        User,
        Voicemail,
    )

type Message = dict[str, Any]

# What a later release does not tell any more.
_NOT_SINCE_15_19 = {
    "users": ("enableclient", "profileclient"),
    "phones": ("context", "protocol", "channels"),
    "voicemails": ("old", "waiting"),
}
# What the web interface's edits leave out of a config.
_NOT_AFTER_EDIT = {"users": ("profileclient",), "phones": ("initialized",)}


def user_config(_: Office, user: User) -> Message:
    """Return a user's config."""
    return {
        "firstname": user.firstname,
        "lastname": user.lastname,
        "fullname": user.fullname,
        **user.features,
        "agentid": user.agent_id,
        "voicemailid": user.voicemail_id,
        "linelist": list(user.lines),
        "mobilephonenumber": user.mobile,
        "enablevoicemail": int(user.voicemail_id is not None),
        "enablexfer": 1,
        "enableclient": int(user.client_enabled),
        "profileclient": None,
    }


def user_record(office: Office, user: User) -> Message:
    """Return all that the server knows of a user, the password included.

    It is pushed whole when a user sets something at the phone.
    """
    config = user_config(office, user)
    del config["profileclient"]
    return config | {
        "id": int(user.id),
        "loginclient": user.login,
        "passwdclient": user.password,
        "cti_profile_id": user.profile_id,
        "callerid": f'"{user.fullname}"',
        "outcallerid": "",
        "bsfilter": "no",
        "callrecord": int(user.records),
        "commented": 0,
        "description": "",
        "enableautomon": 0,
        "enablehint": 1,
        "enableonlinerec": 0,
        "language": None,
        "musiconhold": "",
        "pictureid": None,
        "preprocess_subroutine": None,
        "rightcallcode": None,
        "ringextern": None,
        "ringgroup": None,
        "ringforward": None,
        "ringintern": None,
        "ringseconds": 30,
        "simultcalls": 5,
        "timezone": None,
        "userfield": "",
        "voicemailtype": None,
    }


def user_status(_: Office, user: User) -> Message:
    """Return a user's status."""
    return {"availstate": user.availstate, "connection": user.connection}


def phone_config(_: Office, phone: Phone) -> Message:
    """Return a phone's config."""
    return {
        "number": phone.number,
        "identity": phone.identity,
        "iduserfeatures": int(phone.user_id),
        "protocol": phone.identity.partition("/")[0].lower(),
        "context": "default",
        "allowtransfer": None,
        "initialized": None,
    }


def phone_status(_: Office, phone: Phone) -> Message:
    """Return a phone's status."""
    return {
        "hintstatus": str(phone.hint),
        "channels": list(phone.channels),
        "queues": [],
        "groups": [],
    }


def agent_config(_: Office, agent: Agent) -> Message:
    """Return an agent's config."""
    return {
        "number": agent.number,
        "firstname": agent.firstname,
        "lastname": agent.lastname,
        "context": "default",
    }


def agent_status(office: Office, agent: Agent) -> Message:
    """Return an agent's status."""
    return {
        "availability": str(agent.availability),
        "availability_since": agent.since,
        "queues": office.queue_ids_of(agent),
        "phonenumber": agent.phone_number,
        "on_call_acd": agent.on_call_acd,
        "on_wrapup": agent.on_wrapup,
        "nonacd_call_status": agent.nonacd_call and list(agent.nonacd_call),
        "channel": None,
        "groups": [],
    }


def queue_config(_: Office, queue: Queue) -> Message:
    """Return a queue's config."""
    return {
        "name": queue.name,
        "displayname": queue.displayname,
        "number": queue.number,
        "context": "default",
    }


def queue_status(_: Office, __: Queue) -> Message:
    """Return a queue's status, whose members nobody ever fills in."""
    return {"agentmembers": [], "phonemembers": []}


def member_config(_: Office, member: Member) -> Message:
    """Return a queue member's config, which is its status, too."""
    return {
        "interface": member.interface,
        "queue_name": member.queue,
        "paused": str(int(member.paused)),
        "penalty": member.penalty,
        "status": str(member.status),
        "membership": "static",
        "callstaken": str(member.calls_taken),
        "lastcall": member.last_call,
    }


def voicemail_config(_: Office, voicemail: Voicemail) -> Message:
    """Return a voicemail box's config."""
    return {
        "mailbox": voicemail.mailbox,
        "context": "default",
        "fullname": voicemail.fullname,
        "email": voicemail.email,
    }


def voicemail_status(_: Office, voicemail: Voicemail) -> Message:
    """Return a voicemail box's status."""
    return {"new": voicemail.new, "old": voicemail.old, "waiting": voicemail.waiting}


def conference_config(_: Office, conference: Conference) -> Message:
    """Return a conference room's config."""
    return {
        "confno": conference.number,
        "name": conference.name,
        "context": "default",
        "admin_moderationmode": 0,
    }


def conference_status(_: Office, __: Conference) -> Message:
    """Return a conference room's status, which nobody ever fills in."""
    return {"pseudochan": None, "channels": {}, "paused": False}


def channel_status(_: Office, channel: Channel) -> Message:
    """Return a channel's status; what is null is left out."""
    status = {
        "state": channel.state,
        "commstatus": channel.comm_status,
        "direction": channel.direction,
        "talkingto_id": channel.talking_to,
        "talkingto_kind": channel.talking_to_kind,
        "holded": channel.held,
        "parked": channel.parked,
        "timestamp": channel.started,
    }
    return without_nulls(status)


def without_nulls(message: Mapping[str, Any]) -> Message:
    """Return what is not null."""
    return {key: value for key, value in message.items() if value is not None}


def edited(listname: str, config: Message) -> Message:
    """Return what is pushed of a config after an edit in the web interface."""
    absent = _NOT_AFTER_EDIT.get(listname, ())
    return {key: value for key, value in config.items() if key not in absent}


def as_of(release: Release, listname: str, message: Message) -> Message:
    """Return what a release still tells of an object."""
    if release < Release.R15_19:
        return message
    absent = _NOT_SINCE_15_19.get(listname, ())
    return {key: value for key, value in message.items() if key not in absent}


def queue_entries(queue: Queue) -> Message:
    """Return who waits in a queue, as its subscribers are told."""
    return {
        "class": "queueentryupdate",
        "state": {
            "queue_id": int(queue.id),
            "queue_name": queue.name,
            "entries": [_entry(at, caller) for at, caller in enumerate(queue.callers, 1)],
        },
    }


def _entry(position: int, caller: Caller) -> Message:
    return {
        "position": position,
        "name": caller.name,
        "number": caller.number,
        "join_time": caller.joined,
        "uniqueid": caller.unique_id,
    }


def conferences(office: Office) -> Message:
    """Return who is in which conference room."""
    return {
        "class": "meetme_update",
        "config": {each.number: _conference(each) for each in office.conferences.values()},
    }


def _conference(conference: Conference) -> Message:
    return {
        "number": conference.number,
        "name": conference.name,
        "pin_required": "Yes" if conference.pin_required else "No",
        "start_time": conference.started,
        "member_count": len(conference.members),
        "members": {
            str(at): {
                "join_order": at,
                "join_time": member.joined,
                "number": member.number,
                "name": member.name,
                "muted": member.muted,
            }
            for at, member in conference.members.items()
        },
    }


def conference_user(office: Office, phone: Phone | None) -> Message:
    """Return in which conference rooms a user's own phone is."""
    channels = phone.channels if phone else ()
    return {
        "class": "meetme_user",
        "list": [
            {"room_number": conference.number, "user_number": at}
            for conference in office.conferences.values()
            for at, member in conference.members.items()
            if member.channel in channels
        ],
    }


def capabilities(user: User) -> Message:
    """Return the members of `login_capas` that a user's profile decides."""
    profile = user.profile
    assert profile is not None
    return {
        "appliname": profile.name,
        "capaxlets": [list(xlet) for xlet in profile.xlets],
        "capas": profile.capabilities(),
    }


def presence_of(user: User, name: object) -> str | None:
    """Return the name of a presence that a user may be set to, or None if it is none."""
    presences = user.profile.presences if user.profile else PRESENCES
    return name if isinstance(name, str) and name in presences else None


# For each list: how to find its objects, and what they look like.
type _Shape = Callable[[Office, Any], Message]
LISTS: Mapping[str, tuple[Callable[[Office], Mapping[str, Any]], _Shape, _Shape]] = {
    "users": (lambda office: office.users, user_config, user_status),
    "phones": (lambda office: office.phones, phone_config, phone_status),
    "agents": (lambda office: office.agents, agent_config, agent_status),
    "queues": (lambda office: office.queues, queue_config, queue_status),
    "voicemails": (lambda office: office.voicemails, voicemail_config, voicemail_status),
    "queuemembers": (lambda office: office.members, member_config, member_config),
    "meetmes": (lambda office: office.conferences, conference_config, conference_status),
    **dict.fromkeys(
        ("groups", "trunks", "contexts", "phonebooks"),
        (lambda _: {}, lambda _, __: {}, lambda _, __: {}),
    ),
}
