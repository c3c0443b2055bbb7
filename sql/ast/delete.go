package ast

// Delete is DELETE FROM.
type Delete struct {
	At
	With           *With
	Target         TableRef // *TableName or *KeyPattern, with its alias
	Using          []TableRef
	Where          Expr
	WhereCurrentOf string // WHERE CURRENT OF cursor
	Returning      []*Target
}

func (*Delete) statement() {}
