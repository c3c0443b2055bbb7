package ast

// CreateView is CREATE VIEW, with or without MATERIALIZE.
type CreateView struct {
	At
	Name        ObjectName
	OrReplace   bool
	Persistence Persistence
	Recursive   bool
	Columns     []string
	Options     []*Option
	Query       *Select
	CheckOption CheckOption
	Materialize *Materialize // nil: an ordinary view
}

// CheckOption is WITH [LOCAL | CASCADED] CHECK OPTION.
type CheckOption uint8

// The check options.
const (
	CheckNone CheckOption = iota
	CheckLocal
	CheckCascaded
)

// RefreshMode says how a materialized view is kept.
type RefreshMode uint8

// The refresh modes.
const (
	RefreshDefault     RefreshMode = iota // MATERIALIZE without REFRESH
	RefreshIncremental                    // by the changes of its sources, at their commit
	RefreshOnDemand                       // by REFRESH MATERIALIZED VIEW
	RefreshFull                           // computed anew at each refresh
)

// Materialize is MATERIALIZE [REFRESH INCREMENTAL | ON DEMAND | FULL].
type Materialize struct {
	At
	Refresh RefreshMode
}

// CreateMaterializedView is PostgreSQL's CREATE MATERIALIZED VIEW.
type CreateMaterializedView struct {
	At
	Name         ObjectName
	IfNotExists  bool
	Unlogged     bool
	Columns      []string
	AccessMethod string
	Options      []*Option
	Tablespace   string
	Query        *Select
	WithNoData   bool
}

// RefreshMaterializedView is REFRESH MATERIALIZED VIEW.
type RefreshMaterializedView struct {
	At
	Name         ObjectName
	Concurrently bool
	WithNoData   bool
}

func (*CreateView) statement()              {}
func (*CreateMaterializedView) statement()  {}
func (*RefreshMaterializedView) statement() {}
