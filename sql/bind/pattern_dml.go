package bind

import (
	"strings"
	"unicode/utf8"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// insertPattern is INSERT INTO users:* (_id, name, …): each row becomes a hash.
// _key gives the whole key, _id (or id, where no field of that name is meant)
// what * stands for.
func (b *binder) insertPattern(q *ast.Insert, ref *ast.KeyPattern, s *scope) plan.Node {
	_, r := b.keyPattern(ref, acl.Insert)
	if q.OnConflict != nil {
		b.fail(q.OnConflict.At, pgerr.NotSupported("ON CONFLICT on a key pattern"))
	}
	if len(q.Columns) == 0 || q.Source == nil {
		b.fail(ref.At, pgerr.New(pgerr.SyntaxError, "INSERT into a key pattern needs a column list").
			WithHint("Name _key or _id first, then the fields: INSERT INTO users:* (_id, name) VALUES (1, 'Ada')."))
	}
	n := &plan.Insert{Pattern: r.pat.Pattern}
	hasKey, hasID := false, false
	for _, c := range q.Columns {
		for _, f := range n.Fields {
			if f == c.Name {
				b.failf(c.At, pgerr.DuplicateColumn, "column %q specified more than once", c.Name)
			}
		}
		if len(c.Path) > 0 {
			b.fail(c.At, pgerr.NotSupported("assignment to part of a field"))
		}
		if isPseudo(c.Name) && c.Name != colKey && c.Name != colID && c.Name != colTTL {
			b.failf(c.At, pgerr.GeneratedAlways, "cannot insert a non-DEFAULT value into column %q", c.Name)
		}
		hasKey, hasID = hasKey || c.Name == colKey, hasID || c.Name == colID
		n.Fields = append(n.Fields, c.Name)
	}
	if hasKey && hasID {
		b.failf(ref.At, pgerr.SyntaxError, "INSERT into a key pattern takes either _key or _id")
	}
	if !hasKey && !hasID {
		// Without _key and _id, a column id says what * stands for, and stays a
		// field as well.
		k := indexOf(n.Fields, "id")
		if k < 0 {
			b.fail(ref.At, pgerr.Newf(pgerr.NotNullViolation, "null value in column \"_key\" of relation %q violates not-null constraint", ref.Pattern).
				WithHint("Name _key or _id among the columns."))
		}
		n.Fields = append(n.Fields, colID)
	}
	if strings.Count(ref.Pattern, "*") != 1 && !hasKey {
		b.fail(ref.At, pgerr.New(pgerr.FeatureNotSupported, "INSERT needs _key where the key pattern has not exactly one *"))
	}
	n.Source = b.patternSource(q, n, s, hasKey || hasID)
	if q.Returning != nil {
		n.Returning, n.Cols = b.patternReturning(q.Returning, r, n, s)
	}
	return n
}

// patternSource binds the rows; every value becomes the text that the hash keeps.
func (b *binder) patternSource(q *ast.Insert, n *plan.Insert, s *scope, keyed bool) plan.Node {
	width := len(q.Columns)
	src := refit(b.query(q.Source, s, queryOptions{keepUnknown: true}).node)
	cols := src.Columns()
	if len(cols) > width {
		b.failf(selectItemAt(q.Source, width), pgerr.SyntaxError, "INSERT has more expressions than target columns")
	}
	if len(cols) < width {
		b.failf(q.Columns[len(cols)].At, pgerr.SyntaxError, "INSERT has more target columns than expressions")
	}
	ts, mods := make([]*types.T, width), make([]int32, width)
	for i := range ts {
		ts[i], mods[i] = cols[i].T, -1
		if ts[i].Is(types.Unknown) {
			ts[i] = types.Text
		}
	}
	src = b.outputsAs(src, ts, mods, q.At)
	out := make([]expr.Expr, 0, width+1)
	for i, c := range src.Columns() {
		out = append(out, b.fieldValue(colExpr(c), n.Fields[i], q.At))
	}
	if !keyed {
		out = append(out, out[indexOf(n.Fields, "id")])
	}
	p := b.project(src, out).(*plan.Project)
	for i := range p.Cols {
		p.Cols[i].Name = n.Fields[i]
	}
	return p
}

// fieldValue is a value as a hash keeps it: text; _ttl counts milliseconds.
func (b *binder) fieldValue(x expr.Expr, field string, pos ast.At) expr.Expr {
	t := types.Text
	if field == colTTL {
		t = types.Int8
	}
	if !isUnknown(x) && !b.canCoerce(x.Type(), t, assignment) {
		b.fail(pos, pgerr.Newf(pgerr.DatatypeMismatch, "field %q is of type %s but expression is of type %s",
			field, types.FormatType(t, -1), types.FormatType(x.Type(), -1)).WithHint("You will need to rewrite or cast the expression."))
	}
	return b.coerce(x, t, -1, assignment, pos)
}

// patternReturning binds RETURNING over the row as inserted: the columns of the
// source under their names.
func (b *binder) patternReturning(items []*ast.Target, r *rel, n *plan.Insert, s *scope) ([]expr.Expr, []plan.Col) {
	row := &rel{name: r.name, relVisible: true, colsVisible: true, lateralOK: true, need: r.need}
	for i, f := range n.Fields {
		if i == len(n.Fields)-1 && f == colID && indexOf(n.Fields, "id") >= 0 && row.find(colID) != nil {
			continue
		}
		c := plan.Col{ID: b.newCol(), Name: f, T: types.Dyn, Mod: -1}
		if isPseudo(f) {
			c.T = types.Text
		}
		if f == colTTL {
			c.T = types.Int8
		}
		n.Row = append(n.Row, c.ID)
		row.cols = append(row.cols, &relCol{name: f, col: c, e: colExpr(c), need: r.need})
	}
	b.insertedPseudo(row, r.pat.Pattern.Pattern, s)
	return b.returning(items, []*rel{row}, s)
}

// insertedPseudo adds the columns of an inserted key that its row does not name:
// of _key and _id, one follows from the other and the pattern.
func (b *binder) insertedPseudo(row *rel, pattern string, s *scope) {
	add := func(name string, hidden bool, e expr.Expr) {
		row.cols = append(row.cols, &relCol{name: name, hidden: hidden, need: row.need, col: plan.Col{Name: name, T: e.Type(), Mod: -1}, e: e})
	}
	text := func(v string) expr.Expr {
		return &expr.Const{Value: types.MakeStr(v), T: types.Text, Mod: -1}
	}
	number := func(n int) expr.Expr {
		return &expr.Const{Value: types.MakeInt(int64(n)), T: types.Int4, Mod: -1}
	}
	op := func(name string, l, r expr.Expr) expr.Expr { return b.operator(s, ast.NoPosition, "", name, l, r) }
	first, last := strings.Index(pattern, "*"), strings.LastIndex(pattern, "*")
	if first >= 0 {
		prefix, suffix := pattern[:first], pattern[last+1:]
		switch key, id := row.find(colKey), row.find(colID); {
		case key == nil:
			add(colKey, false, op("||", op("||", text(prefix), id.e), text(suffix)))
		case id == nil && !strings.ContainsAny(prefix+suffix, `?[\`):
			around := utf8.RuneCountInString(prefix) + utf8.RuneCountInString(suffix)
			length := op("-", b.callByName(ast.NoPosition, "length", key.e), number(around))
			add(colID, true, b.callByName(ast.NoPosition, "substr", key.e, number(utf8.RuneCountInString(prefix)+1), length))
		}
	}
	if id := row.find(colID); id != nil && row.find("id") == nil {
		add("id", true, id.e)
	}
	add(colType, true, text("hash"))
	if row.find(colTTL) == nil {
		add(colTTL, true, &expr.Const{Value: types.Null, T: types.Int8, Mod: -1})
	}
}

// updatePattern is UPDATE users:* SET field = value; NULL removes the field.
func (b *binder) updatePattern(q *ast.Update, ref *ast.KeyPattern, s *scope) plan.Node {
	node, r := b.keyPattern(ref, acl.Update)
	n := &plan.Update{Pattern: r.pat.Pattern, RowID: b.rowID(r).ID}
	src := b.modifySource(node, r, q.From, q.Where, s, &n.Recheck)
	s.clause = inSet
	for _, sc := range q.Set {
		b.setFields(n, sc, s)
	}
	if q.Returning != nil {
		n.Returning, n.Cols = b.returning(q.Returning, b.changedPattern(r, n, s), s)
	}
	n.Source = refit(src)
	return n
}

func (b *binder) setFields(n *plan.Update, sc *ast.SetClause, s *scope) {
	values := []ast.Expr{sc.Value}
	if sc.Multi && len(sc.Columns) > 1 {
		row, ok := sc.Value.(*ast.Row)
		if !ok {
			b.fail(sc.At, pgerr.NotSupported("a multiple-column assignment from a query on a key pattern"))
		}
		if len(row.Args) != len(sc.Columns) {
			b.failf(row.At, pgerr.SyntaxError, "number of columns does not match number of values")
		}
		values = row.Args
	}
	for i, c := range sc.Columns {
		if isPseudo(c.Name) && c.Name != colTTL {
			b.failf(c.At, pgerr.GeneratedAlways, "column %q can only be updated to DEFAULT", c.Name)
		}
		if len(c.Path) > 0 {
			b.fail(c.At, pgerr.NotSupported("assignment to part of a field"))
		}
		for _, f := range n.SetFields {
			if f.Field == c.Name {
				b.failf(c.At, pgerr.SyntaxError, "multiple assignments to same column %q", c.Name)
			}
		}
		var x expr.Expr = &expr.Const{T: types.Text, Mod: -1}
		if _, isDefault := values[i].(*ast.Default); !isDefault {
			x = b.fieldValue(s.expr(values[i]), c.Name, start(values[i]))
		}
		n.SetFields = append(n.SetFields, plan.FieldSet{Field: c.Name, Value: x})
	}
}

// changedPattern shows RETURNING the fields as assigned, all others as read.
func (b *binder) changedPattern(r *rel, n *plan.Update, s *scope) []*rel {
	row := *r
	row.cols = nil
	for _, c := range r.cols {
		copied := *c
		for _, f := range n.SetFields {
			if f.Field == c.name {
				var e expr.Expr = f.Value
				if !isPseudo(c.name) {
					e = &expr.Cast{Arg: f.Value, T: types.Dyn, Mod: -1}
				}
				copied.e, copied.col.ID = e, 0
			}
		}
		if copied.e == nil {
			copied.e = c.read(b)
			copied.col = c.col
		}
		copied.owner = nil
		row.cols = append(row.cols, &copied)
	}
	return append([]*rel{&row}, s.rels[1:]...)
}

// deletePattern removes whole keys.
func (b *binder) deletePattern(q *ast.Delete, ref *ast.KeyPattern, s *scope) plan.Node {
	node, r := b.keyPattern(ref, acl.Delete)
	n := &plan.Delete{Pattern: r.pat.Pattern, RowID: b.rowID(r).ID}
	src := b.modifySource(node, r, q.Using, q.Where, s, &n.Recheck)
	if q.Returning != nil {
		n.Returning, n.Cols = b.returning(q.Returning, s.rels, s)
	}
	n.Source = refit(src)
	return n
}
