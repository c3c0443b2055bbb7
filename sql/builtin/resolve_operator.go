package builtin

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// Signature words a call as PostgreSQL's errors do: name(type, type).
func Signature(name string, args []*types.T) string {
	words := make([]string, len(args))
	for i, t := range args {
		words[i] = typeWord(t)
	}
	return name + "(" + strings.Join(words, ", ") + ")"
}

func typeWord(t *types.T) string {
	if t == nil {
		return "-"
	}
	return types.FormatType(t, -1)
}

// CanCoerce tells whether a value of from may become one of to in a context: an
// untyped literal or dyn may become anything. Polymorphic targets take what
// their kind admits; that all of a call's arguments agree is resolve's business.
func CanCoerce(from, to *types.T, ctx types.CastContext) bool {
	if from.Is(to) || from.Is(types.Unknown) || from.Is(types.Dyn) {
		return true
	}
	if to.Is(types.Any) {
		return true
	}
	if to.IsPolymorphic() {
		return admits(to, from)
	}
	c, ok := types.FindCast(from, to)
	if !ok {
		return false
	}
	switch ctx {
	case types.CastExplicit:
		return true
	case types.CastAssignment:
		return c != types.CastExplicit
	}
	return c == types.CastImplicit
}

// candidate is an overload with its arguments spread to the call's length.
type candidate struct {
	args []*types.T
	// def is the *OpDef, *expr.FuncDef, *expr.AggDef or *SRF.
	def any
	// spread: the variadic argument was spread over several of the call's.
	spread bool
	// defaulted counts trailing arguments left to their defaults.
	defaulted int
}

// ResolveOperator chooses an operator for operand types (left nil: prefix) as
// manual section 10.2 does. Errors: 42883, 42725.
func ResolveOperator(name string, left, right *types.T) (*OpDef, error) {
	l, r := dynOperands(name, left, right)
	var given []*types.T
	if l != nil {
		given = append(given, l)
	}
	given = append(given, r)
	var cands []candidate
	for _, o := range operators[name] {
		if (o.Left == nil) != (l == nil) {
			continue
		}
		c := candidate{def: o, args: []*types.T{o.Right}}
		if o.Left != nil {
			c.args = []*types.T{o.Left, o.Right}
		}
		cands = append(cands, c)
	}
	best, n := choose(cands, given, true)
	if n == 1 {
		return best.def.(*OpDef), nil
	}
	return nil, operatorError(name, left, right, n)
}

// dynOperands replaces the type of hash fields by what the other operand asks.
// A number meets a field as numeric: its text may have a fraction.
func dynOperands(name string, l, r *types.T) (*types.T, *types.T) {
	other := func(t *types.T) *types.T {
		switch {
		case t == nil:
			return types.Numeric // a sign
		case t.Is(types.Dyn), t.Is(types.Unknown):
			if strings.ContainsAny(name, "+-*/%^") && !strings.Contains(name, ">") && !strings.Contains(name, "~") {
				return types.Numeric
			}
			return types.Text
		case t.IsInteger(), t.Is(types.Numeric):
			return types.Numeric
		case t.Is(types.IntervalT):
			if name == "+" || name == "-" {
				return types.Timestamptz
			}
		}
		return types.Unknown
	}
	nl, nr := l, r
	if l != nil && l.Is(types.Dyn) {
		nl = other(r)
	}
	if r.Is(types.Dyn) {
		nr = other(l)
	}
	if nl != l && nl != nil && nl.Is(types.Numeric) && r.IsInteger() {
		nr = types.Numeric
	}
	if nr != r && nr.Is(types.Numeric) && l != nil && l.IsInteger() {
		nl = types.Numeric
	}
	return nl, nr
}

func operatorError(name string, left, right *types.T, n int) error {
	words := typeWord(right)
	if left != nil {
		words = typeWord(left) + " " + name + " " + words
	} else {
		words = name + " " + words
	}
	if n == 0 {
		hint := "No operator matches the given name and argument types. You might need to add explicit type casts."
		if left == nil {
			hint = "No operator matches the given name and argument type. You might need to add an explicit type cast."
		}
		return pgerr.Newf(pgerr.UndefinedFunction, "operator does not exist: %s", words).WithHint(hint)
	}
	return pgerr.Newf(pgerr.AmbiguousFunction, "operator is not unique: %s", words).
		WithHint("Could not choose a best candidate operator. You might need to add explicit type casts.")
}

