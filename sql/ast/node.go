package ast

// At is the position of a node: the byte offset of its first significant token
// (for an infix operator: of the operator) in the parsed text; -1 if it has
// none. Turn it into the protocol's character position with pgerr.Position.
type At int32

// NoPosition marks a node that no source text stands behind.
const NoPosition At = -1

// Position returns the byte offset.
func (a At) Position() int { return int(a) }

// Node is any part of the tree.
type Node interface {
	// Position is the node's byte offset in the source text, -1 if unknown.
	Position() int
}

// Statement is what a client sends.
type Statement interface {
	Node
	statement()
}

// Expr is a value expression.
type Expr interface {
	Node
	expr()
}

// TableRef is an item of a FROM list or the target of a data-modifying
// statement.
type TableRef interface {
	Node
	tableRef()
}

// SelectBody is what stands between WITH and ORDER BY in a query:
// *SelectClause, *ValuesClause or *SetOperation.
type SelectBody interface {
	Node
	selectBody()
}

// ObjectName is a name of up to three parts. Schema and Catalog are empty when
// not written.
type ObjectName struct {
	At
	Catalog string
	Schema  string
	Name    string
}

// Parts returns the written parts, outermost first.
func (n ObjectName) Parts() []string {
	switch {
	case n.Catalog != "":
		return []string{n.Catalog, n.Schema, n.Name}
	case n.Schema != "":
		return []string{n.Schema, n.Name}
	default:
		return []string{n.Name}
	}
}

// IsSystem reports whether the name is pg_catalog.name.
func (n ObjectName) IsSystem(name string) bool {
	return n.Schema == "pg_catalog" && n.Name == name
}

// Operator names an operator; Schema is empty unless OPERATOR(schema.op) was
// written. Name is never "!=": that is stored as "<>".
type Operator struct {
	Schema string
	Name   string
}

// TypeName names a data type. Built-in type words are stored under their
// catalog names: INT is pg_catalog.int4, CHAR(3) is pg_catalog.bpchar with the
// type modifier 3, TIMESTAMP WITH TIME ZONE is pg_catalog.timestamptz.
type TypeName struct {
	At
	Name        ObjectName
	Typmods     []Expr         // numeric(10,2): 10 and 2
	ArrayBounds []int32        // one per [] or [n]; -1: no bound written
	Setof       bool           // RETURNS SETOF, function results only
	PercentType bool           // column%TYPE; Name is then the column's path
	Interval    IntervalFields // the fields of INTERVAL … TO …
}

// IntervalFields is the field restriction of an INTERVAL type.
type IntervalFields uint8

// The field restrictions of the grammar. A precision of SECOND is Typmods[0]
// of the TypeName.
const (
	IntervalAny IntervalFields = iota
	IntervalYear
	IntervalMonth
	IntervalDay
	IntervalHour
	IntervalMinute
	IntervalSecond
	IntervalYearToMonth
	IntervalDayToHour
	IntervalDayToMinute
	IntervalDayToSecond
	IntervalHourToMinute
	IntervalHourToSecond
	IntervalMinuteToSecond
)

var intervalFieldsText = [...]string{
	"", "year", "month", "day", "hour", "minute", "second",
	"year to month", "day to hour", "day to minute", "day to second",
	"hour to minute", "hour to second", "minute to second",
}

// String returns the fields as written after INTERVAL, in lower case; empty
// for IntervalAny.
func (f IntervalFields) String() string { return intervalFieldsText[f] }

// OptionKind says what value an Option carries.
type OptionKind uint8

// The kinds of option values.
const (
	OptionNone   OptionKind = iota // a bare name
	OptionWord                     // a keyword, name or operator: Value
	OptionString                   // a string constant: Value
	OptionNumber                   // a signed number: Value as written
	OptionList                     // a parenthesised list of names: List
	OptionStar                     // *
)

// Option is one name = value of WITH (…), of COPY's options and the like. Name
// is folded; a storage parameter's namespace (toast.x) is part of it.
type Option struct {
	At
	Name  string
	Kind  OptionKind
	Value string
	List  []string
}

// DropBehavior is RESTRICT or CASCADE.
type DropBehavior uint8

// The drop behaviours. DropDefault acts as RESTRICT.
const (
	DropDefault DropBehavior = iota
	DropRestrict
	DropCascade
)

// Persistence of a relation.
type Persistence uint8

// The persistences.
const (
	Permanent Persistence = iota
	Temporary
	Unlogged
)

// RoleSpec names a role, or one of the role keywords.
type RoleSpec struct {
	At
	Kind RoleSpecKind
	Name string // for RoleName only
}

// RoleSpecKind says how a RoleSpec names its role.
type RoleSpecKind uint8

// The ways to name a role.
const (
	RoleName RoleSpecKind = iota
	RoleCurrentUser
	RoleCurrentRole
	RoleSessionUser
	RolePublic
)
