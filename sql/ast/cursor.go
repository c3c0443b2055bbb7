package ast

// DeclareCursor is DECLARE name … CURSOR … FOR query.
type DeclareCursor struct {
	At
	Name        string
	Binary      bool
	Sensitivity CursorSensitivity
	Scroll      Toggle // SCROLL is On, NO SCROLL is Off
	Hold        bool
	WithoutHold bool // written out
	Query       *Select
}

// CursorSensitivity is INSENSITIVE or ASENSITIVE.
type CursorSensitivity uint8

// The sensitivities.
const (
	SensitivityDefault CursorSensitivity = iota
	Insensitive
	Asensitive
)

// FetchDirection is where FETCH and MOVE go.
type FetchDirection uint8

// The directions. FIRST is Absolute 1, LAST is Absolute -1; NEXT and PRIOR are
// Forward 1 and Backward 1.
const (
	FetchForward FetchDirection = iota
	FetchBackward
	FetchAbsolute
	FetchRelative
)

// Fetch is FETCH or MOVE.
type Fetch struct {
	At
	Move      bool
	Direction FetchDirection
	All       bool // FORWARD ALL, BACKWARD ALL
	Count     int64
	Cursor    string
}

// CloseCursor is CLOSE name. ALL is an empty Name.
type CloseCursor struct {
	At
	Name string
}

func (*DeclareCursor) statement() {}
func (*Fetch) statement()         {}
func (*CloseCursor) statement()   {}
