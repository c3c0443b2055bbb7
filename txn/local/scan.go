package local

import (
	"bytes"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/txn"
)

// Scan reads [lower, upper) in the snapshot in force, own writes first.
func (t *Txn) Scan(lower, upper []byte, o txn.ScanOptions) (txn.Iterator, error) {
	if t.s == nil {
		return nil, txn.ErrTxnDone
	}
	return t.scan(lower, upper, o, t.s.ws.count())
}

// scan shows the first ops writes of the write set and no later ones.
func (t *Txn) scan(lower, upper []byte, o txn.ScanOptions, ops int) (txn.Iterator, error) {
	st := t.s
	if len(upper) == 0 {
		upper = openUpper
	}
	bounds := append(append(make([]byte, 0, len(lower)+len(upper)), lower...), upper...)
	lower, upper = bounds[:len(lower):len(lower)], bounds[len(lower):]
	if st.opts.AsOf != 0 {
		return st.scanAsOf(lower, upper, o)
	}
	it := &iterator{txn: t, reverse: o.Reverse, readRange: -1}
	it.own.init(&st.ws, lower, upper, o.Reverse, int32(ops))
	var r kv.Reader = st.store.engine
	if !st.opts.Latest {
		it.snap = st.snapshot()
		it.snap.refs.Add(1)
		r = it.snap
	}
	it.nowMs = st.readMs()
	var err error
	if it.engine, err = r.NewIter(kv.IterOptions{Lower: lower, Upper: upper}); err != nil {
		it.releaseSnapshot()
		return nil, err
	}
	if st.tracksReads() {
		it.readRange, it.readEpoch = st.reads.addRange(lower, upper), st.reads.epoch
	}
	st.ws.pinned++
	return it, nil
}

// iterator merges the write set over an engine iterator.
type iterator struct {
	txn     *Txn
	nowMs   int64     // at which expiries are judged
	snap    *snapshot // holds a reference; nil for the current state
	engine  kv.Iterator
	own     wsCursor
	reverse bool

	started, done, closed bool
	engineOK              bool // engine is at an entry
	engineGiven           bool // which the last Next gave
	key                   []byte
	rec                   txn.Record
	err                   error

	readRange, readEpoch int // place in the read set, -1 none
}

// Next moves to the next record that is there.
func (it *iterator) Next() bool {
	if it.done {
		return false
	}
	if it.txn.s == nil {
		return it.stop(txn.ErrTxnDone)
	}
	if !it.started || it.engineGiven {
		it.stepEngine()
	}
	for {
		own := it.own.current()
		if own == nil {
			if err := it.own.failure(); err != nil {
				return it.stop(err)
			}
			if !it.engineOK {
				return it.stop(it.engine.Error())
			}
		}
		c := it.compare(own)
		if c < 0 { // the engine's entry comes first
			ok, err := it.takeEngine()
			if err != nil {
				return it.stop(err)
			}
			if ok {
				it.engineGiven = true
				return true
			}
			it.stepEngine()
			continue
		}
		if c == 0 {
			it.stepEngine()
		}
		given := it.takeOwn(own)
		it.own.advance()
		if given {
			return true
		}
	}
}

// stepEngine moves the engine iterator one entry on; the first call positions it.
func (it *iterator) stepEngine() {
	it.engineGiven = false
	switch {
	case !it.started && it.reverse:
		it.engineOK = it.engine.Last()
	case !it.started:
		it.engineOK = it.engine.First()
	case it.reverse:
		it.engineOK = it.engine.Prev()
	default:
		it.engineOK = it.engine.Next()
	}
	it.started = true
}

// compare is below 0 where the engine's entry comes before the own write.
func (it *iterator) compare(own *op) int {
	if own == nil {
		return -1
	}
	if !it.engineOK {
		return 1
	}
	c := bytes.Compare(it.engine.Key(), own.key)
	if it.reverse {
		return -c
	}
	return c
}

