package engine

import (
	"time"

	"github.com/ferritedb/ferrite/sql/build"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/exec"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgcatalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/sql/write"
	"github.com/ferritedb/ferrite/txn"
)

// pgEpochMicros is 2000-01-01 in microseconds since 1970.
const pgEpochMicros = 946684800 * 1e6

// timestampOf turns a timestamptz into a commit timestamp.
func timestampOf(pgMicros int64) txn.Timestamp {
	return txn.TimestampOf(time.UnixMicro(pgMicros + pgEpochMicros))
}

// running is one execution; it goes back to its plan's idle list at Close.
type running struct {
	e    *Engine
	c    *compiled
	run  exec.Run
	op   exec.Operator
	open bool
	// keep tells that the run state may serve another execution.
	keep bool
	// exprs are bound expressions of tables that foreign key actions write to.
	exprs map[*catalog.Table]*write.TableExprs
}

// Start runs a plan. It locks the plan's tables first; the plan is made anew where
// the catalog changed before that.
func (e *Engine) Start(x *expr.Ctx, tx txn.Txn, cat session.Catalog, p *session.Plan) (session.Running, error) {
	if have := len(x.Params); have < len(p.Params) {
		return nil, pgerr.Newf(pgerr.UndefinedParameter, "there is no parameter $%d", have+1)
	}
	p, err := e.locked(x, tx, cat, p)
	if err != nil {
		return nil, err
	}
	return e.start(x, tx, cat, p.Impl.(*compiled))
}

func (e *Engine) start(x *expr.Ctx, tx txn.Txn, cat session.Catalog, c *compiled) (session.Running, error) {
	if err := c.allow(x, cat); err != nil {
		return nil, err
	}
	return e.startUnchecked(x, tx, cat, c)
}

// startUnchecked starts a plan that needs no privileges: what the engine itself
// asks.
func (e *Engine) startUnchecked(x *expr.Ctx, tx txn.Txn, cat session.Catalog, c *compiled) (session.Running, error) {
	prepared, err := c.prepare()
	if err != nil {
		return nil, err
	}
	r := c.take(e, prepared)
	e.fill(&r.run, x, tx, cat)
	prepared.Bind(&r.run)
	r.open = true
	if err := r.op.Open(&r.run); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// fill sets what a run works with.
func (e *Engine) fill(run *exec.Run, x *expr.Ctx, tx txn.Txn, cat session.Catalog) {
	run.Txn, run.Store, run.Eval, run.Catalog = tx, e.Store, x, cat
	run.Keys, run.KeysChanged = e.Keys, e.KeysChanged
	run.Deferral = nil
	if c, ok := cat.(*txnCatalog); ok {
		run.Deferral = &c.deferrals
	}
	run.Virtual, run.RowIDs, run.TempDir = pgcatalog.Generator{}, e.Catalogs, e.TempDir
	limit := e.StatementBytesMax
	if w, ok := x.Session.(workMemory); ok {
		limit = w.WorkMemBytes()
	}
	if run.Mem == nil {
		run.Mem = exec.NewMemory(limit)
	} else {
		run.Mem.SetLimit(limit)
	}
	run.Mem.Bind(x.Budget)
	run.TempBytesMax = 0
	if w, ok := x.Session.(tempLimited); ok {
		run.TempBytesMax = w.TempFileBytes()
	}
}

// workMemory is a session that says when its statements spill.
type workMemory interface{ WorkMemBytes() int64 }

// tempLimited is a session that bounds the temporary files of its statements; 0:
// no bound.
type tempLimited interface{ TempFileBytes() int64 }

// take gives an idle execution of the plan, or a new one.
func (c *compiled) take(e *Engine, prepared *build.Prepared) *running {
	c.mu.Lock()
	if n := len(c.idle); n > 0 {
		r := c.idle[n-1]
		c.idle = c.idle[:n-1]
		c.mu.Unlock()
		return r
	}
	c.mu.Unlock()
	r := &running{e: e, c: c, op: prepared.New(), keep: true}
	r.run.TableExprs = r.tableExprs
	return r
}

// Next gives the next rows. At their end a SERIALIZABLE transaction that cannot
// commit any more learns of it.
func (r *running) Next() (*chunk.Chunk, error) {
	c, err := r.op.Next(r.run.Eval.Context)
	if c != nil || err != nil {
		return c, err
	}
	if tx, ok := r.run.Txn.(txn.ReadChecker); ok {
		err = write.TxnError(tx.CheckReads(false), "")
	}
	return nil, err
}

// Affected is the number of rows written.
func (r *running) Affected() int64 {
	if a, ok := r.op.(exec.Affected); ok {
		return a.RowsAffected()
	}
	return 0
}

// Close ends the execution.
func (r *running) Close() {
	if !r.open {
		return
	}
	r.open = false
	r.op.Close()
	r.run.Reset()
	r.run.Mem.Bind(nil)
	r.run.Txn, r.run.Eval, r.run.Catalog = nil, nil, nil
	if !r.keep {
		return
	}
	r.c.mu.Lock()
	if len(r.c.idle) < idleOperatorsPerPlan {
		r.c.idle = append(r.c.idle, r)
	}
	r.c.mu.Unlock()
}
