package ast

import (
	"strings"
	"testing"
)

func TestLookupKeyword(t *testing.T) {
	for k := Keyword(1); k < keywordCount; k++ {
		word := k.String()
		for _, w := range []string{word, strings.ToUpper(word), strings.ToUpper(word[:1]) + word[1:]} {
			if got := LookupKeyword(w); got != k {
				t.Errorf("LookupKeyword(%q) = %v, want %v", w, got, k)
			}
		}
		for _, w := range []string{word + "x", word[1:] + "_", "_" + word} {
			if got := LookupKeyword(w); got != NoKeyword && got.String() != w {
				t.Errorf("LookupKeyword(%q) = %v", w, got)
			}
		}
	}
	for _, w := range []string{"", "a", "users", "ſelect", strings.Repeat("a", 100)} {
		if got := LookupKeyword(w); got != NoKeyword {
			t.Errorf("LookupKeyword(%q) = %v", w, got)
		}
	}
}

func TestQuoteIdentifier(t *testing.T) {
	for in, want := range map[string]string{
		"a": "a", "a_1": "a_1", "_": "_", "A": `"A"`, "a b": `"a b"`, "1a": `"1a"`, `a"b`: `"a""b"`,
		"": `""`, "é": `"é"`, "a$": `"a$"`,
		"select": `"select"`, "int": `"int"`, "left": `"left"`, "name": "name", "value": "value", "materialize": "materialize",
	} {
		if got := QuoteIdentifier(in); got != want {
			t.Errorf("QuoteIdentifier(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestIsBareKeyPattern(t *testing.T) {
	for pattern, want := range map[string]bool{
		"users:*": true, "U:x": true, "a:b:c": true, "a::": true, "user:{x}:*": true, "a:?-.": true, "é:*": true, "select:1": true,
		"": false, "a": false, "a:": false, ":a": false, "*": false, "*:a": false, "1:a": false, "a b:*": false,
		"a:b c": false, "a:--": false, "a:[x]": false, "a:'": false, "a-b:c": false, "a:b/c": false,
	} {
		if got := IsBareKeyPattern(pattern); got != want {
			t.Errorf("IsBareKeyPattern(%q) = %v", pattern, got)
		}
	}
}

func TestPrintOfBuiltTrees(t *testing.T) {
	a, b := &ColumnRef{Names: []string{"a"}}, &ColumnRef{Names: []string{"t", "B"}}
	sum := &Binary{Op: Operator{Name: "+"}, Left: a, Right: b}
	for want, n := range map[string]Node{
		`(a + t."B") * a`:            &Binary{Op: Operator{Name: "*"}, Left: sum, Right: a},
		`a OPERATOR(pg_catalog.=) a`: &Binary{Op: Operator{Schema: "pg_catalog", Name: "="}, Left: a, Right: a},
		`character(3)[]`: &TypeName{Name: ObjectName{Schema: "pg_catalog", Name: "bpchar"},
			Typmods: []Expr{&Literal{Kind: LiteralInteger, Text: "3"}}, ArrayBounds: []int32{-1}},
		`pg_catalog.bpchar`: &TypeName{Name: ObjectName{Schema: "pg_catalog", Name: "bpchar"}},
		`DELETE FROM KEYS 'x[1]' WHERE a + t."B" IS NULL`: &Delete{Target: &KeyPattern{Pattern: "x[1]"}, Where: &Is{Operand: sum}},
	} {
		if got := Print(n); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
