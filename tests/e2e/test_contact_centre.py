"""The contact centre on the dashboard: groups, people, calls and notifications, followed and set."""

from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect
import pytest

from demo.control import tell

from .cards import icon, section, tile
from .office import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.e2e

PAGE = "/office/contact-centre"
READY, AWAY = 1, 3
# Who has an account of their own, and who has none.
NUMBER, NAME = "106", "Мария Лебедева"
OTHER_NUMBER, OTHER_NAME = "103", "Елена Жукова"
OUTSIDER = {"caller": "84951234567", "name": "Ada Martin"}


def person(contact_centre: dict[str, Any], number: str) -> dict[str, Any]:
    """Return what the contact centre holds about whoever has this number."""
    users = tell(contact_centre, "dump")["users"].values()
    found: dict[str, Any] = next(user for user in users if number in user["numbers"])
    return found


def test_shows_groups_and_people(page: Page) -> None:
    page.goto(PAGE)
    groups = section(page, "Groups").locator("hui-tile-card:visible")
    expect(groups).to_have_count(3 * 2)  # how many are free, and how many are busy
    expect(section(page, "People").locator("hui-tile-card:visible")).to_have_count(18)
    expect(section(page, "Telephone system")).to_contain_text("Connected")


def test_a_state_that_is_chosen_on_the_page_reaches_the_telephone_system(
    page: Page, contact_centre: dict[str, Any]
) -> None:
    tell(contact_centre, "set", user=NUMBER, state=READY)
    page.goto(PAGE)
    tile(section(page, NAME), "Status").locator("ha-control-select-menu").click()
    page.get_by_role("menuitem", name="Away").locator("visible=true").click()
    wait_for(
        lambda: person(contact_centre, NUMBER)["state"] == AWAY,
        "the state that was chosen did not reach the telephone system",
    )
    expect(tile(section(page, "People"), NAME)).to_contain_text("Away")
    tell(contact_centre, "set", user=NUMBER, state=READY)
    expect(tile(section(page, "People"), NAME)).to_contain_text("Ready")


def test_a_state_is_chosen_for_somebody_without_an_account(
    page: Page, contact_centre: dict[str, Any]
) -> None:
    tell(contact_centre, "set", user=OTHER_NUMBER, state=READY)
    page.goto(PAGE)
    shown = tile(section(page, "People"), OTHER_NAME)
    shown.click()
    page.locator("ha-more-info-dialog ha-control-select-menu").click()
    page.get_by_role("menuitem", name="Away").locator("visible=true").click()
    wait_for(
        lambda: person(contact_centre, OTHER_NUMBER)["state"] == AWAY,
        "the state that was chosen did not reach the telephone system",
    )
    page.keyboard.press("Escape")
    expect(shown).to_contain_text("Away")
    tell(contact_centre, "set", user=OTHER_NUMBER, state=READY)


def test_somebody_has_a_break_and_comes_back(page: Page, contact_centre: dict[str, Any]) -> None:
    tell(contact_centre, "set", user=NUMBER, state=READY, call_center=True, on_break=False)
    page.goto(PAGE)
    on_break = tile(section(page, NAME), "On a break")
    expect(on_break).to_contain_text("Off")
    icon(on_break).click()
    wait_for(
        lambda: bool(person(contact_centre, NUMBER)["on_break"]),
        "the break did not reach the telephone system",
    )
    expect(tile(section(page, "People"), NAME)).to_contain_text("Break")
    icon(on_break).click()
    expect(tile(section(page, "People"), NAME)).to_contain_text("Ready")


def test_a_call_rings_is_answered_and_is_over(page: Page, contact_centre: dict[str, Any]) -> None:
    tell(contact_centre, "set", user=NUMBER, state=READY)
    page.goto(PAGE)
    shown = tile(section(page, "People"), NAME)
    tell(contact_centre, "ring", called=NUMBER, **OUTSIDER)
    expect(shown).to_contain_text("Ringing")
    tell(contact_centre, "answer", number=NUMBER)
    expect(shown).to_contain_text("Talking")
    latest = section(page, "Latest calls").locator("hui-markdown-card").first
    expect(latest).to_contain_text(f"Answered · {OUTSIDER['name']}")
    tell(contact_centre, "hang_up", number=NUMBER)
    expect(latest).to_contain_text("Ended")
    expect(shown).not_to_contain_text("Talking")


def test_with_whom_somebody_without_an_account_talks_is_asked(
    page: Page, contact_centre: dict[str, Any]
) -> None:
    tell(contact_centre, "set", user=OTHER_NUMBER, state=READY)
    page.goto(PAGE)
    shown = tile(section(page, "People"), OTHER_NAME)
    tell(contact_centre, "ring", called=OTHER_NUMBER, **OUTSIDER)
    tell(contact_centre, "answer", number=OTHER_NUMBER)
    expect(shown).to_contain_text("Talking")
    tell(contact_centre, "hang_up", number=OTHER_NUMBER)
    expect(shown).not_to_contain_text("Talking")


def test_what_the_server_posts_is_told(page: Page, contact_centre: dict[str, Any]) -> None:
    page.goto(PAGE)
    tell(contact_centre, "notify", kind="notify", sender="Oktell", text="Backup finished")
    calls = section(page, "Latest notification").locator("hui-markdown-card")
    expect(calls.filter(has_text="Backup finished")).to_be_visible()
