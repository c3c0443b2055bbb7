package engine

import (
	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/sql/catalog"
)

// primaryIndex is the index id of the rows themselves.
const primaryIndex = 1

// bytesOf is about the storage of a table: kind is table, indexes or total.
func (e *Engine) bytesOf(t *catalog.Table, kind string) (int64, error) {
	whole, err := e.prefixBytes(keys.AppendTable(nil, t.Storage))
	if err != nil || kind == "total" {
		return whole, err
	}
	rows, err := e.prefixBytes(keys.AppendIndex(nil, t.Storage, primaryIndex))
	if kind == "indexes" {
		return max(whole-rows, 0), err
	}
	return rows, err
}

func (e *Engine) prefixBytes(prefix []byte) (int64, error) {
	n, err := e.Store.EstimateBytes(prefix, keys.PrefixEnd(nil, prefix))
	return int64(n), err
}
