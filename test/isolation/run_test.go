package isolation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// pollInterval is how often a step is asked for whether it waits for a lock.
	pollInterval = 10 * time.Millisecond
	// controlTimeout of statements that nobody blocks.
	controlTimeout = 20 * time.Second
)

// runner runs the permutations of one spec against a server.
type runner struct {
	spec        *spec
	connString  string
	stepTimeout time.Duration
	control     *pgconn.PgConn
	sessions    []*session
	out         strings.Builder
	waiting     []*active
}

// session is one connection of the spec.
type session struct {
	name   string
	conn   *pgconn.PgConn
	pid    uint32
	active *active
	// mu guards what the reading goroutine collects.
	mu            sync.Mutex
	notices       []string
	notifications []*pgconn.Notification
	total         int // notices so far
}

// active is a step under way.
type active struct {
	*permStep
	on      *session
	done    chan struct{}
	results []*pgconn.Result
	err     error
}

func newRunner(sp *spec, connString string, stepTimeout time.Duration) (*runner, error) {
	r := &runner{spec: sp, connString: connString, stepTimeout: stepTimeout}
	return r, r.connect()
}

func (r *runner) connect() error {
	ctx, cancel := context.WithTimeout(context.Background(), controlTimeout)
	defer cancel()
	var err error
	if r.control, err = pgconn.Connect(ctx, r.connString); err != nil {
		return err
	}
	r.sessions = nil
	for _, s := range r.spec.sessions {
		ss := &session{name: s.name}
		cfg, err := pgconn.ParseConfig(r.connString)
		if err != nil {
			return err
		}
		cfg.OnNotice = ss.notice
		cfg.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) {
			ss.mu.Lock()
			defer ss.mu.Unlock()
			ss.notifications = append(ss.notifications, n)
		}
		cfg.RuntimeParams["application_name"] = "isolation/" + s.name
		if ss.conn, err = pgconn.ConnectConfig(ctx, cfg); err != nil {
			return err
		}
		ss.pid = ss.conn.PID()
		r.sessions = append(r.sessions, ss)
	}
	return nil
}

func (s *session) notice(_ *pgconn.PgConn, n *pgconn.Notice) {
	text := fmt.Sprintf("%s: %s:  %s\n", s.name, n.Severity, n.Message)
	if n.Detail != "" {
		text += "DETAIL:  " + n.Detail + "\n"
	}
	if n.Hint != "" {
		text += "HINT:  " + n.Hint + "\n"
	}
	if n.Where != "" {
		text += "CONTEXT:  " + n.Where + "\n"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notices = append(s.notices, text)
	s.total++
}

func (r *runner) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for _, s := range r.sessions {
		_ = s.conn.Close(ctx) // a session that hangs is given up
	}
	_ = r.control.Close(ctx) // likewise
}

// reconnect starts over after a permutation that did not end as it should.
func (r *runner) reconnect() error {
	for _, s := range r.sessions {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		_ = s.conn.CancelRequest(ctx) // it may have nothing to cancel
		cancel()
	}
	r.close()
	if err := r.connect(); err != nil {
		return err
	}
	_, _ = r.execLast(r.control, r.spec.teardown) // what it drops may be gone already
	return nil
}

// readAll is pgconn's, but keeps the columns of results without rows.
func readAll(mrr *pgconn.MultiResultReader) ([]*pgconn.Result, error) {
	var results []*pgconn.Result
	for mrr.NextResult() {
		rr := mrr.ResultReader()
		fields := append([]pgconn.FieldDescription(nil), rr.FieldDescriptions()...)
		r := rr.Read()
		r.FieldDescriptions = fields
		results = append(results, r)
	}
	return results, mrr.Close()
}

// execLast is libpq's PQexec: only the last result counts.
func (r *runner) execLast(c *pgconn.PgConn, sql string) (*pgconn.Result, error) {
	ctx, cancel := context.WithTimeout(context.Background(), controlTimeout)
	defer cancel()
	results, err := readAll(c.Exec(ctx, sql))
	if err != nil || len(results) == 0 {
		return nil, err
	}
	return results[len(results)-1], nil
}

