package musement

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDate(t *testing.T) {
	rome := time.FixedZone("Rome", 2*60*60)
	instant := time.Date(2018, 8, 17, 15, 59, 43, 0, time.UTC)
	for text, want := range map[Date]struct{ time, in time.Time }{
		"2018-08-17T15:59:43+0000":  {instant, instant},
		"2018-08-17T15:59:43Z":      {instant, instant},
		"2018-08-17T17:59:43+02:00": {instant, instant},
		"2022-05-01 10:15":          {time.Time{}, time.Date(2022, 5, 1, 10, 15, 0, 0, rome)},
		"2022-05-01 10:15:30":       {time.Time{}, time.Date(2022, 5, 1, 10, 15, 30, 0, rome)},
		"2022-05-01":                {time.Time{}, time.Date(2022, 5, 1, 0, 0, 0, 0, rome)},
		"":                          {},
		"soon":                      {},
		"P0D":                       {},
	} {
		got, err := text.Time()
		if (err == nil) == want.time.IsZero() || !got.Equal(want.time) {
			t.Errorf("%q.Time() = %v, %v", text, got, err)
		}
		got, err = text.In(rome)
		if (err == nil) == want.in.IsZero() || !got.Equal(want.in) {
			t.Errorf("%q.In() = %v, %v", text, got, err)
		}
	}
}

func TestDuration(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[Duration]time.Duration{
		"P0D": 0, "P1D": day, "PT30M": 30 * time.Minute, "PT48H": 2 * day, "P0DT72H0M": 3 * day, "P2W": 14 * day,
		"P10DT22H26M37S": 10*day + 22*time.Hour + 26*time.Minute + 37*time.Second,
	} {
		if got, err := text.Duration(); err != nil || got != want {
			t.Errorf("%q = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []Duration{"", "P", "PT", "P1DT", "1D", "P1", "PD", "P1Y", "P1M", "P1H", "PT1D", "PT1M1H", "P-1D", "PT1.5H", "P99999999999999999999D", "P10001D", "soon"} {
		if got, err := text.Duration(); err == nil {
			t.Errorf("%q = %v", text, got)
		}
	}
}

func TestValue(t *testing.T) {
	for token, text := range map[string]string{`1234567890`: "1234567890", `"+39 02"`: "+39 02", `0.10`: "0.10", `null`: "", `true`: "true"} {
		var v Value
		if err := json.Unmarshal([]byte(token), &v); err != nil || v.Text() != text {
			t.Errorf("%s reads %q, %v", token, v.Text(), err)
		}
		if again, err := json.Marshal(v); err != nil || string(again) != token {
			t.Errorf("%s written again: %s, %v", token, again, err)
		}
	}
	if got := TextValue("a\"b"); got != `"a\"b"` {
		t.Errorf("TextValue %s", got)
	}
	if got, err := json.Marshal(Value("")); err != nil || string(got) != "null" {
		t.Errorf("the zero value: %s, %v", got, err)
	}
}

func TestExtraFields(t *testing.T) {
	text := `{"activity":{"hotel":"Roma","phone_number":"0039"}}`
	var d ExtraCustomerData
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	want := ExtraCustomerData{"activity": {PhoneNumber: `"0039"`, Other: map[string]json.RawMessage{"hotel": json.RawMessage(`"Roma"`)}}}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Errorf("extra data (-want +got):\n%s", diff)
	}
	if again, err := json.Marshal(d); err != nil || string(again) != text {
		t.Errorf("written again: %s, %v", again, err)
	}
	for _, odd := range []string{`[]`, `null`, `""`, `7`, `{"a":7}`, `{"a":[]}`} {
		if err := json.Unmarshal([]byte(odd), &d); err != nil {
			t.Errorf("%s: %v", odd, err)
		}
	}
}
