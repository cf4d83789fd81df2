"""Setting up a telephone system by hand, with the mistakes that people make."""

import re
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect
import pytest

from demo.ports import any_free

from .office import second_office, user

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.e2e


ISYMPHONY, XIVO = "iSymphony 2.x", "XiVO"
REFUSED = "The telephone system does not take this username with this password."


def test_a_second_server_is_set_up_and_removed_by_hand(page: Page) -> None:
    with second_office("isymphony_status", extensions=3) as about:
        flow = begin(page, ISYMPHONY)
        expect(flow).to_contain_text("iSymphony 2 server")
        expect(flow.locator("ha-markdown").first).to_contain_text("StatusPort")

        # A second name for the same machine: the first entry has the first.
        fill_in(flow, "localhost", any_free())
        expect(flow).to_contain_text("Nobody answers there.")
        fill_in(flow, "localhost", about["port"])
        finish(flow)

        entry = open_entry(page, "iSymphony localhost")
        expect(entry).to_contain_text("Extension 100")
        remove(page, entry)


def test_a_server_with_accounts_is_set_up_by_hand(page: Page) -> None:
    with second_office("xivo", extensions=2) as about:
        flow = begin(page, XIVO)
        expect(flow).to_contain_text("XiVO server")
        fill_in(flow, "localhost", about["port"], about["username"], "a wrong password")
        expect_refused_beside_the_password(flow)
        fill_in(flow, "localhost", about["port"], about["username"], about["password"])
        finish(flow)

        entry = open_entry(page, "XiVO localhost")
        add_account(page, about, entry)
        remove(page, entry)


def add_account(page: Page, about: dict[str, Any], entry: Locator) -> None:
    page.get_by_role("button", name="Add account").click()
    page.locator("dialog-pick-config-entry").get_by_text("XiVO localhost").click()
    flow = page.locator("dialog-data-entry-flow")
    expect(flow).to_contain_text("Whose account?")
    credentials(flow, "101", "a wrong password")
    expect_refused_beside_the_password(flow)
    credentials(flow, "101", about["password"])
    finish(flow)
    person = user(about, "101")
    account = entry.locator("ha-config-sub-entry-row")
    expect(account).to_contain_text(f"{person['firstname']} {person['lastname']}")


def expect_refused_beside_the_password(flow: Locator) -> None:
    error = flow.locator("ha-alert", has_text=REFUSED)
    expect(error).to_be_visible()
    field = flow.locator("ha-alert + ha-selector input")
    expect(field).to_have_attribute("type", "password")


def begin(page: Page, system: str) -> Locator:
    """Go as far as the form that asks how a telephone system is reached."""
    page.goto("/config/integrations/dashboard")
    page.get_by_role("button", name="Add integration").click()
    page.get_by_placeholder("Search for a brand name").fill("Office CTI")
    page.locator("dialog-add-integration").get_by_text("Office CTI", exact=True).click()
    flow = page.locator("dialog-data-entry-flow")
    expect(flow).to_contain_text("Which telephone system?")
    flow.get_by_text(system).click()
    submit(flow)
    return flow


def fill_in(flow: Locator, host: str, port: int, *login: str) -> None:
    # The frontend's own fields have labels that only people see.
    flow.locator("ha-selector-text input").first.fill(host)
    flow.locator("ha-selector-number input").fill(str(port))
    for field, text in enumerate(login, start=1):
        flow.locator("ha-selector-text input").nth(field).fill(text)
    submit(flow)


def credentials(flow: Locator, *login: str) -> None:
    for field, text in enumerate(login):
        flow.locator("ha-selector-text input").nth(field).fill(text)
    submit(flow)


def submit(flow: Locator) -> None:
    flow.get_by_role("button", name="Submit").click()


def finish(flow: Locator) -> None:
    """Leave the last page, which offers to put the new devices into areas."""
    flow.get_by_role("button", name=re.compile("Finish|Skip and finish")).click()
    expect(flow.locator("ha-dialog")).to_have_count(0)


def open_entry(page: Page, title: str) -> Locator:
    page.goto("/config/integrations/integration/office_cti")
    return page.locator("ha-config-entry-row", has_text=title)


def remove(page: Page, entry: Locator) -> None:
    entry.get_by_role("button", name="Menu").first.click()
    page.get_by_role("menuitem", name="Delete").locator("visible=true").click()
    page.locator("dialog-box").get_by_role("button", name="Delete").click()
    expect(entry).to_have_count(0)
