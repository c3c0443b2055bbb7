package ast

import "fmt"

func (p *printer) createTable(t *CreateTable) {
	p.str("CREATE ")
	p.persistence(t.Persistence)
	p.str("TABLE ")
	p.opt(t.IfNotExists, "IF NOT EXISTS ")
	p.objectName(t.Name)
	if t.OfType != nil {
		p.str(" OF ")
		p.simpleType(t.OfType)
	}
	if t.PartitionOf != nil {
		p.str(" PARTITION OF ")
		p.objectName(*t.PartitionOf)
	}
	if len(t.Elements) > 0 || t.OfType == nil && t.PartitionOf == nil {
		p.str(" (")
		for i, e := range t.Elements {
			p.sep(i)
			p.tableElement(e)
		}
		p.str(")")
	}
	if t.Bound != nil {
		p.partitionBound(t.Bound)
	}
	if len(t.Inherits) > 0 {
		p.str(" INHERITS (")
		p.objectNames(t.Inherits)
		p.str(")")
	}
	if s := t.PartitionBy; s != nil {
		p.str(" PARTITION BY ", [...]string{"RANGE ", "LIST ", "HASH "}[s.Strategy])
		p.indexElements(s.Keys)
	}
	p.tableStorage(t.AccessMethod, t.Options, t.OnCommit, t.Tablespace)
}

func (p *printer) tableStorage(method string, options []*Option, onCommit OnCommit, tablespace string) {
	if method != "" {
		p.str(" USING ")
		p.name(method)
	}
	p.withStorage(options)
	p.str([...]string{"", " ON COMMIT PRESERVE ROWS", " ON COMMIT DELETE ROWS", " ON COMMIT DROP"}[onCommit])
	p.tablespace(tablespace)
}

func (p *printer) createTableAs(t *CreateTableAs) {
	p.str("CREATE ")
	p.persistence(t.Persistence)
	p.str("TABLE ")
	p.opt(t.IfNotExists, "IF NOT EXISTS ")
	p.objectName(t.Name)
	p.parenNames(t.Columns)
	p.tableStorage(t.AccessMethod, t.Options, t.OnCommit, t.Tablespace)
	p.str(" AS ")
	p.statement(t.Query)
	p.opt(t.WithNoData, " WITH NO DATA")
}

func (p *printer) tableElement(e TableElement) {
	switch e := e.(type) {
	case *ColumnDef:
		p.columnDef(e)
	case *TableConstraint:
		p.tableConstraint(e)
	case *LikeClause:
		p.str("LIKE ")
		p.objectName(e.Table)
		for _, o := range e.Options {
			if o.Excluding {
				p.str(" EXCLUDING ")
			} else {
				p.str(" INCLUDING ")
			}
			p.str(upperASCII(o.What))
		}
	default:
		panic(fmt.Sprintf("ast: no printed form for %T", e))
	}
}

func (p *printer) columnDef(c *ColumnDef) {
	p.name(c.Name)
	if c.Type != nil {
		p.str(" ")
		p.typeName(c.Type)
	}
	if c.Compression != "" {
		p.str(" COMPRESSION ")
		if c.Compression == "default" {
			p.str("DEFAULT")
		} else {
			p.name(c.Compression)
		}
	}
	p.collation(c.Collation)
	for _, k := range c.Constraints {
		p.columnConstraint(k)
	}
}

func (p *printer) columnConstraint(k *ColumnConstraint) {
	if k.Name != "" {
		p.str(" CONSTRAINT ")
		p.name(k.Name)
	}
	switch k.Kind {
	case ConstraintNull:
		p.str(" NULL")
	case ConstraintNotNull:
		p.str(" NOT NULL")
	case ConstraintDefault:
		p.str(" DEFAULT ")
		p.restricted(k.Expr)
	case ConstraintGenerated:
		p.list(" GENERATED ALWAYS AS (", []Expr{k.Expr}, ") STORED")
	case ConstraintIdentity:
		p.str(" GENERATED ", identityText(k.Identity), " AS IDENTITY")
		p.parenSequenceOptions(k.SequenceOptions)
	case ConstraintCheck:
		p.list(" CHECK (", []Expr{k.Expr}, ")")
	case ConstraintPrimaryKey:
		p.str(" PRIMARY KEY")
		p.indexParameters(k.Index)
	case ConstraintUnique:
		p.str(" UNIQUE")
		p.opt(k.NullsNotDistinct, " NULLS NOT DISTINCT")
		p.indexParameters(k.Index)
	case ConstraintForeignKey:
		p.references(k.References)
	}
	p.timing(k.Timing)
}

