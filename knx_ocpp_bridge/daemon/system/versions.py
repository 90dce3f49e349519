"""What the bridge is made of, with the licence of each part; looked up once, as many files are read for it."""

import json
import platform
import sqlite3
import ssl
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata
from importlib.resources import files
from typing import Any, Final

from knx_ocpp_bridge import __version__
from knx_ocpp_bridge.control.protocol import Listing
from knx_ocpp_bridge.daemon.sources import Given, Sources

_LICENCE_CLASSIFIER: Final = "License :: "
_LONGEST_LICENCE: Final = 80


@dataclass(frozen=True, slots=True)
class Part:
    """One part. `kind` is `program`, `system`, `library` or `browser`."""

    kind: str
    name: str
    version: str
    licence: str


def versions(_sources: Sources, _charger: str, _given: Given) -> Listing:
    """The program first, then what it runs on, then the libraries and the code of others that browsers are given."""
    return Listing(_rows())


@cache
def _rows() -> tuple[dict[str, Any], ...]:
    return tuple(
        asdict(part)
        for part in (
            Part("program", "knx-ocpp-bridge", __version__, "Apache-2.0"),
            Part("system", "Python", platform.python_version(), "PSF-2.0"),
            Part("system", platform.system(), f"{platform.release()} {platform.machine()}", ""),
            Part("system", "SQLite", sqlite3.sqlite_version, "public domain"),
            Part("system", "OpenSSL", ssl.OPENSSL_VERSION.removeprefix("OpenSSL "), "Apache-2.0"),
            *_libraries(),
            *_browser_code(),
        )
    )


def _libraries() -> list[Part]:
    """Everything that is installed beside the program."""
    found = {each.metadata["Name"].lower(): each for each in metadata.distributions()}
    found.pop("knx-ocpp-bridge", None)
    return [Part("library", name, found[name].version, _licence(found[name].metadata)) for name in sorted(found)]


def _licence(told: metadata.PackageMetadata) -> str:
    """The expression of Core Metadata 2.4, or what older packages say instead."""
    expression = _told(told, "License-Expression")
    classifiers = [each for each in told.get_all("Classifier") or [] if each.startswith(_LICENCE_CLASSIFIER)]
    named = ", ".join(each.rpartition(" :: ")[2] for each in classifiers)
    free = _told(told, "License").partition("\n")[0]
    return (expression or named or free)[:_LONGEST_LICENCE]


def _told(metadata_of: metadata.PackageMetadata, name: str) -> str:
    return next(map(str, metadata_of.get_all(name) or ()), "")


def _browser_code() -> list[Part]:
    """What `make web` has put there."""
    listed = files("knx_ocpp_bridge.web").joinpath("static", "vendor", "packages.json")
    if not listed.is_file():
        return []
    return [Part("browser", **each) for each in json.loads(listed.read_text(encoding="utf-8"))]
