package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/plan"
)

// joinCore is what all joins share: pairs of an outer and an inner row come in
// from a pair source, pass the condition, and go out as the kind of join asks.
// The outer side streams in chunks, the inner side is held (inner).
type joinCore struct {
	kind plan.JoinKind
	// swapped: the outer side is the right input (hash join built on the left).
	swapped bool
	on      evalState
	run     *Run
	inner   *chunk.Chunk
	outer   *chunk.Chunk

	outerIdx, innerIdx []int32
	outerHit           []bool // rows of the outer chunk that have a match
	innerHit           []bool // rows of the inner side that have a match
	pairs, out         chunk.Chunk
	sel                []int32
	widthL             int
	tail               int // next inner row to look at for unmatched ones
}

func newJoinCore(kind plan.JoinKind, swapped bool, on *Expr, l, r Kinds) joinCore {
	j := joinCore{kind: kind, swapped: swapped, on: stateOf(on), widthL: len(l)}
	both := append(append(Kinds{}, l...), r...)
	j.pairs.Cols = newCols(both)
	if kind == plan.Semi || kind == plan.Anti {
		both = l
	}
	j.out.Cols = newCols(both)
	return j
}

func (j *joinCore) open(run *Run) {
	j.run, j.outer, j.tail = run, nil, 0
	j.on.reset()
	j.innerHit = j.innerHit[:0]
}

// setInner is called when the inner side is complete.
func (j *joinCore) setInner(c *chunk.Chunk) {
	j.inner = c
	if j.marksInner() {
		j.innerHit = growSlice(j.innerHit[:0], c.Rows)
		clear(j.innerHit)
	}
}

func (j *joinCore) setOuter(c *chunk.Chunk) {
	j.outer = c
	j.outerHit = growSlice(j.outerHit[:0], c.Rows)
	clear(j.outerHit)
}

// marksInner: matches of inner rows matter.
func (j *joinCore) marksInner() bool {
	return j.kind == plan.Full || j.swapped && (j.kind == plan.Left || j.kind == plan.Semi || j.kind == plan.Anti)
}

// marksOuter: matches of outer rows matter.
func (j *joinCore) marksOuter() bool {
	return j.kind == plan.Full || !j.swapped && (j.kind == plan.Left || j.kind == plan.Semi || j.kind == plan.Anti)
}

// emitsPairs: matching pairs go out.
func (j *joinCore) emitsPairs() bool { return j.kind != plan.Semi && j.kind != plan.Anti }

// take deals with the pairs in outerIdx and innerIdx: a chunk to give out, or nil.
func (j *joinCore) take() (*chunk.Chunk, error) {
	oi, ii := j.outerIdx, j.innerIdx
	if len(oi) == 0 {
		return nil, nil
	}
	gathered := false
	if j.on.expr != nil {
		j.gatherPairs(&j.pairs, oi, ii)
		sel, err := j.on.truths(j.run, &j.pairs, j.sel[:0])
		j.sel = sel
		if err != nil {
			return nil, err
		}
		gathered = len(sel) == len(oi)
		if !gathered {
			for k, s := range sel {
				oi[k], ii[k] = oi[s], ii[s]
			}
			oi, ii = oi[:len(sel)], ii[:len(sel)]
		}
	}
	j.mark(oi, ii)
	if !j.emitsPairs() || len(oi) == 0 {
		return nil, nil
	}
	if gathered {
		return &j.pairs, nil
	}
	j.gatherPairs(&j.out, oi, ii)
	return &j.out, nil
}

func (j *joinCore) mark(oi, ii []int32) {
	if j.marksOuter() {
		for _, o := range oi {
			j.outerHit[o] = true
		}
	}
	if j.marksInner() {
		for _, i := range ii {
			j.innerHit[i] = true
		}
	}
}

func (j *joinCore) gatherPairs(dst *chunk.Chunk, oi, ii []int32) {
	dst.Reset()
	at := j.widthL
	l, li, r, ri := j.outer, oi, j.inner, ii
	if j.swapped {
		l, li, r, ri = j.inner, ii, j.outer, oi
	}
	gatherChunk(dst, 0, l, li)
	gatherChunk(dst, at, r, ri)
	dst.Rows = len(oi)
}

// outerRest gives what the outer chunk has besides pairs once all of them were
// taken: unmatched rows of an outer join, the rows of a semi or anti join.
func (j *joinCore) outerRest() *chunk.Chunk {
	if !j.marksOuter() {
		return nil
	}
	want := j.kind == plan.Semi
	j.sel = j.sel[:0]
	for i, hit := range j.outerHit[:j.outer.Rows] {
		if hit == want {
			j.sel = append(j.sel, int32(i))
		}
	}
	if len(j.sel) == 0 {
		return nil
	}
	if !j.emitsPairs() && len(j.sel) == j.outer.Rows {
		return j.outer
	}
	return j.sideOnly(j.outer, j.sel, !j.swapped)
}

// innerRest gives, in chunks, what the inner side has left in the end.
func (j *joinCore) innerRest(rows int) *chunk.Chunk {
	if !j.marksInner() {
		return nil
	}
	want := j.kind == plan.Semi
	j.sel = j.sel[:0]
	for ; j.tail < j.inner.Rows && len(j.sel) < rows; j.tail++ {
		if j.innerHit[j.tail] == want {
			j.sel = append(j.sel, int32(j.tail))
		}
	}
	if len(j.sel) == 0 {
		return nil
	}
	return j.sideOnly(j.inner, j.sel, j.swapped)
}