// permutation runs one and returns its output. Where err is set the runner is of
// no use until reconnect.
func (r *runner) permutation(perm []permStep) (string, error) {
	r.out.Reset()
	r.waiting = nil
	fmt.Fprintf(&r.out, "\n%s\n", title(perm))
	for _, sql := range r.spec.setups {
		if err := r.aside(r.control, sql); err != nil {
			return r.out.String(), fmt.Errorf("setup: %w", err)
		}
	}
	for i, s := range r.spec.sessions {
		if err := r.aside(r.sessions[i].conn, s.setup); err != nil {
			return r.out.String(), fmt.Errorf("setup of session %s: %w", s.name, err)
		}
		r.sessions[i].flush(&r.out)
	}
	for i := range perm {
		if err := r.step(&perm[i]); err != nil {
			return r.out.String(), err
		}
	}
	if err := r.settle(); err != nil {
		return r.out.String(), err
	}
	var first error
	for i, s := range r.spec.sessions {
		if err := r.aside(r.sessions[i].conn, s.teardown); err != nil && first == nil {
			first = fmt.Errorf("teardown of session %s: %w", s.name, err)
		}
		r.sessions[i].flush(&r.out)
	}
	if err := r.aside(r.control, r.spec.teardown); err != nil && first == nil {
		first = fmt.Errorf("teardown: %w", err)
	}
	return r.out.String(), first
}

// aside runs a setup or teardown and prints its last result's rows.
func (r *runner) aside(c *pgconn.PgConn, sql string) error {
	if sql == "" {
		return nil
	}
	res, err := r.execLast(c, sql)
	if err != nil {
		return err
	}
	if res != nil {
		printTable(&r.out, res)
	}
	return nil
}

func (r *runner) step(ps *permStep) error {
	s := r.sessions[ps.step.session]
	limit := time.Now().Add(2 * r.stepTimeout)
	for s.active != nil {
		if _, err := r.try(s.active, false, true); err != nil {
			return err
		}
		if err := r.tryAll(true); err != nil {
			return err
		}
		if time.Now().After(limit) {
			return fmt.Errorf("step %s is not launched: %s does not end", ps.step.name, s.active.step.name)
		}
	}
	a := &active{permStep: ps, on: s, done: make(chan struct{})}
	s.active = a
	for i := range ps.blockers {
		if b := &ps.blockers[i]; b.notices > 0 {
			b.target = b.notices + r.sessions[b.session].count()
		}
	}
	go func() {
		defer close(a.done)
		a.results, a.err = readAll(s.conn.Exec(context.Background(), ps.step.sql))
	}()
	waits, err := r.try(a, true, false)
	if err != nil {
		return err
	}
	if err := r.tryAll(true); err != nil {
		return err
	}
	if waits {
		r.waiting = append(r.waiting, a)
	}
	return nil
}

// settle waits for what is still under way.
func (r *runner) settle() error {
	if err := r.tryAll(false); err != nil {
		return err
	}
	if len(r.waiting) > 0 {
		return errors.New("steps block each other")
	}
	return nil
}

// tryAll tries all steps that wait, again and again where one's end may let
// another one end.
func (r *runner) tryAll(nonblock bool) error {
	for {
		before, blocked, noticed := len(r.waiting), false, r.notices()
		for _, a := range append([]*active(nil), r.waiting...) {
			if a.on.active != a {
				continue // ended and removed meanwhile
			}
			waits, err := r.try(a, nonblock, true)
			if err != nil {
				return err
			}
			blocked = blocked || waits && len(a.blockers) > 0
		}
		if !blocked || len(r.waiting) == before && r.notices() == noticed {
			return nil
		}
	}
}

func (r *runner) notices() int {
	n := 0
	for _, s := range r.sessions {
		n += s.count()
	}
	return n
}

