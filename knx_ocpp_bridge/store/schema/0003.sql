-- Version 3: sessions and their curves, people, alarms, counters.

ALTER TABLE transactions ADD COLUMN base_wh INTEGER;
ALTER TABLE transactions ADD COLUMN adopted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE transactions ADD COLUMN orphaned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE transactions ADD COLUMN session INTEGER;
ALTER TABLE transactions ADD COLUMN started_by TEXT NOT NULL DEFAULT 'UNKNOWN';
ALTER TABLE transactions ADD COLUMN meter_serial TEXT NOT NULL DEFAULT '';
-- JSON, a list of [day, Wh].
ALTER TABLE transactions ADD COLUMN days TEXT NOT NULL DEFAULT '[]';
-- In the order in which they were heard of, over all chargers: late ones come last. Never changes, never used twice.
ALTER TABLE transactions ADD COLUMN number INTEGER NOT NULL DEFAULT 0;

UPDATE transactions SET number = heard.number
  FROM (SELECT charger, id, row_number() OVER (ORDER BY started_at, charger, id) AS number FROM transactions) AS heard
  WHERE heard.charger = transactions.charger AND heard.id = transactions.id;
CREATE UNIQUE INDEX transactions_by_number ON transactions (number);
CREATE INDEX transactions_by_end ON transactions (stopped_at);
CREATE INDEX transactions_by_session ON transactions (charger, session) WHERE session IS NOT NULL;

-- Until now `assumed` of an open one said that its beginning was.
UPDATE transactions SET adopted = 1, assumed = 0 WHERE stopped_at IS NULL AND assumed = 1;
UPDATE transactions SET orphaned = 1 WHERE late = 1 AND implausible = 1 AND started_at = stopped_at;

-- Points of the curve of a transaction: `point` is its number * 2^33 + the time in s since 1970, UTC. One integer, so
-- that points are appended: an SD card wears by the page.
CREATE TABLE samples (
  point     INTEGER NOT NULL PRIMARY KEY,
  energy_wh INTEGER NOT NULL,
  power_w   INTEGER,
  current_a REAL
) STRICT;

-- Signed meter values as they came.
CREATE TABLE signed_values (
  charger  TEXT    NOT NULL COLLATE NOCASE,
  id       INTEGER NOT NULL,
  number   INTEGER NOT NULL,
  at       TEXT,
  context  TEXT    NOT NULL,
  text     TEXT    NOT NULL,
  noted_at TEXT    NOT NULL,
  PRIMARY KEY (charger, id, number)
) STRICT, WITHOUT ROWID;

-- Cards that somebody has named here; those of the tags file are not among them. `chargers` is a JSON list of ids,
-- `aliases` one of the other idTags that readers make of the same card.
CREATE TABLE tags (
  id_tag      TEXT NOT NULL COLLATE NOCASE PRIMARY KEY,
  name        TEXT NOT NULL,
  tag_group   TEXT,
  cost_centre TEXT NOT NULL,
  valid_from  TEXT,
  expires     TEXT,
  chargers    TEXT NOT NULL,
  limit_wh    INTEGER,
  note        TEXT NOT NULL,
  aliases     TEXT NOT NULL,
  noted_at    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Cards that were held to a reader: where, when and with which answer the last time.
CREATE TABLE cards_seen (
  id_tag    TEXT    NOT NULL COLLATE NOCASE PRIMARY KEY,
  charger   TEXT    NOT NULL COLLATE NOCASE,
  connector INTEGER NOT NULL,
  status    TEXT    NOT NULL,
  at        TEXT    NOT NULL,
  times     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Rows of what has no end to wait for are over at once. `times`: one that comes again and again is one row.
CREATE TABLE alarms (
  number          INTEGER NOT NULL PRIMARY KEY,
  at              TEXT    NOT NULL,
  charger         TEXT    NOT NULL COLLATE NOCASE,
  connector       INTEGER,
  kind            TEXT    NOT NULL,
  text            TEXT    NOT NULL,
  transaction_id  INTEGER,
  clock_sane      INTEGER NOT NULL,
  times           INTEGER NOT NULL,
  over_at         TEXT,
  acknowledged_at TEXT,
  acknowledged_by TEXT    NOT NULL
) STRICT;

-- What the totals of a connector had come to when they were last reset.
CREATE TABLE counter_resets (
  charger   TEXT    NOT NULL COLLATE NOCASE,
  connector INTEGER NOT NULL,
  sessions  INTEGER NOT NULL,
  energy_wh INTEGER NOT NULL,
  seconds   INTEGER NOT NULL,
  at        TEXT    NOT NULL,
  PRIMARY KEY (charger, connector)
) STRICT, WITHOUT ROWID;

-- How far the upkeep of the tables has come.
CREATE TABLE upkeep (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
