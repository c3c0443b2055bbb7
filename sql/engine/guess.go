package engine

import (
	"strings"

	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/sql/catalog"
)

// What a row is thought to take on disk, in bytes, where nothing better is known.
const (
	rowBytesGuess     = 60
	hashBytesGuess    = 80
	guessRowsMin      = 10
	guessMemtableRows = 1000
)

// guessRows is about how many rows a table without statistics has: from its
// storage; what is still in memtables alone counts as a small table.
func (e *Engine) guessRows(t *catalog.Table) float64 {
	return e.guess(keys.AppendIndex(nil, t.Storage, primaryIndex), rowBytesGuess)
}

// guessPatternRows is about how many keys stand under a pattern's literal prefix.
func (e *Engine) guessPatternRows(p *catalog.KeyPattern) float64 {
	prefix := p.Pattern
	if i := strings.IndexAny(prefix, "*?[\\"); i >= 0 {
		prefix = prefix[:i]
	}
	return e.guess(keys.AppendRedis(nil, 0, []byte(prefix)), hashBytesGuess)
}

func (e *Engine) guess(prefix []byte, rowBytes float64) float64 {
	n, err := e.prefixBytes(prefix)
	if err != nil || n == 0 {
		return guessMemtableRows
	}
	return max(float64(n)/rowBytes, guessRowsMin)
}