// takeEngine makes the engine's entry the current record; false where it has
// expired or an own range delete covers it.
func (it *iterator) takeEngine() (bool, error) {
	key := it.engine.Key()
	if it.own.ws.covering(key, it.own.ops) != nil {
		return false, nil
	}
	raw, err := it.engine.Value()
	if err != nil {
		return false, err
	}
	h, err := decodeHeader(raw)
	if err != nil || expired(h.expire, it.nowMs) {
		return false, err
	}
	it.key = key
	it.rec = txn.Record{Value: raw[h.bytes:], TS: h.ts, ExpireAtMs: h.expire}
	return true, nil
}

func (it *iterator) takeOwn(o *op) bool {
	if o.kind != opPut || expired(o.expire, it.nowMs) {
		return false
	}
	it.key = o.key
	it.rec = txn.Record{Value: o.val, ExpireAtMs: o.expire}
	return true
}

func (it *iterator) stop(err error) bool {
	it.done, it.err = true, err
	return false
}

func (it *iterator) Key() []byte        { return it.key }
func (it *iterator) Record() txn.Record { return it.rec }
func (it *iterator) Err() error         { return it.err }

// Close gives the engine's resources back, and narrows what counts as read to
// what was.
func (it *iterator) Close() {
	if it.closed {
		return
	}
	it.closed = true
	if st := it.txn.s; st != nil {
		st.ws.pinned--
		if it.readRange >= 0 && !it.done && it.started {
			if it.reverse {
				st.reads.shrink(it.readRange, it.readEpoch, it.key, nil)
			} else {
				st.reads.shrink(it.readRange, it.readEpoch, nil, append(bytes.Clone(it.key), 0))
			}
		}
	}
	it.done = true
	if err := it.engine.Close(); err != nil && it.err == nil {
		it.err = err
	}
	it.releaseSnapshot()
}

func (it *iterator) releaseSnapshot() {
	if it.snap != nil {
		it.snap.release()
		it.snap = nil
	}
}

// wsCursor walks the write set within bounds, in either direction, as it was
// when the cursor was made. What a range delete takes out of it later is gone
// for the cursor too.
type wsCursor struct {
	ws           *writeSet
	lower, upper []byte
	reverse      bool
	ops          int32 // the ops made before the cursor
	gen          uint64
	at           wsPos
	key          []byte // where it stands, or of the entry it left
	left         bool   // key was given: the next one is wanted
	done         bool
	disk         *diskCursor // nil while there are no runs
}

func (c *wsCursor) init(ws *writeSet, lower, upper []byte, reverse bool, ops int32) {
	*c = wsCursor{ws: ws, lower: lower, upper: upper, reverse: reverse, ops: ops, gen: ws.gen - 1}
	c.done = ws.empty()
}

// current is the op the cursor stands at, nil at the end.
func (c *wsCursor) current() *op {
	if len(c.ws.runs) > 0 || c.disk != nil {
		return c.currentSpilled()
	}
	for !c.done {
		if c.gen != c.ws.gen {
			c.reseek()
		}
		if !c.ws.index.valid(c.at) {
			break
		}
		i := c.ws.index.at(c.at)
		key := c.ws.ops[i].key
		if c.reverse && bytes.Compare(key, c.lower) < 0 || !c.reverse && bytes.Compare(key, c.upper) >= 0 {
			break
		}
		c.key, c.left = append(c.key[:0], key...), false
		if o := c.ws.asOf(i, c.ops); o != nil {
			return o
		}
		c.advance()
	}
	c.done = true
	return nil
}

func (c *wsCursor) advance() {
	c.left = true
	if c.disk == nil {
		c.step()
	}
}

func (c *wsCursor) step() {
	if c.reverse {
		c.at = c.ws.index.prev(c.at)
	} else {
		c.at = c.ws.index.next(c.at)
	}
}

// reseek finds the place again after the write set changed.
func (c *wsCursor) reseek() {
	c.gen = c.ws.gen
	target := c.key
	if target == nil {
		target = c.lower
		if c.reverse {
			target = c.upper
		}
	}
	at, found := c.ws.index.seek(c.ws.ops, target)
	at = c.ws.index.settle(at)
	switch {
	case c.reverse && (!found || c.left || c.key == nil):
		at = c.ws.index.prev(at)
	case !c.reverse && found && c.left:
		at = c.ws.index.next(at)
	}
	c.at = at
}
