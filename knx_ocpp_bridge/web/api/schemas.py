"""Schemas of what the API answers, by name (JSON Schema 2020-12): of the rows of topics, states and outcomes.

A row may have more fields than its schema names: clients ignore what they do not know.
"""

from collections.abc import Mapping
from typing import Any, Final

from knx_ocpp_bridge.core.group_objects import CATALOGUE, GroupObject, Quantity
from knx_ocpp_bridge.core.object_row import Scope
from knx_ocpp_bridge.core.status import CommandResult

Schema = Mapping[str, Any]

TEXT: Final[Schema] = {"type": "string"}
FLAG: Final[Schema] = {"type": "boolean"}
COUNT: Final[Schema] = {"type": "integer"}
NUMBER: Final[Schema] = {"type": "number"}
ANY_OBJECT: Final[Schema] = {"type": "object"}
TIME: Final[Schema] = {"type": "string", "format": "date-time"}
OUTCOMES: Final = tuple(result.name.lower() for result in CommandResult)
_MARKS: Final[Schema] = {"type": "array", "items": TEXT}
_KINDS: Final[Mapping[Quantity, Schema]] = {
    Quantity.SWITCH: FLAG,
    Quantity.COUNT: COUNT,
    Quantity.TIME: TIME,
    Quantity.CLOCK: TIME,
    Quantity.TEXT: TEXT,
}
_UNITS: Final[Mapping[Quantity, str]] = {
    Quantity.CURRENT: "A",
    Quantity.POWER: "W",
    Quantity.ENERGY: "Wh",
    Quantity.VOLTAGE: "V",
    Quantity.PERCENT: "%",
    Quantity.DURATION: "s",
    Quantity.MINUTE_OF_DAY: "minutes after midnight",
    Quantity.PRICE: "in the currency of the site",
}


def told(schema: Schema, description: str, **more: object) -> Schema:
    """The schema with words."""
    return {**schema, "description": description, **more}


def maybe(schema: Schema) -> Schema:
    """Or null."""
    return {**schema, "type": [schema["type"], "null"]}


def listed(items: Schema) -> Schema:
    """An array of these."""
    return {"type": "array", "items": items}


def called(name: str) -> Schema:
    """The schema of that name."""
    return {"$ref": f"#/components/schemas/{name}"}


def record(description: str, optional: tuple[str, ...] = (), /, **fields: Schema) -> Schema:
    """An object of these fields, all but the optional ones required; more may come."""
    required = [name for name in fields if name not in optional]
    return {"type": "object", "description": description, "properties": fields, "required": required}


def value_of(row: GroupObject) -> Schema:
    """The value of a group object, with its unit."""
    unit = _UNITS.get(row.quantity)
    words = f"{row.function} ({unit})" if unit else row.function
    return told(_KINDS.get(row.quantity, NUMBER), words)


def _values(scope: Scope, words: str) -> Schema:
    said = {key: value_of(row) for key, row in CATALOGUE.items() if row.sends and scope & row.scope}
    return {"type": "object", "description": f"{words}; what is unknown is not there", "properties": said}


def _count() -> Schema:
    return record("Since a midnight, or in all", sessions=COUNT, energy_wh=NUMBER, seconds=NUMBER)


def _either_count() -> Schema:
    return {"anyOf": [_count(), {"type": "null"}]}


_CHARGE: Final[Mapping[str, Schema]] = {
    "number": told(COUNT, "Grows with each row"),
    "charger": TEXT,
    "charger_name": TEXT,
    "connector": COUNT,
    "session": maybe(COUNT),
    "id_tag": told(TEXT, "Masked unless `tags`"),
    "name": told(TEXT, "Whose card it is; empty below operator"),
    "cost_centre": TEXT,
    "group": maybe(TEXT),
    "started_at": TIME,
    "stopped_at": maybe(TIME),
    "seconds": told(maybe(NUMBER), "Time it took"),
    "energy_wh": maybe(NUMBER),
    "meter_start_wh": maybe(NUMBER),
    "meter_stop_wh": maybe(NUMBER),
    "meter_serial": TEXT,
    "reason": told(maybe(TEXT), "Why it ended, in OCPP's word"),
    "started_by": TEXT,
    "clock": told(TEXT, "`sane` or `doubtful`"),
    "marks": told(_MARKS, "What one must know of it, in words"),
    "signed": told(COUNT, "How many signed values there are"),
}

