"""Makes databases as older programs have left them: the schema of then, with rows in every table."""

import sqlite3
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.store.migrate import scripts

_AT: Final = "2026-11-21T08:30:00+00:00"

_TRANSACTIONS: Final = f"""
  ('GARAGE', 16, 1, 'CARD', 1000, '2026-11-20T18:00:00+00:00', '2026-11-20T18:00:01+00:00', 1, 0, 1, 0,
   '2026-11-20T22:00:00+00:00', 9000, 8000, 'LOCAL', 0, 0, '2026-11-20T22:00:00+00:00'),
  ('GARAGE', 17, 1, 'CARD', 9000, '{_AT}', NULL, 1, 0, 1, 0, NULL, NULL, NULL, NULL, 0, 0, '{_AT}')
"""

_FIRST: Final = f"""
INSERT INTO beginning VALUES (1, 0);
INSERT INTO wishes (charger, connector, limit_a, fast, paused, reserved, noted_at)
  VALUES ('GARAGE', 1, 10.5, 1, 0, 0, '{_AT}');
INSERT INTO meters VALUES ('GARAGE', 1, 123456, 0, '{_AT}');
INSERT INTO identities VALUES ('GARAGE', 'Vendor', 'Model', 'S1', 'B1', '1.0', '', '', '', '', '{_AT}');
INSERT INTO abilities VALUES ('GARAGE', 'profile_way', '1', '{_AT}');
INSERT INTO own_tags VALUES ('GARAGE', 'TAG', '{_AT}');
"""

_SECOND: Final = f"""
INSERT INTO securities VALUES ('GARAGE', 1, '[["00","ff"]]', NULL, '[]', '{_AT}');
INSERT INTO log VALUES (1, '{_AT}', 'GARAGE', 1, 20, 'StatusNotification', 'CHARGING');
INSERT INTO rejected VALUES ('ROGUE', '{_AT}');
"""

_THIRD: Final = f"""
INSERT INTO transactions
  (charger, id, connector, id_tag, meter_start_wh, started_at, charger_time, accepted, late, clock_sane,
   session_base_wh, stopped_at, meter_stop_wh, energy_wh, reason, assumed, implausible, noted_at, number)
  SELECT *, column2 FROM (VALUES {_TRANSACTIONS});
INSERT INTO samples VALUES ((16 << 33) + 1795197660, 120, 7200, 10.4);
INSERT INTO signed_values VALUES ('GARAGE', 16, 1, NULL, 'Transaction.End', 'OCMF|{{}}|{{}}', '{_AT}');
INSERT INTO tags (id_tag, name, cost_centre, chargers, note, aliases, noted_at)
  VALUES ('CARD', 'Blue card', '4711', '[]', '', '[]', '{_AT}');
INSERT INTO cards_seen VALUES ('CARD', 'GARAGE', 1, 'ACCEPTED', '{_AT}', 3);
INSERT INTO alarms VALUES (1, '{_AT}', 'GARAGE', 1, 'fault', 'Faulted', NULL, 1, 1, NULL, NULL, '');
INSERT INTO counter_resets VALUES ('GARAGE', 1, 1, 8000, 14400, '{_AT}');
INSERT INTO upkeep VALUES ('thinned_until', '2026-11-14');
"""

_FOURTH: Final = f"""
INSERT INTO users VALUES ('Installer', 'installer', '$argon2id$', '{_AT}', '{_AT}');
INSERT INTO web_sessions VALUES ('00ff', 'Installer', '{_AT}', '{_AT}', '192.168.1.9', 'Browser');
INSERT INTO tokens VALUES ('panel', 'ff00', 'viewer', 0, '{_AT}', 'Installer', NULL);
INSERT INTO audit VALUES (1, '{_AT}', 'PAGE', 'Installer', '192.168.1.9', 'login', '', '', 'done');
"""

_FIFTH: Final = f"""
INSERT INTO grid_evidence VALUES (1, '{_AT}', 1, 'ordered', '', 0, 4200.0, '');
"""

_ROWS: Final[dict[int, str]] = {
    1: f"INSERT INTO transactions VALUES {_TRANSACTIONS};{_FIRST}",
    2: f"INSERT INTO transactions VALUES {_TRANSACTIONS};{_FIRST}{_SECOND}",
    3: f"{_FIRST}{_SECOND}{_THIRD}",
    4: f"{_FIRST}{_SECOND}{_THIRD}{_FOURTH}",
    5: f"{_FIRST}{_SECOND}{_THIRD}{_FOURTH}{_FIFTH}",
}
"""The rows by the schema they were written under; a new schema adds its own entry."""


def filled(path: Path, schema: int, user_version: int | None = None) -> None:
    """A database of that schema at `path`, closed."""
    connection = sqlite3.connect(path)
    for number, script in scripts().items():
        if number <= schema:
            connection.executescript(script)
    connection.executescript(_ROWS[schema])
    connection.execute(f"PRAGMA user_version = {user_version or schema}")
    connection.close()
