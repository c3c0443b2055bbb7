package ast

// CreateSequence is CREATE SEQUENCE.
type CreateSequence struct {
	At
	Name        ObjectName
	Persistence Persistence
	IfNotExists bool
	Options     []*SequenceOption
}

// AlterSequence is ALTER SEQUENCE with sequence options.
type AlterSequence struct {
	At
	Name     ObjectName
	IfExists bool
	Options  []*SequenceOption
}

// SequenceOptionKind is the kind of a sequence option.
type SequenceOptionKind uint8

// The sequence options. The comment names the field they use.
const (
	SequenceAs         SequenceOptionKind = iota // Type
	SequenceIncrement                            // Value
	SequenceMinValue                             // Value
	SequenceNoMinValue                           //
	SequenceMaxValue                             // Value
	SequenceNoMaxValue                           //
	SequenceStart                                // Value
	SequenceRestart                              // Value, "" without WITH
	SequenceCache                                // Value
	SequenceCycle                                //
	SequenceNoCycle                              //
	SequenceOwnedBy                              // OwnedBy; empty: OWNED BY NONE
	SequenceName                                 // Name, identity columns only
	SequenceLogged                               //
)

// SequenceOption is one option of a sequence.
type SequenceOption struct {
	At
	Kind    SequenceOptionKind
	Type    *TypeName
	Value   string // a signed number as written
	OwnedBy []string
	Name    *ObjectName
}

func (*CreateSequence) statement() {}
func (*AlterSequence) statement()  {}
