package txntest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ferritedb/ferrite/txn"
)

// keyPrefix makes a script's keys rows (kv/keys).
const keyPrefix = "\x10"

func keyOf(name string) []byte { return []byte(keyPrefix + name) }

// session runs statements in its own goroutine. blocked is the runner's.
type session struct {
	name       string
	r          *runner
	statements chan []string
	events     chan event
	blocked    bool

	id      atomic.Uint64 // of txn
	txn     txn.Txn       // nil outside a transaction
	aborted bool
	saved   map[string]txn.Savepoint
}

func (s *session) txnID() uint64 { return s.id.Load() }

func (s *session) loop() {
	for f := range s.statements {
		s.events <- event{result: s.run(f)}
	}
	if s.txn != nil {
		s.txn.Rollback()
	}
	s.events <- event{}
}

// statements by name; each takes its words and gives what a client would see.
var statements = map[string]func(*session, []string) (string, error){
	"get":       (*session).get,
	"select":    (*session).selectRows,
	"update":    (*session).update,
	"insert":    (*session).insert,
	"delete":    (*session).delete,
	"lock":      (*session).lockRows,
	"table":     (*session).lockTable,
	"savepoint": (*session).savepoint,
	"expire":    (*session).expire,
	"now":       (*session).judgeNow,
}

func (s *session) run(f []string) string {
	switch f[0] {
	case "begin":
		return s.begin(f[1:])
	case "commit", "rollback":
		if len(f) == 1 {
			return s.end(f[0] == "commit")
		}
		s.txn.RollbackTo(s.saved[f[2]]) // rollback to NAME
		s.aborted = false
		return "ok"
	}
	if f[0] == "finish" || f[0] == "prepare" {
		return s.prepared(f)
	}
	if s.aborted {
		return "ERROR: current transaction is aborted, commands ignored until end of transaction block"
	}
	fn := statements[f[0]]
	if fn == nil || s.txn == nil {
		return "no such statement, or no transaction"
	}
	s.txn.BeginStatement()
	out, err := fn(s, f[1:])
	if err != nil {
		s.aborted = true
		return message(err)
	}
	return out
}

func message(err error) string {
	var dl *txn.DeadlockError
	if errors.As(err, &dl) {
		return "ERROR: " + err.Error() + " (40P01)"
	}
	for _, c := range []struct {
		err  error
		code string
	}{{txn.ErrSerialization, "40001"}, {txn.ErrSerializationDependency, "40001"}, {txn.ErrLockNotAvailable, "55P03"},
		{txn.ErrLockTimeout, "55P03"}, {txn.ErrHistoryGone, "72000"}, {txn.ErrReadOnly, "25006"}} {
		if errors.Is(err, c.err) {
			return fmt.Sprintf("ERROR: %v (%s)", err, c.code)
		}
	}
	return "ERROR: " + err.Error()
}

// begin [rr|ser] [readonly] [optimistic] [latest] [timeout=DURATION] [asof=NAME|-DURATION]
func (s *session) begin(f []string) string {
	var o txn.Options
	for _, w := range f {
		switch name, arg, _ := strings.Cut(w, "="); name {
		case "rc":
		case "rr":
			o.Isolation = txn.RepeatableRead
		case "ser":
			o.Isolation = txn.Serializable
		case "readonly":
			o.ReadOnly = true
		case "optimistic":
			o.Optimistic = true
		case "latest":
			o.Latest = true
		case "timeout":
			o.LockTimeout, _ = time.ParseDuration(arg)
		case "asof":
			o.AsOf = s.r.times[arg]
			if d, err := time.ParseDuration(arg); err == nil {
				o.AsOf = txn.TimestampOf(s.r.clock.Now().Add(d))
			}
		default:
			return "unknown option " + w
		}
	}
	x, err := s.r.store.Begin(o)
	if err != nil {
		return message(err)
	}
	s.txn, s.aborted, s.saved = x, false, map[string]txn.Savepoint{}
	s.id.Store(x.ID())
	s.r.mu.Lock()
	s.r.byTxn[x.ID()] = s
	s.r.mu.Unlock()
	return "ok"
}

