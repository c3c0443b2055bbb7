package txntest

import (
	"testing"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/kv/pebblekv"
	"github.com/ferritedb/ferrite/txn/hot"
	"github.com/ferritedb/ferrite/txn/local"
	"github.com/ferritedb/ferrite/txn/log"
)

// hotTier puts a small hot tier before an engine, for the keys of the workloads
// as for those of Redis; history goes through, as ever.
func hotTier(t testing.TB, inner kv.Engine) kv.Engine {
	var c hot.Classes
	for i := range c {
		c[i] = hot.Cached
	}
	c[keys.History] = hot.Through
	e, err := hot.New(inner, hot.Options{
		MemoryBytes: 256 << 10, SegmentBytes: 8 << 10, FlushBytes: 256 << 10, Classes: &c,
		Report: func(msg string, err error) { t.Errorf("%s: %v", msg, err) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func openHot(t testing.TB, e Env) Store {
	l := openLog(t, log.NewMemFS(), e.Clock)
	s, err := local.Open(local.Options{Engine: hotTier(t, memkv.New()), Log: l, Clock: e.Clock, OnLockWait: e.OnLockWait})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLocalOnHot(t *testing.T) {
	n := sizes(t)
	n.Txns /= 5
	Run(t, "testdata", openHot, n)
}

func TestCrashOnHot(t *testing.T) {
	seed := sizes(t).Seed
	RunCrash(t, machine{log: log.NewMemFS(), mem: memkv.NewDisk(), hot: true, live: new(*log.Log)}, livesPerRun, seed)
	RunCrash(t, machine{log: log.NewMemFS(), pebble: pebblekv.NewMemFS(), hot: true, live: new(*log.Log)}, livesPerRun, seed)
}
