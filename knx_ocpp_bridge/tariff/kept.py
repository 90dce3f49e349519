"""Prices that a service has told, on disk: a bridge that starts without a network knows them still."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC
from hashlib import sha256
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.config.tariff_models import Tariff
from knx_ocpp_bridge.core.energy.scene import PriceSlot
from knx_ocpp_bridge.tariff.error import UNREADABLE, PriceError
from knx_ocpp_bridge.tariff.reading import LARGEST
from knx_ocpp_bridge.tariff.slots import Written, slots
from knx_ocpp_bridge.whole_file import open_file, replacing

_log = logging.getLogger(__name__)
_NAME: Final = "prices.json"
_VERSION: Final = 1
_SOURCE: Final = {"url", "format", "fields", "factor"}


class Kept:
    """The file. It holds prices of one source alone, and is no loss: what cannot be read is not there."""

    def __init__(self, folder: Path, source: Tariff) -> None:
        self._path = folder / _NAME
        self._source = sha256(source.model_dump_json(include=_SOURCE).encode()).hexdigest()

    def load(self) -> tuple[PriceSlot, ...]:
        """What was kept of this source, in order of time; nothing where there is nothing sound."""
        try:
            with open_file(self._path) as file:
                raw = file.read(LARGEST + 1)
            match json.loads(raw) if len(raw) <= LARGEST else None:
                case {"version": 1, "source": self._source, "slots": list(rows)}:
                    return slots(_written(rows), 1.0, UTC)
                case _:
                    return ()
        except FileNotFoundError:
            return ()
        except (OSError, PriceError, *UNREADABLE) as error:
            _log.warning("%s cannot be used and is written anew: %s", self._path, error)
        return ()

    def save(self, known: tuple[PriceSlot, ...]) -> None:
        """These from now on.

        Raises:
            OSError: the disk does not take it; what was there is as it was.
        """
        rows = [[each.begins.timestamp(), each.ends.timestamp(), each.price] for each in known]
        with replacing(self._path) as file:
            file.write(json.dumps({"version": _VERSION, "source": self._source, "slots": rows}).encode())


def _written(rows: list[object]) -> Iterator[Written]:
    for row in rows:
        match row:
            case [begin, end, price]:
                yield Written(begin, end, price)
            case _:
                raise PriceError("a row is no price", "it is fetched again")
