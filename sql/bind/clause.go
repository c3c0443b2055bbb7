package bind

// clause is the place in a statement that an expression stands in.
type clause uint8

const (
	inNothing clause = iota
	inSelect
	inWhere
	inJoin
	inFunction // function in FROM
	inGroupBy
	inHaving
	inOrderBy
	inDistinctOn
	inLimit
	inOffset
	inReturning
	inValues
	inInsert // VALUES of an INSERT
	inSet    // UPDATE … SET
	inWindowPartition
	inWindowOrder
	inWindowFrame
	inFilter
	inCheck
	inDefault
	inIndexExpr
	inIndexPred
	inGenerated
	inExecute
	inCall
	inConflict
	inAsOf
)

// clauseText is how PostgreSQL names each place in its messages (ParseExprKindName).
var clauseText = [...]string{
	inNothing:         "this context",
	inSelect:          "SELECT",
	inWhere:           "WHERE",
	inJoin:            "JOIN/ON",
	inFunction:        "function in FROM",
	inGroupBy:         "GROUP BY",
	inHaving:          "HAVING",
	inOrderBy:         "ORDER BY",
	inDistinctOn:      "DISTINCT ON",
	inLimit:           "LIMIT",
	inOffset:          "OFFSET",
	inReturning:       "RETURNING",
	inValues:          "VALUES",
	inInsert:          "VALUES",
	inSet:             "UPDATE",
	inWindowPartition: "window PARTITION BY",
	inWindowOrder:     "window ORDER BY",
	inWindowFrame:     "window ROWS",
	inFilter:          "FILTER",
	inCheck:           "CHECK",
	inDefault:         "DEFAULT",
	inIndexExpr:       "index expression",
	inIndexPred:       "index predicate",
	inGenerated:       "GENERATED AS",
	inExecute:         "EXECUTE",
	inCall:            "CALL",
	inConflict:        "ON CONFLICT",
	inAsOf:            "AS OF SYSTEM TIME",
}

// aggregates tells whether aggregate calls may stand in a clause.
func (c clause) aggregates() bool {
	return c == inSelect || c == inHaving || c == inOrderBy || c == inDistinctOn ||
		c == inWindowPartition || c == inWindowOrder
}

// windows tells whether window calls may stand in a clause.
func (c clause) windows() bool { return c == inSelect || c == inOrderBy || c == inDistinctOn }

// sets tells whether set-returning calls may stand in a clause.
func (c clause) sets() bool {
	return c == inSelect || c == inOrderBy || c == inDistinctOn || c == inGroupBy
}

// badAggregate words the refusal of an aggregate (check_agglevels_and_constraints).
func (c clause) badAggregate() string {
	switch c {
	case inJoin:
		return "aggregate functions are not allowed in JOIN conditions"
	case inFunction:
		return "aggregate functions are not allowed in functions in FROM"
	case inCheck:
		return "aggregate functions are not allowed in check constraints"
	case inDefault:
		return "aggregate functions are not allowed in DEFAULT expressions"
	case inIndexExpr:
		return "aggregate functions are not allowed in index expressions"
	case inIndexPred:
		return "aggregate functions are not allowed in index predicates"
	case inGenerated:
		return "aggregate functions are not allowed in column generation expressions"
	case inExecute:
		return "aggregate functions are not allowed in EXECUTE parameters"
	case inCall:
		return "aggregate functions are not allowed in CALL arguments"
	case inWindowFrame:
		return "aggregate functions are not allowed in window ROWS"
	}
	return "aggregate functions are not allowed in " + clauseText[c]
}

// badWindow words the refusal of a window call (transformWindowFuncCall).
func (c clause) badWindow() string {
	switch c {
	case inJoin:
		return "window functions are not allowed in JOIN conditions"
	case inFunction:
		return "window functions are not allowed in functions in FROM"
	case inCheck:
		return "window functions are not allowed in check constraints"
	case inDefault:
		return "window functions are not allowed in DEFAULT expressions"
	case inIndexExpr:
		return "window functions are not allowed in index expressions"
	case inIndexPred:
		return "window functions are not allowed in index predicates"
	case inGenerated:
		return "window functions are not allowed in column generation expressions"
	case inExecute:
		return "window functions are not allowed in EXECUTE parameters"
	case inCall:
		return "window functions are not allowed in CALL arguments"
	case inWindowPartition, inWindowOrder, inWindowFrame:
		return "window functions are not allowed in window definitions"
	}
	return "window functions are not allowed in " + clauseText[c]
}

// badSet words the refusal of a set-returning call (check_srf_call_placement).
func (c clause) badSet() string {
	switch c {
	case inJoin:
		return "set-returning functions are not allowed in JOIN conditions"
	case inFunction:
		return "set-returning functions must appear at top level of FROM"
	case inWindowPartition, inWindowOrder, inWindowFrame:
		return "set-returning functions are not allowed in window definitions"
	case inCheck:
		return "set-returning functions are not allowed in check constraints"
	case inDefault:
		return "set-returning functions are not allowed in DEFAULT expressions"
	case inIndexExpr:
		return "set-returning functions are not allowed in index expressions"
	case inIndexPred:
		return "set-returning functions are not allowed in index predicates"
	case inGenerated:
		return "set-returning functions are not allowed in column generation expressions"
	case inExecute:
		return "set-returning functions are not allowed in EXECUTE parameters"
	case inCall:
		return "set-returning functions are not allowed in CALL arguments"
	}
	return "set-returning functions are not allowed in " + clauseText[c]
}

// badSubquery words the refusal of a subquery; "" where one may stand.
func (c clause) badSubquery() string {
	switch c {
	case inCheck:
		return "cannot use subquery in check constraint"
	case inDefault:
		return "cannot use subquery in DEFAULT expression"
	case inIndexExpr:
		return "cannot use subquery in index expression"
	case inIndexPred:
		return "cannot use subquery in index predicate"
	case inGenerated:
		return "cannot use subquery in column generation expression"
	case inExecute:
		return "cannot use subquery in EXECUTE parameter"
	}
	return ""
}
