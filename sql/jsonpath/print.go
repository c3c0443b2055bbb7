package jsonpath

import (
	"strconv"

	"github.com/ferritedb/ferrite/sql/types"
)

// String is the canonical text.
func (p *Path) String() string {
	var b []byte
	if p.strict {
		b = append(b, "strict "...)
	}
	return string(appendNode(b, p.root, true))
}

// appendNode writes a node with its accessors. brackets tells that an operation
// stands in them. It recurses as deep as the tree, which the parser bounds.
func appendNode(b []byte, n *node, brackets bool) []byte {
	brackets = brackets || len(n.next) > 0
	switch n.kind {
	case kConst:
		number := n.value.Kind == types.JSONNumber && len(n.next) > 0
		if number {
			b = append(b, '(')
		}
		b = types.AppendJSONB(b, n.value)
		if number {
			b = append(b, ')')
		}
	case kVariable:
		b = types.AppendJSONString(append(b, '$'), n.text)
	case kRoot:
		b = append(b, '$')
	case kCurrent:
		b = append(b, '@')
	case kLast:
		b = append(b, "last"...)
	case kNot:
		b = append(appendNode(append(b, "!("...), n.args[0], false), ')')
	case kIsUnknown:
		b = append(appendNode(append(b, '('), n.args[0], false), ") is unknown"...)
	case kExists:
		b = append(appendNode(append(b, "exists ("...), n.args[0], false), ')')
	default:
		b = appendOperation(b, n, brackets)
	}
	for _, a := range n.next {
		b = appendAccessor(b, a)
	}
	return b
}

func appendOperation(b []byte, n *node, brackets bool) []byte {
	if brackets {
		b = append(b, '(')
	}
	p := n.priority()
	if len(n.next) > 0 {
		bare := *n
		bare.next = nil
		p = bare.priority()
	}
	switch {
	case n.kind == kLikeRegex:
		b = append(appendNode(b, n.args[0], n.args[0].priority() <= p), " like_regex "...)
		b = types.AppendJSONString(b, n.text)
		if n.flags != "" {
			b = append(append(append(b, " flag \""...), n.flags...), '"')
		}
	case len(n.args) == 1:
		b = appendNode(append(b, words[n.kind]...), n.args[0], n.args[0].priority() <= p)
	default:
		b = append(append(append(appendNode(b, n.args[0], n.args[0].priority() <= p), ' '), words[n.kind]...), ' ')
		b = appendNode(b, n.args[1], n.args[1].priority() <= p)
	}
	if brackets {
		b = append(b, ')')
	}
	return b
}

func appendAccessor(b []byte, n *node) []byte {
	switch n.kind {
	case kKey:
		return types.AppendJSONString(append(b, '.'), n.text)
	case kAnyKey:
		return append(b, ".*"...)
	case kAnyArray:
		return append(b, "[*]"...)
	case kAny:
		return appendLevels(append(b, ".**"...), n.first, n.last)
	case kFilter:
		return append(appendNode(append(b, "?("...), n.args[0], false), ')')
	case kMethod:
		b = append(append(append(b, '.'), n.text...), '(')
		for _, a := range n.args {
			b = appendNode(b, a, false)
		}
		return append(b, ')')
	}
	b = append(b, '[')
	for i, r := range n.ranges {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendNode(b, r[0], false)
		if r[1] != nil {
			b = appendNode(append(b, " to "...), r[1], false)
		}
	}
	return append(b, ']')
}

func appendLevels(b []byte, first, last int) []byte {
	if first == 0 && last == levelLast {
		return b
	}
	level := func(n int) {
		if n == levelLast {
			b = append(b, "last"...)
		} else {
			b = strconv.AppendInt(b, int64(n), 10)
		}
	}
	b = append(b, '{')
	level(first)
	if first != last {
		b = append(b, " to "...)
		level(last)
	}
	return append(b, '}')
}
