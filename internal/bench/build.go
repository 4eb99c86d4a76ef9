package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// build measures how long a program of one provider takes to compile from nothing, the standard
// library included, and how large it gets, against one with net/http alone.
func build(ctx context.Context, w io.Writer) error {
	_, _ = fmt.Fprint(w, "### a program that pays one order\n\n| program | cold build, s | binary, kB | stripped, kB |\n|---|---|---|---|\n")
	for _, p := range []string{"hand", "duffel"} {
		took, size, err := compile(ctx, p, "")
		if err != nil {
			return err
		}
		_, stripped, err := compile(ctx, p, "-s -w")
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(w, "| %s | %s | %d | %d |\n", p, micros(took.Milliseconds()), size/1000, stripped/1000)
	}
	_, _ = fmt.Fprintln(w)
	return nil
}

// compile builds with an empty cache. Flags are the linker's; with some of them the cache is the
// usual one, since only the size counts then.
func compile(ctx context.Context, program, flags string) (time.Duration, int64, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	out := filepath.Join(dir, "program")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", out, "-ldflags", flags,
		"github.com/supplierpay/supplierpay-go/internal/bench/programs/"+program)
	cmd.Env = os.Environ()
	if flags == "" {
		cmd.Env = append(cmd.Env, "GOCACHE="+filepath.Join(dir, "cache"))
	}
	start := time.Now()
	if said, err := cmd.CombinedOutput(); err != nil {
		return 0, 0, fmt.Errorf("go build %s: %w: %s", program, err, said)
	}
	took := time.Since(start)
	info, err := os.Stat(out)
	if err != nil {
		return 0, 0, err
	}
	return took, info.Size(), nil
}
