package parse

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/sql/ast"
)

// visitedByReflection lists the nodes of a tree in field order: the plain form
// of ast.Walk.
func visitedByReflection(v reflect.Value, out *[]string) {
	node := reflect.TypeFor[ast.Node]()
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			visitedByReflection(v.Elem(), out)
		}
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if v.Type().Implements(node) {
			*out = append(*out, fmt.Sprintf("%T", v.Interface()))
		}
		visitedByReflection(v.Elem(), out)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				visitedByReflection(v.Field(i), out)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			visitedByReflection(v.Index(i), out)
		}
	}
}

// TestWalkVisitsEveryNode compares ast.Walk with reflection over all scripts.
func TestWalkVisitsEveryNode(t *testing.T) {
	for _, sql := range corpus(t) {
		stmt, err := One(sql)
		if err != nil || stmt == nil {
			continue
		}
		var want, got []string
		visitedByReflection(reflect.ValueOf(stmt), &want)
		ast.Walk(stmt, func(n ast.Node) bool {
			got = append(got, fmt.Sprintf("%T", n))
			return true
		})
		if w, g := strings.Join(want, " "), strings.Join(got, " "); w != g {
			t.Errorf("%s\nreflection: %s\nWalk:       %s", sql, w, g)
		}
	}
}
