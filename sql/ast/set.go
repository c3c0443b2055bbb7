package ast

// SetVariable is SET [SESSION | LOCAL] name = values. Special forms are stored
// under the variable they set: TIME ZONE is timezone, NAMES client_encoding,
// SCHEMA search_path, ROLE role, SESSION AUTHORIZATION session_authorization.
type SetVariable struct {
	At
	Local       bool
	Name        string // lower case, dotted for extensions
	Values      []Expr // *Literal (words are strings), or an INTERVAL *Cast for timezone
	Default     bool   // TO DEFAULT; TIME ZONE LOCAL; ROLE NONE is the string none
	FromCurrent bool   // SET name FROM CURRENT, in functions
}

// SetTransaction is SET TRANSACTION and SET SESSION CHARACTERISTICS AS
// TRANSACTION.
type SetTransaction struct {
	At
	Session  bool // SESSION CHARACTERISTICS
	Modes    TransactionModes
	Snapshot string // SET TRANSACTION SNAPSHOT 'id'
}

// SetConstraints is SET CONSTRAINTS ALL | names DEFERRED | IMMEDIATE.
type SetConstraints struct {
	At
	Names    []ObjectName // empty: ALL
	Deferred bool
}

// Show is SHOW name. ALL is "all".
type Show struct {
	At
	Name string
}

// Reset is RESET name. ALL is "all".
type Reset struct {
	At
	Name string
}

// DiscardKind is what DISCARD throws away.
type DiscardKind uint8

// The discards.
const (
	DiscardAll DiscardKind = iota
	DiscardPlans
	DiscardSequences
	DiscardTemp
)

// Discard is DISCARD.
type Discard struct {
	At
	Kind DiscardKind
}

func (*SetVariable) statement()    {}
func (*SetTransaction) statement() {}
func (*SetConstraints) statement() {}
func (*Show) statement()           {}
func (*Reset) statement()          {}
func (*Discard) statement()        {}
