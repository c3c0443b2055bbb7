package parse

import "github.com/ferritedb/ferrite/sql/ast"

// alter parses ALTER ….
func (p *parser) alter() ast.Statement {
	at := p.here()
	p.advance()
	switch k := p.tok.keyword; k {
	case ast.KwTable:
		p.advance()
		return p.alterTable(at, ast.ObjectTable)
	case ast.KwIndex:
		p.advance()
		return p.alterTable(at, ast.ObjectIndex)
	case ast.KwView:
		p.advance()
		return p.alterTable(at, ast.ObjectView)
	case ast.KwMaterialized:
		p.advance()
		p.expectKeyword(ast.KwView)
		return p.alterTable(at, ast.ObjectMaterializedView)
	case ast.KwSequence:
		p.advance()
		return p.alterSequence(at)
	case ast.KwType:
		p.advance()
		return p.alterType(at, p.objectName())
	case ast.KwDomain:
		p.advance()
		return p.alterDomain(at, p.objectName())
	case ast.KwDatabase:
		p.advance()
		return p.alterDatabase(at)
	case ast.KwRole, ast.KwUser, ast.KwGroup:
		return p.alterRole(at)
	case ast.KwSchema:
		p.advance()
		return p.alterObject(at, ast.ObjectSchema, p.objectName())
	case ast.KwCollation:
		p.advance()
		name := p.objectName()
		if p.is(ast.KwRefresh) {
			p.failUnsupported("ALTER COLLATION REFRESH VERSION")
		}
		return p.alterObject(at, ast.ObjectCollation, name)
	case ast.KwFunction, ast.KwProcedure, ast.KwRoutine, ast.KwAggregate:
		kind := routineKinds[k]
		p.advance()
		return p.alterFunction(at, kind)
	case ast.KwDefault:
		p.advance()
		p.expectKeyword(ast.KwPrivileges)
		return p.alterDefaultPrivileges(at)
	case ast.KwSystem:
		p.failUnsupported("ALTER SYSTEM")
	case ast.KwExtension:
		p.failUnsupported("ALTER EXTENSION")
	case ast.KwLarge:
		p.failUnsupported("ALTER LARGE OBJECT")
	}
	if what, ok := unsupportedObjects[p.tok.keyword]; ok {
		p.failUnsupported("ALTER " + what)
	}
	p.fail()
	return nil
}

var routineKinds = map[ast.Keyword]ast.ObjectKind{
	ast.KwFunction: ast.ObjectFunction, ast.KwProcedure: ast.ObjectProcedure,
	ast.KwRoutine: ast.ObjectRoutine, ast.KwAggregate: ast.ObjectAggregate,
}

// alterObject parses RENAME TO, SET SCHEMA or OWNER TO.
func (p *parser) alterObject(at ast.At, kind ast.ObjectKind, name ast.ObjectName) ast.Statement {
	a := &ast.AlterObject{At: at, Kind: kind, Name: name}
	p.alterObjectAction(a)
	return a
}

func (p *parser) alterObjectFunction(at ast.At, kind ast.ObjectKind, s *ast.FunctionSignature) ast.Statement {
	a := &ast.AlterObject{At: at, Kind: kind, Name: s.Name, Function: s}
	p.alterObjectAction(a)
	return a
}

func (p *parser) alterObjectAction(a *ast.AlterObject) {
	switch {
	case p.acceptKeyword(ast.KwRename):
		p.expectKeyword(ast.KwTo)
		a.Action, a.NewName = ast.AlterObjectRename, p.name()
	case p.acceptKeywords(ast.KwSet, ast.KwSchema):
		if a.Kind == ast.ObjectSchema || a.Kind == ast.ObjectDatabase || a.Kind == ast.ObjectRole {
			p.fail()
		}
		a.Action, a.NewName = ast.AlterObjectSetSchema, p.name()
	default:
		p.expectKeyword(ast.KwOwner, ast.KwTo)
		r := p.role()
		a.Action, a.Owner = ast.AlterObjectOwner, &r
	}
}

