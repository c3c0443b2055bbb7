package kvtest

import (
	"errors"
	"testing"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/memkv"
)

// faultyDisk runs the suite through the wrapper without faults.
type faultyDisk struct{ Disk }

func (d faultyDisk) Open() (kv.Engine, error) {
	e, err := d.Disk.Open()
	return NewFaulty(e), err
}

func (d faultyDisk) Crash(seed uint64) Disk       { return faultyDisk{d.Disk.Crash(seed)} }
func (d faultyDisk) Checkpointed(dir string) Disk { return faultyDisk{d.Disk.Checkpointed(dir)} }

func TestFaultyWithoutFaults(t *testing.T) {
	Run(t, "testdata", func(*testing.T) Disk {
		return faultyDisk{memDisk{memkv.NewDisk(), "db", memkv.Options{}}}
	})
}

func TestFaultyFails(t *testing.T) {
	boom := errors.New("boom")
	e := NewFaulty(memkv.New())
	set(t, e, "a", "1")
	s := e.NewSnapshot()
	for _, op := range []Op{OpGet, OpNewIter, OpStep, OpApply, OpFlush} {
		e.SetFault(func(o Op, _ []byte) error {
			if o == op {
				return boom
			}
			return nil
		})
		_, getErr := s.Get(nil, []byte("a"))
		var stepErr error
		it, iterErr := e.NewIter(kv.IterOptions{})
		if iterErr == nil {
			it.First()
			stepErr = it.Error()
			check(t, it.Close())
		}
		for o, err := range map[Op]error{
			OpGet: getErr, OpNewIter: iterErr, OpStep: stepErr,
			OpApply: e.Apply(e.NewBatch()), OpFlush: e.Flush(),
		} {
			if (o == op) != errors.Is(err, boom) {
				t.Errorf("fault in %s: %s gives %v", op, o, err)
			}
		}
	}
	e.SetFault(nil)
	check(t, s.Close())
	check(t, e.Close())
}
