package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// HashJoin joins on equal keys. It holds the right input (the left one where
// BuildLeft) in a hash table; past the memory budget both inputs are spread over
// files by hash and joined part by part (grace hash join, Kitsuregawa et al. 1983).
type HashJoin struct {
	Kind         plan.JoinKind
	L, R         Spec
	LKeys, RKeys []*Expr
	KeyTypes     []*types.T
	On           *Expr // the rest of the condition, over the columns of L, then R
	BuildLeft    bool
	// NullAware: an Anti join that stands for NOT IN. A NULL on either side is
	// then unknown, and passes nothing unless the right input is empty.
	NullAware      bool
	LKinds, RKinds Kinds
}

// New implements Spec.
func (s *HashJoin) New() Operator {
	op := &hashJoinOp{spec: s, joinCore: newJoinCore(s.Kind, s.BuildLeft, s.On, s.LKinds, s.RKinds), table: newKeyTable(s.KeyTypes, false)}
	op.build, op.buildKeys, op.buildKinds = s.R.New(), states(s.RKeys), s.RKinds
	op.probe, op.probeKeys, op.probeKinds = s.L.New(), states(s.LKeys), s.LKinds
	if s.BuildLeft {
		op.build, op.probe = s.L.New(), s.R.New()
		op.buildKeys, op.probeKeys = states(s.LKeys), states(s.RKeys)
		op.buildKinds, op.probeKinds = s.LKinds, s.RKinds
	}
	return op
}

type hashJoinOp struct {
	joinCore
	spec                   *HashJoin
	build, probe           Operator
	buildKeys, probeKeys   []evalState
	buildKinds, probeKinds Kinds
	table                  *keyTable
	// heads[key] is the first build row of a key, chain[row] the next one.
	heads, chain []int32
	buf          rowBuffer
	keys         []*chunk.Vec
	ids          []int32
	loaded, done bool
	nullBuilt    bool // a build row had a NULL key
	row          int
	at           int32 // build row to pair next with row
	acct         account

	buildParts, probeParts *partitions
	part                   int
	source                 *spillSource // probe rows of the part at hand
}

func (op *hashJoinOp) Open(run *Run) error {
	op.joinCore.open(run)
	op.buf.open(run, op.buildKinds, "a hash join")
	op.acct.open(run.Mem, "a hash join")
	op.loaded, op.done, op.nullBuilt, op.source = false, false, false, nil
	op.resetTable()
	resetAll(op.buildKeys)
	resetAll(op.probeKeys)
	if err := op.build.Open(run); err != nil {
		return err
	}
	return op.probe.Open(run)
}

func (op *hashJoinOp) resetTable() {
	op.table.reset()
	op.heads, op.chain = op.heads[:0], op.chain[:0]
}

func (op *hashJoinOp) Close() {
	op.build.Close()
	op.probe.Close()
	op.buf.close()
	op.acct.close()
	if op.buildParts != nil {
		op.buildParts.close()
		op.probeParts.close()
		op.buildParts, op.probeParts = nil, nil
	}
}

func (op *hashJoinOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	if !op.loaded {
		if err := op.load(ctx); err != nil {
			return nil, err
		}
		op.loaded = true
	}
	for {
		c, err := op.joinPart(ctx)
		if err != nil || c != nil {
			return c, err
		}
		if op.buildParts == nil {
			return nil, nil
		}
		more, err := op.nextPart()
		if err != nil || !more {
			return nil, err
		}
	}
}

// joinPart gives the next chunk of the part at hand (of everything, unless spilled).
func (op *hashJoinOp) joinPart(ctx context.Context) (*chunk.Chunk, error) {
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
		if op.row < op.outer.Rows {
			op.nextPairs()
			c, err := op.take()
			if err != nil || c != nil {
				return c, err
			}
			continue
		}
		rest := op.outerRest()
		op.outer = nil
		if rest != nil {
			return rest, nil
		}
	}
	return op.innerRest(op.run.rows()), nil
}

func (op *hashJoinOp) nextOuter(ctx context.Context) error {
	var c *chunk.Chunk
	var err error
	if op.buildParts != nil {
		if op.source != nil {
			c, err = op.source.next()
		}
	} else if op.inner.Rows == 0 && op.skipsProbe() {
		c = nil
	} else {
		c, err = op.probe.Next(ctx)
	}
	if err != nil {
		return err
	}
	if c == nil {
		op.done = true
		return nil
	}
	op.setOuter(c)
	if op.keys, err = evalVecs(op.run, op.probeKeys, c, op.keys); err != nil {
		return err
	}
	op.ids = growSlice(op.ids[:0], c.Rows)
	if err := op.table.lookup(op.keys, c.Rows, op.ids, false); err != nil {
		return err
	}
	if op.spec.NullAware && op.inner.Rows > 0 {
		op.markUnknown(c)
	}
	op.row = 0
	op.startRow()
	return nil
}

// skipsProbe: with no build rows nothing can come out.
func (op *hashJoinOp) skipsProbe() bool {
	switch op.kind {
	case plan.Inner, plan.Semi:
		return true
	case plan.Left, plan.Anti:
		return op.swapped
	}
	return false
}

// markUnknown drops the rows of NOT IN whose outcome is unknown.
func (op *hashJoinOp) markUnknown(c *chunk.Chunk) {
	for i := range c.Rows {
		if op.nullBuilt || anyNull(op.keys, i) {
			op.outerHit[i] = true
		}
	}
}

func anyNull(keys []*chunk.Vec, i int) bool {
	for _, k := range keys {
		if k.Null(i) {
			return true
		}
	}
	return false
}

