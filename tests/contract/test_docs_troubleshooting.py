"""What the page of symptoms quotes is what the program says."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = " ".join((ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8").split())
PROGRAM = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "knx_ocpp_bridge").rglob("*.py"))

QUOTED = (
    "This is the OCPP 1.6J Central System of knx-ocpp-bridge, and it is up.",
    "was not let in: ",
    "it speaks TLS, which is off here: its URL must begin with ws://, not wss://",
    "the URL names no charge point: end it with the charge point's identity, as in /ocpp/CP1",
    "only OCPP 1.6 is spoken here (ocpp1.6), and the charge point offers ",
    "it is let in all the same",
    "the charger does not know our root certificate",
    "for the charger our certificate is out of date: its clock is wrong",
    "it closed the connection during the TLS handshake, without a reason",
    "the charger offers no encryption that we allow",
    "the charger speaks a version of TLS older than 1.2",
    "this bridge speaks wss only",
    "it sends no user name and password",
    "its password is wrong",
    "its user name is not its id",
    "security profile 2 needs TLS, and it came by ws://",
    "no password is set for it here",
    "it shows no client certificate of ours",
    "its client certificate is for ",
    "its Authorization header cannot be read",
    "it sends compressed frames (RSV1), and compression was not agreed on",
    "is not in the configuration: ",
    " before the old connection was gone",
    "disconnected: ",
    "has the wrong length for ",
    "check the DPT of that sender in ETS",
    "where only the bridge sends",
    "waits for the cable, ",
    "no cable was plugged in",
    "the charger is not connected",
    "start_requires_cable is set, and the connector is not Preparing",
    "the charger refused the start",
    "the charger did not answer the start",
    "the charger accepted, but never started",
    "the charger is connected, but it has not been admitted yet",
    "was refused but goes on: it is stopped",
    "the connector's maximum",
    " is below the minimum",
    "this charger has no smart charging; it cannot be limited",
    "the charger refused the limit in every form",
    "it does not obey the limit",
    "cannot reach ",
    "gives no sign of life",
    "confirms nothing",
    "are taken: free one, or name another gateway",
    "(individual_address): ",
    "is taken by somebody else: ",
    " is down: look at cable and switch",
    "multicast has no way out by ",
    "no KNXnet/IP gateway answers on this network: ",
    "is not a key of this section",
    "put quotes round it",
    "the configuration was refused; the old one stays in force",
    "nothing is started with it.",
    "no connection",
    "is stale: ",
    "nobody answers when it is read",
    "does not count: ",
    "the time is that of the bus from now on: ",
    "on the bus, which is not believed: ",
    "nobody answers when the time is read on the bus",
    "which is in the past: ",
    "the clock can be believed from now on: ",
    "the clock was set ",
    "clock not set",
    "although it was connected since: the bridge's time counts",
    "the disk refuses (",
    "charging goes on, and transactions wait in ",
    "everything is on the disk again",
    "the oldest facts are being lost now",
    "cannot listen for chargers on ",
    "the bridge is not running, or runs with another socket",
)


@pytest.mark.parametrize("words", QUOTED)
def test_a_quoted_line_is_said_by_the_program(words: str):
    assert words in PAGE
    assert words in PROGRAM
