package command_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/wire/resp/command"
)

// nullStore keeps nothing and costs nothing: what is left is the RESP side.
type nullStore struct{ txn.Store }

type nullTxn struct{ txn.Txn }

var nullRecord = append([]byte{1, 0}, make([]byte, 64)...)

func (nullStore) Begin(txn.Options) (txn.Txn, error) { return nullTxn{}, nil }
func (nullStore) Writable() error                    { return nil }
func (nullTxn) Options() txn.Options                 { return txn.Options{Latest: true} }
func (nullTxn) Savepoint() txn.Savepoint             { return 0 }
func (nullTxn) Rollback()                            {}
func (nullTxn) CommitNoWait() (txn.Commit, error)    { return txn.Commit{}, nil }

func (nullTxn) Get(dst, _ []byte) (txn.Record, bool, error) {
	return txn.Record{Value: append(dst, nullRecord...)}, true, nil
}

func (nullTxn) LockRow(_ context.Context, dst, _ []byte, _ txn.LockOptions) (txn.Record, txn.LockOutcome, error) {
	return txn.Record{Value: append(dst, nullRecord...)}, txn.Same, nil
}

func (nullTxn) Put(_, _ []byte, _ txn.PutOptions) error { return nil }

func (nullTxn) SetNow(int64) {}

// BenchmarkTurn measures a command's cost in parsing, dispatch and reply, in
// turns of one pipeline of 16.
func BenchmarkTurn(b *testing.B) {
	const pipeline = 16
	for _, line := range [][]string{{"GET", "key:000001234567"}, {"SET", "key:000001234567", string(make([]byte, 64))}} {
		b.Run(line[0], func(b *testing.B) {
			srv := command.NewServer(command.Config{Store: nullStore{}, Clock: clock.NewManual(time.Unix(1, 0)), Durability: txn.EverySec})
			defer srv.Stop()
			sh := srv.NewShard(func() {})
			c := sh.Open(nil, nil)
			var in []byte
			for range pipeline {
				in = fmt.Appendf(in, "*%d\r\n", len(line))
				for _, a := range line {
					in = fmt.Appendf(in, "$%d\r\n%s\r\n", len(a), a)
				}
			}
			turn := func() {
				sh.Input(c, in)
				sh.EndTurn()
				for _, c := range sh.Dirty() {
					c.Sent(len(c.Pending()))
				}
			}
			turn()
			if n := testing.AllocsPerRun(100, turn); n != 0 {
				b.Errorf("%v allocations in a turn", n)
			}
			for b.Loop() {
				turn()
			}
			if n := srv.Stats.Panics.Load() + srv.Stats.Errors.Load(); n != 0 {
				b.Errorf("%d commands failed", n)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/pipeline, "ns/command")
		})
	}
}
