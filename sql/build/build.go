package build

import (
	"fmt"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/exec"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
)

// Prepared is an executable plan. Immutable; safe for concurrent use.
type Prepared struct {
	root     exec.Spec
	subplans *exec.SubplanSet
	cols     []plan.Col
}

// Options of Build.
type Options struct {
	// Analyze wraps each operator with counters under its plan node, read through
	// exec.Run.Stats (EXPLAIN ANALYZE).
	Analyze bool
}

// Build compiles a plan.
func Build(n plan.Node, o Options) (*Prepared, error) {
	b := &builder{subs: &exec.SubplanSet{}, tables: map[*catalog.Table]*rowcodec.Table{}, analyze: o.Analyze}
	in, err := b.exact(n)
	if err != nil {
		return nil, err
	}
	return &Prepared{root: in.spec, subplans: b.subs, cols: n.Columns()}, nil
}

// Columns of the result.
func (p *Prepared) Columns() []plan.Col { return p.cols }

// New makes run state. It serves one execution at a time and any number one
// after the other: keep it with the prepared statement of a session.
func (p *Prepared) New() exec.Operator { return p.root.New() }

// Bind makes run ready for an execution of p: call it before op.Open(run).
func (p *Prepared) Bind(run *exec.Run) { run.Bind(p.subplans) }

// Open starts an execution with new run state; the caller closes the operator,
// also after an error of its.
func (p *Prepared) Open(run *exec.Run) (exec.Operator, error) {
	op := p.New()
	p.Bind(run)
	if err := op.Open(run); err != nil {
		op.Close()
		return nil, err
	}
	return op, nil
}

type builder struct {
	subs    *exec.SubplanSet
	tables  map[*catalog.Table]*rowcodec.Table
	analyze bool
	// checked is the row that the Recheck being compiled is about.
	checked *built
}

// built is a compiled node with its output layout.
type built struct {
	spec   exec.Spec
	layout []expr.ColID
	types  []*types.T
}

func (in built) kinds() exec.Kinds {
	out := make(exec.Kinds, len(in.types))
	for i, t := range in.types {
		out[i] = t.Kind
	}
	return out
}

func (in built) at(id expr.ColID) int {
	for i, l := range in.layout {
		if l == id {
			return i
		}
	}
	return -1
}

// of is in with the columns of n in order: for nodes whose output is exactly that.
func of(spec exec.Spec, n plan.Node) built {
	out := built{spec: spec}
	for _, c := range n.Columns() {
		out.layout = append(out.layout, c.ID)
		out.types = append(out.types, c.T)
	}
	return out
}

func (b *builder) node(n plan.Node) (built, error) {
	out, err := b.dispatch(n)
	if err == nil && b.analyze {
		out.spec = &exec.Counted{In: out.spec, Key: n}
	}
	return out, err
}

func (b *builder) dispatch(n plan.Node) (built, error) {
	switch n := n.(type) {
	case *plan.Scan:
		return b.scan(n)
	case *plan.PatternScan:
		return b.patternScan(n)
	case *plan.VirtualScan:
		return b.virtualScan(n)
	case *plan.Values:
		return b.values(n)
	case *plan.External:
		return of(&exec.External{}, n), nil
	case *plan.FuncScan:
		return b.funcScan(n)
	case *plan.Filter:
		return b.filter(n)
	case *plan.Project:
		return b.project(n)
	case *plan.ProjectSet:
		return b.projectSet(n)
	case *plan.Join:
		return b.join(n)
	case *plan.Aggregate:
		return b.aggregate(n)
	case *plan.Window:
		return b.window(n)
	case *plan.Sort:
		return b.sort(n)
	case *plan.Limit:
		return b.limit(n)
	case *plan.Distinct:
		return b.distinct(n)
	case *plan.SetOp:
		return b.setOp(n)
	case *plan.With:
		return b.with(n)
	case *plan.CTEScan:
		return of(&exec.CTEScan{ID: n.CTE.ID, Working: n.Working}, n), nil
	}
	return b.modify(n)
}

func (b *builder) modify(n plan.Node) (built, error) {
	switch n := n.(type) {
	case *plan.LockRows:
		return b.lockRows(n)
	case *plan.Pinned:
		return b.pinned(n)
	case *plan.Insert:
		return b.insert(n)
	case *plan.Update:
		return b.update(n)
	case *plan.Delete:
		return b.delete(n)
	}
	return built{}, pgerr.Newf(pgerr.InternalError, "no operator for plan node %s", fmt.Sprintf("%T", n))
}

// exact compiles n with exactly its columns, in order.
func (b *builder) exact(n plan.Node) (built, error) {
	in, err := b.node(n)
	if err != nil {
		return in, err
	}
	return pick(in, n.Columns())
}

// pick projects in to the columns of cols.
func pick(in built, cols []plan.Col) (built, error) {
	same := len(cols) == len(in.layout)
	for i := 0; same && i < len(cols); i++ {
		same = cols[i].ID == in.layout[i]
	}
	if same {
		return in, nil
	}
	out := built{}
	var es []*exec.Expr
	for _, c := range cols {
		e, err := exec.Compile(&expr.Col{ID: c.ID, T: c.T, Mod: c.Mod, Name: c.Name}, in.layout)
		if err != nil {
			return out, err
		}
		es = append(es, e)
		out.layout = append(out.layout, c.ID)
		out.types = append(out.types, c.T)
	}
	out.spec = &exec.Project{In: in.spec, Out: es}
	return out, nil
}

func (b *builder) table(t *catalog.Table) *rowcodec.Table {
	c := b.tables[t]
	if c == nil {
		c = rowcodec.NewTable(t)
		b.tables[t] = c
	}
	return c
}
