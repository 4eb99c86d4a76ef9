// Package sqltest tests package sqlstore, and paying once across crashes and replicas, on real databases. It is a module
// of its own because it needs drivers. It starts a private PostgreSQL from the programs that it finds on the machine; it
// fails, and skips nothing, where there are none.
package sqltest
