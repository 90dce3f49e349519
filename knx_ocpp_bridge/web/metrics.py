"""A running bridge in the text format of Prometheus: for the page /metrics, and for the command line."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from knx_ocpp_bridge.control.protocol import Snapshot
from knx_ocpp_bridge.core.status import ConnectorStatus, ocpp_word

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric

Json = Mapping[str, Any]
Reading = tuple[tuple[str, ...], float]
"""The values of the labels, and the number."""

_PREFIX: Final = "knx_ocpp_"
_CHARGER: Final = ("charger",)
_CONNECTOR: Final = ("charger", "connector")
_STATUS: Final = (*_CONNECTOR, "status")
_PHASE: Final = (*_CONNECTOR, "phase")
_CALL: Final = ("action", "direction", "result")
_PHASES: Final = {"current": "max", "current_l1": "l1", "current_l2": "l2", "current_l3": "l3"}
_GAUGES: Final[Mapping[str, tuple[str, str]]] = {
    "power": ("power_watts", "Power that is drawn."),
    "max_current": ("limit_amperes", "Limit that is in force, per phase."),
    "session_energy": ("session_energy_wh", "Energy since the cable was plugged in."),
    "session_duration": ("session_seconds", "Since the session began to charge."),
    "soc": ("soc_percent", "State of charge of the car, as the charger tells it."),
}
"""Group object: metric and help, for whatever connector has a value."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What was asked of the bridge at one moment."""

    snapshot: Snapshot
    bus: Json
    """The row of the topic `bus`."""
    vitals: Json
    """The row of the topic `vitals`."""
    web: Mapping[str, int]
    """Counts of the API; empty where nobody knows them."""


def registry(moment: Moment) -> "CollectorRegistry":
    """What `prometheus_client` writes of this moment."""
    from prometheus_client import CollectorRegistry

    made = CollectorRegistry(auto_describe=False)
    made.register(Collector(moment))
    return made


def text(moment: Moment) -> bytes:
    """All of it, version 0.0.4 of the format; it takes a while, so not in the loop."""
    from prometheus_client import generate_latest

    return generate_latest(registry(moment))


