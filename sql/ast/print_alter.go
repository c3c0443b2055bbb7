package ast

func (p *printer) alterStatement(s Statement) {
	switch s := s.(type) {
	case *AlterTable:
		p.str("ALTER ", s.Kind.String(), " ")
		p.opt(s.IfExists, "IF EXISTS ")
		p.tableRef(s.Table)
		p.str(" ")
		p.alterActions(s.Actions, "COLUMN ")
	case *AlterObject:
		p.str("ALTER ", s.Kind.String(), " ")
		if s.Function != nil {
			p.functionSignature(s.Function)
		} else {
			p.objectName(s.Name)
		}
		switch s.Action {
		case AlterObjectRename:
			p.str(" RENAME TO ")
			p.name(s.NewName)
		case AlterObjectSetSchema:
			p.str(" SET SCHEMA ")
			p.name(s.NewName)
		case AlterObjectOwner:
			p.str(" OWNER TO ")
			p.role(*s.Owner)
		}
	case *AlterEnum:
		p.alterEnum(s)
	case *AlterComposite:
		p.str("ALTER TYPE ")
		p.objectName(s.Name)
		p.str(" ")
		p.alterActions(s.Actions, "ATTRIBUTE ")
	case *AlterDomain:
		p.str("ALTER DOMAIN ")
		p.objectName(s.Name)
		p.str(" ")
		p.alterDomain(s.Action)
	case *AlterFunction:
		p.str("ALTER ", s.Kind.String(), " ")
		p.functionSignature(s.Function)
		p.functionAttributes(s.Actions)
		for _, name := range s.Reset {
			p.str(" RESET ")
			p.setting(name)
		}
	default:
		p.alterRoleStatement(s)
	}
}

func (p *printer) alterRoleStatement(s Statement) {
	switch s := s.(type) {
	case *AlterDatabase:
		p.str("ALTER DATABASE ")
		p.name(s.Name)
		p.databaseOptions(s.Options)
		if s.Set != nil {
			p.str(" ")
			p.statement(s.Set)
		}
	case *AlterRole:
		p.str("ALTER ", roleKindText[s.Kind], " ")
		p.role(s.Name)
		p.roleOptions(s.Options)
	case *AlterRoleSet:
		p.str("ALTER ", roleKindText[s.Kind], " ")
		if s.All {
			p.str("ALL")
		} else {
			p.role(s.Name)
		}
		if s.Database != "" {
			p.str(" IN DATABASE ")
			p.name(s.Database)
		}
		p.str(" ")
		p.statement(s.Set)
	case *AlterDefaultPrivileges:
		p.str("ALTER DEFAULT PRIVILEGES ")
		if len(s.ForRoles) > 0 {
			p.str("FOR ROLE ")
			p.roles(s.ForRoles)
			p.str(" ")
		}
		if len(s.InSchemas) > 0 {
			p.str("IN SCHEMA ")
			p.names(s.InSchemas)
			p.str(" ")
		}
		p.grant(s.Grant)
	}
}

func (p *printer) alterEnum(s *AlterEnum) {
	p.str("ALTER TYPE ")
	p.objectName(s.Name)
	if s.OldLabel != "" {
		p.str(" RENAME VALUE ", QuoteString(s.OldLabel), " TO ", QuoteString(s.Label))
		return
	}
	p.str(" ADD VALUE ")
	p.opt(s.IfNotExists, "IF NOT EXISTS ")
	p.str(QuoteString(s.Label))
	switch {
	case s.Neighbor == "":
	case s.After:
		p.str(" AFTER ", QuoteString(s.Neighbor))
	default:
		p.str(" BEFORE ", QuoteString(s.Neighbor))
	}
}

// alterDomain writes the one action of ALTER DOMAIN.
func (p *printer) alterDomain(a *AlterAction) {
	switch a.Kind {
	case SetColumnDefault:
		p.str("SET DEFAULT ")
		p.expr(a.Expr)
	case DropColumnDefault:
		p.str("DROP DEFAULT")
	case SetColumnNotNull:
		p.str("SET NOT NULL")
	case DropColumnNotNull:
		p.str("DROP NOT NULL")
	default:
		p.alterAction(a, "")
	}
}

// alterActions writes actions; thing is COLUMN or ATTRIBUTE.
func (p *printer) alterActions(list []*AlterAction, thing string) {
	for i, a := range list {
		p.sep(i)
		p.alterAction(a, thing)
	}
}

func (p *printer) alterAction(a *AlterAction, thing string) {
	switch a.Kind {
	case AddColumn:
		p.str("ADD ", thing)
		p.opt(a.IfNotExists, "IF NOT EXISTS ")
		p.columnDef(a.Column)
		p.behavior(a.Behavior)
	case DropColumn:
		p.str("DROP ", thing)
		p.opt(a.IfExists, "IF EXISTS ")
		p.name(a.Name)
		p.behavior(a.Behavior)
	case RenameColumn:
		p.str("RENAME ", thing)
		p.rename(a)
	case AddConstraint:
		p.str("ADD ")
		p.tableConstraint(a.Constraint)
	case AlterConstraint:
		p.str("ALTER CONSTRAINT ")
		p.name(a.Name)
		p.timing(a.Timing)
	case ValidateConstraint:
		p.str("VALIDATE CONSTRAINT ")
		p.name(a.Name)
	case DropConstraint:
		p.str("DROP CONSTRAINT ")
		p.opt(a.IfExists, "IF EXISTS ")
		p.name(a.Name)
		p.behavior(a.Behavior)
	case RenameConstraint:
		p.str("RENAME CONSTRAINT ")
		p.rename(a)
	case AlterColumnType, SetColumnDefault, DropColumnDefault, SetColumnNotNull, DropColumnNotNull,
		DropColumnExpression, AddColumnIdentity, SetColumnIdentity, DropColumnIdentity,
		SetColumnStatistics, SetColumnOptions, ResetColumnOptions, SetColumnStorage, SetColumnCompression:
		p.str("ALTER ", thing)
		p.name(a.Name)
		p.str(" ")
		p.alterColumn(a)
	default:
		p.alterRelation(a)
	}
}

