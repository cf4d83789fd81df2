"""Renders the brand images from docs/brand/icon.svg: `scripts/pictures brand`.

The logo is the icon with the name beside it, set in Roboto, the typeface of Home Assistant's own
frontend: once for light and once for dark backgrounds. All backgrounds are transparent.
"""

from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING

import hass_frontend

from .browser import browser
from .home_assistant import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BRAND = ROOT / "custom_components" / "office_cti" / "brand"
ICON = ROOT / "docs" / "brand" / "icon.svg"
FONT = Path(hass_frontend.__file__).parent / "static" / "fonts" / "roboto" / "Roboto-Medium.woff2"

ICON_HEIGHT = 256  # pixels at the plain size, as Home Assistant's brand images are
LOGO_HEIGHT = 128
LIGHT, DARK = "#1f2a44", "#f4f6fb"  # the name's colour on a light and on a dark background

_PAGE = """
<style>
  @font-face { font-family: Brand; src: url("data:font/woff2;base64,FONT"); }
  body { margin: 0; background: transparent; }
  #picture { display: inline-flex; align-items: center; height: HEIGHTpx; }
  svg { height: 100%; }
  span { font: 68px/128px Brand; letter-spacing: -1px; white-space: nowrap; color: COLOR;
         padding-inline: 18px 4px; }
</style>
<div id="picture">PICTURE</div>
"""


def main() -> None:
    """Render all of them, each in the plain and in the double size."""
    BRAND.mkdir(exist_ok=True)
    icon = ICON.read_text(encoding="utf-8")
    logo = icon + "<span>Office CTI</span>"
    with browser() as started:
        for scale, suffix in ((1, ""), (2, "@2x")):
            _render(started, f"icon{suffix}.png", _page(icon, ICON_HEIGHT), scale)
            _render(started, f"logo{suffix}.png", _page(logo, LOGO_HEIGHT, LIGHT), scale)
            _render(started, f"dark_logo{suffix}.png", _page(logo, LOGO_HEIGHT, DARK), scale)


def _page(picture: str, height: int, color: str = LIGHT) -> str:
    font = b64encode(FONT.read_bytes()).decode()
    page = _PAGE.replace("HEIGHT", str(height)).replace("COLOR", color)
    return page.replace("PICTURE", picture).replace("FONT", font)


def _render(started: Browser, name: str, content: str, scale: int) -> None:
    page = started.new_page(device_scale_factor=scale, viewport={"width": 800, "height": 400})
    page.set_content(content)
    page.evaluate("document.fonts.ready")
    page.locator("#picture").screenshot(path=BRAND / name, omit_background=True)
    page.close()


if __name__ == "__main__":
    main()
