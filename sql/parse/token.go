package parse

import "github.com/ferritedb/ferrite/sql/ast"

// tokenKind is a character for those that stand for themselves
// (, ( ) [ ] . ; : + - * / % ^ < > =), or one of the constants below.
type tokenKind uint8

const (
	tokenEOF       tokenKind = 128 + iota
	tokenIdent               // a name that is no key word, or was quoted
	tokenKeyword             // token.keyword says which
	tokenInteger             // text is decimal digits
	tokenNumeric             // text has a point or an exponent
	tokenString              // text is the value
	tokenBits                // B'…'
	tokenHexBits             // X'…'
	tokenParam               // text is the digits
	tokenOp                  // any other operator: text is its name
	tokenTypecast            // ::
	tokenDotDot              // ..
	tokenColonEq             // :=
	tokenArrow               // =>
	tokenLessEq              // <=
	tokenGreaterEq           // >=
	tokenNotEq               // <> and !=
	tokenOther               // a character that begins no token
)

// token is one lexical unit. pos and end delimit its source text; text is its
// meaning: a folded name, a string's value, an operator.
type token struct {
	kind    tokenKind
	quoted  bool // tokenIdent that was quoted
	keyword ast.Keyword
	pos     int32
	end     int32
	text    string
}