// alterSequence parses options, or an action that relations share.
func (p *parser) alterSequence(at ast.At) ast.Statement {
	ifExists := p.ifExists()
	name := p.objectName()
	if p.atSequenceOption() {
		return &ast.AlterSequence{At: at, IfExists: ifExists, Name: name, Options: p.sequenceOptions()}
	}
	t := &ast.AlterTable{At: at, Kind: ast.ObjectSequence, IfExists: ifExists}
	t.Table = &ast.TableName{At: name.At, Name: name}
	p.alterActions(t)
	return t
}

func (p *parser) alterTable(at ast.At, kind ast.ObjectKind) ast.Statement {
	if p.is(ast.KwAll) {
		p.failUnsupported("ALTER " + kind.String() + " ALL IN TABLESPACE")
	}
	t := &ast.AlterTable{At: at, Kind: kind, IfExists: p.ifExists()}
	t.Table = p.relation()
	p.alterActions(t)
	return t
}

// alterActions parses action, …; RENAME and SET SCHEMA stand alone.
func (p *parser) alterActions(t *ast.AlterTable) {
	a := &ast.AlterAction{At: p.here()}
	switch {
	case p.is(ast.KwRename):
		p.renameAction(a)
	case p.acceptKeywords(ast.KwSet, ast.KwSchema):
		a.Kind, a.NewName = ast.SetSchema, p.name()
	case p.acceptKeywords(ast.KwAttach, ast.KwPartition):
		n := p.objectName()
		a.Kind, a.Object = ast.AttachPartition, &n
		if t.Kind != ast.ObjectIndex {
			a.Bound = p.partitionBound()
		}
	case p.acceptKeywords(ast.KwDetach, ast.KwPartition):
		n := p.objectName()
		a.Kind, a.Object = ast.DetachPartition, &n
		if p.is(ast.KwConcurrently) || p.is(ast.KwFinalize) {
			a.Word = p.tok.text
			p.advance()
		}
	default:
		t.Actions = append(t.Actions, p.alterAction())
		for p.accept(',') {
			t.Actions = append(t.Actions, p.alterAction())
		}
		return
	}
	t.Actions = []*ast.AlterAction{a}
}

func (p *parser) renameAction(a *ast.AlterAction) {
	p.advance()
	switch {
	case p.acceptKeyword(ast.KwTo):
		a.Kind, a.NewName = ast.RenameTo, p.name()
		return
	case p.acceptKeyword(ast.KwConstraint):
		a.Kind = ast.RenameConstraint
	default:
		p.acceptKeyword(ast.KwColumn)
		a.Kind = ast.RenameColumn
	}
	a.Name = p.name()
	p.expectKeyword(ast.KwTo)
	a.NewName = p.name()
}

// alterAction parses one action that may stand in a list.
func (p *parser) alterAction() *ast.AlterAction {
	a := &ast.AlterAction{At: p.here()}
	switch {
	case p.acceptKeyword(ast.KwAdd):
		p.addAction(a)
	case p.acceptKeyword(ast.KwDrop):
		p.dropAction(a)
	case p.acceptKeyword(ast.KwAlter):
		p.alterColumnOrConstraint(a)
	case p.acceptKeywords(ast.KwValidate, ast.KwConstraint):
		a.Kind, a.Name = ast.ValidateConstraint, p.name()
	case p.acceptKeyword(ast.KwSet):
		p.setAction(a)
	case p.acceptKeyword(ast.KwReset):
		a.Kind, a.Options = ast.ResetOptions, p.storageOptions()
	case p.acceptKeywords(ast.KwOwner, ast.KwTo):
		r := p.role()
		a.Kind, a.Owner = ast.OwnerTo, &r
	case p.acceptKeywords(ast.KwCluster, ast.KwOn):
		a.Kind, a.Name = ast.ClusterOn, p.name()
	case p.is(ast.KwEnable) || p.is(ast.KwDisable):
		p.enableAction(a)
	case p.acceptKeyword(ast.KwForce):
		p.expectKeyword(ast.KwRow, ast.KwLevel, ast.KwSecurity)
		a.Kind = ast.ForceRowSecurity
	case p.acceptKeywords(ast.KwNo, ast.KwForce):
		p.expectKeyword(ast.KwRow, ast.KwLevel, ast.KwSecurity)
		a.Kind = ast.NoForceRowSecurity
	case p.acceptKeyword(ast.KwInherit):
		n := p.objectName()
		a.Kind, a.Object = ast.Inherit, &n
	case p.acceptKeywords(ast.KwNo, ast.KwInherit):
		n := p.objectName()
		a.Kind, a.Object = ast.NoInherit, &n
	case p.acceptKeywords(ast.KwReplica, ast.KwIdentity):
		p.replicaIdentity(a)
	default:
		if p.is(ast.KwOf) || p.isThen(ast.KwNot, ast.KwOf) {
			p.failUnsupported("ALTER TABLE OF")
		}
		p.fail()
	}
	return a
}

