package typetest_test

import (
	"testing"

	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/sql/types/typetest"
)

// Every built-in base type with an order has values here, so that no type is
// left out of the tests that go over all types.
func TestAllTypesHaveValues(t *testing.T) {
	for _, typ := range types.All() {
		if typ.Typtype == 'p' || typ.IsArray() || !types.HasOrder(typ) {
			continue
		}
		switch typ.Name {
		case "dyn", "pg_ndistinct", "pg_dependencies", "pg_mcv_list", "xml", "regprocedure", "regoper", "regoperator",
			"regconfig", "regdictionary", "regnamespace", "regrole", "regcollation": // as text and oid are
			continue
		}
		if len(typetest.Values(typ)) == 0 {
			t.Errorf("no values of type %s", typ.Name)
		}
	}
	for _, typ := range typetest.List() {
		if len(typetest.Values(typ)) == 0 {
			t.Errorf("no values of type %s", typ.Name)
		}
	}
}
