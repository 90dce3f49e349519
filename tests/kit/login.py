"""Users of a bridge's pages, made by its control socket, and what their browsers show."""

from typing import Any, Final

import httpx

from knx_ocpp_bridge.control.client import ask
from knx_ocpp_bridge.control.protocol import Failed, Manage, Managed
from tests.kit.bridge import BridgeProcess

PASSWORD: Final = "correct horse battery"
COOKIE: Final = "session"
"""By http; by https it is `__Host-session`."""
_WITHIN_S: Final = 10.0


def manage(bridge: BridgeProcess, act: str, **options: object) -> Managed:
    """What the bridge says to a verb.

    Raises:
        AssertionError: it does not understand it.
    """
    said = ask(bridge.socket, Manage(act, "", options), _WITHIN_S)
    assert isinstance(said, Managed), said
    return said


def add_user(bridge: BridgeProcess, role: str, name: str = "") -> str:
    """The name of a user with this role (`viewer`, `operator` or `installer`), who is there from now on."""
    name = name or role
    said = ask(bridge.socket, Manage("user_add", "", {"name": name, "role": role, "password": PASSWORD}), _WITHIN_S)
    assert isinstance(said, Managed) or (isinstance(said, Failed) and "already" in said.error), said
    return name


def log_in(bridge: BridgeProcess, role: str, name: str = "") -> str:
    """The value of the cookie of somebody with this role who has just logged in."""
    form = {"name": add_user(bridge, role, name), "password": PASSWORD}
    # The pages are there a moment after the bridge is ready for its chargers.
    with httpx.Client(transport=httpx.HTTPTransport(retries=6), timeout=_WITHIN_S) as client:
        said = client.post(f"{bridge.web_url}/login", data=form, headers={"origin": bridge.web_url})
    assert said.status_code == 303, said.text
    return said.cookies[COOKIE]


def stored(bridge: BridgeProcess, role: str, name: str = "") -> dict[str, Any]:
    """For `Browser.page(url, storage_state=stored(bridge, "installer"))`: the page is opened by such a user."""
    cookie = {
        "name": COOKIE, "value": log_in(bridge, role, name), "domain": "127.0.0.1", "path": "/", "expires": -1,
        "httpOnly": True, "secure": False, "sameSite": "Lax",
    }  # fmt: skip
    return {"cookies": [cookie], "origins": []}


def token(bridge: BridgeProcess, role: str, name: str = "program", *, kiosk: bool = False) -> str:
    """An API token with this role, for `Authorization: Bearer`."""
    said = manage(bridge, "token_create", name=name, role=role, kiosk=kiosk)
    assert said.row is not None, said
    return str(said.row["token"])
