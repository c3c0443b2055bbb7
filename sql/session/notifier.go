package session

import (
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/txn"
)

// notifier is a session's part in LISTEN and NOTIFY: the channels it listens to,
// and what the running transaction has asked for. nesting is the number of
// savepoints open at the time.
type notifier struct {
	hub *Hub
	be  *Backend

	channels map[string]struct{}
	queued   []notification
	seen     map[[2]string]struct{} // channel and payload of queued
	changes  []listenChange
}

// listenChange is a LISTEN or UNLISTEN that commit makes effective.
type listenChange struct {
	channel string // "": UNLISTEN *
	on      bool
	nesting int
}

// pending tells whether the transaction has asked for anything.
func (n *notifier) pending() bool { return len(n.queued) > 0 || len(n.changes) > 0 }

// notify queues a notification for commit; duplicates within a transaction are sent once.
func (n *notifier) notify(channel, payload string, nesting int) error {
	switch {
	case channel == "":
		return pgerr.New(pgerr.InvalidParameterValue, "channel name cannot be empty")
	case len(channel) > channelBytesMax:
		return pgerr.New(pgerr.InvalidParameterValue, "channel name too long")
	case len(payload) > notifyPayloadBytesMax:
		return pgerr.New(pgerr.InvalidParameterValue, "payload string too long")
	case len(n.queued) >= notificationsPerTxn:
		return pgerr.New(pgerr.ProgramLimitExceeded, "too many notifications in the NOTIFY queue")
	}
	if n.seen == nil {
		n.seen = map[[2]string]struct{}{}
	}
	key := [2]string{channel, payload}
	if _, dup := n.seen[key]; dup {
		return nil
	}
	n.seen[key] = struct{}{}
	n.queued = append(n.queued, notification{pid: n.be.PID, channel: channel, payload: payload, nesting: nesting})
	return nil
}

// listen begins to listen at commit, unlisten ends it; "" is every channel.
func (n *notifier) listen(channel string, nesting int) error {
	if len(n.channels)+len(n.changes) >= channelsPerSessionMax {
		return pgerr.Newf(pgerr.ConfigurationLimitExceeded, "more than %d channels", channelsPerSessionMax)
	}
	n.changes = append(n.changes, listenChange{channel, true, nesting})
	return nil
}

func (n *notifier) unlisten(channel string, nesting int) {
	n.changes = append(n.changes, listenChange{channel, false, nesting})
}

// commitListens applies the transaction's LISTENs, before its own notifications
// go out.
func (n *notifier) commitListens() {
	for _, l := range n.changes {
		switch {
		case l.on:
			if n.channels == nil {
				n.channels = map[string]struct{}{}
			}
			n.channels[l.channel] = struct{}{}
			n.hub.listen(n.be, l.channel)
		case l.channel == "":
			for c := range n.channels {
				n.hub.unlisten(n.be, c)
			}
			clear(n.channels)
		default:
			n.hub.unlisten(n.be, l.channel)
			delete(n.channels, l.channel)
		}
	}
	n.changes = n.changes[:0]
}

// publishWith has the store publish what is queued in the order of commits;
// published tells afterwards whether it did: a transaction that wrote nothing may
// have no place in that order.
func (n *notifier) publishWith(tx txn.Txn) (published *bool) {
	list := n.queued
	done := new(bool)
	tx.OnCommit(func(c txn.Commit) {
		*done = true
		n.hub.publish(list, c.Pos)
	})
	return done
}

// drop forgets what was asked for with at least nesting savepoints open.
func (n *notifier) drop(nesting int) {
	for i := len(n.queued); i > 0 && n.queued[i-1].nesting >= nesting; i-- {
		last := n.queued[i-1]
		delete(n.seen, [2]string{last.channel, last.payload})
		n.queued = n.queued[:i-1]
	}
	for i := len(n.changes); i > 0 && n.changes[i-1].nesting >= nesting; i-- {
		n.changes = n.changes[:i-1]
	}
}

// merge gives what was asked for under released savepoints to the level depth.
func (n *notifier) merge(depth int) {
	for i := range n.queued {
		n.queued[i].nesting = min(n.queued[i].nesting, depth)
	}
	for i := range n.changes {
		n.changes[i].nesting = min(n.changes[i].nesting, depth)
	}
}

// forget ends the transaction: what it queued now belongs to the hub, or is gone.
func (n *notifier) forget() {
	if n.seen != nil || len(n.changes) > 0 {
		n.queued, n.seen, n.changes = nil, nil, n.changes[:0]
	}
}
