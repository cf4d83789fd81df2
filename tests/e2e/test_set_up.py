"""Setting up a telephone system by hand, with the mistakes that people make."""

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect
import pytest

from demo.ports import any_free

from .office import second_office

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.e2e


def test_a_second_server_is_set_up_and_removed_by_hand(page: Page) -> None:
    with second_office(extensions=3) as about:
        page.goto("/config/integrations/dashboard")
        page.get_by_role("button", name="Add integration").click()
        page.get_by_placeholder("Search for a brand name").fill("Office CTI")
        page.locator("dialog-add-integration").get_by_text("Office CTI", exact=True).click()

        flow = page.locator("dialog-data-entry-flow")
        expect(flow).to_contain_text("Which telephone system?")
        submit(flow)
        expect(flow).to_contain_text("iSymphony 2 server")
        expect(flow.locator("ha-markdown").first).to_contain_text("StatusPort")

        # A second name for the same machine: the first entry has the first.
        fill_in(flow, "localhost", any_free())
        expect(flow).to_contain_text("Nobody answers there.")
        fill_in(flow, "localhost", about["port"])
        finish(flow)

        page.goto("/config/integrations/integration/office_cti")
        entry = page.locator("ha-config-entry-row", has_text="iSymphony localhost")
        expect(entry).to_contain_text("Extension 100")
        remove(page, entry)


def fill_in(flow: Locator, host: str, port: int) -> None:
    # The frontend's own fields have labels that only people see.
    flow.locator("ha-selector-text input").fill(host)
    flow.locator("ha-selector-number input").fill(str(port))
    submit(flow)


def submit(flow: Locator) -> None:
    flow.get_by_role("button", name="Submit").click()


def finish(flow: Locator) -> None:
    """Leave the last page, which offers to put the new devices into areas."""
    flow.get_by_role("button", name=re.compile("Finish|Skip and finish")).click()
    expect(flow.locator("ha-dialog")).to_have_count(0)


def remove(page: Page, entry: Locator) -> None:
    entry.get_by_role("button", name="Menu").first.click()
    page.get_by_role("menuitem", name="Delete").locator("visible=true").click()
    page.locator("dialog-box").get_by_role("button", name="Delete").click()
    expect(entry).to_have_count(0)
