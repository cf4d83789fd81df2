"""Accounts, without a protocol: how long one is there, and which of several counts."""

from collections.abc import Callable
from typing import Any, override

import pytest

from custom_components.office_cti.telephony import connection
from custom_components.office_cti.telephony.accounts import (
    PersonsAccount,
    exchange,
    owners,
    stop_all,
)
from custom_components.office_cti.telephony.system import (
    AccountNotConnected,
    AuthenticationFailed,
    Credentials,
    NotConnected,
    TelephonyError,
)

from .test_connection import FakeLink
from .waiting import until

ANNA, BERT = Credentials("anna", "secret", ("1",)), Credentials("bert", "secret")


class Account(PersonsAccount[FakeLink]):
    """An account whose server lets everybody in, until it raises something else."""

    def __init__(self, credentials: Credentials = ANNA, **hooks: Any) -> None:
        self.changes: list[tuple[bool, bool]] = []
        self.refused: list[TelephonyError] = []
        self.error: TelephonyError | None = None
        self.forgotten = 0
        super().__init__(
            credentials,
            0.001,
            on_change=lambda account: self.changes.append((account.is_live, account.is_gone)),
            on_refused=self.refused.append,
            **hooks,
        )

    @override
    async def _open_link(self) -> FakeLink:
        if self.error is not None:
            raise self.error
        self._user_id = "7"
        return FakeLink()

    @override
    def _forget(self) -> None:
        self.forgotten += 1


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let connections come back at once."""
    monkeypatch.setattr(connection, "BACK_OFF_FIRST", 0.01)


async def test_it_is_live_until_it_is_stopped() -> None:
    account = Account()
    assert (account.is_live, account.is_gone, account.user_id) == (False, True, "1")
    await account.start()
    assert (account.is_live, account.is_gone, account.user_id) == (True, False, "7")
    link = account.live_link()
    await account.stop()
    assert link.left
    assert not account.is_live
    assert account.changes == [(True, False)]


async def test_what_is_back_in_a_moment_was_not_gone_and_what_is_not_is() -> None:
    account = Account()
    await account.start()
    account.error = NotConnected()
    account.live_link().abort()
    await until(lambda: account.is_gone)
    assert account.changes == [(True, False), (False, False), (False, True)]
    account.error = None
    await until(lambda: account.is_live)
    assert not account.is_gone
    await account.stop()


async def test_one_that_is_refused_is_gone_at_once_and_tells_why() -> None:
    account = Account()
    await account.start()
    account.error = AuthenticationFailed()
    account.live_link().abort()
    await until(lambda: account.refused)
    assert account.refused == [account.error]
    assert account.is_gone
    await account.stop()


async def test_what_is_told_while_it_takes_leave_is_forgotten_too() -> None:
    account = Account()
    await account.start()

    async def tell() -> None:
        assert account.forgotten == 1

    account.live_link().on_leave = tell
    await account.stop()
    assert account.forgotten == 2


@pytest.mark.parametrize(
    ("hooks", "error"),
    [({}, NotConnected), ({"away": lambda: AccountNotConnected(name="Anna")}, AccountNotConnected)],
)
async def test_nothing_is_asked_where_there_is_no_connection(
    hooks: dict[str, Callable[[], TelephonyError]], error: type[TelephonyError]
) -> None:
    with pytest.raises(error):
        Account(**hooks).live_link()


async def test_only_whose_credentials_have_changed_begins_anew() -> None:
    anna, bert = Account(ANNA), Account(BERT)
    other = Credentials("bert", "another")
    accounts, new, gone = exchange(
        {"a": anna, "b": bert},
        {"a": ANNA, "b": other, "c": other},
        lambda _, credentials: Account(credentials),
    )
    assert (accounts["a"], gone) == (anna, [bert])
    assert [each.credentials for each in new] == [other, other]
    assert [accounts["b"], accounts["c"]] == new


async def test_of_several_accounts_of_a_person_the_one_that_is_live_counts() -> None:
    first, second, unknown = Account(), Account(), Account(BERT)
    assert owners((first, second, unknown)) == {"1": second}
    await first.start()
    first._user_id = "1"
    assert owners((first, second, unknown)) == {"1": first}
    await stop_all((first, second, unknown))


async def test_all_end_whatever_one_of_them_fails_with() -> None:
    first, second = Account(), Account()
    for each in (first, second):
        await each.start()

    async def fail() -> None:
        raise ZeroDivisionError

    link = second.live_link()
    first.live_link().on_leave = fail
    with pytest.raises(ZeroDivisionError):
        await stop_all((first, second))
    assert link.left
