package main

import (
	"fmt"
	"io"
	"time"
)

// times prints thousandths as a ratio.
func times(thousandths int64) string {
	hundredths := (thousandths + 5) / 10
	return fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100)
}

func micros(ns int64) string { return fmt.Sprintf("%d.%d", ns/1000, ns%1000/100) }

// print writes the table as Markdown.
func (m measured) print(w io.Writer) {
	_, _ = fmt.Fprintf(w, "### %s\n\n", m.where.name)
	if m.where.parallel > 1 {
		_, _ = fmt.Fprint(w, "| provider | call | by hand, payments/s | go-retryablehttp | ours | ours, CPU | connections, by hand | ours |\n|---|---|---|---|---|---|---|---|\n")
		for _, r := range m.rows {
			_, _ = fmt.Fprintf(w, "| %s | %s | %d | %s | %s | %s | %d | %d |\n", r.provider, r.call,
				time.Second.Nanoseconds()/max(r.hand.of(ns), 1), faster(r.retry, r.hand), faster(r.ours, r.hand), times(r.ours.against(r.hand, cpu)), r.hand.peak, r.ours.peak)
		}
		_, _ = fmt.Fprintln(w)
		return
	}
	_, _ = fmt.Fprint(w, "| provider | call | by hand, µs | go-retryablehttp | ours | ours, CPU | by hand, B | go-retryablehttp | ours "+
		"| by hand, allocs | go-retryablehttp | ours |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range m.rows {
		_, _ = fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s | %d | %s | %s | %d | %s | %s |\n", r.provider, r.call,
			micros(r.hand.of(ns)), times(r.retry.against(r.hand, ns)), times(r.ours.against(r.hand, ns)), times(r.ours.against(r.hand, cpu)),
			r.hand.of(space), times(r.retry.against(r.hand, space)), times(r.ours.against(r.hand, space)),
			r.hand.of(allocs), times(r.retry.against(r.hand, allocs)), times(r.ours.against(r.hand, allocs)))
	}
	_, _ = fmt.Fprintln(w)
}

// faster prints throughput as a ratio: above 1 is more payments in the same time.
func faster(s, base *subject) string { return times(1_000_000 / max(s.against(base, ns), 1)) }
