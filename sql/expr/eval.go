package expr

import (
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// describe adds the row's key to the error of a dyn field.
func (ev *Evaluator) describe(err error) error {
	if err == nil || ev.ctx.DescribeRow == nil || pgerr.Code(err) != pgerr.InvalidTextRepresentation {
		return err
	}
	pe := pgerr.From(err)
	if pe.Detail == "" || ev.in == nil {
		return err
	}
	if key := ev.ctx.DescribeRow(ev.in, ev.row); key != "" {
		return pe.WithDetail(pe.Detail + " Key: \"" + key + "\".")
	}
	return err
}

type colNode int

func (n colNode) eval(_ *Evaluator, in *chunk.Chunk, _ []int32) (*chunk.Vec, error) {
	return &in.Cols[n], nil
}

// constNode is a value that is the same for all rows of an Eval: a constant vector.
type constNode struct {
	slot  int
	kind  types.Kind
	value func(*Ctx) (types.Datum, error)
}

func (n *constNode) eval(ev *Evaluator, in *chunk.Chunk, _ []int32) (*chunk.Vec, error) {
	v := &ev.vecs[n.slot]
	d, err := n.value(ev.ctx)
	if err != nil {
		return nil, err
	}
	v.Fill(n.kind, d, in.Rows)
	return v, nil
}

// each calls f for the selected rows.
func each(n int, sel []int32, f func(i int) error) error {
	if sel == nil {
		for i := range n {
			if err := f(i); err != nil {
				return err
			}
		}
		return nil
	}
	for _, i := range sel {
		if err := f(int(i)); err != nil {
			return err
		}
	}
	return nil
}

// rowNode evaluates by the reference form, row by row.
type rowNode struct {
	slot int
	e    Expr
}

func (n *rowNode) eval(ev *Evaluator, in *chunk.Chunk, sel []int32) (*chunk.Vec, error) {
	v := &ev.vecs[n.slot]
	v.Grow(n.e.Type().Kind, in.Rows)
	err := each(in.Rows, sel, func(i int) error {
		ev.in, ev.row = in, i
		d, err := EvalOne(ev.ctx, n.e, ev.lookup)
		if err != nil {
			return ev.describe(err)
		}
		v.Set(i, d)
		return nil
	})
	return v, err
}

// funcNode calls a function: its kernel over whole columns, or row by row.
type funcNode struct {
	slot int
	e    *Func
	args []node
}

func (n *funcNode) eval(ev *Evaluator, in *chunk.Chunk, sel []int32) (*chunk.Vec, error) {
	var room [4]*chunk.Vec
	args := room[:0]
	for _, a := range n.args {
		v, err := a.eval(ev, in, sel)
		if err != nil {
			return nil, err
		}
		args = append(args, v)
	}
	out := &ev.vecs[n.slot]
	if n.e.Def.Batch != nil {
		return out, n.e.Def.Batch(ev.ctx, args, in.Rows, sel, out)
	}
	out.Grow(n.e.T.Kind, in.Rows)
	var datums [4]types.Datum
	vals := datums[:0]
	err := each(in.Rows, sel, func(i int) error {
		vals = vals[:0]
		for _, a := range args {
			vals = append(vals, a.Datum(i))
		}
		d, err := CallFunc(ev.ctx, n.e, vals)
		if err != nil {
			return err
		}
		out.Set(i, d)
		return nil
	})
	return out, err
}

// chainNode is AND (stop = false) and OR (stop = true): each argument sees only
// the rows that the ones before left open.
type chainNode struct {
	slot, selSlot, tmpSlot int
	stop                   bool
	args                   []node
}

func (n *chainNode) eval(ev *Evaluator, in *chunk.Chunk, sel []int32) (*chunk.Vec, error) {
	out := &ev.vecs[n.slot]
	start := int64(1)
	if n.stop {
		start = 0
	}
	out.Grow(types.KindBool, in.Rows)
	for i := range out.Ints {
		out.Ints[i] = start
	}
	open := ev.sels[n.selSlot][:0]
	if sel == nil {
		for i := range in.Rows {
			open = append(open, int32(i))
		}
	} else {
		open = append(open, sel...)
	}
	for _, a := range n.args {
		if len(open) == 0 {
			break
		}
		v, err := a.eval(ev, in, open)
		if err != nil {
			ev.sels[n.selSlot] = open
			return nil, err
		}
		keep := open[:0]
		for _, i := range open {
			switch {
			case v.Null(int(i)):
				out.SetNull(int(i))
			case v.Int(int(i)) != start:
				out.Ints[i] = 1 - start
				out.Nulls.Remove(int(i))
				continue
			}
			keep = append(keep, i)
		}
		open = keep
	}
	ev.sels[n.selSlot] = open
	return out, nil
}

// filter narrows the selection argument by argument.
func (n *chainNode) filter(ev *Evaluator, in *chunk.Chunk, sel, out []int32) ([]int32, error) {
	cur := sel
	for i, a := range n.args {
		var err error
		if i == len(n.args)-1 {
			return ev.filter(a, in, cur, out)
		}
		slot := n.selSlot
		if i%2 == 1 {
			slot = n.tmpSlot
		}
		if cur, err = ev.filter(a, in, cur, ev.sels[slot][:0]); err != nil {
			return nil, err
		}
		ev.sels[slot] = cur
		if len(cur) == 0 {
			return out, nil
		}
	}
	return out, nil
}

type notNode struct {
	slot int
	arg  node
}

func (n *notNode) eval(ev *Evaluator, in *chunk.Chunk, sel []int32) (*chunk.Vec, error) {
	v, err := n.arg.eval(ev, in, sel)
	if err != nil {
		return nil, err
	}
	out := &ev.vecs[n.slot]
	out.Grow(types.KindBool, in.Rows)
	return out, each(in.Rows, sel, func(i int) error {
		if v.Null(i) {
			out.SetNull(i)
		} else {
			out.Ints[i] = 1 - v.Int(i)
		}
		return nil
	})
}

type nullTestNode struct {
	slot int
	arg  node
	not  bool
}

func (n *nullTestNode) eval(ev *Evaluator, in *chunk.Chunk, sel []int32) (*chunk.Vec, error) {
	v, err := n.arg.eval(ev, in, sel)
	if err != nil {
		return nil, err
	}
	out := &ev.vecs[n.slot]
	out.Grow(types.KindBool, in.Rows)
	return out, each(in.Rows, sel, func(i int) error {
		out.Ints[i] = 0
		if v.Null(i) != n.not {
			out.Ints[i] = 1
		}
		return nil
	})
}

type boolTestNode struct {
	slot int
	arg  node
	want byte
	not  bool
}

func (n *boolTestNode) eval(ev *Evaluator, in *chunk.Chunk, sel []int32) (*chunk.Vec, error) {
	v, err := n.arg.eval(ev, in, sel)
	if err != nil {
		return nil, err
	}
	out := &ev.vecs[n.slot]
	out.Grow(types.KindBool, in.Rows)
	return out, each(in.Rows, sel, func(i int) error {
		out.Ints[i] = 0
		if boolTest(v.Datum(i), n.want) != n.not {
			out.Ints[i] = 1
		}
		return nil
	})
}

type castNode struct {
	slot int
	e    *Cast
	arg  node
}

func (n *castNode) eval(ev *Evaluator, in *chunk.Chunk, sel []int32) (*chunk.Vec, error) {
	v, err := n.arg.eval(ev, in, sel)
	if err != nil {
		return nil, err
	}
	out := &ev.vecs[n.slot]
	out.Grow(n.e.T.Kind, in.Rows)
	return out, each(in.Rows, sel, func(i int) error {
		if v.Null(i) {
			out.SetNull(i)
			return nil
		}
		d, err := evalCast(ev.ctx, n.e, v.Datum(i))
		if err != nil {
			ev.in, ev.row = in, i
			return ev.describe(err)
		}
		out.Set(i, d)
		return nil
	})
}

type intToFloatNode struct {
	slot int
	arg  node
}

func (n *intToFloatNode) eval(ev *Evaluator, in *chunk.Chunk, sel []int32) (*chunk.Vec, error) {
	v, err := n.arg.eval(ev, in, sel)
	if err != nil {
		return nil, err
	}
	out := &ev.vecs[n.slot]
	if v.Const {
		d := v.Datum(0)
		if !d.IsNull() {
			d = types.MakeFloat(float64(d.Int()))
		}
		out.Fill(types.KindFloat, d, in.Rows)
		return out, nil
	}
	out.Grow(types.KindFloat, in.Rows)
	out.Nulls.Or(v.Nulls)
	if sel == nil {
		for i, x := range v.Ints[:in.Rows] {
			out.Floats[i] = float64(x)
		}
		return out, nil
	}
	for _, i := range sel {
		out.Floats[i] = float64(v.Ints[i])
	}
	return out, nil
}
