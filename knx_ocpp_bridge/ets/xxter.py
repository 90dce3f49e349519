"""An xxter's list of group objects, typed or copied from its page, made our configuration address for address. Pure.

The list has the rows of that page: a label, and behind it one value (parameters), or the sending and the receiving
group address and the datapoint type (group objects). The next row `Name` begins the next charger; a heading above all
of it is passed over.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from knx_ocpp_bridge.config.addresses import AddressError, parse_group_address
from knx_ocpp_bridge.config.keys import nearest
from knx_ocpp_bridge.core.group_objects import CATALOGUE, Quantity, Scope
from knx_ocpp_bridge.ets.project import EtsError, refusal
from knx_ocpp_bridge.ets.words import clean

MOST_BYTES: Final = 1024 * 1024
_MOST_CHARGERS: Final = 200
_MOST_FAULTS: Final = 30
_LONGEST: Final = 255

_OBJECTS: Final[Mapping[str, str]] = {
    "ocpp status": "status",
    "status": "status",
    "ocpp error code": "error_code",
    "error code": "error_code",
    "start / stop charging": "charging",
    "reserve now / free reservation": "reservation",
    "availability": "availability",
    "unlock connector": "unlock",
    "transaction used": "transaction_energy",
    "start charge time": "start_time",
    "end charge time": "end_time",
    "charging current": "current",
    "max charging current": "max_current",
    "reset charger": "reset",
}
_PARAMETERS: Final[Mapping[str, str]] = {
    "name": "name",
    "ocpp identifier": "id",
    "connector number": "connector",
    "current for normal charging": "normal",
    "current for fast charging": "fast",
    "datapoint type for time to use": "time_dpt",
    "datapoint type for current to use": "current_dpt",
    "rfid tags to start charging": "tags",
    "rfid tags to enable in smart energy manager": "energy_manager_tags",
}
"""Labels of the xxter's OCPP page (seed 3), in small letters and without what stands in brackets."""

_NEXT: Final = "begin the next one with the row `Name`"
_DPT: Final = re.compile(r"(?:DPT\s*)?(\d{1,3}\.\d{3})")
_NUMBERS: Final = {
    "connector": "Connector number",
    "normal": "Current for normal charging",
    "fast": "Current for fast charging",
}
_SKIPPED: Final = frozenset({"", "parameters", "group objects"})
_HEAD: Final = re.compile(
    r"address|adres|send|receiv|empf|ontvang|datapoint|datenpunkt|\bdpt\b|value|\bwert|waarde|state|command",
    re.IGNORECASE,
)
"""What stands above the columns of a heading, in English, German or Dutch."""
_VALUE: Final = frozenset({"value", "wert", "waarde"})


@dataclass(frozen=True, slots=True)
class XxterObject:
    """One row of group objects."""

    key: str
    state: int | None
    command: int | None
    dpt: str


@dataclass(slots=True)
class XxterCharger:
    """One page of the xxter: a connector with its parameters."""

    line: int
    parameters: dict[str, str] = field(default_factory=dict)
    objects: dict[str, XxterObject] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    """What was assumed, each with its line."""

    @property
    def id(self) -> str:
        """The identity that the charger dials with."""
        return self.parameters["id"]

    @property
    def tags(self) -> tuple[str, ...]:
        """The cards that may charge; `*` stands for every card."""
        return self._listed("tags")

    @property
    def scheduled_tags(self) -> tuple[str, ...]:
        """The cards that the energy manager charges, which may charge as well; `*` stands for every card."""
        return self._listed("energy_manager_tags")

    def _listed(self, parameter: str) -> tuple[str, ...]:
        return tuple(tag for tag in re.split(r"[\s,;]+", self.parameters.get(parameter, "")) if tag)


def read(data: bytes, file: str) -> tuple[XxterCharger, ...]:
    """The chargers of the list, in its order.

    Raises:
        EtsError: with a line for each fault: a row says nothing that is known, an address is none, a charger has no
            identifier, a connector stands twice; or there is no charger.
    """
    chargers: list[XxterCharger] = []
    faults: list[str] = []
    begun = False
    for number, row in enumerate(_rows(data, file), start=1):
        if any(row) and not begun:
            begun = True
            if _is_heading(row):
                continue
        try:
            _take(chargers, number, row, f"{file}:{number}")
        except EtsError as fault:
            faults.append(str(fault))
            if len(faults) == _MOST_FAULTS:
                raise EtsError("\n".join((*faults, "the rest was not read: mend these first"))) from None
    faults += [str(fault) for charger in chargers for fault in _faults(charger, file)]
    faults += [str(fault) for fault in _twice(chargers, file)]
    if faults:
        raise EtsError("\n".join(faults))
    if not chargers:
        raise refusal(file, "there is no charger in it", "the first row must be `Name` or `OCPP identifier`")
    return tuple(chargers)


def _is_heading(row: list[str]) -> bool:
    """Words of columns stand behind the first cell, and no value. A charger may be called like a column."""
    behind = [cell for cell in row[1:] if cell]
    if _plain(row[0]) in _PARAMETERS and len(behind) == 1 and behind[0].casefold() not in _VALUE:
        return False
    return bool(behind) and all(_HEAD.search(cell) and not any(map(str.isdigit, cell)) for cell in behind)


def _take(chargers: list[XxterCharger], number: int, row: list[str], where: str) -> None:
    label = _plain(row[0])
    if label in _PARAMETERS:
        _take_parameter(chargers, number, _PARAMETERS[label], row, where)
    elif (key := _OBJECTS.get(label, row[0].strip())) in CATALOGUE and Scope.CONNECTOR in CATALOGUE[key].scope:
        _take_object(chargers, key, row, where)
    elif label not in _SKIPPED:
        close = nearest(label[:_LONGEST], (*_PARAMETERS, *_OBJECTS))
        remedy = f"did you mean {close!r}?" if close else "docs/xxter.md shows all of them"
        raise refusal(where, f"{clean(row[0])!r} is no row of an xxter's list", remedy)


