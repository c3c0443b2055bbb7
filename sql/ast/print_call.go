package ast

func (p *printer) funcCall(f *FuncCall) {
	if f.Syntax != SyntaxPlain {
		p.specialCall(f)
		return
	}
	if f.Name.Schema == "" && (f.Name.Name == "rollup" || f.Name.Name == "cube") {
		// Unquoted they would be grouping sets in GROUP BY.
		p.str(quoted(f.Name.Name))
	} else {
		p.objectName(f.Name)
	}
	p.str("(")
	p.opt(f.Star, "*")
	p.opt(f.Distinct, "DISTINCT ")
	p.opt(f.All, "ALL ")
	for i, a := range f.Args {
		p.sep(i)
		p.opt(f.Variadic && i == len(f.Args)-1, "VARIADIC ")
		p.expr(a)
	}
	if len(f.OrderBy) > 0 && !f.WithinGroup {
		p.str(" ")
		p.orderBy(f.OrderBy)
	}
	p.str(")")
	if f.WithinGroup {
		p.str(" WITHIN GROUP (")
		p.orderBy(f.OrderBy)
		p.str(")")
	}
	if f.Filter != nil {
		p.str(" FILTER (WHERE ")
		p.expr(f.Filter)
		p.str(")")
	}
	if f.Over != nil {
		p.str(" OVER ")
		p.windowSpec(f.Over)
	}
}

// specialCall writes a call in the syntax it was written in.
func (p *printer) specialCall(f *FuncCall) {
	a := f.Args
	switch f.Syntax {
	case SyntaxExtract:
		p.str("EXTRACT(")
		p.extractField(a[0])
		p.str(" FROM ")
		p.expr(a[1])
		p.str(")")
	case SyntaxOverlay:
		p.words("OVERLAY(", a, " PLACING ", " FROM ", " FOR ")
	case SyntaxPosition:
		p.str("POSITION(")
		p.restricted(a[1])
		p.str(" IN ")
		p.restricted(a[0])
		p.str(")")
	case SyntaxSubstring:
		p.words("SUBSTRING(", a, " FROM ", " FOR ")
	case SyntaxSubstringSimilar:
		p.words("SUBSTRING(", a, " SIMILAR ", " ESCAPE ")
	case SyntaxTrimBoth:
		p.trim("BOTH", a)
	case SyntaxTrimLeading:
		p.trim("LEADING", a)
	case SyntaxTrimTrailing:
		p.trim("TRAILING", a)
	case SyntaxAtTimeZone:
		p.operand(a[1], precAt)
		p.str(" AT TIME ZONE ")
		p.operand(a[0], precAt+1)
	case SyntaxNormalize:
		p.str("NORMALIZE(")
		p.expr(a[0])
		if len(a) > 1 {
			p.str(", ", a[1].(*Literal).Text)
		}
		p.str(")")
	case SyntaxIsNormalized:
		p.operand(a[0], precIs+1)
		p.str(" IS ")
		if len(a) > 1 {
			p.str(a[1].(*Literal).Text, " ")
		}
		p.str("NORMALIZED")
	case SyntaxOverlaps:
		p.list("(", a[:2], ") OVERLAPS ")
		p.list("(", a[2:], ")")
	case SyntaxCollationFor:
		p.list("COLLATION FOR (", a, ")")
	}
}

// words writes open arg word arg … ).
func (p *printer) words(open string, args []Expr, words ...string) {
	p.str(open)
	for i, a := range args {
		if i > 0 {
			p.str(words[i-1])
		}
		// The words between the arguments are no operators, but SIMILAR and
		// ESCAPE would be taken as such.
		p.operand(a, precBetween+1)
	}
	p.str(")")
}

func (p *printer) trim(side string, args []Expr) {
	p.str("TRIM(", side, " ")
	if len(args) == 2 {
		p.expr(args[1])
		p.str(" ")
		args = args[:1]
	}
	p.list("FROM ", args, ")")
}

// extractField writes a field as a word if it can be one, else as a string.
func (p *printer) extractField(e Expr) {
	l, ok := e.(*Literal)
	if !ok {
		p.expr(e)
		return
	}
	switch LookupKeyword(l.Text) {
	case NoKeyword, KwYear, KwMonth, KwDay, KwHour, KwMinute, KwSecond:
		if isPlainName(l.Text) {
			p.str(l.Text)
			return
		}
	}
	p.str(QuoteString(l.Text))
}

func (p *printer) windowSpec(w *WindowSpec) {
	if w.Name != "" {
		p.name(w.Name)
		return
	}
	p.str("(")
	space := ""
	if w.Base != "" {
		p.strictName(w.Base)
		space = " "
	}
	if len(w.PartitionBy) > 0 {
		p.str(space, "PARTITION BY ")
		p.exprs(w.PartitionBy)
		space = " "
	}
	if len(w.OrderBy) > 0 {
		p.str(space)
		p.orderBy(w.OrderBy)
		space = " "
	}
	if w.Frame != nil {
		p.str(space)
		p.frame(w.Frame)
	}
	p.str(")")
}

func (p *printer) frame(f *Frame) {
	p.str([...]string{"RANGE", "ROWS", "GROUPS"}[f.Mode], " BETWEEN ")
	p.frameBound(f.Start)
	p.str(" AND ")
	p.frameBound(f.End)
	p.str([...]string{"", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES"}[f.Exclude])
}

func (p *printer) frameBound(b FrameBound) {
	if b.Offset != nil {
		// A column may be called unbounded or current.
		min := precLowest
		if _, ok := b.Offset.(*ColumnRef); ok {
			min = precAtom + 1
		}
		p.operand(b.Offset, min)
		p.str(" ")
	}
	p.str([...]string{"UNBOUNDED PRECEDING", "PRECEDING", "CURRENT ROW", "FOLLOWING", "UNBOUNDED FOLLOWING"}[b.Kind])
}
