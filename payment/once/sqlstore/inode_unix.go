//go:build unix

package sqlstore

import (
	"fmt"
	"os"
	"syscall"
)

// inode names the file at a path, "" where there is none.
func inode(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return fmt.Sprint(" ", s.Ino)
	}
	return ""
}
