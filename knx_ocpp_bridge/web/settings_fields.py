"""What of the configuration has a field of its own on the page of settings; everything else stands in the file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

Row = Mapping[str, Any]


def _(text: str) -> str:
    """Marks a text for the catalogues."""
    return text


@dataclass(frozen=True, slots=True)
class Field:
    """One key. `label`, `hint` and the words of `choices` are translated where they are shown."""

    path: str
    label: str
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    """Value and words; empty: something is typed."""
    inputmode: str = "text"

    @property
    def name(self) -> str:
        """Of the input, and of its label and hints."""
        return self.path.replace(".", "-")


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that are saved together."""

    key: str
    title: str
    fields: tuple[Field, ...]


_YES_NO: Final = (("true", _("Yes")), ("false", _("No")))
_TLS: Final = (
    ("both", _("with and without encryption")),
    ("on", _("only encrypted")),
    ("off", _("only without encryption")),
)

GROUPS: Final = (
    Group(
        "site",
        _("Building"),
        (
            Field("site.name", _("Name of the building")),
            Field("site.timezone", _("Time zone"), _("Name of the IANA time zone, like Europe/Berlin.")),
            Field("site.currency", _("Currency"), _("Three capital letters; the prices themselves stand in the file.")),
            Field(
                "site.offline_after",
                _("Told as offline after (s)"),
                _("So long a charger may be away before the building is told."),
                inputmode="decimal",
            ),
        ),
    ),
    Group(
        "knx",
        _("KNX"),
        (
            Field(
                "knx.connection",
                _("Way to the bus"),
                choices=(
                    ("automatic", _("automatic: the first gateway that is found")),
                    ("tunneling", _("tunnelling by UDP")),
                    ("tunneling_tcp", _("tunnelling by TCP")),
                    ("tunneling_tcp_secure", _("tunnelling by TCP, secured (keyring)")),
                    ("routing", _("routing")),
                    ("routing_secure", _("routing, secured (keyring)")),
                ),
            ),
            Field(
                "knx.gateway", _("Gateway"), _("Address of the KNX/IP interface or router; empty where it is searched.")
            ),
            Field("knx.second_gateway", _("Second gateway"), _("Taken while the first cannot be reached.")),
            Field("knx.individual_address", _("Individual address"), _("Of the tunnel (TCP), or our own (routing).")),
            Field("knx.rate_limit", _("Telegrams per second, at most"), inputmode="decimal"),
            Field(
                "knx.group_address_style",
                _("Group addresses are shown with"),
                choices=(
                    ("three_level", _("three levels (9/7/0)")),
                    ("two_level", _("two levels (9/1792)")),
                    ("free", _("one number")),
                ),
            ),
        ),
    ),
    Group(
        "ocpp",
        _("Charge points"),
        (
            Field(
                "ocpp.unknown_chargers",
                _("A charge point that is not configured"),
                choices=(
                    ("pending", _("waits in the list until it is adopted")),
                    ("rejected", _("is turned away")),
                    ("accepted", _("may charge")),
                ),
            ),
            Field("ocpp.listen", _("Address and port for charge points"), _("0.0.0.0 stands for every network.")),
            Field("ocpp.tls", _("Encryption (TLS)"), choices=_TLS),
            Field(
                "ocpp.tls_compat",
                _("Weak ciphers for old charge points"),
                _("Only where one of them cannot do otherwise."),
                _YES_NO,
            ),
            Field(
                "ocpp.security_profile",
                _("Lowest security profile"),
                _("With 1 and more every charge point needs a password or certificate: secure them first."),
                (
                    ("0", _("0: open")),
                    ("1", _("1: password")),
                    ("2", _("2: TLS and password")),
                    ("3", _("3: client certificate")),
                ),
            ),
            Field("ocpp.heartbeat_interval", _("Heartbeat of charge points (s)"), inputmode="numeric"),
        ),
    ),
    Group(
        "authorization",
        _("Who may charge"),
        (
            Field(
                "authorization.mode",
                _("Cards"),
                _("The wall switch may always."),
                (
                    ("allow_list", _("only the listed cards")),
                    ("block_list", _("everybody but the blocked cards")),
                    ("all", _("everybody")),
                    ("none", _("nobody")),
                ),
            ),
            Field(
                "authorization.local_list",
                _("Keep the list in the charge points"),
                _("They know the cards then while the bridge is away."),
                _YES_NO,
            ),
        ),
    ),
    Group(
        "web",
        _("These pages"),
        (
            Field(
                "web.anonymous",
                _("Without logging in"),
                _("For tablets on a wall. Everybody in the network may do that then."),
                (("none", _("nothing")), ("view", _("look")), ("operate", _("look and operate"))),
            ),
            Field(
                "web.frames",
                _("Pages that may show a card in a frame"),
                _("Their origins, like https://panel.local, with blanks between."),
            ),
            Field("web.listen", _("Address and port of the pages"), _("0.0.0.0 stands for every network.")),
            Field("web.tls", _("Encryption (TLS)"), choices=_TLS),
        ),
    ),
    Group(
        "load",
        _("Sharing of current"),
        (
            Field(
                "load.raise_after",
                _("More is given after (s)"),
                _("So long there must have been more to give."),
                inputmode="decimal",
            ),
            Field(
                "load.hold",
                _("Least time between start and pause (s)"),
                _("A charge that has begun is not paused before, nor one that was paused begun anew; a fuse may."),
                inputmode="decimal",
            ),
            Field("load.rotate_after", _("Taking turns after (s)"), inputmode="decimal"),
            Field(
                "load.lease",
                _("A limit holds without the bridge for (s)"),
                _("Then a charger falls back to its fail-safe current."),
                inputmode="decimal",
            ),
            Field("load.disobeyed_after", _("Counts as disobeying after (s)"), inputmode="decimal"),
        ),
    ),
    Group(
        "surplus",
        _("Charging with the sun"),
        (
            Field(
                "surplus.start_power",
                _("Begins at a feed-in of (W)"),
                _("Empty: what the least current of the connector takes."),
                inputmode="decimal",
            ),
            Field("surplus.start_after", _("Begins after (s)"), inputmode="decimal"),
            Field("surplus.stop_power", _("Pauses above a draw from the grid of (W)"), inputmode="decimal"),
            Field("surplus.stop_after", _("Pauses after (s)"), inputmode="decimal"),
            Field("surplus.grid_tolerance", _("May take from the grid all the same (W)"), inputmode="decimal"),
            Field(
                "surplus.battery_first_soc",
                _("The battery of the house first, up to (percent)"),
                _("Empty: what goes into the battery is never taken."),
                inputmode="decimal",
            ),
            Field("surplus.switch_phases_after", _("Between two changes of the phases (s)"), inputmode="decimal"),
        ),
    ),
    Group(
        "tariff",
        _("Price of energy"),
        (
            Field(
                "tariff.price",
                _("Price of a kWh"),
                _("Outside of all zones; these stand in the file."),
                inputmode="decimal",
            ),
            Field("tariff.surcharge", _("Fees and taxes on each kWh of a told price"), inputmode="decimal"),
            Field(
                "tariff.late",
                _("A plan without prices charges"),
                choices=(("true", _("as late as it safely can")), ("false", _("at once"))),
            ),
            Field("tariff.reserve", _("Plans are done earlier by (s)"), inputmode="decimal"),
        ),
    ),
    Group(
        "grid_limit",
        _("Grid operator"),
        (
            Field("grid_limit.power", _("Power while the order stands (W)"), inputmode="decimal"),
            Field(
                "grid_limit.per",
                _("This power is for"),
                choices=(("charger", _("each charge point")), ("sum", _("all charge points together"))),
            ),
            Field("grid_limit.confirmed_within", _("Must be confirmed within (s)"), inputmode="decimal"),
        ),
    ),
    Group(
        "log",
        _("Log"),
        (
            Field(
                "log.level",
                _("How much is logged"),
                choices=(
                    ("error", _("errors only")),
                    ("warning", _("warnings too")),
                    ("info", _("what happens")),
                    ("debug", _("everything, for a search")),
                ),
            ),
        ),
    ),
)
BY_KEY: Final = {group.key: group for group in GROUPS}


def shown(value: object) -> str:
    """The value as it stands in an input."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case list():
            return " ".join(map(str, value))
        case _:
            return str(value)


def changes(group: Group, rows: Iterable[Row], form: Mapping[str, str]) -> dict[str, Any]:
    """What is to be set, or taken out (None), of what was typed; what is as it was is left alone."""
    in_force = {row["path"]: row for row in rows}
    wanted: dict[str, Any] = {}
    for each in group.fields:
        row = in_force.get(each.path)
        typed = form.get(each.name)
        if row is None or typed is None or row["variable"] or typed.strip() == shown(row["value"]):
            continue
        words = typed.split()
        wanted[each.path] = (words if isinstance(row["value"], list) else typed.strip()) if words else None
    return wanted


def wrong(group: Group, problems: Iterable[Row]) -> tuple[dict[str, str], tuple[str, ...]]:
    """What is wrong with each field, and what is wrong elsewhere."""
    paths = {each.path for each in group.fields}
    of_fields: dict[str, str] = {}
    others: list[str] = []
    for each in problems:
        path = each["path"].partition("[")[0]
        if path in paths:
            of_fields.setdefault(path, f"{each['reason']}; {each['remedy']}")
        else:
            others.append(each["text"])
    return of_fields, tuple(others)
