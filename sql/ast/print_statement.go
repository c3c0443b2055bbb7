package ast

import "fmt"

func (p *printer) statement(s Statement) {
	switch s := s.(type) {
	case *Select:
		p.query(s)
	case *Insert:
		p.insert(s)
	case *Update:
		p.update(s)
	case *Delete:
		p.delete(s)
	case *Merge:
		p.merge(s)
	case *CreateTable, *CreateTableAs, *CreateIndex, *CreateView, *CreateMaterializedView,
		*RefreshMaterializedView, *CreateSequence, *AlterSequence:
		p.relationStatement(s)
	case *AlterTable, *AlterObject, *AlterEnum, *AlterComposite, *AlterDomain, *AlterFunction,
		*AlterDatabase, *AlterRole, *AlterRoleSet, *AlterDefaultPrivileges:
		p.alterStatement(s)
	case *CreateEnum, *CreateComposite, *CreateRange, *CreateShellType, *CreateDomain, *CreateFunction,
		*CreateSchema, *CreateDatabase, *CreateExtension, *CreateCollation, *CreateRole:
		p.createStatement(s)
	case *Drop, *DropRole, *DropOwned, *ReassignOwned, *Truncate, *Comment, *Grant, *GrantRole:
		p.objectStatement(s)
	case *Begin, *Commit, *Rollback, *Savepoint, *ReleaseSavepoint, *RollbackTo, *PrepareTransaction,
		*CommitPrepared, *RollbackPrepared:
		p.transactionStatement(s)
	case *SetVariable, *SetTransaction, *SetConstraints, *Show, *Reset, *Discard, *Prepare, *Execute,
		*Deallocate, *DeclareCursor, *Fetch, *CloseCursor, *Listen, *Notify, *Unlisten:
		p.sessionStatement(s)
	default:
		p.utilityStatement(s)
	}
}

func (p *printer) relationStatement(s Statement) {
	switch s := s.(type) {
	case *CreateTable:
		p.createTable(s)
	case *CreateTableAs:
		p.createTableAs(s)
	case *CreateIndex:
		p.createIndex(s)
	case *CreateView:
		p.createView(s)
	case *CreateMaterializedView:
		p.createMaterializedView(s)
	case *RefreshMaterializedView:
		p.str("REFRESH MATERIALIZED VIEW ")
		p.opt(s.Concurrently, "CONCURRENTLY ")
		p.objectName(s.Name)
		p.opt(s.WithNoData, " WITH NO DATA")
	case *CreateSequence:
		p.str("CREATE ")
		p.persistence(s.Persistence)
		p.str("SEQUENCE ")
		p.opt(s.IfNotExists, "IF NOT EXISTS ")
		p.objectName(s.Name)
		for _, o := range s.Options {
			p.str(" ")
			p.sequenceOption(o)
		}
	case *AlterSequence:
		p.str("ALTER SEQUENCE ")
		p.opt(s.IfExists, "IF EXISTS ")
		p.objectName(s.Name)
		for _, o := range s.Options {
			p.str(" ")
			p.sequenceOption(o)
		}
	}
}

func (p *printer) transactionStatement(s Statement) {
	switch s := s.(type) {
	case *Begin:
		if s.Start {
			p.str("START TRANSACTION")
		} else {
			p.str("BEGIN")
		}
		p.transactionModes(s.Modes)
	case *Commit:
		p.str("COMMIT")
		p.chain(s.Chain)
	case *Rollback:
		p.str("ROLLBACK")
		p.chain(s.Chain)
	case *Savepoint:
		p.str("SAVEPOINT ")
		p.name(s.Name)
	case *ReleaseSavepoint:
		p.str("RELEASE SAVEPOINT ")
		p.name(s.Name)
	case *RollbackTo:
		p.str("ROLLBACK TO SAVEPOINT ")
		p.name(s.Name)
	case *PrepareTransaction:
		p.str("PREPARE TRANSACTION ", QuoteString(s.GID))
	case *CommitPrepared:
		p.str("COMMIT PREPARED ", QuoteString(s.GID))
	case *RollbackPrepared:
		p.str("ROLLBACK PREPARED ", QuoteString(s.GID))
	}
}

func (p *printer) chain(t Toggle) {
	p.str([...]string{"", " AND CHAIN", " AND NO CHAIN"}[t])
}

