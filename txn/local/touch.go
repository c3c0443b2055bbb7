package local

// toucher is an engine that can bring what reads of some keys will need into the
// processor's caches.
type toucher interface{ Touch(keys [][]byte) }

// Touch prepares for reads of these keys, where the engine can: whoever is about
// to read many keys one after the other (a RESP pipeline) lets their memory
// accesses overlap. It reads nothing and never fails.
func (s *Store) Touch(keys [][]byte) {
	if t, ok := s.engine.(toucher); ok {
		t.Touch(keys)
	}
}
