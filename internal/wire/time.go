package wire

import (
	"errors"
	"time"
)

// ErrNotTime is the error of [Time]. It does not quote the text.
var ErrNotTime = errors.New("not a time")

// maxTimeText bounds what is tried as a time: 35 characters are the longest form, nanoseconds and a zone.
const maxTimeText = 64

// timeForms are tried in order. Fractions of a second need no form of their own.
var timeForms = [...]string{
	"2006-01-02T15:04:05Z07:00",
	"2006-01-02 15:04:05Z07:00",
	"2006-01-02T15:04:05Z0700",
}

// Time reads a timestamp of RFC 3339 and its near relatives: with or without a fraction of a second, a space for the T,
// a zone without a colon. A time without a zone is not an instant, and an error.
func Time(text string) (time.Time, error) {
	if len(text) > maxTimeText {
		return time.Time{}, ErrNotTime
	}
	for _, form := range timeForms {
		if t, err := time.Parse(form, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, ErrNotTime
}