func (p *parser) addAction(a *ast.AlterAction) {
	if p.atTableConstraint() {
		a.Kind, a.Constraint = ast.AddConstraint, p.tableConstraint()
		return
	}
	p.acceptKeyword(ast.KwColumn)
	a.Kind, a.IfNotExists = ast.AddColumn, p.ifNotExists()
	a.Column = p.columnDef()
}

func (p *parser) dropAction(a *ast.AlterAction) {
	a.Kind = ast.DropColumn
	if p.acceptKeyword(ast.KwConstraint) {
		a.Kind = ast.DropConstraint
	} else {
		p.acceptKeyword(ast.KwColumn)
	}
	a.IfExists = p.ifExists()
	a.Name = p.name()
	a.Behavior = p.dropBehavior()
}

func (p *parser) alterColumnOrConstraint(a *ast.AlterAction) {
	if p.acceptKeyword(ast.KwConstraint) {
		a.Kind, a.Name = ast.AlterConstraint, p.name()
		a.Timing = p.constraintTiming(false)
		return
	}
	p.acceptKeyword(ast.KwColumn)
	if p.tok.kind == tokenInteger {
		p.failUnsupported("ALTER COLUMN by number")
	}
	a.Name = p.name()
	switch {
	case p.acceptKeyword(ast.KwType), p.acceptKeywords(ast.KwSet, ast.KwData, ast.KwType):
		a.Kind, a.Type = ast.AlterColumnType, p.typeName()
		a.Collation = p.optCollation()
		if p.acceptKeyword(ast.KwUsing) {
			a.Using = p.expr()
		}
	case p.acceptKeyword(ast.KwDrop):
		p.dropColumnProperty(a)
	case p.acceptKeyword(ast.KwReset):
		a.Kind, a.Options = ast.ResetColumnOptions, p.storageOptions()
	case p.is(ast.KwRestart) || p.is(ast.KwSet) && (p.peek(1).keyword == ast.KwGenerated || p.setsSequence()):
		p.setIdentity(a)
	case p.acceptKeyword(ast.KwSet):
		p.setColumnProperty(a)
	case p.acceptKeyword(ast.KwAdd):
		p.expectKeyword(ast.KwGenerated)
		a.Kind, a.Identity = ast.AddColumnIdentity, p.identityKind()
		p.expectKeyword(ast.KwAs, ast.KwIdentity)
		if p.accept('(') {
			a.SequenceOptions = p.sequenceOptions()
			p.expect(')')
		}
	default:
		p.fail()
	}
}

// setsSequence reports whether SET is followed by a sequence option.
func (p *parser) setsSequence() bool {
	switch p.peek(1).keyword {
	case ast.KwCache, ast.KwCycle, ast.KwNo, ast.KwIncrement, ast.KwMaxvalue, ast.KwMinvalue,
		ast.KwStart, ast.KwRestart, ast.KwSequence, ast.KwOwned:
		return true
	}
	return false
}

// setIdentity parses SET GENERATED …, SET option and RESTART, repeated.
func (p *parser) setIdentity(a *ast.AlterAction) {
	a.Kind = ast.SetColumnIdentity
	for {
		switch {
		case p.is(ast.KwRestart):
			a.SequenceOptions = append(a.SequenceOptions, p.sequenceOption())
		case p.acceptKeywords(ast.KwSet, ast.KwGenerated):
			a.Identity = p.identityKind()
		case p.is(ast.KwSet):
			p.advance()
			a.SequenceOptions = append(a.SequenceOptions, p.sequenceOption())
		default:
			return
		}
	}
}

