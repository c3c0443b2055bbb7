// Package chunk holds column batches: what flows between operators.
//
//	rowcodec ──► Chunk{Cols []Vec, Sel} ──► expr kernels, operators ──► wire
//
// A Chunk is up to RowsMax rows of typed columns. A column (Vec) keeps its values
// in the layout of its kind and form:
//
//	kind              form     in
//	bool, int         Plain    Ints
//	float             Plain    Floats
//	string, bytes     Packed   Bytes, Ends: value i ends at Ends[i] and begins where the one before ends
//	decimal           Scaled   Ints: value · 10^Scale
//	decimal           Wide     Ints and Highs: the low and high 64 bits of value · 10^Scale
//	any but the first three   Plain    Datums
//
// Words:
//   - form: how the values of a kind are laid out. Packed, Scaled and Wide hold
//     no pointers; whatever adds a value that they cannot hold makes the vector
//     Plain (flatten). A producer chooses the form; consumers either switch on it
//     or read by Datum, Str and Null, which know them all.
//   - constant: the one value at place 0 stands for every row.
//   - selection: the rows of a chunk that count, by number, ascending; nil for
//     all of them. Only who asks for it gets a chunk that has one (exec.Selecting).
//
// NULLs are a set of row numbers, one bit a row. The value slot of a NULL row
// is there and meaningless.
//
// Lifetime: a Chunk given by an operator is valid until the next call of that
// operator's Next or Close; whoever keeps rows longer copies them. Datums may be
// kept for ever: they are immutable, and so are the bytes that a packed vector
// has handed out.
package chunk
