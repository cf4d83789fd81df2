"""Takes the pictures for the README: `python -m demo.screenshot docs/images`, with BROWSER set.

It starts a demo of its own, in which everything stands still but for a few calls, and looks at it in
a browser as wide as a wall panel and in one as narrow as a phone.
"""

from pathlib import Path
import sys
import tempfile
from typing import TYPE_CHECKING

from .browser import PHONE, WALL_PANEL, browser, settle, sign_in
from .control import tell
from .launch import still_office

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from .api import Json

# As high as queues, agents, people and calls are.
CALL_CENTRE = (1280, 1140)
BRANCH_OFFICE = (1280, 1240)

PICTURES = {
    "office.png": ("/office/people", WALL_PANEL),
    "phone.png": ("/office/people", PHONE),
    "call-centre.png": ("/office/call-centre", CALL_CENTRE),
    "branch-office.png": ("/office/branch-office", BRANCH_OFFICE),
}


# What goes on in the call centre; a call is answered by the number that it rings.
CALLS: tuple[Json, ...] = (
    {"op": "ring", "caller": "0145550123", "called": "3001", "name": "Ada Martin"},
    {"op": "answer", "number": "0145550123"},
    {"op": "ring", "caller": "0145550142", "called": "3003", "name": "Basile Morel"},
    {"op": "ring", "caller": "0145550177", "called": "3003", "name": "Céline Faure"},
    {"op": "ring", "caller": "118", "called": "121"},
    {"op": "answer", "number": "121"},
    {"op": "ring", "caller": "0145550199", "called": "113"},
    {"op": "set", "extension": "115", "dnd": True},
    {"op": "conference_join", "number": "4001", "caller": "0145550111"},
    {"op": "conference_join", "number": "4001", "caller": "0145550112"},
)


def take(started: Browser, about: Json, pictures: Path) -> None:
    """Take all pictures."""
    pictures.mkdir(parents=True, exist_ok=True)
    for name, (path, (width, height)) in PICTURES.items():
        page = started.new_page(
            viewport={"width": width, "height": height},
            color_scheme="light",
            reduced_motion="reduce",
            locale="en-GB",
        )
        # As a person sets up a wall panel: profile, "Always hide the sidebar".
        page.add_init_script("localStorage.dockedSidebar = JSON.stringify('always_hidden')")
        sign_in(page, about["url"], about["username"], about["password"])
        page.goto(about["url"] + path)
        page.locator("hui-sections-view").wait_for()
        settle(page)
        page.screenshot(path=pictures / name)
        page.close()


def main() -> None:
    """Take the pictures into the folder that is named."""
    pictures = Path(sys.argv[1])
    with (
        tempfile.TemporaryDirectory() as folder,
        still_office(Path(folder)) as about,
        browser() as started,
    ):
        [call_centre] = [each for each in about["simulators"] if each["system"] == "xivo"]
        for operation in CALLS:
            tell(call_centre, **operation)
        take(started, about, pictures)


if __name__ == "__main__":
    main()
