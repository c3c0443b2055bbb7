// Package pgcatalog computes pg_catalog and information_schema from the
// descriptors, and holds the functions that PostgreSQL's own clients ask about
// them (pg_get_indexdef, format_type, has_table_privilege …).
//
//	relations.txt ──► Tables() ──► catstore (descriptors of kind KindVirtual)
//	exec VirtualScan ──► Generator.Generate ──► one generator for each relation
//	sql/builtin ◄── Functions()
//
// relations.txt lists every relation of PostgreSQL 15's two system schemas: OID,
// schema, kind, name, and columns as name:type with ! for NOT NULL. A relation
// for which no generator is registered is empty: there are no such objects here.
//
// Words:
//   - generator: gives the rows of one relation, all columns in order.
//   - env: one generation: catalog, session, wanted equalities.
package pgcatalog
