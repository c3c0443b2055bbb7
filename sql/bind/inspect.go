package bind

import (
	"reflect"

	"github.com/ferritedb/ferrite/sql/ast"
)

var nodeType = reflect.TypeOf((*ast.Node)(nil)).Elem()

// inspect calls visit for every node below n until it gives false. It goes
// through the tree by reflection: only WITH RECURSIVE needs it.
func inspect(n ast.Node, visit func(ast.Node) bool) { inspectValue(reflect.ValueOf(n), visit) }

func inspectValue(v reflect.Value, visit func(ast.Node) bool) bool {
	switch v.Kind() {
	case reflect.Interface:
		return v.IsNil() || inspectValue(v.Elem(), visit)
	case reflect.Pointer:
		if v.IsNil() {
			return true
		}
		if v.Type().Implements(nodeType) && !visit(v.Interface().(ast.Node)) {
			return false
		}
		return inspectValue(v.Elem(), visit)
	case reflect.Slice:
		for i := 0; i < v.Len(); i++ {
			if !inspectValue(v.Index(i), visit) {
				return false
			}
		}
	case reflect.Struct:
		for i := 0; i < v.NumField(); i++ {
			if !inspectValue(v.Field(i), visit) {
				return false
			}
		}
	}
	return true
}
