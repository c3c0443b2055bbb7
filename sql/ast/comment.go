package ast

// Comment is COMMENT ON kind name IS text.
type Comment struct {
	At
	Kind     ObjectKind
	Path     []string           // the object's name; for a column the path ends in it
	Function *FunctionSignature // functions, procedures, routines, aggregates
	On       *ObjectName        // the table of a constraint, trigger, rule, policy
	Text     string
	Null     bool // IS NULL: remove the comment
}

func (*Comment) statement() {}