func (s *session) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// try waits for the end of a step, or with nonblock until it waits for a lock;
// true: it has not ended, or may not be reported yet.
func (r *runner) try(a *active, nonblock, retry bool) (bool, error) {
	if !retry {
		for _, b := range a.blockers {
			if b.once {
				r.printWaiting(a)
				return true, nil
			}
		}
	}
	timer := time.NewTimer(r.stepTimeout)
	defer timer.Stop()
	for ended := false; !ended; {
		select {
		case <-a.done:
			ended = true
		case <-timer.C:
			return true, fmt.Errorf("step %s does not end within %s", a.step.name, r.stepTimeout)
		case <-time.After(pollInterval):
			if !nonblock {
				continue
			}
			blocked, err := r.blocked(a.on)
			if err != nil {
				return true, err
			}
			if !blocked {
				continue
			}
			select {
			case <-a.done:
				ended = true
			default:
				a.on.flush(&r.out)
				if !retry {
					r.printWaiting(a)
				}
				return true, nil
			}
		}
	}
	a.on.flush(&r.out)
	if r.held(a) {
		if !retry {
			r.printWaiting(a)
		}
		return true, nil
	}
	r.printEnd(a, retry)
	a.on.active = nil
	r.waiting = slices.DeleteFunc(r.waiting, func(w *active) bool { return w == a })
	return false, nil
}

func (r *runner) printWaiting(a *active) {
	fmt.Fprintf(&r.out, "step %s: %s <waiting ...>\n", a.step.name, a.step.sql)
}

// blocked asks whether a session waits for a lock.
func (r *runner) blocked(s *session) (bool, error) {
	res, err := r.execLast(r.control, fmt.Sprintf("SELECT %s FROM pg_catalog.pg_locks WHERE pid = %d AND NOT granted", r.waits(s), s.pid))
	if err != nil {
		return false, fmt.Errorf("asking for locks: %w", err)
	}
	return string(res.Rows[0][0]) == "t", nil
}

// waits is an expression over a session's locks not granted: whether it waits.
// PostgreSQL has a function that knows of waits that are no locks.
func (r *runner) waits(s *session) string {
	if *postgres == "" {
		// Who waits for a prepared transaction waits for no session.
		return `coalesce(bool_or(relation IS NULL OR EXISTS (SELECT FROM pg_catalog.pg_locks h
			WHERE h.relation = pg_locks.relation AND h.granted AND h.pid NOT IN (0, pg_locks.pid))), false)`
	}
	var pids []string
	for _, other := range r.sessions {
		pids = append(pids, fmt.Sprint(other.pid))
	}
	return fmt.Sprintf("pg_catalog.pg_isolation_test_session_is_blocked(%d, '{%s}') OR count(*) > 1000", s.pid, strings.Join(pids, ","))
}

// held tells whether a blocker delays the report of a's end.
func (r *runner) held(a *active) bool {
	for _, b := range a.blockers {
		if b.once {
			continue
		}
		other := r.sessions[b.session]
		if b.notices > 0 {
			if other.count() < b.target {
				return true
			}
		} else if other.active != nil && other.active.step.name == b.step {
			return true
		}
	}
	return false
}

func (r *runner) printEnd(a *active, retry bool) {
	if retry {
		fmt.Fprintf(&r.out, "step %s: <... completed>\n", a.step.name)
	} else {
		fmt.Fprintf(&r.out, "step %s: %s\n", a.step.name, a.step.sql)
	}
	for _, res := range a.results {
		if res.Err == nil {
			printTable(&r.out, res)
		}
	}
	if a.err != nil {
		var pg *pgconn.PgError
		if errors.As(a.err, &pg) {
			fmt.Fprintf(&r.out, "%s:  %s\n", pg.Severity, pg.Message)
		} else {
			fmt.Fprintf(&r.out, "%v\n", a.err)
		}
	}
	a.on.mu.Lock()
	defer a.on.mu.Unlock()
	for _, n := range a.on.notifications {
		from := fmt.Sprintf("PID %d", n.PID)
		for _, s := range r.sessions {
			if s.pid == n.PID {
				from = s.name
			}
		}
		fmt.Fprintf(&r.out, "%s: NOTIFY \"%s\" with payload \"%s\" from %s\n", a.on.name, n.Channel, n.Payload, from)
	}
	a.on.notifications = nil
}

// flush prints the notices that have come.
func (s *session) flush(out *strings.Builder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.notices {
		out.WriteString(n)
	}
	s.notices = nil
}
