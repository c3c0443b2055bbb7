package acl

import (
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// Kind is a kind of object.
type Kind uint8

// The kinds.
const (
	Table Kind = iota
	View
	MatView
	Index
	Sequence
	Column
	Schema
	Database
	Function
	Procedure
	Type
	Domain
	Language
	Tablespace
	Parameter
	KeyPattern
	kinds
)

type kindInfo struct {
	// word is what errors call it.
	word string
	// letter is acldefault's name of the kind.
	letter byte
	// all are the privileges that there are; the owner has those but ownerLacks
	// by default, PUBLIC has public.
	all, ownerLacks, public Privs
}

const relationPrivs = Insert | Select | Update | Delete | Truncate | References | Trigger

var kindTable = [kinds]kindInfo{
	Table:      {word: "table", letter: 'r', all: relationPrivs},
	View:       {word: "view", letter: 'r', all: relationPrivs},
	MatView:    {word: "materialized view", letter: 'r', all: relationPrivs},
	Index:      {word: "index", letter: 'r'},
	Sequence:   {word: "sequence", letter: 's', all: Select | Update | Usage},
	Column:     {word: "column", letter: 'c', all: columnPrivs, ownerLacks: columnPrivs},
	Schema:     {word: "schema", letter: 'n', all: Usage | Create},
	Database:   {word: "database", letter: 'd', all: Create | Temporary | Connect, public: Temporary | Connect},
	Function:   {word: "function", letter: 'f', all: Execute, public: Execute},
	Procedure:  {word: "procedure", letter: 'f', all: Execute, public: Execute},
	Type:       {word: "type", letter: 'T', all: Usage, public: Usage},
	Domain:     {word: "domain", letter: 'T', all: Usage, public: Usage},
	Language:   {word: "language", letter: 'l', all: Usage, public: Usage},
	Tablespace: {word: "tablespace", letter: 't', all: Create},
	Parameter:  {word: "parameter", letter: 'p', all: Set | AlterSystem},
	KeyPattern: {word: "key pattern", letter: 'k', all: Insert | Select | Update | Delete},
}

// Word is what errors call the kind.
func (k Kind) Word() string { return kindTable[k].word }

// All are the privileges of the kind.
func (k Kind) All() Privs { return kindTable[k].all }

// Default are the privileges that PUBLIC and the owner have on an object of the
// kind where none were granted.
func (k Kind) Default() (public, owner Privs) {
	i := &kindTable[k]
	return i.public, i.all &^ i.ownerLacks
}

// ByLetter finds a kind by acldefault's letter.
func ByLetter(b byte) (Kind, bool) {
	for k := range kindTable {
		if kindTable[k].letter == b {
			return Kind(k), true
		}
	}
	return 0, false
}

// Object is what a privilege is held on.
type Object struct {
	Kind  Kind
	Name  string // as errors give it
	Owner types.OID
	// ACL is its access list; nil: the defaults.
	ACL []catalog.ACLItem
}

// Items is the access list, with the defaults written out.
func (o *Object) Items() []catalog.ACLItem {
	if o.ACL != nil {
		return o.ACL
	}
	return Defaults(o.Kind, o.Owner)
}

// Defaults is the access list of an object of the kind where none were granted.
func Defaults(k Kind, owner types.OID) []catalog.ACLItem {
	public, own := k.Default()
	out := []catalog.ACLItem{}
	if public != 0 {
		out = append(out, catalog.ACLItem{Grantor: owner, Privs: public.String()})
	}
	if own != 0 {
		out = append(out, catalog.ACLItem{Grantee: owner, Grantor: owner, Privs: own.String()})
	}
	return out
}

// OfTable is a relation.
func OfTable(t *catalog.Table) Object {
	return Object{Kind: RelationKind(t), Name: t.Name, Owner: t.Owner, ACL: t.ACL}
}

// RelationKind is the kind of a relation.
func RelationKind(t *catalog.Table) Kind {
	switch t.Kind {
	case catalog.KindView:
		return View
	case catalog.KindMatView:
		return MatView
	case catalog.KindSequence:
		return Sequence
	case catalog.KindIndex:
		return Index
	case catalog.KindVirtual:
		if len(t.Options) > 0 {
			return View
		}
	}
	return Table
}

// OfIndex is an index of a table: it has no list, and the table's owner.
func OfIndex(t *catalog.Table, ix *catalog.Index) Object {
	return Object{Kind: Index, Name: ix.Name, Owner: t.Owner}
}

// OfSchema is a schema.
func OfSchema(s *catalog.Schema) Object {
	return Object{Kind: Schema, Name: s.Name, Owner: s.Owner, ACL: s.ACL}
}

// OfDatabase is a database.
func OfDatabase(d *catalog.Database) Object {
	return Object{Kind: Database, Name: d.Name, Owner: d.Owner, ACL: d.ACL}
}

// OfFunction is a function or procedure.
func OfFunction(f *catalog.Function) Object {
	o := Object{Kind: Function, Name: f.Name, Owner: f.Owner, ACL: f.ACL}
	if f.Kind == 'p' {
		o.Kind = Procedure
	}
	return o
}

// OfType is a user-made type.
func OfType(d *catalog.TypeDesc) Object {
	o := Object{Kind: Type, Name: types.FormatType(d.T, -1), Owner: d.Owner, ACL: d.ACL}
	return o
}

// Denied is 42501 permission denied for ….
func (o *Object) Denied() *pgerr.Error {
	return pgerr.Newf(pgerr.InsufficientPrivilege, "permission denied for %s %s", o.Kind.Word(), o.Name)
}

// NotOwner is 42501 must be owner of ….
func (o *Object) NotOwner() *pgerr.Error {
	if o.Kind == Column {
		return pgerr.Newf(pgerr.InsufficientPrivilege, "must be owner of relation %s", o.Name)
	}
	word := o.Kind.Word()
	if o.Kind == Domain {
		word = "domain"
	}
	return pgerr.Newf(pgerr.InsufficientPrivilege, "must be owner of %s %s", word, o.Name)
}
