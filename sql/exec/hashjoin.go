package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
)

// HashJoin joins on equal keys. It holds the right input (the left one where
// BuildLeft) in a hash table; past work_mem both inputs are spread over files by
// hash and joined part by part (grace hash join, Kitsuregawa et al. 1983), a part
// that does not fit again so.
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
	buf          chunk.Chunk // the build rows
	bufBytes     int64
	arena        rowcodec.Arena
	keys         []*chunk.Vec
	ids          []int32
	loaded, done bool
	anyBuilt     bool // there was a build row
	nullBuilt    bool // a build row had a NULL key
	row          int
	at           int32 // build row to pair next with row
	acct         account

	part    hashJoinPart // being joined; the zero one: the inputs
	pending []hashJoinPart
	source  *spillReader // probe rows of part
	batches int
	spilled int64
}

// hashJoinPart has the rows of some keys of both inputs; a file may be nil.
type hashJoinPart struct {
	build, probe *spillFile
	depth        int
}

func (p *hashJoinPart) close() {
	p.build.close()
	p.probe.close()
}

func (op *hashJoinOp) Open(run *Run) error {
	op.joinCore.open(run)
	op.acct.open(run.Mem)
	op.loaded, op.done, op.anyBuilt, op.nullBuilt = false, false, false, false
	op.part, op.source = hashJoinPart{}, nil
	op.batches, op.spilled = 1, 0
	op.clear()
	resetAll(op.buildKeys)
	resetAll(op.probeKeys)
	if err := op.build.Open(run); err != nil {
		return err
	}
	return op.probe.Open(run)
}

// clear forgets the build rows.
func (op *hashJoinOp) clear() {
	op.table.reset()
	op.heads, op.chain = op.heads[:0], op.chain[:0]
	if len(op.buf.Cols) != len(op.buildKinds) || op.buf.Rows > 8*chunk.RowsMax {
		op.buf = chunk.Chunk{Cols: newCols(op.buildKinds)}
	}
	op.buf.Reset()
	op.arena, op.bufBytes = rowcodec.Arena{}, 0
	op.acct.set(0)
}

func (op *hashJoinOp) Close() {
	op.build.Close()
	op.probe.Close()
	op.acct.close()
	clearDatums(&op.buf)
	op.arena = rowcodec.Arena{}
	op.part.close()
	for i := range op.pending {
		op.pending[i].close()
	}
	op.pending = nil
}

