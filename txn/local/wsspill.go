package local

import (
	"bytes"
	"slices"

	"github.com/ferritedb/ferrite/txn"
)

// makeRoom has the write set go to disk where memory is full.
func (w *writeSet) makeRoom() error {
	switch {
	case w.count() >= writeOpsMax:
		return txn.ErrTxnTooLarge
	case w.memoryMax > 0 && w.memory > w.memoryMax:
		return w.spill()
	}
	return nil
}

// spill makes a run of what is in memory. Iterators that are open go on in it.
func (w *writeSet) spill() error {
	out, err := newSpill(w.dir, w.base, len(w.ops), w.seed)
	if err != nil {
		return err
	}
	add := func(i int32) error { return out.add(&w.ops[i], w.base+i) }
	if len(w.removed) == 0 {
		err = w.eachVersion(add)
	} else { // the index has not all
		order := make([]int32, len(w.ops))
		for i := range order {
			order[i] = int32(i)
		}
		slices.SortStableFunc(order, func(a, b int32) int { return bytes.Compare(w.ops[a].key, w.ops[b].key) })
		for i := 0; i < len(order) && err == nil; i++ {
			if w.ops[order[i]].kind != opRange {
				err = add(order[i])
			}
		}
	}
	run, err := out.finish(err)
	if err != nil {
		return err
	}
	if len(run.blocks) > 0 {
		w.runs = append(w.runs, spillCursor{run: run, block: -1})
	} else {
		run.close() // range deletes only
	}
	w.dropMemory(w.base + int32(len(w.ops)))
	return nil
}

