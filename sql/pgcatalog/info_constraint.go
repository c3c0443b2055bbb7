package pgcatalog

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ferritedb/ferrite/sql/catalog"
)

var constraintWords = map[byte]string{'c': "CHECK", 'f': "FOREIGN KEY", 'p': "PRIMARY KEY", 'u': "UNIQUE"}

// eachTableConstraint visits the constraints of tables only.
func (e *env) eachTableConstraint(f func(c constraint) error) error {
	return e.eachConstraint(func(c constraint) error {
		if c.table == nil {
			return nil
		}
		return f(c)
	})
}

func genTableConstraints(e *env) error {
	err := e.eachTableConstraint(func(c constraint) error {
		deferrable, deferred := "NO", "NO"
		if c.fk != nil {
			deferrable, deferred = yesNo(c.fk.Deferrable), yesNo(c.fk.InitiallyDeferred)
		}
		var distinct any
		if c.kind == 'u' {
			distinct = yesNo(!c.index.NullsNotDistinct)
		}
		s := e.schema(c.table.Schema)
		return e.row(e.database(), s, c.name, e.database(), s, c.table.Name, constraintWords[c.kind], deferrable, deferred, "YES", distinct)
	})
	if err != nil {
		return err
	}
	// NOT NULL shows as a CHECK, as the standard asks.
	return e.eachTable("", func(t *catalog.Table) error {
		if relkind(t) != 'r' || t.Kind == catalog.KindVirtual {
			return nil
		}
		for _, c := range live(t) {
			if !c.NotNull {
				continue
			}
			s := e.schema(t.Schema)
			if err := e.row(e.database(), s, notNullName(t, c), e.database(), s, t.Name, "CHECK", "NO", "NO", "YES", nil); err != nil {
				return err
			}
		}
		return nil
	})
}

func genCheckConstraints(e *env) error {
	err := e.eachConstraint(func(c constraint) error {
		if c.check == nil {
			return nil
		}
		return e.row(e.database(), e.schema(c.schema()), c.name, strings.TrimPrefix(constraintDef(e.cat, e.ctx, c, false), "CHECK "))
	})
	if err != nil {
		return err
	}
	return e.eachTable("", func(t *catalog.Table) error {
		if relkind(t) != 'r' || t.Kind == catalog.KindVirtual {
			return nil
		}
		for _, c := range live(t) {
			if c.NotNull {
				if err := e.row(e.database(), e.schema(t.Schema), notNullName(t, c), c.Name+" IS NOT NULL"); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func genKeyColumnUsage(e *env) error {
	return e.eachTableConstraint(func(c constraint) error {
		if c.kind == 'c' {
			return nil
		}
		s := e.schema(c.table.Schema)
		for i, n := range c.columns() {
			col := c.table.ColumnByNum(n)
			if col == nil {
				continue
			}
			var place any
			if c.fk != nil && c.index != nil {
				place = 1 + slices.IndexFunc(c.index.Keys, func(k catalog.IndexKey) bool { return k.Attnum == c.fk.RefColumns[i] })
			}
			if err := e.row(e.database(), s, c.name, e.database(), s, c.table.Name, col.Name, i+1, place); err != nil {
				return err
			}
		}
		return nil
	})
}

// used is the table and columns a constraint uses: those referred to, for a
// foreign key.
func (c constraint) used() (*catalog.Table, []int16) {
	if c.fk != nil {
		return c.ref, c.fk.RefColumns
	}
	return c.table, c.columns()
}

func genConstraintColumnUsage(e *env) error {
	return e.eachTableConstraint(func(c constraint) error {
		t, nums := c.used()
		for _, n := range nums {
			col := t.ColumnByNum(n)
			if col == nil {
				continue
			}
			if err := e.row(e.database(), e.schema(t.Schema), t.Name, col.Name, e.database(), e.schema(c.table.Schema), c.name); err != nil {
				return err
			}
		}
		return nil
	})
}

func genConstraintTableUsage(e *env) error {
	return e.eachTableConstraint(func(c constraint) error {
		if c.kind == 'c' {
			return nil
		}
		t, _ := c.used()
		return e.row(e.database(), e.schema(t.Schema), t.Name, e.database(), e.schema(c.table.Schema), c.name)
	})
}

func genReferentialConstraints(e *env) error {
	return e.eachTableConstraint(func(c constraint) error {
		if c.fk == nil {
			return nil
		}
		var index any
		if c.index != nil {
			index = c.index.Name
		}
		match := "NONE"
		if c.fk.MatchFull {
			match = "FULL"
		}
		return e.row(e.database(), e.schema(c.table.Schema), c.name, e.database(), e.schema(c.ref.Schema), index, match,
			actionWords[c.fk.OnUpdate], actionWords[c.fk.OnDelete])
	})
}

// notNullName is the name information_schema makes up for a NOT NULL.
func notNullName(t *catalog.Table, c catalog.Column) string {
	return strconv.Itoa(int(t.Schema)) + "_" + strconv.Itoa(int(t.OID)) + "_" + strconv.Itoa(int(c.Attnum)) + "_not_null"
}
