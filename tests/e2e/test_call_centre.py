"""The call centre on the dashboard: queues, agents, people and calls, followed and set."""

import re
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect
import pytest

from demo.control import tell

from .cards import icon, section, switch_of, tile
from .office import user, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.e2e

PAGE = "/office/call-centre"
# Who has an account of their own, and who has none.
NUMBER, NAME = "113", "Chloé Klein"
OTHER_NUMBER, OTHER_NAME = "114", "Noé Bernard"
AGENT = "Théo Isnard"
OUTSIDER = {"caller": "0145550123", "name": "Ada Martin"}


def test_shows_queues_agents_and_people(page: Page) -> None:
    page.goto(PAGE)
    for queue in ("Sales", "Support", "Orders"):
        expect(section(page, queue).locator("hui-tile-card:visible")).to_have_count(4)
    agents = section(page, "Agents").locator("hui-tile-card:visible")
    expect(agents).to_have_count(6 * 3)  # each with whether they are logged in and paused
    expect(section(page, "People").locator("hui-tile-card:visible")).to_have_count(24)
    expect(tile(section(page, "Telephone system"), "Connected")).to_have_text(
        re.compile(r"^\s*XiVO\s*Connected\s*$")
    )


def test_pages_have_titles(page: Page) -> None:
    page.goto(PAGE)
    for title in ("Office", "Call centre", "Contact centre", "Branch office", "Activity"):
        expect(page.get_by_role("tab", name=title, exact=True)).to_be_visible()


def test_do_not_disturb_is_switched_on_the_page_and_followed(
    page: Page, call_centre: dict[str, Any]
) -> None:
    tell(call_centre, "set", extension=NUMBER, dnd=False)
    page.goto(PAGE)
    do_not_disturb = tile(section(page, NAME), "Do not disturb")
    expect(do_not_disturb).to_contain_text("Off")
    icon(do_not_disturb).click()
    wait_for(
        lambda: bool(user(call_centre, NUMBER)["features"]["enablednd"]),
        "the switch did not reach the telephone system",
    )
    expect(do_not_disturb).to_contain_text("On")
    person = tile(section(page, "People"), NAME)
    expect(person).to_contain_text("Do not disturb")  # and not the status, which is another thing
    person.click()
    expect(page.locator("ha-more-info-dialog")).to_contain_text("Status")
    page.keyboard.press("Escape")
    tell(call_centre, "set", extension=NUMBER, dnd=False)
    expect(do_not_disturb).to_contain_text("Off")


def test_a_status_that_is_chosen_on_the_page_is_seen_by_everybody(
    page: Page, call_centre: dict[str, Any]
) -> None:
    tell(call_centre, "set", extension=NUMBER, presence="available")
    page.goto(PAGE)
    status = tile(section(page, NAME), "Status")
    status.locator("ha-control-select-menu").click()
    page.get_by_role("menuitem", name="Sorti").locator("visible=true").click()
    wait_for(
        lambda: user(call_centre, NUMBER)["availstate"] == "away",
        "the status that was chosen did not reach the telephone system",
    )
    expect(tile(section(page, "People"), NAME)).to_contain_text("Sorti")


def test_an_agent_is_paused_on_the_page(page: Page, call_centre: dict[str, Any]) -> None:
    tell(call_centre, "agent_resume", agent="2001")
    page.goto(PAGE)
    paused = switch_of(section(page, "Agents"), AGENT, "Paused")
    availability = tile(section(page, "Agents"), AGENT).first
    expect(paused).to_contain_text("Off")
    icon(paused).click()
    wait_for(
        lambda: tell(call_centre, "dump")["members"]["Agent/2001,sales"]["paused"],
        "the pause did not reach the telephone system",
    )
    expect(paused).to_contain_text("On")
    expect(availability).to_contain_text("Not available")
    tell(call_centre, "agent_resume", agent="2001")
    expect(availability).to_contain_text("Available")


def test_a_call_rings_is_answered_and_is_over(page: Page, call_centre: dict[str, Any]) -> None:
    page.goto(PAGE)
    person = tile(section(page, "People"), OTHER_NAME)
    call = tell(call_centre, "ring", called=OTHER_NUMBER, **OUTSIDER)["call"]
    expect(person).to_contain_text("Ringing")
    tell(call_centre, "answer", call=call)
    expect(person).to_contain_text("Talking")
    latest = section(page, "Latest calls").locator("hui-markdown-card")
    expect(latest).to_contain_text(OTHER_NAME)
    expect(latest).to_contain_text("Answered")
    tell(call_centre, "hang_up", call=call)
    expect(latest).to_contain_text("Ended")
    expect(person).not_to_contain_text("Talking")


def test_a_caller_waits_in_a_queue(page: Page, call_centre: dict[str, Any]) -> None:
    tell(call_centre, "agent_pause", agent="2003")
    tell(call_centre, "agent_pause", agent="2006")
    page.goto(PAGE)
    queue = section(page, "Orders")
    expect(tile(queue, "Waiting")).to_have_text(re.compile(r"Waiting\s*0\s*$"))
    call = tell(call_centre, "ring", called="3003", **OUTSIDER)["call"]
    expect(tile(queue, "Waiting")).to_have_text(re.compile(r"Waiting\s*1\s*$"))
    expect(queue.locator("hui-markdown-card")).to_contain_text("1. Ada Martin · 0145550123")
    tell(call_centre, "hang_up", call=call)
    expect(tile(queue, "Waiting")).to_have_text(re.compile(r"Waiting\s*0\s*$"))
