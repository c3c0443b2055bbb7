package types

import (
	"encoding/json"
	"strconv"
)

// MarshalJSON stores a type by its OID: descriptors of the catalog refer to
// types, they do not contain them.
func (t *T) MarshalJSON() ([]byte, error) {
	return strconv.AppendUint(nil, uint64(t.OID), 10), nil
}

// UnmarshalJSON gives a placeholder with only the OID, for the reader to replace.
func (t *T) UnmarshalJSON(b []byte) error {
	var oid OID
	if err := json.Unmarshal(b, &oid); err != nil {
		return err
	}
	*t = T{OID: oid}
	return nil
}
