package session

import (
	"sort"
	"strings"
	"time"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// sessionStatement runs the statements that act on the session itself.
func (s *Session) sessionStatement(p *Portal) error {
	n := p.stmt.parsed.AST
	p.tag = Tag{Verb: VerbOf(n)}
	switch n := n.(type) {
	case *ast.Show:
		return s.show(p, n)
	case *ast.Fetch:
		return s.fetchStatement(p, n)
	case *ast.Explain:
		return s.explain(p, n)
	case *ast.Copy:
		return s.copyStatement(p, n)
	}
	p.done = true
	switch n := n.(type) {
	case *ast.SetVariable:
		return s.setVariable(n)
	case *ast.SetTransaction:
		return s.setTransaction(n)
	case *ast.Reset:
		if n.Name == "all" {
			s.resetAll()
			return nil
		}
		return s.resetSetting(n.Name)
	case *ast.Discard:
		return s.discard(p, n)
	case *ast.Prepare:
		return s.prepare(p, n)
	case *ast.Deallocate:
		if n.Name == "" {
			p.tag.Verb = "DEALLOCATE ALL"
		}
		return s.deallocate(n.Name)
	case *ast.DeclareCursor:
		p.tag.Verb = "DECLARE CURSOR"
		return s.declare(n, p.stmt, p.params)
	case *ast.CloseCursor:
		p.tag.Verb = "CLOSE CURSOR"
		if n.Name == "" {
			p.tag.Verb = "CLOSE CURSOR ALL"
		}
		return s.closeCursor(n.Name)
	case *ast.Listen:
		return s.notes.listen(n.Channel, len(s.saves))
	case *ast.Unlisten:
		s.notes.unlisten(n.Channel, len(s.saves))
		return nil
	case *ast.Notify:
		return s.notes.notify(n.Channel, n.Payload, len(s.saves))
	case *ast.LockTable:
		return s.lockTable(p, n)
	case *ast.Checkpoint:
		if !s.hasPrivsOf(catalog.RoleCheckpoint) {
			return pgerr.New(pgerr.InsufficientPrivilege, "must be superuser or have privileges of pg_checkpoint to do CHECKPOINT")
		}
		return s.srv.Store.Flush()
	case *ast.SetConstraints:
		return s.setConstraints(n)
	}
	return pgerr.NotSupported(p.tag.Verb)
}

// describeSession is the result of a sessionStatement without running it.
func (s *Session) describeSession(n ast.Statement) ([]Column, error) {
	switch n := n.(type) {
	case *ast.Show:
		if n.Name == "all" {
			return textColumns("name", "setting", "description"), nil
		}
		name, _, err := s.showOne(n.Name)
		if err != nil {
			return nil, err
		}
		return textColumns(name), nil
	case *ast.Fetch:
		if n.Move {
			return nil, nil
		}
		p := s.portals[n.Cursor]
		if p == nil {
			return nil, pgerr.Newf(pgerr.InvalidCursorName, "cursor \"%s\" does not exist", n.Cursor)
		}
		return p.cols, nil
	case *ast.Explain:
		return explainColumns(n), nil
	}
	return nil, nil
}

// prepareSession finds the parameters of a session statement that has a query.
func (s *Session) prepareSession(st *Statement) error {
	var query ast.Statement
	switch n := st.parsed.AST.(type) {
	case *ast.DeclareCursor:
		query = n.Query
	case *ast.Explain:
		query = n.Statement
	default:
		return nil
	}
	if kindOf(query) != kindPlanned {
		return nil
	}
	if err := s.step(evStatement, ""); err != nil {
		return err
	}
	if err := s.ensureCatalog(false); err != nil {
		return err
	}
	plan, err := s.makePlan(Parsed{AST: query, SQL: st.parsed.SQL, Source: st.parsed.Source}, st.given)
	if err != nil {
		return err
	}
	st.given = plan.Params
	return nil
}

// showOne gives the column name and value of SHOW.
func (s *Session) showOne(name string) (column, value string, err error) {
	lower := strings.ToLower(name)
	if id, ok := settingByName[lower]; ok {
		return settingTable[id].name, s.showSetting(id), nil
	}
	if v, ok := s.vars.custom[lower]; ok {
		return lower, v, nil
	}
	return "", "", pgerr.Newf(pgerr.UndefinedObject, "unrecognized configuration parameter \"%s\"", name)
}

func (s *Session) show(p *Portal, n *ast.Show) error {
	if n.Name == "all" {
		p.cols = textColumns("name", "setting", "description")
		rows := make([][]string, 0, len(settingTable)+len(s.vars.custom))
		for id := range settingTable {
			rows = append(rows, []string{settingTable[id].name, s.showSetting(settingID(id)), settingTable[id].doc})
		}
		for k, v := range s.vars.custom {
			rows = append(rows, []string{k, v, ""})
		}
		sort.SliceStable(rows, func(i, j int) bool { return strings.ToLower(rows[i][0]) < strings.ToLower(rows[j][0]) })
		p.running = textRows(rows, 3)
		return nil
	}
	name, value, err := s.showOne(n.Name)
	if err != nil {
		return err
	}
	p.cols = textColumns(name)
	p.running = textRows([][]string{{value}}, 1)
	return nil
}

// setVariable is SET. Several values are joined as PostgreSQL's flatten does.
func (s *Session) setVariable(n *ast.SetVariable) error {
	if n.FromCurrent {
		return nil
	}
	if n.Local && s.st == implicit && !s.many {
		s.notice(pgerr.New(pgerr.NoActiveSQLTransaction, "SET LOCAL can only be used in transaction blocks").
			WithSeverity(pgerr.SeverityWarning))
	}
	name := strings.ToLower(n.Name)
	if name == "role" || name == "session_authorization" {
		if err := s.ensureCatalog(false); err != nil {
			return err
		}
	}
	if n.Default {
		if n.Local {
			id, ok := settingByName[name]
			if ok {
				return s.SetSetting(name, s.vars.reset[id], true)
			}
		}
		return s.resetSetting(name)
	}
	values := make([]string, 0, len(n.Values))
	for _, e := range n.Values {
		v, err := setValue(e, name)
		if err != nil {
			return err
		}
		values = append(values, v)
	}
	if name == "seed" {
		return s.setSeed(values)
	}
	if len(values) > 1 && name != "search_path" && name != "datestyle" && name != "temp_tablespaces" && !strings.Contains(name, ".") {
		return pgerr.Newf(pgerr.InvalidParameterValue, "SET %s takes only one argument", name)
	}
	if name == "search_path" || name == "temp_tablespaces" {
		for i, v := range values {
			values[i] = quoteName(v)
		}
	}
	return s.SetSetting(name, strings.Join(values, ", "), n.Local)
}

// setValue is the text of one value of SET.
func setValue(e ast.Expr, name string) (string, error) {
	switch e := e.(type) {
	case *ast.Literal:
		return literalText(e), nil
	case *ast.Cast:
		if l, ok := e.Operand.(*ast.Literal); ok && name == "timezone" {
			d, err := types.Parse(types.IntervalT, -1, literalText(l), nil)
			if err != nil {
				return "", err
			}
			iv := d.Interval()
			return offsetName(iv.Micros / 1e6), nil
		}
	}
	return "", pgerr.Newf(pgerr.SyntaxError, "invalid value for SET %s", name)
}

// offsetName is the POSIX zone that PostgreSQL shows for SET TIME ZONE INTERVAL.
func offsetName(east int64) string {
	sign, posix := "+", "-"
	if east < 0 {
		sign, posix, east = "-", "+", -east
	}
	hm := time.Unix(east, 0).UTC().Format("15:04")
	hm = strings.TrimSuffix(hm, ":00")
	return "<" + sign + hm + ">" + posix + hm
}

func quoteName(v string) string {
	plain := v != ""
	for i := 0; i < len(v); i++ {
		c := v[i]
		plain = plain && (c >= 'a' && c <= 'z' || c == '_' || i > 0 && (c >= '0' && c <= '9' || c == '$'))
	}
	if plain {
		return v
	}
	return `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
}

func (s *Session) setSeed(values []string) error {
	_, err := settingTable[settingByName["seed"]].canonical(strings.Join(values, ","))
	return err
}

func (s *Session) discard(p *Portal, n *ast.Discard) error {
	switch n.Kind {
	case ast.DiscardPlans:
		p.tag.Verb = "DISCARD PLANS"
	case ast.DiscardSequences:
		p.tag.Verb = "DISCARD SEQUENCES"
		s.seqs.forget()
	case ast.DiscardTemp:
		p.tag.Verb = "DISCARD TEMP"
		s.temp.later = s.temp.exists
	default:
		p.tag.Verb = "DISCARD ALL"
		if err := s.refuseInBlock("DISCARD ALL"); err != nil {
			return err
		}
		for _, q := range s.portals {
			s.closePortal(q)
		}
		s.resetAuthorization()
		s.resetAll()
		clear(s.stmts)
		s.notes.unlisten("", len(s.saves))
		s.srv.Store.ReleaseSession(uint64(s.be.PID))
		s.seqs.forget()
		s.temp.later = s.temp.exists
	}
	return nil
}

// prepare is PREPARE name (types) AS statement.
func (s *Session) prepare(p *Portal, n *ast.Prepare) error {
	if n.Name == "" {
		return pgerr.New(pgerr.InvalidSQLStatementName, "invalid statement name: must not be empty")
	}
	if s.stmts[n.Name] != nil {
		return pgerr.Newf(pgerr.DuplicatePreparedStatement, "prepared statement \"%s\" already exists", n.Name)
	}
	if err := s.ensureCatalog(false); err != nil {
		return err
	}
	st := &Statement{name: n.Name, source: p.stmt.parsed.SQL, fromSQL: true, at: s.stmtTime,
		parsed: Parsed{AST: n.Statement, SQL: p.stmt.parsed.SQL, Source: p.stmt.parsed.Source}}
	s.fillCtx(&s.xctx, &s.budget)
	defer s.budget.Close()
	for _, tn := range n.Types {
		t, err := s.srv.Engine.ResolveType(&s.xctx, s.cat, tn)
		if err != nil {
			return err
		}
		st.given = append(st.given, t)
	}
	if kindOf(n.Statement) == kindPlanned {
		if _, err := s.ensurePlan(st); err != nil {
			return err
		}
	}
	return s.addStatement(st)
}

func (s *Session) deallocate(name string) error {
	if name == "" {
		clear(s.stmts)
		return nil
	}
	if s.stmts[name] == nil {
		return pgerr.Newf(pgerr.InvalidSQLStatementName, "prepared statement \"%s\" does not exist", name)
	}
	delete(s.stmts, name)
	return nil
}

// lockTable is LOCK TABLE.
func (s *Session) lockTable(p *Portal, n *ast.LockTable) error {
	if s.st != block {
		return pgerr.New(pgerr.NoActiveSQLTransaction, "LOCK TABLE can only be used in transaction blocks")
	}
	if err := s.ensureCatalog(false); err != nil {
		return err
	}
	s.touched = true
	wait := txn.Block
	if n.Nowait {
		wait = txn.NoWait
	}
	for _, ref := range n.Tables {
		name, ok := ref.(*ast.TableName)
		if !ok {
			return pgerr.NotSupported("LOCK TABLE of a key pattern")
		}
		t, err := s.findTable(name.Name)
		if err != nil {
			return err
		}
		if err := s.mayLock(t, txn.TableMode(n.Mode)); err != nil {
			return err
		}
		if err := s.tx.LockTable(s.ctx, uint64(t.OID), txn.TableMode(n.Mode), wait); err != nil {
			if err == txn.ErrLockNotAvailable {
				return pgerr.Newf(pgerr.LockNotAvailable, "could not obtain lock on relation \"%s\"", t.Name)
			}
			return err
		}
	}
	return nil
}

// mayLock is 42501 unless the user holds one of the privileges that go with a
// lock of that mode.
func (s *Session) mayLock(t *catalog.Table, mode txn.TableMode) error {
	need := acl.Update | acl.Delete | acl.Truncate
	switch mode {
	case txn.AccessShare:
		need = acl.Select
	case txn.RowExclusive:
		need |= acl.Insert
	}
	o := acl.OfTable(t)
	if u := s.actor(s.cat, 0); !u.Superuser() && u.Mask(&o, need) == 0 {
		return o.Denied()
	}
	return nil
}
