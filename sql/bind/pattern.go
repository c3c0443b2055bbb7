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

// The pseudo-columns of a key pattern.
const (
	colKey   = "_key"   // text: the whole key
	colID    = "_id"    // text: what * matched
	colType  = "_type"  // text: string, hash, list, set, zset, stream
	colTTL   = "_ttl"   // int8: milliseconds to live, NULL for ever
	colValue = "_value" // text: the value of a string key
)

var pseudoColumns = []struct {
	name   string
	t      *types.T
	hidden bool
}{
	{colKey, types.Text, false},
	{colID, types.Text, true},
	{colType, types.Text, true},
	{colTTL, types.Int8, true},
	{colValue, types.Text, true},
}

// keyPattern binds a glob over the Redis keyspace.
func (b *binder) keyPattern(ref *ast.KeyPattern, privs acl.Privs) (plan.Node, *rel) {
	if ref.Sample != nil {
		b.fail(ref.Sample.At, pgerr.NotSupported("TABLESAMPLE"))
	}
	kp, err := b.cat.KeyPattern(ref.Pattern)
	b.must(ref.At, err)
	if kp == nil {
		b.failf(ref.At, pgerr.UndefinedTable, "relation %q does not exist", ref.Pattern)
	}
	if b.who.auth != nil && b.who.auth.RequireKeys(ref.Pattern, acl.Select) != nil {
		kp = &catalog.KeyPattern{Pattern: kp.Pattern, Indexes: kp.Indexes} // the names of fields are data
	}
	need := b.need(&acl.Need{Pattern: kp, Privs: privs})
	// Without an alias the pattern's literal prefix up to its separator names it:
	// users for users:*.
	name, _, _ := strings.Cut(ref.Pattern, "*")
	name = strings.TrimRight(name, ":./-_")
	r := &rel{name: name, relVisible: true, colsVisible: true, lateralOK: true, need: need}
	if ref.Alias != nil {
		r.name = ref.Alias.Name
	}
	r.pat = &plan.PatternScan{Pattern: kp, Alias: r.name}
	for _, p := range pseudoColumns {
		r.cols = append(r.cols, &relCol{name: p.name, owner: r, hidden: p.hidden, need: need, col: plan.Col{Name: p.name, T: p.t, Mod: -1}})
	}
	for _, f := range kp.Fields {
		if r.find(f) == nil {
			b.field(r, f).hidden = false
		}
	}
	b.renameColumns(r, ref.Alias, ref.Pattern)
	return r.pat, r
}

func (r *rel) find(name string) *relCol {
	for _, c := range r.cols {
		if c.name == name {
			return c
		}
	}
	return nil
}

// field gives the column for a hash field, which * does not show. id falls back
// to what * matched where the hash has no such field.
func (b *binder) field(r *rel, name string) *relCol {
	if c := r.find(name); c != nil {
		return c
	}
	c := &relCol{name: name, owner: r, hidden: true, need: r.need, col: plan.Col{Name: name, T: types.Dyn, Mod: -1}}
	r.cols = append(r.cols, c)
	return c
}

// readID makes the meaning of id: COALESCE(field id, _id).
func (b *binder) readID(c *relCol) expr.Expr {
	r := c.owner
	c.listed = true
	c.col.ID = b.newCol()
	r.pat.Cols = append(r.pat.Cols, c.col)
	field := &expr.Col{ID: c.col.ID, T: types.Dyn, Mod: -1, Name: "id"}
	id := r.find(colID).read(b)
	c.e = &expr.Coalesce{T: types.Dyn, Args: []expr.Expr{field, &expr.Cast{Arg: id, T: types.Dyn, Mod: -1}}}
	return c.e
}

// isPseudo tells the pseudo-columns, which cannot be assigned as fields.
func isPseudo(name string) bool {
	for _, p := range pseudoColumns {
		if p.name == name {
			return true
		}
	}
	return false
}
