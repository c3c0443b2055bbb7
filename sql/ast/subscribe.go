package ast

// Subscribe is SUBSCRIBE TO relation | query: the rows, then their changes as
// they commit. Exactly one of Relation and Query is set.
type Subscribe struct {
	At
	Relation TableRef // *TableName or *KeyPattern, without alias
	Query    *Select
	Options  []*Option // WITH (…)
	AsOf     Expr      // AS OF SYSTEM TIME
}

func (*Subscribe) statement() {}
