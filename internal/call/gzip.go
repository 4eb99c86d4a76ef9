package call

import (
	"bytes"
	"compress/gzip"
	"io"
)

// unzipping reads what gzip has compressed, again and again: what it takes for that is much larger than most answers.
type unzipping struct {
	from io.Reader // until the first byte is asked for: an answer with no body at all is an empty one
	used bool
	gzip gzip.Reader
}

func (u *unzipping) of(r io.Reader) io.Reader {
	u.from = r
	return u
}

func (u *unzipping) Read(p []byte) (int, error) {
	if r := u.from; r != nil {
		u.from, u.used = nil, true
		if err := u.gzip.Reset(r); err != nil {
			return 0, err
		}
	}
	return u.gzip.Read(p)
}

// nothing is what gzip makes of nothing.
var nothing = func() []byte {
	var b bytes.Buffer
	_ = gzip.NewWriter(&b).Close() // a buffer takes everything
	return b.Bytes()
}()

// letGo forgets what was read: after the beginning of another stream nothing of the one before is left.
func (u *unzipping) letGo() {
	if u.used {
		_ = u.gzip.Reset(bytes.NewReader(nothing)) // it is whole
		u.used = false
	}
	u.from = nil
}
