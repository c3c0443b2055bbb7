package ast

// Prepare is PREPARE name [(types)] AS statement.
type Prepare struct {
	At
	Name      string
	Types     []*TypeName
	Statement Statement
}

// Execute is EXECUTE name [(args)].
type Execute struct {
	At
	Name string
	Args []Expr
}

// Deallocate is DEALLOCATE [PREPARE] name. ALL is an empty Name.
type Deallocate struct {
	At
	Name string
}

func (*Prepare) statement()    {}
func (*Execute) statement()    {}
func (*Deallocate) statement() {}
