package expr

import (
	"strconv"
	"strings"

	"github.com/ferritedb/ferrite/sql/types"
)

// Deparser words bound expressions as PostgreSQL's ruleutils.c does without
// pretty printing: every operator in parentheses, casts that the binder added
// where they are needed to bind to the same thing again. Its text is what the
// catalog stores.
type Deparser struct {
	// Column names a column; nil: its own name.
	Column func(c *Col) string
	// Call names the column that an aggregate or window call became; nil, or ""
	// for none.
	Call func(c *Col) string
	// Subquery words a subquery; nil: Failed is set.
	Subquery func(d *Deparser, q *Subquery) string
	// Relation is the qualified name behind a regclass constant; nil: its number.
	Relation func(oid types.OID) string
	// Regclass is the qualified name that a text read as a regclass means; nil or
	// "": the text stays.
	Regclass func(text string) string
	// Failed tells that something has no words: the text is not to be used.
	Failed bool

	b strings.Builder
}

// Deparse words e. ok is false for an expression that has no such text.
func Deparse(e Expr) (text string, ok bool) {
	d := &Deparser{}
	text = d.Text(e)
	return text, !d.Failed
}

// Text words an expression that stands by itself: an outermost conversion that
// nobody wrote is left out, as its context makes it again.
func (d *Deparser) Text(e Expr) string {
	if c, ok := e.(*Cast); ok && !c.Explicit {
		return d.Text(c.Arg)
	}
	if c, ok := e.(*Const); ok && c.Mod >= 0 {
		plain := *c
		plain.Mod = -1
		e = &plain
	}
	return d.inner(e)
}

// inner words a subexpression: all conversions are shown.
func (d *Deparser) inner(e Expr) string {
	saved := d.b
	d.b = strings.Builder{}
	d.expr(e)
	text := d.b.String()
	d.b = saved
	return text
}

func (d *Deparser) write(s string) { d.b.WriteString(s) }

func (d *Deparser) list(es []Expr) {
	for i, e := range es {
		if i > 0 {
			d.write(", ")
		}
		d.write(d.inner(e))
	}
}

func (d *Deparser) expr(e Expr) {
	switch e := e.(type) {
	case *Const:
		if e.T.Is(types.Regclass) && !e.Value.IsNull() && d.Relation != nil {
			d.write(types.QuoteLiteral(d.Relation(types.OID(e.Value.Int()))) + "::regclass")
			return
		}
		d.write(deparseConst(e, 0))
	case *Col:
		d.column(e)
	case *Param:
		d.write("$" + strconv.Itoa(e.Index))
	case *Func:
		d.call(e)
	case *And:
		d.chain(e.Args, " AND ", true)
	case *Or:
		d.chain(e.Args, " OR ", true)
	case *Not:
		d.write("(NOT " + d.Text(e.Arg) + ")")
	case *NullTest:
		d.write("(" + d.inner(e.Arg) + map[bool]string{false: " IS NULL)", true: " IS NOT NULL)"}[e.Not])
	case *BoolTest:
		not := map[bool]string{true: "NOT "}[e.Not]
		d.write("(" + d.inner(e.Arg) + " IS " + not + map[byte]string{'t': "TRUE", 'f': "FALSE", 'u': "UNKNOWN"}[e.Want] + ")")
	case *Distinct:
		d.chain(e.Eq.Args, map[bool]string{false: " IS DISTINCT FROM ", true: " IS NOT DISTINCT FROM "}[e.Not], false)
	case *Cast:
		d.cast(e)
	default:
		d.rare(e)
	}
}

func (d *Deparser) column(c *Col) {
	if d.Call != nil {
		if text := d.Call(c); text != "" {
			d.write(text)
			return
		}
	}
	if d.Column != nil {
		d.write(d.Column(c))
		return
	}
	if c.Name == "value" && c.ID == 0 || c.Name == "" {
		d.Failed = true
	}
	d.write(types.QuoteIdent(c.Name))
}

func (d *Deparser) chain(args []Expr, sep string, boolean bool) {
	d.write("(")
	for i, a := range args {
		if i > 0 {
			d.write(sep)
		}
		if boolean {
			d.write(d.Text(a))
		} else {
			d.write(d.inner(a))
		}
	}
	d.write(")")
}

