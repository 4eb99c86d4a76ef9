package sqltest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Cluster is a private PostgreSQL server on a Unix socket in a temporary folder.
type Cluster struct {
	dir     string
	bin     string
	options string
	as      *syscall.Credential // nil: whoever we are
}

// StartCluster creates a cluster and starts its server with the settings, each as "name=value". It needs PostgreSQL's
// server programs; as root it also needs a user postgres or nobody, since they refuse to run as root.
func StartCluster(ctx context.Context, settings ...string) (*Cluster, error) {
	bin, err := serverPrograms()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pg") // short, because a socket's path is at most 107 bytes
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir, bin: bin, options: "-k " + dir + " -c listen_addresses=''"}
	for _, s := range settings {
		c.options += " -c " + s
	}
	if err := c.create(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := c.Start(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return c, nil
}

func serverPrograms() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("no initdb in PATH or under /usr/lib/postgresql: install PostgreSQL's server (Debian: postgresql)")
	}
	return filepath.Dir(slices.Max(found)), nil
}

func (c *Cluster) create(ctx context.Context) error {
	if os.Getuid() == 0 {
		if err := c.demote(); err != nil {
			return err
		}
	}
	return c.run(ctx, "initdb", "-D", c.data(), "-U", "sqltest", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
}

// demote lets the programs run as another user, who gets the folder.
func (c *Cluster) demote() error {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return err
		}
		c.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		return os.Chown(c.dir, int(uid), int(gid))
	}
	return errors.New("PostgreSQL refuses to run as root, and there is no user postgres or nobody")
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

func (c *Cluster) run(ctx context.Context, program string, args ...string) error {
	out, err := os.CreateTemp("", "pgout") // a file, because the server would keep a pipe open
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(out.Name()) }()
	defer func() { _ = out.Close() }()
	cmd := exec.CommandContext(ctx, filepath.Join(c.bin, program), args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.as}
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(out.Name())
		return fmt.Errorf("%s: %w\n%s", program, err, text)
	}
	return nil
}

// Start starts the server and returns when it answers.
func (c *Cluster) Start(ctx context.Context) error {
	return c.run(ctx, "pg_ctl", "-D", c.data(), "-l", filepath.Join(c.dir, "log"), "-o", c.options, "-w", "start")
}

// Crash stops the server as a power cut would: nothing more is written. What a write has not brought to the disk is gone.
func (c *Cluster) Crash(ctx context.Context) error {
	return c.run(ctx, "pg_ctl", "-D", c.data(), "-m", "immediate", "-w", "stop")
}

// Close stops the server and removes everything.
func (c *Cluster) Close() error {
	err := c.Crash(context.Background())
	return errors.Join(err, os.RemoveAll(c.dir))
}

// DSN is where the server listens, with more parameters, each as "name=value".
func (c *Cluster) DSN(parameters ...string) string {
	return strings.Join(append([]string{"host=" + c.dir, "user=sqltest", "dbname=postgres"}, parameters...), " ")
}
