package builtin

import (
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// CommonType is the type that UNION, CASE, VALUES, ARRAY, COALESCE, GREATEST and
// JOIN USING give their inputs (manual section 10.5). what names the construct in
// the error 42804 ("UNION", "CASE", "VALUES" …).
func CommonType(what string, ts []*types.T) (*types.T, error) {
	if len(ts) == 0 {
		return types.Text, nil
	}
	same := true
	for _, t := range ts[1:] {
		same = same && t.Is(ts[0])
	}
	if same && !ts[0].Is(types.Unknown) {
		return ts[0], nil
	}
	var pick *types.T
	for _, t := range ts {
		t = t.Underlying()
		switch {
		case t.Is(types.Unknown):
			continue
		case pick == nil:
			pick = t
			continue
		case pick.Is(t):
			continue
		}
		next, err := unify(what, pick, t)
		if err != nil {
			return nil, err
		}
		pick = next
	}
	if pick == nil {
		return types.Text, nil
	}
	for _, t := range ts {
		if !CanCoerce(t, pick, types.CastImplicit) {
			return nil, pgerr.Newf(pgerr.CannotCoerce, "%s could not convert type %s to %s", what, typeWord(t), typeWord(pick))
		}
	}
	return pick, nil
}

// unify chooses between two known types.
func unify(what string, pick, t *types.T) (*types.T, error) {
	// A hash field yields to any type it meets.
	if pick.Is(types.Dyn) {
		return t, nil
	}
	if t.Is(types.Dyn) {
		return pick, nil
	}
	if pick.Category != t.Category {
		return nil, pgerr.Newf(pgerr.DatatypeMismatch, "%s types %s and %s cannot be matched", what, typeWord(pick), typeWord(t))
	}
	if !pick.Preferred && CanCoerce(pick, t, types.CastImplicit) && !CanCoerce(t, pick, types.CastImplicit) {
		return t, nil
	}
	if !pick.Preferred && t.Preferred && CanCoerce(pick, t, types.CastImplicit) {
		return t, nil
	}
	return pick, nil
}
