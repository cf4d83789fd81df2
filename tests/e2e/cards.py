"""Where the dashboard's cards are on a page, found as a person finds them."""

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def section(page: Page, title: str) -> Locator:
    """Return the section below a heading."""
    return page.locator("hui-grid-section").filter(
        has=page.locator("hui-heading-card", has_text=title)
    )


def tile(within: Locator, text: str) -> Locator:
    """Return the one tile with this text that is to be seen."""
    return within.locator("hui-tile-card:visible", has_text=text)


def switch_of(within: Locator, name: str, what: str) -> Locator:
    """Return the tile that switches something of a person: the first such after the person's own."""
    expect(tile(within, name)).to_be_visible()
    tiles = within.locator("hui-tile-card:visible")
    after = [tiles.nth(at) for at in range(tiles.count())]
    while not after[0].filter(has_text=name).count():
        del after[0]
    return next(each for each in after if each.filter(has_text=what).count())


def icon(shown: Locator) -> Locator:
    """Return the part of a tile that switches."""
    return shown.locator("ha-tile-icon")
