-- The journal's schema, version 1, whole. Runs inside one transaction that also sets user_version.
-- Times are UTC in ISO 8601, energies Wh, currents A. `charger` is the charge point's identity, compared without
-- regard to case (as everywhere else), so that respelling it in the configuration does not orphan its history.
-- `noted_at` is the bridge's own clock when the fact was handed over.

PRAGMA application_id = 0x4B4F4331;

-- One row, written once: what a new database starts from.
CREATE TABLE beginning (
  only_row          INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
  after_transaction INTEGER NOT NULL
) STRICT;

-- The number of a transaction is the charger's as well as ours: one that was adopted may carry any number.
CREATE TABLE transactions (
  charger         TEXT    NOT NULL COLLATE NOCASE,
  id              INTEGER NOT NULL,
  connector       INTEGER NOT NULL,
  id_tag          TEXT    NOT NULL,
  meter_start_wh  INTEGER NOT NULL,
  started_at      TEXT    NOT NULL,
  charger_time    TEXT,
  accepted        INTEGER NOT NULL,
  late            INTEGER NOT NULL,
  clock_sane      INTEGER NOT NULL,
  session_base_wh INTEGER NOT NULL,
  stopped_at      TEXT,
  meter_stop_wh   INTEGER,
  energy_wh       INTEGER,
  reason          TEXT,
  assumed         INTEGER NOT NULL,
  implausible     INTEGER NOT NULL,
  noted_at        TEXT    NOT NULL,
  PRIMARY KEY (charger, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE wishes (
  charger   TEXT    NOT NULL COLLATE NOCASE,
  connector INTEGER NOT NULL,
  limit_a   REAL,
  fast      INTEGER NOT NULL,
  paused    INTEGER NOT NULL,
  reserved  INTEGER NOT NULL,
  noted_at  TEXT    NOT NULL,
  PRIMARY KEY (charger, connector)
) STRICT, WITHOUT ROWID;

CREATE TABLE meters (
  charger     TEXT    NOT NULL COLLATE NOCASE,
  connector   INTEGER NOT NULL,
  register_wh INTEGER NOT NULL,
  offset_wh   INTEGER NOT NULL,
  noted_at    TEXT    NOT NULL,
  PRIMARY KEY (charger, connector)
) STRICT, WITHOUT ROWID;

CREATE TABLE identities (
  charger           TEXT NOT NULL COLLATE NOCASE PRIMARY KEY,
  vendor            TEXT NOT NULL,
  model             TEXT NOT NULL,
  serial            TEXT NOT NULL,
  charge_box_serial TEXT NOT NULL,
  firmware          TEXT NOT NULL,
  iccid             TEXT NOT NULL,
  imsi              TEXT NOT NULL,
  meter_serial      TEXT NOT NULL,
  meter_type        TEXT NOT NULL,
  noted_at          TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE abilities (
  charger  TEXT NOT NULL COLLATE NOCASE,
  name     TEXT NOT NULL,
  value    TEXT NOT NULL,
  noted_at TEXT NOT NULL,
  PRIMARY KEY (charger, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE own_tags (
  charger  TEXT NOT NULL COLLATE NOCASE PRIMARY KEY,
  id_tag   TEXT NOT NULL,
  noted_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
