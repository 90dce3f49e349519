"""`check`: the object table of a sound configuration, or all that is wrong with it."""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

import click

from knx_ocpp_bridge.cli.options import EXIT_CONFIGURATION, config_option
from knx_ocpp_bridge.config.addresses import format_address
from knx_ocpp_bridge.config.load import Loaded, load
from knx_ocpp_bridge.config.problems import ConfigError
from knx_ocpp_bridge.config.table import Line, lines

_HEADS = ("connector", "object", "direction", "group address", "DPT", "flags", "function")


@click.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def check(config: Path, *, as_json: bool) -> None:
    """Judge the configuration: print the object table, or everything that is wrong with it (exit code 3)."""
    try:
        loaded = load(config, os.environ)
        secured, project, local = _secured(loaded), _project(loaded), (*_local(loaded), *_prices(loaded))
    except ConfigError as error:
        _refuse(error, as_json=as_json)
    if as_json:
        objects = [asdict(line) | _by_keyring(line, secured) for line in lines(loaded)]
        warnings = (*loaded.warnings, *local, *secured.warnings, *project.warnings)
        print(json.dumps({"objects": objects, "warnings": warnings}, indent=2))
    else:
        _print(loaded, secured, project, local)


def _local(loaded: Loaded) -> Iterator[str]:
    """That `knx.local_address` is no address of this machine: it may be that of the machine it is written for."""
    address = loaded.bridge.knx.local_address
    if address is None:
        return
    from knx_ocpp_bridge.knx.link.own_addresses import own_addresses  # loaded by those alone who have one

    own = own_addresses()
    if address not in own:
        place = loaded.bus_places["local_address"]
        yield f"{place}: knx.local_address: this machine has no address {address}; it has {', '.join(own)}"


def _prices(loaded: Loaded) -> Iterator[str]:
    """That the file of prices has none: somebody else writes it, and may do so later. No service is asked."""
    tariff = loaded.bridge.tariff
    if tariff.file is None:
        return
    from knx_ocpp_bridge.tariff.error import PriceError  # loaded by those alone who have one
    from knx_ocpp_bridge.tariff.price_file import PriceFile
    from knx_ocpp_bridge.tariff.reading import read

    try:
        read(PriceFile(tariff.file).news() or b"", tariff, loaded.site_terms.zone)
    except PriceError as error:
        yield f"tariff.file: {tariff.file}: {error}; until then plans go by the other prices"


@dataclass(frozen=True, slots=True)
class _Secured:
    """What the keyring says."""

    addresses: frozenset[str] | None = None
    """Our secured group addresses as they are shown; None: there is no keyring."""
    warnings: tuple[str, ...] = ()


def _secured(loaded: Loaded) -> _Secured:
    if loaded.bridge.knx.keyring is None:
        return _Secured()
    from knx_ocpp_bridge.cli.knx_keyring import covered  # loaded by those alone who have one

    told = covered(loaded)
    if told is None:
        return _Secured()
    style = loaded.bridge.knx.style
    shown = frozenset(format_address(each.address, style) for each in told.facts.secured)
    place = loaded.bus_places["keyring"]
    return _Secured(shown, tuple(f"{place}: knx.keyring: {each}" for each in told.warnings))


@dataclass(frozen=True, slots=True)
class _Project:
    """What the file of the ETS gives."""

    summary: str = ""
    warnings: tuple[str, ...] = ()


def _project(loaded: Loaded) -> _Project:
    path = loaded.bridge.knx.project
    if path is None:
        return _Project()
    from knx_ocpp_bridge.daemon.building.project_file import ProjectFileError, read_project

    try:
        project = read_project(loaded.bridge.knx)
    except ProjectFileError as error:
        place = loaded.bus_places["project"]
        return _Project(warnings=(f"{place}: {error}; until then foreign group addresses have no names",))
    if project is None:
        return _Project()
    left_out = f", {len(project.warnings)} left out (see knx-ocpp-bridge ets check)" if project.warnings else ""
    return _Project(f"{path}: group addresses: {len(project.addresses)}{left_out}")


def _by_keyring(line: Line, secured: _Secured) -> dict[str, bool]:
    """Whether all of its group addresses are secured; nothing where there is no keyring."""
    return {} if secured.addresses is None else {"secured": secured.addresses.issuperset(line.group_addresses)}


def _refuse(error: ConfigError, *, as_json: bool) -> NoReturn:
    if as_json:
        told = {"problems": [asdict(problem) for problem in error.problems], "warnings": error.warnings}
        print(json.dumps(told, indent=2))
    else:
        count = len(error.problems)
        print(error, file=sys.stderr)
        only_secure = all(problem.path.startswith("knx.keyring") for problem in error.problems)
        follows = "the bridge stays off the bus until then." if only_secure else "nothing is started with it."
        print(f"{count} {'problem' if count == 1 else 'problems'}; {follows}", file=sys.stderr)
    raise SystemExit(EXIT_CONFIGURATION)


def _print(loaded: Loaded, secured: _Secured, project: _Project, local: tuple[str, ...]) -> None:
    heads = _HEADS if secured.addresses is None else (*_HEADS, "secured")
    rows = [heads, *(_cells(line, secured) for line in lines(loaded))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    for warning in (*loaded.warnings, *local, *secured.warnings, *project.warnings):
        print(f"warning: {warning}")
    if project.summary:
        print(project.summary)
    for file, cards in _cards(loaded).items():
        print(f"{file}: {cards} card{'s' * (cards != 1)}")
    chargers = len(loaded.chargers)
    print(f"{loaded.path}: good; chargers: {chargers}, group objects: {len(loaded.objects)}")


def _cards(loaded: Loaded) -> Counter[str]:
    """How many were read from which tags file; a card and its aliases stand in one place."""
    return Counter(place.rpartition(":")[0] for place in set(loaded.places.values()))


def _cells(line: Line, secured: _Secured) -> tuple[str, ...]:
    addresses = " ".join(line.group_addresses)
    cells = (line.owner, line.object, line.direction, addresses, line.dpt, line.flags, line.function)
    if secured.addresses is None:
        return cells
    count = len(secured.addresses.intersection(line.group_addresses))
    return (*cells, "yes" if count == len(line.group_addresses) else "partly" if count else "no")
