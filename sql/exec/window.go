package exec

import (
	"context"
	"slices"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/types"
)

// Window adds one column for each call to its input's columns. It sorts its
// input by partition and order and gives it out so.
type Window struct {
	In             Spec
	Partition      []*Expr
	PartitionTypes []*types.T
	Order          []SortKey
	Calls          []*WindowCall
	InKinds        Kinds
	Kinds          Kinds
}

// New implements Spec.
func (s *Window) New() Operator {
	op := &windowOp{spec: s, in: s.In.New()}
	var keys []SortKey
	for i, e := range s.Partition {
		keys = append(keys, SortKey{Expr: e, T: s.PartitionTypes[i]})
	}
	op.parts = len(keys)
	op.keys = newKeyStates(append(keys, s.Order...))
	for _, c := range s.Calls {
		op.calls = append(op.calls, c.newState())
	}
	op.out.Cols = newCols(s.Kinds)
	return op
}

type windowOp struct {
	spec   *Window
	in     Operator
	run    *Run
	keys   []keyState
	parts  int // leading keys that make the partition
	calls  []*windowState
	rows   rowBuffer // the input's columns, then the keys
	order  []int32
	loaded bool
	next   int
	vecs   []*chunk.Vec
	out    chunk.Chunk
}

func (op *windowOp) kinds() Kinds {
	k := append(Kinds{}, op.spec.InKinds...)
	for i := range op.keys {
		k = append(k, op.keys[i].Expr.Kind)
	}
	for _, c := range op.calls {
		k = append(k, c.argKinds()...)
	}
	return k
}

func (op *windowOp) Open(run *Run) error {
	op.run, op.loaded, op.next = run, false, 0
	resetKeys(op.keys)
	op.rows.open(run, op.kinds(), "a window")
	for _, c := range op.calls {
		c.open()
	}
	return op.in.Open(run)
}

func (op *windowOp) Close() {
	op.in.Close()
	op.rows.close()
}

func (op *windowOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	if !op.loaded {
		op.loaded = true
		if err := op.load(ctx); err != nil {
			return nil, err
		}
	}
	n := min(op.run.rows(), len(op.order)-op.next)
	if n <= 0 {
		return nil, nil
	}
	op.out.Reset()
	idx := op.order[op.next : op.next+n]
	width := len(op.spec.InKinds)
	for j := range width {
		op.out.Cols[j].Gather(&op.rows.Cols[j], idx)
	}
	for k, c := range op.calls {
		for _, d := range c.results[op.next : op.next+n] {
			op.out.Cols[width+k].Append(d)
		}
	}
	op.next += n
	op.out.Rows = n
	return &op.out, nil
}

func (op *windowOp) load(ctx context.Context) error {
	err := drain(ctx, op.in, func(c *chunk.Chunk) error {
		vecs := op.vecs[:0]
		for j := range c.Cols {
			vecs = append(vecs, &c.Cols[j])
		}
		for i := range op.keys {
			v, err := op.keys[i].eval.vec(op.run, c)
			if err != nil {
				return err
			}
			vecs = append(vecs, v)
		}
		for _, w := range op.calls {
			var err error
			if vecs, err = w.args(op.run, c, vecs); err != nil {
				return err
			}
		}
		op.vecs = vecs
		if err := op.rows.acct.add(2*chunkSize(c) + int64(c.Rows*(4+datumBytes*len(op.calls)))); err != nil {
			return err
		}
		for j, v := range vecs {
			op.rows.Cols[j].AppendRange(v, 0, c.Rows)
		}
		op.rows.Rows += c.Rows
		return nil
	})
	if err != nil {
		return err
	}
	op.sort()
	return op.compute(ctx)
}

func (op *windowOp) keyVec(i int) *chunk.Vec { return &op.rows.Cols[len(op.spec.InKinds)+i] }

// compare orders two rows by the keys [from, to).
func (op *windowOp) compare(a, b int32, from, to int) int {
	for i := from; i < to; i++ {
		v := op.keyVec(i)
		if c := op.keys[i].compareVec(op.run, v, int(a), v, int(b)); c != 0 {
			return c
		}
	}
	return 0
}

func (op *windowOp) sort() {
	op.order = growSlice(op.order[:0], op.rows.Rows)
	for i := range op.order {
		op.order[i] = int32(i)
	}
	if len(op.keys) == 0 {
		return
	}
	slices.SortFunc(op.order, func(a, b int32) int {
		if c := op.compare(a, b, 0, len(op.keys)); c != 0 {
			return c
		}
		return int(a - b)
	})
}

// compute fills the results of all calls, partition by partition.
func (op *windowOp) compute(ctx context.Context) error {
	argsAt := len(op.spec.InKinds) + len(op.keys)
	bases := make([]int, len(op.calls))
	for k, c := range op.calls {
		bases[k] = argsAt
		argsAt += len(c.argKinds())
	}
	for from := 0; from < len(op.order); {
		if err := ctx.Err(); err != nil {
			return err
		}
		to := from + 1
		for to < len(op.order) && op.compare(op.order[from], op.order[to], 0, op.parts) == 0 {
			to++
		}
		p := &partition{op: op, rows: op.order[from:to]}
		p.findPeers()
		for k, c := range op.calls {
			p.base, p.call = bases[k], c
			if err := c.compute(op.run, p); err != nil {
				return err
			}
		}
		from = to
	}
	return nil
}

// partition implements expr.Partition for the call at hand.
type partition struct {
	op   *windowOp
	rows []int32
	// peerStart[i] and peerEnd[i] bound the peers of row i; group numbers peer groups.
	peerStart, peerEnd, group []int32
	call                      *windowState
	base                      int // column of the call's first argument
}

func (p *partition) findPeers() {
	n := len(p.rows)
	p.peerStart, p.peerEnd, p.group = make([]int32, n), make([]int32, n), make([]int32, n)
	g := int32(0)
	for from := 0; from < n; g++ {
		to := from + 1
		for to < n && p.op.compare(p.rows[from], p.rows[to], p.op.parts, len(p.op.keys)) == 0 {
			to++
		}
		for i := from; i < to; i++ {
			p.peerStart[i], p.peerEnd[i], p.group[i] = int32(from), int32(to), g
		}
		from = to
	}
}

// Len implements expr.Partition.
func (p *partition) Len() int { return len(p.rows) }

// Arg implements expr.Partition.
func (p *partition) Arg(row, i int) Datum { return p.op.rows.Cols[p.base+i].Datum(int(p.rows[row])) }

// Peers implements expr.Partition.
func (p *partition) Peers(row int) (start, end int) {
	return int(p.peerStart[row]), int(p.peerEnd[row])
}

// Frame implements expr.Partition.
func (p *partition) Frame(row int) (start, end int) { return p.call.frame(p, row) }

// InFrame implements expr.Partition.
func (p *partition) InFrame(row, r int) bool {
	start, end := p.call.frame(p, row)
	return r >= start && r < end && !p.call.excluded(p, row, r)
}

// orderKey is the single ordering column of a RANGE frame with offset, at row.
func (p *partition) orderKey(row int) Datum {
	return p.op.keyVec(p.op.parts).Datum(int(p.rows[row]))
}
