package types

import (
	"strconv"
	"strings"
)

// CastContext says where a cast may be applied by itself.
type CastContext byte

// The cast contexts of pg_cast.
const (
	CastImplicit   CastContext = 'i'
	CastAssignment CastContext = 'a'
	CastExplicit   CastContext = 'e'
)

// castTable is pg_cast without the casts between shapes: source>target and the
// context.
const castTable = `
16>23e 16>25a 16>1042a 16>1043a 18>23e 18>25i 18>1042a 18>1043a 19>25i 19>1042a 19>1043a 20>21a 20>23a 20>24i
20>26i 20>700i 20>701i 20>790a 20>1560e 20>1700i 20>2202i 20>2203i 20>2204i 20>2205i 20>2206i 20>3734i
20>3769i 20>4089i 20>4096i 20>4191i 21>20i 21>23i 21>24i 21>26i 21>700i 21>701i 21>1700i 21>2202i 21>2203i
21>2204i 21>2205i 21>2206i 21>3734i 21>3769i 21>4089i 21>4096i 21>4191i 23>16e 23>18e 23>20i 23>21a 23>24i
23>26i 23>700i 23>701i 23>790a 23>1560e 23>1700i 23>2202i 23>2203i 23>2204i 23>2205i 23>2206i 23>3734i
23>3769i 23>4089i 23>4096i 23>4191i 24>20a 24>23a 24>26i 24>2202i 25>18a 25>19i 25>142e 25>1042i 25>1043i
25>2205i 26>20a 26>23a 26>24i 26>2202i 26>2203i 26>2204i 26>2205i 26>2206i 26>3734i 26>3769i 26>4089i
26>4096i 26>4191i 114>3802a 142>25a 142>1042a 142>1043a 194>25i 650>25a 650>869i 650>1042a 650>1043a 700>20a
700>21a 700>23a 700>701i 700>1700a 701>20a 701>21a 701>23a 701>700a 701>1700a 774>829i 790>1700a 829>774i
869>25a 869>650a 869>1042a 869>1043a 1042>18a 1042>19i 1042>25i 1042>142e 1042>1043i 1043>18a 1043>19i
1043>25i 1043>142e 1043>1042i 1043>2205i 1082>1114i 1082>1184i 1083>1186i 1083>1266i 1114>1082a 1114>1083a
1114>1184i 1184>1082a 1184>1083a 1184>1114a 1184>1266a 1186>1083a 1266>1083a 1560>20e 1560>23e 1560>1562i
1562>1560i 1700>20a 1700>21a 1700>23a 1700>700i 1700>701i 1700>790a 2202>20a 2202>23a 2202>24i 2202>26i
2203>20a 2203>23a 2203>26i 2203>2204i 2204>20a 2204>23a 2204>26i 2204>2203i 2205>20a 2205>23a 2205>26i
2206>20a 2206>23a 2206>26i 3361>17i 3361>25i 3402>17i 3402>25i 3734>20a 3734>23a 3734>26i 3769>20a 3769>23a
3769>26i 3802>16e 3802>20e 3802>21e 3802>23e 3802>114a 3802>700e 3802>701e 3802>1700e 3904>4451e 3906>4532e
3908>4533e 3910>4534e 3912>4535e 3926>4536e 4089>20a 4089>23a 4089>26i 4096>20a 4096>23a 4096>26i 4191>20a
4191>23a 4191>26i 5017>17i 5017>25i 5069>28e
`

type castKey struct{ from, to OID }

var castContexts = map[castKey]CastContext{}

func init() {
	for _, f := range strings.Fields(castTable) {
		from, rest, _ := strings.Cut(f, ">")
		s, _ := strconv.ParseUint(from, 10, 32)
		t, _ := strconv.ParseUint(rest[:len(rest)-1], 10, 32)
		castContexts[castKey{OID(s), OID(t)}] = CastContext(rest[len(rest)-1])
	}
}

// FindCast tells whether from can be cast to to, and in which contexts:
// CastImplicit anywhere, CastAssignment in assignments too, CastExplicit only
// when asked for. Polymorphic targets are not casts: see builtin.
func FindCast(from, to *T) (CastContext, bool) {
	if from.Is(to) {
		return CastImplicit, true
	}
	switch {
	case from.OID == 705 || from.OID == dynOID:
		return CastImplicit, true
	case to.OID == 705:
		return 0, false
	case from.Typtype == 'd':
		return FindCast(from.Underlying(), to)
	case to.Typtype == 'd':
		return FindCast(from, to.Underlying())
	}
	if c, ok := castContexts[castKey{from.OID, to.OID}]; ok {
		return c, true
	}
	if to.OID == dynOID {
		return FindCast(from, Text)
	}
	if from.IsArray() && to.IsArray() && from.Elem != nil && to.Elem != nil {
		switch {
		case from.OID == Oidvector.OID && to.OID == 1028, from.OID == Int2vector.OID && to.OID == 1005:
			return CastImplicit, true
		case to.OID != Oidvector.OID && to.OID != Int2vector.OID && from.OID != Oidvector.OID && from.OID != Int2vector.OID:
			return FindCast(from.Elem, to.Elem)
		}
	}
	if from.IsComposite() && to.IsComposite() {
		if to.OID == RecordT.OID || from.OID == RecordT.OID {
			return CastImplicit, true
		}
		return 0, false
	}
	// Conversion through text: to strings on assignment, from strings explicitly.
	if from.Typtype == 'p' && from.OID != RecordT.OID || to.Typtype == 'p' && to.OID != RecordT.OID {
		if from.OID == Cstring.OID || to.OID == Cstring.OID {
			return CastExplicit, true
		}
		return 0, false
	}
	if to.Category == 'S' {
		return CastAssignment, true
	}
	if from.Category == 'S' {
		return CastExplicit, true
	}
	return 0, false
}

// CastRow is one row of pg_cast.
type CastRow struct {
	From, To OID
	Context  CastContext
}

// AllCasts lists the built-in casts.
func AllCasts() []CastRow {
	out := make([]CastRow, 0, len(castContexts))
	for k, c := range castContexts {
		out = append(out, CastRow{k.from, k.to, c})
	}
	return out
}

// BinaryCoercible tells that a value of from is a value of to as it stands.
func BinaryCoercible(from, to *T) bool {
	from, base := from.Underlying(), to
	if from.Is(base) {
		return true
	}
	switch {
	case base.OID == Anyarray.OID:
		return from.IsArray()
	case base.OID == Any.OID, base.OID == Anyelement.OID, base.OID == Anycompatible.OID:
		return true
	case base.OID == Anyenum.OID:
		return from.IsEnum()
	case base.OID == Anyrange.OID:
		return from.IsRange()
	case base.OID == RecordT.OID:
		return from.IsComposite()
	case base.OID == Oid.OID:
		return from.IsReg()
	case base.OID == Text.OID:
		return from.OID == Varchar.OID || from.OID == Bpchar.OID || from.OID == PgNodeTree.OID
	case base.OID == Bpchar.OID, base.OID == Varchar.OID:
		return from.OID == Text.OID || from.OID == Varchar.OID || from.OID == Bpchar.OID
	case base.OID == Inet.OID:
		return from.OID == Cidr.OID
	case base.OID == Varbit.OID, base.OID == Bit.OID:
		return from.OID == Bit.OID || from.OID == Varbit.OID
	}
	return false
}
