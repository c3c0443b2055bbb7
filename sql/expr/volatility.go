package expr

import "github.com/ferritedb/ferrite/sql/types"

// IsConst tells that e reads no column, parameter or subquery and calls
// immutable functions only.
func IsConst(e Expr) bool {
	ok := true
	Walk(e, func(e Expr) bool {
		switch e.(type) {
		case *Col, *Param, *Subquery:
			ok = false
		}
		return ok
	})
	return ok && Volatility(e) == 'i'
}

// Volatility is the worst of the functions in e: i immutable, s stable, v
// volatile. Subqueries count as stable.
func Volatility(e Expr) byte {
	worst := byte('i')
	note := func(v byte) {
		if v == 'v' || v == 's' && worst == 'i' {
			worst = v
		}
	}
	Walk(e, func(e Expr) bool {
		switch e := e.(type) {
		case *Func:
			note(e.Def.Volatility)
		case *AnyAll:
			note(e.Op.Volatility)
		case *Cast:
			note(castVolatility(e.Arg.Type(), e.T))
		case *Subquery:
			note('s')
		}
		return worst != 'v'
	})
	return worst
}

// castVolatility: conversions that depend on settings (time zone, DateStyle,
// names of objects) are stable.
func castVolatility(from, to *types.T) byte {
	if settingsMatter(from.Underlying()) != settingsMatter(to.Underlying()) || from.IsReg() != to.IsReg() && !from.IsInteger() && !to.IsInteger() {
		if from.OID == types.Unknown.OID && !to.IsReg() && !settingsMatter(to) {
			return 'i'
		}
		return 's'
	}
	if from.OID == types.Timestamptz.OID || to.OID == types.Timestamptz.OID {
		if !from.Is(to) {
			return 's'
		}
	}
	return 'i'
}

func settingsMatter(t *types.T) bool {
	if t.IsArray() {
		return settingsMatter(t.Elem)
	}
	switch t.OID {
	case types.Timestamptz.OID, types.Timestamp.OID, types.Date.OID, types.IntervalT.OID, types.Timetz.OID, types.Time.OID:
		return true
	}
	return false
}
