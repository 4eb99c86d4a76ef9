// Package wire reads what providers write: answers in JSON, amounts as text or as numbers, and times in the forms that their
// APIs use. No float comes near an amount, and nothing is parsed before its size is known to be small.
//
// JSON is read by encoding/json. [UnmarshalLenient] adds one rule: a member of another type than documented is left out, and
// nothing else is lost with it. Three consequences hold for all clients:
//
//   - An UnmarshalJSON method of a field must not fail. encoding/json stops reading at such an error, and what follows in
//     the answer would be lost.
//   - Of two members with one name the last one counts, and names that differ in case alone are one name. Two objects of
//     one name are merged, as encoding/json merges them.
//   - Where an answer is to prove that nothing was taken, that is not good enough: [Unique] refuses such an answer.
//
// The errors of this package are plain: what an unreadable answer means for the money is for the caller to say.
package wire
