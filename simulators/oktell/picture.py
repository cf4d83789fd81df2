"""What the web-socket tells of users and numbers, and the pushes when that changes."""

from typing import TYPE_CHECKING

from .settings import StateKey
from .site import NO_ID

if TYPE_CHECKING:
    from .frames import Body
    from .hub import Hub
    from .office import Group, User
    from .site import Site
    from .states import Standing

GROUP_DEPARTMENT = "Группы"


def user_state(user: User, key: StateKey, *, with_login: bool = True) -> Body:
    """Return a user's state and modes, by the name that the settings say."""
    standing = user.standing
    body: Body = {
        "userstatestr": standing.state.wire_name,
        "oncallcenter": standing.call_center,
        "onccmanual": standing.call_center_manual,
        "onlunch": standing.on_break,
        "onredirect": standing.redirect,
        "ontask": standing.on_task,
        "lunchreasonid": standing.reason_id,
        "userid": user.id,
    }
    if key is not StateKey.USERSTATE:
        body["userstateid"] = int(standing.state)
    if key is not StateKey.USERSTATEID:
        body["userstate"] = int(standing.state)
    if with_login:
        body["userlogin"] = user.login
    return body


def pbx_numbers(site: Site, *, full: bool) -> list[Body]:
    """Return the numbering plan; groups have no state."""
    personal = [
        _number(site, number, user, full=full)
        for user in site.office.users.values()
        for number in user.numbers
    ]
    return personal + [_group(group, full=full) for group in site.office.groups.values()]


def user_numbers(site: Site, me: User) -> list[Body]:
    """Return who has which numbers; operators' superiors may listen to them."""
    return [
        {
            "id": user.id,
            "name": user.name,
            "main": user.main,
            "nums": list(user.numbers),
            "sub": user.is_operator and not me.is_operator,
        }
        for user in site.office.users.values()
    ]


class Pushes:
    """Tells what has become of users."""

    def __init__(self, site: Site, hub: Hub) -> None:
        self.last_numbers: list[Body] = []
        self._site = site
        self._hub = hub
        site.states.watchers.append(self.standing_changed)

    def standing_changed(self, user: User, before: Standing) -> None:
        """Tell everyone the state of a user's numbers, and the user all that is new."""
        if user.standing.state is not before.state:
            self.numbers(user)
        settings = self._site.settings
        state = user_state(user, settings.state_key, with_login=settings.events_carry_login)
        self._hub.tell(None if settings.colleagues else user, "userstatechanged", state)

    def numbers(self, user: User) -> None:
        """Tell everyone the state of a user's numbers."""
        if user.numbers:
            state = int(user.standing.state)
            numbers = [{"num": number, "numstateid": state} for number in user.numbers]
            self.last_numbers = numbers
            self._hub.tell(None, "pbxnumberstatechanged", {"numbers": numbers})


def _number(site: Site, number: str, user: User, *, full: bool) -> Body:
    plan = site.office.number_ids
    if number not in plan:
        plan[number] = site.guid()
    body: Body = {"id": plan[number], "number": number, "caption": user.name}
    if full:
        department = user.department
        body |= {
            "state": int(user.standing.state),
            "departmentid": NO_ID if department is None else department.id,
            "department": "" if department is None else department.name,
            "isgroup": False,
        }
    return body


def _group(group: Group, *, full: bool) -> Body:
    body: Body = {"id": group.id, "number": group.number, "caption": group.name}
    if full:
        body |= {"departmentid": NO_ID, "department": GROUP_DEPARTMENT, "isgroup": True}
    return body
