"""What can be done to the installation as a whole: verbs for whoever may command."""

from collections.abc import Mapping
from typing import Final

from knx_ocpp_bridge.control.options import Option
from knx_ocpp_bridge.daemon.desk import Verb
from knx_ocpp_bridge.daemon.system.backing_up import backup
from knx_ocpp_bridge.daemon.system.putting_back import restore

VERBS: Final[Mapping[str, Verb]] = {
    "backup": Verb(backup, {"password": Option(str, None, longest=1024)}, charger=False),
    "restore": Verb(
        restore,
        {
            "file": Option(str, ""),
            "password": Option(str, None, longest=1024),
            "part": Option(str, "all"),
            "while_new": Option(bool, default=False),
        },
        charger=False,
    ),
}
