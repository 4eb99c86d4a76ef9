CREATE TABLE supplierpay_schema (version INTEGER PRIMARY KEY, applied_at timestamptz NOT NULL);

CREATE TABLE supplierpay_attempts (
	name text COLLATE "C" NOT NULL,
	key text COLLATE "C" NOT NULL,
	n INTEGER NOT NULL,
	version BIGINT NOT NULL,
	state TEXT NOT NULL,
	evidence TEXT NOT NULL,
	scope text COLLATE "C" NOT NULL,
	holds text COLLATE "C",
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
	began_at timestamptz NOT NULL,
	updated_at timestamptz NOT NULL,
	lease_end timestamptz NOT NULL,
	quiet_end timestamptz NOT NULL,
	watch_until timestamptz,
	PRIMARY KEY (name, key, n)
);

CREATE UNIQUE INDEX supplierpay_attempts_holds ON supplierpay_attempts (name, holds) WHERE holds IS NOT NULL;

CREATE INDEX supplierpay_attempts_scope ON supplierpay_attempts (name, scope) WHERE scope <> '';

CREATE INDEX supplierpay_attempts_unresolved ON supplierpay_attempts (name, key, n) WHERE (state NOT IN ('paid', 'partial', 'reversed', 'failed', 'released') OR watch_until IS NOT NULL);

CREATE TABLE supplierpay_events (
	seq BIGINT GENERATED ALWAYS AS IDENTITY,
	at timestamptz NOT NULL,
	name text COLLATE "C" NOT NULL,
	key text COLLATE "C" NOT NULL,
	n INTEGER NOT NULL,
	from_state TEXT NOT NULL,
	to_state TEXT NOT NULL,
	evidence TEXT NOT NULL,
	why TEXT NOT NULL,
	decided_by TEXT NOT NULL,
	note TEXT NOT NULL,
	payment TEXT,
	reason TEXT,
	PRIMARY KEY (name, seq)
);

CREATE INDEX supplierpay_events_key ON supplierpay_events (name, key, seq);

INSERT INTO supplierpay_schema (version, applied_at) VALUES (1, now());
