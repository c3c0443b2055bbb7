package local

import "github.com/ferritedb/ferrite/txn"

// NextBatch gives records of the engine in a loop of its own as long as the
// write set has nothing in the range; else record by record.
func (it *iterator) NextBatch(b *txn.Batch) bool {
	if it.done || it.txn.s == nil || it.own.pending() {
		return txn.FillBatch(it, b)
	}
	if !it.started || it.engineGiven {
		it.stepEngine()
	}
	for it.engineOK {
		raw, err := it.engine.Value()
		if err != nil {
			return it.stopBatch(b, err)
		}
		h, err := decodeHeader(raw)
		if err != nil {
			return it.stopBatch(b, err)
		}
		if h.expire == 0 || !expired(h.expire, it.nowMs) {
			b.Append(it.engine.Key(), raw[h.bytes:])
			if b.Full() {
				break
			}
		}
		it.stepEngine()
	}
	if !it.engineOK {
		return it.stopBatch(b, it.engine.Error())
	}
	// The engine stands at the last record given, which Close takes for the end of
	// what was read.
	it.engineGiven = true
	it.key = it.engine.Key()
	return true
}

// stopBatch ends the scan; what b has is given first.
func (it *iterator) stopBatch(b *txn.Batch, err error) bool {
	it.stop(err)
	return b.Len() > 0
}

// pending tells whether the cursor may still give something, or covers records
// with a range delete.
func (c *wsCursor) pending() bool {
	return len(c.ws.ranges) > 0 || c.current() != nil || c.failure() != nil
}
