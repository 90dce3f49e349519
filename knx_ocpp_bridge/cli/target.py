"""How a connector is named on the command line, how a current, and how a switch."""

import re
from dataclasses import dataclass
from typing import Final

import click

from knx_ocpp_bridge.core.values import ChargerId, ConnectorId

_NAMED: Final = re.compile(r"(?P<charger>[^/]+)(?:/(?P<connector>[0-9]{1,3}))?")
_CURRENT: Final = re.compile(r"(?P<value>[0-9]{1,4}(?:[.,][0-9]{1,3})?) ?A?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Target:
    """A charger, and one of its connectors where one was named."""

    charger: ChargerId
    named: ConnectorId | None

    def connector(self, default: int) -> ConnectorId:
        """The connector that was named, else `default`."""
        return ConnectorId(default) if self.named is None else self.named

    def alone(self) -> ChargerId:
        """The charger, for a verb that acts on all of it.

        Raises:
            click.UsageError: a connector was named.
        """
        if self.named is not None:
            raise click.UsageError(f"this acts on the whole charge point: write {self.charger} without /{self.named}")
        return self.charger


def read_target(text: str) -> Target:
    """What was named.

    Raises:
        click.BadParameter: it is no name of a charger or connector.
    """
    match = _NAMED.fullmatch(text)
    if match is None:
        raise click.BadParameter("write the charger's id, or id/connector, e.g. GARAGE or GARAGE/2")
    number = match["connector"]
    return Target(ChargerId(match["charger"]), None if number is None else ConnectorId(int(number)))


def _target(_context: click.Context, _parameter: click.Parameter, text: str) -> Target:
    return read_target(text)


def _current(_context: click.Context, _parameter: click.Parameter, text: str) -> float:
    match = _CURRENT.fullmatch(text)
    if match is None:
        raise click.BadParameter("write ampere per phase, e.g. 10A or 6.5")
    return float(match["value"].replace(",", "."))


def _switch(_context: click.Context, _parameter: click.Parameter, text: str) -> bool:
    return text == "on"


target_argument = click.argument("target", metavar="ID[/N]", callback=_target)
"""The parameter is `target: Target`."""

current_argument = click.argument("current_a", metavar="CURRENT", callback=_current)
"""The parameter is `current_a: float`, in A."""

switch_argument = click.argument("on", metavar="on|off", type=click.Choice(["on", "off"]), callback=_switch)
"""The parameter is `on: bool`."""