func identityText(k IdentityKind) string {
	if k == IdentityByDefault {
		return "BY DEFAULT"
	}
	return "ALWAYS"
}

func (p *printer) indexParameters(x IndexParameters) {
	if len(x.Include) > 0 {
		p.str(" INCLUDE")
		p.parenNames(x.Include)
	}
	p.withStorage(x.Options)
	if x.Tablespace != "" {
		p.str(" USING INDEX")
		p.tablespace(x.Tablespace)
	}
}

func (p *printer) timing(t ConstraintTiming) {
	p.opt(t.Deferrable, " DEFERRABLE")
	p.opt(t.NotDeferrable, " NOT DEFERRABLE")
	p.opt(t.InitiallyDeferred, " INITIALLY DEFERRED")
	p.opt(t.InitiallyImmediate, " INITIALLY IMMEDIATE")
	p.opt(t.NoInherit, " NO INHERIT")
	p.opt(t.NotValid, " NOT VALID")
}

func (p *printer) tableConstraint(c *TableConstraint) {
	if c.Name != "" {
		p.str("CONSTRAINT ")
		p.name(c.Name)
		p.str(" ")
	}
	switch c.Kind {
	case ConstraintCheck:
		p.list("CHECK (", []Expr{c.Expr}, ")")
	case ConstraintPrimaryKey:
		p.str("PRIMARY KEY")
	case ConstraintUnique:
		p.str("UNIQUE")
		p.opt(c.NullsNotDistinct, " NULLS NOT DISTINCT")
	case ConstraintForeignKey:
		p.str("FOREIGN KEY")
	case ConstraintExclusion:
		p.exclusion(c)
	}
	p.parenNames(c.Columns)
	if c.Index.UsingIndex != "" {
		p.str(" USING INDEX ")
		p.name(c.Index.UsingIndex)
	}
	p.indexParameters(c.Index)
	if c.References != nil {
		p.references(c.References)
	}
	if c.Where != nil {
		p.list(" WHERE (", []Expr{c.Where}, ")")
	}
	p.timing(c.Timing)
}

func (p *printer) exclusion(c *TableConstraint) {
	p.str("EXCLUDE ")
	if c.ExclusionMethod != "" {
		p.str("USING ")
		p.name(c.ExclusionMethod)
		p.str(" ")
	}
	p.str("(")
	for i, e := range c.Exclusions {
		p.sep(i)
		p.indexElement(e.Element)
		p.str(" WITH ")
		p.operator(e.Op)
	}
	p.str(")")
}

func (p *printer) references(r *References) {
	p.str(" REFERENCES ")
	p.objectName(r.Table)
	p.parenNames(r.Columns)
	p.str([...]string{"", " MATCH FULL", " MATCH PARTIAL"}[r.Match])
	p.referentialAction(" ON DELETE ", r.OnDelete, r.OnDeleteCols)
	p.referentialAction(" ON UPDATE ", r.OnUpdate, r.OnUpdateCols)
}

