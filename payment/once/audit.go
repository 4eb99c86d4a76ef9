package once

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/supplierpay/supplierpay-go/payment"
)

// ErrAuditBroken is returned by [VerifyAudit] when the lines are not those that were exported.
var ErrAuditBroken = errors.New("once: the audit chain is broken")

// AuditMark is a place in a chain of exported events. The zero AuditMark is the beginning. Keep the mark of an export in a
// place that whoever can change the exported file cannot change: only the mark shows that lines are missing at the end.
type AuditMark struct {
	// Seq is that of the last event, and Hash that of its line.
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// auditLine is one line of an export: the event as JSON, the hash of the line before, and the hash of both.
type auditLine struct {
	Event json.RawMessage `json:"event"`
	Prev  string          `json:"prev"`
	Hash  string          `json:"hash"`
}

// wrote reports whether text is the line and nothing else. JSON with a repeated or an unknown field also decodes to it, and
// another reader would see another event.
func (l auditLine) wrote(text []byte) bool {
	same, err := json.Marshal(l)
	return err == nil && bytes.Equal(same, bytes.TrimSuffix(text, []byte("\n")))
}

// chain is the hex SHA-256 of the hash before and the event's bytes.
func chain(prev string, event []byte) string {
	sum := sha256.Sum256(append([]byte(prev+"\n"), event...))
	return hex.EncodeToString(sum[:])
}

// ExportAudit writes the events of the payer's name behind from to w, as JSON Lines that are chained by hashes, and returns
// the mark to go on from. The lines hold no secret. When an error ends the export, the mark is that of the last line that
// was written whole.
func (p *Payer) ExportAudit(ctx context.Context, w io.Writer, from AuditMark) (AuditMark, error) {
	for e, err := range p.Events(ctx, from.Seq) {
		if err != nil {
			return from, err
		}
		text, err := json.Marshal(e)
		if err != nil {
			return from, p.fault(opEvents, payment.Unknown, nil, fmt.Sprintf("event %d cannot be written", e.Seq), err)
		}
		hash := chain(from.Hash, text)
		line, err := json.Marshal(auditLine{Event: text, Prev: from.Hash, Hash: hash})
		if err != nil {
			return from, p.fault(opEvents, payment.Unknown, nil, fmt.Sprintf("event %d cannot be written", e.Seq), err)
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return from, p.fault(opEvents, payment.Unknown, nil, "the export cannot be written", err)
		}
		from = AuditMark{Seq: e.Seq, Hash: hash}
	}
	return from, nil
}

// VerifyAudit reads lines that ExportAudit has written from the mark on, and returns the mark of the last one. A line that
// was changed, removed, added or moved is [ErrAuditBroken] with the line's number. Lines that are missing at the end are
// seen by comparing the returned mark with the one that the export returned.
func VerifyAudit(r io.Reader, from AuditMark) (AuditMark, error) {
	in := bufio.NewReader(r)
	for n := 1; ; n++ {
		text, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(bytes.TrimSpace(text)) == 0 {
			return from, nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return from, err
		}
		var line auditLine
		var e struct {
			Seq int64 `json:"seq"`
		}
		switch {
		case json.Unmarshal(text, &line) != nil || json.Unmarshal(line.Event, &e) != nil:
			return from, fmt.Errorf("%w: line %d is no event", ErrAuditBroken, n)
		case !line.wrote(text):
			return from, fmt.Errorf("%w: line %d has more in it than was written there", ErrAuditBroken, n)
		case line.Prev != from.Hash || line.Hash != chain(from.Hash, line.Event):
			return from, fmt.Errorf("%w: line %d is not the one that was written there", ErrAuditBroken, n)
		case e.Seq <= from.Seq:
			return from, fmt.Errorf("%w: line %d has event %d, which is not behind %d", ErrAuditBroken, n, e.Seq, from.Seq)
		}
		from = AuditMark{Seq: e.Seq, Hash: line.Hash}
	}
}
