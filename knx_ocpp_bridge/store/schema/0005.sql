-- Version 5: modes, goals and limits of a session, and what the grid operator has ordered.

ALTER TABLE wishes ADD COLUMN mode TEXT;
ALTER TABLE wishes ADD COLUMN session_mode TEXT;
ALTER TABLE wishes ADD COLUMN session_limit_wh INTEGER;
ALTER TABLE wishes ADD COLUMN session_limit_s INTEGER;
ALTER TABLE wishes ADD COLUMN session_limit_soc REAL;
ALTER TABLE wishes ADD COLUMN session_limit_cost REAL;
ALTER TABLE wishes ADD COLUMN goal_wh INTEGER;
ALTER TABLE wishes ADD COLUMN goal_soc REAL;
ALTER TABLE wishes ADD COLUMN goal_minute INTEGER;
ALTER TABLE wishes ADD COLUMN shut INTEGER NOT NULL DEFAULT 0;

-- The log of the grid operator's orders: never shortened by anything but its age. `charger` empty: the order itself.
CREATE TABLE grid_evidence (
  id        INTEGER PRIMARY KEY,
  at        TEXT    NOT NULL,
  sane      INTEGER NOT NULL,
  what      TEXT    NOT NULL,
  charger   TEXT    NOT NULL COLLATE NOCASE,
  connector INTEGER NOT NULL,
  limit_w   REAL,
  detail    TEXT    NOT NULL
) STRICT;
CREATE INDEX grid_evidence_at ON grid_evidence (at);

ALTER TABLE tags ADD COLUMN mode TEXT;
ALTER TABLE tags ADD COLUMN max_current_a REAL;
