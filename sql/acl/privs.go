package acl

import (
	"slices"
	"strings"
)

// Privs is a set of privileges.
type Privs uint16

// The privileges, in the order in which PostgreSQL prints their letters.
const (
	Insert Privs = 1 << iota
	Select
	Update
	Delete
	Truncate
	References
	Trigger
	Execute
	Usage
	Create
	Temporary
	Connect
	Set
	AlterSystem
)

// letters of the privileges in the order of the bits (PostgreSQL, section 5.7).
const letters = "arwdDxtXUCTcsA"

// words of the privileges in the order of the bits.
var words = [...]string{"INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "EXECUTE",
	"USAGE", "CREATE", "TEMPORARY", "CONNECT", "SET", "ALTER SYSTEM"}

// ParsePrivs reads letters; what is none is ignored.
func ParsePrivs(s string) Privs {
	var p Privs
	for i := 0; i < len(s); i++ {
		if k := strings.IndexByte(letters, s[i]); k >= 0 {
			p |= 1 << k
		}
	}
	return p
}

// String gives the letters, in PostgreSQL's order.
func (p Privs) String() string {
	var b strings.Builder
	for i := range len(letters) {
		if p&(1<<i) != 0 {
			b.WriteByte(letters[i])
		}
	}
	return b.String()
}

// Each calls f for every privilege in p.
func (p Privs) Each(f func(Privs)) {
	for i := range len(letters) {
		if q := Privs(1) << i; p&q != 0 {
			f(q)
		}
	}
}

// Word is the privilege as SQL writes it.
func (p Privs) Word() string {
	for i, w := range words {
		if p == 1<<i {
			return w
		}
	}
	return p.String()
}

// ByWord finds a privilege by its word in any case; TEMP is TEMPORARY.
func ByWord(w string) (Privs, bool) {
	w = strings.ToUpper(w)
	if w == "TEMP" {
		w = "TEMPORARY"
	}
	i := slices.Index(words[:], w)
	if i < 0 {
		return 0, false
	}
	return 1 << i, true
}

// columnPrivs are the privileges that can be held on columns.
const columnPrivs = Insert | Select | Update | References
