package types

// OID is a PostgreSQL object identifier.
type OID uint32

// T is an immutable type descriptor. Built-in ones are package variables; those
// of the catalog (enums, composites, domains, their arrays) are made by it.
type T struct {
	OID OID
	// Name is pg_type.typname (int4, not integer).
	Name string
	// Kind is the physical kind of its datums.
	Kind Kind
	// Typtype is pg_type.typtype: b base, c composite, d domain, e enum, p pseudo, r range.
	Typtype byte
	// Category and Preferred are pg_type.typcategory and typispreferred: they
	// steer the resolution of operators and functions (PostgreSQL section 10).
	Category  byte
	Preferred bool
	// Len is pg_type.typlen: fixed size in bytes, -1 variable.
	Len int16
	// Elem is the element type of an array (or of a range: its subtype), else nil.
	Elem *T
	// Array is the OID of the array over this type, 0 for none.
	Array OID
	// Labels of an enum in order; Fields of a composite; Base of a domain.
	Labels []string
	Fields []Field
	Base   *T
	// BaseMod is the typmod a domain gives its base.
	BaseMod int32
	// SchemaName is empty for pg_catalog.
	SchemaName string

	io *codec // built-in base types only; see codecOf
}

// Field is one attribute of a composite type.
type Field struct {
	Name string
	Type *T
	Mod  int32
}

// Is tells whether both are the same type.
func (t *T) Is(o *T) bool { return t == o || t != nil && o != nil && t.OID == o.OID }

// IsArray tells an array type.
func (t *T) IsArray() bool { return t.Elem != nil && t.Kind == KindArray }

// Underlying is the base of a domain, t itself otherwise.
func (t *T) Underlying() *T {
	for t.Typtype == 'd' && t.Base != nil {
		t = t.Base
	}
	return t
}
