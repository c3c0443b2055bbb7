package catstore

import (
	"encoding/json"
	"fmt"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/types"
)

// storedTable is a table descriptor on disk: datums, which JSON cannot hold
// without their types, stand beside it as text.
type storedTable struct {
	*catalog.Table
	// Missing holds the text of Column.Missing by attnum; nil for NULL.
	Missing map[int16]*string `json:",omitempty"`
	// StatValues holds most common values, then histogram bounds, by attnum.
	StatValues map[int16][2][]string `json:",omitempty"`
}

var ioContext = &types.IOContext{}

func textOf(d types.Datum, t *types.T) string {
	return string(types.AppendText(nil, d, t, ioContext))
}

func encodeTable(t *catalog.Table) ([]byte, error) {
	s := storedTable{Table: t}
	for _, c := range t.Columns {
		if !c.HasMissing {
			continue
		}
		if s.Missing == nil {
			s.Missing = map[int16]*string{}
		}
		s.Missing[c.Attnum] = nil
		if !c.Missing.IsNull() {
			text := textOf(c.Missing, c.Type)
			s.Missing[c.Attnum] = &text
		}
	}
	if t.Stats != nil {
		s.StatValues = map[int16][2][]string{}
		for n, cs := range t.Stats.Columns {
			c := t.ColumnByNum(n)
			if c == nil {
				continue
			}
			s.StatValues[n] = [2][]string{texts(cs.MostCommon, c.Type), texts(cs.Histogram, c.Type)}
		}
	}
	return json.Marshal(s)
}

func texts(ds []types.Datum, t *types.T) []string {
	out := make([]string, len(ds))
	for i, d := range ds {
		out[i] = textOf(d, t)
	}
	return out
}

func datums(ss []string, c *catalog.Column) ([]types.Datum, error) {
	out := make([]types.Datum, len(ss))
	for i, s := range ss {
		d, err := types.Parse(c.Type, c.Mod, s, ioContext)
		if err != nil {
			return nil, err
		}
		out[i] = d
	}
	return out, nil
}

// decodeTable reads a descriptor; resolve maps the OIDs of types to descriptors.
func decodeTable(b []byte, resolve func(types.OID) (*types.T, error)) (*catalog.Table, error) {
	s := storedTable{Table: &catalog.Table{}}
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, err
	}
	t := s.Table
	if err := resolveTable(t, resolve); err != nil {
		return nil, err
	}
	for n, text := range s.Missing {
		c := t.ColumnByNum(n)
		if c == nil {
			return nil, fmt.Errorf("table %s: missing value of unknown column %d", t.Name, n)
		}
		c.HasMissing = true
		if text == nil {
			continue
		}
		d, err := types.Parse(c.Type, c.Mod, *text, ioContext)
		if err != nil {
			return nil, err
		}
		c.Missing = d
	}
	return t, decodeStats(t, s.StatValues)
}

func decodeStats(t *catalog.Table, values map[int16][2][]string) error {
	for n, v := range values {
		c := t.ColumnByNum(n)
		cs, ok := t.Stats.Columns[n]
		if c == nil || !ok {
			continue
		}
		var err error
		if cs.MostCommon, err = datums(v[0], c); err != nil {
			return err
		}
		if cs.Histogram, err = datums(v[1], c); err != nil {
			return err
		}
		t.Stats.Columns[n] = cs
	}
	return nil
}

func resolveTable(t *catalog.Table, resolve func(types.OID) (*types.T, error)) error {
	for i := range t.Columns {
		if err := resolveIn(&t.Columns[i].Type, resolve); err != nil {
			return err
		}
	}
	for _, ix := range t.Indexes {
		for i := range ix.Keys {
			if err := resolveIn(&ix.Keys[i].Type, resolve); err != nil {
				return err
			}
		}
	}
	if t.Seq != nil {
		return resolveIn(&t.Seq.Type, resolve)
	}
	return nil
}

// resolveIn replaces the placeholder that JSON leaves (a T with only its OID).
func resolveIn(p **types.T, resolve func(types.OID) (*types.T, error)) error {
	if *p == nil {
		return nil
	}
	t, err := resolve((*p).OID)
	if err != nil {
		return err
	}
	*p = t
	return nil
}

// storedType is a user-made type on disk. The T's parts are spelled out because
// a T by itself is stored as its OID.
type storedType struct {
	*catalog.TypeDesc
	OID, Array types.OID
	Name       string
	SchemaName string
	Typtype    byte
	Labels     []string      `json:",omitempty"`
	Fields     []types.Field `json:",omitempty"`
	Base       *types.T      `json:",omitempty"`
	BaseMod    int32
}

func encodeType(d *catalog.TypeDesc) ([]byte, error) {
	t := d.T
	return json.Marshal(storedType{TypeDesc: d, OID: t.OID, Array: t.Array, Name: t.Name, SchemaName: t.SchemaName,
		Typtype: t.Typtype, Labels: t.Labels, Fields: t.Fields, Base: t.Base, BaseMod: t.BaseMod})
}

// decodeType reads a type whose references to other types are placeholders yet.
func decodeType(b []byte) (*catalog.TypeDesc, error) {
	s := storedType{TypeDesc: &catalog.TypeDesc{}}
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, err
	}
	t := &types.T{OID: s.OID, Array: s.Array, Name: s.Name, SchemaName: s.SchemaName, Typtype: s.Typtype,
		Labels: s.Labels, Fields: s.Fields, Base: s.Base, BaseMod: s.BaseMod, Len: -1}
	s.TypeDesc.T = t
	return s.TypeDesc, nil
}

// completeType resolves what the type is made of and sets what follows from it.
func completeType(d *catalog.TypeDesc, resolve func(types.OID) (*types.T, error)) error {
	t := d.T
	switch t.Typtype {
	case 'e':
		t.Kind, t.Category, t.Len = types.KindStr, 'E', 4
	case 'c':
		t.Kind, t.Category = types.KindRecord, 'C'
		for i := range t.Fields {
			if err := resolveIn(&t.Fields[i].Type, resolve); err != nil {
				return err
			}
		}
	case 'd':
		if err := resolveIn(&t.Base, resolve); err != nil {
			return err
		}
		u := t.Underlying()
		t.Kind, t.Category, t.Len, t.Elem = u.Kind, u.Category, u.Len, u.Elem
	}
	return nil
}

func resolveFunction(f *catalog.Function, resolve func(types.OID) (*types.T, error)) error {
	for i := range f.ArgTypes {
		if err := resolveIn(&f.ArgTypes[i], resolve); err != nil {
			return err
		}
	}
	return resolveIn(&f.Ret, resolve)
}