func (p *printer) transactionModes(m TransactionModes) {
	space := " "
	mode := func(s string) {
		p.str(space, s)
		space = ", "
	}
	if m.Distributed {
		mode("DISTRIBUTED")
	}
	if m.Optimistic != Unset {
		mode([...]string{"", "OPTIMISTIC", "PESSIMISTIC"}[m.Optimistic])
	}
	if m.Isolation != IsolationDefault {
		mode("ISOLATION LEVEL " + upperASCII(m.Isolation.String()))
	}
	if m.ReadOnly != Unset {
		mode([...]string{"", "READ ONLY", "READ WRITE"}[m.ReadOnly])
	}
	if m.Deferrable != Unset {
		mode([...]string{"", "DEFERRABLE", "NOT DEFERRABLE"}[m.Deferrable])
	}
	if m.AsOf != nil {
		mode("AS OF SYSTEM TIME ")
		p.expr(m.AsOf)
	}
}

func (p *printer) sessionStatement(s Statement) {
	switch s := s.(type) {
	case *SetVariable:
		p.str("SET ")
		p.opt(s.Local, "LOCAL ")
		p.setVariable(s)
	case *SetTransaction:
		p.str("SET ")
		p.opt(s.Session, "SESSION CHARACTERISTICS AS ")
		p.str("TRANSACTION")
		if s.Snapshot != "" {
			p.str(" SNAPSHOT ", QuoteString(s.Snapshot))
		}
		p.transactionModes(s.Modes)
	case *SetConstraints:
		p.str("SET CONSTRAINTS ")
		p.opt(len(s.Names) == 0, "ALL")
		p.objectNames(s.Names)
		if s.Deferred {
			p.str(" DEFERRED")
		} else {
			p.str(" IMMEDIATE")
		}
	case *Show:
		p.str("SHOW ")
		p.setting(s.Name)
	case *Reset:
		p.str("RESET ")
		p.setting(s.Name)
	case *Discard:
		p.str("DISCARD ", [...]string{"ALL", "PLANS", "SEQUENCES", "TEMPORARY"}[s.Kind])
	case *Prepare:
		p.str("PREPARE ")
		p.strictName(s.Name)
		for i, t := range s.Types {
			if i == 0 {
				p.str(" (")
			}
			p.sep(i)
			p.typeName(t)
		}
		p.opt(len(s.Types) > 0, ")")
		p.str(" AS ")
		p.statement(s.Statement)
	case *Execute:
		p.str("EXECUTE ")
		p.name(s.Name)
		if len(s.Args) > 0 {
			p.list("(", s.Args, ")")
		}
	case *Deallocate:
		p.str("DEALLOCATE ")
		p.nameOr(s.Name, "ALL")
	default:
		p.cursorStatement(s)
	}
}

// nameOr writes name, or word if it is empty.
func (p *printer) nameOr(name, word string) {
	if name == "" {
		p.str(word)
		return
	}
	p.strictName(name)
}

func (p *printer) cursorStatement(s Statement) {
	switch s := s.(type) {
	case *DeclareCursor:
		p.str("DECLARE ")
		p.name(s.Name)
		p.opt(s.Binary, " BINARY")
		p.str([...]string{"", " INSENSITIVE", " ASENSITIVE"}[s.Sensitivity])
		p.str([...]string{"", " SCROLL", " NO SCROLL"}[s.Scroll])
		p.str(" CURSOR")
		p.opt(s.Hold, " WITH HOLD")
		p.opt(s.WithoutHold, " WITHOUT HOLD")
		p.str(" FOR ")
		p.query(s.Query)
	case *Fetch:
		if s.Move {
			p.str("MOVE ")
		} else {
			p.str("FETCH ")
		}
		p.str([...]string{"FORWARD ", "BACKWARD ", "ABSOLUTE ", "RELATIVE "}[s.Direction])
		if s.All {
			p.str("ALL")
		} else {
			p.int(int(s.Count))
		}
		p.str(" FROM ")
		p.name(s.Cursor)
	case *CloseCursor:
		p.str("CLOSE ")
		p.nameOr(s.Name, "ALL")
	case *Listen:
		p.str("LISTEN ")
		p.name(s.Channel)
	case *Notify:
		p.str("NOTIFY ")
		p.name(s.Channel)
		if s.Payload != "" {
			p.str(", ", QuoteString(s.Payload))
		}
	case *Unlisten:
		p.str("UNLISTEN ")
		p.nameOr(s.Channel, "*")
	}
}

