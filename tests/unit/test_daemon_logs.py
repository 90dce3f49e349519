"""A log line is one line, for people on a terminal and for the systemd journal."""

import io
import logging
from collections.abc import Iterator

import pytest

from knx_ocpp_bridge.daemon.logs import set_up

KNX = logging.getLogger("knx_ocpp_bridge.knx.bus")
OCPP = logging.getLogger("knx_ocpp_bridge.ocpp.server")
LIBRARY = logging.getLogger("some_library.wire")


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in ("knx_ocpp_bridge.knx", "knx_ocpp_bridge.ocpp", "some_library", "xknx", "xknx.log"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def journald(level: str, levels: dict[str, str], stream: io.StringIO | None = None) -> io.StringIO:
    stream = stream or io.StringIO()
    set_up(level, levels, {"JOURNAL_STREAM": "8:1234"}, stream)
    return stream


def test_the_journal_learns_priority_and_fields() -> None:
    stream = journald("debug", {})
    KNX.debug("heard", extra={"ga": "9/7/2", "direction": "in"})
    KNX.info("up")
    OCPP.warning("refused", extra={"charger": "GARAGE", "connector": 1, "transaction": None})
    OCPP.error("gone", extra={"charger": "a b"})
    assert stream.getvalue().splitlines() == [
        "<7>knx: heard ga=9/7/2 direction=in",
        "<6>knx: up",
        "<4>ocpp: refused charger=GARAGE connector=1",
        '<3>ocpp: gone charger="a b"',
    ]


def test_what_a_charger_says_cannot_forge_a_second_line() -> None:
    stream = journald("info", {})
    OCPP.info("vendor %s", "Acme\n<3>core: all is lost\x1b[2J\u2028", extra={"charger": "x\ny"})
    assert stream.getvalue() == "<6>ocpp: vendor Acme\\n<3>core: all is lost\\x1b[2J\\u2028 charger=x\\ny\n"


def test_every_line_of_a_stack_trace_has_its_priority() -> None:
    stream = journald("info", {})
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        KNX.exception("a fault of the program")
    lines = stream.getvalue().splitlines()
    assert lines[0] == "<3>knx: a fault of the program"
    assert lines[-1] == "<3>ZeroDivisionError: division by zero"
    assert all(line.startswith("<3>") for line in lines)


def test_a_terminal_shows_the_time_instead() -> None:
    stream = io.StringIO()
    set_up("info", {}, {}, stream)
    KNX.info("up")
    assert stream.getvalue().endswith(" INFO    knx: up\n")
    assert stream.getvalue()[4] == "-"


def test_levels_are_set_per_area_and_per_library() -> None:
    stream = journald("info", {"knx": "debug", "ocpp": "error", "some_library": "debug"})
    KNX.debug("telegram")
    OCPP.warning("not said")
    LIBRARY.debug("wire")
    assert stream.getvalue().splitlines() == ["<7>knx: telegram", "<7>some_library: wire"]


def test_a_reload_forgets_the_levels_of_before_and_writes_each_line_once() -> None:
    stream = journald("info", {"knx": "debug"})
    journald("warning", {"ocpp": "info"}, stream)
    KNX.info("not said any more")
    OCPP.info("said")
    assert stream.getvalue().splitlines() == ["<6>ocpp: said"]


def test_the_bus_library_speaks_only_when_it_is_asked_to() -> None:
    library = logging.getLogger("xknx.log")
    told: dict[tuple[str, ...], str] = {}
    for level, levels in (
        ("info", {}),
        ("debug", {}),
        ("info", {"xknx": "warning"}),
        ("info", {"xknx.log": "warning"}),
    ):
        stream = journald(level, levels)
        library.warning("a long word")
        told[level, *levels] = stream.getvalue()
        library.setLevel(logging.NOTSET)
    assert told["info",] == ""
    assert all(told[key] for key in told if key != ("info",))
