package ast

// VacuumTarget is a relation of VACUUM or ANALYZE, with columns if written.
type VacuumTarget struct {
	At
	Table   TableRef // *TableName or *KeyPattern, without alias
	Columns []string
}

// Vacuum is VACUUM. Words of the old form are stored as options.
type Vacuum struct {
	At
	Options []*Option
	Targets []*VacuumTarget
}

// Analyze is ANALYZE.
type Analyze struct {
	At
	Options []*Option
	Targets []*VacuumTarget
}

// Checkpoint is CHECKPOINT.
type Checkpoint struct {
	At
}

// ReindexKind is what REINDEX rebuilds.
type ReindexKind uint8

// The scopes of REINDEX.
const (
	ReindexIndex ReindexKind = iota
	ReindexTable
	ReindexSchema
	ReindexSystem
	ReindexDatabase
)

// Reindex is REINDEX.
type Reindex struct {
	At
	Options      []*Option
	Kind         ReindexKind
	Concurrently bool
	Name         ObjectName
}

// Cluster is CLUSTER [table [USING index]].
type Cluster struct {
	At
	Options []*Option
	Table   *ObjectName
	Index   string
}

func (*Vacuum) statement()     {}
func (*Analyze) statement()    {}
func (*Checkpoint) statement() {}
func (*Reindex) statement()    {}
func (*Cluster) statement()    {}