func (p *printer) referentialAction(event string, a ReferentialAction, columns []string) {
	if a == NoAction {
		return
	}
	p.str(event, [...]string{"", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"}[a])
	p.parenNames(columns)
}

func (p *printer) partitionBound(b *PartitionBound) {
	switch {
	case b.Default:
		p.str(" DEFAULT")
	case b.Modulus > 0:
		p.str(" FOR VALUES WITH (MODULUS ")
		p.int(b.Modulus)
		p.str(", REMAINDER ")
		p.int(b.Remainder)
		p.str(")")
	case b.In != nil:
		p.list(" FOR VALUES IN (", b.In, ")")
	default:
		p.list(" FOR VALUES FROM (", b.From, ")")
		p.list(" TO (", b.To, ")")
	}
}

func (p *printer) createIndex(x *CreateIndex) {
	p.str("CREATE ")
	p.opt(x.Unique, "UNIQUE ")
	p.str("INDEX ")
	p.opt(x.Concurrently, "CONCURRENTLY ")
	p.opt(x.IfNotExists, "IF NOT EXISTS ")
	if x.Name != "" {
		p.strictName(x.Name)
		p.str(" ")
	}
	p.str("ON ")
	p.tableRef(x.Table)
	if x.Method != "" {
		p.str(" USING ")
		p.name(x.Method)
	}
	p.str(" ")
	p.indexElements(x.Elements)
	if len(x.Include) > 0 {
		p.str(" INCLUDE")
		p.parenNames(x.Include)
	}
	p.opt(x.NullsNotDistinct, " NULLS NOT DISTINCT")
	p.withStorage(x.Options)
	p.tablespace(x.Tablespace)
	p.where(x.Where)
}

func (p *printer) indexElements(list []*IndexElement) {
	p.str("(")
	for i, e := range list {
		p.sep(i)
		p.indexElement(e)
	}
	p.str(")")
}

func (p *printer) indexElement(e *IndexElement) {
	if e.Expr == nil {
		p.name(e.Column)
	} else {
		p.list("(", []Expr{e.Expr}, ")")
	}
	p.collation(e.Collation)
	if e.OpClass != nil {
		p.str(" ")
		if e.OpClass.Schema == "" {
			p.strictName(e.OpClass.Name)
		} else {
			p.objectName(*e.OpClass)
		}
		if len(e.OpClassParam) > 0 {
			p.str(" ")
			p.storageOptions(e.OpClassParam)
		}
	}
	p.direction(e.Direction, e.Nulls)
}

func (p *printer) createView(v *CreateView) {
	p.str("CREATE ")
	p.opt(v.OrReplace, "OR REPLACE ")
	p.persistence(v.Persistence)
	p.opt(v.Recursive, "RECURSIVE ")
	p.str("VIEW ")
	p.objectName(v.Name)
	p.parenNames(v.Columns)
	p.withStorage(v.Options)
	if v.Materialize != nil {
		p.str(" MATERIALIZE", [...]string{"", " REFRESH INCREMENTAL", " REFRESH ON DEMAND", " REFRESH FULL"}[v.Materialize.Refresh])
	}
	p.str(" AS ")
	p.query(v.Query)
	p.str([...]string{"", " WITH LOCAL CHECK OPTION", " WITH CASCADED CHECK OPTION"}[v.CheckOption])
}

func (p *printer) createMaterializedView(v *CreateMaterializedView) {
	p.str("CREATE ")
	p.opt(v.Unlogged, "UNLOGGED ")
	p.str("MATERIALIZED VIEW ")
	p.opt(v.IfNotExists, "IF NOT EXISTS ")
	p.objectName(v.Name)
	p.parenNames(v.Columns)
	p.tableStorage(v.AccessMethod, v.Options, OnCommitDefault, v.Tablespace)
	p.str(" AS ")
	p.query(v.Query)
	p.opt(v.WithNoData, " WITH NO DATA")
}

func (p *printer) parenSequenceOptions(list []*SequenceOption) {
	for i, o := range list {
		if i == 0 {
			p.str(" (")
		} else {
			p.str(" ")
		}
		p.sequenceOption(o)
	}
	p.opt(len(list) > 0, ")")
}

var sequenceOptionText = [...]string{
	"AS ", "INCREMENT BY ", "MINVALUE ", "NO MINVALUE", "MAXVALUE ", "NO MAXVALUE", "START WITH ",
	"RESTART", "CACHE ", "CYCLE", "NO CYCLE", "OWNED BY ", "SEQUENCE NAME ", "LOGGED",
}

func (p *printer) sequenceOption(o *SequenceOption) {
	p.str(sequenceOptionText[o.Kind])
	switch o.Kind {
	case SequenceAs:
		p.typeName(o.Type)
	case SequenceRestart:
		if o.Value != "" {
			p.str(" WITH ", o.Value)
		}
	case SequenceOwnedBy:
		p.opt(len(o.OwnedBy) == 0, "NONE")
		p.path(o.OwnedBy)
	case SequenceName:
		p.objectName(*o.Name)
	default:
		p.str(o.Value)
	}
}
