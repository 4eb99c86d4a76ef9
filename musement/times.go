package musement

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/wire"
)

// Date is a date or a time as Musement wrote it; "" when it sent none. The API has five forms:
//
//	2018-08-17T15:59:43+0000   instants: orders, tickets
//	2019-08-24T14:15:22Z       instants
//	2022-05-01 10:15           local to the activity: products, refund policies
//	2022-05-01                 dates: participants
//	P0D, PT30M                 durations, see [Duration]
type Date string

// UnmarshalJSON keeps the text, readable or not.
func (d *Date) UnmarshalJSON(token []byte) error {
	*d = Date(wire.Text(token))
	return nil
}

// Time returns the instant. A form without a zone is none, and an error: see [Date.In].
func (d Date) Time() (time.Time, error) {
	t, err := wire.Time(string(d))
	if err != nil {
		return time.Time{}, unreadable("Date", err)
	}
	return t, nil
}

// localForms are the forms without a zone.
var localForms = [...]string{"2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04:05", time.DateOnly}

// maxTimeText bounds what is tried as a local time.
const maxTimeText = 32

// In returns the time of any form, taking one without a zone as local to loc.
func (d Date) In(loc *time.Location) (time.Time, error) {
	if t, err := wire.Time(string(d)); err == nil {
		return t.In(loc), nil
	}
	if len(d) <= maxTimeText {
		for _, form := range localForms {
			if t, err := time.ParseInLocation(form, string(d), loc); err == nil {
				return t, nil
			}
		}
	}
	return time.Time{}, unreadable("Date", wire.ErrNotTime)
}

// Duration is an ISO 8601 duration as Musement wrote it, "P0D", "PT30M" or "P10DT22H26M37S"; "" when it sent none.
type Duration string

// UnmarshalJSON keeps the text, readable or not.
func (d *Duration) UnmarshalJSON(token []byte) error {
	*d = Duration(wire.Text(token))
	return nil
}

var errNotDuration = errors.New("not a duration of weeks, days, hours, minutes and seconds")

// Duration returns the length, a day being 24 hours. Years and months have no length, and are errors.
func (d Duration) Duration() (time.Duration, error) {
	date, clock, hasClock := strings.Cut(strings.TrimPrefix(string(d), "P"), "T")
	if !strings.HasPrefix(string(d), "P") || date+clock == "" || hasClock && clock == "" {
		return 0, unreadable("Duration", errNotDuration)
	}
	days, ok := addUnits(date, "WD", []time.Duration{7 * 24 * time.Hour, 24 * time.Hour})
	hours, ok2 := addUnits(clock, "HMS", []time.Duration{time.Hour, time.Minute, time.Second})
	if !ok || !ok2 {
		return 0, unreadable("Duration", errNotDuration)
	}
	return days + hours, nil
}

// maxUnits bounds one number of a duration, so that no sum overflows.
const maxUnits = 10_000

// addUnits reads numbers with unit letters behind them, each letter at most once and in the order of letters.
func addUnits(s, letters string, units []time.Duration) (sum time.Duration, ok bool) {
	for s != "" {
		i := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
		if i < 1 {
			return 0, false
		}
		n, err := strconv.Atoi(s[:i])
		at := strings.IndexByte(letters, s[i])
		if err != nil || n > maxUnits || at < 0 {
			return 0, false
		}
		sum += time.Duration(n) * units[at]
		letters, units, s = letters[at+1:], units[at+1:], s[i+1:]
	}
	return sum, true
}
