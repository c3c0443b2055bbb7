package build

import (
	"github.com/ferritedb/ferrite/sql/exec"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
)

// recheck compiles the recheck of rows with the layout of in; nil where n is.
func (b *builder) recheck(n *plan.Recheck, in built) (*exec.Recheck, error) {
	if n == nil {
		return nil, nil
	}
	outer := b.checked
	b.checked = &in
	defer func() { b.checked = outer }()
	out, err := b.node(n.Plan)
	if err != nil {
		return nil, err
	}
	s := &exec.Recheck{Plan: out.spec}
	for _, id := range in.layout {
		s.From = append(s.From, out.at(id))
	}
	return s, nil
}

func (b *builder) pinned(n *plan.Pinned) (built, error) {
	out := of(nil, n)
	s := &exec.Pinned{Kinds: out.kinds(), Nullable: n.Nullable}
	for _, id := range out.layout {
		at := -1
		if b.checked != nil {
			at = b.checked.at(id)
		}
		if at < 0 {
			return out, pgerr.Newf(pgerr.InternalError, "the row to check again has no column %d", id)
		}
		s.At = append(s.At, at)
	}
	out.spec = s
	return out, nil
}
