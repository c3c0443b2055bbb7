package command

import "errors"

// Err is a user's error, worded as Redis words it with its code in front.
type Err string

func (e Err) Error() string { return string(e) }

// Errors of several commands.
const (
	ErrSyntax       Err = "ERR syntax error"
	ErrNotInt       Err = "ERR value is not an integer or out of range"
	errNotFloat     Err = "ERR value is not a valid float"
	errNoKey        Err = "ERR no such key"
	errIndexRange   Err = "ERR index out of range"
	errOverflow     Err = "ERR increment or decrement would overflow"
	errNaN          Err = "ERR increment would produce NaN or Infinity"
	ErrNotPositive  Err = "ERR value is out of range, must be positive"
	errStringMax    Err = "ERR string exceeds maximum allowed size (proto-max-bulk-len)"
	ErrTimeoutNeg   Err = "ERR timeout is negative"
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

// ErrReplyTooLarge: the reply would pass the limit of its Writer.
const ErrReplyTooLarge Err = "ERR the reply would be larger than a reply may be"

// errMemory: what the command gathers does not fit in the memory for it.
const errMemory Err = "ERR not enough memory for the command"

// ErrBlocked is no error: the command waits for keys, as Door.Block was told, and
// runs again.
var ErrBlocked = errors.New("blocked")
