package local

import (
	"encoding/binary"
	"path/filepath"
	"testing"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/kv/pebblekv"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/log"
)

// benchRows is the number of rows that the benchmarks work on.
const benchRows = 100_000

// onEngines runs a benchmark on memkv without a log, and on Pebble with a log on
// the disk that holds the temporary directory. Commits do not wait for a sync.
func onEngines(b *testing.B, fn func(b *testing.B, s *Store)) {
	b.Run("memkv", func(b *testing.B) {
		s, err := Open(Options{Engine: memkv.New()})
		must(b, err)
		benchOn(b, s, fn)
	})
	b.Run("pebble", func(b *testing.B) {
		dir := b.TempDir()
		e, err := pebblekv.Open(filepath.Join(dir, "data"), pebblekv.Options{})
		must(b, err)
		l, err := log.Open(log.OS, filepath.Join(dir, "log"), log.Options{Clock: clock.Real})
		must(b, err)
		s, err := Open(Options{Engine: e, Log: l})
		must(b, err)
		benchOn(b, s, fn)
	})
}

func benchOn(b *testing.B, s *Store, fn func(b *testing.B, s *Store)) {
	value := make([]byte, 100)
	for i := 0; i < benchRows; {
		x := begin(b, s, txn.Options{Durability: txn.None})
		for n := 0; n < 1000; n++ {
			must(b, x.Put(benchKey(uint64(i)), value, txn.PutOptions{}))
			i++
		}
		_, err := x.Commit(bg)
		must(b, err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	fn(b, s)
	b.StopTimer()
	must(b, s.Close())
}

func benchKey(i uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{0x10, 0, 0, 0, 1, 0, 0, 0, 1}, i%benchRows)
}

// scatter walks over the rows in no order.
func scatter(i int) uint64 { return uint64(i) * 0x9e3779b97f4a7c15 >> 20 }

func BenchmarkPointGetLatest(b *testing.B) {
	onEngines(b, func(b *testing.B, s *Store) { benchGet(b, s, txn.Options{Latest: true, ReadOnly: true}) })
}

func BenchmarkPointGetSnapshot(b *testing.B) {
	onEngines(b, func(b *testing.B, s *Store) { benchGet(b, s, txn.Options{ReadOnly: true}) })
}

// check is must without the cost of marking a helper.
func check(b *testing.B, err error) {
	if err != nil {
		b.Fatal(err)
	}
}

func benchGet(b *testing.B, s *Store, o txn.Options) {
	var buf []byte
	key := benchKey(0)
	for i := 0; b.Loop(); i++ {
		binary.BigEndian.PutUint64(key[len(key)-8:], scatter(i)%benchRows)
		x, err := s.Begin(o)
		check(b, err)
		rec, _, err := x.Get(buf[:0], key)
		check(b, err)
		buf = rec.Value
		x.Rollback()
	}
}

func BenchmarkUpdateOneRow(b *testing.B) {
	for name, o := range map[string]txn.PutOptions{"history": {KeepHistory: true}, "plain": {}} {
		b.Run(name, func(b *testing.B) {
			onEngines(b, func(b *testing.B, s *Store) {
				var buf []byte
				key := benchKey(0)
				for i := 0; b.Loop(); i++ {
					binary.BigEndian.PutUint64(key[len(key)-8:], scatter(i)%benchRows)
					x, err := s.Begin(txn.Options{Durability: txn.None})
					check(b, err)
					buf = benchUpdate(b, x, buf, key, o)
					_, err = x.Commit(bg)
					check(b, err)
				}
			})
		})
	}
}

func benchUpdate(b *testing.B, x txn.Txn, buf, key []byte, o txn.PutOptions) []byte {
	x.BeginStatement()
	rec, _, err := x.LockRow(bg, buf[:0], key, txn.LockOptions{Mode: txn.ForNoKeyUpdate})
	check(b, err)
	if len(rec.Value) > 0 {
		rec.Value[0]++
	}
	check(b, x.Put(key, rec.Value, o))
	return rec.Value
}

// BenchmarkTPCB is the shape of pgbench's transaction: three updates, of an
// account, a teller and a branch, a point read, and an insert.
func BenchmarkTPCB(b *testing.B) {
	onEngines(b, func(b *testing.B, s *Store) {
		var buf []byte
		history := binary.BigEndian.AppendUint64([]byte{0x10, 0, 0, 0, 2, 0, 0, 0, 1}, 0)
		row := make([]byte, 50)
		account, teller, branch := benchKey(0), benchKey(0), benchKey(0)
		for i := 0; b.Loop(); i++ {
			x, err := s.Begin(txn.Options{Durability: txn.None})
			check(b, err)
			for table := range uint64(4) {
				check(b, x.LockTable(bg, table+1, txn.RowExclusive, txn.Block))
			}
			n := scatter(i)
			for k, key := range [][]byte{account, teller, branch} {
				binary.BigEndian.PutUint64(key[len(key)-8:], n%[]uint64{benchRows, 100, 10}[k])
				buf = benchUpdate(b, x, buf, key, txn.PutOptions{KeepHistory: true})
				if k == 0 {
					x.BeginStatement()
					rec, _, err := x.GetNewest(buf[:0], key)
					check(b, err)
					buf = rec.Value
				}
			}
			binary.BigEndian.PutUint64(history[len(history)-8:], uint64(i))
			check(b, x.Put(history, row, txn.PutOptions{}))
			_, err = x.Commit(bg)
			check(b, err)
		}
	})
}

// BenchmarkTurn64 is a RESP loop turn of 64 SETs.
func BenchmarkTurn64(b *testing.B) {
	onEngines(b, func(b *testing.B, s *Store) {
		var buf []byte
		value := make([]byte, 64)
		key := append([]byte{0x20, 0, 0}, benchKey(0)[9:]...)
		for i := 0; b.Loop(); i++ {
			x, err := s.Begin(txn.Options{Latest: true, Durability: txn.EverySec})
			check(b, err)
			for k := range 64 {
				binary.BigEndian.PutUint64(key[3:], scatter(64*i+k)%benchRows)
				rec, _, err := x.LockRow(bg, buf[:0], key, txn.LockOptions{Mode: txn.ForUpdate, Wait: txn.NoWait, Insert: true})
				check(b, err)
				if rec.Value != nil {
					buf = rec.Value
				}
				check(b, x.Put(key, value, txn.PutOptions{}))
			}
			_, err = x.CommitNoWait()
			check(b, err)
		}
	})
}

// BenchmarkWriteSet is one write of a transaction that has made many, in order
// and in none.
func BenchmarkWriteSet(b *testing.B) {
	for _, order := range []string{"ordered", "scattered"} {
		b.Run(order, func(b *testing.B) {
			w := &writeSet{max: 1 << 40}
			key, value := benchKey(0), make([]byte, 32)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if i%1_000_000 == 0 {
					w.reset()
				}
				n := uint64(i)
				if order == "scattered" {
					n = scatter(i)
				}
				binary.BigEndian.PutUint64(key[len(key)-8:], n)
				if _, err := w.write(opPut, key, value, txn.PutOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