// eachVersion calls fn with the ops of each key, the oldest first, in the order of
// the keys; with none that the index does not lead to.
func (w *writeSet) eachVersion(fn func(i int32) error) error {
	var versions []int32
	for _, chunk := range w.index.chunks {
		for _, i := range chunk.ops {
			versions = versions[:0]
			for ; i >= 0; i = w.ops[i].prev {
				versions = append(versions, i)
			}
			for k := len(versions) - 1; k >= 0; k-- {
				if err := fn(versions[k]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// dropMemory forgets the ops in memory; the next has the number base. Their bytes
// stay where they are for who still has them.
func (w *writeSet) dropMemory(base int32) {
	clear(w.ops)
	w.ops, w.removed = w.ops[:0], nil
	w.index.reset()
	w.arena = arena{}
	w.memory, w.base = 0, base
	w.runGen++
	w.gen++
}

// dropRuns forgets all runs but the first n.
func (w *writeSet) dropRuns(n int) {
	for i := n; i < len(w.runs); i++ {
		w.runs[i].run.close()
	}
	clear(w.runs[n:])
	w.runs = w.runs[:n]
	w.runGen++
}

// rollbackSpilled undoes the ops since m, some of which may be in runs.
func (w *writeSet) rollbackSpilled(m wsMark) {
	n := int32(m.ops)
	for len(w.ranges) > 0 && w.ranges[len(w.ranges)-1].num >= n {
		w.ranges = w.ranges[:len(w.ranges)-1]
	}
	keep := len(w.runs)
	for keep > 0 && w.runs[keep-1].run.from >= n {
		keep--
	}
	w.dropRuns(keep)
	if keep > 0 {
		r := w.runs[keep-1].run
		r.limit = min(r.limit, n)
	}
	w.dropMemory(n)
	w.bytes, w.frozen = m.bytes, m.ops
}

// findSpilled is the newest op of key in the runs, made before op n. Valid until
// the next call.
func (w *writeSet) findSpilled(key []byte, n int32) (*op, int32, error) {
	for i := len(w.runs) - 1; i >= 0; i-- {
		o, num, ok, err := w.runs[i].find(key, n)
		if err != nil {
			return nil, 0, err
		}
		if ok {
			w.found = o
			return &w.found, num, nil
		}
	}
	return nil, 0, nil
}

// carryOld gives a new op what an op in a run knows of the version it replaces.
func (w *writeSet) carryOld(n *op) error {
	o, err := w.findBelow(n.key, writeOpsMax)
	if err != nil || o == nil || o.kind == opRange {
		return err
	}
	n.known, n.keepHistory = o.known, n.keepHistory || o.keepHistory
	if o.known == oldPresent {
		n.old = w.arena.copyOf(o.old)
		return w.charge(len(o.old))
	}
	return nil
}

// spilled tells whether a part of the write set is on disk.
func (w *writeSet) spilled() bool { return len(w.runs) > 0 }

// payload is about the size of the ops in the log.
func (w *writeSet) payload() int { return int(w.bytes) - opBytes*w.count() }

// eachSpilled is each where there are runs. An op is valid during its call.
func (w *writeSet) eachSpilled(fn func(*op) error) error {
	var c wsCursor
	c.init(w, nil, nil, false, writeOpsMax)
	for o := c.current(); o != nil; o = c.current() {
		if err := fn(o); err != nil {
			return err
		}
		c.advance()
	}
	return c.failure()
}

// The cursor where there are runs: it stands at the first key of all sources, in
// its direction.

// diskCursor is what a cursor has besides, once there are runs.
type diskCursor struct {
	runs  []spillCursor
	gen   uint64 // runGen of the write set when runs were put in place
	op    *op    // current, nil where it is not known
	found op
	err   error
}

// currentSpilled is current. The op is valid until the cursor moves.
func (c *wsCursor) currentSpilled() *op {
	if c.disk != nil && c.disk.op != nil && !c.left && c.gen == c.ws.gen && c.disk.gen == c.ws.runGen {
		return c.disk.op
	}
	if c.disk == nil {
		c.disk = &diskCursor{gen: c.ws.runGen - 1}
	}
	c.disk.op = nil
	for !c.done {
		if err := c.place(); err != nil {
			c.disk.err = err
			break
		}
		key := c.nearest()
		if key == nil {
			break
		}
		c.key, c.left = append(c.key[:0], key...), false
		if o := c.inForce(); o != nil {
			c.disk.op = o
			return o
		}
		c.left = true
	}
	c.done = true
	return nil
}

// place puts all sources at the first key that is wanted.
func (c *wsCursor) place() error {
	if c.disk.gen != c.ws.runGen {
		c.disk.gen = c.ws.runGen
		c.disk.runs = make([]spillCursor, len(c.ws.runs))
		for i := range c.disk.runs {
			c.disk.runs[i] = spillCursor{run: c.ws.runs[i].run, block: -1}
			if err := c.seekRun(&c.disk.runs[i]); err != nil {
				return err
			}
		}
		c.gen = c.ws.gen - 1
	}
	if c.gen != c.ws.gen {
		c.reseek()
	}
	if !c.left {
		return nil
	}
	for i := range c.disk.runs {
		if k := c.disk.runs[i].key(); k != nil && bytes.Equal(k, c.key) {
			if err := c.disk.runs[i].step(c.reverse); err != nil {
				return err
			}
		}
	}
	if k := c.memoryKey(); k != nil && bytes.Equal(k, c.key) {
		c.step()
	}
	return nil
}

// seekRun puts a run at the cursor's place, or at its start.
func (c *wsCursor) seekRun(r *spillCursor) error {
	switch {
	case c.key == nil && c.reverse && c.upper == nil:
		return r.seek(append(bytes.Clone(r.run.last), 0), true)
	case c.key == nil && c.reverse:
		return r.seek(c.upper, true)
	case c.key == nil:
		return r.seek(c.lower, false)
	case c.reverse: // at the key too: it may be wanted
		return r.seek(append(bytes.Clone(c.key), 0), true)
	}
	return r.seek(c.key, false)
}

// failure tells why the cursor ended early.
func (c *wsCursor) failure() error {
	if c.disk == nil {
		return nil
	}
	return c.disk.err
}

func (c *wsCursor) outside(key []byte) bool {
	if c.reverse {
		return bytes.Compare(key, c.lower) < 0
	}
	return c.upper != nil && bytes.Compare(key, c.upper) >= 0
}

func (c *wsCursor) memoryKey() []byte {
	if !c.ws.index.valid(c.at) {
		return nil
	}
	return c.ws.ops[c.ws.index.at(c.at)].key
}

// nearest is the first key of all sources within bounds, nil at the end.
func (c *wsCursor) nearest() []byte {
	key := c.memoryKey()
	for i := range c.disk.runs {
		k := c.disk.runs[i].key()
		if k == nil {
			continue
		}
		if key == nil {
			key = k
		} else if cmp := bytes.Compare(k, key); cmp < 0 && !c.reverse || cmp > 0 && c.reverse {
			key = k
		}
	}
	if key == nil || c.outside(key) {
		return nil
	}
	return key
}

// inForce is the op of the cursor's key when the write set had c.ops ops, nil
// where a range delete took it away, or it had none.
func (c *wsCursor) inForce() *op {
	if k := c.memoryKey(); k != nil && bytes.Equal(k, c.key) {
		if o := c.ws.asOf(c.ws.index.at(c.at), c.ops); o != nil {
			return o
		}
	}
	for i := len(c.disk.runs) - 1; i >= 0; i-- {
		r := &c.disk.runs[i]
		if k := r.key(); k == nil || !bytes.Equal(k, c.key) {
			continue
		}
		o, num, ok := r.version(r.keys[r.at], c.ops)
		if !ok {
			continue
		}
		if d := c.ws.covering(c.key, c.ops); d != nil && d.num > num {
			return nil
		}
		c.disk.found = o
		return &c.disk.found
	}
	return nil
}
