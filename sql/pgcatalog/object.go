package pgcatalog

import (
	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/types"
)

func genNamespace(e *env) error {
	for _, s := range e.cat.Schemas() {
		if err := e.row(s.OID, s.Name, s.Owner, e.acl(s.ACL)); err != nil {
			return err
		}
	}
	return nil
}

func genDatabase(e *env) error {
	dbs, err := e.cat.Databases()
	if err != nil {
		return err
	}
	for _, d := range dbs {
		if err := e.row(d.OID, d.Name, d.Owner, 6, byte('c'), false, true, -1, 0, 1, catalog.TablespaceDefault,
			"C.UTF-8", "C.UTF-8", nil, nil, e.acl(d.ACL)); err != nil {
			return err
		}
	}
	return nil
}

func genTablespace(e *env) error {
	if err := e.row(catalog.TablespaceDefault, "pg_default", catalog.RoleSuperuser, nil, nil); err != nil {
		return err
	}
	return e.row(1664, "pg_global", catalog.RoleSuperuser, nil, nil)
}

func genAm(e *env) error {
	for _, a := range []struct {
		oid  int
		name string
		kind byte
	}{{2, "heap", 't'}, {403, "btree", 'i'}, {405, "hash", 'i'}} {
		if err := e.row(a.oid, a.name, 0, a.kind); err != nil {
			return err
		}
	}
	return nil
}

func genLanguage(e *env) error {
	for _, l := range languages {
		if err := e.row(l.oid, l.name, catalog.RoleSuperuser, false, l.trusted, 0, 0, 0, e.acl(languageObject(e.cat, l.name).ACL)); err != nil {
			return err
		}
	}
	return nil
}

func genCollation(e *env) error {
	for _, c := range []struct {
		oid      types.OID
		name     string
		provider byte
		locale   any
	}{{100, "default", 'd', nil}, {950, "C", 'c', "C"}, {951, "POSIX", 'c', "POSIX"}} {
		if err := e.row(c.oid, c.name, catalog.SchemaPgCatalog, catalog.RoleSuperuser, c.provider, true, -1, c.locale, c.locale, nil, nil); err != nil {
			return err
		}
	}
	return nil
}

// genExtension has no rows: what PostgreSQL ships as extensions is built in or
// absent here.
func genExtension(*env) error { return nil }

func genDescription(e *env) error {
	emit := func(oid, class types.OID, sub int16, text string) error {
		if text == "" {
			return nil
		}
		return e.row(oid, class, sub, text)
	}
	for _, s := range e.cat.Schemas() {
		if err := emit(s.OID, classNamespace, 0, s.Comment); err != nil {
			return err
		}
	}
	ds, err := e.cat.Types()
	if err != nil {
		return err
	}
	for _, d := range ds {
		if err := emit(d.T.OID, classType, 0, d.Comment); err != nil {
			return err
		}
	}
	return e.eachTable("", func(t *catalog.Table) error {
		if err := emit(t.OID, classClass, 0, t.Comment); err != nil {
			return err
		}
		for _, c := range live(t) {
			if err := emit(t.OID, classClass, c.Attnum, c.Comment); err != nil {
				return err
			}
		}
		for _, ix := range t.Indexes {
			if err := emit(ix.OID, classClass, 0, ix.Comment); err != nil {
				return err
			}
		}
		return nil
	})
}

// OIDs of the catalogs that objects are rows of.
const (
	classClass     types.OID = 1259
	classType      types.OID = 1247
	classProc      types.OID = 1255
	classNamespace types.OID = 2615
	classAuthid    types.OID = 1260
	classDatabase  types.OID = 1262
	classConstr    types.OID = 2606
	classAttrdef   types.OID = 2604
	classRewrite   types.OID = 2618
)

func genShdescription(e *env) error {
	dbs, err := e.cat.Databases()
	if err != nil {
		return err
	}
	for _, d := range dbs {
		if d.Comment != "" {
			if err := e.row(d.OID, classDatabase, d.Comment); err != nil {
				return err
			}
		}
	}
	rs, err := e.cat.Roles()
	if err != nil {
		return err
	}
	for _, r := range rs {
		if r.Comment != "" {
			if err := e.row(r.OID, classAuthid, r.Comment); err != nil {
				return err
			}
		}
	}
	return nil
}

// genDepend has what clients look up: owned sequences, indexes of constraints,
// views on their relations.
func genDepend(e *env) error {
	return e.eachTable("", func(t *catalog.Table) error {
		if t.Kind == catalog.KindSequence && t.Seq.OwnerTable != 0 {
			kind := byte('a')
			if o, err := e.cat.TableByOID(t.Seq.OwnerTable); err == nil && o != nil {
				if c := o.ColumnByNum(t.Seq.OwnerColumn); c != nil && c.Identity != 0 {
					kind = 'i'
				}
			}
			if err := e.row(classClass, t.OID, 0, classClass, t.Seq.OwnerTable, t.Seq.OwnerColumn, kind); err != nil {
				return err
			}
		}
		for _, ix := range t.Indexes {
			if ix.Constraint {
				if err := e.row(classClass, ix.OID, 0, classConstr, constraintOID(ix), 0, byte('i')); err != nil {
					return err
				}
			}
		}
		for _, u := range t.Uses {
			if err := e.row(classRewrite, ruleOID(t), 0, classClass, u, 0, byte('n')); err != nil {
				return err
			}
		}
		for _, c := range live(t) {
			if c.Default == "" || c.OwnedSeq == 0 {
				continue
			}
			if err := e.row(classAttrdef, attrdefOID(t, c), 0, classClass, c.OwnedSeq, 0, byte('n')); err != nil {
				return err
			}
		}
		return nil
	})
}

func genSequence(e *env) error {
	return e.eachTable("seqrelid", func(t *catalog.Table) error {
		if t.Kind != catalog.KindSequence {
			return nil
		}
		q := t.Seq
		return e.row(t.OID, q.Type.OID, q.Start, q.Increment, q.Max, q.Min, q.Cache, q.Cycle)
	})
}

// SequenceReader is what a session tells of a sequence's state.
type SequenceReader interface {
	SequenceState(seq types.OID) (last int64, called bool, err error)
}

// genSequenceState is SELECT FROM a sequence.
func genSequenceState(e *env) error {
	last, called := e.t.Seq.Start, false
	if r, ok := e.ctx.Session.(SequenceReader); ok {
		var err error
		if last, called, err = r.SequenceState(e.t.OID); err != nil {
			return err
		}
	}
	return e.row(last, 0, called)
}

func genSequences(e *env) error {
	return e.eachTable("", func(t *catalog.Table) error {
		if t.Kind != catalog.KindSequence {
			return nil
		}
		q := t.Seq
		var last any
		o := acl.OfTable(t)
		if r, ok := e.ctx.Session.(SequenceReader); ok && e.user().Mask(&o, acl.Select|acl.Usage) != 0 {
			v, called, err := r.SequenceState(t.OID)
			if err != nil {
				return err
			}
			if called {
				last = v
			}
		}
		return e.row(e.schema(t.Schema), t.Name, e.role(t.Owner), q.Type.OID, q.Start, q.Min, q.Max, q.Increment, q.Cycle, q.Cache, last)
	})
}
