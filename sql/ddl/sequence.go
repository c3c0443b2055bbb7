package ddl

import (
	"context"
	"math"
	"strconv"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

func createSequence(ctx context.Context, c *Context, s *ast.CreateSequence) error {
	schema, err := c.creationSchema(ctx, s.Name, s.Persistence)
	if err != nil {
		return err
	}
	if c.relationTaken(schema.OID, nil)(s.Name.Name) {
		if !s.IfNotExists {
			return pgerr.Newf(pgerr.DuplicateTable, "relation %q already exists", s.Name.Name)
		}
		c.notice("NOTICE", pgerr.DuplicateTable, "relation %q already exists, skipping", s.Name.Name)
		return nil
	}
	seq, err := c.makeSequence(ctx, schema, s.Name.Name, types.Int8, s.Options)
	if err != nil {
		return err
	}
	seq.Temporary = s.Persistence == ast.Temporary
	if err := c.setOwner(ctx, seq, s.Options); err != nil {
		return err
	}
	return c.Catalog.PutTable(ctx, seq)
}

// sequenceColumns are what SELECT * FROM a sequence shows.
func sequenceColumns() []catalog.Column {
	return []catalog.Column{
		{Name: "last_value", Attnum: 1, Type: types.Int8, Mod: -1, NotNull: true},
		{Name: "log_cnt", Attnum: 2, Type: types.Int8, Mod: -1, NotNull: true},
		{Name: "is_called", Attnum: 3, Type: types.Bool, Mod: -1, NotNull: true},
	}
}

func (c *Context) makeSequence(ctx context.Context, schema *catalog.Schema, name string, typ *types.T, opts []*ast.SequenceOption) (*catalog.Table, error) {
	seq, err := c.newTable(ctx, schema, name, catalog.KindSequence)
	if err != nil {
		return nil, err
	}
	seq.Columns = sequenceColumns()
	seq.Seq = &catalog.Sequence{Type: typ, Increment: 1, Cache: 1}
	set := sequenceOptions{seq: seq.Seq, first: true}
	if err := set.apply(c, opts); err != nil {
		return nil, err
	}
	return seq, set.finish(name)
}

// sequenceOptions applies option lists; bounds follow from type and direction
// unless given.
type sequenceOptions struct {
	seq                *catalog.Sequence
	first              bool // a new sequence
	min, max, start    bool // given
	resetMin, resetMax bool
	restart            *int64
	restartStart       bool
}

func typeBounds(t *types.T) (lo, hi int64) {
	switch {
	case t.Is(types.Int2):
		return math.MinInt16, math.MaxInt16
	case t.Is(types.Int4):
		return math.MinInt32, math.MaxInt32
	}
	return math.MinInt64, math.MaxInt64
}

func (o *sequenceOptions) apply(c *Context, opts []*ast.SequenceOption) error {
	for _, opt := range opts {
		v, _ := strconv.ParseInt(opt.Value, 10, 64)
		switch opt.Kind {
		case ast.SequenceAs:
			t, _, err := c.Internal.ResolveType(opt.Type)
			if err != nil {
				return err
			}
			if !t.IsInteger() {
				return pgerr.New(pgerr.InvalidParameterValue, "sequence type must be smallint, integer, or bigint")
			}
			o.retype(t)
		case ast.SequenceIncrement:
			if v == 0 {
				return pgerr.New(pgerr.InvalidParameterValue, "INCREMENT must not be zero")
			}
			o.seq.Increment = v
		case ast.SequenceMinValue:
			o.seq.Min, o.min = v, true
		case ast.SequenceNoMinValue:
			o.resetMin = true
		case ast.SequenceMaxValue:
			o.seq.Max, o.max = v, true
		case ast.SequenceNoMaxValue:
			o.resetMax = true
		case ast.SequenceStart:
			o.seq.Start, o.start = v, true
		case ast.SequenceRestart:
			o.restartStart = opt.Value == ""
			if opt.Value != "" {
				o.restart = &v
			}
		case ast.SequenceCache:
			if v <= 0 {
				return pgerr.Newf(pgerr.InvalidParameterValue, "CACHE (%d) must be greater than zero", v)
			}
			o.seq.Cache = v
		case ast.SequenceCycle:
			o.seq.Cycle = true
		case ast.SequenceNoCycle:
			o.seq.Cycle = false
		}
	}
	return nil
}

// retype changes the type; bounds that were the old type's become the new one's.
func (o *sequenceOptions) retype(t *types.T) {
	if o.seq.Type != nil && !o.first {
		lo, hi := typeBounds(o.seq.Type)
		o.resetMin = o.resetMin || o.seq.Min == lo
		o.resetMax = o.resetMax || o.seq.Max == hi
	}
	o.seq.Type = t
}

// finish fills in bounds and start and checks them.
func (o *sequenceOptions) finish(name string) error {
	q := o.seq
	lo, hi := typeBounds(q.Type)
	up := q.Increment > 0
	if !o.max && (o.first || o.resetMax) {
		if q.Max = hi; !up {
			q.Max = -1
		}
	}
	if !o.min && (o.first || o.resetMin) {
		if q.Min = 1; !up {
			q.Min = lo
		}
	}
	if q.Max > hi {
		return pgerr.Newf(pgerr.InvalidParameterValue, "MAXVALUE (%d) is out of range for sequence data type %s", q.Max, types.FormatType(q.Type, -1))
	}
	if q.Min < lo {
		return pgerr.Newf(pgerr.InvalidParameterValue, "MINVALUE (%d) is out of range for sequence data type %s", q.Min, types.FormatType(q.Type, -1))
	}
	if q.Min >= q.Max {
		return pgerr.Newf(pgerr.InvalidParameterValue, "MINVALUE (%d) must be less than MAXVALUE (%d)", q.Min, q.Max)
	}
	if !o.start && o.first {
		if q.Start = q.Min; !up {
			q.Start = q.Max
		}
	}
	if q.Start < q.Min {
		return pgerr.Newf(pgerr.InvalidParameterValue, "START value (%d) cannot be less than MINVALUE (%d)", q.Start, q.Min)
	}
	if q.Start > q.Max {
		return pgerr.Newf(pgerr.InvalidParameterValue, "START value (%d) cannot be greater than MAXVALUE (%d)", q.Start, q.Max)
	}
	return nil
}

func alterSequence(ctx context.Context, c *Context, s *ast.AlterSequence) error {
	t, err := c.relation(s.Name)
	if err != nil {
		return err
	}
	if t == nil && s.IfExists {
		c.notice("NOTICE", pgerr.UndefinedTable, "relation %q does not exist, skipping", s.Name.Name)
		return nil
	}
	if t, err = c.lock(ctx, s.Name, txn.ShareRowExclusive, c.owns); err != nil {
		return err
	}
	if t.Kind != catalog.KindSequence {
		return pgerr.Newf(pgerr.WrongObjectType, "%q is not a sequence", t.Name)
	}
	return c.changeSequence(ctx, t, s.Options)
}

// changeSequence applies options to a locked copy of a sequence.
func (c *Context) changeSequence(ctx context.Context, t *catalog.Table, opts []*ast.SequenceOption) error {
	set := sequenceOptions{seq: t.Seq}
	if err := set.apply(c, opts); err != nil {
		return err
	}
	if err := set.finish(t.Name); err != nil {
		return err
	}
	if err := c.setOwner(ctx, t, opts); err != nil {
		return err
	}
	if err := c.Catalog.PutTable(ctx, t); err != nil {
		return err
	}
	switch {
	case set.restart != nil:
		return c.Store.SetVal(ctx, t, *set.restart, false)
	case set.restartStart:
		return c.Store.SetVal(ctx, t, t.Seq.Start, false)
	}
	return nil
}

// setOwner applies OWNED BY.
func (c *Context) setOwner(ctx context.Context, seq *catalog.Table, opts []*ast.SequenceOption) error {
	for _, o := range opts {
		if o.Kind != ast.SequenceOwnedBy {
			continue
		}
		if len(o.OwnedBy) == 0 {
			seq.Seq.OwnerTable, seq.Seq.OwnerColumn = 0, 0
			continue
		}
		if len(o.OwnedBy) < 2 {
			return pgerr.New(pgerr.SyntaxError, "invalid OWNED BY option").WithHint("Specify OWNED BY table.column or OWNED BY NONE.")
		}
		n := ast.ObjectName{Name: o.OwnedBy[len(o.OwnedBy)-2]}
		if len(o.OwnedBy) > 2 {
			n.Schema = o.OwnedBy[len(o.OwnedBy)-3]
		}
		t, err := c.lock(ctx, n, txn.ShareRowExclusive, func(t *catalog.Table) error {
			if t.Owner != seq.Owner {
				return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "sequence must have same owner as table it is linked to")
			}
			return nil
		})
		if err != nil {
			return err
		}
		col := t.Column(o.OwnedBy[len(o.OwnedBy)-1])
		if col == nil {
			return pgerr.Newf(pgerr.UndefinedColumn, "column %q of relation %q does not exist", o.OwnedBy[len(o.OwnedBy)-1], t.Name)
		}
		seq.Seq.OwnerTable, seq.Seq.OwnerColumn = t.OID, col.Attnum
		col.OwnedSeq = seq.OID
		if err := c.Catalog.PutTable(ctx, t); err != nil {
			return err
		}
	}
	return nil
}
