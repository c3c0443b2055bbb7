package ast

// CreateTable is CREATE TABLE with a list of elements (CreateTableAs is the
// form with a query).
type CreateTable struct {
	At
	Name         ObjectName
	Persistence  Persistence
	IfNotExists  bool
	Elements     []TableElement // in written order
	OfType       *TypeName      // OF composite type
	Inherits     []ObjectName
	PartitionBy  *PartitionSpec
	PartitionOf  *ObjectName
	Bound        *PartitionBound // with PartitionOf
	AccessMethod string          // USING method
	Options      []*Option       // WITH (…)
	OnCommit     OnCommit
	Tablespace   string
}

// TableElement is *ColumnDef, *TableConstraint or *LikeClause.
type TableElement interface {
	Node
	tableElement()
}

// OnCommit is what a temporary table does at commit.
type OnCommit uint8

// The ON COMMIT actions.
const (
	OnCommitDefault OnCommit = iota
	OnCommitPreserveRows
	OnCommitDeleteRows
	OnCommitDrop
)

// ColumnDef defines a column. In a column definition list of FROM only Name,
// Type and Collation are set; in OF type and PARTITION OF Type is nil.
type ColumnDef struct {
	At
	Name        string
	Type        *TypeName
	Collation   *ObjectName
	Compression string // COMPRESSION method
	Constraints []*ColumnConstraint
}

// ConstraintKind is the kind of a column or table constraint.
type ConstraintKind uint8

// The kinds of constraints. Not-null to identity belong to columns only,
// exclusion to tables only.
const (
	ConstraintNull ConstraintKind = iota
	ConstraintNotNull
	ConstraintDefault
	ConstraintGenerated
	ConstraintIdentity
	ConstraintCheck
	ConstraintPrimaryKey
	ConstraintUnique
	ConstraintForeignKey
	ConstraintExclusion
)

// ConstraintTiming is [NOT] DEFERRABLE, INITIALLY …, NOT VALID.
type ConstraintTiming struct {
	Deferrable         bool
	NotDeferrable      bool // written out
	InitiallyDeferred  bool
	InitiallyImmediate bool // written out
	NotValid           bool
	NoInherit          bool
}

// ColumnConstraint is a constraint that stands behind a column.
type ColumnConstraint struct {
	At
	Name             string // CONSTRAINT name
	Kind             ConstraintKind
	Expr             Expr // check, default, generated
	Identity         IdentityKind
	SequenceOptions  []*SequenceOption // identity
	References       *References       // foreign key
	NullsNotDistinct bool              // unique
	Index            IndexParameters   // primary key, unique
	Timing           ConstraintTiming
}

// IdentityKind is GENERATED ALWAYS or BY DEFAULT AS IDENTITY.
type IdentityKind uint8

// The kinds of identity columns.
const (
	IdentityNone IdentityKind = iota
	IdentityAlways
	IdentityByDefault
)

// IndexParameters are what may follow a primary key, unique or exclusion
// constraint.
type IndexParameters struct {
	Include    []string
	Options    []*Option
	Tablespace string
	UsingIndex string // ADD CONSTRAINT … UNIQUE USING INDEX name
}

// TableConstraint is a constraint among the elements of a table.
type TableConstraint struct {
	At
	Name             string
	Kind             ConstraintKind // check, primary key, unique, foreign key, exclusion
	Expr             Expr           // check
	Columns          []string       // primary key, unique, foreign key
	References       *References    // foreign key
	NullsNotDistinct bool           // unique
	Index            IndexParameters
	ExclusionMethod  string              // EXCLUDE USING method
	Exclusions       []*ExclusionElement // EXCLUDE (element WITH op, …)
	Where            Expr                // EXCLUDE … WHERE (…)
	Timing           ConstraintTiming
}

// ExclusionElement is element WITH operator.
type ExclusionElement struct {
	At
	Element *IndexElement
	Op      Operator
}

// MatchKind is the MATCH clause of a foreign key.
type MatchKind uint8

// The match kinds.
const (
	MatchSimple MatchKind = iota
	MatchFull
	MatchPartial
)

// ReferentialAction is what ON DELETE or ON UPDATE does.
type ReferentialAction uint8

// The referential actions.
const (
	NoAction ReferentialAction = iota
	RestrictAction
	CascadeAction
	SetNullAction
	SetDefaultAction
)

// References is REFERENCES table (columns) MATCH … ON DELETE … ON UPDATE ….
type References struct {
	At
	Table        ObjectName
	Columns      []string // empty: the primary key
	Match        MatchKind
	OnDelete     ReferentialAction
	OnDeleteCols []string // ON DELETE SET NULL (columns)
	OnUpdate     ReferentialAction
	OnUpdateCols []string
}

// LikeClause is LIKE table INCLUDING … EXCLUDING ….
type LikeClause struct {
	At
	Table   ObjectName
	Options []LikeOption
}

// LikeOption is one INCLUDING or EXCLUDING of a LikeClause.
type LikeOption struct {
	Excluding bool
	What      string // lower case: all, comments, compression, constraints, defaults, generated, identity, indexes, statistics, storage
}

// PartitionStrategy is how a table is partitioned.
type PartitionStrategy uint8

// The strategies.
const (
	PartitionRange PartitionStrategy = iota
	PartitionList
	PartitionHash
)

// PartitionSpec is PARTITION BY strategy (keys).
type PartitionSpec struct {
	At
	Strategy PartitionStrategy
	Keys     []*IndexElement
}

// PartitionBound is FOR VALUES … or DEFAULT. MINVALUE and MAXVALUE are
// *ColumnRef nodes of that (lower case) name.
type PartitionBound struct {
	At
	Default   bool
	In        []Expr // LIST
	From      []Expr // RANGE
	To        []Expr // RANGE
	Modulus   int    // HASH; 0: not a hash bound
	Remainder int
}

// CreateTableAs is CREATE TABLE … AS query and CREATE TABLE … AS EXECUTE.
type CreateTableAs struct {
	At
	Name         ObjectName
	Persistence  Persistence
	IfNotExists  bool
	Columns      []string
	AccessMethod string
	Options      []*Option
	OnCommit     OnCommit
	Tablespace   string
	Query        Statement // *Select or *Execute
	WithNoData   bool
}

func (*CreateTable) statement()        {}
func (*CreateTableAs) statement()      {}
func (*ColumnDef) tableElement()       {}
func (*TableConstraint) tableElement() {}
func (*LikeClause) tableElement()      {}
