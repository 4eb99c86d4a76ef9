// Package wire reads what providers write: answers in JSON, amounts as text or as numbers, and times in the forms that their
// APIs use. No float comes near an amount, and nothing is parsed before its size is known to be small.
//
// [Decode] and [Valid] do what json.Unmarshal and json.Valid of encoding/json do, for two reasons. One odd member must lose
// nothing else of an answer, wherever it stands. And a payment through a client may cost no more than one written by hand: on
// encoding/json alone, answers that are looked at, checked and kept as they came are gone through several times. What the two
// read is held to encoding/json by fuzz targets. A type's own UnmarshalJSON is honoured; what is rare (floats, arrays, text
// unmarshalers, quoted numbers) is left to encoding/json.
//
// Its errors are plain: what an unreadable answer means for the money is for the caller to say.
package wire
