package ast

// walkList walks nodes that are all set.
func walkList[T Node](list []T, f func(Node) bool) {
	for _, n := range list {
		walk(n, f)
	}
}

// walkOptional walks an expression that may be missing.
func walkOptional(e Expr, f func(Node) bool) {
	if e != nil {
		walk(e, f)
	}
}

// walkQuery walks below the nodes that queries and row changes are made of,
// without reflection. It reports false for a node of another kind.
func walkQuery(n Node, f func(Node) bool) bool {
	switch n := n.(type) {
	case *Select:
		walkWith(n.With, f)
		walk(n.Body, f)
		walkList(n.OrderBy, f)
		walkOptional(n.Limit, f)
		walkOptional(n.Offset, f)
		walkList(n.Locking, f)
	case *SelectClause:
		walkSelectClause(n, f)
	case *ValuesClause:
		for _, row := range n.Rows {
			walkList(row, f)
		}
	case *SetOperation:
		walk(n.Left, f)
		walk(n.Right, f)
	case *Target:
		walkOptional(n.Expr, f)
	case *OrderItem:
		walkOptional(n.Expr, f)
	case *With:
		walkList(n.CTEs, f)
	case *Insert:
		walkWith(n.With, f)
		walk(n.Target, f)
		walkList(n.Columns, f)
		if n.Source != nil {
			walk(n.Source, f)
		}
		if n.OnConflict != nil {
			walk(n.OnConflict, f)
		}
		walkList(n.Returning, f)
	case *SetClause:
		walkList(n.Columns, f)
		walkOptional(n.Value, f)
	case *ColumnTarget:
		for _, step := range n.Path {
			if step.Subscript != nil {
				walkSubscript(*step.Subscript, f)
			}
		}
	case *Update:
		walkWith(n.With, f)
		walk(n.Target, f)
		walkList(n.Set, f)
		walkList(n.From, f)
		walkOptional(n.Where, f)
		walkList(n.Returning, f)
	case *Delete:
		walkWith(n.With, f)
		walk(n.Target, f)
		walkList(n.Using, f)
		walkOptional(n.Where, f)
		walkList(n.Returning, f)
	default:
		return walkTableRef(n, f)
	}
	return true
}

func walkWith(w *With, f func(Node) bool) {
	if w != nil {
		walk(w, f)
	}
}

func walkSelectClause(n *SelectClause, f func(Node) bool) {
	walkList(n.DistinctOn, f)
	walkList(n.Targets, f)
	if n.Into != nil {
		walk(n.Into, f)
	}
	walkList(n.From, f)
	walkOptional(n.AsOf, f)
	walkOptional(n.Where, f)
	walkList(n.GroupBy, f)
	walkOptional(n.Having, f)
	walkList(n.Windows, f)
}

func walkAlias(a *Alias, f func(Node) bool) {
	if a != nil {
		walk(a, f)
	}
}

func walkTableRef(n Node, f func(Node) bool) bool {
	switch n := n.(type) {
	case *TableName:
		walkAlias(n.Alias, f)
		if n.Sample != nil {
			walk(n.Sample, f)
		}
	case *KeyPattern:
		walkAlias(n.Alias, f)
		if n.Sample != nil {
			walk(n.Sample, f)
		}
	case *SubqueryRef:
		walk(n.Query, f)
		walkAlias(n.Alias, f)
	case *JoinRef:
		walk(n.Left, f)
		walk(n.Right, f)
		walkOptional(n.On, f)
		walkAlias(n.Alias, f)
	case *Alias:
	default:
		return walkExpr(n, f)
	}
	return true
}

func walkSubscript(s SubscriptItem, f func(Node) bool) {
	walkOptional(s.Index, f)
	walkOptional(s.Low, f)
	walkOptional(s.High, f)
}

func walkExpr(n Node, f func(Node) bool) bool {
	switch n := n.(type) {
	case *Literal, *ColumnRef, *Star, *Param, *ValueFuncCall, *Default:
	case *Unary:
		walk(n.Operand, f)
	case *Binary:
		walk(n.Left, f)
		walk(n.Right, f)
	case *Logical:
		walkList(n.Args, f)
	case *Not:
		walk(n.Operand, f)
	case *FuncCall:
		walkList(n.Args, f)
		walkList(n.OrderBy, f)
		walkOptional(n.Filter, f)
		if n.Over != nil {
			walk(n.Over, f)
		}
	case *Case:
		walkOptional(n.Operand, f)
		walkList(n.Whens, f)
		walkOptional(n.Else, f)
	case *When:
		walk(n.Condition, f)
		walk(n.Result, f)
	case *Cast:
		walk(n.Operand, f)
		walk(n.Type, f)
	case *TypeName:
		walkList(n.Typmods, f)
	case *Row:
		walkList(n.Args, f)
	case *Array:
		walkList(n.Elems, f)
	case *Coalesce:
		walkList(n.Args, f)
	case *Subscript:
		walk(n.Operand, f)
		for _, item := range n.Items {
			walkSubscript(item, f)
		}
	default:
		return walkPredicate(n, f)
	}
	return true
}

func walkPredicate(n Node, f func(Node) bool) bool {
	switch n := n.(type) {
	case *InList:
		walk(n.Operand, f)
		walkList(n.List, f)
	case *InSubquery:
		walk(n.Operand, f)
		walk(n.Query, f)
	case *Between:
		walk(n.Operand, f)
		walk(n.Low, f)
		walk(n.High, f)
	case *Like:
		walk(n.Operand, f)
		walk(n.Pattern, f)
		walkOptional(n.Escape, f)
	case *Is:
		walk(n.Operand, f)
	case *IsDistinct:
		walk(n.Left, f)
		walk(n.Right, f)
	case *Exists:
		walk(n.Query, f)
	case *Subquery:
		walk(n.Query, f)
	default:
		return false
	}
	return true
}
