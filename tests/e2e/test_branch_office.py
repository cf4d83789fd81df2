"""The branch office on the dashboard: queues, people, calls and conferences, followed and set."""

from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect
import pytest

from demo.control import tell

from .cards import icon, section, switch_of, tile
from .office import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.e2e

PAGE = "/office/branch-office"
# Who has a desk of their own on the page, whom the telephone there calls, and who has none.
NUMBER, NAME = "102", "Jennifer Parker"
CALLED_NUMBER, CALLED_NAME = "101", "Doc Brown"
OTHER_NUMBER, OTHER_NAME = "112", "Sven Åberg"
OUTSIDER = {"caller": "15550123", "name": "Ada Martin"}


def server(branch_office: dict[str, Any]) -> dict[str, Any]:
    """Return what the branch office's core server holds."""
    [found] = tell(branch_office, "dump")["servers"].values()
    return dict(found)


def user(branch_office: dict[str, Any], number: str) -> dict[str, Any]:
    """Return what the branch office holds about somebody."""
    return dict(server(branch_office)["users"][number])


def test_shows_queues_agents_people_and_telephones_of_nobody(page: Page) -> None:
    page.goto(PAGE)
    for queue in ("IncomingQ", "Sales", "Support"):
        expect(section(page, queue).locator("hui-tile-card:visible")).to_have_count(4)
    agents = section(page, "Agents").locator("hui-tile-card:visible")
    expect(agents).to_have_count(4 * 3)  # each with whether they are logged in and paused
    people = section(page, "People")
    expect(people.locator("hui-tile-card:visible")).to_have_count(16 + 2)
    expect(tile(people, "Front Door")).to_contain_text("Idle")
    expect(section(page, "Telephone system")).to_contain_text("Connected")


def test_shows_what_went_on_before_home_assistant_came(page: Page) -> None:
    page.goto(PAGE)
    people = section(page, "People")
    expect(tile(people, "Michael Young")).to_contain_text("Talking")
    expect(tile(people, "Priya Nair")).to_contain_text("On hold")
    conferences = section(page, "Conferences")
    expect(conferences).to_contain_text("Lorraine Baines, Mei Lin")


def test_a_status_that_is_chosen_on_the_page_reaches_the_server(
    page: Page, branch_office: dict[str, Any]
) -> None:
    tell(branch_office, "set", user=NUMBER, status="Available")
    page.goto(PAGE)
    tile(section(page, NAME), "Status").locator("ha-control-select-menu").click()
    page.get_by_role("menuitem", name="Training").locator("visible=true").click()
    wait_for(
        lambda: user(branch_office, NUMBER)["status"] == "Training",
        "the status that was chosen did not reach the server",
    )
    shown = tile(section(page, "People"), NAME)
    expect(shown).to_contain_text("Training")
    tell(branch_office, "set", user=NUMBER, status="Available")
    expect(shown).to_contain_text("Available")


def test_a_note_that_is_written_on_the_page_reaches_the_server(
    page: Page, branch_office: dict[str, Any]
) -> None:
    tell(branch_office, "set", user=NUMBER, note="")
    page.goto(PAGE)
    desk = section(page, NAME)
    tile(desk, "No note").click()
    written = page.locator("ha-more-info-dialog").get_by_role("textbox")
    written.fill("Back at noon")
    written.press("Enter")
    wait_for(
        lambda: user(branch_office, NUMBER)["note"] == "Back at noon",
        "the note did not reach the server",
    )
    page.keyboard.press("Escape")
    expect(tile(desk, "Back at noon")).to_be_visible()
    tell(branch_office, "set", user=NUMBER, note="")
    expect(tile(desk, "No note")).to_be_visible()


def test_a_telephone_dials_when_it_is_told_to_on_the_page(
    page: Page, branch_office: dict[str, Any]
) -> None:
    page.goto(PAGE)
    tile(section(page, NAME), f"Call {CALLED_NAME}").click()
    people = section(page, "People")
    expect(tile(people, NAME)).to_contain_text("Dialing")
    expect(tile(people, CALLED_NAME)).to_contain_text("Ringing")
    assert server(branch_office)["extensions"][CALLED_NUMBER]["state"] in {"RINGING", "INUSE"}
    tell(branch_office, "hang_up", number=NUMBER)
    expect(tile(people, NAME)).not_to_contain_text("Dialing")
    expect(tile(people, CALLED_NAME)).not_to_contain_text("Ringing")


def test_an_agent_is_paused_on_the_page(page: Page, branch_office: dict[str, Any]) -> None:
    def paused() -> set[bool]:
        """Tell whether the agent is paused in each of the queues."""
        queues = server(branch_office)["queues"].values()
        places = [queue["agents"] for queue in queues if NUMBER in queue["agents"]]
        return {agents[NUMBER]["paused"] for agents in places}

    for queue, about in server(branch_office)["queues"].items():
        if NUMBER in about["agents"]:
            tell(branch_office, "pause", queue=queue, extension=NUMBER, on=False)
    page.goto(PAGE)
    switch = switch_of(section(page, "Agents"), NAME, "Paused")
    expect(switch).to_contain_text("Off")
    icon(switch).click()
    wait_for(lambda: paused() == {True}, "the pause did not reach the server")
    expect(switch).to_contain_text("On")
    icon(switch).click()
    wait_for(lambda: paused() == {False}, "the end of the pause did not reach the server")
    expect(switch).to_contain_text("Off")


def test_a_call_rings_and_is_missed(page: Page, branch_office: dict[str, Any]) -> None:
    page.goto(PAGE)
    shown = tile(section(page, "People"), OTHER_NAME)
    tell(branch_office, "ring", called=OTHER_NUMBER, **OUTSIDER)
    expect(shown).to_contain_text("Ringing")
    tell(branch_office, "hang_up", number=OUTSIDER["caller"])
    expect(shown).not_to_contain_text("Ringing")
    latest = section(page, "Latest calls").locator("hui-markdown-card").first
    expect(latest).to_contain_text(OTHER_NAME)
    expect(latest).to_contain_text(f"Missed · {OUTSIDER['name']}")


def test_somebody_comes_into_a_conference_room(page: Page, branch_office: dict[str, Any]) -> None:
    page.goto(PAGE)
    conferences = section(page, "Conferences")
    tell(branch_office, "join", room="651", number="15550124", name="George McFly")
    expect(conferences).to_contain_text("George McFly")
    tell(branch_office, "leave", room="651", number="15550124")
    expect(conferences).not_to_contain_text("George McFly")


def test_a_server_that_restarts_gives_everything_new_ids_and_all_stays(
    page: Page, branch_office: dict[str, Any]
) -> None:
    page.goto(PAGE)
    shown = tile(section(page, "People"), OTHER_NAME)
    before = user(branch_office, OTHER_NUMBER)["id"]
    tell(branch_office, "restart")
    assert user(branch_office, OTHER_NUMBER)["id"] != before
    expect(section(page, "Telephone system")).to_contain_text("Connected")
    tell(branch_office, "set", user=OTHER_NUMBER, status="Free for a chat")
    expect(shown).to_contain_text("Free for a chat")
    expect(tile(section(page, "People"), "Michael Young")).to_contain_text("Talking")
