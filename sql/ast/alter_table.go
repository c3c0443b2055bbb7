package ast

// AlterTable is ALTER TABLE, and ALTER INDEX, VIEW, SEQUENCE and MATERIALIZED
// VIEW where they share its actions.
type AlterTable struct {
	At
	Kind     ObjectKind // ObjectTable, ObjectIndex, ObjectView, ObjectSequence, ObjectMaterializedView
	IfExists bool
	Table    TableRef // *TableName or *KeyPattern, without alias
	Actions  []*AlterAction
}

// AlterActionKind is what one action of ALTER TABLE does.
type AlterActionKind uint8

// The actions. The comment names the fields of AlterAction that they use.
const (
	AddColumn            AlterActionKind = iota // Column, IfNotExists
	DropColumn                                  // Name, IfExists, Behavior
	AlterColumnType                             // Name, Type, Collation, Using
	SetColumnDefault                            // Name, Expr
	DropColumnDefault                           // Name
	SetColumnNotNull                            // Name
	DropColumnNotNull                           // Name
	DropColumnExpression                        // Name, IfExists
	AddColumnIdentity                           // Name, Identity, SequenceOptions
	SetColumnIdentity                           // Name, Identity, SequenceOptions
	DropColumnIdentity                          // Name, IfExists
	SetColumnStatistics                         // Name, Number
	SetColumnOptions                            // Name, Options
	ResetColumnOptions                          // Name, Options
	SetColumnStorage                            // Name, NewName: the storage
	SetColumnCompression                        // Name, NewName: the method
	AddConstraint                               // Constraint
	AlterConstraint                             // Name, Timing
	ValidateConstraint                          // Name
	DropConstraint                              // Name, IfExists, Behavior
	RenameColumn                                // Name, NewName
	RenameConstraint                            // Name, NewName
	RenameTo                                    // NewName
	SetSchema                                   // NewName
	OwnerTo                                     // Owner
	SetTablespace                               // NewName
	SetAccessMethod                             // NewName
	SetLogged                                   //
	SetUnlogged                                 //
	SetOptions                                  // Options
	ResetOptions                                // Options, names only
	ClusterOn                                   // Name: an index
	SetWithoutCluster                           //
	SetWithoutOids                              //
	EnableTrigger                               // Name; empty: see Word (all, user)
	DisableTrigger                              // Name; empty: see Word (all, user)
	EnableRowSecurity                           //
	DisableRowSecurity                          //
	ForceRowSecurity                            //
	NoForceRowSecurity                          //
	Inherit                                     // Object
	NoInherit                                   // Object
	AttachPartition                             // Object, Bound
	DetachPartition                             // Object, Word: empty, concurrently, finalize
	ReplicaIdentity                             // Word: default, full, nothing, index; Name for index
)

// AlterAction is one action of ALTER TABLE.
type AlterAction struct {
	At
	Kind            AlterActionKind
	Name            string
	NewName         string
	IfExists        bool
	IfNotExists     bool
	Column          *ColumnDef
	Type            *TypeName
	Collation       *ObjectName
	Using           Expr
	Expr            Expr
	Number          int
	Identity        IdentityKind
	SequenceOptions []*SequenceOption
	Constraint      *TableConstraint
	Timing          ConstraintTiming
	Owner           *RoleSpec
	Object          *ObjectName
	Bound           *PartitionBound
	Options         []*Option
	Word            string
	Behavior        DropBehavior
}

// AlterObject is ALTER kind name RENAME TO | SET SCHEMA | OWNER TO for objects
// that are no relations: schemas, databases, types, functions and so on.
type AlterObject struct {
	At
	Kind     ObjectKind
	IfExists bool
	Name     ObjectName
	Function *FunctionSignature // for functions, procedures, routines, aggregates
	Action   AlterObjectAction
	NewName  string    // RENAME TO, SET SCHEMA
	Owner    *RoleSpec // OWNER TO
}

// AlterObjectAction is what AlterObject does.
type AlterObjectAction uint8

// The actions.
const (
	AlterObjectRename AlterObjectAction = iota
	AlterObjectSetSchema
	AlterObjectOwner
)

func (*AlterTable) statement()  {}
func (*AlterObject) statement() {}
