package types

import (
	"fmt"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

func errSyntax(typeName, s string) error {
	return pgerr.Newf(pgerr.InvalidTextRepresentation, "invalid input syntax for type %s: \"%s\"", typeName, s)
}

func errRange(typeName, s string) error {
	return pgerr.Newf(pgerr.NumericValueOutOfRange, "value \"%s\" is out of range for type %s", s, typeName)
}

// errOverflow is the error of a conversion or of arithmetic.
func errOverflow(typeName string) error {
	return pgerr.Newf(pgerr.NumericValueOutOfRange, "%s out of range", typeName)
}

func errBinary(format string, args ...any) error {
	return pgerr.New(pgerr.InvalidBinaryRepresentation, fmt.Sprintf(format, args...))
}

func errBinaryLength() error {
	return pgerr.New(pgerr.InvalidBinaryRepresentation, "insufficient data left in message")
}

func errSyntaxIn(what, s string) error {
	return pgerr.Newf(pgerr.SyntaxError, "syntax error in %s: \"%s\"", what, s)
}
