package resp

import "github.com/ferritedb/ferrite/txn"

// holdQueue keeps the replies that wait for a sync, in order of position.
type holdQueue struct {
	turns []heldTurn
}

type heldTurn struct {
	pos     txn.Position
	clients []*Client
	upto    []int64 // stream position up to which the client's replies are held
}

// push holds the replies of clients until pos is synced.
func (q *holdQueue) push(pos txn.Position, clients []*Client) {
	h := heldTurn{pos: pos, clients: append([]*Client(nil), clients...)}
	for _, c := range clients {
		h.upto = append(h.upto, c.produced())
	}
	q.turns = append(q.turns, h)
}

// holds tells whether replies of c are held.
func (q *holdQueue) holds(c *Client) bool {
	for i := len(q.turns) - 1; i >= 0; i-- {
		for _, h := range q.turns[i].clients {
			if h == c {
				return true
			}
		}
	}
	return false
}

// byClient lists the stream positions held for c, in order.
func (q *holdQueue) byClient(c *Client) (upto []int64) {
	for _, t := range q.turns {
		for i, h := range t.clients {
			if h == c {
				upto = append(upto, t.upto[i])
			}
		}
	}
	return upto
}

// extend has later replies of c, which need no sync themselves, go with the last
// that are held.
func (q *holdQueue) extend(c *Client) {
	for i := len(q.turns) - 1; i >= 0; i-- {
		for j, h := range q.turns[i].clients {
			if h == c {
				q.turns[i].upto[j] = c.produced()
				return
			}
		}
	}
}

// pop calls f for what is held up to pos, and drops it.
func (q *holdQueue) pop(pos txn.Position, f func(c *Client, upto int64)) {
	n := 0
	for n < len(q.turns) && q.turns[n].pos <= pos {
		for i, c := range q.turns[n].clients {
			f(c, q.turns[n].upto[i])
		}
		n++
	}
	q.turns = append(q.turns[:0], q.turns[n:]...)
}
