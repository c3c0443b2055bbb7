package command

import (
	"fmt"

	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/wire/resp"
)

// expireKeysMax bounds the keys that one transaction of the expiry cycle removes.
const expireKeysMax = 200

// expireRoundsMax bounds the transactions of one cycle.
const expireRoundsMax = 50

// expireCycle removes keys whose time has come, at a bounded pace. The store's
// readers do not see them any more.
func (s *shared) expireCycle(srv *resp.Server) {
	for range expireRoundsMax {
		t, err := s.cfg.Store.Begin(txn.Options{Latest: true, Durability: txn.None})
		if err != nil {
			return
		}
		s.expire.Bind(t, s.ks.NowMs())
		n, err := s.expire.ExpireCycle(expireKeysMax)
		if err != nil || n == 0 {
			t.Rollback()
			return
		}
		if _, err := t.CommitNoWait(); err != nil {
			return
		}
		srv.Stats.ExpiredKeys.Add(int64(n))
		if n < expireKeysMax {
			return
		}
	}
}

// expireConditions are NX, XX, GT and LT.
type expireConditions struct{ nx, xx, gt, lt bool }

func (x *Exec) expireConditions() (o expireConditions, err error) {
	for i := 3; i < len(x.args); i++ {
		switch {
		case x.is(i, "nx"):
			o.nx = true
		case x.is(i, "xx"):
			o.xx = true
		case x.is(i, "gt"):
			o.gt = true
		case x.is(i, "lt"):
			o.lt = true
		default:
			return o, Err(fmt.Sprintf("ERR Unsupported option %s", x.args[i]))
		}
	}
	if o.nx && (o.xx || o.gt || o.lt) {
		return o, Err("ERR NX and XX, GT or LT options at the same time are not compatible")
	}
	if o.gt && o.lt {
		return o, Err("ERR GT and LT options at the same time are not compatible")
	}
	return o, nil
}

func (o expireConditions) allow(old, at int64) bool {
	switch {
	case o.nx && old != 0, o.xx && old == 0:
		return false
	case o.gt && (old == 0 || at <= old):
		return false
	case o.lt && old != 0 && at >= old:
		return false
	}
	return true
}

func (x *Exec) expire(u expireUnit) error {
	o, err := x.expireConditions()
	if err != nil {
		return err
	}
	at, err := x.expireAt(2, u, false)
	if err != nil {
		return err
	}
	e, err := x.tx.Lock(x.args[1])
	if err != nil {
		return err
	}
	if !e.Exists() || !o.allow(e.ExpireAtMs(), at) {
		x.w.Int(0)
		return nil
	}
	x.w.Int(1)
	if at <= x.tx.NowMs() {
		return e.Delete()
	}
	e.SetExpireAtMs(at)
	return e.Save()
}

func cmdPersist(x *Exec) error {
	e, err := x.tx.Lock(x.args[1])
	if err != nil {
		return err
	}
	if !e.Exists() || e.ExpireAtMs() == 0 {
		x.w.Int(0)
		return nil
	}
	x.w.Int(1)
	e.SetExpireAtMs(0)
	return e.Save()
}

func (x *Exec) ttl(u expireUnit) error {
	e, err := x.tx.Read(x.args[1])
	if err != nil {
		return err
	}
	at := e.ExpireAtMs()
	switch {
	case !e.Exists():
		x.w.Int(-2)
		return nil
	case at == 0:
		x.w.Int(-1)
		return nil
	}
	if !u.absolute {
		at = max(at-x.tx.NowMs(), 0)
	}
	if !u.ms {
		at = (at + 500) / 1000
	}
	x.w.Int(at)
	return nil
}
