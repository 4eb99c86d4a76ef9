//go:build !unix

package sqlstore

// inode is not known here: a copy in the same place is not noticed.
func inode(string) string { return "" }
