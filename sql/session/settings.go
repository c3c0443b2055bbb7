package session

import (
	"sort"
	"strconv"
	"strings"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

// settingsCustomMax bounds the dotted settings of one session that the table
// does not know.
const settingsCustomMax = 256

// settingBytesMax bounds the text of one setting.
const settingBytesMax = 64 << 10

func sortedSettings(t []setting) []setting {
	sort.Slice(t, func(i, j int) bool { return strings.ToLower(t[i].name) < strings.ToLower(t[j].name) })
	return t
}

var settingByName = func() map[string]settingID {
	m := make(map[string]settingID, len(settingTable))
	for i := range settingTable {
		m[strings.ToLower(settingTable[i].name)] = settingID(i)
	}
	return m
}()

func mustSetting(name string) settingID {
	for i := range settingTable {
		if settingTable[i].name == name {
			return settingID(i)
		}
	}
	panic("no setting " + name)
}

// Setting is the value of a run-time parameter as SHOW prints it.
func (s *Session) Setting(name string) (string, bool) {
	if id, ok := settingByName[strings.ToLower(name)]; ok {
		return s.showSetting(id), true
	}
	v, ok := s.vars.custom[strings.ToLower(name)]
	return v, ok
}

func (s *Session) showSetting(id settingID) string {
	switch id {
	case setTxnIsolation:
		return isolationName(s.modes.isolation)
	case setTxnReadOnly:
		return onOffText(s.modes.readOnly)
	case setTxnDeferrable:
		return onOffText(s.modes.deferrable)
	}
	return showValue(&settingTable[id], s.vars.vals[id])
}

// showValue prints a canonical value, integers in their greatest whole unit.
func showValue(d *setting, v string) string {
	if d.kind != kindInt || d.unit == "" {
		return v
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n <= 0 {
		return v
	}
	ladder := timeUnits
	if d.unit == "kB" || d.unit == "8kB" {
		ladder = byteUnits
	}
	base := unitSize(d.unit)
	best, size := d.unit, base
	for _, u := range ladder {
		if u.size >= size && u.size >= base && n*base%u.size == 0 {
			best, size = u.name, u.size
		}
	}
	return strconv.FormatInt(n*base/size, 10) + best
}

type unit struct {
	name string
	size int64
}

// timeUnits in milliseconds, byteUnits in bytes; ascending.
var (
	timeUnits = []unit{{"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}, {"d", 86400000}}
	byteUnits = []unit{{"B", 1}, {"kB", 1 << 10}, {"MB", 1 << 20}, {"GB", 1 << 30}, {"TB", 1 << 40}}
)

func unitSize(name string) int64 {
	if name == "8kB" {
		return 8 << 10
	}
	for _, l := range [][]unit{timeUnits, byteUnits} {
		for _, u := range l {
			if u.name == name {
				return u.size
			}
		}
	}
	return 1
}

// canonical turns what the user wrote into the stored form.
func (d *setting) canonical(v string) (string, error) {
	switch d.kind {
	case kindBool:
		b, ok := parseBool(v)
		if !ok {
			return "", pgerr.Newf(pgerr.InvalidParameterValue, "parameter %q requires a Boolean value", d.name)
		}
		return onOffText(b), nil
	case kindInt:
		return d.canonicalInt(v)
	case kindReal:
		f, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		if err != nil {
			return "", pgerr.Newf(pgerr.InvalidParameterValue, "invalid value for parameter %q: %q", d.name, v)
		}
		if f < d.min || f > d.max {
			return "", pgerr.Newf(pgerr.InvalidParameterValue, "%s is outside the valid range for parameter %q (%s .. %s)",
				formatReal(f), d.name, formatReal(d.min), formatReal(d.max))
		}
		return formatReal(f), nil
	case kindEnum:
		return d.canonicalEnum(v)
	}
	return v, nil
}

func (d *setting) canonicalEnum(v string) (string, error) {
	for _, e := range d.values {
		if strings.EqualFold(e, v) {
			return e, nil
		}
	}
	if b, ok := parseBool(v); ok {
		for _, e := range d.values {
			if e == onOffText(b) {
				return e, nil
			}
		}
	}
	return "", pgerr.Newf(pgerr.InvalidParameterValue, "invalid value for parameter %q: %q", d.name, v).
		WithHintf("Available values: %s.", strings.Join(d.values, ", "))
}

func (d *setting) canonicalInt(v string) (string, error) {
	text := strings.TrimSpace(v)
	end := len(text)
	for end > 0 && (text[end-1] >= 'a' && text[end-1] <= 'z' || text[end-1] >= 'A' && text[end-1] <= 'Z') {
		end--
	}
	num, suffix := strings.TrimSpace(text[:end]), text[end:]
	bad := pgerr.Newf(pgerr.InvalidParameterValue, "invalid value for parameter %q: %q", d.name, v)
	f, err := strconv.ParseFloat(num, 64)
	if err != nil {
		return "", bad
	}
	if suffix != "" {
		ladder := timeUnits
		hint := `Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".`
		if d.unit == "kB" || d.unit == "8kB" {
			ladder, hint = byteUnits, `Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".`
		}
		size := int64(0)
		for _, u := range ladder {
			if u.name == suffix {
				size = u.size
			}
		}
		if size == 0 || d.unit == "" {
			if d.unit == "" {
				return "", bad
			}
			return "", bad.WithHint(hint)
		}
		f = f * float64(size) / float64(unitSize(d.unit))
	}
	if f < d.min-0.5 || f > d.max+0.5 {
		u := ""
		if d.unit != "" {
			u = " " + d.unit
		}
		return "", pgerr.Newf(pgerr.InvalidParameterValue, "%.0f%s is outside the valid range for parameter %q (%.0f .. %.0f)",
			f, u, d.name, d.min, d.max)
	}
	n := int64(f + 0.5)
	if f < 0 {
		n = int64(f - 0.5)
	}
	return strconv.FormatInt(n, 10), nil
}

func formatReal(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

func onOffText(b bool) string {
	if b {
		return "on"
	}
	return "off"
}

// parseBool takes what PostgreSQL's parse_bool takes: unique prefixes of true,
// false, yes, no; on, off, 1, 0.
func parseBool(v string) (value, ok bool) {
	v = strings.ToLower(strings.TrimSpace(v))
	switch {
	case v == "":
		return false, false
	case strings.HasPrefix("true", v), strings.HasPrefix("yes", v), v == "on", v == "1":
		return true, true
	case strings.HasPrefix("false", v), strings.HasPrefix("no", v), v == "off", v == "of", v == "0":
		return false, true
	}
	return false, false
}

// SetSetting is SET (and SET LOCAL) of one parameter from its text.
func (s *Session) SetSetting(name, value string, local bool) error {
	if len(value) > settingBytesMax {
		return pgerr.Newf(pgerr.InvalidParameterValue, "value of parameter %q is too long", name)
	}
	lower := strings.ToLower(name)
	id, ok := settingByName[lower]
	if !ok {
		return s.setCustom(lower, value, local)
	}
	d := &settingTable[id]
	if err := d.mayChange(); err != nil {
		return err
	}
	if d.context == contextSuperuser && !s.maySet(d.name) {
		return pgerr.Newf(pgerr.InsufficientPrivilege, "permission denied to set parameter %q", d.name)
	}
	v, err := d.canonical(value)
	if err != nil {
		return err
	}
	if check := settingChecks[id]; check != nil {
		if v, err = check(s, v); err != nil {
			return err
		}
	}
	s.vars.assign(id, v, local, len(s.saves))
	if id == setSessionAuth {
		s.vars.assign(setRole, "none", local, len(s.saves))
	}
	return nil
}

// maySet tells whether the current user may set a parameter of superusers.
func (s *Session) maySet(name string) bool {
	may := false
	_ = s.withCatalog(func(cat Catalog) error { // an unreadable catalog allows nothing
		u := s.actor(cat, 0)
		may = u.Superuser()
		if a := cat.Access(catalog.AccessKey{Class: catalog.AccessSetting, Name: strings.ToLower(name)}); a != nil && !may {
			may = u.Holds(&acl.Object{Kind: acl.Parameter, Name: name, Owner: a.Owner(), ACL: a.ACL}, acl.Set)
		}
		return nil
	})
	return may
}

func (d *setting) mayChange() error {
	switch d.context {
	case contextInternal:
		return pgerr.Newf(pgerr.CantChangeRuntimeParam, "parameter %q cannot be changed", d.name)
	case contextPostmaster:
		return pgerr.Newf(pgerr.CantChangeRuntimeParam, "parameter %q cannot be changed without restarting the server", d.name)
	case contextSighup:
		return pgerr.Newf(pgerr.CantChangeRuntimeParam, "parameter %q cannot be changed now", d.name)
	case contextBackend:
		return pgerr.Newf(pgerr.CantChangeRuntimeParam, "parameter %q cannot be set after connection start", d.name)
	}
	return nil
}

func (s *Session) setCustom(name, value string, local bool) error {
	dot := strings.IndexByte(name, '.')
	if dot <= 0 || dot == len(name)-1 || strings.HasPrefix(name, "ferrite.") {
		return pgerr.Newf(pgerr.UndefinedObject, "unrecognized configuration parameter %q", name)
	}
	if !s.vars.assignCustom(name, value, local, len(s.saves)) {
		return pgerr.New(pgerr.ConfigurationLimitExceeded, "too many custom configuration parameters")
	}
	return nil
}

// settingChanged has the session follow a setting, and tells the client.
func (s *Session) settingChanged(id settingID) {
	s.applySetting(id)
	if d := &settingTable[id]; d.report && s.sink != nil {
		s.sink.ParameterStatus(d.name, showValue(d, s.vars.vals[id]))
	}
}

// resetSetting is RESET of one parameter, resetAll of all of them.
func (s *Session) resetSetting(name string) error {
	lower := strings.ToLower(name)
	id, ok := settingByName[lower]
	if !ok {
		if _, had := s.vars.custom[lower]; had {
			return s.setCustom(lower, "", false)
		}
		return pgerr.Newf(pgerr.UndefinedObject, "unrecognized configuration parameter %q", name)
	}
	d := &settingTable[id]
	if err := d.mayChange(); err != nil {
		return err
	}
	if d.context == contextSuperuser && !s.maySet(d.name) {
		return pgerr.Newf(pgerr.InsufficientPrivilege, "permission denied to set parameter %q", d.name)
	}
	if id == setSessionAuth {
		s.resetAuthorization()
		return nil
	}
	s.vars.assign(id, s.vars.reset[id], false, len(s.saves))
	return nil
}

// resetAuthorization is RESET SESSION AUTHORIZATION: back to who logged in.
func (s *Session) resetAuthorization() {
	s.id.named[s.be.Info.User] = s.id.login // the name may mean another by now
	s.vars.assign(setSessionAuth, s.be.Info.User, false, len(s.saves))
	s.vars.assign(setRole, "none", false, len(s.saves))
}

func (s *Session) resetAll() {
	for id := range settingTable {
		switch settingID(id) {
		case setRole, setSessionAuth:
			continue
		}
		if c := settingTable[id].context; (c == contextUser || c == contextSuperuser) && s.vars.vals[id] != s.vars.reset[id] {
			s.vars.assign(settingID(id), s.vars.reset[id], false, len(s.saves))
		}
	}
}

// planSettings is a short text that is equal where all settings that plans
// depend on are.
func (s *Session) planSettings() string {
	if s.vars.planKey == "" {
		var b strings.Builder
		for id := range settingTable {
			if d := &settingTable[id]; d.plan && s.vars.vals[id] != d.def {
				b.WriteString(strconv.Itoa(id))
				b.WriteByte('=')
				b.WriteString(s.vars.vals[id])
				b.WriteByte(0)
			}
		}
		b.WriteByte('.')
		b.WriteString(strconv.FormatUint(uint64(s.id.current), 10))
		b.WriteByte('.')
		if s.temp.exists {
			b.WriteString(TempSchema(s.be.PID))
		}
		s.vars.planKey = b.String()
	}
	return s.vars.planKey
}
