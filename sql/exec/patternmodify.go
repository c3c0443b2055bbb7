package exec

import (
	"context"

	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/sql/write"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/keyspace"
)

// PatternInsert makes a hash of each source row.
type PatternInsert struct {
	Source      Spec
	SourceKinds Kinds
	Pattern     string
	// Fields names the source's columns: _key or _id, _ttl, hash fields. NULL
	// fields are left out.
	Fields []string
	// Returning is over the source's columns.
	Returning []*Expr
}

// New implements Spec.
func (s *PatternInsert) New() Operator {
	op := &patternInsertOp{spec: s, in: s.Source.New(), glob: newKeyGlob(s.Pattern), returning: states(s.Returning)}
	op.out.Cols = make([]chunk.Vec, len(s.Returning))
	return op
}

type patternInsertOp struct {
	spec      *PatternInsert
	in        Operator
	run       *Run
	writer    write.KeyWriter
	glob      keyGlob
	returning []evalState
	spool     spool // the source may read the pattern
	loaded    bool
	affected  int64
	pairs     [][]byte
	out       chunk.Chunk
}

// RowsAffected implements Affected.
func (op *patternInsertOp) RowsAffected() int64 { return op.affected }

func (op *patternInsertOp) Open(run *Run) error {
	op.run, op.affected, op.loaded = run, 0, false
	resetAll(op.returning)
	op.spool.open(run, op.spec.SourceKinds)
	if err := op.writer.Open(&run.Env); err != nil {
		return err
	}
	return op.in.Open(run)
}

func (op *patternInsertOp) Close() {
	op.in.Close()
	op.spool.close()
}

func (op *patternInsertOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	if !op.loaded {
		op.loaded = true
		if err := op.spool.load(ctx, op.in); err != nil {
			return nil, err
		}
	}
	for {
		c, err := op.spool.next()
		if err != nil || c == nil {
			return nil, err
		}
		for i := range c.Rows {
			if err := op.insert(c, i); err != nil {
				return nil, err
			}
		}
		op.affected += int64(c.Rows)
		if len(op.returning) > 0 {
			return &op.out, projectInto(op.run, op.returning, c, &op.out)
		}
	}
}

func (op *patternInsertOp) insert(c *chunk.Chunk, i int) error {
	var key []byte
	ttl := types.Null
	op.pairs = op.pairs[:0]
	for j, f := range op.spec.Fields {
		d := c.Cols[j].Datum(i)
		switch f {
		case "_key", "_id":
			if d.IsNull() {
				return pgerr.Newf(pgerr.NotNullViolation, "null value in column \"%s\" of relation \"%s\" violates not-null constraint", f, op.spec.Pattern).WithColumn(f)
			}
			key = []byte(d.Str())
			if f == "_id" {
				key = []byte(op.glob.keyOf(d.Str()))
			}
		case write.TTLField:
			ttl = d
		default:
			if !d.IsNull() {
				op.pairs = append(op.pairs, []byte(f), []byte(d.Str()))
			}
		}
	}
	if !op.glob.match(string(key)) {
		return pgerr.Newf(pgerr.CheckViolation, "key \"%s\" does not match key pattern \"%s\"", key, op.spec.Pattern)
	}
	if len(op.pairs) == 0 {
		return pgerr.Newf(pgerr.NotNullViolation, "hash \"%s\" would have no field", key).
			WithHint("Give at least one field a value that is not NULL.")
	}
	return op.writer.Insert(op.spec.Pattern, key, op.pairs, ttl)
}

// FieldSet assigns a hash field; NULL removes it. _ttl sets the time to live.
type FieldSet struct {
	Field string
	Value *Expr // over the source's columns
}

// PatternModify updates (Set) or deletes (Set nil and Delete) the keys that
// Source gives.
type PatternModify struct {
	Source      Spec
	SourceKinds Kinds
	Pattern     string
	RowID       int // source column of keys
	// Columns read through the pattern stand in the source at At, so that the
	// newest version of a key can take their place.
	Columns   []PatternColumn
	At        []int
	Recheck   *Expr
	Set       []FieldSet
	Delete    bool
	Returning []*Expr
}

// New implements Spec.
func (s *PatternModify) New() Operator {
	op := &patternModifyOp{spec: s, in: s.Source.New(), recheck: stateOf(s.Recheck), returning: states(s.Returning)}
	op.dec = newPatternDecoder(newKeyGlob(s.Pattern), s.Columns)
	for _, f := range s.Set {
		op.set = append(op.set, stateOf(f.Value))
	}
	op.work.Cols = newCols(s.SourceKinds)
	op.one.Cols = newCols(s.SourceKinds)
	op.out.Cols = make([]chunk.Vec, len(s.Returning))
	for _, at := range s.At {
		op.fresh.Cols = append(op.fresh.Cols, chunk.Vec{Kind: s.SourceKinds[at]})
	}
	return op
}

