package session

import (
	"strconv"
	"time"
)

// settingChange is one undoable SET of the running transaction.
type settingChange struct {
	id      settingID // -1: custom
	name    string    // of a custom one
	old     string
	had     bool // custom: it existed
	new     string
	local   bool
	nesting int // number of savepoints that were open
}

// settingValues are a session's settings: the value of each, what RESET gives
// back, and what a rollback would undo.
type settingValues struct {
	vals   []string
	reset  []string
	custom map[string]string
	undo   []settingChange
	// planKey changes whenever a setting that plans depend on does.
	planKey string
	// changed is called after a setting of the table took another value.
	changed func(id settingID)
}

// init gives every setting its default.
func (v *settingValues) init() {
	v.vals = make([]string, len(settingTable))
	for i := range settingTable {
		v.vals[i] = settingTable[i].def
	}
}

// keep makes what is set now what RESET goes back to.
func (v *settingValues) keep() {
	v.undo = v.undo[:0]
	v.reset = append([]string(nil), v.vals...)
}

// assign stores a canonical value, to be undone with the transaction, or to the
// savepoint where nesting are open.
func (v *settingValues) assign(id settingID, value string, local bool, nesting int) {
	switch id {
	case setTxnIsolation, setTxnReadOnly, setTxnDeferrable:
		return // their checks changed the transaction's modes
	}
	v.undo = append(v.undo, settingChange{id: id, old: v.vals[id], new: value, local: local, nesting: nesting})
	v.store(id, value)
}

// assignCustom is assign of a setting that the table does not know; false where
// there would be too many.
func (v *settingValues) assignCustom(name, value string, local bool, nesting int) bool {
	old, had := v.custom[name]
	if !had && len(v.custom) >= settingsCustomMax {
		return false
	}
	if v.custom == nil {
		v.custom = map[string]string{}
	}
	v.undo = append(v.undo, settingChange{id: -1, name: name, old: old, had: had, new: value, local: local, nesting: nesting})
	v.custom[name] = value
	return true
}

func (v *settingValues) store(id settingID, value string) {
	if v.vals[id] == value {
		return
	}
	v.vals[id] = value
	if settingTable[id].plan {
		v.planKey = ""
	}
	v.changed(id)
}

func (v *settingValues) restore(c *settingChange, value string, had bool) {
	if c.id >= 0 {
		v.store(c.id, value)
	} else if had {
		v.custom[c.name] = value
	} else {
		delete(v.custom, c.name)
	}
}

// rollback undoes what was set with at least nesting savepoints open.
func (v *settingValues) rollback(nesting int) {
	u := v.undo
	for len(u) > 0 && u[len(u)-1].nesting >= nesting {
		c := &u[len(u)-1]
		v.restore(c, c.old, c.had)
		u = u[:len(u)-1]
	}
	v.undo = u
}

// merge gives what was set under released savepoints to the level depth.
func (v *settingValues) merge(depth int) {
	for i := range v.undo {
		v.undo[i].nesting = min(v.undo[i].nesting, depth)
	}
}

// commit keeps what SET set and undoes what SET LOCAL set.
func (v *settingValues) commit() {
	u := v.undo
	for i := range u {
		c := &u[i]
		if !c.local {
			continue
		}
		keep, had, last := c.old, c.had, true
		for j := range u {
			if u[j].id != c.id || u[j].name != c.name {
				continue
			}
			if j < i && u[j].local {
				keep, last = "", false // handled with its first local change
				break
			}
			if j > i && !u[j].local {
				keep, had = u[j].new, true
			}
		}
		if last {
			v.restore(c, keep, had)
		}
	}
	v.undo = u[:0]
}

// millis is a millisecond setting as a duration.
func (v *settingValues) millis(id settingID) time.Duration {
	n, _ := strconv.ParseInt(v.vals[id], 10, 64)
	return time.Duration(n) * time.Millisecond
}

// tempFileBytes bounds the temporary files of a statement (temp_file_limit); 0:
// no bound.
func (v *settingValues) tempFileBytes() int64 {
	n, _ := strconv.ParseInt(v.vals[setTempFileLimit], 10, 64)
	if n == 0 {
		return 1 // no file may have any byte
	}
	return max(n, 0) << 10
}

// workMemBytes is when the operators of a statement begin to spill (work_mem).
func (v *settingValues) workMemBytes() int64 {
	n, _ := strconv.ParseInt(v.vals[setWorkMem], 10, 64)
	return n << 10
}
