"""Where prices are read: what is wrong with it, and where it is."""

from collections.abc import Iterator
from pathlib import Path

from knx_ocpp_bridge.config.document import Document
from knx_ocpp_bridge.config.problems import KeyPath, Problem
from knx_ocpp_bridge.config.tariff_models import Tariff


def problems(tariff: Tariff, document: Document, broken: frozenset[KeyPath]) -> Iterator[Problem]:
    """What does not fit together."""
    if tariff.file is not None and tariff.url:
        yield document.problem(("tariff", "url"), "prices come from a file or from an address", "take file or url out")
    how = sorted(tariff.model_fields_set & {"format", "fields", "factor"})
    is_known = not any(path[:1] == ("tariff",) for path in broken)
    if how and is_known and tariff.file is None and not tariff.url:
        remedy = "name the file or url that it is about, or take it out"
        yield document.problem(("tariff", how[0]), "no prices are read anywhere", remedy)
    if tariff.format == "arrays" and tariff.fields.rows:
        remedy = "write the whole ways under begin and price, like data.price"
        yield document.problem(("tariff", "fields", "rows"), "arrays have no rows", remedy)


def beside(folder: Path, tariff: Tariff) -> Tariff:
    """Its file is named relative to the configuration."""
    return tariff if tariff.file is None else tariff.model_copy(update={"file": folder / tariff.file})
