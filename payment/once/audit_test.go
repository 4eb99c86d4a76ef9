package once

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// TestVerifyAuditWholeLine: a line with a second event or another field in it is not the one that was written.
func TestVerifyAuditWholeLine(t *testing.T) {
	r := stand(t, Paid)
	var b bytes.Buffer
	if _, err := r.payer.ExportAudit(t.Context(), &b, AuditMark{}); err != nil {
		t.Fatal(err)
	}
	if _, err := VerifyAudit(bytes.NewReader(b.Bytes()), AuditMark{}); err != nil {
		t.Fatal(err)
	}
	for _, added := range []string{`{"event":{"seq":1,"to":"failed"},"event":`, `{"note":"refunded","event":`, `{ "event":`} {
		edited := strings.Replace(b.String(), `{"event":`, added, 1)
		if _, err := VerifyAudit(strings.NewReader(edited), AuditMark{}); !errors.Is(err, ErrAuditBroken) {
			t.Errorf("%s: %v", added, err)
		}
	}
}
