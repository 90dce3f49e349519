"""The system as it is looked at: topics for whoever asks."""

from collections.abc import Mapping
from typing import Final

from knx_ocpp_bridge.config.document import parse, read_text
from knx_ocpp_bridge.config.masking import without_secrets
from knx_ocpp_bridge.control.options import AskError
from knx_ocpp_bridge.control.protocol import Listing
from knx_ocpp_bridge.daemon.sources import Given, Sources, Topic
from knx_ocpp_bridge.daemon.system.health import health
from knx_ocpp_bridge.daemon.system.versions import versions


def _configuration(sources: Sources, _charger: str, _given: Given) -> Listing:
    """One row: the file as it stands on the disk now, in force or not."""
    path = sources.machine.loaded().path
    try:
        document, problems = parse(read_text(path), str(path), lambda name: name)
    except (OSError, ValueError) as error:
        raise AskError(f"{path} cannot be read: {error}") from error
    return Listing(({"file": str(path), "data": without_secrets(document), "problems": list(map(str, problems))},))


TOPICS: Final[Mapping[str, Topic]] = {
    "health": Topic(health, {}),
    "versions": Topic(versions, {}, beside=True),
    "masked_configuration": Topic(_configuration, {}, beside=True),
}
