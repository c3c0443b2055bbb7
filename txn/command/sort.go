package command

import (
	"bytes"
	"slices"
	"sort"

	"github.com/ferritedb/ferrite/txn/keyspace"
)

// sortSpec is a request of SORT.
type sortSpec struct {
	by            []byte
	get           [][]byte
	offset, count int64
	limited       bool
	desc, alpha   bool
	store         []byte
}

func sortKeys(args [][]byte) [][]byte {
	out := [][]byte{args[1]}
	for i := 2; i+1 < len(args); i++ {
		if EqualFold(args[i], "store") {
			out = append(out, args[i+1])
		}
	}
	return out
}

func (x *Exec) sortSpec(readOnly bool) (s sortSpec, err error) {
	for i := 2; i < len(x.Args); i++ {
		left := len(x.Args) - i - 1
		switch {
		case x.Is(i, "asc"):
			s.desc = false
		case x.Is(i, "desc"):
			s.desc = true
		case x.Is(i, "alpha"):
			s.alpha = true
		case x.Is(i, "limit") && left >= 2:
			if s.offset, s.count, err = x.twoInts(i + 1); err != nil {
				return s, err
			}
			s.limited = true
			i += 2
		case x.Is(i, "store") && left >= 1 && !readOnly:
			i++
			s.store = x.Args[i]
		case x.Is(i, "by") && left >= 1:
			i++
			s.by = x.Args[i]
		case x.Is(i, "get") && left >= 1:
			i++
			s.get = append(s.get, x.Args[i])
		default:
			return s, ErrSyntax
		}
	}
	return s, nil
}

// sortItem is one element with its weight.
type sortItem struct {
	elem   []byte
	text   []byte
	number float64
}

func (x *Exec) sort(readOnly bool) error {
	s, err := x.sortSpec(readOnly)
	if err != nil {
		return err
	}
	share := x.Tx.ForceShare
	x.Tx.ForceShare = true
	defer func() { x.Tx.ForceShare = share }()
	items, ordered, err := x.sortInput(x.Args[1])
	if err != nil {
		return err
	}
	switch {
	case s.by == nil || bytes.IndexByte(s.by, '*') >= 0:
		if err := x.sortItems(s, items); err != nil {
			return err
		}
	case ordered && s.desc:
		slices.Reverse(items)
	}
	if s.limited {
		n := int64(len(items))
		from := min(max(s.offset, 0), n)
		to := n
		if s.count >= 0 {
			to = from + min(s.count, n-from)
		}
		items = items[from:to]
	}
	out, err := x.sortOutput(s, items)
	if err != nil {
		return err
	}
	if s.store != nil {
		return x.sortStore(s.store, out)
	}
	x.W.Array(len(out))
	for _, v := range out {
		if v == nil {
			x.W.Null()
		} else {
			x.W.Bulk(v)
		}
	}
	return nil
}

// sortInput copies the elements of a list, set or sorted set; all but sets have an
// order of their own.
func (x *Exec) sortInput(key []byte) (items []sortItem, ordered bool, err error) {
	e, err := x.Tx.Read(key)
	if err != nil {
		return nil, false, err
	}
	ordered = e.Type() != keyspace.TypeSet
	add := func(b []byte) bool {
		if !x.Hold(2*itemBytes + len(b)) {
			return false
		}
		items = append(items, sortItem{elem: append([]byte{}, b...)})
		return true
	}
	switch e.Type() {
	case keyspace.TypeNone:
	case keyspace.TypeList:
		err = e.ListEach(0, func(_ int64, v []byte) bool { return add(v) })
	case keyspace.TypeSet:
		err = e.SetEach(nil, func(m, _ []byte) bool { return add(m) })
	case keyspace.TypeZSet:
		err = e.ZEachRank(0, e.ZLen(), false, func(m []byte, _ float64) bool { return add(m) })
	default:
		err = keyspace.ErrWrongType
	}
	return items, ordered, err
}

// lookup reads what a pattern of BY or GET names for an element: "#", "key_*" or
// "key_*->field"; nil where it is not there.
func (x *Exec) lookup(pattern, elem []byte) ([]byte, error) {
	if len(pattern) == 1 && pattern[0] == '#' {
		return elem, nil
	}
	star := bytes.IndexByte(pattern, '*')
	if star < 0 {
		return nil, nil
	}
	name, field := pattern, []byte(nil)
	if arrow := bytes.Index(pattern[star:], []byte("->")); arrow >= 0 && star+arrow+2 < len(pattern) {
		name, field = pattern[:star+arrow], pattern[star+arrow+2:]
	}
	key := append(append(append([]byte(nil), name[:star]...), elem...), name[star+1:]...)
	e, err := x.Tx.Read(key)
	if err != nil || !e.Exists() {
		return nil, err
	}
	if field != nil {
		if e.Type() != keyspace.TypeHash {
			return nil, nil
		}
		v, ok, err := e.HashGet(field)
		if err != nil || !ok {
			return nil, err
		}
		return append([]byte{}, v...), nil
	}
	if e.Type() != keyspace.TypeString {
		return nil, nil
	}
	return e.AppendString([]byte{})
}

func (x *Exec) sortItems(s sortSpec, items []sortItem) error {
	for i := range items {
		it := &items[i]
		it.text = it.elem
		if s.by != nil {
			v, err := x.lookup(s.by, it.elem)
			if err != nil {
				return err
			}
			it.text = v
		}
		if !s.alpha && len(it.text) > 0 {
			f, ok := parseFloat(it.text)
			if !ok {
				return Err("ERR One or more scores can't be converted into double")
			}
			it.number = f
		}
	}
	sort.SliceStable(items, func(i, j int) bool {
		a, b := &items[i], &items[j]
		c := 0
		switch {
		case s.alpha:
			c = bytes.Compare(a.text, b.text)
		case a.number < b.number:
			c = -1
		case a.number > b.number:
			c = 1
		}
		if c == 0 {
			c = bytes.Compare(a.elem, b.elem)
		}
		if s.desc {
			return c > 0
		}
		return c < 0
	})
	return nil
}

func (x *Exec) sortOutput(s sortSpec, items []sortItem) (out [][]byte, err error) {
	for _, it := range items {
		if s.get == nil {
			out = append(out, it.elem)
			continue
		}
		for _, g := range s.get {
			v, err := x.lookup(g, it.elem)
			if err != nil || !x.Hold(itemBytes+len(v)) {
				return nil, err
			}
			out = append(out, v)
		}
	}
	return out, nil
}

func (x *Exec) sortStore(key []byte, out [][]byte) error {
	e, err := x.Tx.Lock(key)
	if err != nil {
		return err
	}
	x.W.Int(int64(len(out)))
	if len(out) == 0 {
		return e.Delete()
	}
	if err := e.Replace(keyspace.TypeList); err != nil {
		return err
	}
	for _, v := range out {
		if err := e.ListPush(false, v); err != nil {
			return err
		}
	}
	return e.Save()
}