// sideOnly gives rows of one input; the other one's columns, where they go out, are NULL.
func (j *joinCore) sideOnly(c *chunk.Chunk, idx []int32, left bool) *chunk.Chunk {
	j.out.Reset()
	at := 0
	if !left {
		at = j.widthL
	}
	gatherChunk(&j.out, at, c, idx)
	for k := range j.out.Cols {
		if k < at || k >= at+len(c.Cols) {
			appendNulls(&j.out.Cols[k], len(idx))
		}
	}
	j.out.Rows = len(idx)
	return &j.out
}

// NestedLoop joins by looking at every pair. The right input is held; past
// work_mem its tail lies in a file, which is read once for each left chunk.
type NestedLoop struct {
	Kind   plan.JoinKind
	L, R   Spec
	On     *Expr // over the columns of L, then R; nil: all pairs
	LKinds Kinds
	RKinds Kinds
}

// New implements Spec.
func (s *NestedLoop) New() Operator {
	return &nestedLoopOp{spec: s, l: s.L.New(), r: s.R.New(), joinCore: newJoinCore(s.Kind, false, s.On, s.LKinds, s.RKinds)}
}

type nestedLoopOp struct {
	joinCore
	spec   *NestedLoop
	l, r   Operator
	store  rowStore
	read   cursor // over store, for the outer chunk
	loaded bool
	base   int64 // place of inner in store
	row    int   // of the outer chunk
	at     int   // next row of inner for it
	done   bool
	// hits has innerHit for all of store, where matches of inner rows matter.
	hits []bool
	acct account
}

func (op *nestedLoopOp) Open(run *Run) error {
	op.joinCore.open(run)
	op.store.open(run, op.spec.RKinds)
	op.acct.open(run.Mem)
	op.loaded, op.done = false, false
	if err := op.l.Open(run); err != nil {
		return err
	}
	return op.r.Open(run)
}

func (op *nestedLoopOp) Close() {
	op.l.Close()
	op.r.Close()
	op.store.close()
	op.acct.close()
}

func (op *nestedLoopOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	if !op.loaded {
		if err := op.load(ctx); err != nil {
			return nil, err
		}
	}
	for !op.done {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if op.outer == nil {
			if err := op.nextOuter(ctx); err != nil {
				return nil, err
			}
			continue
		}
		if op.inner != nil && op.row < op.outer.Rows {
			op.nextPairs()
			c, err := op.take()
			if err != nil || c != nil {
				return c, err
			}
			continue
		}
		if more, err := op.nextInner(); err != nil {
			return nil, err
		} else if more {
			continue
		}
		rest := op.outerRest()
		op.outer = nil
		if rest != nil {
			return rest, nil
		}
	}
	return op.innerTail()
}

func (op *nestedLoopOp) load(ctx context.Context) error {
	op.loaded = true
	if err := op.store.load(ctx, op.r); err != nil {
		return err
	}
	if n := op.store.spilled(); n > 0 {
		op.run.Stats.use(Usage{Memory: op.store.acct.peak, Disk: n})
	}
	op.hits = op.hits[:0]
	if !op.marksInner() {
		return nil
	}
	if err := op.acct.add(op.store.rows()); err != nil {
		return err
	}
	op.hits = growSlice(op.hits, int(op.store.rows()))
	clear(op.hits)
	return nil
}

// nextOuter takes the next left chunk and begins with the right rows anew.
func (op *nestedLoopOp) nextOuter(ctx context.Context) error {
	c, err := op.l.Next(ctx)
	if err != nil {
		return err
	}
	op.read.from(&op.store, storeMark{})
	if c == nil {
		op.done, op.inner, op.tail = true, nil, 0
		return nil
	}
	op.setOuter(c)
	op.inner, op.row = nil, c.Rows
	return nil
}

// nextInner goes on to the next right rows for the outer chunk; false at their end.
func (op *nestedLoopOp) nextInner() (bool, error) {
	c, err := op.store.chunkAt(&op.read)
	if err != nil || c == nil {
		return false, err
	}
	op.base = op.read.row - int64(c.Rows)
	op.inner = c
	if op.marksInner() {
		op.innerHit = op.hits[op.base:op.read.row]
	}
	op.row, op.at = 0, 0
	return true, nil
}

// innerTail gives the right rows that no left row met, in the end.
func (op *nestedLoopOp) innerTail() (*chunk.Chunk, error) {
	for op.marksInner() {
		if op.inner != nil {
			if c := op.innerRest(op.run.rows()); c != nil {
				return c, nil
			}
		}
		more, err := op.nextInner()
		if err != nil || !more {
			op.inner = nil
			return nil, err
		}
		op.tail = 0
	}
	return nil, nil
}

// nextPairs collects the next batch of pairs of the outer chunk with inner.
func (op *nestedLoopOp) nextPairs() {
	op.outerIdx, op.innerIdx = op.outerIdx[:0], op.innerIdx[:0]
	rows := op.run.rows()
	for op.row < op.outer.Rows && len(op.outerIdx) < rows {
		stop := !op.emitsPairs() && op.outerHit[op.row]
		for !stop && op.at < op.inner.Rows && len(op.outerIdx) < rows {
			op.outerIdx = append(op.outerIdx, int32(op.row))
			op.innerIdx = append(op.innerIdx, int32(op.at))
			op.at++
		}
		if stop || op.at >= op.inner.Rows {
			op.row, op.at = op.row+1, 0
		}
	}
}
