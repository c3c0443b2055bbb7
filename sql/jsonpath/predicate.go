package jsonpath

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/regex"
	"github.com/ferritedb/ferrite/sql/types"
)

// truth is a truth value with unknown.
type truth int8

const (
	truthFalse truth = iota
	truthTrue
	truthUnknown
)

func truthOf(b bool) truth {
	if b {
		return truthTrue
	}
	return truthFalse
}

// Suppressible tells the errors that make a predicate unknown, and that a silent
// query passes over: those of the data (class 22), not of the budget.
func Suppressible(err error) bool { return pgerr.Class(err) == "22" }

// test evaluates a predicate. Errors of the data within it make it unknown.
func (e *eval) test(n *node) (truth, error) {
	if err := e.b.Enter(); err != nil {
		return truthFalse, err
	}
	defer e.b.Leave()
	mark := e.taken
	defer func() { e.release(mark) }()
	switch n.kind {
	case kAnd, kOr:
		return e.both(n)
	case kNot:
		t, err := e.test(n.args[0])
		if t == truthUnknown || err != nil {
			return t, err
		}
		return truthOf(t == truthFalse), nil
	case kIsUnknown:
		t, err := e.test(n.args[0])
		return truthOf(t == truthUnknown), err
	case kExists:
		got, err := e.node(n.args[0])
		if err != nil {
			return unknown(err)
		}
		return truthOf(len(got) > 0), nil
	}
	return e.pairs(n)
}

// unknown passes on the errors that do not make a predicate unknown.
func unknown(err error) (truth, error) {
	if Suppressible(err) {
		return truthUnknown, nil
	}
	return truthFalse, err
}

func (e *eval) both(n *node) (truth, error) {
	decides := truthOf(n.kind == kOr)
	a, err := e.test(n.args[0])
	if err != nil || a == decides {
		return a, err
	}
	b, err := e.test(n.args[1])
	if err != nil || b == decides || a != truthUnknown {
		return b, err
	}
	return truthUnknown, nil
}

// pairs is true where some pair of items passes.
func (e *eval) pairs(n *node) (truth, error) {
	left, err := e.unwrapped(n.args[0])
	if err != nil {
		return unknown(err)
	}
	right := items{nil}
	if len(n.args) == 2 {
		if right, err = e.right(n); err != nil {
			return unknown(err)
		}
	}
	found, open := false, false
	for _, l := range left {
		for _, r := range right {
			if err := e.b.Step(1); err != nil {
				return truthFalse, err
			}
			t, err := e.pair(n, l, r)
			switch {
			case err != nil:
				return truthFalse, err
			case t == truthUnknown && e.strict:
				return truthUnknown, nil
			case t == truthUnknown:
				open = true
			case t == truthTrue && !e.strict:
				return truthTrue, nil
			case t == truthTrue:
				found = true
			}
		}
	}
	switch {
	case found:
		return truthTrue, nil
	case open:
		return truthUnknown, nil
	}
	return truthFalse, nil
}

// right evaluates the right operand; that of starts with is no sequence.
func (e *eval) right(n *node) (items, error) {
	if n.kind == kStartsWith {
		return e.node(n.args[1])
	}
	return e.unwrapped(n.args[1])
}

func (e *eval) pair(n *node, l, r *types.JSONValue) (truth, error) {
	switch n.kind {
	case kStartsWith:
		if l.Kind != types.JSONString || r.Kind != types.JSONString {
			return truthUnknown, nil
		}
		return truthOf(strings.HasPrefix(l.Str, r.Str)), nil
	case kLikeRegex:
		if l.Kind != types.JSONString {
			return truthUnknown, nil
		}
		re, err := regex.Compile(n.text, regexFlags(n.flags))
		if err != nil {
			return truthFalse, err
		}
		ok, err := re.Match(e.b, l.Str)
		return truthOf(ok), err
	}
	if l.Kind != r.Kind {
		if l.Kind == types.JSONNull || r.Kind == types.JSONNull {
			return truthOf(n.kind == kNotEqual), nil
		}
		return truthUnknown, nil
	}
	if l.Kind == types.JSONArray || l.Kind == types.JSONObject {
		return truthUnknown, nil
	}
	c := types.CompareJSON(l, r)
	switch n.kind {
	case kEqual:
		return truthOf(c == 0), nil
	case kNotEqual:
		return truthOf(c != 0), nil
	case kLess:
		return truthOf(c < 0), nil
	case kLessEqual:
		return truthOf(c <= 0), nil
	case kGreater:
		return truthOf(c > 0), nil
	}
	return truthOf(c >= 0), nil
}
