package local

import "github.com/ferritedb/ferrite/txn"

// before reads without the own writes made since a savepoint. A range delete
// made since takes what it deletes from it, as from an open iterator.
type before struct {
	t   *Txn
	ops int
}

// Before is the Txn's reading half as of a savepoint. It takes the snapshot where
// none is in force, so that what is waited for meanwhile does not show.
func (t *Txn) Before(sp txn.Savepoint) txn.Reader {
	b := &before{t: t}
	if st := t.s; st != nil && int(sp) < len(st.marks) && sp >= 0 {
		b.ops = st.marks[sp].ws.ops
		if !st.opts.Latest {
			st.snapshot()
		}
	}
	return b
}

// Get implements txn.Reader.
func (b *before) Get(dst, key []byte) (txn.Record, bool, error) {
	st := b.t.s
	if st == nil {
		return txn.Record{}, false, txn.ErrTxnDone
	}
	own, err := st.ws.findBefore(key, int32(b.ops))
	if err != nil {
		return txn.Record{}, false, err
	}
	return st.get(dst, key, own)
}

// Scan implements txn.Reader.
func (b *before) Scan(lower, upper []byte, o txn.ScanOptions) (txn.Iterator, error) {
	if b.t.s == nil {
		return nil, txn.ErrTxnDone
	}
	return b.t.scan(lower, upper, o, b.ops)
}
