package exec

// keySet is a set of storage keys that a statement has to remember whole: which
// rows it changed already. It is charged to the statement's budget. The zero
// keySet is to be opened first.
type keySet struct {
	table *keyTable
	acct  account
}

// keySetCheckKeys is how many keys pass between two looks at their memory.
const keySetCheckKeys = 256

func (s *keySet) open(run *Run) {
	if s.table == nil {
		s.table = newKeyTable(nil, true)
	}
	s.table.reset()
	s.acct.open(run.Mem)
}

// close forgets all keys.
func (s *keySet) close() {
	if s.table != nil {
		s.table.reset()
		s.acct.close()
	}
}

func (s *keySet) has(key []byte) bool { return s.table.findBytes(key, hashBytes(key), false) >= 0 }

// add tells whether the key is new to the set.
func (s *keySet) add(key []byte) (bool, error) {
	n := s.table.len()
	if int(s.table.findBytes(key, hashBytes(key), true)) < n {
		return false, nil
	}
	if n%keySetCheckKeys != 0 {
		return true, nil
	}
	return true, s.acct.set(s.table.bytes())
}