class Collector:
    """The metrics of one moment, as `prometheus_client` collects them. No idTag and no name of a person is in them."""

    def __init__(self, moment: Moment) -> None:
        self._bridge, self._bus, self._vitals, self._web = (
            moment.snapshot.bridge, moment.bus, moment.vitals, moment.web,
        )  # fmt: skip
        self._chargers = [one for one in moment.snapshot.chargers if one["configured"]]

    def collect(self) -> Iterator["Metric"]:
        """All of them; what is unknown is not there."""
        clock, alarms = self._bridge["clock"] == "sane", self._bridge.get("alarms", 0)
        yield _gauge("build_info", "Version of the bridge.", ("version",), [((self._bridge["version"],), 1)])
        yield _gauge("clock_synchronized", "The bridge's clock can be believed.", (), [((), clock)])
        yield _gauge("alarms", "Alarms that stand.", (), [((), alarms)])
        yield from self._of_the_bus()
        online = [((one["id"],), one["online"] == "online") for one in self._chargers]
        yield _gauge("charge_point_connected", "The charger is online.", _CHARGER, online)
        yield _gauge("connector_status", "Status by OCPP; 1 for the present one.", _STATUS, self._statuses())
        yield _gauge("current_amperes", "Current; phase max is the highest of all.", _PHASE, self._currents())
        for key, (name, said) in _GAUGES.items():
            yield _gauge(name, said, _CONNECTOR, self._values(key))
        yield _counter("energy_import_wh", "Register of the charger's meter.", _CONNECTOR, self._values("meter"))
        yield from self._of_the_bridge()
        yield from self._of_the_site()
        yield from self._of_calls()
        for name, count in self._web.items():
            kind = _gauge if name == "streams" else _counter
            yield kind(f"web_{name}", _WEB[name], (), [((), count)])

    def _of_the_bus(self) -> Iterator["Metric"]:
        bus = self._bus
        passed = [((kind,), bus[kind]) for kind in ("sent", "failed", "negative", "repeated", "received")]
        yield _gauge("knx_connected", "There is a connection to the bus.", (), [((), bus["connected"])])
        yield _gauge("knx_second_gateway", "The second gateway serves.", (), [((), bus["second"])])
        yield _counter("knx_telegrams", "Group telegrams; negative are among failed.", ("direction",), passed)
        refused = [((kind,), count) for kind, count in bus["refused"].items()]
        yield _counter("knx_refused", "Telegrams and frames that were not believed.", ("kind",), refused)
        yield _counter("knx_reconnections", "Connections to the bus after the first.", (), [((), bus["reconnections"])])
        yield _gauge("knx_queue_length", "Telegrams that wait for the pace.", (), [((), bus["waiting"])])
        load = [((), bus["load_percent"] / 100)]
        yield _gauge("knx_load_ratio", "Of a TP line in the last minute, by what the bridge said and heard.", (), load)

    def _of_the_bridge(self) -> Iterator["Metric"]:
        vitals = self._vitals
        yield _gauge("listening", "Chargers can dial in.", (), [((), vitals["accepting"])])
        yield _gauge("journal_writable", "The disk takes what is remembered.", (), [((), not vitals["journal"])])
        good = not vitals["configuration"]
        yield _gauge("config_reload_success", "The configuration was good when it was read last.", (), [((), good)])
        ends = [
            ((one["file"],), datetime.fromisoformat(one["not_after"]).timestamp()) for one in vitals["certificates"]
        ]
        yield _gauge("certificate_expiry_seconds", "When it ends, in s since 1970.", ("certificate",), ends)

    def _of_the_site(self) -> Iterator["Metric"]:
        """Nothing where no current is shared and no mode needs it."""
        site = self._bridge.get("energy")
        if site is None:
            return
        for name, said in _CIRCUITS.items():
            readings = [
                ((circuit["name"], f"l{phase}"), current_a)
                for circuit in site["circuits"]
                for phase, current_a in enumerate(circuit[name] or (), start=1)
            ]
            yield _gauge(f"circuit_{name[:-1]}amperes", said, ("circuit", "phase"), readings)
        yield _gauge("connectors_waiting", "Connectors that are held back.", (), [((), site["waiting"])])
        yield _gauge("settling", "After a start: nothing is given out yet.", (), [((), site["settling"])])
        ordered, price = site["grid_limit_w"], site["price"]
        if ordered is not None:
            yield _gauge("grid_limit_watts", "Order of the grid operator that is in force.", (), [((), ordered)])
        yield _gauge("grid_limit_confirmed", "All keep to it.", (), [((), site["grid_limit_confirmed"])])
        if site["surplus_w"] is not None:
            yield _gauge("surplus_watts", "What could be charged by the sun.", (), [((), site["surplus_w"])])
        if price is not None:
            yield _gauge("price", "Of a kWh, in the currency of the site.", (), [((), price)])

    def _of_calls(self) -> Iterator["Metric"]:
        from prometheus_client.core import HistogramMetricFamily

        counts = [((row["action"], row["direction"], row["result"]), row["count"]) for row in self._vitals["calls"]]
        yield _counter("calls", "Calls of OCPP; `in` are those of chargers.", _CALL, counts)
        seconds = self._vitals["call_seconds"]
        family = HistogramMetricFamily(f"{_PREFIX}call_seconds", "From our call to the charger's answer.")
        buckets = [(str(bound), float(count)) for bound, count in seconds["buckets"]]
        family.add_metric([], [*buckets, ("+Inf", float(seconds["count"]))], seconds["sum"])
        yield family

    def _statuses(self) -> Iterator[Reading]:
        for place, values in self._connectors():
            if "status" in values:
                for status in ConnectorStatus:
                    yield (*place, ocpp_word(status)), values["status"] == status

    def _currents(self) -> Iterator[Reading]:
        for place, values in self._connectors():
            for key, phase in _PHASES.items():
                if key in values:
                    yield (*place, phase), values[key]

    def _values(self, key: str) -> Iterator[Reading]:
        return ((place, values[key]) for place, values in self._connectors() if key in values)

    def _connectors(self) -> Iterator[tuple[tuple[str, str], Json]]:
        for charger in self._chargers:
            for connector in charger["connectors"]:
                yield (charger["id"], str(connector["id"])), connector["values"]


_CIRCUITS: Final[Mapping[str, str]] = {
    "limit_a": "What all that hangs in the circuit may take.",
    "house_a": "What flows there besides the chargers.",
    "granted_a": "What chargers may take at most by what they were told.",
    "drawn_a": "What chargers take, as measured.",
    "free_a": "What is left.",
}
_WEB: Final[Mapping[str, str]] = {
    "requests": "Requests to the API.",
    "refused": "Commands that were refused as there were too many.",
    "streams": "Streams of events that are read just now.",
}


def _gauge(name: str, said: str, labels: tuple[str, ...], readings: Iterable[Reading]) -> "Metric":
    from prometheus_client.core import GaugeMetricFamily

    family = GaugeMetricFamily(f"{_PREFIX}{name}", said, labels=labels)
    for values, number in readings:
        family.add_metric(values, float(number))
    return family


def _counter(name: str, said: str, labels: tuple[str, ...], readings: Iterable[Reading]) -> "Metric":
    from prometheus_client.core import CounterMetricFamily

    family = CounterMetricFamily(f"{_PREFIX}{name}", said, labels=labels)
    for values, number in readings:
        family.add_metric(values, float(number))
    return family
