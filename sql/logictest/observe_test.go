package logictest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/txn/keyspace"
)

// notes is an Observer that writes down the changes of users:*.
type notes struct{ lines []string }

func (n *notes) Wants(_ uint16, key []byte) bool { return strings.HasPrefix(string(key), "users:") }

func (n *notes) Changed(c *keyspace.Change) error {
	var fields []string
	err := c.ChangedFields(func(name, old, now []byte) error {
		fields = append(fields, fmt.Sprintf("%s %q->%q", name, old, now))
		return nil
	})
	slices.Sort(fields)
	n.lines = append(n.lines, fmt.Sprintf("%s %v->%v %s", c.Key, c.Old.Exists, c.New.Exists, strings.Join(fields, " ")))
	return err
}

// TestKeyPatternsAreObserved: what SQL writes through a key pattern passes the same
// seam as what Redis commands write.
func TestKeyPatternsAreObserved(t *testing.T) {
	r := newFerrite(t, memkv.New(), 0)
	n := &notes{}
	r.cfg.Keys.Observe(n)
	c := r.client(t)
	defer c.s.Close()
	for _, step := range []struct{ sql, want string }{
		{"INSERT INTO users:* (id, name, age) VALUES (1, 'Ada', 36), (2, 'Bob', NULL)",
			`users:1 false->true age ""->"36" id ""->"1" name ""->"Ada"; users:2 false->true id ""->"2" name ""->"Bob"`},
		{"UPDATE users:* SET age = 37, name = NULL WHERE name = 'Ada'", `users:1 true->true age "36"->"37" name "Ada"->""`},
		{"UPDATE users:* SET name = name", `users:1 true->true ; users:2 true->true `},
		{"INSERT INTO other:* (id, x) VALUES (1, 2)", ""},
		{"BEGIN; DELETE FROM users:* WHERE id = '2'; ROLLBACK", `users:2 true->false id "2"->"" name "Bob"->""`},
		{"DELETE FROM users:*", `users:1 true->false age "37"->"" id "1"->""; users:2 true->false id "2"->"" name "Bob"->""`},
	} {
		n.lines = nil
		if out := c.do(step.sql); strings.Contains(out, "ERROR") {
			t.Fatalf("%s: %s", step.sql, out)
		}
		slices.Sort(n.lines)
		if got := strings.Join(n.lines, "; "); got != step.want {
			t.Errorf("%s\ntold of %s\nwant    %s", step.sql, got, step.want)
		}
	}
}