func (s *session) end(commit bool) string {
	x := s.txn
	s.txn = nil
	if !commit || s.aborted {
		x.Rollback()
		return "rolled back"
	}
	if _, err := x.Commit(context.Background()); err != nil {
		return message(err)
	}
	return "committed"
}

// prepared is prepare NAME, finish NAME and finish NAME rollback.
func (s *session) prepared(f []string) string {
	store, ok := s.r.store.(txn.PreparedStore)
	if !ok {
		return "the store prepares nothing"
	}
	if f[0] == "finish" {
		if _, err := store.FinishPrepared(context.Background(), f[1], len(f) == 2); err != nil {
			return message(err)
		}
		return "finished"
	}
	x := s.txn
	s.txn = nil
	if s.aborted {
		x.Rollback()
		return "rolled back"
	}
	if err := x.(txn.Preparer).Prepare(context.Background(), txn.Prepared{ID: f[1]}); err != nil {
		return message(err)
	}
	return "prepared"
}

func (s *session) savepoint(f []string) (string, error) {
	s.saved[f[0]] = s.txn.Savepoint()
	return "ok", nil
}

func (s *session) get(f []string) (string, error) {
	rec, ok, err := s.txn.Get(nil, keyOf(f[0]))
	if err != nil || !ok {
		return "absent", err
	}
	return string(rec.Value), nil
}

// row of a script: a key and an integer.
type row struct {
	key   string
	value int
}

// scan gives the rows that the snapshot shows and where holds.
func (s *session) scan(where predicate, reverse bool) ([]row, error) {
	lo, hi := where.bounds()
	it, err := s.txn.Scan(lo, hi, txn.ScanOptions{Reverse: reverse})
	if err != nil {
		return nil, err
	}
	defer it.Close()
	var rows []row
	for it.Next() {
		r := decodeRow(it.Key(), it.Record().Value)
		if where.holds(r) {
			rows = append(rows, r)
		}
	}
	return rows, it.Err()
}

func decodeRow(key, value []byte) row {
	n, _ := strconv.Atoi(string(value))
	return row{strings.TrimPrefix(string(key), keyPrefix), n}
}

// predicate is: * | key=K | key<K | value=N | value%N
type predicate struct {
	column, op string
	key        string
	n          int
}

func parsePredicate(w string) predicate {
	for _, op := range []string{"=", "<", "%"} {
		if c, arg, ok := strings.Cut(w, op); ok {
			n, _ := strconv.Atoi(arg)
			return predicate{column: c, op: op, key: arg, n: n}
		}
	}
	return predicate{}
}

// bounds is the range that a planner would scan.
func (p predicate) bounds() (lo, hi []byte) {
	lo, hi = []byte(keyPrefix), []byte("\x11")
	switch {
	case p.column == "key" && p.op == "=":
		lo = keyOf(p.key)
		hi = append(keyOf(p.key), 0)
	case p.column == "key":
		hi = keyOf(p.key)
	}
	return lo, hi
}

func (p predicate) holds(r row) bool {
	switch {
	case p.column == "value" && p.op == "=":
		return r.value == p.n
	case p.column == "value" && p.op == "%":
		return r.value%p.n == 0
	case p.column == "key" && p.op == "=":
		return r.key == p.key
	}
	return true
}

// select PREDICATE [reverse]
func (s *session) selectRows(f []string) (string, error) {
	rows, err := s.scan(parsePredicate(f[0]), len(f) > 1)
	if err != nil {
		return "", err
	}
	var out []string
	for _, r := range rows {
		out = append(out, fmt.Sprintf("%s=%d", r.key, r.value))
	}
	if len(out) == 0 {
		return "no rows", nil
	}
	return strings.Join(out, " "), nil
}

