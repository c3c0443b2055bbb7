package opt

import (
	"math"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// What is assumed where there are no statistics (PostgreSQL's selfuncs.h).
const (
	elementsUnknown = 10.0    // elements of an array
	rowsUnknown     = 1000.0  // rows of a table
	equalityDefault = 0.005   // col = value
	rangeDefault    = 1.0 / 3 // col < value
	betweenDefault  = 0.005   // low < col < high
	matchDefault    = 0.005   // LIKE
	otherDefault    = 0.5     // anything else
	distinctDefault = 200.0   // distinct values of a column
	rowsMin         = 1.0
	nullDefault     = 0.005
)

// tableRows is how many rows a table has.
func (o *optimizer) tableRows(t *catalog.Table) float64 {
	if t.Stats != nil {
		return math.Max(t.Stats.Rows, rowsMin)
	}
	if t.Kind == catalog.KindVirtual {
		return 100
	}
	if o.cfg.Rows != nil {
		return math.Max(o.cfg.Rows(t), rowsMin)
	}
	return rowsUnknown
}

func (o *optimizer) patternRows(p *catalog.KeyPattern) float64 {
	if o.cfg.PatternRows != nil {
		return math.Max(o.cfg.PatternRows(p), rowsMin)
	}
	return rowsUnknown
}

// distinct is how many values a column of a scan has.
func (o *optimizer) distinct(s *plan.Scan, attnum int16) float64 {
	rows := o.tableRows(s.Table)
	for _, x := range s.Table.Indexes {
		if x.Unique && len(x.Keys) == 1 && x.Keys[0].Attnum == attnum && x.Where == "" {
			return rows
		}
	}
	if s.Table.Stats != nil {
		if c, ok := s.Table.Stats.Columns[attnum]; ok && c.Distinct > 0 {
			return c.Distinct
		}
	}
	return math.Min(distinctDefault, rows)
}

// selectivity is the part of a scan's rows that a conjunct passes. s may be nil.
func (o *optimizer) selectivity(s *plan.Scan, e expr.Expr) float64 {
	switch e := e.(type) {
	case *expr.And:
		p := 1.0
		for _, a := range e.Args {
			p *= o.selectivity(s, a)
		}
		return p
	case *expr.Or:
		p := 0.0
		for _, a := range e.Args {
			q := o.selectivity(s, a)
			p = p + q - p*q
		}
		return p
	case *expr.Not:
		return 1 - o.selectivity(s, e.Arg)
	case *expr.NullTest:
		p := nullDefault
		if st := o.columnStats(s, e.Arg); st != nil {
			p = st.NullFraction
		}
		if e.Not {
			return 1 - p
		}
		return p
	case *expr.InList:
		p := math.Min(1, float64(len(e.List))*o.equal(s, e.Arg, nil))
		if e.Not {
			return 1 - p
		}
		return p
	case *expr.AnyAll:
		return math.Min(0.5, 10*o.equal(s, e.Arg, nil))
	case *expr.Const:
		if v, _ := isConst(e); v {
			return 1
		}
		return 0
	case *expr.Func:
		return o.operatorSelectivity(s, e)
	}
	return otherDefault
}

func (o *optimizer) operatorSelectivity(s *plan.Scan, e *expr.Func) float64 {
	if len(e.Args) != 2 {
		return otherDefault
	}
	col, val := e.Args[0], e.Args[1]
	op := e.Op
	if o.attnum(s, col) == 0 && o.attnum(s, val) != 0 {
		col, val, op = val, col, mirrored[op]
	}
	switch op {
	case "=":
		return o.equal(s, col, val)
	case "<>":
		return 1 - o.equal(s, col, val)
	case "<", "<=":
		return o.below(s, col, val, rangeDefault)
	case ">", ">=":
		return 1 - o.below(s, col, val, 1-rangeDefault)
	case "~~", "~~*", "~":
		return matchDefault
	}
	return otherDefault
}

var mirrored = map[string]string{"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

// attnum is the column of the scan that e shows, 0 for none.
func (o *optimizer) attnum(s *plan.Scan, e expr.Expr) int16 {
	if c, ok := e.(*expr.Cast); ok {
		e = c.Arg
	}
	c, ok := e.(*expr.Col)
	if !ok || s == nil {
		return 0
	}
	for _, x := range s.Cols {
		if x.ID == c.ID {
			return x.Attnum
		}
	}
	return 0
}

func (o *optimizer) columnStats(s *plan.Scan, e expr.Expr) *catalog.ColumnStats {
	a := o.attnum(s, e)
	if a == 0 || s.Table.Stats == nil {
		return nil
	}
	c, ok := s.Table.Stats.Columns[a]
	if !ok {
		return nil
	}
	return &c
}

// equal is the selectivity of col = val; val may be nil.
func (o *optimizer) equal(s *plan.Scan, col, val expr.Expr) float64 {
	a := o.attnum(s, col)
	if a == 0 {
		return equalityDefault
	}
	st := o.columnStats(s, col)
	c, isConst := val.(*expr.Const)
	if st != nil && isConst && !c.Value.IsNull() {
		left := 1 - st.NullFraction
		for i, v := range st.MostCommon {
			if v.Kind() == c.Value.Kind() && types.Equal(c.T, v, c.Value) {
				return st.MostCommonFrq[i]
			}
			left -= st.MostCommonFrq[i]
		}
		if rest := st.Distinct - float64(len(st.MostCommon)); rest >= 1 {
			return math.Max(left, 0) / rest
		}
	}
	return 1 / math.Max(o.distinct(s, a), 1)
}

// below is the selectivity of col < val.
func (o *optimizer) below(s *plan.Scan, col, val expr.Expr, unknown float64) float64 {
	st := o.columnStats(s, col)
	c, ok := val.(*expr.Const)
	if st == nil || !ok || c.Value.IsNull() || len(st.Histogram) < 2 || st.Histogram[0].Kind() != c.Value.Kind() {
		return unknown
	}
	n := 0
	for n < len(st.Histogram) && types.Compare(c.T, st.Histogram[n], c.Value) < 0 {
		n++
	}
	p := (float64(n) - 0.5) / float64(len(st.Histogram)-1)
	return math.Min(math.Max(p, 0.0001), 0.9999)
}
