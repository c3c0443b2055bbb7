package command

import "errors"

// Err is a user's error, worded as Redis words it with its code in front.
type Err string

func (e Err) Error() string { return string(e) }

// Errors of several commands.
const (
	errSyntax       Err = "ERR syntax error"
	errNotInt       Err = "ERR value is not an integer or out of range"
	errNotFloat     Err = "ERR value is not a valid float"
	errNoKey        Err = "ERR no such key"
	errIndexRange   Err = "ERR index out of range"
	errOverflow     Err = "ERR increment or decrement would overflow"
	errNaN          Err = "ERR increment would produce NaN or Infinity"
	errNotPositive  Err = "ERR value is out of range, must be positive"
	errStringMax    Err = "ERR string exceeds maximum allowed size (proto-max-bulk-len)"
	errTimeoutNeg   Err = "ERR timeout is negative"
	errTimeoutFloat Err = "ERR timeout is not a float or out of range"
	errTimeoutRange Err = "ERR timeout is out of range"
	errNumkeys      Err = "ERR numkeys should be greater than 0"
	errCursor       Err = "ERR invalid cursor"
	errMinMax       Err = "ERR min or max is not a float"
	errMinMaxLex    Err = "ERR min or max not valid string range item"
	errSameObject   Err = "ERR source and destination objects are the same"
	errIntRange     Err = "ERR value is out of range, value must between -2147483648 and 2147483647"
	errDBRange      Err = "ERR DB index is out of range"
)

// Verdicts that travel as errors from a handler to Execute.
var (
	errBlocked     = errors.New("blocked")
	errDetach      = errors.New("detach")
	errCommitFirst = errors.New("commit first")
	errPaused      = errors.New("paused")
)
