"""The card of a connector put together from its three elements (`web/outlet.py`), for a page that is being made."""

from collections.abc import Mapping
from typing import Final

from knx_ocpp_bridge.web.languages import Language
from knx_ocpp_bridge.web.rendering import render

_PIECES: Final = ("state", "flow", "do")


def whole(html: Mapping[str, str]) -> dict[str, str]:
    """Cards by their id, in the order of `html`: what `Live.shown` gave for `home`, `outlet:…` or `embed:…`."""
    ends = f"-{_PIECES[0]}"
    names = [key.removesuffix(ends) for key in html if key.startswith("outlet-") and key.endswith(ends)]
    return {name: _one(name, [html.get(f"{name}-{piece}", "") for piece in _PIECES]) for name in names}


def _one(element: str, pieces: list[str]) -> str:
    # There are no words in it: one language is as good as another.
    return render("outlet.html", Language.EN, {"element": element, "pieces": pieces})