SCHEMAS: Final[Mapping[str, Schema]] = {
    "Alarm": record(
        "An alarm: it stands until `over_at`",
        number=COUNT, at=TIME, over_at=maybe(TIME), charger=TEXT, charger_name=TEXT, connector=maybe(COUNT), kind=TEXT,
        text=TEXT, times=COUNT, clock=TEXT, transaction=maybe(COUNT), id_tag=TEXT, name=TEXT, to_acknowledge=FLAG,
        acknowledged_at=maybe(TIME), acknowledged_by=TEXT,
    ),
    "Bus": record(
        "The connection to KNX; counts are since the start",
        connected=FLAG, connection=TEXT, gateway=TEXT, own_address=maybe(TEXT), trouble=TEXT, second=FLAG, sent=COUNT,
        failed=COUNT, negative=COUNT, repeated=COUNT, received=COUNT, refused=ANY_OBJECT, reconnections=COUNT,
        load_percent=NUMBER, waiting=COUNT,
    ),
    "Card": record(
        "A card",
        number=COUNT, id_tag=TEXT, aliases=listed(TEXT), name=TEXT, group=maybe(TEXT), cost_centre=TEXT,
        valid_from=maybe(TIME), expires=maybe(TIME), chargers=listed(TEXT), limit_kwh=maybe(NUMBER), used_kwh=NUMBER,
        state=TEXT, source=TEXT, place=TEXT, note=TEXT,
    ),
    "Counters": record(
        "What was charged at a connector, a charger (`connector` null), or the site (`charger` empty)",
        ("reset_at", "running", "last"),
        charger=TEXT, charger_name=TEXT, connector=maybe(COUNT), today=_either_count(), yesterday=_either_count(),
        total=_either_count(), reset_at=maybe(TIME), running=maybe(ANY_OBJECT), last=maybe(ANY_OBJECT),
    ),
    "Failure": record(
        "A connection that came to nothing",
        number=COUNT, at=TIME, peer=TEXT, user_agent=TEXT, path=TEXT, offered=TEXT, kind=TEXT, reason=TEXT, remedy=TEXT,
        times=COUNT,
    ),
    "Frame": record(
        "A frame of OCPP",
        number=COUNT, at=TIME, direction=told(TEXT, "`in` or `out`"), kind=TEXT, action=maybe(TEXT), id=TEXT,
        duration_ms=maybe(NUMBER), text=TEXT,
    ),
    "Input": record(
        "What the building measures or decides",
        object=TEXT, charger=TEXT, connector=maybe(COUNT), addresses=listed(TEXT), dpt=TEXT, unit=TEXT, state=TEXT,
        value={}, at=maybe(TIME), age_s=maybe(NUMBER), source=TEXT, timeout_s=maybe(NUMBER), fallback={}, counts={},
        falls_back=FLAG,
    ),
    "LogLine": record("A line of the log", number=COUNT, text=TEXT),
    "Sample": record(
        "A point of a curve; `number` is its time in s since 1970",
        number=COUNT, at=TIME, energy_wh=maybe(NUMBER), power_w=maybe(NUMBER), current_a=maybe(NUMBER),
    ),
    "Session": record("All transactions of one plug-in", **_CHARGE, transactions=listed(COUNT)),
    "Signed": record("A signed value", number=COUNT),
    "Stranger": record(
        "A charger that is not configured",
        id=TEXT, vendor=TEXT, model=TEXT, serial=TEXT, firmware=TEXT, address=TEXT, user_agent=TEXT, tries=COUNT,
        first_seen=maybe(TIME), last_seen=maybe(TIME), last_reason=TEXT, connected=FLAG, rejected=FLAG,
        registration=TEXT, connectors=listed(COUNT),
    ),
    "Telegram": record(
        "A group telegram",
        number=COUNT, at=TIME, direction=TEXT, source=TEXT, source_name=TEXT, destination=TEXT, name=TEXT, type=TEXT,
        dpt=TEXT, payload=TEXT, value=TEXT, misfit=TEXT, failure=TEXT,
    ),
    "Transaction": record("A transaction", **_CHARGE, transaction=COUNT),
    "Window": record("The adoption window", open=FLAG, closes_in_s=COUNT, left=COUNT, adopted=listed(TEXT)),
    "ConnectorValues": _values(Scope.CONNECTOR, "Group objects by their key, as last said to the building"),
    "ChargePointValues": _values(Scope.CHARGE_POINT, "Group objects of the charge point itself"),
    "BridgeValues": _values(Scope.BRIDGE, "Group objects of the bridge itself"),
    "OpenTransaction": record(
        "The transaction that is open",
        id=COUNT, id_tag=told(TEXT, "Masked"), accepted=FLAG, started_at=TIME, meter_start_wh=maybe(NUMBER),
    ),
    "Connector": record(
        "An outlet",
        id=told(COUNT, "1, 2, …"),
        values=called("ConnectorValues"),
        reserved=FLAG,
        armed=told(FLAG, "It starts as soon as a car is plugged in"),
        transaction={"anyOf": [called("OpenTransaction"), {"type": "null"}]},
    ),
    "Charger": record(
        "A charge point as it stands",
        id=TEXT, name=TEXT, configured=FLAG, online=told(TEXT, "`online`, `offline`, or a sentence while unknown"),
        linked=FLAG, registration=TEXT,
        waits_until=told(maybe(TIME), "Connected, and served then at the latest"),
        peer=TEXT, vendor=TEXT, model=TEXT, serial=TEXT, firmware=TEXT,
        values=called("ChargePointValues"), connectors=listed(called("Connector")),
    ),
    "Bridge": record(
        "The bridge itself",
        site=TEXT, version=TEXT, knx=ANY_OBJECT, ocpp=ANY_OBJECT, clock=TEXT, values=called("BridgeValues"),
        alarms=told(COUNT, "How many stand"),
    ),
    "Status": record("The state of everything", bridge=called("Bridge"), chargers=listed(called("Charger"))),
    "Done": record(
        "It was done",
        ("why", "messages", "answer", "row"),
        outcome={"const": "accepted"},
        why=TEXT,
        messages=told(_MARKS, "What was done, and what to mind"),
        answer=told(ANY_OBJECT, "Payload of the charger's answer"),
        row=told(ANY_OBJECT, "What was learnt"),
    ),
    "UnderWay": record("The caller did not want to wait for its end", outcome={"const": "under_way"}),
    "Sent": record("A file that was sent", file=told(TEXT, "What verbs take as `file`"), bytes=COUNT),
    "Problem": record(
        "Why not (RFC 9457)",
        ("why", "where", "outcome", "messages", "answer", "row"),
        type=told(TEXT, "Kind of the problem; explained on the page /api"),
        title=TEXT,
        status=COUNT,
        detail=told(TEXT, "What is wrong, why, and what to do"),
        where=told(TEXT, "Which part of the request it is about"),
        outcome=told({"enum": list(OUTCOMES[1:])}, "With 409: how the command ended"),
        why=told(TEXT, "With 409: the reason, as `detail`"),
        messages=_MARKS,
        answer=maybe(ANY_OBJECT),
        row=ANY_OBJECT,
    ),
}  # fmt: skip


def rows(name: str) -> Schema:
    """The answer that lists rows of this schema; empty: any object."""
    return {
        "type": "object",
        "properties": {
            "rows": listed(called(name) if name else ANY_OBJECT),
            "next": told(COUNT, "Give it as `after` to go on; 0 or unchanged: that was all"),
            "zone": told(TEXT, "Time zone of the site (IANA)"),
        },
        "required": ["rows", "next", "zone"],
    }