def _rows(data: bytes, file: str) -> Iterator[list[str]]:
    if len(data) > MOST_BYTES:
        raise refusal(file, f"larger than {MOST_BYTES // 1024} KiB, which no list of an xxter is", "name another file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    if "\0" in text:
        raise refusal(file, "this is no text", "save the list as CSV")
    separator = max("\t;,", key=text.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            yield [cell.strip() for cell in row] or [""]
    except csv.Error as error:
        raise refusal(file, f"it cannot be read as CSV ({error})", "save it as CSV once more") from None


def _plain(label: str) -> str:
    """A label without what stands in brackets: units, and `(often SN)`."""
    return " ".join(re.sub(r"\([^)]*\)", " ", label).split()).casefold()


def _take_parameter(chargers: list[XxterCharger], line: int, name: str, row: list[str], where: str) -> None:
    value = next((cell for cell in row[1:] if cell), "")
    begins = name == "name" or (name == "id" and (not chargers or "id" in chargers[-1].parameters))
    if begins:
        if len(chargers) == _MOST_CHARGERS:
            raise refusal(where, f"more than {_MOST_CHARGERS} chargers", "split the list")
        chargers.append(XxterCharger(line))
    if not chargers:
        raise refusal(where, f"{row[0]!r} stands before the name of any charger", "begin with the row `Name`")
    if name in chargers[-1].parameters:
        raise refusal(where, f"{row[0]!r} stands twice for this charger", _NEXT)
    if len(value) > _LONGEST:
        raise refusal(where, f"longer than {_LONGEST} characters", "shorten it")
    if value and value != "Group objects":
        chargers[-1].parameters[name] = value


def _take_object(chargers: list[XxterCharger], key: str, row: list[str], where: str) -> None:
    if not chargers:
        raise refusal(where, "a group object stands before the name of any charger", "begin with the row `Name`")
    if key in chargers[-1].objects:
        raise refusal(where, f"{row[0]!r} stands twice for this charger", _NEXT)
    cells = [*row[1:], "", "", ""][:3]
    dpt = next((found[1] for cell in reversed(cells) if (found := _DPT.search(cell))), "")
    state, command = (_address(_DPT.sub("", cell).strip(), where) for cell in cells[:2])
    row_of = CATALOGUE[key]
    if None not in (state, command) and not (row_of.sends and row_of.receives):
        left_out, way = (cells[1], "sends") if row_of.sends else (cells[0], "receives")
        chargers[-1].notes.append(f"{where}: {row[0]!r} only {way}: {left_out} is left out")
    if state is not None and command is None and row_of.sends and row_of.receives:
        assumed = "it is taken for the one that it sends on; one that it receives on goes into the next column"
        chargers[-1].notes.append(f"{where}: {row[0]!r} has one group address: {assumed}")
    if command is not None and not row_of.receives:
        state, command = state or command, None  # one column only, and the object sends
    if state is not None and not row_of.sends:
        state, command = None, command or state
    if dpt and dpt not in row_of.dpts:
        allowed = " or ".join(row_of.dpts)
        raise refusal(where, f"{row[0]!r} as DPT {dpt} is not known", f"it is {allowed}")
    if state is not None or command is not None:
        chargers[-1].objects[key] = XxterObject(key, state, command, dpt)


def _address(cell: str, where: str) -> int | None:
    if not cell or cell == "-":
        return None
    try:
        return parse_group_address(cell)
    except AddressError as error:
        raise refusal(where, error.reason, error.remedy) from None


def _faults(charger: XxterCharger, file: str) -> Iterator[EtsError]:
    """What is wrong with the parameters; those that are right are made ready."""
    where, given = f"{file}:{charger.line}", charger.parameters
    if "id" not in given:
        yield refusal(where, "this charger has no `OCPP identifier`", "add the row: the charger dials with it")
    for name, label in _NUMBERS.items():
        text = given.get(name, "").replace(",", ".")
        if text and not re.fullmatch(r"\d{1,3}(\.\d)?", text):
            yield refusal(where, f"{label} is {given[name]!r}", "write a number")
        elif text:
            given[name] = text
    for name, quantity in (("time_dpt", Quantity.TIME), ("current_dpt", Quantity.CURRENT)):
        found = _DPT.search(given.get(name, ""))
        if name in given and found is None:
            yield refusal(where, f"the datapoint type {given[name]!r} is not known", "write it like 14.019")
        if found is not None:
            given[name] = found[1]
            _fill(charger, quantity, found[1])


def _twice(chargers: list[XxterCharger], file: str) -> Iterator[EtsError]:
    seen: dict[tuple[str, str], int] = {}
    for charger in chargers:
        each = charger.parameters.get("id", ""), charger.parameters.get("connector", "1")
        before = seen.setdefault(each, charger.line)
        if before != charger.line and each[0]:
            reason = f"connector {each[1]} of {each[0]} stands in line {before} already"
            yield refusal(f"{file}:{charger.line}", reason, "give each page its own connector number")


def _fill(charger: XxterCharger, quantity: Quantity, dpt: str) -> None:
    """The type of the parameter counts for every object of that kind which names none."""
    for key, each in charger.objects.items():
        if CATALOGUE[key].quantity is quantity and not each.dpt and dpt in CATALOGUE[key].dpts:
            charger.objects[key] = XxterObject(key, each.state, each.command, dpt)