func (p *parser) dropColumnProperty(a *ast.AlterAction) {
	switch {
	case p.acceptKeyword(ast.KwDefault):
		a.Kind = ast.DropColumnDefault
	case p.acceptKeywords(ast.KwNot, ast.KwNull):
		a.Kind = ast.DropColumnNotNull
	case p.acceptKeyword(ast.KwExpression):
		a.Kind, a.IfExists = ast.DropColumnExpression, p.ifExists()
	default:
		p.expectKeyword(ast.KwIdentity)
		a.Kind, a.IfExists = ast.DropColumnIdentity, p.ifExists()
	}
}

func (p *parser) setColumnProperty(a *ast.AlterAction) {
	switch {
	case p.acceptKeyword(ast.KwDefault):
		a.Kind, a.Expr = ast.SetColumnDefault, p.expr()
	case p.acceptKeywords(ast.KwNot, ast.KwNull):
		a.Kind = ast.SetColumnNotNull
	case p.acceptKeyword(ast.KwStatistics):
		a.Kind, a.Number = ast.SetColumnStatistics, p.signedInteger()
	case p.acceptKeyword(ast.KwStorage):
		a.Kind, a.NewName = ast.SetColumnStorage, p.name()
	case p.acceptKeyword(ast.KwCompression):
		a.Kind = ast.SetColumnCompression
		if p.acceptKeyword(ast.KwDefault) {
			a.NewName = "default"
		} else {
			a.NewName = p.name()
		}
	default:
		if p.tok.kind != '(' {
			p.fail()
		}
		a.Kind, a.Options = ast.SetColumnOptions, p.storageOptions()
	}
}

// setAction parses what follows SET of a relation.
func (p *parser) setAction(a *ast.AlterAction) {
	switch {
	case p.tok.kind == '(':
		a.Kind, a.Options = ast.SetOptions, p.storageOptions()
	case p.acceptKeyword(ast.KwTablespace):
		a.Kind, a.NewName = ast.SetTablespace, p.name()
	case p.acceptKeywords(ast.KwAccess, ast.KwMethod):
		a.Kind, a.NewName = ast.SetAccessMethod, p.name()
	case p.acceptKeyword(ast.KwLogged):
		a.Kind = ast.SetLogged
	case p.acceptKeyword(ast.KwUnlogged):
		a.Kind = ast.SetUnlogged
	case p.acceptKeywords(ast.KwWithout, ast.KwCluster):
		a.Kind = ast.SetWithoutCluster
	default:
		p.expectKeyword(ast.KwWithout, ast.KwOids)
		a.Kind = ast.SetWithoutOids
	}
}

// enableAction parses ENABLE | DISABLE TRIGGER and ROW LEVEL SECURITY.
func (p *parser) enableAction(a *ast.AlterAction) {
	enable := p.is(ast.KwEnable)
	p.advance()
	if p.acceptKeywords(ast.KwRow, ast.KwLevel, ast.KwSecurity) {
		a.Kind = ast.DisableRowSecurity
		if enable {
			a.Kind = ast.EnableRowSecurity
		}
		return
	}
	if p.is(ast.KwRule) || p.is(ast.KwAlways) || p.is(ast.KwReplica) {
		p.failUnsupported("ENABLE " + upper(p.tok.text))
	}
	p.expectKeyword(ast.KwTrigger)
	a.Kind = ast.DisableTrigger
	if enable {
		a.Kind = ast.EnableTrigger
	}
	if p.is(ast.KwAll) || p.is(ast.KwUser) {
		a.Word = p.tok.text
		p.advance()
		return
	}
	a.Name = p.name()
}

func (p *parser) replicaIdentity(a *ast.AlterAction) {
	a.Kind = ast.ReplicaIdentity
	switch {
	case p.acceptKeyword(ast.KwNothing):
		a.Word = "nothing"
	case p.acceptKeyword(ast.KwFull):
		a.Word = "full"
	case p.acceptKeyword(ast.KwDefault):
		a.Word = "default"
	default:
		p.expectKeyword(ast.KwUsing, ast.KwIndex)
		a.Word, a.Name = "index", p.name()
	}
}
