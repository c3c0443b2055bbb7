package jsonpath

import "github.com/ferritedb/ferrite/sql/types"

type kind uint8

const (
	kRoot kind = iota
	kCurrent
	kLast
	kVariable
	kConst
	// Operators on one or two operands.
	kPlus
	kMinus
	kAdd
	kSub
	kMul
	kDiv
	kMod
	// Predicates.
	kAnd
	kOr
	kNot
	kEqual
	kNotEqual
	kLess
	kLessEqual
	kGreater
	kGreaterEqual
	kStartsWith
	kLikeRegex
	kIsUnknown
	kExists
	// Accessors.
	kKey
	kAnyKey
	kAny
	kIndex
	kAnyArray
	kFilter
	kMethod
)

// words are operators as written and printed.
var words = map[kind]string{kPlus: "+", kMinus: "-", kAdd: "+", kSub: "-", kMul: "*", kDiv: "/", kMod: "%",
	kAnd: "&&", kOr: "||", kEqual: "==", kNotEqual: "!=", kLess: "<", kLessEqual: "<=", kGreater: ">", kGreaterEqual: ">=", kStartsWith: "starts with"}

func (k kind) predicate() bool { return k >= kAnd && k <= kExists }

// levelLast is "last" in the bounds of .**.
const levelLast = -1

// node is a primary or an operation, with the accessors behind it; or an accessor.
type node struct {
	kind  kind
	text  string           // of a key, variable or method; the pattern of like_regex
	flags string           // of like_regex
	value *types.JSONValue // of a constant
	args  []*node          // operands; the condition of a filter; the template of datetime
	// Of an index: from and to, nil where there is no to.
	ranges [][2]*node
	// Of .**: levels, levelLast for the last.
	first, last int
	next        []*node // accessors
	height      int     // of the tree under it
}

// Path is a parsed path. Immutable.
type Path struct {
	root   *node
	strict bool
}

// priority orders operators for printing.
func (n *node) priority() int {
	if len(n.next) > 0 {
		return 6
	}
	switch n.kind {
	case kOr:
		return 0
	case kAnd:
		return 1
	case kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual, kStartsWith:
		return 2
	case kAdd, kSub:
		return 3
	case kMul, kDiv, kMod:
		return 4
	case kPlus, kMinus:
		return 5
	}
	return 6
}
