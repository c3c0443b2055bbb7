package logictest

import (
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/sql/engine"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/txn"
)

// restless is a catalog that others change at every look, elsewhere.
type restless struct {
	session.Catalog
	version uint64
}

func (r *restless) Version() uint64 {
	r.version++
	return 1<<40 + r.version
}

// restlessEngine gives restless catalogs.
type restlessEngine struct{ *engine.Engine }

func (e restlessEngine) Catalog(tx txn.Txn) (session.Catalog, error) {
	c, err := e.Engine.Catalog(tx)
	return &restless{Catalog: c}, err
}

// TestDDLElsewhere: statements go on however fast others change what they do not
// read.
func TestDDLElsewhere(t *testing.T) {
	r := newFerrite(t, memkv.New(), 0)
	first := r.client(t)
	first.do(readersFirst)
	first.s.Close()
	r.srv = session.NewServer(r.cfg.Store, restlessEngine{engine.New(r.cfg)}, clock.Real, clock.Entropy)
	c := r.client(t)
	defer c.s.Close()
	for _, q := range append(readings, "UPDATE t SET a = a WHERE id = 3", "INSERT INTO other VALUES (2)", "PREPARE q AS SELECT a FROM t WHERE id = 1", "EXECUTE q", "EXPLAIN ANALYZE SELECT * FROM t") {
		if got := c.do(q); strings.Contains(got, "ERROR") {
			t.Errorf("%s: %s", q, got)
		}
	}
}
