"""`metrics`: a running bridge in the text format of Prometheus, for node_exporter or whoever else collects."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from knx_ocpp_bridge.cli.desk import look
from knx_ocpp_bridge.cli.live import EXIT_FAILED, answer
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.control.protocol import Snapshot, Status
from knx_ocpp_bridge.core.status import ConnectorStatus, ocpp_word

if TYPE_CHECKING:
    from prometheus_client.core import Metric

Json = Mapping[str, Any]
Reading = tuple[tuple[str, ...], float]
"""The values of the labels, and the number."""

_ANSWER_WITHIN_S: Final = 10.0
_PREFIX: Final = "knx_ocpp_"
_CHARGER: Final = ("charger",)
_CONNECTOR: Final = ("charger", "connector")
_STATUS: Final = (*_CONNECTOR, "status")
_PHASE: Final = (*_CONNECTOR, "phase")
_PHASES: Final = {"current": "max", "current_l1": "l1", "current_l2": "l2", "current_l3": "l3"}
_GAUGES: Final[Mapping[str, tuple[str, str]]] = {
    "power": ("power_watts", "Power that is drawn."),
    "max_current": ("limit_amperes", "Limit that is in force, per phase."),
    "session_energy": ("session_energy_wh", "Energy since the cable was plugged in."),
    "session_duration": ("session_seconds", "Since the session began to charge."),
    "soc": ("soc_percent", "State of charge of the car, as the charger tells it."),
}
"""Group object: metric and help, for whatever connector has a value."""


@click.command()
@click.option(
    "--output",
    "output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it into this file, whole or not at all; left out: to standard output.",
)
@socket_option
def metrics(output: Path | None, socket: Path) -> None:
    """Print the state of the bridge and its chargers as Prometheus metrics."""
    snapshot = answer(socket, Status(), _ANSWER_WITHIN_S)
    if not isinstance(snapshot, Snapshot):
        sys.exit(EXIT_FAILED)
    (bus,) = look(socket, "bus").rows
    from prometheus_client import CollectorRegistry, generate_latest, write_to_textfile

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Collector(snapshot, bus))
    if output is None:
        click.echo(generate_latest(registry).decode(), nl=False)
        return
    try:
        write_to_textfile(str(output), registry)
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}") from error


class Collector:
    """The metrics of one moment, as `prometheus_client` collects them. No idTag and no name of a person is in them."""

    def __init__(self, snapshot: Snapshot, bus: Json) -> None:
        self._bridge, self._bus = snapshot.bridge, bus
        self._chargers = [one for one in snapshot.chargers if one["configured"]]

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
