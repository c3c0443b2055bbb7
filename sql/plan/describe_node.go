package plan

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// describers fills in title and properties of one node in PostgreSQL's words
// (EXPLAIN, manual section 14.1).
func describers(p *printer, d *Desc, n Node) {
	switch n := n.(type) {
	case *Scan:
		p.scan(d, n)
	case *PatternScan:
		p.patternScan(d, n)
	case *VirtualScan:
		d.relation("Seq Scan", n.Table.Name, n.Alias)
		d.prop("Filter", p.cond(n.Filter))
	case *Values:
		d.values(n)
	case *FuncScan:
		names := make([]string, len(n.Calls))
		for i, c := range n.Calls {
			names[i] = c.Name
		}
		d.relation("Function Scan", strings.Join(names, ", "), n.Alias)
	case *CTEScan:
		d.cteScan(n)
	case *Join:
		p.join(d, n)
	case *SetOp:
		p.setOp(d, n)
	case *Insert:
		p.insert(d, n)
	case *Update:
		d.modify("Update", n.Table, n.Pattern)
	case *Delete:
		d.modify("Delete", n.Table, n.Pattern)
	default:
		p.describeOne(d, n)
	}
}

// describeOne handles the nodes with one input that compute or order rows.
func (p *printer) describeOne(d *Desc, n Node) {
	switch n := n.(type) {
	case *Filter:
		d.Type = "Filter"
		d.prop("Filter", p.cond(n.Cond))
	case *Project:
		d.Type = "Result"
		d.prop("Output", p.list(n.Out))
	case *ProjectSet:
		d.Type = "ProjectSet"
	case *Aggregate:
		p.aggregate(d, n)
	case *Window:
		d.Type = "WindowAgg"
		d.prop("Partition By", p.list(n.Partition))
		d.prop("Order By", p.keys(n.Order))
	case *Sort:
		p.sort(d, n)
	case *Limit:
		d.Type = "Limit"
	case *Distinct:
		d.Type = "Unique"
		if n.On == nil {
			d.Type = "HashAggregate"
		}
		d.prop("Group Key", p.list(n.On))
	case *With:
		d.Type = "With"
	case *LockRows:
		d.Type = "LockRows"
	default:
		d.Type = "Result"
	}
}

func (d *Desc) values(n *Values) {
	switch len(n.Rows) {
	case 0:
		d.Type = "Result"
		d.prop("One-Time Filter", "false")
	case 1:
		d.Type = "Result"
	default:
		d.Type, d.Title = "Values Scan", `Values Scan on "*VALUES*"`
	}
}

func (d *Desc) cteScan(n *CTEScan) {
	kind := "CTE Scan"
	if n.Working {
		kind = "WorkTable Scan"
	}
	d.relation(kind, n.CTE.Name, n.Alias)
}

func (p *printer) sort(d *Desc, n *Sort) {
	d.Type = "Sort"
	if n.Presorted > 0 {
		d.Type = "Incremental Sort"
	}
	d.prop("Sort Key", p.keys(n.Keys))
	if n.Presorted > 0 {
		d.prop("Presorted Key", p.keys(n.Keys[:min(n.Presorted, len(n.Keys))]))
	}
	if n.Top != nil {
		d.prop("Top", p.expr(n.Top))
	}
}

func (p *printer) insert(d *Desc, n *Insert) {
	d.modify("Insert", n.Table, n.Pattern)
	c := n.OnConflict
	if c == nil {
		return
	}
	what := "NOTHING"
	if c.DoUpdate {
		what = "UPDATE"
	}
	d.prop("Conflict Resolution", what)
	var names []string
	for _, x := range c.Arbiters {
		names = append(names, x.Name)
	}
	d.prop("Conflict Arbiter Indexes", strings.Join(names, ", "))
	d.prop("Conflict Filter", p.cond(c.Where))
}

func (d *Desc) relation(kind, name, alias string) {
	d.Type, d.Relation, d.Alias = kind, name, alias
	d.Title = kind + " on " + name
	if alias != "" && alias != name {
		d.Title += " " + alias
	}
}

func (d *Desc) modify(kind string, t *catalog.Table, k *catalog.KeyPattern) {
	if t != nil {
		d.relation(kind, t.Name, "")
	} else {
		d.relation(kind, k.Pattern, "")
	}
}

func (p *printer) scan(d *Desc, n *Scan) {
	if len(n.Spans) == 0 && n.Index == nil && !n.Reverse {
		d.relation("Seq Scan", n.Table.Name, n.Alias)
	} else {
		p.indexScan(d, n.Table.Name, n.Alias, indexName(n.Table, n.Index), n.Reverse)
		d.prop("Index Cond", p.spanText(n.Spans, n.keyNames()))
	}
	d.prop("Filter", p.cond(n.Filter))
}

func (p *printer) indexScan(d *Desc, table, alias, index string, reverse bool) {
	kind := "Index Scan"
	if reverse {
		kind += " Backward"
	}
	d.relation(kind, table, alias)
	d.Index = index
	d.Title = strings.Replace(d.Title, kind+" on ", kind+" using "+index+" on ", 1)
}

