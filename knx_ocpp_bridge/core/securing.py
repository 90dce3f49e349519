"""Bringing a charger to a higher security profile over OCPP, one step after the other."""

from knx_ocpp_bridge.core.commands import ChangeConfiguration, InstallCertificate
from knx_ocpp_bridge.core.events import CertificateAsked, Replied, SecureAsked
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.step import SignAnswer
from knx_ocpp_bridge.core.turn import Turn


def asked(turn: Turn, event: SecureAsked) -> None:
    """Refused for now."""
    turn.verdict(event.number, CommandResult.NOT_SUPPORTED, "not in this version")


def answered(turn: Turn, event: Replied, command: ChangeConfiguration | InstallCertificate) -> None:
    """One step is done, or refused."""


def certificate_asked(turn: Turn, event: CertificateAsked) -> None:
    """A certificate request of the charger (row O7)."""
    turn.reply(event, SignAnswer(accepted=False))
