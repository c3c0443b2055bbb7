package bind

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// scope is the names visible at one query level.
type scope struct {
	b      *binder
	parent *scope
	rels   []*rel
	ctes   []*cte
	// q collects the aggregates and the like of the SELECT this level belongs
	// to; nil where there is none (VALUES, SET clauses, stored expressions).
	q *query
	// clause is what is being bound: it decides what may stand there.
	clause clause
	// lateral tells that the level is a LATERAL item of the parent's FROM: rels
	// of the parent that are not lateralOK give the special error.
	lateral bool
	// value is the meaning of VALUE in a domain's check, nil elsewhere.
	value expr.Expr
	// fn holds the arguments of the SQL function whose body is bound.
	fn *funcArgs
}

// rel is a named relation in FROM.
type rel struct {
	name   string
	schema string // set where the rel may be named schema.name
	cols   []*relCol
	// relVisible: name.column works; colsVisible: bare column names work.
	relVisible, colsVisible bool
	// lateralOnly: the rel stands to the left in the same FROM, only LATERAL
	// items see it; lateralOK is false where a join's kind forbids that.
	lateralOnly, lateralOK bool

	table *catalog.Table
	// need is told what is read of the rel; nil: nobody is.
	need *acl.Need
	// within are the needs of a view's query: locking its rows locks theirs.
	within []*acl.Need
	// query is the plan of a subquery or view; nil for others.
	query plan.Node
	scan  *plan.Scan
	virt  *plan.VirtualScan
	pat   *plan.PatternScan
	// sys holds the system columns in use, by name.
	sys map[string]*expr.Col
	// rowType is the type of the rel as a value, nil: an anonymous record.
	rowType *types.T
	// scalar: a function in FROM with one column of a base type; name means that
	// column.
	scalar bool
	excl   bool // the rel "excluded" of ON CONFLICT
}

// relCol is a column of a rel. e is its meaning; for a column of a scan it is
// made at first use.
type relCol struct {
	name string
	col  plan.Col
	e    expr.Expr
	// owner is the scan's rel while e is not made.
	owner *rel
	// listed: the scan has the column in its list.
	listed bool
	// hidden columns are left out of *.
	hidden bool
	// need is told that the column is read; nil: nobody is.
	need *acl.Need
}

// note tells that a statement names the column.
func (c *relCol) note() {
	if c.need != nil {
		c.need.Read(c.col.Attnum)
	}
}

// read gives the column's expression and puts it into its scan's list.
func (c *relCol) read(b *binder) expr.Expr {
	e := c.reserve(b)
	if c.owner == nil || c.listed {
		return e
	}
	c.listed = true
	switch r := c.owner; {
	case r.scan != nil:
		r.scan.Cols = append(r.scan.Cols, c.col)
	case r.virt != nil:
		r.virt.Cols = append(r.virt.Cols, c.col)
	case r.pat != nil:
		r.pat.Cols = append(r.pat.Cols, c.col)
	}
	return e
}

// reserve gives the column's expression without asking the scan for it.
func (c *relCol) reserve(b *binder) expr.Expr {
	if c.e != nil {
		return c.e
	}
	if c.owner.pat != nil && c.col.Name == "id" {
		return b.readID(c)
	}
	c.col.ID = b.newCol()
	c.e = &expr.Col{ID: c.col.ID, T: c.col.T, Mod: c.col.Mod, Name: c.name}
	return c.e
}

func (s *scope) child() *scope {
	return &scope{b: s.b, parent: s, fn: s.fn, value: s.value}
}

// found is a column that a name means.
type found struct {
	r *rel
	c *relCol
	// up counts the query levels between the name and the column.
	level *scope
}

// lookup finds a bare column name; r is nil where there is none at any level.
func (s *scope) lookup(name string, pos ast.At) (f found) {
	for at := s; at != nil; at = at.parent {
		hit, bad := at.here(name, pos)
		if hit.c != nil {
			if bad {
				s.b.failLateral(pos, hit.r, name)
			}
			hit.level = at
			return hit
		}
	}
	return found{}
}

// here looks at one level; a name that two rels have is ambiguous.
func (s *scope) here(name string, pos ast.At) (f found, badLateral bool) {
	for _, r := range s.rels {
		if !r.colsVisible || r.lateralOnly && !s.lateralActive() {
			continue
		}
		c := s.column(r, name, pos)
		if c == nil {
			continue
		}
		if f.c != nil {
			s.b.failf(pos, pgerr.AmbiguousColumn, "column reference %q is ambiguous", name)
		}
		f, badLateral = found{r: r, c: c}, r.lateralOnly && !r.lateralOK
	}
	if f.c != nil || !openable(name) {
		return f, badLateral
	}
	return s.open(name, pos)
}

