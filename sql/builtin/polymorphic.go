package builtin

import (
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

func hasPolymorphic(ts []*types.T) bool {
	for _, t := range ts {
		if t.IsPolymorphic() {
			return true
		}
	}
	return false
}

// admits tells whether a type can stand for a polymorphic one at all.
func admits(poly, t *types.T) bool {
	t = t.Underlying()
	switch {
	case poly.Is(types.Anyarray), poly.Is(types.Anycompatiblearray):
		return t.IsArray() || t.Is(types.Anyarray)
	case poly.Is(types.Anyenum):
		return t.IsEnum()
	case poly.Is(types.Anyrange), poly.Is(types.Anycompatiblerange):
		return t.IsRange()
	case poly.Is(types.Anymultirange), poly.Is(types.Anycompatiblemultirange):
		return t.IsMultirange()
	case poly.Is(types.Anynonarray), poly.Is(types.Anycompatiblenonarray):
		return !t.IsArray()
	}
	return true
}

// polymorphism is what the polymorphic types of a call stand for (manual section
// 38.2.5): elem for the any… family, common for the anycompatible… one, rng and
// multi for their range types.
type polymorphism struct {
	elem, common *types.T
	rng, multi   *types.T
}

// bindPolymorphic deduces what the polymorphic parameters stand for; an error
// where the arguments do not agree.
func bindPolymorphic(params, given []*types.T) (polymorphism, error) {
	var p polymorphism
	if !hasPolymorphic(params) {
		return p, nil
	}
	var compatible []*types.T
	for i, param := range params {
		if !param.IsPolymorphic() || given[i].Is(types.Unknown) || given[i].Is(types.Dyn) {
			continue
		}
		e := elementGiven(param, given[i])
		if isCompatibleFamily(param) {
			compatible = append(compatible, e)
			if param.Is(types.Anycompatiblerange) {
				p.rng = given[i].Underlying()
			}
			continue
		}
		if param.Is(types.Anyrange) {
			p.rng = given[i].Underlying()
		}
		if param.Is(types.Anymultirange) {
			p.multi = given[i].Underlying()
		}
		if p.elem == nil {
			p.elem = e
		} else if !p.elem.Is(e) {
			return p, pgerr.Newf(pgerr.DatatypeMismatch, "arguments declared \"%s\" are not all alike", param.Name).
				WithDetailf("%s versus %s", typeWord(p.elem), typeWord(e))
		}
	}
	if len(compatible) > 0 {
		c, err := CommonType("", compatible)
		if err != nil {
			return p, err
		}
		p.common = c
	}
	return p.withLiterals(params, given), nil
}

// withLiterals lets untyped literals be text where nothing else decides.
func (p polymorphism) withLiterals(params, given []*types.T) polymorphism {
	for i, param := range params {
		if !param.IsPolymorphic() || !given[i].Is(types.Unknown) && !given[i].Is(types.Dyn) {
			continue
		}
		if isCompatibleFamily(param) && p.common == nil {
			p.common = types.Text
		}
		if given[i].Is(types.Dyn) && p.elem == nil {
			p.elem = types.Text
		}
	}
	return p
}

func isCompatibleFamily(t *types.T) bool {
	return t.Is(types.Anycompatible) || t.Is(types.Anycompatiblearray) || t.Is(types.Anycompatiblenonarray) ||
		t.Is(types.Anycompatiblerange) || t.Is(types.Anycompatiblemultirange)
}

// elementGiven is the element type an argument says the family has.
func elementGiven(param, t *types.T) *types.T {
	t = t.Underlying()
	switch {
	case param.Is(types.Anyarray), param.Is(types.Anycompatiblearray):
		if t.IsArray() {
			return t.Elem
		}
	case param.Is(types.Anyrange), param.Is(types.Anycompatiblerange):
		if t.IsRange() {
			return t.Elem
		}
	case param.Is(types.Anymultirange), param.Is(types.Anycompatiblemultirange):
		if t.IsMultirange() && t.Elem != nil {
			return t.Elem.Elem
		}
	}
	return t
}

// resolve is the type a polymorphic parameter or result has; nil: unknown.
func (p polymorphism) resolve(t *types.T) *types.T {
	e := p.elem
	if isCompatibleFamily(t) {
		e = p.common
	}
	switch {
	case t.Is(types.Anyarray), t.Is(types.Anycompatiblearray):
		if e == nil {
			return nil
		}
		return types.ArrayOf(e)
	case t.Is(types.Anyrange), t.Is(types.Anycompatiblerange):
		if p.rng != nil {
			return p.rng
		}
		return rangeOver(e)
	case t.Is(types.Anymultirange), t.Is(types.Anycompatiblemultirange):
		if p.multi != nil {
			return p.multi
		}
		if p.rng != nil {
			return types.MultirangeOf(p.rng)
		}
		return nil
	}
	return e
}

func rangeOver(elem *types.T) *types.T {
	if elem == nil {
		return nil
	}
	for _, t := range types.All() {
		if t.IsRange() && t.Elem.Is(elem) {
			return t
		}
	}
	return nil
}
