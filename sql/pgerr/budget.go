package pgerr

import (
	"errors"

	"github.com/ferritedb/ferrite/kv/budget"
)

// fromBudget words what a run exceeded (kv/budget); nil where err is none of it.
func fromBudget(err error) *Error {
	var x *budget.Exceeded
	if !errors.As(err, &x) {
		return nil
	}
	var e *Error
	switch x.Kind {
	case budget.ErrDepth:
		e = New(StatementTooComplex, "stack depth limit exceeded").
			WithHintf("The statement nests deeper than %d levels: let it nest less deeply.", x.Limit)
	case budget.ErrSteps:
		e = Newf(ProgramLimitExceeded, "statement takes more than its limit of %d steps", x.Limit)
	default:
		e = New(OutOfMemory, "out of memory")
		if x.Server {
			e = e.WithDetailf("A request of %d bytes does not fit into the server's memory of %d bytes.", x.Asked, x.Limit).
				WithHint("Retry when fewer statements run, or raise memory.")
		} else {
			e = e.WithDetailf("A request of %d bytes passes the statement's budget of %d bytes.", x.Asked, x.Limit).
				WithHint("Raise work_mem, or let the statement make smaller values.")
		}
	}
	e.Cause = err
	return e
}
