-- Version 4: who may open the pages and use the API, and who did what.

-- `password` is an Argon2id digest in the PHC string format.
CREATE TABLE users (
  name        TEXT NOT NULL COLLATE NOCASE PRIMARY KEY,
  role        TEXT NOT NULL,
  password    TEXT NOT NULL,
  created_at  TEXT NOT NULL,
  password_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Who is logged in. `digest` is the SHA-256, in hex, of what the browser shows: nobody can log in with what stands here.
CREATE TABLE web_sessions (
  digest     TEXT NOT NULL PRIMARY KEY,
  user       TEXT NOT NULL COLLATE NOCASE,
  created_at TEXT NOT NULL,
  used_at    TEXT NOT NULL,
  peer       TEXT NOT NULL,
  browser    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What programs and screens show instead of a password; again only digests. `kiosk`: good for the embedded card alone.
CREATE TABLE tokens (
  name       TEXT    NOT NULL COLLATE NOCASE PRIMARY KEY,
  digest     TEXT    NOT NULL UNIQUE,
  role       TEXT    NOT NULL,
  kiosk      INTEGER NOT NULL,
  created_at TEXT    NOT NULL,
  created_by TEXT    NOT NULL,
  used_at    TEXT
) STRICT, WITHOUT ROWID;

-- Who did what, from where, and how it ended; the oldest rows are let go. Nothing secret comes here.
CREATE TABLE audit (
  number  INTEGER NOT NULL PRIMARY KEY,
  at      TEXT    NOT NULL,
  origin  TEXT    NOT NULL,
  who     TEXT    NOT NULL,
  peer    TEXT    NOT NULL,
  what    TEXT    NOT NULL,
  charger TEXT    NOT NULL COLLATE NOCASE,
  details TEXT    NOT NULL,
  outcome TEXT    NOT NULL
) STRICT;
