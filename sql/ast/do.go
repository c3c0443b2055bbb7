package ast

// Do is DO [LANGUAGE name] 'code'.
type Do struct {
	At
	Language string // empty: plpgsql
	Code     string
}

func (*Do) statement() {}
