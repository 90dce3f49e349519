"""Files that are taken away carry the building's name and its day."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from knx_ocpp_bridge.config.file_names import stem

EVENING = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("site", "name"),
    [
        ("Mühle am Bach", "Muehle-am-Bach"),
        ("Mu\u0308hle", "Muehle"),
        ("Große Straße 5", "Grosse-Strasse-5"),
        ("Café Égalité", "Cafe-Egalite"),
        ("../../etc/passwd", "etc-passwd"),
        ("東京", "knx-ocpp-bridge"),
        ("", "knx-ocpp-bridge"),
    ],
)
def test_the_name_of_the_building_stays_legible(site: str, name: str):
    assert stem(site, EVENING, UTC) == f"{name}-2026-11-21"


def test_the_day_is_that_of_the_building():
    assert stem("Villa", EVENING, ZoneInfo("Europe/Berlin")) == "Villa-2026-11-22"
