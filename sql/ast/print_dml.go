package ast

func (p *printer) insert(s *Insert) {
	p.withPrefix(s.With)
	p.str("INSERT INTO ")
	p.tableRef(s.Target)
	if len(s.Columns) > 0 {
		p.str(" (")
		p.columnTargets(s.Columns)
		p.str(")")
	}
	p.overriding(s.Overriding)
	if s.Source == nil {
		p.str(" DEFAULT VALUES")
	} else {
		p.str(" ")
		p.query(s.Source)
	}
	if s.OnConflict != nil {
		p.onConflict(s.OnConflict)
	}
	p.returning(s.Returning)
}

func (p *printer) withPrefix(w *With) {
	if w != nil {
		p.with(w)
		p.str(" ")
	}
}

func (p *printer) overriding(o Overriding) {
	p.str([...]string{"", " OVERRIDING USER VALUE", " OVERRIDING SYSTEM VALUE"}[o])
}

func (p *printer) columnTargets(list []*ColumnTarget) {
	for i, c := range list {
		p.sep(i)
		p.name(c.Name)
		for _, step := range c.Path {
			if step.Subscript != nil {
				p.subscriptItem(*step.Subscript)
			} else {
				p.str(".")
				p.name(step.Field)
			}
		}
	}
}

func (p *printer) onConflict(c *OnConflict) {
	p.str(" ON CONFLICT")
	if len(c.Elements) > 0 {
		p.str(" ")
		p.indexElements(c.Elements)
		p.where(c.IndexWhere)
	}
	if c.Constraint != "" {
		p.str(" ON CONSTRAINT ")
		p.name(c.Constraint)
	}
	if !c.DoUpdate {
		p.str(" DO NOTHING")
		return
	}
	p.str(" DO UPDATE SET ")
	p.setClauses(c.Set)
	p.where(c.UpdateWhere)
}

func (p *printer) setClauses(list []*SetClause) {
	for i, s := range list {
		p.sep(i)
		p.opt(s.Multi, "(")
		p.columnTargets(s.Columns)
		p.opt(s.Multi, ")")
		p.str(" = ")
		p.expr(s.Value)
	}
}

func (p *printer) update(s *Update) {
	p.withPrefix(s.With)
	p.str("UPDATE ")
	p.tableRef(s.Target)
	p.str(" SET ")
	p.setClauses(s.Set)
	p.from(" FROM ", s.From)
	p.where(s.Where)
	p.currentOf(s.WhereCurrentOf)
	p.returning(s.Returning)
}

func (p *printer) currentOf(cursor string) {
	if cursor != "" {
		p.str(" WHERE CURRENT OF ")
		p.name(cursor)
	}
}

func (p *printer) delete(s *Delete) {
	p.withPrefix(s.With)
	p.str("DELETE FROM ")
	p.tableRef(s.Target)
	p.from(" USING ", s.Using)
	p.where(s.Where)
	p.currentOf(s.WhereCurrentOf)
	p.returning(s.Returning)
}

func (p *printer) merge(s *Merge) {
	p.withPrefix(s.With)
	p.str("MERGE INTO ")
	p.tableRef(s.Target)
	p.str(" USING ")
	p.tableRef(s.Source)
	p.str(" ON ")
	p.expr(s.On)
	for _, w := range s.Whens {
		p.mergeWhen(w)
	}
}

func (p *printer) mergeWhen(w *MergeWhen) {
	p.str(" WHEN ")
	p.opt(!w.Matched, "NOT ")
	p.str("MATCHED")
	if w.Condition != nil {
		p.str(" AND ")
		p.expr(w.Condition)
	}
	p.str(" THEN ")
	switch w.Action {
	case MergeDoNothing:
		p.str("DO NOTHING")
	case MergeUpdate:
		p.str("UPDATE SET ")
		p.setClauses(w.Set)
	case MergeDelete:
		p.str("DELETE")
	case MergeInsert:
		p.str("INSERT")
		if w.Values == nil {
			p.str(" DEFAULT VALUES")
			return
		}
		if len(w.Columns) > 0 {
			p.str(" (")
			p.columnTargets(w.Columns)
			p.str(")")
		}
		p.overriding(w.Overriding)
		p.list(" VALUES (", w.Values, ")")
	}
}
