package expr

import (
	"strconv"
	"strings"

	"github.com/ferritedb/ferrite/sql/types"
)

// Format prints e the way PostgreSQL's EXPLAIN does: operators in parentheses,
// constants with their type where the text alone does not tell it.
func Format(e Expr) string {
	var b strings.Builder
	write(&b, e)
	return b.String()
}

func write(b *strings.Builder, e Expr) {
	switch e := e.(type) {
	case nil:
	case *Const:
		b.WriteString(formatConst(e))
	case *Col:
		if e.Name == "" {
			b.WriteString("col" + strconv.Itoa(int(e.ID)))
			return
		}
		b.WriteString(e.Name)
	case *Param:
		b.WriteString("$" + strconv.Itoa(e.Index))
	case *Func:
		writeFunc(b, e)
	case *And:
		writeChain(b, e.Args, " AND ")
	case *Or:
		writeChain(b, e.Args, " OR ")
	case *Not:
		b.WriteString("(NOT ")
		write(b, e.Arg)
		b.WriteByte(')')
	case *NullTest:
		writeSuffix(b, e.Arg, map[bool]string{false: " IS NULL", true: " IS NOT NULL"}[e.Not])
	case *BoolTest:
		not := map[bool]string{true: "NOT "}[e.Not]
		writeSuffix(b, e.Arg, " IS "+not+map[byte]string{'t': "TRUE", 'f': "FALSE", 'u': "UNKNOWN"}[e.Want])
	case *Distinct:
		op := " IS DISTINCT FROM "
		if e.Not {
			op = " IS NOT DISTINCT FROM "
		}
		writeChain(b, e.Eq.Args, op)
	case *Cast:
		b.WriteByte('(')
		write(b, e.Arg)
		b.WriteString(")::" + types.FormatType(e.T, e.Mod))
	default:
		writeRare(b, e)
	}
}

func writeRare(b *strings.Builder, e Expr) {
	switch e := e.(type) {
	case *Case:
		b.WriteString("CASE")
		for _, w := range e.Whens {
			b.WriteString(" WHEN ")
			write(b, w.Cond)
			b.WriteString(" THEN ")
			write(b, w.Then)
		}
		if e.Else != nil {
			b.WriteString(" ELSE ")
			write(b, e.Else)
		}
		b.WriteString(" END")
	case *Coalesce:
		writeCall(b, "COALESCE", e.Args)
	case *MinMax:
		writeCall(b, map[bool]string{true: "GREATEST", false: "LEAST"}[e.Greatest], e.Args)
	case *AnyAll:
		b.WriteByte('(')
		write(b, e.Arg)
		b.WriteString(" " + e.Name + map[bool]string{false: " ANY (", true: " ALL ("}[e.All])
		write(b, e.Array)
		b.WriteString("))")
	case *InList:
		b.WriteByte('(')
		write(b, e.Arg)
		b.WriteString(map[bool]string{false: " IN ", true: " NOT IN "}[e.Not])
		writeCall(b, "", e.List)
		b.WriteByte(')')
	case *ArrayCtor:
		b.WriteString("ARRAY[")
		writeList(b, e.Elems)
		b.WriteByte(']')
	case *RowCtor:
		writeCall(b, "ROW", e.Fields)
	case *FieldSel:
		b.WriteByte('(')
		write(b, e.Arg)
		b.WriteString(")." + types.QuoteIdent(e.Name))
	case *Subscript:
		writeSubscript(b, e)
	case *Subquery:
		b.WriteString(map[SubqueryKind]string{SubScalar: "(SubPlan)", SubExists: "EXISTS(SubPlan)", SubAny: "ANY(SubPlan)",
			SubAll: "ALL(SubPlan)", SubArray: "ARRAY(SubPlan)", SubRow: "ROW(SubPlan)"}[e.Kind])
	}
}

func writeSubscript(b *strings.Builder, e *Subscript) {
	write(b, e.Arg)
	for i := range max(len(e.Lower), len(e.Upper)) {
		b.WriteByte('[')
		if i < len(e.Lower) {
			write(b, e.Lower[i])
		}
		if e.Slice {
			b.WriteByte(':')
			if i < len(e.Upper) {
				write(b, e.Upper[i])
			}
		}
		b.WriteByte(']')
	}
}

// FormatAgg prints an aggregate or window function call.
func FormatAgg(e *AggCall) string {
	b := &strings.Builder{}
	b.WriteString(e.Def.Name + "(")
	if e.Distinct {
		b.WriteString("DISTINCT ")
	}
	switch {
	case e.Def.Kind == 'o':
		writeList(b, e.Direct)
	case len(e.Args) == 0 && e.Def.Name == "count":
		b.WriteByte('*')
	default:
		writeList(b, e.Args)
	}
	keys := func() {
		for i, k := range e.OrderBy {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(FormatSortKey(k))
		}
	}
	if e.Def.Kind == 'o' {
		b.WriteString(") WITHIN GROUP (ORDER BY ")
		keys()
	} else if len(e.OrderBy) > 0 {
		b.WriteString(" ORDER BY ")
		keys()
	}
	b.WriteByte(')')
	if e.Filter != nil {
		b.WriteString(" FILTER (WHERE ")
		write(b, e.Filter)
		b.WriteByte(')')
	}
	return b.String()
}

// FormatSortKey prints one key: expression, DESC, NULLS where not the default.
func FormatSortKey(k SortKey) string {
	s := Format(k.Expr)
	if k.Desc {
		s += " DESC"
	}
	if k.NullsFirst != k.Desc {
		s += map[bool]string{true: " NULLS FIRST", false: " NULLS LAST"}[k.NullsFirst]
	}
	return s
}

func formatConst(e *Const) string {
	t := e.T
	if e.Value.IsNull() {
		return "NULL::" + types.FormatType(t, e.Mod)
	}
	text := string(types.AppendText(nil, e.Value, t, nil))
	switch t.OID {
	case types.Bool.OID:
		return map[bool]string{true: "true", false: "false"}[e.Value.Bool()]
	case types.Int4.OID:
		if text[0] != '-' {
			return text
		}
	case types.Numeric.OID:
		if text[0] >= '0' && text[0] <= '9' && strings.Contains(text, ".") {
			return text
		}
	case types.Unknown.OID:
		return types.QuoteLiteral(text)
	}
	return types.QuoteLiteral(text) + "::" + types.FormatType(t, e.Mod)
}

func writeFunc(b *strings.Builder, e *Func) {
	switch {
	case e.Op != "" && len(e.Args) == 2:
		writeChain(b, e.Args, " "+e.Op+" ")
	case e.Op != "" && len(e.Args) == 1:
		b.WriteString("(" + e.Op + " ")
		write(b, e.Args[0])
		b.WriteByte(')')
	default:
		writeCall(b, e.Def.Name, e.Args)
	}
}

func writeCall(b *strings.Builder, name string, args []Expr) {
	b.WriteString(name + "(")
	writeList(b, args)
	b.WriteByte(')')
}

func writeList(b *strings.Builder, args []Expr) {
	for i, a := range args {
		if i > 0 {
			b.WriteString(", ")
		}
		write(b, a)
	}
}

func writeChain(b *strings.Builder, args []Expr, sep string) {
	b.WriteByte('(')
	for i, a := range args {
		if i > 0 {
			b.WriteString(sep)
		}
		write(b, a)
	}
	b.WriteByte(')')
}

func writeSuffix(b *strings.Builder, e Expr, suffix string) {
	b.WriteByte('(')
	write(b, e)
	b.WriteString(suffix + ")")
}
