package regex

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

const (
	// cacheMax is the number of compiled expressions kept, cachePatternMax the
	// longest pattern that is.
	cacheMax        = 512
	cachePatternMax = 4096
	// instructionsMax bounds a program.
	instructionsMax = 20_000
	// patternBytesMax bounds a pattern before anything is made of it.
	patternBytesMax = 64 << 10
)

// Regexp is a compiled expression. Immutable, safe for concurrent use.
type Regexp struct {
	re     *regexp.Regexp
	prog   *syntax.Prog
	groups int // parenthesised parts
	// longest: leftmost-longest, else by preference.
	longest bool
	// empty tells that it may match the empty string.
	empty bool
}

type cacheKey struct{ pattern, flags string }

var cache = struct {
	sync.Mutex
	m map[cacheKey]*Regexp // guarded by Mutex
}{m: map[cacheKey]*Regexp{}}

func errRegex(reason string) error {
	return pgerr.New(pgerr.InvalidRegularExpression, "invalid regular expression: "+reason)
}

// Compile compiles an ARE; flags are the letters of the regexp_ functions
// without g. Errors: 2201B, 0A000.
func Compile(pattern, flags string) (*Regexp, error) {
	key := cacheKey{pattern, flags}
	cache.Lock()
	re := cache.m[key]
	cache.Unlock()
	if re != nil {
		return re, nil
	}
	re, err := build(pattern, flags)
	if err != nil || len(pattern) > cachePatternMax {
		return re, err
	}
	cache.Lock()
	if len(cache.m) >= cacheMax {
		clear(cache.m)
	}
	cache.m[cacheKey{strings.Clone(pattern), strings.Clone(flags)}] = re
	cache.Unlock()
	return re, nil
}

// Groups is the number of parenthesised parts.
func (r *Regexp) Groups() int { return r.groups }

func build(pattern, flags string) (*Regexp, error) {
	if len(pattern) > patternBytesMax {
		return nil, errRegex("regular expression is too complex")
	}
	text, lazy, err := Translate(pattern, flags)
	if err != nil {
		return nil, err
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, syntaxError(err)
	}
	r := &Regexp{groups: tree.MaxCap(), longest: !lazy, empty: mayBeEmpty(tree)}
	if r.prog, err = syntax.Compile(tree.Simplify()); err != nil {
		return nil, syntaxError(err)
	}
	if len(r.prog.Inst) > instructionsMax {
		return nil, errRegex("regular expression is too complex")
	}
	if r.re, err = regexp.Compile(text); err != nil {
		return nil, syntaxError(err)
	}
	if r.longest {
		r.re.Longest()
	}
	return r, nil
}

// mayBeEmpty tells whether an expression can match the empty string; its
// recursion is bounded by the parser's limit of nesting.
func mayBeEmpty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpNoMatch, syntax.OpLiteral, syntax.OpCharClass, syntax.OpAnyCharNotNL, syntax.OpAnyChar:
		return false
	case syntax.OpCapture, syntax.OpPlus:
		return mayBeEmpty(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min == 0 || mayBeEmpty(re.Sub[0])
	case syntax.OpConcat:
		for _, s := range re.Sub {
			if !mayBeEmpty(s) {
				return false
			}
		}
		return true
	case syntax.OpAlternate:
		for _, s := range re.Sub {
			if mayBeEmpty(s) {
				return true
			}
		}
		return false
	}
	return true // star, quest, and all that matches a place
}

// syntaxError words an error of regexp/syntax as PostgreSQL words its own.
func syntaxError(err error) error {
	var se *syntax.Error
	if !errors.As(err, &se) {
		return errRegex(err.Error())
	}
	switch se.Code {
	case syntax.ErrMissingParen, syntax.ErrUnexpectedParen:
		return errRegex("parentheses () not balanced")
	case syntax.ErrMissingBracket:
		return errRegex("brackets [] not balanced")
	case syntax.ErrMissingRepeatArgument, syntax.ErrInvalidRepeatOp:
		return errRegex("quantifier operand invalid")
	case syntax.ErrInvalidRepeatSize:
		return errRegex("invalid repetition count(s)")
	case syntax.ErrInvalidCharRange, syntax.ErrInvalidCharClass:
		return errRegex("invalid character range")
	case syntax.ErrTrailingBackslash, syntax.ErrInvalidEscape:
		return errRegex("invalid escape \\ sequence")
	case syntax.ErrLarge, syntax.ErrNestingDepth:
		return errRegex("regular expression is too complex")
	}
	return errRegex(string(se.Code))
}
