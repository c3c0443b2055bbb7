package session

import "github.com/ferritedb/ferrite/sql/types"

// sequences are the values that nextval and setval gave this session.
type sequences struct {
	values map[types.OID]int64
	last   types.OID // whose value came last; 0 for none
}

func (q *sequences) note(seq types.OID, v int64) {
	if q.values == nil {
		q.values = map[types.OID]int64{}
	}
	q.values[seq], q.last = v, seq
}

// forget is DISCARD SEQUENCES.
func (q *sequences) forget() {
	clear(q.values)
	q.last = 0
}
