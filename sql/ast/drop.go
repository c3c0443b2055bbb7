package ast

// ObjectKind is the kind of a named object in DROP, ALTER, COMMENT and GRANT.
type ObjectKind uint8

// The kinds of objects.
const (
	ObjectTable ObjectKind = iota
	ObjectIndex
	ObjectView
	ObjectMaterializedView
	ObjectSequence
	ObjectSchema
	ObjectDatabase
	ObjectType
	ObjectDomain
	ObjectFunction
	ObjectProcedure
	ObjectRoutine
	ObjectAggregate
	ObjectExtension
	ObjectCollation
	ObjectRole
	ObjectTablespace
	ObjectColumn
	ObjectConstraint
	ObjectDomainConstraint
	ObjectTrigger
	ObjectRule
	ObjectPolicy
	ObjectLanguage
	ObjectForeignTable
	ObjectPublication
	ObjectSubscription
	ObjectStatistics
	ObjectOperator
	ObjectParameter
	ObjectLargeObject
	ObjectForeignDataWrapper
	ObjectForeignServer
	// ObjectKeys are the keys that match a pattern: GRANT … ON KEYS 'users:*'.
	ObjectKeys
)

var objectKindText = [...]string{
	"TABLE", "INDEX", "VIEW", "MATERIALIZED VIEW", "SEQUENCE", "SCHEMA",
	"DATABASE", "TYPE", "DOMAIN", "FUNCTION", "PROCEDURE", "ROUTINE",
	"AGGREGATE", "EXTENSION", "COLLATION", "ROLE", "TABLESPACE", "COLUMN",
	"CONSTRAINT", "CONSTRAINT", "TRIGGER", "RULE", "POLICY", "LANGUAGE",
	"FOREIGN TABLE", "PUBLICATION", "SUBSCRIPTION", "STATISTICS", "OPERATOR",
	"PARAMETER", "LARGE OBJECT", "FOREIGN DATA WRAPPER", "FOREIGN SERVER",
	"KEYS",
}

// String returns the kind as written in a command, and as the command tag of
// DROP says it.
func (k ObjectKind) String() string { return objectKindText[k] }

// Drop is DROP kind names.
type Drop struct {
	At
	Kind         ObjectKind
	Concurrently bool // DROP INDEX CONCURRENTLY
	IfExists     bool
	Names        []ObjectName
	Functions    []*FunctionSignature // functions, procedures, routines, aggregates
	On           *ObjectName          // DROP TRIGGER, RULE, POLICY name ON table
	Force        bool                 // DROP DATABASE … WITH (FORCE)
	Behavior     DropBehavior
}

func (*Drop) statement() {}
