"""The office: users with their lines, groups, break reasons; plain data that others change."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulators.operations import OperationError

from .states import Standing

if TYPE_CHECKING:
    from .calls import Call, View


class OfficeError(OperationError):
    """Something that is not in the office, or cannot be done there."""


@dataclass(slots=True, eq=False)
class Line:
    """A user's telephone line.

    `call` is what goes on, `held` what waits in a flash meanwhile; `view` is what the server tells
    of it, which is a moment later than the events that announce it.
    """

    id: str
    number: str
    call: Call | None = None
    held: Call | None = None
    view: View | None = None


@dataclass(slots=True, eq=False)
class User:
    """Someone who may log in, mostly with a number and a line."""

    id: str
    login: str
    name: str
    password: str
    numbers: list[str] = field(default_factory=list)  # the main one first
    department: Department | None = None
    line: Line | None = None
    is_operator: bool = False
    may_use_web_api: bool = False
    in_desktop_client: bool = False
    standing: Standing = field(default_factory=Standing)
    redirects_to: str = ""

    @property
    def main(self) -> str:
        """The main number, or nothing."""
        return self.numbers[0] if self.numbers else ""


@dataclass(frozen=True, slots=True)
class Department:
    """Where users belong."""

    id: str
    name: str


@dataclass(slots=True, eq=False)
class Group:
    """An internal number that reaches several users; the server tells no state of it."""

    id: str
    number: str
    name: str
    members: list[User] = field(default_factory=list)


class Office:
    """Everyone and everything there is."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}  # by id
        self.groups: dict[str, Group] = {}  # by number
        self.break_reasons: dict[int, str] = {}
        self.number_ids: dict[str, str] = {}  # of each number in the numbering plan

    def user(self, selector: str) -> User:
        """Return whom a GUID, login, number, line's id or number, or name belongs to.

        Raises:
            OfficeError: nobody, or more than one user of that name.
        """
        user = self.users.get(selector.lower())
        if user is not None:
            return user
        for keys in (_keys, _names):
            found = [each for each in self.users.values() if selector.lower() in keys(each)]
            if len(found) > 1:
                raise OfficeError(f"{selector!r} is more than one user")
            if found:
                return found[0]
        raise OfficeError(f"there is no user {selector!r}")

    def with_number(self, number: str) -> User | None:
        """Return whose number it is."""
        return next((user for user in self.users.values() if number in user.numbers), None)

    def with_login(self, login: str) -> User | None:
        """Return who logs in so; letters' case does not matter."""
        wanted = login.lower()
        return next((user for user in self.users.values() if user.login.lower() == wanted), None)

    def add_user(self, user: User) -> None:
        """Add a user whose login and numbers are nobody else's."""
        taken = self.with_login(user.login) or next(
            filter(None, map(self.with_number, user.numbers)), None
        )
        if taken is not None or any(number in self.groups for number in user.numbers):
            raise OfficeError(f"{user.login!r} or a number of theirs is taken")
        self.users[user.id] = user

    def remove_user(self, user: User) -> None:
        """Remove a user, also from all groups."""
        del self.users[user.id]
        for group in self.groups.values():
            if user in group.members:
                group.members.remove(user)

    def people(self) -> list[User]:
        """Return the users with a line."""
        return [user for user in self.users.values() if user.line is not None]


def _keys(user: User) -> set[str]:
    line = {user.line.id, user.line.number} if user.line is not None else set()
    return {user.login.lower(), *user.numbers, *line}


def _names(user: User) -> set[str]:
    return {user.name.lower()}
