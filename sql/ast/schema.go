package ast

// CreateSchema is CREATE SCHEMA, with the statements that create its contents.
type CreateSchema struct {
	At
	Name          string // may be empty with AUTHORIZATION
	IfNotExists   bool
	Authorization *RoleSpec
	Elements      []Statement
}

// CreateDatabase is CREATE DATABASE.
type CreateDatabase struct {
	At
	Name    string
	Options []*Option
}

// AlterDatabase is ALTER DATABASE with options, or with SET and RESET.
type AlterDatabase struct {
	At
	Name    string
	Options []*Option
	Set     Statement // *SetVariable or *Reset; nil with Options
}

// CreateExtension is CREATE EXTENSION.
type CreateExtension struct {
	At
	Name        string
	IfNotExists bool
	Options     []*Option // schema, version, cascade
}

// CreateCollation is CREATE COLLATION.
type CreateCollation struct {
	At
	Name        ObjectName
	IfNotExists bool
	From        *ObjectName
	Options     []*Option
}

func (*CreateSchema) statement()    {}
func (*CreateDatabase) statement()  {}
func (*AlterDatabase) statement()   {}
func (*CreateExtension) statement() {}
func (*CreateCollation) statement() {}
