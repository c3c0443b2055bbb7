package engine

import (
	"slices"
	"strings"

	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/keyspace"
)

// sampleFields lists the fields of the first hashes under a pattern's literal
// prefix, in order of first sight: what SELECT * shows.
func (e *Engine) sampleFields(tx txn.Txn, pattern string) ([]string, error) {
	if e.Keys == nil || tx == nil {
		return nil, nil
	}
	prefix := pattern
	if i := strings.IndexAny(pattern, "*?[\\"); i >= 0 {
		prefix = pattern[:i]
	}
	scan, err := e.Keys.NewTx(tx, keyspace.TxOptions{}).ScanPrefix([]byte(prefix), txn.ScanOptions{LimitHint: sampleKeysMax})
	if err != nil {
		return nil, err
	}
	defer scan.Close()
	var fields []string
	for n := 0; n < sampleKeysMax && scan.Next(); n++ {
		if scan.Type() != keyspace.TypeHash {
			continue
		}
		it, err := scan.Fields()
		if err != nil {
			return nil, err
		}
		for it.Next() {
			if !slices.ContainsFunc(fields, func(f string) bool { return f == string(it.Field) }) {
				fields = append(fields, string(it.Field))
			}
		}
	}
	return fields, scan.Err()
}
