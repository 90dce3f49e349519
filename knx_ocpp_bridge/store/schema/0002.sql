-- Version 2: what was agreed on with chargers over OCPP, the general log, and who was sent away.

-- Passwords are known by salted digests alone: JSON, a list of [salt, SHA-256] in hex.
CREATE TABLE securities (
  charger          TEXT    NOT NULL COLLATE NOCASE PRIMARY KEY,
  profile          INTEGER NOT NULL,
  passwords        TEXT    NOT NULL,
  wanted           INTEGER,
  wanted_passwords TEXT    NOT NULL,
  noted_at         TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- What happened, in words; the oldest lines are let go. idTags are masked before they come here.
CREATE TABLE log (
  number    INTEGER NOT NULL PRIMARY KEY,
  at        TEXT    NOT NULL,
  charger   TEXT    NOT NULL COLLATE NOCASE,
  connector INTEGER,
  level     INTEGER NOT NULL,
  about     TEXT    NOT NULL,
  text      TEXT    NOT NULL
) STRICT;

-- Chargers that nobody configured and somebody has sent away.
CREATE TABLE rejected (
  charger  TEXT NOT NULL COLLATE NOCASE PRIMARY KEY,
  noted_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
