package command

import (
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
		s.expire.Bind(t, s.data.Keyspace.NowMs())
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
