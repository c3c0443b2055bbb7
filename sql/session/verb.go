package session

import (
	"reflect"
	"strings"

	"github.com/ferritedb/ferrite/sql/ast"
)

// VerbOf is the command tag of a statement without a count.
func VerbOf(n ast.Statement) string {
	switch n := n.(type) {
	case *ast.Select:
		return "SELECT"
	case *ast.CreateTableAs:
		return "CREATE TABLE AS"
	case *ast.Drop:
		return "DROP " + strings.ToUpper(n.Kind.String())
	case *ast.SetVariable, *ast.SetTransaction:
		return "SET"
	case *ast.Truncate:
		return "TRUNCATE TABLE"
	case *ast.Grant:
		if n.Revoke {
			return "REVOKE"
		}
		return "GRANT"
	case *ast.GrantRole:
		if n.Revoke {
			return "REVOKE ROLE"
		}
		return "GRANT ROLE"
	case *ast.AlterRoleSet:
		return "ALTER ROLE"
	}
	// The node's own name, spaced: *ast.CreateIndex is CREATE INDEX.
	name := reflect.TypeOf(n).Elem().Name()
	var b strings.Builder
	for i, r := range name {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return strings.ToUpper(b.String())
}

// notInBlock names the statements that refuse to run in a transaction block.
func notInBlock(n ast.Statement) bool {
	switch n := n.(type) {
	case *ast.Vacuum:
		return true
	case *ast.CreateIndex:
		return n.Concurrently
	case *ast.Reindex:
		return n.Concurrently
	}
	switch VerbOf(n) {
	case "CREATE DATABASE", "DROP DATABASE", "CREATE TABLESPACE", "DROP TABLESPACE", "ALTER SYSTEM":
		return true
	}
	return false
}

// readOnlyUtility names the engine's utilities that write nothing.
func readOnlyUtility(n ast.Statement) bool {
	switch n.(type) {
	case *ast.Analyze, *ast.Vacuum, *ast.Subscribe:
		return true
	}
	return false
}
