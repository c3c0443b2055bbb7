package ast

// Update is UPDATE … SET.
type Update struct {
	At
	With           *With
	Target         TableRef // *TableName or *KeyPattern, with its alias
	Set            []*SetClause
	From           []TableRef
	Where          Expr
	WhereCurrentOf string // WHERE CURRENT OF cursor
	Returning      []*Target
}

func (*Update) statement() {}
