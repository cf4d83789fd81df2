"""An office to begin with: a mid-morning like any other, the same for the same seed.

Users' numbers start at 100, groups' at 900, lines' at 17001. Everyone's login is their number, everyone's
password `demo`. The service user `hass` has neither number nor line, but the privilege to use the Web-API.
"""

import random

from simulators.guids import new_guid

from .office import Department, Group, Line, Office, User
from .states import Standing, UserState

FIRST_NUMBER = 100
FIRST_GROUP = 900
FIRST_LINE = 17_001
SERVICE_USER = "hass"
PASSWORD = "demo"  # noqa: S105 - everyone may know it
BREAK_REASONS = {1: "Тех.причина", 2: "Перезвон", 3: "Тренинг", 4: "Перерыв"}

NAMES = (
    "Анна Борисова", "Виктор Громов", "Dima Ivanov", "Елена Жукова", "Иван Королёв", "Olga Petrova",
    "Мария Лебедева", "Никита Орлов", "Павел Сидоров", "Sergey Smirnov", "Татьяна Уварова",
    "Фёдор Щукин", "Юлия Яковлева", "Anna Berg", "Глеб Ёлкин", "Ксения Цветкова",
    "Роман Белов", "Софья Власова",
)  # fmt: skip
_DEPARTMENTS = ("Продажи", "Поддержка", "Программисты", "Бухгалтерия")
_GROUPS = ("Отдел продаж", "Техподдержка", "Секретариат", "Reception", "Склад", "Сервис")
_STATES = {
    UserState.READY: 12,
    UserState.AWAY: 2,
    UserState.BUSY: 1,
    UserState.BREAK: 2,
    UserState.DISCONNECTED: 3,
    UserState.NO_PHONE: 1,
}
_OPERATORS = 0.5  # how many of the people are in the call centre
_WITH_SECOND_NUMBER = 7  # one of so many
_SECOND_NUMBER = "7"  # goes before the main number
_WITH_REDIRECT = 0.2  # how many have somewhere to redirect calls to


def default_office(extensions: int = 30, *, groups: int = 3, seed: int = 0) -> Office:
    """Return an office of so many users with a number, beside the service user, and so many groups."""
    rng = random.Random(seed)
    office = Office()
    office.break_reasons = dict(BREAK_REASONS)
    office.add_user(
        User(
            new_guid(rng),
            SERVICE_USER,
            "Home Assistant",
            PASSWORD,
            may_use_web_api=True,
            standing=Standing(UserState.NO_PHONE),
        )
    )
    departments = [Department(new_guid(rng), name) for name in _DEPARTMENTS]
    for position in range(extensions):
        _add_user(office, position, departments[position % len(departments)], rng)
    people = office.people()
    for position in range(groups):
        _add_group(office, position, people, rng)
    return office


def _add_user(office: Office, position: int, department: Department, rng: random.Random) -> None:
    number = str(FIRST_NUMBER + position)
    numbers = [number]
    if position % _WITH_SECOND_NUMBER == _WITH_SECOND_NUMBER - 1:
        numbers.append(_SECOND_NUMBER + number)
    user = User(
        new_guid(rng),
        number,
        _name(position),
        PASSWORD,
        numbers,
        department,
        Line(new_guid(rng), str(FIRST_LINE + position)),
        is_operator=rng.random() < _OPERATORS,
    )
    _get_going(user, rng)
    office.add_user(user)
    for each in numbers:
        office.number_ids[each] = new_guid(rng)


def _name(position: int) -> str:
    """Return a name that nobody before has."""
    name = NAMES[position % len(NAMES)]
    again = position // len(NAMES)
    return f"{name} {again + 1}" if again else name


def _get_going(user: User, rng: random.Random) -> None:
    state = rng.choices(list(_STATES), list(_STATES.values()))[0]
    if state is UserState.BREAK and not user.is_operator:
        state = UserState.AWAY
    is_on_break = state is UserState.BREAK
    if rng.random() < _WITH_REDIRECT:
        user.redirects_to = f"8495{rng.randint(0, 9_999_999):07}"
    user.standing = Standing(
        state,
        redirect=bool(user.redirects_to) and not user.is_operator,
        call_center=user.is_operator,
        on_break=is_on_break,
        reason_id=rng.choice(list(BREAK_REASONS)) if is_on_break else 0,
    )


def _add_group(office: Office, position: int, people: list[User], rng: random.Random) -> None:
    known = position < len(_GROUPS)
    name = _GROUPS[position] if known else f"Группа {position + 1}"
    size = min(len(people), rng.randint(3, 6))
    number = str(FIRST_GROUP + position)
    group = Group(new_guid(rng), number, name, rng.sample(people, size))
    office.groups[number] = group