type patternModifyOp struct {
	spec      *PatternModify
	in        Operator
	run       *Run
	tx        *keyspace.Tx
	writer    write.KeyWriter
	dec       *patternDecoder
	recheck   evalState
	set       []evalState
	vecs      []*chunk.Vec
	returning []evalState
	spool     spool
	loaded    bool
	affected  int64
	seen      keySet
	work      chunk.Chunk // rows locked, newest version
	one       chunk.Chunk
	fresh     chunk.Chunk
	out       chunk.Chunk
	skey, val []byte
	fields    []write.FieldValue
}

// RowsAffected implements Affected.
func (op *patternModifyOp) RowsAffected() int64 { return op.affected }

func (op *patternModifyOp) Open(run *Run) error {
	op.run, op.affected, op.loaded = run, 0, false
	op.recheck.reset()
	resetAll(op.set)
	resetAll(op.returning)
	op.seen.open(run)
	op.spool.open(run, op.spec.SourceKinds)
	var err error
	if op.tx, err = run.KeysTx(); err != nil {
		return err
	}
	if err := op.writer.Open(&run.Env); err != nil {
		return err
	}
	op.dec.nowMs = op.tx.NowMs()
	return op.in.Open(run)
}

func (op *patternModifyOp) Close() {
	op.in.Close()
	op.spool.close()
	op.seen.close()
}

func (op *patternModifyOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	if !op.loaded {
		op.loaded = true
		if err := op.spool.load(ctx, op.in); err != nil {
			return nil, err
		}
	}
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c, err := op.spool.next()
		if err != nil || c == nil {
			return nil, err
		}
		op.work.Reset()
		for i := range c.Rows {
			if err := op.lock(ctx, c, i); err != nil {
				return nil, write.KeysError(err)
			}
		}
		if op.work.Rows == 0 {
			continue
		}
		if err := op.write(); err != nil {
			return nil, write.KeysError(err)
		}
		op.affected += int64(op.work.Rows)
		if len(op.returning) > 0 {
			return &op.out, projectInto(op.run, op.returning, &op.work, &op.out)
		}
	}
}

// lock locks the key of row i and appends the row to work where it stays.
func (op *patternModifyOp) lock(ctx context.Context, c *chunk.Chunk, i int) error {
	v := &c.Cols[op.spec.RowID]
	if v.Null(i) {
		return nil
	}
	key := v.Raw(i)
	if fresh, err := op.seen.add(key); err != nil || !fresh {
		return err
	}
	op.skey = keys.AppendRedis(op.skey[:0], op.run.KeysDB, key)
	rec, out, err := op.run.Txn.LockRow(ctx, op.val[:0], op.skey, txn.LockOptions{Mode: txn.ForUpdate})
	if err != nil {
		return err
	}
	op.val = rec.Value
	switch out {
	case txn.Gone, txn.Absent, txn.Skipped:
		return nil
	case txn.Changed:
		return op.newest(c, i, key)
	}
	appendRows(&op.work, c, i, i+1)
	return nil
}

// newest takes a row over in the newest version of its key, where it still matches.
func (op *patternModifyOp) newest(c *chunk.Chunk, i int, key []byte) error {
	e, err := op.tx.Lock(key)
	if err != nil || !e.Exists() {
		return err
	}
	op.fresh.Reset()
	var fields keyspace.HashIter
	var record []byte
	if e.Type() == keyspace.TypeHash && !e.Spread() {
		fields, _ = keyspace.HashFields(op.val)
	} else if e.Type() == keyspace.TypeHash {
		if fields, _, err = op.tx.ReadHash(key); err != nil {
			return err
		}
	} else if e.Type() == keyspace.TypeString {
		if record, err = e.StringRecord(); err != nil {
			return err
		}
	}
	if err := op.dec.row(op.fresh.Cols, key, e.Type(), record, fields, e.ExpireAtMs()); err != nil {
		return err
	}
	op.one.Reset()
	appendRows(&op.one, c, i, i+1)
	for j, at := range op.spec.At {
		op.one.Cols[at].Set(0, op.fresh.Cols[j].Datum(0))
	}
	if op.recheck.expr != nil {
		sel, err := op.recheck.truths(op.run, &op.one, nil)
		if err != nil || len(sel) == 0 {
			return err
		}
	}
	appendRows(&op.work, &op.one, 0, 1)
	return nil
}

// write changes the keys of work, all of which are locked.
func (op *patternModifyOp) write() error {
	var err error
	if op.vecs, err = evalVecs(op.run, op.set, &op.work, op.vecs); err != nil {
		return err
	}
	ids := &op.work.Cols[op.spec.RowID]
	for i := range op.work.Rows {
		key := ids.Raw(i)
		if op.spec.Delete {
			err = op.writer.Delete(key)
		} else {
			op.fields = op.fields[:0]
			for j, f := range op.spec.Set {
				op.fields = append(op.fields, write.FieldValue{Field: f.Field, Value: op.vecs[j].Datum(i)})
			}
			err = op.writer.Update(key, op.fields)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
