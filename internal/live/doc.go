// Package live holds what the live tests of the providers share. They have the build tag live and
// run against a provider's test system with the credentials of whoever starts them: docs/live.md
// says how.
//
// Nothing in a live test may reach a system where money is real. The hosts go through [OpenGate],
// which refuses production and lets no request through to a host that it was not opened for; tokens
// go through [CheckToken].
package live
