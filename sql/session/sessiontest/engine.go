package sessiontest

import (
	"context"
	"encoding/binary"
	"strconv"
	"sync/atomic"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/parse"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// chunkRows is how many rows of a series come at once.
const chunkRows = 100

// Engine is the scripted engine. Safe for concurrent use.
type Engine struct {
	version atomic.Uint64
	// Planned counts the plans made.
	Planned atomic.Int64
	// Hanging receives a token when SELECT hang() begins to wait; nil: nobody looks.
	Hanging chan struct{}
}

var _ session.Engine = (*Engine)(nil)

// cat is an empty catalog with a version.
type cat struct {
	catalog.Reader
	e *Engine
}

func (c cat) Version() uint64                            { return c.e.version.Load() }
func (c cat) Mark() int                                  { return 0 }
func (c cat) RollbackTo(int)                             {}
func (c cat) BeforeCommit()                              {}
func (c cat) Role(name string) (*catalog.Role, error)    { return superuser(name), nil }
func (c cat) RoleByOID(types.OID) (*catalog.Role, error) { return superuser("postgres"), nil }
func (c cat) Databases() ([]*catalog.Database, error)    { return nil, nil }

// superuser is what every name means.
func superuser(name string) *catalog.Role {
	return &catalog.Role{OID: catalog.RoleSuperuser, Name: name, Superuser: true, Inherit: true, Login: true, ConnLimit: -1}
}

func (c cat) TypeByOID(types.OID) (*catalog.TypeDesc, error) {
	return nil, nil
}
func (c cat) TableByOID(types.OID) (*catalog.Table, error) { return nil, nil }
func (c cat) SchemaByName(string) *catalog.Schema          { return nil }

// Parse parses a query string.
func (e *Engine) Parse(sql string) ([]session.Parsed, error) {
	stmts, err := parse.Statements(sql)
	out := make([]session.Parsed, len(stmts))
	for i := range stmts {
		out[i] = session.Parsed{AST: stmts[i].Node, SQL: stmts[i].SQL, Source: sql}
	}
	return out, err
}

// Catalog is empty.
func (e *Engine) Catalog(txn.Txn) (session.Catalog, error) { return cat{e: e}, nil }

// form is what a plan does.
type form struct {
	call  string // series, fail, hang, scan, insert, delete; "": row
	n     int64
	table string
	row   []item
	keys  [][]item
}

// item is a constant or a parameter.
type item struct {
	param int
	d     types.Datum
	t     *types.T
}

func (e *Engine) unknown() error { return pgerr.NotSupported("this form of the scripted engine") }

// Plan reads the statement's form.
func (e *Engine) Plan(_ *expr.Ctx, c session.Catalog, p session.Parsed, params []*types.T) (*session.Plan, error) {
	e.Planned.Add(1)
	plan := &session.Plan{Version: c.Version(), Params: append([]*types.T(nil), params...)}
	f := &form{}
	plan.Impl = f
	switch n := p.AST.(type) {
	case *ast.Select:
		plan.Verb = "SELECT"
		return plan, e.planSelect(plan, f, n)
	case *ast.Insert:
		plan.Verb, plan.Writes, f.call = "INSERT", true, "insert"
		f.table = n.Target.(*ast.TableName).Name.Name
		v, ok := n.Source.Body.(*ast.ValuesClause)
		if !ok {
			return nil, e.unknown()
		}
		for _, row := range v.Rows {
			it, err := e.items(plan, row)
			if err != nil {
				return nil, err
			}
			f.keys = append(f.keys, it)
		}
		return plan, nil
	case *ast.Delete:
		plan.Verb, plan.Writes, f.call = "DELETE", true, "delete"
		f.table = n.Target.(*ast.TableName).Name.Name
		return plan, nil
	}
	return nil, e.unknown()
}

func (e *Engine) planSelect(plan *session.Plan, f *form, n *ast.Select) error {
	c, ok := n.Body.(*ast.SelectClause)
	if !ok {
		return e.unknown()
	}
	if len(c.From) == 1 {
		f.call, f.table = "scan", c.From[0].(*ast.TableName).Name.Name
		plan.Columns = []session.Column{{Name: "k", T: types.Int4, Mod: -1}}
		return nil
	}
	if len(c.Targets) == 1 {
		if call, ok := c.Targets[0].Expr.(*ast.FuncCall); ok {
			f.call = call.Name.Name
			if len(call.Args) > 0 {
				if l, ok := call.Args[0].(*ast.Literal); ok {
					f.n, _ = l.Int64()
				}
			}
			plan.Columns = []session.Column{{Name: f.call, T: types.Int4, Mod: -1}}
			return nil
		}
	}
	var exprs []ast.Expr
	for _, t := range c.Targets {
		exprs = append(exprs, t.Expr)
	}
	row, err := e.items(plan, exprs)
	f.row = row
	plan.Columns = []session.Column{}
	for i, it := range row {
		name := "?column?"
		if a := c.Targets[i].Alias; a != "" {
			name = a
		}
		plan.Columns = append(plan.Columns, session.Column{Name: name, T: it.t, Mod: -1})
	}
	return err
}

func (e *Engine) items(plan *session.Plan, exprs []ast.Expr) ([]item, error) {
	var out []item
	for _, x := range exprs {
		var want *types.T
		if c, ok := x.(*ast.Cast); ok {
			t, found := types.ByName(c.Type.Name.Name)
			if !found {
				return nil, e.unknown()
			}
			want, x = t, c.Operand
		}
		it := item{t: want}
		switch x := x.(type) {
		case *ast.Literal:
			it.literal(x)
		case *ast.Param:
			it.param = int(x.Number)
			for len(plan.Params) < it.param {
				plan.Params = append(plan.Params, nil)
			}
			if plan.Params[it.param-1] == nil {
				if it.t == nil {
					it.t = types.Text
				}
				plan.Params[it.param-1] = it.t
			}
			it.t = plan.Params[it.param-1]
		default:
			return nil, e.unknown()
		}
		out = append(out, it)
	}
	return out, nil
}

func (it *item) literal(l *ast.Literal) {
	switch l.Kind {
	case ast.LiteralNull:
		if it.t == nil {
			it.t = types.Text
		}
	case ast.LiteralInteger:
		n, _ := l.Int64()
		it.d = types.MakeInt(n)
		if it.t == nil {
			it.t = types.Int4
		}
	case ast.LiteralBool:
		it.d, it.t = types.MakeBool(l.Text == "true"), types.Bool
	default:
		if it.t == nil {
			it.t = types.Text
		}
		d, err := types.Parse(it.t, -1, l.Text, nil)
		if err == nil {
			it.d = d
		}
	}
}

func (it *item) value(params []types.Datum) types.Datum {
	if it.param > 0 {
		return params[it.param-1]
	}
	return it.d
}

// run is a running form.
type run struct {
	f        *form
	x        *expr.Ctx
	tx       txn.Txn
	e        *Engine
	c        *chunk.Chunk
	at       int64
	done     bool
	affected int64
}

// Start runs a plan.
func (e *Engine) Start(x *expr.Ctx, tx txn.Txn, _ session.Catalog, p *session.Plan) (session.Running, error) {
	kinds := make([]types.Kind, len(p.Columns))
	for i := range p.Columns {
		kinds[i] = p.Columns[i].T.Kind
	}
	return &run{f: p.Impl.(*form), x: x, tx: tx, e: e, c: chunk.New(kinds)}, nil
}

func (r *run) Affected() int64 { return r.affected }
func (r *run) Close()          {}

func setKey(table string, k int64) []byte {
	b := append([]byte{0x10}, table...)
	return binary.BigEndian.AppendUint64(append(b, 0), uint64(k))
}

func (r *run) Next() (*chunk.Chunk, error) {
	if r.done {
		return nil, nil
	}
	r.c.Reset()
	switch r.f.call {
	case "":
		r.done = true
		row := make([]types.Datum, len(r.f.row))
		for i := range row {
			row[i] = r.f.row[i].value(r.x.Params)
		}
		r.c.AppendRow(row)
	case "series", "fail":
		for r.c.Rows < chunkRows && r.at < r.f.n {
			r.at++
			r.c.AppendRow([]types.Datum{types.MakeInt(r.at)})
		}
		if r.c.Rows == 0 {
			r.done = true
			if r.f.call == "fail" {
				return nil, pgerr.New(pgerr.DivisionByZero, "division by zero")
			}
			return nil, nil
		}
	case "hang":
		if r.e.Hanging != nil {
			r.e.Hanging <- struct{}{}
		}
		<-r.x.Context.Done()
		return nil, r.x.Context.Err()
	case "scan":
		r.done = true
		return r.c, r.scan(func(k int64) error {
			r.c.AppendRow([]types.Datum{types.MakeInt(k)})
			return nil
		})
	case "insert":
		r.done = true
		return nil, r.insert()
	case "delete":
		r.done = true
		return nil, r.scan(func(k int64) error {
			r.affected++
			key := setKey(r.f.table, k)
			if _, _, err := r.tx.LockRow(r.x.Context, nil, key, txn.LockOptions{Mode: txn.ForUpdate}); err != nil {
				return err
			}
			return r.tx.Delete(key, txn.PutOptions{})
		})
	default:
		return nil, pgerr.Newf(pgerr.UndefinedFunction, "function %s does not exist", r.f.call)
	}
	return r.c, nil
}

func (r *run) scan(f func(k int64) error) error {
	lower, upper := setKey(r.f.table, 0), setKey(r.f.table, -1)
	it, err := r.tx.Scan(lower, upper, txn.ScanOptions{})
	if err != nil {
		return err
	}
	var ks []int64
	for it.Next() {
		k := it.Key()
		ks = append(ks, int64(binary.BigEndian.Uint64(k[len(k)-8:])))
	}
	err = it.Err()
	it.Close()
	for _, k := range ks {
		if err == nil {
			err = f(k)
		}
	}
	return err
}

func (r *run) insert() error {
	for _, row := range r.f.keys {
		k := row[0].value(r.x.Params).Int()
		key := setKey(r.f.table, k)
		if _, _, err := r.tx.LockRow(r.x.Context, nil, key, txn.LockOptions{Mode: txn.ForUpdate, Insert: true}); err != nil {
			return err
		}
		_, ok, err := r.tx.GetNewest(nil, key)
		if err != nil {
			return err
		}
		if ok {
			return pgerr.New(pgerr.UniqueViolation, "duplicate key value violates unique constraint \""+r.f.table+"_pkey\"").
				WithDetail("Key (k)=("+strconv.FormatInt(k, 10)+") already exists.").WithTable("public", r.f.table)
		}
		if err := r.tx.Put(key, []byte{1}, txn.PutOptions{}); err != nil {
			return err
		}
		r.affected++
	}
	return nil
}

// Utility moves the catalog's version.
func (e *Engine) Utility(*expr.Ctx, txn.Txn, session.Catalog, session.Parsed) (session.Tag, error) {
	e.version.Add(1)
	return session.Tag{}, nil
}

// copyTarget is a set as the target of COPY.
type copyTarget struct {
	r    *run
	name string
}

// CopyInto opens a set: one int4 column k.
func (e *Engine) CopyInto(x *expr.Ctx, tx txn.Txn, _ session.Catalog, _ session.Parsed, c *ast.Copy) (session.CopyTarget, error) {
	name := c.Table.(*ast.TableName).Name.Name
	return &copyTarget{&run{f: &form{table: name}, x: x, tx: tx, e: e}, name}, nil
}

func (t *copyTarget) Table() string { return t.name }
func (t *copyTarget) Columns() []session.Column {
	return []session.Column{{Name: "k", T: types.Int4, Mod: -1}}
}
func (t *copyTarget) Write(c *chunk.Chunk) error {
	for i := range c.Rows {
		t.r.f.keys = [][]item{{{d: c.Cols[0].Datum(i)}}}
		if err := t.r.insert(); err != nil {
			return err
		}
	}
	return nil
}
func (t *copyTarget) Close(bool) (int64, error) { return t.r.affected, nil }

// Eval gives literals.
func (e *Engine) Eval(_ *expr.Ctx, _ session.Catalog, _ session.Parsed, es []ast.Expr, want []*types.T) ([]types.Datum, error) {
	plan := &session.Plan{}
	its, err := e.items(plan, es)
	out := make([]types.Datum, len(its))
	for i := range its {
		out[i] = its[i].d
	}
	return out, err
}

// ResolveType finds built-in types.
func (e *Engine) ResolveType(_ *expr.Ctx, _ session.Catalog, t *ast.TypeName) (*types.T, error) {
	f, ok := types.ByName(t.Name.Name)
	if !ok {
		return nil, e.unknown()
	}
	return f, nil
}

// NextVal and SetVal know no sequences.
func (e *Engine) NextVal(context.Context, session.Catalog, types.OID) (int64, error) {
	return 0, e.unknown()
}

// SetVal knows no sequences.
func (e *Engine) SetVal(context.Context, session.Catalog, types.OID, int64, bool) error {
	return e.unknown()
}

// RelationBytes knows no relations.
func (e *Engine) RelationBytes(session.Catalog, types.OID, string) (int64, error) {
	return 0, e.unknown()
}
