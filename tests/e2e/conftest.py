"""One demo and one browser for all tests; a page of its own, signed in, for each.

`demo` is what the running demo says about itself, `office`, `call_centre`, `contact_centre` and
`branch_office` are its simulated telephone systems, `page` is a page of the browser. When a test
fails, a picture of its page is kept in tests/e2e/failures.
"""

from pathlib import Path
import shutil
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect
import pytest

from demo.browser import WALL_PANEL, browser, settle, sign_in
from demo.launch import still_office

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from playwright.sync_api import Browser, Page, StorageState

FAILURES = Path(__file__).parent / "failures"
LOG = "home-assistant.log"
EXTENSIONS = 12
MILLISECONDS = 20_000

failed: pytest.StashKey[bool] = pytest.StashKey()
expect.set_options(timeout=MILLISECONDS)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the fixtures know whether their test failed."""
    report = yield
    if report.when == "call":
        item.stash[failed] = report.failed
    return report


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="session")
def demo(folder: Path, request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    shutil.rmtree(FAILURES, ignore_errors=True)
    with still_office(folder, "--extensions", str(EXTENSIONS)) as about:
        yield about
    if request.session.testsfailed:
        FAILURES.mkdir(exist_ok=True)
        shutil.copy(folder / LOG, FAILURES)


@pytest.fixture
def log(demo: dict[str, Any], folder: Path) -> Path:
    return folder / LOG


@pytest.fixture
def office(demo: dict[str, Any]) -> dict[str, Any]:
    return simulator(demo, "isymphony_status")


@pytest.fixture
def call_centre(demo: dict[str, Any]) -> dict[str, Any]:
    return simulator(demo, "xivo")


@pytest.fixture
def contact_centre(demo: dict[str, Any]) -> dict[str, Any]:
    return simulator(demo, "oktell")


@pytest.fixture
def branch_office(demo: dict[str, Any]) -> dict[str, Any]:
    return simulator(demo, "isymphony_live")


def simulator(demo: dict[str, Any], system: str) -> dict[str, Any]:
    [about] = [each for each in demo["simulators"] if each["system"] == system]
    return about


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="session")
def signed_in(demo: dict[str, Any], chromium: Browser) -> StorageState:
    """What the browser remembers once somebody has signed in."""
    page = chromium.new_page()
    sign_in(page, demo["url"], demo["username"], demo["password"])
    # Home Assistant logs an error of its own when a page goes in the midst of what it is sent first.
    settle(page)
    state = page.context.storage_state()
    page.context.close()
    return state


@pytest.fixture
def page(
    demo: dict[str, Any],
    chromium: Browser,
    signed_in: StorageState,
    request: pytest.FixtureRequest,
) -> Iterator[Page]:
    width, height = WALL_PANEL
    context = chromium.new_context(
        base_url=demo["url"],
        storage_state=signed_in,
        viewport={"width": width, "height": height},
        reduced_motion="reduce",
        locale="en-GB",
    )
    context.set_default_timeout(MILLISECONDS)
    page = context.new_page()
    yield page
    if request.node.stash.get(failed, default=True):
        FAILURES.mkdir(exist_ok=True)
        page.screenshot(path=FAILURES / f"{request.node.name}.png")
    else:
        settle(page)  # as in `signed_in`
    context.close()
