package ast

// CreateEnum is CREATE TYPE … AS ENUM.
type CreateEnum struct {
	At
	Name   ObjectName
	Labels []string
}

// CreateComposite is CREATE TYPE … AS (attributes).
type CreateComposite struct {
	At
	Name       ObjectName
	Attributes []*ColumnDef
}

// CreateRange is CREATE TYPE … AS RANGE (options).
type CreateRange struct {
	At
	Name    ObjectName
	Options []*Option
}

// CreateShellType is CREATE TYPE name, alone.
type CreateShellType struct {
	At
	Name ObjectName
}

// CreateDomain is CREATE DOMAIN.
type CreateDomain struct {
	At
	Name        ObjectName
	Type        *TypeName
	Collation   *ObjectName
	Constraints []*ColumnConstraint
}

// AlterEnum is ALTER TYPE … ADD VALUE | RENAME VALUE.
type AlterEnum struct {
	At
	Name        ObjectName
	IfNotExists bool
	OldLabel    string // RENAME VALUE old TO Label; empty for ADD VALUE
	Label       string
	Neighbor    string // BEFORE or AFTER neighbor; empty: at the end
	After       bool
}

// AlterComposite is ALTER TYPE … ADD | DROP | ALTER | RENAME ATTRIBUTE.
type AlterComposite struct {
	At
	Name    ObjectName
	Actions []*AlterAction // AddColumn, DropColumn, AlterColumnType, RenameColumn
}

// AlterDomain is ALTER DOMAIN with one action: SetColumnDefault,
// DropColumnDefault, SetColumnNotNull, DropColumnNotNull, AddConstraint,
// DropConstraint, RenameConstraint or ValidateConstraint.
type AlterDomain struct {
	At
	Name   ObjectName
	Action *AlterAction
}

func (*CreateEnum) statement()      {}
func (*CreateComposite) statement() {}
func (*CreateRange) statement()     {}
func (*CreateShellType) statement() {}
func (*CreateDomain) statement()    {}
func (*AlterEnum) statement()       {}
func (*AlterComposite) statement()  {}
func (*AlterDomain) statement()     {}