func (op *hashJoinOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	for {
		if !op.loaded {
			op.loaded = true
			if err := op.load(ctx); err != nil {
				return nil, err
			}
		}
		c, err := op.joinPart(ctx)
		if err != nil || c != nil {
			return c, err
		}
		if !op.nextPart() {
			return nil, nil
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
	switch {
	case op.inner.Rows == 0 && op.skipsProbe():
	case op.part == hashJoinPart{}:
		c, err = op.probe.Next(ctx)
	case op.source != nil:
		c, err = op.source.next()
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
	if op.spec.NullAware && op.anyBuilt {
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

// load fills the hash table with the build rows of the part at hand. Where they
// do not fit, the part is divided and nothing is left of it to join.
func (op *hashJoinOp) load(ctx context.Context) error {
	var parts *partitions
	defer func() { parts.close() }()
	add := func(c *chunk.Chunk) error {
		op.anyBuilt = true
		if parts == nil {
			size := chunkSize(c)
			need := op.bufBytes + size + op.table.bytes() + buildRowBytes*int64(op.buf.Rows+c.Rows)
			op.bufBytes += size
			if op.acct.trySet(need) {
				return op.insert(c)
			}
			if !canSplit(op.part.depth) {
				if err := op.acct.set(need); err != nil {
					return err
				}
				return op.insert(c)
			}
			parts = newPartitions(op.part.depth)
			if _, err := op.spillRows(parts, op.buildKeys, &op.buf); err != nil {
				return err
			}
			op.buf = chunk.Chunk{}
			op.clear()
		}
		null, err := op.spillRows(parts, op.buildKeys, c)
		op.nullBuilt = op.nullBuilt || null
		return err
	}
	err := op.drainBuild(ctx, add)
	if err != nil {
		return err
	}
	op.tail, op.outer = 0, nil
	op.setInner(&op.buf)
	op.done = parts != nil
	if parts != nil {
		return op.divide(ctx, parts)
	}
	if op.part.probe != nil {
		op.source = op.part.probe.reader(op.probeKinds, 0, -1)
	}
	return nil
}

const (
	// buildRowBytes is what a build row takes in heads and chain.
	buildRowBytes = 12
	// buildSkew: a partition with all but one of so many rows of its part is of
	// one key, which dividing it further does not change.
	buildSkew = 16
)

func (op *hashJoinOp) drainBuild(ctx context.Context, add func(*chunk.Chunk) error) error {
	if op.part == (hashJoinPart{}) {
		return drain(ctx, op.build, add)
	}
	if op.part.build == nil {
		return nil
	}
	return drainFile(ctx, op.part.build.reader(op.buildKinds, 0, -1), add)
}

// divide spreads the probe rows of the part at hand like its build rows and makes
// pending parts of both.
func (op *hashJoinOp) divide(ctx context.Context, build *partitions) error {
	probe := newPartitions(op.part.depth)
	defer func() { probe.close() }()
	add := func(c *chunk.Chunk) error {
		_, err := op.spillRows(probe, op.probeKeys, c)
		return err
	}
	var err error
	switch {
	case op.part == hashJoinPart{}:
		err = drain(ctx, op.probe, add)
	case op.part.probe != nil:
		err = drainFile(ctx, op.part.probe.reader(op.probeKinds, 0, -1), add)
	}
	if err != nil {
		return err
	}
	var rows int64
	for _, f := range build.files {
		if f != nil {
			rows += f.rows
		}
	}
	for i := range build.files {
		p := hashJoinPart{build.files[i], probe.files[i], op.part.depth + 1}
		if p.build != nil && p.build.rows >= rows-rows/buildSkew {
			p.depth = spillDepthMax
		}
		build.files[i], probe.files[i] = nil, nil
		for _, f := range []*spillFile{p.build, p.probe} {
			if f != nil {
				op.spilled += f.off
			}
		}
		if p.build != nil || p.probe != nil {
			op.pending = append(op.pending, p)
		}
	}
	return nil
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
	appendRows(&op.buf, c, 0, c.Rows)
	for j := range op.buf.Cols {
		own(&op.buf.Cols[j], int(base), &op.arena)
	}
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

// spillRows spreads the rows of c; it tells whether one had a NULL key.
func (op *hashJoinOp) spillRows(p *partitions, keys []evalState, c *chunk.Chunk) (anyNull bool, err error) {
	if op.keys, err = evalVecs(op.run, keys, c, op.keys); err != nil {
		return false, err
	}
	for i := range c.Rows {
		h, null, err := op.table.hashRow(op.keys, i)
		if err != nil {
			return anyNull, err
		}
		if null {
			h, anyNull = 0, true // matches nothing, but may go out unmatched
		}
		if err := p.add(op.run, c, i, h); err != nil {
			return anyNull, err
		}
	}
	return anyNull, nil
}

// nextPart goes on to the next part; false after the last one.
func (op *hashJoinOp) nextPart() bool {
	op.run.Stats.use(Usage{Batches: op.batches, Memory: op.acct.peak, Disk: op.spilled})
	op.part.close()
	op.part, op.source = hashJoinPart{}, nil
	if len(op.pending) == 0 {
		return false
	}
	last := len(op.pending) - 1
	op.part, op.pending = op.pending[last], op.pending[:last]
	op.batches++
	op.clear()
	op.loaded, op.done = false, false
	return true
}
