package command

import "fmt"

// expireConditions are NX, XX, GT and LT.
type expireConditions struct{ nx, xx, gt, lt bool }

func (x *Exec) expireConditions() (o expireConditions, err error) {
	for i := 3; i < len(x.Args); i++ {
		switch {
		case x.Is(i, "nx"):
			o.nx = true
		case x.Is(i, "xx"):
			o.xx = true
		case x.Is(i, "gt"):
			o.gt = true
		case x.Is(i, "lt"):
			o.lt = true
		default:
			return o, Err(fmt.Sprintf("ERR Unsupported option %s", x.Args[i]))
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
	e, err := x.Tx.Lock(x.Args[1])
	if err != nil {
		return err
	}
	if !e.Exists() || !o.allow(e.ExpireAtMs(), at) {
		x.W.Int(0)
		return nil
	}
	x.W.Int(1)
	if at <= x.Tx.NowMs() {
		return e.Delete()
	}
	e.SetExpireAtMs(at)
	return e.Save()
}

func cmdPersist(x *Exec) error {
	e, err := x.Tx.Lock(x.Args[1])
	if err != nil {
		return err
	}
	if !e.Exists() || e.ExpireAtMs() == 0 {
		x.W.Int(0)
		return nil
	}
	x.W.Int(1)
	e.SetExpireAtMs(0)
	return e.Save()
}

func (x *Exec) ttl(u expireUnit) error {
	e, err := x.Tx.Read(x.Args[1])
	if err != nil {
		return err
	}
	at := e.ExpireAtMs()
	switch {
	case !e.Exists():
		x.W.Int(-2)
		return nil
	case at == 0:
		x.W.Int(-1)
		return nil
	}
	if !u.absolute {
		at = max(at-x.Tx.NowMs(), 0)
	}
	if !u.ms {
		at = (at + 500) / 1000
	}
	x.W.Int(at)
	return nil
}
