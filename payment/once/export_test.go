package once

import "time"

// SetNow replaces the clock of the store.
func (m *Memory) SetNow(now func() time.Time) { m.now = now }
