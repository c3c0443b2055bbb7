package txntest

import (
	"encoding/binary"
	"path/filepath"
	"testing"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/kv/pebblekv"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/hot"
	"github.com/ferritedb/ferrite/txn/local"
	"github.com/ferritedb/ferrite/txn/log"
)

// hotBenchKeys is the number of Redis keys that the benchmarks work on.
const hotBenchKeys = 200_000

// BenchmarkRedis is what a turn of a RESP loop does, with and without the hot
// tier: a transaction of 64 writes, or of 64 reads.
func BenchmarkRedis(b *testing.B) {
	for _, tier := range []string{"pebble", "hot"} {
		open := func(b *testing.B) *local.Store {
			dir := b.TempDir()
			var e kv.Engine
			e, err := pebblekv.Open(filepath.Join(dir, "kv"), pebblekv.Options{})
			fatal(b, err)
			if tier == "hot" {
				e, err = hot.New(e, hot.Options{})
				fatal(b, err)
			}
			l, err := log.Open(log.OS, filepath.Join(dir, "log"), log.Options{})
			fatal(b, err)
			s, err := local.Open(local.Options{Engine: e, Log: l})
			fatal(b, err)
			return s
		}
		b.Run("set/"+tier, func(b *testing.B) {
			s := open(b)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				redisTurn(b, s, i, true)
			}
			fatal(b, s.Close())
		})
		b.Run("get/"+tier, func(b *testing.B) {
			s := open(b)
			for i := range hotBenchKeys / 64 {
				redisTurn(b, s, i, true)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				redisTurn(b, s, i, false)
			}
			fatal(b, s.Close())
		})
	}
}

func fatal(b *testing.B, err error) {
	if err != nil {
		b.Fatal(err)
	}
}

var benchValue = make([]byte, 66)

func redisTurn(b *testing.B, s *local.Store, turn int, write bool) {
	t, err := s.Begin(txn.Options{Latest: true, Durability: txn.EverySec})
	fatal(b, err)
	var key [32]byte
	var dst [128]byte
	for i := range 64 {
		n := uint64(turn*64+i) * 0x9e3779b97f4a7c15 >> 20 % hotBenchKeys
		k := binary.BigEndian.AppendUint64(append(key[:0], keys.Redis, 0, 0, 'k', ':'), n)
		if write {
			fatal(b, t.Put(k, benchValue, txn.PutOptions{}))
		} else if _, _, err := t.Get(dst[:0], k); err != nil {
			b.Fatal(err)
		}
	}
	_, err = t.CommitNoWait()
	fatal(b, err)
}