// choose narrows candidates down (manual sections 10.2 and 10.3): the one left,
// or how many are. binary applies the operators' rule that an unknown operand is
// first taken to be of the other's type.
func choose(cands []candidate, given []*types.T, binary bool) (candidate, int) {
	if c, ok := exact(cands, given); ok {
		return c, 1
	}
	base := make([]*types.T, len(given))
	for i, t := range given {
		base[i] = t.Underlying()
	}
	if binary && len(base) == 2 {
		same := []*types.T{base[0], base[1]}
		switch {
		case base[0].Is(types.Unknown) && !base[1].Is(types.Unknown):
			same[0] = base[1]
		case base[1].Is(types.Unknown) && !base[0].Is(types.Unknown):
			same[1] = base[0]
		}
		if c, ok := exact(cands, same); ok {
			return c, 1
		}
	}
	if c, ok := exact(cands, base); ok {
		return c, 1
	}
	cands = viable(cands, base)
	for _, narrow := range []func([]candidate, []*types.T) []candidate{mostExact, mostPreferred, byCategory, byKnownType} {
		if len(cands) <= 1 {
			break
		}
		if kept := narrow(cands, base); len(kept) > 0 {
			cands = kept
		}
	}
	if len(cands) == 1 {
		return cands[0], 1
	}
	return candidate{}, len(cands)
}

func exact(cands []candidate, given []*types.T) (candidate, bool) {
	for _, c := range cands {
		if sameList(c.args, given) && !c.spread && c.defaulted == 0 {
			return c, true
		}
	}
	return candidate{}, false
}

// viable keeps the candidates whose arguments can all be coerced implicitly and
// whose polymorphic arguments agree.
func viable(cands []candidate, given []*types.T) []candidate {
	var out []candidate
	for _, c := range cands {
		if len(c.args) != len(given) {
			continue
		}
		ok := true
		for i, t := range given {
			if !CanCoerce(t, c.args[i], types.CastImplicit) {
				ok = false
				break
			}
		}
		if ok && hasPolymorphic(c.args) {
			_, err := bindPolymorphic(c.args, given)
			ok = err == nil
		}
		if ok {
			out = append(out, c)
		}
	}
	return out
}

// best keeps the candidates with the highest score.
func best(cands []candidate, score func(candidate) int) []candidate {
	top := -1
	var out []candidate
	for _, c := range cands {
		switch s := score(c); {
		case s > top:
			top, out = s, []candidate{c}
		case s == top:
			out = append(out, c)
		}
	}
	return out
}

func mostExact(cands []candidate, given []*types.T) []candidate {
	return best(cands, func(c candidate) int {
		n := 0
		for i, t := range given {
			if !t.Is(types.Unknown) && t.Is(c.args[i]) {
				n++
			}
		}
		return n
	})
}

// mostPreferred keeps the candidates that take preferred types (of the input's
// category) at the most places where a conversion is needed.
func mostPreferred(cands []candidate, given []*types.T) []candidate {
	return best(cands, func(c candidate) int {
		n := 0
		for i, t := range given {
			if t.Is(types.Unknown) {
				continue
			}
			if t.Is(c.args[i]) || c.args[i].Preferred && c.args[i].Category == t.Category {
				n++
			}
		}
		return n
	})
}

// byCategory decides the places of unknown literals: string where any candidate
// takes strings there, else the category that all take; then preferred types.
func byCategory(cands []candidate, given []*types.T) []candidate {
	for i, t := range given {
		if !t.Is(types.Unknown) {
			continue
		}
		category, agreed := cands[0].args[i].Category, true
		for _, c := range cands {
			if c.args[i].Category == 'S' {
				category, agreed = 'S', true
				break
			}
			if c.args[i].Category != category {
				agreed = false
			}
		}
		if !agreed {
			return nil
		}
		preferred := false
		for _, c := range cands {
			preferred = preferred || c.args[i].Category == category && c.args[i].Preferred
		}
		var kept []candidate
		for _, c := range cands {
			if c.args[i].Category == category && (!preferred || c.args[i].Preferred) {
				kept = append(kept, c)
			}
		}
		if len(kept) > 0 {
			cands = kept
		}
	}
	return cands
}

// byKnownType takes unknown literals to be of the one type that all known
// arguments have.
func byKnownType(cands []candidate, given []*types.T) []candidate {
	var known *types.T
	for _, t := range given {
		switch {
		case t.Is(types.Unknown):
		case known == nil:
			known = t
		case !known.Is(t):
			return nil
		}
	}
	if known == nil {
		return nil
	}
	all := make([]*types.T, len(given))
	for i := range all {
		all[i] = known
	}
	return viable(cands, all)
}
