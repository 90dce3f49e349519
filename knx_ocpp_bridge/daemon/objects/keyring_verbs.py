"""The keyring that ETS exports: looked at, and put beside the configuration once it has proved good."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from knx_ocpp_bridge.config.load import Loaded
from knx_ocpp_bridge.control.options import Option
from knx_ocpp_bridge.control.protocol import Listing, Managed
from knx_ocpp_bridge.daemon.desk import Desk, Order, Verb
from knx_ocpp_bridge.daemon.objects import uploads
from knx_ocpp_bridge.daemon.sources import Given, Sources, Topic
from knx_ocpp_bridge.knx.aside import aside

_FILE: Final = "site.knxkeys"
_MOST_BYTES: Final = 8 * 1024 * 1024


async def _save(desk: Desk, order: Order) -> Managed:
    """Nothing is written before the keyring has opened with its password."""
    password = order.options["password"]
    if not password:
        return Managed(done=False, messages=("the password is missing that was given to ETS when it was exported",))
    content = uploads.taken(desk, order.options["file"], _MOST_BYTES)
    loaded = desk.building.loaded
    trouble, told = await aside(lambda: _opened(loaded, content, password), "keyring")
    if trouble:
        return Managed(done=False, messages=(trouble,))
    if order.options["check"]:
        return Managed(done=True, row=told)
    deposit = uploads.Deposit(loaded.path.parent, _name(loaded), content, "keyring", password)
    managed = await uploads.kept(desk, deposit)
    return Managed(managed.done, managed.messages, managed.because, told)


def _name(loaded: Loaded) -> str:
    """The file that is named already, should it lie beside the configuration."""
    named = loaded.bridge.knx.keyring
    beside = named is not None and named.parent.resolve() == loaded.path.parent.resolve()
    return named.name if named is not None and beside else _FILE


def _opened(loaded: Loaded, content: bytes, password: str) -> tuple[str, dict[str, Any] | None]:
    """Why it cannot be used, or what it means for this configuration."""
    from knx_ocpp_bridge.knx.secure.coverage import covered, heading, rows
    from knx_ocpp_bridge.knx.secure.keyring import KeyringError, opened

    try:
        keyring = opened(Path("keyring"), content, password)
    except KeyringError as error:
        return f"{error.reason}; {error.remedy}; nothing was changed", None
    knx = loaded.bridge.knx.model_copy(update={"keyring": Path(_FILE), "keyring_password": password})
    told = covered(keyring, knx, loaded.objects)
    return "", {
        **heading(knx, told),
        "addresses": list(rows(loaded.objects, told, knx.style)),
        "warnings": [*(f"{each.reason}; {each.remedy}" for each in told.troubles), *told.warnings],
    }


def _keyring(sources: Sources, _charger: str, _given: Given) -> Listing:
    """What is known of it; to wait for it there is the verb `ets_check`."""
    sources.building.judge.want()
    judgement = sources.building.judge.latest
    if judgement is None:
        return Listing(())
    secured = judgement.secured
    row = {
        "facts": secured.facts,
        "addresses": list(secured.rows),
        "troubles": list(secured.troubles),
        "warnings": list(secured.warnings),
        "at": judgement.at,
    }
    return Listing((row,))


TOPICS: Final[Mapping[str, Topic]] = {"keyring": Topic(_keyring, {})}
VERBS: Final[Mapping[str, Verb]] = {
    "keyring_save": Verb(
        _save,
        {"file": Option(str, ""), "password": Option(str, ""), "check": Option(bool, default=False)},
        charger=False,
    ),
}
