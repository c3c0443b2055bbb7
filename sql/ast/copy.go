package ast

// Copy is COPY table or (query), FROM or TO. Exactly one of Table and Query is
// set.
type Copy struct {
	At
	Table   TableRef // *TableName or *KeyPattern, without alias
	Columns []string
	Query   Statement // *Select, *Insert, *Update, *Delete
	From    bool      // FROM; false: TO
	File    string    // a server file or a program
	Program bool
	Stdio   bool      // STDIN or STDOUT
	Options []*Option // format, delimiter, null, header, quote, escape, force_quote, force_not_null, force_null, encoding, freeze
	Where   Expr
}

func (*Copy) statement() {}
