package faultproxy

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
)

// HTMLPage is what a gateway answers when the server behind it is gone.
const HTMLPage = "<html>\n<head><title>502 Bad Gateway</title></head>\n<body>nginx</body>\n</html>\n"

// With returns a with another body, uncompressed.
func With(a Answer, kind, text string) Answer {
	a.Header = a.Header.Clone()
	a.Header.Del("Content-Encoding")
	a.Header.Set("Content-Type", kind)
	a.Body = []byte(text)
	return a
}

// Page replaces the answer by one of a gateway.
func Page(status int) func(Answer) Answer {
	return func(Answer) Answer {
		a := With(Answer{Status: status, Header: http.Header{}}, "text/html", HTMLPage)
		a.Header.Set("Retry-After", "0") // an invitation that a payment must not follow
		return a
	}
}

// Bare replaces the answer by one without a body.
func Bare(status int) func(Answer) Answer {
	return func(Answer) Answer {
		return Answer{Status: status, Header: http.Header{}}
	}
}

// Redirect replaces the answer by a redirect.
func Redirect(status int, to string) func(Answer) Answer {
	return func(Answer) Answer {
		return Answer{Status: status, Header: http.Header{"Location": {to}}}
	}
}

// NotGzip says that a body is compressed when it is not.
func NotGzip(a Answer) Answer {
	a = With(a, "application/json", `{"this":"is not compressed"}`)
	a.Header.Set("Content-Encoding", "gzip")
	return a
}

// TruncatedGzip compresses the body and leaves its second half out.
func TruncatedGzip(a Answer) Answer {
	a = Plain(a)
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(a.Body) // a bytes.Buffer takes everything
	_ = z.Close()
	a.Body = out.Bytes()[:out.Len()/2]
	a.Header.Set("Content-Encoding", "gzip")
	return a
}

// Plain undoes the compression of an answer.
func Plain(a Answer) Answer {
	if a.Header = a.Header.Clone(); a.Header.Get("Content-Encoding") != "gzip" {
		return a
	}
	a.Header.Del("Content-Encoding")
	if z, err := gzip.NewReader(bytes.NewReader(a.Body)); err == nil {
		if body, err := io.ReadAll(z); err == nil {
			a.Body = body
		}
	}
	return a
}
