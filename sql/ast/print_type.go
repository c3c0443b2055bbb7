package ast

// systemTypeWords are the standard's words for types of pg_catalog that take
// no modifiers.
var systemTypeWords = map[string]string{
	"int4": "integer", "int2": "smallint", "int8": "bigint", "float4": "real",
	"float8": "double precision", "bool": "boolean",
}

// lengthTypeWords are those that take one length; without it they mean a
// length of one unless they vary.
var lengthTypeWords = map[string]string{
	"bpchar": "character", "varchar": "character varying", "bit": "bit", "varbit": "bit varying",
}

// timeTypeWords are those that take one precision, before the zone.
var timeTypeWords = map[string][2]string{
	"timestamp": {"timestamp", " without time zone"}, "timestamptz": {"timestamp", " with time zone"},
	"time": {"time", " without time zone"}, "timetz": {"time", " with time zone"},
}

func (p *printer) typeName(t *TypeName) {
	p.opt(t.Setof, "SETOF ")
	p.simpleType(t)
	if t.PercentType {
		p.str("%TYPE")
	}
	for _, bound := range t.ArrayBounds {
		p.str("[")
		if bound >= 0 {
			p.int(int(bound))
		}
		p.str("]")
	}
}

// simpleType writes a type without its array bounds.
func (p *printer) simpleType(t *TypeName) {
	if t.Name.Schema == "pg_catalog" && t.Name.Catalog == "" && !t.PercentType && p.systemType(t) {
		return
	}
	// A leading key word of category ColumnName is no generic type: quoted.
	p.objectName(t.Name)
	p.typmods(t.Typmods)
}

func (p *printer) typmods(list []Expr) {
	if len(list) > 0 {
		p.str("(")
		p.exprs(list)
		p.str(")")
	}
}

// systemType writes a type in the standard's words, if it has some.
func (p *printer) systemType(t *TypeName) bool {
	name := t.Name.Name
	if word, ok := systemTypeWords[name]; ok && len(t.Typmods) == 0 {
		p.str(word)
		return true
	}
	if word, ok := lengthTypeWords[name]; ok {
		varying := name == "varchar" || name == "varbit"
		if len(t.Typmods) == 0 && varying || isLength(t.Typmods) {
			p.str(word)
			p.typmods(t.Typmods)
			return true
		}
	}
	if words, ok := timeTypeWords[name]; ok && (len(t.Typmods) == 0 || isLength(t.Typmods)) {
		p.str(words[0])
		p.typmods(t.Typmods)
		p.str(words[1])
		return true
	}
	switch {
	case name == "numeric":
		p.str("numeric")
		p.typmods(t.Typmods)
	case name == "interval" && (len(t.Typmods) == 0 || isLength(t.Typmods)):
		p.str("interval")
		if t.Interval != IntervalAny {
			p.str(" ", t.Interval.String())
		}
		p.typmods(t.Typmods)
	default:
		return false
	}
	return true
}

// isLength reports whether typmods is one unsigned integer.
func isLength(typmods []Expr) bool {
	if len(typmods) != 1 {
		return false
	}
	l, ok := typmods[0].(*Literal)
	return ok && l.Kind == LiteralInteger && l.Text[0] != '-'
}

// typedLiteral writes type 'string'. The fields of an interval follow the
// string.
func (p *printer) typedLiteral(c *Cast, text string) {
	if c.Type.Name.IsSystem("interval") && c.Type.Interval != IntervalAny {
		p.str("interval ", QuoteString(text), " ", c.Type.Interval.String())
		p.typmods(c.Type.Typmods)
		return
	}
	p.simpleType(c.Type)
	p.str(" ", QuoteString(text))
}
