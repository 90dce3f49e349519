"""The command `knx-ocpp-bridge`: a table of verbs, each imported only when it is called."""

from typing import Final

import click

from knx_ocpp_bridge.cli.late import LateGroup

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "init": ("knx_ocpp_bridge.cli.init:init", "Write a first configuration, and say where the pages are."),
    "run": ("knx_ocpp_bridge.cli.run:run", "Serve the chargers and the bus: the service."),
    "demo": ("knx_ocpp_bridge.cli.demo:demo", "Play the main job on this machine alone."),
    "check": ("knx_ocpp_bridge.cli.check:check", "Judge the configuration and print the object table."),
    "schema": ("knx_ocpp_bridge.cli.schema:schema", "Print the JSON schema of the configuration."),
    "status": ("knx_ocpp_bridge.cli.status:status", "Show the bridge and every connector."),
    "health": ("knx_ocpp_bridge.cli.support:health", "Show what is well and what is not, with remedies."),
    "start": ("knx_ocpp_bridge.cli.live:start", "Start charging."),
    "stop": ("knx_ocpp_bridge.cli.live:stop", "Stop charging."),
    "limit": ("knx_ocpp_bridge.cli.live:limit", "Limit the current."),
    "mode": ("knx_ocpp_bridge.cli.mode:mode", "Charge normally, fast or not."),
    "circuits": ("knx_ocpp_bridge.cli.circuits:circuits", "Show who gets how much of which fuse."),
    "plan": ("knx_ocpp_bridge.cli.plan:plan", "Charge so much by a time, or show what is planned."),
    "session-limit": ("knx_ocpp_bridge.cli.plan:session_limit", "Pause once a session has had enough."),
    "grid-limit": ("knx_ocpp_bridge.cli.grid_limit:grid_limit", "Show the grid operator's limit, and its log."),
    "prices": ("knx_ocpp_bridge.cli.plan:prices", "Show what energy costs when."),
    "unlock": ("knx_ocpp_bridge.cli.live:unlock", "Unlock the cable."),
    "reserve": ("knx_ocpp_bridge.cli.reserve:reserve", "Reserve a connector, or free it."),
    "availability": ("knx_ocpp_bridge.cli.live:availability", "Make a connector or charger available or not."),
    "reset": ("knx_ocpp_bridge.cli.live:reset", "Restart a charge point."),
    "chargers": ("knx_ocpp_bridge.cli.chargers:chargers", "List, adopt, reject and secure chargers."),
    "call": ("knx_ocpp_bridge.cli.call:call", "Send any operation of OCPP 1.6."),
    "keys": ("knx_ocpp_bridge.cli.keys:keys", "Read and write the configuration keys of a charger."),
    "profile": ("knx_ocpp_bridge.cli.profile:profile", "Write, clear and show charging profiles."),
    "selftest": ("knx_ocpp_bridge.cli.selftest:selftest", "Try what a charger can, and put all back."),
    "failures": ("knx_ocpp_bridge.cli.failures:failures", "Show who could not connect, and why."),
    "trace": ("knx_ocpp_bridge.cli.trace:trace", "Show the OCPP frames of a charger."),
    "knx": ("knx_ocpp_bridge.cli.knx:knx", "Look at the KNX bus, and speak on it by hand."),
    "ets": ("knx_ocpp_bridge.cli.ets:ets", "Exchange group addresses with the ETS."),
    "log": ("knx_ocpp_bridge.cli.log:log", "Show what happened, in words."),
    "alarms": ("knx_ocpp_bridge.cli.alarms:alarms", "Show the alarms, and acknowledge them."),
    "sessions": ("knx_ocpp_bridge.cli.sessions:sessions", "Show and export what was charged."),
    "report": ("knx_ocpp_bridge.cli.report:report", "Make the report of a month."),
    "counters": ("knx_ocpp_bridge.cli.counters:counters", "Show what was charged, or begin totals anew."),
    "tags": ("knx_ocpp_bridge.cli.tags:tags", "Show, name, learn, export and erase cards."),
    "user": ("knx_ocpp_bridge.cli.access:user", "Add, list and remove users of the pages."),
    "password": ("knx_ocpp_bridge.cli.access:password", "Give a user of the pages a new password."),
    "token": ("knx_ocpp_bridge.cli.access:token", "Make and revoke tokens for programs."),
    "audit": ("knx_ocpp_bridge.cli.access:audit", "Show who did what."),
    "metrics": ("knx_ocpp_bridge.cli.metrics:metrics", "Print metrics for Prometheus."),
    "ca": ("knx_ocpp_bridge.cli.ca:ca", "Show, export, renew or replace the certificates."),
    "backup": ("knx_ocpp_bridge.cli.backup:backup", "Put the whole installation into one file."),
    "restore": ("knx_ocpp_bridge.cli.backup:restore", "Put a backup back."),
    "support-bundle": ("knx_ocpp_bridge.cli.support:bundle", "Gather what support needs, without secrets."),
    "reload": ("knx_ocpp_bridge.cli.live:reload", "Read the configuration again."),
    "simulate": ("knx_ocpp_bridge.cli.simulate:simulate", "Play a charge point, from a prompt or a script."),
    "version": ("knx_ocpp_bridge.cli.version:version", "Print the version."),
}
"""Verb: `module:command`, and the sentence that the help shows."""


@click.group(cls=LateGroup, late=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """A KNX/IP to OCPP 1.6J bridge: the Central System of a building's EV chargers.

    Exit codes: 0 good, 1 failed, 2 usage, 3 configuration, 4 charger refused, 5 no connection.
    """


if __name__ == "__main__":
    main()
