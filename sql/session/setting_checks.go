package session

import (
	"strings"
	"time"

	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// settingChecks are what a value must pass beyond its kind; each gives the
// stored form. Filled by init because the checks refer to the table.
var settingChecks map[settingID]func(s *Session, v string) (string, error)

func init() {
	settingChecks = map[settingID]func(s *Session, v string) (string, error){
		mustSetting("client_encoding"): checkEncoding,
		setDateStyle:                   checkDateStyle,
		setTimeZone:                    checkTimeZone,
		setSearchPath:                  checkSearchPath,
		setRole:                        checkRole,
		setSessionAuth:                 checkSessionAuthorization,
		setTxnIsolation:                checkIsolation,
		setTxnReadOnly:                 checkReadOnly,
		setTxnDeferrable:               checkDeferrable,
	}
}

func badValue(name, v string) *pgerr.Error {
	return pgerr.Newf(pgerr.InvalidParameterValue, "invalid value for parameter \"%s\": \"%s\"", name, v)
}

func checkEncoding(_ *Session, v string) (string, error) {
	switch strings.ToUpper(strings.NewReplacer("-", "", "_", "").Replace(v)) {
	case "UTF8", "UNICODE":
		return "UTF8", nil
	case "SQLASCII":
		return "SQL_ASCII", nil
	}
	return "", badValue("client_encoding", v)
}

func checkDateStyle(s *Session, v string) (string, error) {
	style, order, _ := strings.Cut(s.vars.vals[setDateStyle], ", ")
	for _, w := range strings.Split(v, ",") {
		switch strings.ToUpper(strings.TrimSpace(w)) {
		case "ISO":
			style = "ISO"
		case "SQL":
			style = "SQL"
		case "POSTGRES":
			style = "Postgres"
		case "GERMAN":
			style, order = "German", "DMY"
		case "YMD":
			order = "YMD"
		case "DMY", "EURO", "EUROPEAN":
			order = "DMY"
		case "MDY", "US", "NONEURO", "NONEUROPEAN":
			order = "MDY"
		case "DEFAULT":
			style, order = "ISO", "MDY"
		default:
			return "", badValue("DateStyle", v).WithDetail("Unrecognized key word: \"" + strings.TrimSpace(w) + "\".")
		}
	}
	return style + ", " + order, nil
}

func checkTimeZone(_ *Session, v string) (string, error) {
	loc, err := types.LoadZone(v, false)
	if err != nil {
		return "", badValue("TimeZone", v)
	}
	switch n := loc.String(); {
	case n == "", strings.EqualFold(n, "local"):
		return v, nil
	case strings.EqualFold(n, v):
		return n, nil
	}
	return v, nil
}

func checkSearchPath(_ *Session, v string) (string, error) {
	if _, ok := splitNames(v); !ok {
		return "", badValue("search_path", v).WithDetail("List syntax is invalid.")
	}
	return v, nil
}

func checkIsolation(s *Session, v string) (string, error) {
	level := isolationByName(v)
	if level != s.modes.isolation && s.touched {
		return "", errBlockedModes
	}
	if level != s.modes.isolation && len(s.saves) > 0 {
		return "", pgerr.New(pgerr.ActiveSQLTransaction, "SET TRANSACTION ISOLATION LEVEL must not be called in a subtransaction")
	}
	return v, s.changeModes(func(m *txnModes) { m.isolation = level })
}

func checkReadOnly(s *Session, v string) (string, error) {
	if v == "off" && s.modes.readOnly && s.touched {
		return "", pgerr.New(pgerr.ActiveSQLTransaction, "transaction read-write mode must be set before any query")
	}
	return v, s.changeModes(func(m *txnModes) { m.readOnly = v == "on" })
}

func checkDeferrable(s *Session, v string) (string, error) {
	if s.touched {
		return "", pgerr.New(pgerr.ActiveSQLTransaction, "SET TRANSACTION [NOT] DEFERRABLE must be called before any query")
	}
	return v, s.changeModes(func(m *txnModes) { m.deferrable = v == "on" })
}

// applySetting follows a change of a value into what code reads.
func (s *Session) applySetting(id settingID) {
	v := s.vars.vals[id]
	switch id {
	case setTimeZone:
		if loc, err := types.LoadZone(v, false); err == nil {
			s.loc, s.io.Location = loc, loc
		}
	case setDateStyle:
		style, order, _ := strings.Cut(v, ", ")
		s.io.DateStyle = map[string]types.DateStyle{"ISO": types.DateISO, "SQL": types.DateSQL,
			"Postgres": types.DatePostgres, "German": types.DateGerman}[style]
		s.io.DateOrder = map[string]types.DateOrder{"MDY": types.OrderMDY, "DMY": types.OrderDMY, "YMD": types.OrderYMD}[order]
	case setIntervalStyle:
		s.io.IntervalStyle = map[string]types.IntervalStyle{"postgres": types.IntervalPostgres,
			"postgres_verbose": types.IntervalPostgresVerbose, "sql_standard": types.IntervalSQLStandard,
			"iso_8601": types.IntervalISO8601}[v]
	case setExtraFloatDigits:
		s.io.FloatDigits = atoi(v) - 1
	case setByteaOutput:
		s.io.ByteaEscape = v == "escape"
	case setLenient:
		s.io.Lenient = v == "on"
	case setSearchPath:
		s.path = nil
	case setSessionAuth, setRole:
		s.setUser()
	case setSyncCommit, setDurability:
		s.durability = commitDurability(s.vars.vals[setDurability], s.vars.vals[setSyncCommit])
	case setApplicationName:
		if s.be != nil {
			s.be.mu.Lock()
			s.be.app = v
			s.be.mu.Unlock()
		}
	}
}

// commitDurability is what a commit waits for: ferrite.durability, where
// synchronous_commit = off turns fsync into everysec.
func commitDurability(level, sync string) txn.Durability {
	switch {
	case level == "none":
		return txn.None
	case level == "everysec", sync == "off":
		return txn.EverySec
	}
	return txn.Fsync
}

// IO are the settings that text input and output depend on. It is valid until
// the next statement.
func (s *Session) IO() *types.IOContext { return &s.io }

// Location is the session's time zone.
func (s *Session) Location() *time.Location { return s.loc }

// SearchPath is search_path with "$user" replaced and pg_catalog put first
// where it is not named.
func (s *Session) SearchPath() []string {
	if s.path == nil {
		names, _ := splitNames(s.vars.vals[setSearchPath])
		path := make([]string, 0, len(names)+1)
		seen := false
		for _, n := range names {
			if n == "$user" {
				n = s.User()
			}
			seen = seen || n == "pg_catalog"
			path = append(path, n)
		}
		if !seen {
			path = append([]string{"pg_catalog"}, path...)
		}
		if s.temp.exists {
			path = append([]string{TempSchema(s.be.PID)}, path...)
		}
		s.path = path
	}
	return s.path
}

// splitNames reads a comma-separated list of identifiers.
func splitNames(v string) ([]string, bool) {
	var out []string
	rest := strings.TrimSpace(v)
	for rest != "" {
		var name string
		if rest[0] == '"' {
			var b strings.Builder
			i := 1
			for {
				j := strings.IndexByte(rest[i:], '"')
				if j < 0 {
					return nil, false
				}
				b.WriteString(rest[i : i+j])
				i += j + 1
				if i < len(rest) && rest[i] == '"' {
					b.WriteByte('"')
					i++
					continue
				}
				break
			}
			name, rest = b.String(), strings.TrimSpace(rest[i:])
		} else {
			i := strings.IndexByte(rest, ',')
			if i < 0 {
				i = len(rest)
			}
			name, rest = strings.ToLower(strings.TrimSpace(rest[:i])), rest[i:]
			if strings.ContainsAny(name, " \t\n") {
				return nil, false
			}
		}
		if name != "" {
			out = append(out, name)
		}
		if rest == "" {
			break
		}
		if rest[0] != ',' {
			return nil, false
		}
		rest = strings.TrimSpace(rest[1:])
		if rest == "" {
			return nil, false
		}
	}
	return out, true
}

func atoi(v string) int {
	n, neg := 0, false
	for i, c := range []byte(v) {
		if i == 0 && c == '-' {
			neg = true
		} else {
			n = n*10 + int(c-'0')
		}
	}
	if neg {
		return -n
	}
	return n
}