// lateralActive tells that the name stands in a LATERAL item of this level.
func (s *scope) lateralActive() bool { return s.lateral }

// column finds a column of r that is in its list.
func (s *scope) column(r *rel, name string, pos ast.At) *relCol {
	var hit *relCol
	for _, c := range r.cols {
		if c.name == name {
			if hit != nil {
				s.b.failf(pos, pgerr.AmbiguousColumn, "column reference %q is ambiguous", name)
			}
			hit = c
		}
	}
	return hit
}

// open asks the key patterns of the level: any name is a field of theirs. One
// pattern only, or the name is ambiguous unless it is a known field of just one.
func (s *scope) open(name string, pos ast.At) (f found, badLateral bool) {
	var hits []*rel
	for _, r := range s.rels {
		if r.pat != nil && r.colsVisible && (!r.lateralOnly || s.lateralActive()) {
			hits = append(hits, r)
		}
	}
	if len(hits) > 1 {
		var known []*rel
		for _, r := range hits {
			for _, fld := range r.pat.Pattern.Fields {
				if fld == name {
					known = append(known, r)
				}
			}
		}
		if len(known) == 1 {
			hits = known
		}
	}
	switch len(hits) {
	case 0:
		return found{}, false
	case 1:
		return found{r: hits[0], c: s.b.field(hits[0], name)}, hits[0].lateralOnly && !hits[0].lateralOK
	}
	s.b.failf(pos, pgerr.AmbiguousColumn, "column reference %q is ambiguous", name)
	return found{}, false
}

// openable keeps names that PostgreSQL gives a meaning away from key patterns.
func openable(name string) bool {
	return !isSystemColumn(name)
}

// relation finds a rel by its qualifier (table, or schema.table).
func (s *scope) relation(schema, name string, pos ast.At) (*rel, *scope) {
	for at := s; at != nil; at = at.parent {
		var hit *rel
		for _, r := range at.rels {
			if !r.relVisible || r.name != name || r.lateralOnly && !at.lateralActive() {
				continue
			}
			if schema != "" && r.schema != schema {
				continue
			}
			if hit != nil {
				s.b.failf(pos, pgerr.AmbiguousAlias, "table reference %q is ambiguous", name)
			}
			hit = r
		}
		if hit == nil {
			continue
		}
		if hit.lateralOnly && !hit.lateralOK {
			s.b.failLateral(pos, hit, "")
		}
		return hit, at
	}
	return nil, nil
}

func (b *binder) failLateral(pos ast.At, r *rel, column string) {
	e := pgerr.Newf(pgerr.InvalidColumnReference, "invalid reference to FROM-clause entry for table %q", r.name)
	if r.excl {
		b.fail(pos, e)
	}
	b.fail(pos, e.WithDetail("The combining JOIN type must be INNER or LEFT for a LATERAL reference."))
}

// failNoRelation says that a qualifier names nothing, and why if that is known
// (errorMissingRTE of PostgreSQL's parse_relation.c).
func (s *scope) failNoRelation(pos ast.At, path []string) {
	name := path[len(path)-1]
	for at := s; at != nil; at = at.parent {
		for _, r := range at.rels {
			if r.name == name {
				e := pgerr.Newf(pgerr.UndefinedTable, "invalid reference to FROM-clause entry for table %q", name)
				if r.lateralOnly || !r.relVisible {
					e = e.WithHintf("There is an entry for table %q, but it cannot be referenced from this part of the query.", name)
				}
				s.b.fail(pos, e)
			}
			if r.table != nil && r.table.Name == name {
				s.b.fail(pos, pgerr.Newf(pgerr.UndefinedTable, "invalid reference to FROM-clause entry for table %q", name).
					WithHintf("Perhaps you meant to reference the table alias %q.", r.name))
			}
		}
	}
	s.b.failf(pos, pgerr.UndefinedTable, "missing FROM-clause entry for table %q", strings.Join(path, "."))
}

// failNoColumn says that a bare name means no column, with PostgreSQL's hints.
func (s *scope) failNoColumn(pos ast.At, qualifier, name string) {
	e := pgerr.Newf(pgerr.UndefinedColumn, "column %q does not exist", name)
	if qualifier != "" {
		e = pgerr.Newf(pgerr.UndefinedColumn, "column %s.%s does not exist", qualifier, name)
	}
	for at := s; at != nil; at = at.parent {
		for _, r := range at.rels {
			for _, c := range r.cols {
				if c.name == name && qualifier == "" {
					e = e.WithDetailf("There is a column named %q in table %q, but it cannot be referenced from this part of the query.", name, r.name)
					s.b.fail(pos, e)
				}
			}
		}
	}
	if near := s.nearest(qualifier, name); near != "" {
		e = e.WithHintf("Perhaps you meant to reference the column %q.", near)
	}
	s.b.fail(pos, e)
}
