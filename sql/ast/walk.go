package ast

import "reflect"

// Walk calls f with n and, where f returns true, with every node below it, in
// field order. Queries and row changes are walked by switches; what remains
// (data definition, rare nodes) by reflection.
func Walk(n Node, f func(Node) bool) {
	if n != nil {
		walk(n, f)
	}
}

func walk(n Node, f func(Node) bool) {
	if f(n) && !walkQuery(n, f) {
		walkBelow(n, f)
	}
}

// walkBelow walks the nodes below n by reflection.
func walkBelow(n Node, f func(Node) bool) {
	if v := reflect.ValueOf(n); v.Kind() == reflect.Pointer && !v.IsNil() {
		walkValue(v.Elem(), f)
	}
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
		if v.Type().Implements(nodeType) {
			walk(v.Interface().(Node), f)
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
