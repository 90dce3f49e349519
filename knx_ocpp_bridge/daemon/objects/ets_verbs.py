"""Files of the ETS: checked against the objects, taken in, and given out."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from knx_ocpp_bridge.config.addresses import AddressStyle, format_address
from knx_ocpp_bridge.config.load import Loaded
from knx_ocpp_bridge.control.options import AskError, MisuseError, Option
from knx_ocpp_bridge.control.protocol import Listing, Managed
from knx_ocpp_bridge.daemon.building.judge import Judgement, facts_of
from knx_ocpp_bridge.daemon.building.project_file import ProjectFileError, read_project
from knx_ocpp_bridge.daemon.desk import Desk, Order, Verb
from knx_ocpp_bridge.daemon.objects import uploads
from knx_ocpp_bridge.daemon.sources import AFTER, LIMIT, Given, Sources, Topic, found
from knx_ocpp_bridge.knx.aside import aside
from knx_ocpp_bridge.report.harmless import harmless

MOST_BYTES: Final = 31 * 1024 * 1024
"""Of a file that is sent; a larger one is taken in on the machine itself (`ets import --save`)."""
MOST_TEXT: Final = 8 * 1024 * 1024
"""Bytes of CSV or XML that is sent: to read it takes several times its size of memory."""
_ZIP: Final = b"PK"
_MOST_NOTES: Final = 50
_SUFFIXES: Final = {"GROUP_ADDRESS_XML": ".xml", "GROUP_ADDRESS_CSV": ".csv", "PROJECT": ".knxproj"}
_FORMS: Final = {
    "xml": "text/xml",
    "csv": "text/csv",
    "table": "text/csv",
    "html": "text/html",
    "markdown": "text/markdown",
}


async def _check(desk: Desk, order: Order) -> Managed:
    """What does not fit is in the topics `ets`, `ets_findings` and `keyring` once this is done."""
    within_s = order.options["within"]
    judgement = await desk.building.judge.judged(float(within_s))
    if judgement is None:
        return Managed(done=False, messages=("the project is still being read: look again in a moment",))
    return Managed(done=True, row=_summary(judgement))


def _summary(judgement: Judgement) -> dict[str, Any]:
    weights = [each.weight.value for each in judgement.findings]
    return {
        **judgement.facts,
        "trouble": judgement.trouble,
        "at": judgement.at,
        "errors": weights.count("error"),
        "warnings": weights.count("warning"),
        "hints": weights.count("hint"),
        "notes": list(judgement.warnings),
    }


async def _save(desk: Desk, order: Order) -> Managed:
    """A file of the ETS is read first, and kept only if that went well."""
    password, name = order.options["password"], order.options["name"]
    content = uploads.taken(desk, order.options["file"], MOST_BYTES)
    try:
        told, suffix = await aside(lambda: _read(content, name, password), "project")
    except ProjectFileError as error:
        return Managed(done=False, messages=(f"{error}; nothing was changed",))
    if order.options["check"]:
        return Managed(done=True, row=told)
    folder = desk.building.loaded.path.parent
    deposit = uploads.Deposit(folder, f"project{suffix}", content, "project", password if suffix == ".knxproj" else "")
    managed = await uploads.kept(desk, deposit)
    return Managed(managed.done, managed.messages, managed.because, told)


def _read(content: bytes, name: str, password: str) -> tuple[dict[str, Any], str]:
    from knx_ocpp_bridge.ets.project import EtsError
    from knx_ocpp_bridge.ets.reading import read
    from knx_ocpp_bridge.ets.words import in_one_line

    shown = in_one_line(name)[:80] or "the file"
    if len(content) > MOST_TEXT and not content.startswith(_ZIP):
        reason = f"CSV or XML of {len(content) >> 20} MB, more than {MOST_TEXT >> 20} MB"
        raise ProjectFileError(f"{shown}: {reason}; send the project (.knxproj), or on the machine: ets import --save")
    try:
        project = read(content, shown, password, links=False)
    except EtsError as error:
        raise ProjectFileError(str(error)) from error
    except Exception as error:  # whatever somebody else's file makes a reader raise: it stops no charger
        raise ProjectFileError(f"{shown} cannot be read here ({type(error).__name__})") from error
    return {**facts_of(project), "notes": list(project.warnings[:_MOST_NOTES])}, _SUFFIXES[project.origin.name]


def _export(sources: Sources, charger: str, given: Given) -> Listing:
    """A file to download: name, type (media type) and text; made beside the loop."""
    loaded = sources.building.loaded
    if given["format"] not in _FORMS:
        raise MisuseError(f"format is one of {', '.join(_FORMS)}")
    if given["language"] not in {"en", "de"}:
        raise MisuseError("language is en or de")
    if given["format"] == "csv" and loaded.bridge.knx.style is not AddressStyle.THREE_LEVEL:
        raise MisuseError("CSV is written for group addresses of three levels alone; take XML")
    charger_id = found(sources.roster, charger) if charger else ""
    try:
        name, text = _written(loaded, charger_id, given)
    except ProjectFileError as error:
        raise AskError(str(error)) from error
    return Listing(({"name": name, "type": _FORMS[given["format"]], "text": text},))


def _written(loaded: Loaded, charger: str, given: Mapping[str, Any]) -> tuple[str, str]:
    chosen = tuple(each for each in loaded.objects if not charger or each.charger == charger)
    names = {str(charger_id): settings.name for charger_id, settings in loaded.chargers.items() if settings.name}
    form, language = given["format"], given["language"]
    if form in {"xml", "csv"}:
        from knx_ocpp_bridge.ets.export import Wish, group_addresses
        from knx_ocpp_bridge.ets.writing import as_csv, as_xml

        knx = loaded.bridge.knx
        wish = Wish(
            style=knx.style, names=names, unfiltered=given["unfiltered"], project=read_project(knx),
            missing=given["missing"], inputs=given["inputs"], language=language,
        )  # fmt: skip
        made = group_addresses(chosen, wish)
        content = as_xml(made, knx.style) if form == "xml" else as_csv(made)
        return f"knx-ocpp-bridge.{form}", content.decode("utf-8")
    from knx_ocpp_bridge.ets import table

    rows = list(table.rows(chosen, loaded.bridge.knx.style, names, language))
    if form == "table":
        return "group-objects.csv", table.as_csv(rows, language, harmless)
    if form == "html":
        return "group-objects.html", table.as_html(rows, language, loaded.bridge.site.name or "KNX OCPP bridge")
    return "group-objects.md", table.as_markdown(rows, language)


async def _xxter(desk: Desk, order: Order) -> Managed:
    """The list of group objects of an xxter made a configuration, to look at and download; nothing is changed."""
    content = uploads.taken(desk, order.options["file"], MOST_BYTES)
    trouble, row = await aside(lambda: _configuration(content, order.options["name"]), "xxter")
    return Managed(done=False, messages=(trouble,)) if trouble else Managed(done=True, row=row)


def _configuration(content: bytes, name: str) -> tuple[str, dict[str, Any]]:
    from knx_ocpp_bridge.ets import xxter as lists
    from knx_ocpp_bridge.ets import xxter_cards, xxter_file
    from knx_ocpp_bridge.ets.project import EtsError
    from knx_ocpp_bridge.ets.words import in_one_line

    shown = in_one_line(name)[:80] or "xxter.csv"
    if len(content) > lists.MOST_BYTES:
        return f"{shown} is larger than {lists.MOST_BYTES // 1024} KiB: is it the right file?", {}
    try:
        chargers = lists.read(content, shown)
    except EtsError as error:
        return str(error), {}
    cards = xxter_cards.cards(chargers)
    return "", {
        "configuration": xxter_file.configuration(chargers, shown),
        "tags": xxter_cards.tags_file(cards) if cards.places else "",
        "notes": list(xxter_file.notes(chargers)),
    }


def _ets(sources: Sources, _charger: str, _given: Given) -> Listing:
    """What is known of the file, and whether it is being read; to wait for it there is the verb `ets_check`."""
    judge = sources.building.judge
    judge.want()
    known = {} if judge.latest is None else _summary(judge.latest)
    return Listing(({**known, "working": judge.at_work},))


def _findings(sources: Sources, _charger: str, given: Given) -> Listing:
    judgement = sources.building.judge.latest
    found = () if judgement is None else judgement.findings
    style = sources.building.loaded.bridge.knx.style
    rows: list[dict[str, Any]] = []
    for number, each in enumerate(found, 1):
        if number > given["after"] and len(rows) < given["limit"]:
            address = "" if each.address is None else format_address(each.address, style)
            rows.append({"number": number, **asdict(each), "weight": each.weight.value, "address": address})
    return Listing(tuple(rows), int(rows[-1]["number"]) if rows else given["after"])


TOPICS: Final[Mapping[str, Topic]] = {
    "ets": Topic(_ets, {}),
    "ets_findings": Topic(_findings, {"after": AFTER, "limit": LIMIT}),
    "ets_export": Topic(
        _export,
        {
            "format": Option(str, "xml"),
            "language": Option(str, "en"),
            "missing": Option(bool, default=False),
            "inputs": Option(bool, default=False),
            "unfiltered": Option(bool, default=False),
        },
        charger=None,
        beside=True,
    ),
}
_FILE: Final = {"file": Option(str, ""), "name": Option(str, "")}
VERBS: Final[Mapping[str, Verb]] = {
    "ets_check": Verb(_check, {"within": Option(int, 60, 0, 300)}, charger=False),
    "ets_save": Verb(
        _save, {**_FILE, "password": Option(str, ""), "check": Option(bool, default=False)}, charger=False
    ),
    "ets_xxter": Verb(_xxter, _FILE, charger=False),
}
