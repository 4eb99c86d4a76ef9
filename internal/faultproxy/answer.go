package faultproxy

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
)

// paddingStep is how much padding is written at once.
const paddingStep = 256 << 10

// answer writes a as far as f lets it, and reports whether the connection goes on.
func (s *serving) answer(r *http.Request, f Fault, a Answer) bool {
	bodyless := r.Method == http.MethodHead || a.Status == http.StatusNoContent || a.Status == http.StatusNotModified
	if bodyless {
		a.Body, a.Padding, a.Framing = nil, 0, WithLength
	}
	goesOn := f.Cut == Nowhere && a.Framing != UntilClose && !r.Close
	status, header := s.head(a, bodyless, goesOn)
	switch f.Cut {
	case InStatusLine:
		return s.last(f, status[:len("HTTP/1.1 2")])
	case InHeader:
		return s.last(f, status+header[:len(header)/2])
	}
	out := s.writer(f)
	if !out(status+header) || !s.pad(a) {
		return false
	}
	half := len(a.Body) / 2
	if !out(frame(a, a.Body[:half])) {
		return false
	}
	if f.Midway != nil {
		f.Midway()
	}
	if f.Cut == InBody {
		s.end(f.Reset)
		return false
	}
	ok := out(frame(a, a.Body[half:]))
	if a.Framing == Chunked {
		ok = ok && out("0\r\n\r\n")
	}
	if !ok || !goesOn {
		s.end(f.Reset)
		return false
	}
	return true
}

// last writes text and ends the connection.
func (s *serving) last(f Fault, text string) bool {
	_ = s.writer(f)(text)
	s.end(f.Reset)
	return false
}

// writer returns a function that writes all at once, or byte by byte.
func (s *serving) writer(f Fault) func(string) bool {
	if !f.Drip {
		return s.write
	}
	return func(text string) bool {
		for i := range len(text) {
			if !s.write(text[i : i+1]) {
				return false
			}
		}
		return true
	}
}

// head renders the status line and the header block.
func (s *serving) head(a Answer, bodyless, goesOn bool) (status, header string) {
	h := a.Header.Clone()
	if h == nil {
		h = http.Header{}
	}
	for _, k := range []string{"Content-Length", "Transfer-Encoding", "Connection"} {
		h.Del(k)
	}
	switch {
	case bodyless:
	case a.Framing == WithLength:
		h.Set("Content-Length", strconv.FormatInt(a.Padding+int64(len(a.Body)), 10))
	case a.Framing == Chunked:
		h.Set("Transfer-Encoding", "chunked")
	}
	if !goesOn {
		h.Set("Connection", "close")
	}
	var lines bytes.Buffer
	_ = h.Write(&lines) // a bytes.Buffer takes everything
	return fmt.Sprintf("HTTP/1.1 %d %s\r\n", a.Status, http.StatusText(a.Status)), lines.String() + "\r\n"
}

func (s *serving) pad(a Answer) bool {
	step := string(bytes.Repeat([]byte(" "), int(min(a.Padding, paddingStep))))
	for left := a.Padding; left > 0; left -= int64(len(step)) {
		step = step[:min(left, int64(len(step)))]
		if a.Framing == Chunked {
			if !s.write(strconv.FormatInt(int64(len(step)), 16)+"\r\n") || !s.write(step) || !s.write("\r\n") {
				return false
			}
			continue
		}
		if !s.write(step) {
			return false
		}
	}
	return true
}

// frame wraps a part of the body.
func frame(a Answer, part []byte) string {
	if a.Framing != Chunked || len(part) == 0 {
		return string(part)
	}
	return fmt.Sprintf("%x\r\n%s\r\n", len(part), part)
}
