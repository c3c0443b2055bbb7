package keyspace

// GetString reads a string; ok is false where the key is absent. The bytes are
// valid until the next call on the Tx.
func (tx *Tx) GetString(key []byte) (value []byte, ok bool, err error) {
	e, err := tx.Read(key)
	if err != nil || !e.exists {
		return nil, false, err
	}
	if Type(e.val[0]) != TypeString {
		return nil, false, ErrWrongType
	}
	return e.val[headerBytes:], true, nil
}

// Bytes is the value of a string entry; nil where the key is absent. Valid until
// the entry is changed or reused.
func (e *Entry) Bytes() []byte {
	if !e.exists {
		return nil
	}
	return e.val[headerBytes:]
}

// PutString makes the entry a string with this value and expiry (0: none),
// whatever it held, and saves it. value may alias e.Bytes().
func (e *Entry) PutString(value []byte, expireAtMs int64) error {
	return e.putString(value, expireAtMs, encPacked)
}

// PutStringRaw is PutString for a value built by APPEND, SETRANGE and the bit
// commands, which OBJECT ENCODING calls raw.
func (e *Entry) PutStringRaw(value []byte, expireAtMs int64) error {
	return e.putString(value, expireAtMs, encVariant)
}

// PutStringText is PutString for a value built by INCRBYFLOAT, which OBJECT
// ENCODING never calls int.
func (e *Entry) PutStringText(value []byte, expireAtMs int64) error {
	return e.putString(value, expireAtMs, encText)
}

func (e *Entry) putString(value []byte, expireAtMs int64, enc byte) error {
	if e.exists {
		if err := e.dropParts(); err != nil {
			return err
		}
	}
	buf := append(e.tx.scratch[:0], byte(TypeString), enc)
	buf = append(buf, value...)
	e.tx.scratch, e.val = e.val, buf
	e.exists = true
	e.expire = expireAtMs
	e.id, e.count = 0, 0
	return e.Save()
}

// SetString is Lock and PutString.
func (tx *Tx) SetString(key, value []byte, expireAtMs int64) error {
	e, err := tx.Lock(key)
	if err != nil {
		return err
	}
	return e.PutString(value, expireAtMs)
}