// change locks the rows where a predicate holds, looks again at those that
// changed, and gives what is left to fn.
func (s *session) change(p predicate, o txn.LockOptions, fn func(row) error) (string, error) {
	rows, err := s.scan(p, false)
	if err != nil {
		return "", err
	}
	var done []string
	for _, r := range rows {
		rec, outcome, err := s.txn.LockRow(context.Background(), nil, keyOf(r.key), o)
		if err != nil {
			return "", err
		}
		if outcome == txn.Gone || outcome == txn.Absent || outcome == txn.Skipped {
			continue
		}
		if outcome == txn.Changed {
			if r = decodeRow(keyOf(r.key), rec.Value); !p.holds(r) {
				continue
			}
		}
		if err := fn(r); err != nil {
			return "", err
		}
		done = append(done, r.key)
	}
	return fmt.Sprintf("%d rows %s", len(done), strings.Join(done, " ")), nil
}

// update PREDICATE N | +N | -N
func (s *session) update(f []string) (string, error) {
	n, err := strconv.Atoi(f[1])
	if err != nil {
		return "", err
	}
	relative := f[1][0] == '+' || f[1][0] == '-'
	return s.change(parsePredicate(f[0]), txn.LockOptions{Mode: txn.ForNoKeyUpdate}, func(r row) error {
		v := n
		if relative {
			v += r.value
		}
		return s.txn.Put(keyOf(r.key), []byte(strconv.Itoa(v)), txn.PutOptions{KeepHistory: true})
	})
}

// delete PREDICATE
func (s *session) delete(f []string) (string, error) {
	return s.change(parsePredicate(f[0]), txn.LockOptions{Mode: txn.ForUpdate}, func(r row) error {
		return s.txn.Delete(keyOf(r.key), txn.PutOptions{KeepHistory: true})
	})
}

// insert KEY N
func (s *session) insert(f []string) (string, error) {
	_, outcome, err := s.txn.LockRow(context.Background(), nil, keyOf(f[0]), txn.LockOptions{Mode: txn.ForUpdate, Insert: true})
	if err != nil {
		return "", err
	}
	if outcome == txn.Same || outcome == txn.Changed {
		return "", errors.New("duplicate key value violates unique constraint")
	}
	return "1 row", s.txn.Put(keyOf(f[0]), []byte(f[1]), txn.PutOptions{KeepHistory: true})
}

// expire KEY N DURATION puts a row that expires.
func (s *session) expire(f []string) (string, error) {
	d, err := time.ParseDuration(f[2])
	if err != nil {
		return "", err
	}
	at := s.r.clock.Now().Add(d).UnixMilli()
	return "ok", s.txn.Put(keyOf(f[0]), []byte(f[1]), txn.PutOptions{ExpireAtMs: at, KeepHistory: true})
}

var rowModes = map[string]txn.RowMode{"keyshare": txn.ForKeyShare, "share": txn.ForShare, "nokeyupdate": txn.ForNoKeyUpdate, "update": txn.ForUpdate}

// lock PREDICATE MODE [nowait|skip] is SELECT ... FOR MODE.
func (s *session) lockRows(f []string) (string, error) {
	o := txn.LockOptions{Mode: rowModes[f[1]]}
	if len(f) > 2 {
		o.Wait = map[string]txn.Wait{"nowait": txn.NoWait, "skip": txn.SkipLocked}[f[2]]
	}
	var out []string
	_, err := s.change(parsePredicate(f[0]), o, func(r row) error {
		out = append(out, fmt.Sprintf("%s=%d", r.key, r.value))
		return nil
	})
	if err == nil && len(out) == 0 {
		return "no rows", nil
	}
	return strings.Join(out, " "), err
}

var tableModes = map[string]txn.TableMode{"accessshare": txn.AccessShare, "rowexclusive": txn.RowExclusive,
	"share": txn.Share, "accessexclusive": txn.AccessExclusive}

// table ID MODE [nowait]
func (s *session) lockTable(f []string) (string, error) {
	id, _ := strconv.ParseUint(f[0], 10, 64)
	wait := txn.Block
	if len(f) > 2 {
		wait = txn.NoWait
	}
	return "ok", s.txn.LockTable(context.Background(), id, tableModes[f[1]], wait)
}

// judgeNow has a reader of the present judge expiries as of now until told again.
func (s *session) judgeNow([]string) (string, error) {
	s.txn.SetNow(s.r.clock.Now().UnixMilli())
	return "ok", nil
}
