package bind

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/parse"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// parsed reads the stored text of a view.
func (b *binder) parsed(sql string) ast.Statement {
	stmt, err := parse.One(sql)
	b.must(ast.NoPosition, err)
	return stmt
}

// stored binds an expression kept as text in the catalog and coerces it to t
// (nil: as it comes). Its errors have no position.
func (b *binder) stored(text string, t *types.T, s *scope) expr.Expr {
	saved, savedWho := b.sql, b.who
	b.sql, b.who.auth = "", nil
	e, err := parse.Expr(text)
	b.must(ast.NoPosition, err)
	x := s.expr(e)
	if t != nil {
		x = b.coerce(x, t, -1, assignment, ast.NoPosition)
	}
	b.sql, b.who = saved, savedWho
	return x
}

// Kind says what a stored expression is for: it decides what may stand in it and
// how errors name it.
type Kind uint8

// The kinds of stored expressions.
const (
	KindDefault Kind = iota
	KindCheck
	KindGenerated
	KindIndexKey
	KindIndexPredicate
	KindExecute
	KindDomainCheck
	KindConstant
)

var kindClause = [...]clause{KindDefault: inDefault, KindCheck: inCheck, KindGenerated: inGenerated,
	KindIndexKey: inIndexExpr, KindIndexPredicate: inIndexPred, KindExecute: inExecute, KindDomainCheck: inCheck, KindConstant: inExecute}

// Row gives the columns that a stored expression may read. ids has one ColID for
// each live column of the table, in the order of Table.Columns.
type Row struct {
	Table *catalog.Table
	IDs   []expr.ColID
	// Value and its ColID stand for VALUE in the check of a domain.
	Value   *types.T
	ValueID expr.ColID
}

// Expr binds one expression over the columns of row (nil: none) and coerces it to
// want (nil: as it comes, unknown as text) as an assignment to a column of that
// type would.
func Expr(cfg *Config, e ast.Expr, kind Kind, row *Row, want *types.T, mod int32) (out expr.Expr, err error) {
	b := newBinder(cfg)
	b.res = &Result{}
	defer b.recovered(&err)
	s := &scope{b: b, clause: kindClause[kind]}
	if row != nil && row.Table != nil {
		s.rels = []*rel{b.rowRel(row.Table, row.IDs)}
		for _, id := range row.IDs {
			b.lastCol = max(b.lastCol, id)
		}
	}
	if row != nil && row.Value != nil {
		s.value = &expr.Col{ID: row.ValueID, T: row.Value, Mod: -1, Name: "value"}
		b.lastCol = max(b.lastCol, row.ValueID)
	}
	x := s.expr(e)
	switch {
	case kind == KindCheck, kind == KindIndexPredicate, kind == KindDomainCheck:
		x = b.toBoolean(x, clauseText[kindClause[kind]], start(e))
	case want != nil:
		x = b.storedAs(x, kind, want, mod, start(e))
	default:
		x = b.known(x, start(e))
	}
	b.checkStored(x, kind, start(e))
	b.checkNeeds()
	expr.Walk(x, func(y expr.Expr) bool {
		if q, ok := y.(*expr.Subquery); ok {
			refit(q.Plan.(plan.Node))
		}
		return true
	})
	b.paramTypes()
	return x, nil
}

func (b *binder) storedAs(x expr.Expr, kind Kind, want *types.T, mod int32, pos ast.At) expr.Expr {
	if from := x.Type(); !from.Is(types.Unknown) && !b.canCoerce(from, want, assignment) {
		b.fail(pos, pgerr.Newf(pgerr.DatatypeMismatch, "expression is of type %s but type %s is wanted",
			types.FormatType(from, -1), types.FormatType(want, -1)).WithHint("You will need to rewrite or cast the expression."))
	}
	return b.coerce(x, want, mod, assignment, pos)
}

// checkStored refuses what a kind of stored expression may not contain.
func (b *binder) checkStored(x expr.Expr, kind Kind, pos ast.At) {
	v := expr.Volatility(x)
	switch {
	case kind == KindDefault:
		expr.WalkCols(x, func(*expr.Col) {
			b.failf(pos, pgerr.FeatureNotSupported, "cannot use column reference in DEFAULT expression")
		})
	case kind == KindGenerated && v != 'i':
		b.failf(pos, pgerr.InvalidObjectDefinition, "generation expression is not immutable")
	case kind == KindIndexKey && v != 'i':
		b.failf(pos, pgerr.InvalidObjectDefinition, "functions in index expression must be marked IMMUTABLE")
	case kind == KindIndexPredicate && v != 'i':
		b.failf(pos, pgerr.InvalidObjectDefinition, "functions in index predicate must be marked IMMUTABLE")
	}
}

// rowRel is a table's row as names see it, with given column identities.
func (b *binder) rowRel(t *catalog.Table, ids []expr.ColID) *rel {
	r := &rel{name: t.Name, relVisible: true, colsVisible: true, lateralOK: true, table: t}
	i := 0
	for k := range t.Columns {
		c := &t.Columns[k]
		if c.Dropped {
			continue
		}
		id := ids[i]
		i++
		col := plan.Col{ID: id, Name: c.Name, T: c.Type, Mod: c.Mod, Table: t.OID, Attnum: c.Attnum}
		r.cols = append(r.cols, &relCol{name: c.Name, col: col, e: colExpr(col)})
	}
	return r
}

// AsOf binds the AS OF SYSTEM TIME of a statement as a timestamptz; nil where it
// has none. All of a statement reads one time.
func AsOf(cfg *Config, stmt ast.Statement) (out expr.Expr, err error) {
	var at ast.Expr
	b := newBinder(cfg)
	b.res = &Result{}
	defer b.recovered(&err)
	ast.Walk(inner(stmt), func(n ast.Node) bool {
		c, ok := n.(*ast.SelectClause)
		if !ok || c.AsOf == nil {
			return true
		}
		if at != nil && ast.Print(at) != ast.Print(c.AsOf) {
			b.fail(start(c.AsOf), pgerr.NotSupported("reading as of several times in one statement"))
		}
		at = c.AsOf
		return true
	})
	if at == nil {
		return nil, nil
	}
	b.asOf(at, &scope{b: b})
	b.checkNeeds()
	return b.res.AsOf, nil
}

// checkNeeds refuses what is about to be evaluated where the user may not.
func (b *binder) checkNeeds() {
	if b.cfg.Check != nil {
		b.must(ast.NoPosition, b.cfg.Check(b.res.Access))
	}
}

// asOf binds AS OF SYSTEM TIME: a timestamptz, or an interval before now written
// as '-10s'.
func (b *binder) asOf(e ast.Expr, s *scope) {
	if len(b.expanding) > 0 { // it would take the whole statement along
		b.fail(ast.NoPosition, pgerr.NotSupported("AS OF SYSTEM TIME in a view or function"))
	}
	as := &scope{b: b, clause: inAsOf, fn: s.fn}
	x := as.expr(e)
	if c, ok := x.(*expr.Const); ok && isUnknown(x) && !c.Value.IsNull() && len(c.Value.Str()) > 0 && c.Value.Str()[0] == '-' {
		x = b.operator(as, start(e), "", "+", b.callByName(start(e), "now"), b.coerce(x, types.IntervalT, -1, implicit, start(e)))
	}
	if t := x.Type(); t.Is(types.IntervalT) {
		x = b.operator(as, start(e), "", "+", b.callByName(start(e), "now"), x)
	}
	if b.res != nil {
		b.res.AsOf = b.coerce(x, types.Timestamptz, -1, assignment, start(e))
	}
}
