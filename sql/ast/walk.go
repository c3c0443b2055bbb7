package ast

import "reflect"

// Walk calls f with n and, where f returns true, with every node below it, in
// field order. It goes by reflection: for checks of whole trees at DDL and test
// time, not for hot paths.
func Walk(n Node, f func(Node) bool) {
	if n == nil {
		return
	}
	walkValue(reflect.ValueOf(n), f)
}

var nodeType = reflect.TypeFor[Node]()

func walkValue(v reflect.Value, f func(Node) bool) {
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			walkValue(v.Elem(), f)
		}
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if v.Type().Implements(nodeType) && !f(v.Interface().(Node)) {
			return
		}
		walkValue(v.Elem(), f)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				walkValue(v.Field(i), f)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			walkValue(v.Index(i), f)
		}
	}
}
