"""A real browser at the demo, signed in as a person signs in; for pictures and end-to-end tests."""

from contextlib import contextmanager
import os
from typing import TYPE_CHECKING

from playwright.sync_api import Browser, Page, sync_playwright

from .errors import DemoError

if TYPE_CHECKING:
    from collections.abc import Iterator

WALL_PANEL = (1280, 800)
PHONE = (390, 844)
LOGIN_MILLISECONDS = 60_000  # the first page of a Home Assistant that has just started

# A browser that only ever sees this machine looks nothing up elsewhere.
ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


@contextmanager
def browser() -> Iterator[Browser]:
    """Start the browser that scripts/environment.sh found."""
    path = os.environ.get("BROWSER")
    if not path:
        raise DemoError("BROWSER does not name a browser; the scripts set it")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield started
        finally:
            started.close()


def sign_in(page: Page, url: str, username: str, password: str) -> None:
    """Fill in the login form and wait until Home Assistant shows itself."""
    page.goto(url)
    page.locator("input[name=username]").fill(username, timeout=LOGIN_MILLISECONDS)
    page.locator("input[name=password]").fill(password)
    page.locator("input[name=password]").press("Enter")
    page.locator("home-assistant-main").wait_for(timeout=LOGIN_MILLISECONDS)


def settle(page: Page) -> None:
    """Wait until nothing is loading and no animation runs any more: what is seen will stay."""
    page.wait_for_load_state("networkidle")
    page.wait_for_function(_SETTLED)


# What shows that something is still to come; all of it lives in the shadow trees of custom elements.
_SETTLED = """() => {
  const lacks = (element, part) => !element.shadowRoot?.querySelector(part);
  const isToCome = (element) => ({
    'ha-spinner': () => true,
    'hass-loading-screen': () => true,
    'ha-fade-in': () => true,
    'ha-icon': () => element.icon && lacks(element, 'ha-svg-icon'),
    'ha-markdown': () => lacks(element, 'ha-markdown-element'),
  })[element.localName]?.() && element.checkVisibility();
  const waits = (root) => [...root.querySelectorAll('*')].some((element) =>
    isToCome(element) || (element.shadowRoot && waits(element.shadowRoot)));
  return !waits(document) && document.getAnimations().every((each) => each.playState !== 'running');
}"""