func (d *Deparser) cast(e *Cast) {
	if f, ok := e.Arg.(*Func); ok && f.Def.Name == "now" {
		if word := nowAs[e.T.OID]; word != "" {
			d.write(word)
			if e.Mod >= 0 {
				d.write("(" + strconv.Itoa(int(e.Mod)) + ")")
			}
			return
		}
	}
	if c, ok := e.Arg.(*Const); ok && e.T.Is(types.Regclass) && !c.Value.IsNull() && c.Value.Kind() == types.KindStr && d.Regclass != nil {
		if name := d.Regclass(c.Value.Str()); name != "" {
			d.write(types.QuoteLiteral(name) + "::regclass")
			return
		}
	}
	if c, ok := e.Arg.(*Const); ok && (c.T.Is(e.T) || c.T.Is(types.Unknown)) {
		d.write(deparseConst(c, -1) + "::" + typeName(e.T, e.Mod))
		return
	}
	// A length conversion of a conversion is one conversion.
	if in, ok := e.Arg.(*Cast); ok && in.T.Is(e.T) && in.Mod < 0 {
		e = &Cast{Arg: in.Arg, T: e.T, Mod: e.Mod, Explicit: e.Explicit}
	}
	d.write("(" + d.inner(e.Arg) + ")::" + typeName(e.T, e.Mod))
}

// deparseConst words a constant; label < 0 leaves the type to the caller.
func deparseConst(e *Const, label int) string {
	if e.Value.IsNull() {
		if label < 0 || e.T.Is(types.Unknown) {
			return "NULL"
		}
		return "NULL::" + typeName(e.T, e.Mod)
	}
	text := string(types.AppendText(nil, e.Value, e.T, nil))
	quoted := types.QuoteLiteral(text)
	needs := label >= 0
	switch e.T.OID {
	case types.Bool.OID:
		return map[bool]string{true: "true", false: "false"}[e.Value.Bool()]
	case types.Int4.OID:
		if text[0] != '-' {
			quoted, needs = text, false
		}
	case types.Numeric.OID:
		if text[0] >= '0' && text[0] <= '9' && strings.ContainsAny(text, ".eE") {
			quoted, needs = text, needs && e.Mod >= 0
		}
	case types.Unknown.OID:
		needs = false
	case types.Bit.OID:
		quoted = "B" + quoted
	}
	if needs {
		return quoted + "::" + typeName(e.T, e.Mod)
	}
	return quoted
}

// typeName is format_type with the schema of every user-made type: stored text
// means the same under any search_path.
func typeName(t *types.T, mod int32) string {
	switch {
	case t.IsArray() && t.Elem.OID >= firstUserOID:
		return typeName(t.Elem, mod) + "[]"
	case t.OID >= firstUserOID && t.OID < lastUserOID && t.SchemaName != "":
		return types.QuoteIdent(t.SchemaName) + "." + types.QuoteIdent(t.Name)
	}
	return types.FormatType(t, mod)
}

// OIDs of objects that are not built in.
const (
	firstUserOID types.OID = 16384
	lastUserOID  types.OID = 0xf0000000
)

// nowAs are the words for the current time as a type.
var nowAs = map[types.OID]string{types.Date.OID: "CURRENT_DATE", types.Timetz.OID: "CURRENT_TIME",
	types.Timestamptz.OID: "CURRENT_TIMESTAMP", types.Time.OID: "LOCALTIME", types.Timestamp.OID: "LOCALTIMESTAMP"}

// niladic are the functions that SQL calls without parentheses.
var niladic = map[string]string{"current_date": "CURRENT_DATE", "current_time": "CURRENT_TIME",
	"current_timestamp": "CURRENT_TIMESTAMP", "localtime": "LOCALTIME", "localtimestamp": "LOCALTIMESTAMP",
	"current_user": "CURRENT_USER", "session_user": "SESSION_USER", "current_role": "CURRENT_ROLE", "user": "USER",
	"current_catalog": "CURRENT_CATALOG"}

func (d *Deparser) call(e *Func) {
	switch {
	case e.Op != "" && len(e.Args) == 2:
		d.chain(e.Args, " "+operatorName(e.Op)+" ", false)
		return
	case e.Op != "" && len(e.Args) == 1:
		d.write("(" + e.Op + " " + d.inner(e.Args[0]) + ")")
		return
	}
	if word := niladic[e.Def.Name]; word != "" && len(e.Args) == 0 {
		d.write(word)
		return
	}
	if e.Def.Name == "extract" && len(e.Args) == 2 {
		if c, ok := e.Args[0].(*Const); ok && !c.Value.IsNull() {
			d.write("EXTRACT(" + c.Value.Str() + " FROM " + d.inner(e.Args[1]) + ")")
			return
		}
	}
	if e.Def.Name == "timezone" && len(e.Args) == 2 {
		d.write("(" + d.inner(e.Args[1]) + " AT TIME ZONE " + d.inner(e.Args[0]) + ")")
		return
	}
	name := types.QuoteIdent(e.Def.Name)
	if e.Def.Schema != "" && e.Def.Schema != "pg_catalog" {
		name = types.QuoteIdent(e.Def.Schema) + "." + name
	}
	d.write(name + "(")
	d.list(e.Args)
	d.write(")")
}

