package ast

// CreateIndex is CREATE INDEX. Its relation may be a key pattern.
type CreateIndex struct {
	At
	Unique           bool
	Concurrently     bool
	IfNotExists      bool
	Name             string   // empty: the server chooses; the schema is that of the table
	Table            TableRef // *TableName or *KeyPattern, without alias
	Method           string   // empty: btree
	Elements         []*IndexElement
	Include          []string
	NullsNotDistinct bool
	Options          []*Option
	Tablespace       string
	Where            Expr
}

// IndexElement is one key of an index: a column name or an expression.
type IndexElement struct {
	At
	Column       string // a plain column; Expr is then nil
	Expr         Expr
	Collation    *ObjectName
	OpClass      *ObjectName
	OpClassParam []*Option
	Direction    SortDirection
	Nulls        NullsOrder
}

func (*CreateIndex) statement() {}