func (n *Scan) keyNames() []string {
	x := n.Index
	if x == nil {
		x = n.Table.PrimaryIndex()
	}
	if x == nil {
		return []string{"rowid"}
	}
	names := make([]string, len(x.Keys))
	for i, k := range x.Keys {
		names[i] = k.Expr
		if c := n.Table.ColumnByNum(k.Attnum); k.Attnum != 0 && c != nil {
			names[i] = c.Name
		}
	}
	return names
}

// spanText writes spans as conditions on the index's keys, joined by OR.
func (p *printer) spanText(spans []Span, keys []string) string {
	var alternatives []string
	for _, s := range spans {
		var parts []string
		key := func(i int) string {
			if i < len(keys) {
				return keys[i]
			}
			return "?"
		}
		for i, e := range s.Eq {
			if i < len(s.NullEq) && s.NullEq[i] {
				parts = append(parts, "("+key(i)+" IS NULL)")
				continue
			}
			parts = append(parts, "("+key(i)+" = "+p.expr(e)+")")
		}
		at := len(s.Eq)
		if s.Lower != nil {
			op := " > "
			if s.LowerIncl {
				op = " >= "
			}
			parts = append(parts, "("+key(at)+op+p.expr(s.Lower)+")")
		}
		if s.Upper != nil {
			op := " < "
			if s.UpperIncl {
				op = " <= "
			}
			parts = append(parts, "("+key(at)+op+p.expr(s.Upper)+")")
		}
		alternatives = append(alternatives, paren(parts, " AND "))
	}
	return paren(alternatives, " OR ")
}

func paren(parts []string, sep string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return "(" + strings.Join(parts, sep) + ")"
}

func (p *printer) patternScan(d *Desc, n *PatternScan) {
	switch {
	case n.Keys != nil:
		d.relation("Key Lookup", n.Pattern.Pattern, n.Alias)
		what := "_key"
		if n.ByID {
			what = "_id"
		}
		d.prop("Key Cond", "("+what+" = "+paren([]string{p.list(n.Keys)}, "")+")")
	case n.Index != nil:
		p.indexScan(d, n.Pattern.Pattern, n.Alias, n.Index.Name, false)
		names := make([]string, len(n.Index.Keys))
		for i, k := range n.Index.Keys {
			names[i] = k.Expr
		}
		d.prop("Index Cond", p.spanText(n.Spans, names))
	default:
		d.relation("Key Scan", n.Pattern.Pattern, n.Alias)
	}
	d.prop("Filter", p.cond(n.Filter))
}

func (p *printer) join(d *Desc, n *Join) {
	algo := map[Algorithm]string{Undecided: "Nested Loop", Hash: "Hash", NestedLoop: "Nested Loop", Lookup: "Nested Loop", Merge: "Merge"}[n.Algo]
	kind := map[JoinKind]string{Left: "Left", Full: "Full", Semi: "Semi", Anti: "Anti"}[n.Kind]
	switch {
	case algo == "Nested Loop" && kind == "":
		d.Type = algo
	case algo == "Nested Loop":
		d.Type = algo + " " + kind + " Join"
	case kind == "":
		d.Type = algo + " Join"
	default:
		d.Type = algo + " " + kind + " Join"
	}
	var conds []string
	for i := range n.LeftKeys {
		conds = append(conds, "("+p.expr(n.LeftKeys[i])+" = "+p.expr(n.RightKeys[i])+")")
	}
	key := "Hash Cond"
	if n.Algo == Merge {
		key = "Merge Cond"
	}
	d.prop(key, paren(conds, " AND "))
	d.prop("Join Filter", p.cond(n.On))
	if n.BuildLeft {
		d.prop("Build", "left")
	}
	if n.NullAware {
		d.prop("Null Aware", "true")
	}
}

func (p *printer) aggregate(d *Desc, n *Aggregate) {
	switch {
	case n.Sets != nil:
		d.Type = "MixedAggregate"
	case n.Scalar:
		d.Type = "Aggregate"
	default:
		d.Type = "HashAggregate"
	}
	if n.Sets == nil {
		d.prop("Group Key", p.list(n.Keys))
		return
	}
	for _, s := range n.Sets {
		keys := make([]expr.Expr, len(s))
		for i, k := range s {
			keys[i] = n.Keys[k]
		}
		text := p.list(keys)
		if text == "" {
			text = "()"
		}
		d.prop("Group Key", text)
	}
}

func (p *printer) setOp(d *Desc, n *SetOp) {
	switch {
	case n.Kind == Union && n.All:
		d.Type = "Append"
	case n.Kind == Union:
		d.Type = "Union"
	case n.Kind == Intersect:
		d.Type = "SetOp Intersect"
	default:
		d.Type = "SetOp Except"
	}
	if n.All && n.Kind != Union {
		d.Type += " All"
	}
}

// typeName is the SQL name of a type with its modifier.
func typeName(t *types.T, mod int32) string { return types.FormatType(t, mod) }