// operatorName is the operator behind a keyword.
func operatorName(op string) string {
	switch op {
	case "LIKE":
		return "~~"
	case "NOT LIKE":
		return "!~~"
	case "ILIKE":
		return "~~*"
	case "NOT ILIKE":
		return "!~~*"
	case "!=":
		return "<>"
	}
	return op
}

func (d *Deparser) rare(e Expr) {
	switch e := e.(type) {
	case *Case:
		d.caseOf(e)
	case *Coalesce:
		d.named("COALESCE(", e.Args, ")")
	case *MinMax:
		d.named(map[bool]string{true: "GREATEST(", false: "LEAST("}[e.Greatest], e.Args, ")")
	case *AnyAll:
		d.write("(" + d.inner(e.Arg) + " " + operatorName(e.Name) + map[bool]string{false: " ANY (", true: " ALL ("}[e.All] +
			d.inner(e.Array) + "))")
	case *InList:
		d.write("(" + d.inner(e.Arg) + map[bool]string{false: " = ANY (ARRAY[", true: " <> ALL (ARRAY["}[e.Not])
		d.list(e.List)
		d.write("]))")
	case *ArrayCtor:
		d.named("ARRAY[", e.Elems, "]")
		if len(e.Elems) == 0 {
			d.write("::" + typeName(e.T, -1))
		}
	case *RowCtor:
		d.named("ROW(", e.Fields, ")")
	case *FieldSel:
		d.write("(" + d.inner(e.Arg) + ")." + types.QuoteIdent(e.Name))
	case *Subscript:
		d.subscript(e)
	case *Subquery:
		if d.Subquery == nil {
			d.Failed = true
			return
		}
		d.write(d.Subquery(d, e))
	default:
		d.Failed = true
	}
}

func (d *Deparser) named(open string, args []Expr, end string) {
	d.write(open)
	d.list(args)
	d.write(end)
}

func (d *Deparser) caseOf(e *Case) {
	d.write("CASE")
	for _, w := range e.Whens {
		d.write(" WHEN " + d.Text(w.Cond) + " THEN " + d.inner(w.Then))
	}
	if e.Else != nil {
		d.write(" ELSE " + d.inner(e.Else))
	} else {
		d.write(" ELSE NULL::" + typeName(e.T, -1))
	}
	d.write(" END")
}

func (d *Deparser) subscript(e *Subscript) {
	arg := d.inner(e.Arg)
	if _, ok := e.Arg.(*Col); !ok {
		arg = "(" + arg + ")"
	}
	d.write(arg)
	bound := func(es []Expr, i int) string {
		if i < len(es) && es[i] != nil {
			return d.inner(es[i])
		}
		return ""
	}
	for i := range max(len(e.Lower), len(e.Upper)) {
		text := bound(e.Lower, i)
		if e.Slice {
			text += ":" + bound(e.Upper, i)
		}
		d.write("[" + text + "]")
	}
}

// Aggregate words an aggregate call.
func (d *Deparser) Aggregate(e *AggCall) string {
	var b strings.Builder
	b.WriteString(types.QuoteIdent(e.Def.Name) + "(")
	if e.Distinct {
		b.WriteString("DISTINCT ")
	}
	args := e.Args
	if e.Def.Kind == 'o' {
		args = e.Direct
	}
	if len(args) == 0 && e.Def.Name == "count" {
		b.WriteString("*")
	}
	for i, a := range args {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(d.inner(a))
	}
	keys := make([]string, len(e.OrderBy))
	for i, k := range e.OrderBy {
		keys[i] = d.SortKey(k)
	}
	switch {
	case e.Def.Kind == 'o':
		b.WriteString(") WITHIN GROUP (ORDER BY " + strings.Join(keys, ", "))
	case len(keys) > 0:
		b.WriteString(" ORDER BY " + strings.Join(keys, ", "))
	}
	b.WriteString(")")
	if e.Filter != nil {
		b.WriteString(" FILTER (WHERE " + d.Text(e.Filter) + ")")
	}
	return b.String()
}

// SortKey words one key of an ordering.
func (d *Deparser) SortKey(k SortKey) string {
	s := d.inner(k.Expr)
	if k.Desc {
		s += " DESC"
	}
	if k.NullsFirst != k.Desc {
		s += map[bool]string{true: " NULLS FIRST", false: " NULLS LAST"}[k.NullsFirst]
	}
	return s
}