// setting writes the name of a run-time setting; ALL is no name.
func (p *printer) setting(name string) {
	if name == "all" {
		p.str("ALL")
		return
	}
	p.settingName(name)
}

func (p *printer) settingName(name string) {
	start := 0
	for i := 0; i <= len(name); i++ {
		if i == len(name) || name[i] == '.' {
			p.opt(start > 0, ".")
			p.strictName(name[start:i])
			start = i + 1
		}
	}
}

// setVariable writes name = values.
func (p *printer) setVariable(s *SetVariable) {
	if s.FromCurrent {
		p.settingName(s.Name)
		p.str(" FROM CURRENT")
		return
	}
	if len(s.Values) == 1 {
		if c, ok := s.Values[0].(*Cast); ok {
			p.str("TIME ZONE ")
			p.cast(c)
			return
		}
	}
	p.settingName(s.Name)
	if s.Default {
		p.str(" TO DEFAULT")
		return
	}
	p.str(" TO ")
	p.exprs(s.Values)
}

func (p *printer) utilityStatement(s Statement) {
	switch s := s.(type) {
	case *Explain:
		p.str("EXPLAIN ")
		if len(s.Options) > 0 {
			p.wordOptions(s.Options)
			p.str(" ")
		}
		p.statement(s.Statement)
	case *Copy:
		p.copy(s)
	case *LockTable:
		p.str("LOCK TABLE ")
		p.from("", s.Tables)
		p.str(" IN ", s.Mode.String(), " MODE")
		p.opt(s.Nowait, " NOWAIT")
	case *Vacuum:
		p.maintenance("VACUUM", s.Options, s.Targets)
	case *Analyze:
		p.maintenance("ANALYZE", s.Options, s.Targets)
	case *Checkpoint:
		p.str("CHECKPOINT")
	case *Reindex:
		p.maintenance("REINDEX", s.Options, nil)
		p.str(" ", [...]string{"INDEX", "TABLE", "SCHEMA", "SYSTEM", "DATABASE"}[s.Kind], " ")
		p.opt(s.Concurrently, "CONCURRENTLY ")
		p.objectName(s.Name)
	case *Cluster:
		p.maintenance("CLUSTER", s.Options, nil)
		if s.Table != nil {
			p.str(" ")
			p.objectName(*s.Table)
		}
		if s.Index != "" {
			p.str(" USING ")
			p.name(s.Index)
		}
	case *Do:
		p.str("DO ")
		if s.Language != "" {
			p.str("LANGUAGE ")
			p.name(s.Language)
			p.str(" ")
		}
		p.str(QuoteString(s.Code))
	case *Call:
		p.str("CALL ")
		p.funcCall(s.Call)
	case *Return:
		p.str("RETURN ")
		p.expr(s.Expr)
	case *Subscribe:
		p.subscribe(s)
	default:
		panic(fmt.Sprintf("ast: no printed form for %T", s))
	}
}

func (p *printer) maintenance(verb string, options []*Option, targets []*VacuumTarget) {
	p.str(verb)
	if len(options) > 0 {
		p.str(" ")
		p.wordOptions(options)
	}
	for i, t := range targets {
		p.opt(i == 0, " ")
		p.sep(i)
		p.tableRef(t.Table)
		p.parenNames(t.Columns)
	}
}

func (p *printer) copy(s *Copy) {
	p.str("COPY ")
	if s.Query != nil {
		p.str("(")
		p.statement(s.Query)
		p.str(")")
	} else {
		p.tableRef(s.Table)
		p.parenNames(s.Columns)
	}
	if s.From {
		p.str(" FROM ")
	} else {
		p.str(" TO ")
	}
	p.opt(s.Program, "PROGRAM ")
	switch {
	case !s.Stdio:
		p.str(QuoteString(s.File))
	case s.From:
		p.str("STDIN")
	default:
		p.str("STDOUT")
	}
	if len(s.Options) > 0 {
		p.str(" WITH ")
		p.wordOptions(s.Options)
	}
	p.where(s.Where)
}

func (p *printer) subscribe(s *Subscribe) {
	p.str("SUBSCRIBE TO ")
	if s.Query != nil {
		p.parenQuery(s.Query)
	} else {
		p.tableRef(s.Relation)
	}
	p.asOf(s.AsOf)
	if len(s.Options) > 0 {
		p.str(" WITH ")
		p.wordOptions(s.Options)
	}
}
