package kvtest

import (
	"sync/atomic"

	"github.com/ferritedb/ferrite/kv"
)

// Op names a call that Faulty can fail.
type Op string

const (
	OpGet     Op = "get"
	OpNewIter Op = "newiter"
	OpStep    Op = "step" // each positioning call of an iterator
	OpApply   Op = "apply"
	OpFlush   Op = "flush"
)

// Faulty is an engine that asks a function before each call whether to fail it.
// A failed Apply or Flush has done nothing.
type Faulty struct {
	kv.Engine
	fault atomic.Pointer[func(op Op, key []byte) error]
}

var _ kv.Engine = (*Faulty)(nil)

// NewFaulty wraps e without faults.
func NewFaulty(e kv.Engine) *Faulty { return &Faulty{Engine: e} }

// SetFault has fn decide from now on; nil for no faults. key is that of a Get or
// seek, else nil. fn is called from many goroutines.
func (f *Faulty) SetFault(fn func(op Op, key []byte) error) {
	if fn == nil {
		f.fault.Store(nil)
		return
	}
	f.fault.Store(&fn)
}

func (f *Faulty) check(op Op, key []byte) error {
	if fn := f.fault.Load(); fn != nil {
		return (*fn)(op, key)
	}
	return nil
}

// Get of the engine.
func (f *Faulty) Get(dst, key []byte) ([]byte, error) { return f.get(f.Engine, dst, key) }

func (f *Faulty) get(r kv.Reader, dst, key []byte) ([]byte, error) {
	if err := f.check(OpGet, key); err != nil {
		return dst, err
	}
	return r.Get(dst, key)
}

// NewIter of the engine.
func (f *Faulty) NewIter(o kv.IterOptions) (kv.Iterator, error) { return f.newIter(f.Engine, o) }

func (f *Faulty) newIter(r kv.Reader, o kv.IterOptions) (kv.Iterator, error) {
	if err := f.check(OpNewIter, nil); err != nil {
		return nil, err
	}
	it, err := r.NewIter(o)
	if err != nil {
		return nil, err
	}
	return &faultyIter{Iterator: it, f: f}, nil
}

// NewSnapshot of the engine; its reads fail as the engine's do.
func (f *Faulty) NewSnapshot() kv.Snapshot {
	return &faultySnapshot{f.Engine.NewSnapshot(), f}
}

// Apply of the engine.
func (f *Faulty) Apply(b kv.Batch) error {
	if err := f.check(OpApply, nil); err != nil {
		return err
	}
	return f.Engine.Apply(b)
}

// Flush of the engine.
func (f *Faulty) Flush() error {
	if err := f.check(OpFlush, nil); err != nil {
		return err
	}
	return f.Engine.Flush()
}

type faultySnapshot struct {
	kv.Snapshot
	f *Faulty
}

func (s *faultySnapshot) Get(dst, key []byte) ([]byte, error) { return s.f.get(s.Snapshot, dst, key) }

func (s *faultySnapshot) NewIter(o kv.IterOptions) (kv.Iterator, error) {
	return s.f.newIter(s.Snapshot, o)
}

// faultyIter stays failed after its first fault.
type faultyIter struct {
	kv.Iterator
	f   *Faulty
	err error
}

func (i *faultyIter) step(key []byte, do func() bool) bool {
	if i.err == nil {
		i.err = i.f.check(OpStep, key)
	}
	return i.err == nil && do()
}

func (i *faultyIter) First() bool { return i.step(nil, i.Iterator.First) }
func (i *faultyIter) Last() bool  { return i.step(nil, i.Iterator.Last) }
func (i *faultyIter) Next() bool  { return i.step(nil, i.Iterator.Next) }
func (i *faultyIter) Prev() bool  { return i.step(nil, i.Iterator.Prev) }
func (i *faultyIter) Valid() bool { return i.err == nil && i.Iterator.Valid() }

func (i *faultyIter) SeekGE(key []byte) bool {
	return i.step(key, func() bool { return i.Iterator.SeekGE(key) })
}

func (i *faultyIter) SeekLT(key []byte) bool {
	return i.step(key, func() bool { return i.Iterator.SeekLT(key) })
}

func (i *faultyIter) Error() error {
	if i.err != nil {
		return i.err
	}
	return i.Iterator.Error()
}
