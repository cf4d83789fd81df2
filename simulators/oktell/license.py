"""The licence: a number, dates, how many may be there; as words, as XML and one by one."""

from datetime import UTC, date, datetime, timedelta

from . import xml_bodies

_DATES = "%d.%m.%Y"
_CONFIRM = timedelta(days=30)
_UPDATES = timedelta(days=365)


class License:
    """A licence that was confirmed when the server started."""

    def __init__(self, users: int, now: float, serial: str = "1234567") -> None:
        started = datetime.fromtimestamp(now, UTC).date()
        self._users = users
        self.details = {
            "regserial": serial,
            "confirmdate": _text(started + _CONFIRM),
            "updatelimitdate": _text(started + _UPDATES),
        }

    def full_text(self) -> str:
        """Return all in words, as the administrator sees it."""
        return (
            "Лицензия Oktell\r\n"
            f"Регистрационный номер: {self.details['regserial']}\r\n"
            f"Дата следующего подтверждения: {self.details['confirmdate']}\r\n"
            f"Обновления до: {self.details['updatelimitdate']}\r\n"
            f"Количество пользователей АТС: {self._users}\r\n"
        )

    def full_xml(self) -> str:
        """Return all as XML."""
        return xml_bodies.license_certificate(self.details, self._users)


def _text(day: date) -> str:
    return day.strftime(_DATES)
