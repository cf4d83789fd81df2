"""The office on the dashboard: what is there, and both sides following each other."""

from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect
import pytest

from demo.control import tell

from .conftest import EXTENSIONS
from .office import extension, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.e2e


def tile(page: Page, name: str) -> Locator:
    """Return the one of a person's tiles that is to be seen."""
    return page.locator("hui-tile-card:visible", has_text=name)


def test_opens_at_the_office_with_everybody_in_it(page: Page) -> None:
    page.goto("/")
    page.wait_for_url("**/office/people")
    # One more than there are people: the telephone system's own.
    expect(page.locator("hui-tile-card:visible")).to_have_count(EXTENSIONS + 1)
    expect(tile(page, "Anna Berg")).to_be_visible()
    for team in ("Sales", "Support", "Administration"):
        expect(page.get_by_text(f"{team} · Head Office")).to_be_visible()


def test_what_changes_in_the_office_shows_on_the_page(page: Page, office: dict[str, Any]) -> None:
    tell(office, "set", extension="100", status="Available")
    page.goto("/office/people")
    expect(tile(page, "Anna Berg")).to_contain_text("Available")
    tell(office, "set", extension="100", status="Out to Lunch", note="Pizza")
    expect(tile(page, "Anna Berg")).to_contain_text("Out to Lunch")


def test_what_is_chosen_on_the_page_reaches_the_office(page: Page, office: dict[str, Any]) -> None:
    tell(office, "set", extension="101", status="Available")
    page.goto("/office/people")
    tile(page, "Ben Costa").click()
    dialog = page.locator("ha-more-info-dialog")
    dialog.locator("ha-control-select-menu, ha-select").first.click()
    page.get_by_role("menuitem", name="In a Meeting").or_(
        page.get_by_role("option", name="In a Meeting")
    ).locator("visible=true").click()
    wait_for(
        lambda: extension(office, "101")["status"] == "In a Meeting",
        "the status that was chosen did not reach the office",
    )
    page.keyboard.press("Escape")
    expect(tile(page, "Ben Costa")).to_contain_text("In a Meeting")


def test_shows_when_the_telephone_system_is_gone_and_when_it_is_back(
    page: Page, office: dict[str, Any]
) -> None:
    page.goto("/office/people")
    section = page.locator("hui-grid-section", has_text="Telephone system")
    connection = section.locator("hui-tile-card:visible")
    expect(connection).to_contain_text("Connected")
    tell(office, "fault", kind="refuse")
    expect(connection).to_contain_text("Disconnected")
    tell(office, "fault", kind="none")
    expect(connection).to_contain_text("Connected")
    expect(tile(page, "Anna Berg")).not_to_contain_text("Unavailable")
