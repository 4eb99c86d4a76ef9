// Package wire reads what providers write: amounts as text or as numbers, and times in the forms that their APIs use.
// No float comes near an amount, and nothing is parsed before its size is known to be small.
//
// Its errors are plain: what an unreadable answer means for the money is for the caller to say.
package wire
