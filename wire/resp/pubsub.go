package resp

import (
	"slices"
	"sync"

	"github.com/ferritedb/ferrite/txn/redis"
)

// SubKind is one of the three families of subscriptions.
type SubKind uint8

const (
	SubChannel SubKind = iota
	SubPattern
	SubShard
	subKinds
)

var (
	subNames   = [subKinds]string{"subscribe", "psubscribe", "ssubscribe"}
	unsubNames = [subKinds]string{"unsubscribe", "punsubscribe", "sunsubscribe"}
)

// PubSub knows who subscribes to what. Safe for concurrent use.
type PubSub struct {
	mu   sync.RWMutex
	subs [subKinds]map[string][]*Client // guarded by mu
}

func newPubSub() *PubSub {
	p := &PubSub{}
	for i := range p.subs {
		p.subs[i] = map[string][]*Client{}
	}
	return p
}

func (s *Session) subs(k SubKind) *map[string]struct{} {
	switch k {
	case SubChannel:
		return &s.Channels
	case SubPattern:
		return &s.Patterns
	}
	return &s.Shards
}

// subCount is the count that subscription replies carry.
func (s *Session) subCount(k SubKind) int {
	if k == SubShard {
		return len(s.Shards)
	}
	return len(s.Channels) + len(s.Patterns)
}

// Subscribe adds a subscription of c and writes its confirmation.
func (p *PubSub) Subscribe(c *Client, w *redis.Writer, k SubKind, name []byte) {
	m := c.Session.subs(k)
	if _, ok := (*m)[string(name)]; !ok {
		if *m == nil {
			*m = map[string]struct{}{}
		}
		(*m)[string(name)] = struct{}{}
		p.mu.Lock()
		p.subs[k][string(name)] = append(p.subs[k][string(name)], c)
		p.mu.Unlock()
		c.noteSubs()
	}
	w.Push(3)
	w.BulkString(subNames[k])
	w.Bulk(name)
	w.Int(int64(c.Session.subCount(k)))
}

// Unsubscribe removes the named subscriptions, or all of the kind where names is
// empty, and writes the confirmations.
func (p *PubSub) Unsubscribe(c *Client, w *redis.Writer, k SubKind, names [][]byte) {
	if len(names) == 0 {
		all := make([]string, 0, len(*c.Session.subs(k)))
		for n := range *c.Session.subs(k) {
			all = append(all, n)
		}
		slices.Sort(all)
		for _, n := range all {
			names = append(names, []byte(n))
		}
		if len(names) == 0 {
			w.Push(3)
			w.BulkString(unsubNames[k])
			w.Null()
			w.Int(int64(c.Session.subCount(k)))
			return
		}
	}
	for _, n := range names {
		p.drop(c, k, string(n))
		w.Push(3)
		w.BulkString(unsubNames[k])
		w.Bulk(n)
		w.Int(int64(c.Session.subCount(k)))
	}
	c.noteSubs()
}

func (p *PubSub) drop(c *Client, k SubKind, name string) {
	m := *c.Session.subs(k)
	if _, ok := m[name]; !ok {
		return
	}
	delete(m, name)
	p.mu.Lock()
	defer p.mu.Unlock()
	q := p.subs[k][name]
	if i := slices.Index(q, c); i >= 0 {
		q = slices.Concat(q[:i], q[i+1:])
	}
	if len(q) == 0 {
		delete(p.subs[k], name)
	} else {
		p.subs[k][name] = q
	}
}

// DropClient removes all subscriptions of c.
func (p *PubSub) DropClient(c *Client) {
	for k := range subKinds {
		for n := range *c.Session.subs(k) {
			p.drop(c, k, n)
		}
	}
}

func (c *Client) noteSubs() {
	s := &c.Session
	c.Info.Update(func(i *Info) { i.Sub, i.PSub, i.SSub = len(s.Channels), len(s.Patterns), len(s.Shards) })
}

// delivery is one message for some clients.
type delivery struct {
	kind    string
	pattern []byte
	to      []*Client
}

// Publish sends a message to the subscribers of a channel, after the commit of
// the publisher's turn, and returns how many there are. shardChannel selects
// sharded subscriptions.
func (p *PubSub) Publish(from *Shard, shardChannel bool, channel, msg []byte) int {
	n := 0
	for _, d := range p.deliveries(shardChannel, channel) {
		from.send(d, channel, msg)
		n += len(d.to)
	}
	return n
}

// Receivers is the number of clients that Publish would reach.
func (p *PubSub) Receivers(shardChannel bool, channel []byte) int {
	n := 0
	for _, d := range p.deliveries(shardChannel, channel) {
		n += len(d.to)
	}
	return n
}

// deliveries finds the subscribers of a channel. Lists of subscribers are never
// changed in place, so that they can be read without the lock: no client is
// written to, or closed, under it.
func (p *PubSub) deliveries(shardChannel bool, channel []byte) (out []delivery) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if shardChannel {
		if cs := p.subs[SubShard][string(channel)]; cs != nil {
			out = append(out, delivery{"smessage", nil, cs})
		}
		return out
	}
	if cs := p.subs[SubChannel][string(channel)]; cs != nil {
		out = append(out, delivery{"message", nil, cs})
	}
	for pat, cs := range p.subs[SubPattern] {
		if redis.Match([]byte(pat), channel) {
			out = append(out, delivery{"pmessage", []byte(pat), cs})
		}
	}
	return out
}

// send hands one message to clients: to those of the publishing shard within the
// turn, to others by mail after its commit.
func (sh *Shard) send(d delivery, channel, msg []byte) {
	var mail map[*Shard][]*Client
	for _, c := range d.to {
		if c.shard == sh {
			sh.message(c, d.kind, d.pattern, channel, msg)
			continue
		}
		if mail == nil {
			mail = map[*Shard][]*Client{}
			channel, msg = slices.Clone(channel), slices.Clone(msg)
		}
		mail[c.shard] = append(mail[c.shard], c)
	}
	for to, cs := range mail {
		sh.AfterCommit(func() {
			to.Post(func() {
				for _, c := range cs {
					to.message(c, d.kind, d.pattern, channel, msg)
				}
			})
		})
	}
}

// message writes one message to a client of this shard.
func (sh *Shard) message(c *Client, kind string, pattern, channel, msg []byte) {
	if c.closed || c.closing || c.doomed {
		return
	}
	sh.giveOutput(c)
	n := 3
	if pattern != nil {
		n = 4
	}
	c.W.Push(n)
	c.W.BulkString(kind)
	if pattern != nil {
		c.W.Bulk(pattern)
	}
	c.W.Bulk(channel)
	c.W.Bulk(msg)
	sh.replied(c)
}

// Channels lists the channels of a kind that match a pattern (nil: all), sorted.
func (p *PubSub) Channels(k SubKind, pattern []byte) []string {
	p.mu.RLock()
	defer p.mu.RUnlock()
	var names []string
	for n := range p.subs[k] {
		if pattern == nil || redis.Match(pattern, []byte(n)) {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names
}

// Subscribers is the number of clients subscribed to a name.
func (p *PubSub) Subscribers(k SubKind, name []byte) int {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return len(p.subs[k][string(name)])
}

// Count is the number of names of a kind that have subscribers.
func (p *PubSub) Count(k SubKind) int {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return len(p.subs[k])
}