func evalVecs(run *Run, es []evalState, c *chunk.Chunk, dst []*chunk.Vec) ([]*chunk.Vec, error) {
	dst = dst[:0]
	for i := range es {
		v, err := es[i].vec(run, c)
		if err != nil {
			return dst, err
		}
		dst = append(dst, v)
	}
	return dst, nil
}

// startRow sets at to the first build row for row.
func (op *hashJoinOp) startRow() {
	op.at = noRow
	if op.row < op.outer.Rows {
		if id := op.ids[op.row]; id >= 0 {
			op.at = op.heads[id]
		}
	}
}

func (op *hashJoinOp) nextPairs() {
	oi, ii := op.outerIdx[:0], op.innerIdx[:0]
	rows := op.run.rows()
	n := op.outer.Rows
	once := !op.emitsPairs() && !op.swapped && op.on.expr == nil // one match tells all
	for op.row < n && len(oi) < rows {
		for op.at >= 0 && len(oi) < rows {
			oi = append(oi, int32(op.row))
			ii = append(ii, op.at)
			op.at = op.chain[op.at]
			if once {
				op.at = noRow
			}
		}
		if op.at < 0 {
			op.row++
			op.startRow()
		}
	}
	op.outerIdx, op.innerIdx = oi, ii
}

// load fills the hash table.
func (op *hashJoinOp) load(ctx context.Context) error {
	err := drain(ctx, op.build, func(c *chunk.Chunk) error {
		if op.buildParts == nil {
			if op.acct.trySet(op.acct.held + chunkSize(c) + 24*int64(c.Rows)) {
				return op.insert(c)
			}
			if op.spec.NullAware {
				return op.acct.add(chunkSize(c) + 24*int64(c.Rows)) // needs all keys in one place: 53200
			}
			if err := op.spillTable(); err != nil {
				return err
			}
		}
		return op.spillRows(op.buildParts, op.buildKeys, c)
	})
	if err != nil {
		return err
	}
	op.setInner(&op.buf.Chunk)
	if op.buildParts == nil {
		return nil
	}
	err = drain(ctx, op.probe, func(c *chunk.Chunk) error {
		return op.spillRows(op.probeParts, op.probeKeys, c)
	})
	op.part, op.done = -1, true
	return err
}

// insert adds build rows to the table.
func (op *hashJoinOp) insert(c *chunk.Chunk) error {
	var err error
	if op.keys, err = evalVecs(op.run, op.buildKeys, c, op.keys); err != nil {
		return err
	}
	op.ids = growSlice(op.ids[:0], c.Rows)
	if err := op.table.lookup(op.keys, c.Rows, op.ids, true); err != nil {
		return err
	}
	base := int32(op.buf.Rows)
	appendRows(&op.buf.Chunk, c, 0, c.Rows)
	for len(op.heads) < op.table.len() {
		op.heads = append(op.heads, noRow)
	}
	op.chain = growSlice(op.chain, c.Rows)
	// Backwards, so that chains within a chunk keep the input's order.
	for i := c.Rows - 1; i >= 0; i-- {
		row := base + int32(i)
		id := op.ids[i]
		if id < 0 {
			op.chain[row] = noRow
			op.nullBuilt = true
			continue
		}
		op.chain[row] = op.heads[id]
		op.heads[id] = row
	}
	return nil
}

// spillTable moves the build rows at hand to partition files.
func (op *hashJoinOp) spillTable() error {
	op.buildParts, op.probeParts = &partitions{}, &partitions{}
	held := op.buf.Chunk
	op.buf.Chunk = chunk.Chunk{Cols: newCols(op.buildKinds)}
	op.resetTable()
	op.acct.set(0)
	return op.spillRows(op.buildParts, op.buildKeys, &held)
}

func (op *hashJoinOp) spillRows(p *partitions, keys []evalState, c *chunk.Chunk) error {
	var err error
	if op.keys, err = evalVecs(op.run, keys, c, op.keys); err != nil {
		return err
	}
	for i := range c.Rows {
		h, null, err := op.table.hashRow(op.keys, i)
		if err != nil {
			return err
		}
		if null {
			h = 0 // matches nothing, but may go out unmatched
		}
		if err := p.add(op.run, c, i, h); err != nil {
			return err
		}
	}
	return nil
}

// nextPart loads the table of the next partition; false after the last one.
func (op *hashJoinOp) nextPart() (bool, error) {
	op.part++
	if op.part >= spillPartitions {
		return false, nil
	}
	op.resetTable()
	op.buf.Reset()
	op.acct.set(0)
	op.tail = 0
	if f := op.buildParts.files[op.part]; f != nil {
		if err := f.rewind(); err != nil {
			return false, err
		}
		src := &spillSource{file: f, rows: op.run.rows()}
		src.out.Cols = newCols(op.buildKinds)
		for {
			c, err := src.next()
			if err != nil {
				return false, err
			}
			if c == nil {
				break
			}
			if err := op.acct.add(chunkSize(c)); err != nil {
				return false, err
			}
			if err := op.insert(c); err != nil {
				return false, err
			}
		}
	}
	op.setInner(&op.buf.Chunk)
	op.source = nil
	if f := op.probeParts.files[op.part]; f != nil {
		if err := f.rewind(); err != nil {
			return false, err
		}
		op.source = &spillSource{file: f, rows: op.run.rows()}
		op.source.out.Cols = newCols(op.probeKinds)
	}
	op.done = false
	return true, nil
}
