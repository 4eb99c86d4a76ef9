package once

import (
	"context"
	"errors"
	"time"
)

// ErrStale is returned by [Store.Update] when the row has another version than the caller saw, or is gone.
var ErrStale = errors.New("once: the row was changed by somebody else")

// Store keeps the rows. Package once does all the thinking; a store inserts, compares and sets, and reads. Run package
// storetest against your own.
//
// Rules for all methods: they are safe for concurrent use by many processes. All times in rows are the store's own clock,
// and every row that is returned carries that clock in Now. A method that returns an error may have done its work all the
// same; callers find out by reading. A method whose context has ended before it was called does nothing and fails.
type Store interface {
	// Begin inserts the next row of row.Attempt.Key, atomically and durably: once it has returned, the row survives a
	// crash of the caller and of the store. It inserts only if
	//   - every row of (row.Name, row.Attempt.Key) is Released and has row.Attempt.Digest, and
	//   - row.AllowAnother is set, or row.Attempt.Scope is "", or no row of another key with the same Name and Scope is
	//     [State.Live].
	// N is one more than the last, Version is 1, State is Started, Evidence is EvidenceUnknown, Why is "begin", BeganAt and
	// UpdatedAt are now, the lease and quiet time end as terms say. A mark of row.Attempt without a time gets now. Everything
	// else is kept as given.
	//
	// If terms.Event is not nil it is appended in the same transaction, with Name, Key and N, and with To and Evidence of the row as it
	// was inserted. A row that is not inserted leaves no event.
	//
	// Two calls at once for one key, or for one scope without AllowAnother: one inserts. In SQL a unique index over the
	// live rows of (name, scope) does not fit as it stands, because a settled row may become live again (see Update):
	// give the index a column of its own that Begin sets and the first write of a state that is not live clears for good.
	Begin(ctx context.Context, row Row, terms Terms) (Begun, error)

	// Update writes row over the stored row of the same Name, Attempt.Key and N if that has row.Version, and returns what
	// is stored now, with Version one higher and UpdatedAt now. The lease and quiet time move as terms say; BeganAt,
	// LeaseEnd, QuietEnd and Now of row are ignored. Key, Scope, Digest, AllowAnother, Provider and Installation never
	// change. If terms.Event is not nil it is appended in the same transaction. Update never fails
	// because of another row: a Released row may be written as Conflict or Unknown while another key holds its scope.
	// Another version, or no such row: [ErrStale], nothing is written.
	Update(ctx context.Context, row Row, terms Terms) (Row, error)

	// Rows returns all rows of the key in the order of N; none is no error.
	Rows(ctx context.Context, name, key string) ([]Row, error)

	// Unresolved returns at most limit rows of the name that come after the position, in the order of the key's bytes,
	// then N: those whose state is [State.Unresolved], and those whose WatchUntil is later than the store's now.
	Unresolved(ctx context.Context, name string, after Position, limit int) ([]Row, error)

	// Events returns at most limit events of the name whose Seq is greater than after, in the order of Seq. An event that
	// is committed later never gets a Seq below one that Events has returned: a store in which writes commit out of order
	// holds back the events behind a write that is still under way.
	Events(ctx context.Context, name string, after int64, limit int) ([]Event, error)

	// History returns all events of the key, in the order of Seq.
	History(ctx context.Context, name, key string) ([]Event, error)
}

// A row that a store cannot decode must not stop the others: the store returns it with Damage set, with Name, N, Version,
// the times and the Attempt's Key, Scope and Digest from columns of their own, and with State Unknown if its state is no
// word that it knows. Update keeps what is stored of such a row's attempt, unless the row that it is given has no Damage.

// Terms say how a write moves the times of a row.
type Terms struct {
	// Lease is how long from the store's now the lease lasts; 0 ends it now.
	Lease time.Duration
	// Quiet is how long from the store's now the quiet time lasts. It never becomes shorter: a QuietEnd that is later
	// stays, and 0 leaves it alone.
	Quiet time.Duration
	// Event is appended together with the write; nil for none. The store sets its Seq and At.
	Event *Event
}

// Begun is the answer of [Store.Begin].
type Begun struct {
	// Began is true when a row was inserted that may be paid with, in state Started.
	Began bool
	// Rows are all rows of the key in the order of N; the inserted one is the last.
	Rows []Row
	// Holder is the row of another key that holds the scope, the one that began first; nil if the scope is not the reason.
	Holder *Row
}

// Position is a place in the order of [Store.Unresolved]; the zero Position is before the first row.
type Position struct {
	// Key and N identify the last row that was read.
	Key string
	N   int
}
