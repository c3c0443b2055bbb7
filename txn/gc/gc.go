package gc

import (
	"context"
	"encoding/binary"
	"sync"
	"time"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/fault"
	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/txn"
)

// Defaults of Options.
const (
	defaultRetention       = time.Hour
	defaultHistoryInterval = time.Minute
	defaultExpireInterval  = 100 * time.Millisecond
)

// expireRoundsMax bounds the calls of Expire in one interval.
const expireRoundsMax = 16

// Options of a Collector. The zero value of a field gives its default.
type Options struct {
	Engine kv.Engine
	Clock  clock.Clock
	// Retention is how far back history is kept; default one hour. The store's
	// must not be longer.
	Retention time.Duration
	// HistoryInterval and ExpireInterval are the pauses between two passes;
	// default one minute and 100 ms.
	HistoryInterval, ExpireInterval time.Duration
	// Expire removes a bounded number of expired keys in a transaction of its own
	// and tells whether more are left. nil: nothing expires.
	Expire func(ctx context.Context) (more bool, err error)
	// Report is told the errors of passes; a later pass tries again. nil: nobody.
	Report func(error)
}

func (o *Options) fill() {
	if o.Clock == nil {
		o.Clock = clock.Real
	}
	if o.Retention == 0 {
		o.Retention = defaultRetention
	}
	if o.HistoryInterval == 0 {
		o.HistoryInterval = defaultHistoryInterval
	}
	if o.ExpireInterval == 0 {
		o.ExpireInterval = defaultExpireInterval
	}
	if o.Report == nil {
		o.Report = func(error) {}
	}
}

// Collector runs passes in the background until Close.
type Collector struct {
	opts   Options
	ctx    context.Context
	cancel context.CancelFunc
	passes sync.WaitGroup

	mu     sync.Mutex
	closed bool                           // guarded by mu
	timers map[*func()]clock.Timer        // pending passes; guarded by mu
	stats  struct{ drops, rounds uint64 } // guarded by mu
}

// Start begins to collect.
func Start(o Options) *Collector {
	o.fill()
	c := &Collector{opts: o, timers: map[*func()]clock.Timer{}}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.every(o.HistoryInterval, c.historyPass)
	if o.Expire != nil {
		c.every(o.ExpireInterval, c.expirePass)
	}
	return c
}

// every runs pass after each pause, counted from the end of the one before.
func (c *Collector) every(pause time.Duration, pass func()) {
	var run func()
	run = func() {
		c.mu.Lock()
		if c.closed {
			c.mu.Unlock()
			return
		}
		c.passes.Add(1)
		c.mu.Unlock()
		guarded(pass)
		c.passes.Done()
		c.arm(pause, &run)
	}
	c.arm(pause, &run)
}

// guarded runs a pass; where that panics, the next one comes all the same.
func guarded(pass func()) {
	defer fault.Catch("history and expiry")
	pass()
}

func (c *Collector) arm(pause time.Duration, run *func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.timers[run] = c.opts.Clock.AfterFunc(pause, *run)
	}
}

// Close ends the passes and waits for the running ones.
func (c *Collector) Close() {
	c.mu.Lock()
	c.closed = true
	for _, t := range c.timers {
		t.Stop()
	}
	c.mu.Unlock()
	c.cancel()
	c.passes.Wait()
}

// Stats is how many history drops and calls of Expire were made.
func (c *Collector) Stats() (historyDrops, expireRounds uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats.drops, c.stats.rounds
}

func (c *Collector) expirePass() {
	for range expireRoundsMax {
		more, err := c.opts.Expire(c.ctx)
		c.mu.Lock()
		c.stats.rounds++
		c.mu.Unlock()
		if err != nil && c.ctx.Err() == nil {
			c.opts.Report(err)
		}
		if err != nil || !more || c.ctx.Err() != nil {
			return
		}
	}
}

func (c *Collector) historyPass() {
	before := c.opts.Clock.Now().Add(-c.opts.Retention)
	dropped, err := DropHistory(c.opts.Engine, before)
	if err == nil {
		err = DropDoomed(c.opts.Engine, before)
	}
	if err != nil && c.ctx.Err() == nil {
		c.opts.Report(err)
	}
	if dropped {
		c.mu.Lock()
		c.stats.drops++
		c.mu.Unlock()
	}
}

// DropHistory drops the history buckets that end at or before a time, and moves
// the horizon; dropped is false where there are none.
func DropHistory(e kv.Engine, before time.Time) (dropped bool, err error) {
	bucket := keys.HistoryBucket(uint64(max(before.UnixMicro(), 0))) // a retention may reach past 1970
	lower, upper := []byte{keys.History}, keys.AppendHistoryBucket(nil, bucket)
	it, err := e.NewIter(kv.IterOptions{Lower: lower, Upper: upper})
	if err != nil {
		return false, err
	}
	any := it.First()
	err = it.Error()
	if cerr := it.Close(); err == nil {
		err = cerr
	}
	if err != nil || !any {
		return false, err
	}
	horizon := time.UnixMicro(int64(bucket) * keys.HistoryBucketWidth.Microseconds())
	b := e.NewBatch()
	defer b.Close()
	if err := b.DeleteRange(lower, upper); err != nil {
		return false, err
	}
	value := binary.BigEndian.AppendUint64(nil, uint64(txn.TimestampOf(horizon)))
	if err := b.Set(keys.AppendMeta(nil, keys.MetaHistoryHorizon), value); err != nil {
		return false, err
	}
	return true, e.Apply(b)
}
