CREATE TABLE main.supplierpay_schema (version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL);

CREATE TABLE main.supplierpay_attempts (
	name TEXT NOT NULL,
	key TEXT NOT NULL,
	n INTEGER NOT NULL,
	version BIGINT NOT NULL,
	state TEXT NOT NULL,
	evidence TEXT NOT NULL,
	scope TEXT NOT NULL,
	holds TEXT,
	digest TEXT NOT NULL,
	allow_another INTEGER NOT NULL,
	provider TEXT NOT NULL,
	installation TEXT NOT NULL,
	order_id TEXT NOT NULL,
	nonce TEXT NOT NULL,
	last_write TEXT NOT NULL,
	owner TEXT NOT NULL,
	why TEXT NOT NULL,
	resolved_by TEXT NOT NULL,
	note TEXT NOT NULL,
	attempt TEXT NOT NULL,
	payment TEXT,
	problem TEXT,
	more TEXT NOT NULL,
	home TEXT NOT NULL,
	began_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	lease_end INTEGER NOT NULL,
	quiet_end INTEGER NOT NULL,
	watch_until INTEGER,
	PRIMARY KEY (name, key, n)
);

CREATE UNIQUE INDEX main.supplierpay_attempts_holds ON supplierpay_attempts (name, holds) WHERE holds IS NOT NULL;

CREATE INDEX main.supplierpay_attempts_scope ON supplierpay_attempts (name, scope) WHERE scope <> '';

CREATE INDEX main.supplierpay_attempts_unresolved ON supplierpay_attempts (name, key, n) WHERE (state NOT IN ('paid', 'partial', 'reversed', 'failed', 'released') OR watch_until IS NOT NULL);

CREATE TABLE main.supplierpay_events (
	seq INTEGER PRIMARY KEY AUTOINCREMENT,
	at INTEGER NOT NULL,
	name TEXT NOT NULL,
	key TEXT NOT NULL,
	n INTEGER NOT NULL,
	from_state TEXT NOT NULL,
	to_state TEXT NOT NULL,
	evidence TEXT NOT NULL,
	why TEXT NOT NULL,
	decided_by TEXT NOT NULL,
	note TEXT NOT NULL,
	payment TEXT,
	reason TEXT,
	UNIQUE (name, seq)
);

CREATE INDEX main.supplierpay_events_key ON supplierpay_events (name, key, seq);

INSERT INTO main.supplierpay_schema (version, applied_at) VALUES (1, CAST(round(unixepoch('subsec') * 1000) AS INTEGER) * 1000);
