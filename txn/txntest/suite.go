package txntest

import (
	"testing"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/txn"
)

// Env is what a store under test is opened with.
type Env struct {
	Clock clock.Clock
	// OnLockWait is to be called with the id of a transaction that starts to wait.
	OnLockWait func(id uint64)
}

// Store is what the suite needs beside the contract.
type Store interface {
	txn.Store
	// Blockers lists the ids of the transactions that one waits for.
	Blockers(id uint64) []uint64
}

// Opener opens an empty store.
type Opener func(t testing.TB, e Env) Store

// Sizes of the random workloads; a run of the full size asks for more.
type Sizes struct {
	Txns    int
	Clients int
	Seed    uint64
}

// Run runs the whole suite but for crashes.
func Run(t *testing.T, scripts string, open Opener, n Sizes) {
	t.Run("Scripts", func(t *testing.T) { RunScripts(t, scripts, open) })
	t.Run("Bank", func(t *testing.T) { RunBank(t, open, n) })
	t.Run("Ring", func(t *testing.T) { RunRing(t, open, n) })
	t.Run("Batches", func(t *testing.T) { RunBatches(t, open, n) })
	t.Run("Registers", func(t *testing.T) { RunRegisters(t, open, n) })
}
