// Package storetest is the contract of [once.Store] as a test suite. A store that passes it can be trusted with payments:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t testing.TB) storetest.Harness {
//			...
//			return storetest.Harness{Store: store, Advance: advance}
//		})
//	}
package storetest

import (
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment/once"
)

// Harness is one empty store under test.
type Harness struct {
	// Store is empty.
	Store once.Store
	// Advance makes the store's clock later by d, as it appears in rows. A database may move the times of all its rows
	// back instead.
	Advance func(d time.Duration)
}

// Run runs the suite. open returns an empty store for each test, and registers its own clean-up.
func Run(t *testing.T, open func(t testing.TB) Harness) {
	for name, test := range map[string]func(*testing.T, Harness){
		"Begin":                  testBegin,
		"BeginAgain":             testBeginAgain,
		"BeginAfterRelease":      testBeginAfterRelease,
		"BeginAnotherDigest":     testBeginAnotherDigest,
		"Scope":                  testScope,
		"ScopeHolderIsFirst":     testScopeHolderIsFirst,
		"ScopeAllowAnother":      testScopeAllowAnother,
		"ScopeRetried":           testScopeRetried,
		"ScopeRaised":            testScopeRaised,
		"Names":                  testNames,
		"Keys":                   testKeys,
		"Update":                 testUpdate,
		"UpdateStale":            testUpdateStale,
		"UpdateFixedFields":      testUpdateFixedFields,
		"Terms":                  testTerms,
		"Copies":                 testCopies,
		"Unresolved":             testUnresolved,
		"Events":                 testEvents,
		"Watched":                testWatched,
		"BeginMarks":             testBeginMarks,
		"UpdateDamaged":          testUpdateDamaged,
		"EndedContext":           testEndedContext,
		"ConcurrentKey":          testConcurrentKey,
		"ConcurrentScope":        testConcurrentScope,
		"ConcurrentScopeRetried": testConcurrentScopeRetried,
		"ConcurrentUpdate":       testConcurrentUpdate,
		"ConcurrentUpdateLast":   testConcurrentUpdateLast,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}
