"""The page that Home Assistant makes for a person's extension."""

from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect
import pytest

from demo.control import tell

from .office import extension, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.e2e

NOTE = "hui-text-entity-row input"


def test_shows_what_the_telephone_system_knows(page: Page, office: dict[str, Any]) -> None:
    tell(office, "set", extension="102", status="Busy", note="Quarterly figures")
    open_device(page, "Clara Dahl (102)")
    controls = page.locator("ha-device-entities-card", has_text="Controls")
    for name in ("Note", "Return time", "Status"):
        expect(controls).to_contain_text(name)
    expect(page.locator(NOTE)).to_have_value("Quarterly figures")
    sensors = page.locator("ha-device-entities-card", has_text="Sensors")
    expect(sensors).to_contain_text("Presence")
    expect(sensors).to_contain_text("Busy")


def test_a_note_written_there_reaches_the_office(page: Page, office: dict[str, Any]) -> None:
    open_device(page, "David Ek (103)")
    note = page.locator(NOTE)
    note.fill("Back at two")
    note.press("Tab")
    wait_for(
        lambda: extension(office, "103")["note"] == "Back at two",
        "the note that was written did not reach the office",
    )


def open_device(page: Page, name: str) -> None:
    page.goto("/config/devices/dashboard")
    page.get_by_text(name, exact=True).click()
    expect(page.locator("ha-config-device-page")).to_contain_text(name)
