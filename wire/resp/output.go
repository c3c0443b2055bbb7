package resp

import (
	"sync/atomic"
	"time"
)

// OutputClass is a kind of clients with limits of their own.
type OutputClass uint8

const (
	// OutputNormal clients hear replies only.
	OutputNormal OutputClass = iota
	// OutputPubSub clients have subscriptions.
	OutputPubSub
	outputClasses
)

// OutputLimit is client-output-buffer-limit of a class: a client whose unsent
// output passes Hard, or stays above Soft for SoftSeconds, is closed. 0: no limit.
type OutputLimit struct{ Hard, Soft, SoftSeconds atomic.Int64 }

// Store sets the limit.
func (l *OutputLimit) Store(hard, soft, seconds int64) {
	l.Hard.Store(hard)
	l.Soft.Store(soft)
	l.SoftSeconds.Store(seconds)
}

func (c *Client) outputClass() OutputClass {
	if c.Subscribed() {
		return OutputPubSub
	}
	return OutputNormal
}

// checkOutput dooms a client whose output passes its limits. The soft limit is
// looked at again when its time has passed.
func (sh *Shard) checkOutput(c *Client) {
	n := int64(c.unsent())
	l := &sh.srv.Settings.Output[c.outputClass()]
	if hard := l.Hard.Load(); hard > 0 && n > hard {
		sh.doom(c)
		return
	}
	soft, d := l.Soft.Load(), time.Duration(l.SoftSeconds.Load())*time.Second
	if soft <= 0 || d <= 0 || n <= soft {
		c.overSoft = time.Time{}
		return
	}
	now := sh.srv.clk.Now()
	if c.overSoft.IsZero() {
		c.overSoft = now
	}
	if now.Sub(c.overSoft) >= d {
		sh.doom(c)
		return
	}
	if !c.softTimer {
		c.softTimer = true
		sh.srv.clk.AfterFunc(d, func() {
			sh.Post(func() {
				c.softTimer = false
				if !c.closed {
					sh.checkOutput(c)
				}
			})
		})
	}
}

// doom has a client closed when the turn ends: who writes to it may hold locks, or
// be running the very client's command.
func (sh *Shard) doom(c *Client) {
	if !c.doomed && !c.closed {
		sh.srv.Stats.OutputLimitKills.Add(1)
		sh.Doom(c)
	}
}

// Doom has a client closed when the turn ends; what it sent does not run any more.
func (sh *Shard) Doom(c *Client) {
	if c.doomed || c.closed {
		return
	}
	c.doomed, c.closing = true, true
	sh.doomed = append(sh.doomed, c)
}

func (sh *Shard) closeDoomed() {
	for _, c := range sh.doomed {
		sh.Close(c)
	}
	sh.doomed = sh.doomed[:0]
}
