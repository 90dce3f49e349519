"""A file of prices, read again whenever it is another one."""

from pathlib import Path

from knx_ocpp_bridge.tariff.error import PriceError
from knx_ocpp_bridge.tariff.reading import LARGEST
from knx_ocpp_bridge.whole_file import open_file


class PriceFile:
    """One file that somebody else writes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None

    def news(self) -> bytes | None:
        """What stands in it, `LARGEST` + 1 bytes of it at most; None: it is the one that was read last.

        Raises:
            PriceError: it cannot be read.
        """
        try:
            stat = self._path.stat()
            seen = stat.st_ino, stat.st_size, stat.st_mtime_ns
            if seen == self._seen:
                return None
            with open_file(self._path) as file:
                raw = file.read(LARGEST + 1)
        except OSError as error:
            self._seen = None
            raise PriceError(f"the file cannot be read: {error.strerror or error}", "see tariff.file") from None
        self._seen = seen
        return raw
