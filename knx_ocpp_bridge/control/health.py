"""How the bridge fares, in words: one table for the daemon's answers, the command line and the pages' catalogues."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final


class Level(Enum):
    """How urgent a finding is."""

    GOOD = "good"
    NOTE = "note"
    """It works, and somebody should know."""
    TROUBLE = "trouble"


class Check(Enum):
    """What is looked at."""

    BUS = "bus"
    CHARGERS = "chargers"
    CLOCK = "clock"
    DISK = "disk"
    CERTIFICATES = "certificates"
    CONFIGURATION = "configuration"
    INPUTS = "inputs"
    ALARMS = "alarms"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that may be so: what it is, and what to do. `%(name)s` stands for a fact of the moment."""

    check: Check
    level: Level
    text: str
    remedy: str = ""


def _(text: str) -> str:
    """Marks a text for the catalogues."""
    return text


FINDINGS: Final[Mapping[str, Finding]] = {
    "bus_good": Finding(
        Check.BUS, Level.GOOD, _("The bridge is on the KNX bus by %(gateway)s; its individual address is %(address)s.")
    ),
    "bus_second": Finding(
        Check.BUS,
        Level.NOTE,
        _("The bridge is on the KNX bus by the second gateway, %(gateway)s."),
        _("Look at the first gateway: its power, its network cable, and whether all of its tunnels are taken."),
    ),
    "bus_lost": Finding(
        Check.BUS,
        Level.TROUBLE,
        _("There is no connection to the KNX bus: %(trouble)s."),
        _(
            "Look at the gateway: its power, its network cable, its address in the configuration, and whether a tunnel "
            "is free. Charging goes on, and values are sent once the bus is back."
        ),
    ),
    "keyring_waits": Finding(
        Check.BUS,
        Level.NOTE,
        _("KNX Data Secure: %(standing)s."),
        _("Secured group addresses are served as soon as the clock is set; see the clock below."),
    ),
    "keyring_used_up": Finding(
        Check.BUS,
        Level.TROUBLE,
        _("KNX Data Secure: %(standing)s."),
        _("Give the bridge another individual address in ETS, download, and export the keyring again."),
    ),
    "chargers_good": Finding(Check.CHARGERS, Level.GOOD, _("All chargers are connected: %(count)s.")),
    "chargers_none": Finding(
        Check.CHARGERS,
        Level.NOTE,
        _("No charger is configured."),
        _("Let a charger dial in, and adopt it under Charge points."),
    ),
    "charger_offline": Finding(
        Check.CHARGERS,
        Level.TROUBLE,
        _("%(charger)s is offline."),
        _("Look at its power and its network cable or WLAN; it has to dial port %(port)s of this machine."),
    ),
    "charger_unheard": Finding(
        Check.CHARGERS,
        Level.NOTE,
        _("%(charger)s has not been heard of since the bridge was started."),
        _("Look at its power and its network cable or WLAN; it has to dial port %(port)s of this machine."),
    ),
    "charger_refused": Finding(
        Check.CHARGERS,
        Level.TROUBLE,
        _("%(charger)s dials in and is not let in: %(reason)s."),
        _("See the failed connections under Charge points: they say what to correct in the charger or here."),
    ),
    "clock_good": Finding(Check.CLOCK, Level.GOOD, _("The clock follows a time server.")),
    "clock_by_bus": Finding(Check.CLOCK, Level.GOOD, _("The clock follows the building's, by KNX.")),
    "clock_alone": Finding(
        Check.CLOCK,
        Level.NOTE,
        _("Nobody tells this machine what time it is."),
        _("Let it reach a time server, or give the bridge the group address of the building's clock."),
    ),
    "clock_doubtful": Finding(
        Check.CLOCK,
        Level.TROUBLE,
        _("The clock cannot be right: it shows %(shown)s."),
        _("Let this machine reach a time server, or set its clock. Sessions are marked as doubtful until then."),
    ),
    "disk_good": Finding(Check.DISK, Level.GOOD, _("The disk takes everything; %(free)s MB are free.")),
    "disk_refuses": Finding(
        Check.DISK,
        Level.TROUBLE,
        _("Entries are not on the disk: %(trouble)s."),
        _("Free some space, and look at the SD card: until then a power cut would lose what waits."),
    ),
    "disk_full": Finding(
        Check.DISK,
        Level.TROUBLE,
        _("Only %(free)s MB are free on the disk that the bridge remembers on."),
        _("Free some space: remove old backups and what was moved aside, or use a larger SD card."),
    ),
    "disk_fills": Finding(
        Check.DISK,
        Level.NOTE,
        _("%(free)s MB are left on the disk that the bridge remembers on."),
        _("Free some space: remove old backups and what was moved aside, or use a larger SD card."),
    ),
    "database_aside": Finding(
        Check.DISK,
        Level.NOTE,
        _("A database could not be read any more and was put aside: %(file)s."),
        _("Restore a backup, replace the SD card, and remove the file when all is well."),
    ),
    "certificates_good": Finding(Check.CERTIFICATES, Level.GOOD, _("The server certificate is valid until %(until)s.")),
    "tls_off": Finding(Check.CERTIFICATES, Level.GOOD, _("TLS is off (ocpp.tls): there are no certificates.")),
    "tls_broken": Finding(
        Check.CERTIFICATES,
        Level.TROUBLE,
        _("wss:// is not served, as the certificates cannot be used."),
        _("The log of the start says which file it is; put the certificates of a backup back, or replace the file."),
    ),
    "certificate_ends": Finding(
        Check.CERTIFICATES,
        Level.NOTE,
        _("The certificate %(file)s is valid until %(until)s only."),
        _("Import a new one, or go back to the bridge's own certificates."),
    ),
    "certificate_ended": Finding(
        Check.CERTIFICATES,
        Level.TROUBLE,
        _("The certificate %(file)s was valid until %(until)s: chargers refuse it."),
        _("Import a new one, or go back to the bridge's own certificates."),
    ),
    "root_ends": Finding(
        Check.CERTIFICATES,
        Level.NOTE,
        _("The root certificate is valid until %(until)s only."),
        _("Every charger that dials wss:// needs a new root before then."),
    ),
    "configuration_good": Finding(Check.CONFIGURATION, Level.GOOD, _("The configuration file is in force.")),
    "configuration_refused": Finding(
        Check.CONFIGURATION,
        Level.TROUBLE,
        _("The configuration file has an error, so the one before stays in force: %(problem)s."),
        _("Correct it under Settings, or by hand and `knx-ocpp-bridge reload`."),
    ),
    "configuration_warning": Finding(
        Check.CONFIGURATION,
        Level.NOTE,
        _("The configuration says something doubtful: %(warning)s."),
        _("Look at it under Settings."),
    ),
    "restart_needed": Finding(
        Check.CONFIGURATION,
        Level.NOTE,
        _("Something waits for a restart: %(change)s."),
        _("Restart the bridge when it suits you: charging goes on meanwhile."),
    ),
    "inputs_good": Finding(Check.INPUTS, Level.GOOD, _("Every value that the building tells is fresh: %(count)s.")),
    "input_stale": Finding(
        Check.INPUTS,
        Level.TROUBLE,
        _("Nobody tells %(object)s any more (%(addresses)s)."),
        _("Look at the device that sends it, at its filter tables and at the bus, or give the input a longer timeout."),
    ),
    "input_unheard": Finding(
        Check.INPUTS,
        Level.NOTE,
        _("Nobody has told %(object)s since the bridge was started (%(addresses)s)."),
        _("Set the read flag of that object in ETS, or let its device send cyclically."),
    ),
    "alarms_good": Finding(Check.ALARMS, Level.GOOD, _("No other alarm stands.")),
    "alarm_stands": Finding(
        Check.ALARMS, Level.TROUBLE, _("%(alarm)s"), _("See the alarms: they tell what has happened before.")
    ),
}
"""Every finding by its name."""