func (p *printer) rename(a *AlterAction) {
	p.name(a.Name)
	p.str(" TO ")
	p.name(a.NewName)
	p.behavior(a.Behavior)
}

// alterColumn writes what follows ALTER COLUMN name.
func (p *printer) alterColumn(a *AlterAction) {
	switch a.Kind {
	case AlterColumnType:
		p.str("TYPE ")
		p.typeName(a.Type)
		p.collation(a.Collation)
		if a.Using != nil {
			p.str(" USING ")
			p.expr(a.Using)
		}
		p.behavior(a.Behavior)
	case SetColumnDefault:
		p.str("SET DEFAULT ")
		p.expr(a.Expr)
	case DropColumnDefault:
		p.str("DROP DEFAULT")
	case SetColumnNotNull:
		p.str("SET NOT NULL")
	case DropColumnNotNull:
		p.str("DROP NOT NULL")
	case DropColumnExpression:
		p.str("DROP EXPRESSION")
		p.opt(a.IfExists, " IF EXISTS")
	case DropColumnIdentity:
		p.str("DROP IDENTITY")
		p.opt(a.IfExists, " IF EXISTS")
	case AddColumnIdentity:
		p.str("ADD GENERATED ", identityText(a.Identity), " AS IDENTITY")
		p.parenSequenceOptions(a.SequenceOptions)
	case SetColumnIdentity:
		space := ""
		if a.Identity != IdentityNone {
			p.str("SET GENERATED ", identityText(a.Identity))
			space = " "
		}
		for _, o := range a.SequenceOptions {
			p.str(space)
			p.opt(o.Kind != SequenceRestart, "SET ")
			p.sequenceOption(o)
			space = " "
		}
	case SetColumnStatistics:
		p.str("SET STATISTICS ")
		p.int(a.Number)
	case SetColumnOptions:
		p.str("SET ")
		p.storageOptions(a.Options)
	case ResetColumnOptions:
		p.str("RESET ")
		p.storageOptions(a.Options)
	case SetColumnStorage:
		p.str("SET STORAGE ")
		p.name(a.NewName)
	case SetColumnCompression:
		p.str("SET COMPRESSION ")
		if a.NewName == "default" {
			p.str("DEFAULT")
		} else {
			p.name(a.NewName)
		}
	}
}

var alterRelationText = map[AlterActionKind]string{
	RenameTo: "RENAME TO ", SetSchema: "SET SCHEMA ", OwnerTo: "OWNER TO ", SetTablespace: "SET TABLESPACE ",
	SetAccessMethod: "SET ACCESS METHOD ", SetLogged: "SET LOGGED", SetUnlogged: "SET UNLOGGED",
	SetOptions: "SET ", ResetOptions: "RESET ", ClusterOn: "CLUSTER ON ", SetWithoutCluster: "SET WITHOUT CLUSTER",
	SetWithoutOids: "SET WITHOUT OIDS", EnableTrigger: "ENABLE TRIGGER ", DisableTrigger: "DISABLE TRIGGER ",
	EnableRowSecurity: "ENABLE ROW LEVEL SECURITY", DisableRowSecurity: "DISABLE ROW LEVEL SECURITY",
	ForceRowSecurity: "FORCE ROW LEVEL SECURITY", NoForceRowSecurity: "NO FORCE ROW LEVEL SECURITY",
	Inherit: "INHERIT ", NoInherit: "NO INHERIT ", AttachPartition: "ATTACH PARTITION ",
	DetachPartition: "DETACH PARTITION ", ReplicaIdentity: "REPLICA IDENTITY ",
}

func (p *printer) alterRelation(a *AlterAction) {
	p.str(alterRelationText[a.Kind])
	switch a.Kind {
	case RenameTo, SetSchema, SetTablespace, SetAccessMethod:
		p.name(a.NewName)
	case OwnerTo:
		p.role(*a.Owner)
	case SetOptions, ResetOptions:
		p.storageOptions(a.Options)
	case ClusterOn:
		p.name(a.Name)
	case EnableTrigger, DisableTrigger:
		p.str(upperASCII(a.Word))
		if a.Name != "" {
			p.name(a.Name)
		}
	case Inherit, NoInherit:
		p.objectName(*a.Object)
	case AttachPartition:
		p.objectName(*a.Object)
		if a.Bound != nil {
			p.partitionBound(a.Bound)
		}
	case DetachPartition:
		p.objectName(*a.Object)
		p.opt(a.Word != "", " ")
		p.str(upperASCII(a.Word))
	case ReplicaIdentity:
		if a.Word == "index" {
			p.str("USING INDEX ")
			p.name(a.Name)
		} else {
			p.str(upperASCII(a.Word))
		}
	}
}
