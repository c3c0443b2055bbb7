package builtin

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// Every function that makes a value longer than its arguments asks before it
// makes it: fits for what knows the length beforehand, enlarge for what grows
// piece by piece. Both give PostgreSQL's error past its limit of one value, and
// the budget's (53200) past the statement's.

// valueBytesMax is the longest value of a type with a length, as in PostgreSQL.
const valueBytesMax = 1<<30 - 5

// errTooLong is PostgreSQL's error of functions that compute their length.
func errTooLong() error {
	return pgerr.New(pgerr.ProgramLimitExceeded, "requested length too large")
}

// fits asks for a value of n bytes.
func fits(ctx *expr.Ctx, n int64) error {
	if n > valueBytesMax {
		return pgerr.Newf(pgerr.ProgramLimitExceeded, "invalid memory alloc request size %d", n)
	}
	return ctx.Budget.Fits(n)
}

// fitsLength is fits with the error of functions that compute their length.
func fitsLength(ctx *expr.Ctx, n int64) error {
	if n > valueBytesMax {
		return errTooLong()
	}
	return ctx.Budget.Fits(n)
}

// enlarge asks for more bytes behind have.
func enlarge(ctx *expr.Ctx, have, more int) error {
	if int64(have)+int64(more) > valueBytesMax {
		return pgerr.New(pgerr.ProgramLimitExceeded, "out of memory").
			WithDetailf("Cannot enlarge string buffer containing %d bytes by %d more bytes.", have, more)
	}
	return ctx.Budget.Fits(int64(have) + int64(more))
}

// bytesPerStep is how much of a text a step of the budget stands for.
const bytesPerStep = 64

// stepBytes counts work over n bytes.
func stepBytes(ctx *expr.Ctx, n int) error { return ctx.Budget.Step(1 + n/bytesPerStep) }

// How many words a step of the budget adds, or products of words it makes.
const (
	wordSumsPerStep     = 8
	wordProductsPerStep = 32
)

// numericWords is how many words of 64 bits the digits of v take.
func numericWords(v *types.Decimal) int { return v.Coeff.BitLen() / 64 }

// datumSlot is the bytes of an array's element beyond what it points to.
const datumSlot = 24

// errArraySize is PostgreSQL's error of an array with too many elements.
func errArraySize() error {
	return pgerr.Newf(pgerr.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", arrayElementsMax)
}

const arrayElementsMax = 134217727
