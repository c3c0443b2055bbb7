package keyspace

import "github.com/ferritedb/ferrite/kv/keys"

// embstrBytesMax is the length up to which Redis calls a string embstr.
const embstrBytesMax = 44

// Encoding is what OBJECT ENCODING says of the key.
func (e *Entry) Encoding() string {
	switch e.Type() {
	case TypeString:
		v := e.Bytes()
		if e.val[1] == encVariant || e.inParts() {
			return "raw"
		}
		if _, ok := canonicalInt(v); ok && e.val[1] != encText {
			return "int"
		}
		if len(v) <= embstrBytesMax {
			return "embstr"
		}
		return "raw"
	case TypeList:
		return "quicklist"
	case TypeSet:
		if e.val[1] == encPacked {
			return "intset"
		}
		return "hashtable"
	case TypeZSet:
		return e.zsetEncoding()
	case TypeHash:
		return e.hashEncoding()
	}
	return "none"
}

// StoredBytes is about the storage that the key takes, parts included.
func (e *Entry) StoredBytes() (int64, error) {
	n := int64(len(e.skey) + len(e.val))
	if !e.spread() {
		return n, nil
	}
	lower := appendCollection(nil, e.id)
	parts, err := e.tx.ks.store.EstimateBytes(lower, keys.PrefixEnd(nil, lower))
	return n + int64(parts), err
}
