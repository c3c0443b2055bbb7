package pgcatalog

import "testing"

// TestRegister registers the catalog functions beside the built-in ones: a
// function that both have panics at the server's start.
func TestRegister(t *testing.T) {
	RegisterFunctions()
	if procNamed("pg_get_viewdef") == 0 || procNamed("pg_table_is_visible") == 0 {
		t.Fatal("catalog functions are not listed in pg_proc")
	}
}
