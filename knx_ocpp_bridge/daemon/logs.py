"""The log: one line per event on stderr, with the priority that the systemd journal reads off its beginning.

Whatever a charger says may end up in a line, so a line stays one line. idTags are masked by whoever writes them
(`core.authorization.masked`).
"""

import logging
import time
from collections.abc import Mapping
from typing import Final, TextIO

from knx_ocpp_bridge.config.checks import AREAS

FIELDS: Final = ("charger", "connector", "transaction", "ga", "direction")
"""What a record may carry in `extra`; shown as `key=value` behind the sentence, in this order."""

_QUIET: Final = {"xknx": "error"}
"""Libraries that repeat in their own long words what this program says already; heard at `debug`, or when named."""

_PRIORITIES: Final = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
"""syslog(3) priorities; everything lower is debug, 7."""

_TO_ONE_LINE: Final = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}


def set_up(level: str, levels: Mapping[str, str], environ: Mapping[str, str], stream: TextIO | None = None) -> None:
    """From now on everything of `level` and above goes to `stream` (stderr), and per area or logger what `levels` says.

    `JOURNAL_STREAM` in `environ` asks for priorities. Called again after the configuration was read again, it forgets
    what it had set before.
    """
    # What no line shows is not looked up for each of them.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    root = logging.getLogger()
    for old in root.handlers[:]:
        if isinstance(old.formatter, _Formatter):
            root.removeHandler(old)
            for logger in old.formatter.named:
                logger.setLevel(logging.NOTSET)
    chosen = levels if level == "debug" else {**_QUIET, **levels}
    named = {logging.getLogger(_logger_name(name)): its_level for name, its_level in chosen.items()}
    for logger, its_level in named.items():
        logger.setLevel(its_level.upper())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Formatter(tuple(named), for_journald="JOURNAL_STREAM" in environ))
    root.addHandler(handler)
    root.setLevel(level.upper())


def _logger_name(name: str) -> str:
    return f"knx_ocpp_bridge.{name}" if name.split(".", 1)[0] in AREAS else name


class _Formatter(logging.Formatter):
    def __init__(self, named: tuple[logging.Logger, ...], *, for_journald: bool) -> None:
        super().__init__()
        self.named = named
        self._for_journald = for_journald
        self._second, self._shown = -1, ""

    def format(self, record: logging.LogRecord) -> str:
        area = record.name.removeprefix("knx_ocpp_bridge.").partition(".")[0]
        prefix = self._prefix(record)
        line = f"{prefix}{area}: {_one_line(record.getMessage())}{_tail(record)}"
        if record.exc_info:
            trace = self.formatException(record.exc_info).splitlines()
            return "\n".join((line, *(prefix + more for more in trace)))
        return line

    def _prefix(self, record: logging.LogRecord) -> str:
        if self._for_journald:
            return f"<{next((number for level, number in _PRIORITIES if record.levelno >= level), 7)}>"
        second = int(record.created)
        if second != self._second:
            self._second, self._shown = second, time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second))
        return f"{self._shown} {record.levelname:<7} "


def _tail(record: logging.LogRecord) -> str:
    fields = record.__dict__
    return "".join([f" {name}={_quoted(str(fields[name]))}" for name in FIELDS if fields.get(name) is not None])


def _quoted(value: str) -> str:
    line = _one_line(value)
    return f'"{line}"' if not line or " " in line or '"' in line else line


def _one_line(text: str) -> str:
    return text if text.isprintable() else text.translate(_TO_ONE_LINE)
