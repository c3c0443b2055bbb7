package pgcatalog

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/types"
)

//go:embed relations.txt
var relationsText string

var (
	tables     []*catalog.Table
	generators = map[types.OID]generator{}
	byName     = map[string]*catalog.Table{} // schema.name
)

// Tables lists the descriptors of all computed relations. The caller must not
// change them.
func Tables() []*catalog.Table { return tables }

func init() {
	for _, line := range strings.Split(strings.TrimSpace(relationsText), "\n") {
		t := parseRelation(line)
		tables = append(tables, t)
		byName[schemaName(t.Schema)+"."+t.Name] = t
	}
	for _, m := range []map[string]generator{catalogGenerators(), infoGenerators()} {
		for name, g := range m {
			t := byName[name]
			if t == nil {
				panic("pgcatalog: generator for unknown relation " + name)
			}
			generators[t.OID] = g
		}
	}
}

func schemaName(oid types.OID) string {
	if oid == catalog.SchemaPgCatalog {
		return "pg_catalog"
	}
	return "information_schema"
}

// parseRelation reads one line of relations.txt. Its errors are ours: panics at
// start, which a test runs.
func parseRelation(line string) *catalog.Table {
	f := strings.Fields(line)
	oid, err := strconv.ParseUint(f[0], 10, 32)
	if err != nil {
		panic(fmt.Sprintf("pgcatalog: %q: %v", line, err))
	}
	t := &catalog.Table{OID: types.OID(oid), Schema: catalog.SchemaPgCatalog, Owner: catalog.RoleSuperuser,
		Kind: catalog.KindVirtual, Name: f[3], Primary: -1, Version: 1}
	if f[1] == "information_schema" {
		t.Schema = catalog.SchemaInformation
	}
	if f[2] == "v" {
		t.Options = []string{"view"}
	}
	t.ACL = []catalog.ACLItem{{Grantee: catalog.RoleSuperuser, Grantor: catalog.RoleSuperuser, Privs: "arwdDxt"}}
	if !secret[t.Name] {
		t.ACL = append(t.ACL, catalog.ACLItem{Grantor: catalog.RoleSuperuser, Privs: "r"})
	}
	for i, c := range f[4:] {
		name, typ, _ := strings.Cut(c, ":")
		typ, notNull := strings.CutSuffix(typ, "!")
		ty, ok := types.ByName(typ)
		if !ok {
			panic(fmt.Sprintf("pgcatalog: relation %s: unknown type %s", t.Name, typ))
		}
		t.Columns = append(t.Columns, catalog.Column{Name: name, Attnum: int16(i + 1), Type: ty, Mod: -1, NotNull: notNull})
	}
	return t
}

// secret are the relations that PUBLIC may not read: those with verifiers of
// passwords, and with values of columns.
var secret = map[string]bool{"pg_authid": true, "pg_shadow": true, "pg_statistic": true, "pg_user_mapping": true,
	"pg_ident_file_mappings": true, "pg_backend_memory_contexts": true, "pg_shmem_allocations": true, "pg_statistic_ext_data": true,
	"pg_replication_origin_status": true, "pg_file_settings": true, "pg_hba_file_rules": true, "pg_config": true, "pg_largeobject": true}

// isView tells a computed relation that PostgreSQL has as a view.
func isView(t *catalog.Table) bool { return len(t.Options) > 0 }

// catalogGenerators are the relations of pg_catalog that have rows.
func catalogGenerators() map[string]generator {
	return map[string]generator{
		"pg_catalog.pg_am":                  genAm,
		"pg_catalog.pg_attrdef":             genAttrdef,
		"pg_catalog.pg_attribute":           genAttribute,
		"pg_catalog.pg_auth_members":        genAuthMembers,
		"pg_catalog.pg_authid":              genAuthid,
		"pg_catalog.pg_cast":                genCast,
		"pg_catalog.pg_class":               genClass,
		"pg_catalog.pg_collation":           genCollation,
		"pg_catalog.pg_constraint":          genConstraint,
		"pg_catalog.pg_database":            genDatabase,
		"pg_catalog.pg_db_role_setting":     genRoleSettings,
		"pg_catalog.pg_depend":              genDepend,
		"pg_catalog.ferrite_key_grants":     genKeyGrants,
		"pg_catalog.pg_init_privs":          genInitPrivs,
		"pg_catalog.pg_default_acl":         genDefaultACL,
		"pg_catalog.pg_parameter_acl":       genParameterACL,
		"pg_catalog.pg_description":         genDescription,
		"pg_catalog.pg_shdescription":       genShdescription,
		"pg_catalog.pg_enum":                genEnum,
		"pg_catalog.pg_extension":           genExtension,
		"pg_catalog.pg_index":               genIndex,
		"pg_catalog.pg_indexes":             genIndexes,
		"pg_catalog.pg_language":            genLanguage,
		"pg_catalog.pg_locks":               genLocks,
		"pg_catalog.pg_matviews":            genMatviews,
		"pg_catalog.pg_namespace":           genNamespace,
		"pg_catalog.pg_opclass":             genOpclass,
		"pg_catalog.pg_operator":            genOperator,
		"pg_catalog.pg_prepared_statements": genPreparedStatements,
		"pg_catalog.pg_prepared_xacts":      genPreparedXacts,
		"pg_catalog.pg_cursors":             genCursors,
		"pg_catalog.pg_proc":                genProc,
		"pg_catalog.pg_range":               genRange,
		"pg_catalog.pg_rewrite":             genRewrite,
		"pg_catalog.pg_roles":               genRoles,
		"pg_catalog.pg_sequence":            genSequence,
		"pg_catalog.pg_sequences":           genSequences,
		"pg_catalog.pg_settings":            genSettings,
		"pg_catalog.pg_shadow":              genShadow,
		"pg_catalog.pg_stat_activity":       genStatActivity,
		"pg_catalog.pg_stat_all_tables":     genStatAllTables,
		"pg_catalog.pg_stat_user_tables":    genStatUserTables,
		"pg_catalog.pg_stat_database":       genStatDatabase,
		"pg_catalog.pg_stats":               genStats,
		"pg_catalog.pg_tables":              genPgTables,
		"pg_catalog.pg_tablespace":          genTablespace,
		"pg_catalog.pg_type":                genType,
		"pg_catalog.pg_user":                genUser,
		"pg_catalog.pg_views":               genPgViews,
	}
}

// infoGenerators are those of information_schema.
func infoGenerators() map[string]generator {
	return map[string]generator{
		"information_schema.character_sets":                  genCharacterSets,
		"information_schema.check_constraints":               genCheckConstraints,
		"information_schema.columns":                         genColumns,
		"information_schema.constraint_column_usage":         genConstraintColumnUsage,
		"information_schema.constraint_table_usage":          genConstraintTableUsage,
		"information_schema.domains":                         genDomains,
		"information_schema.enabled_roles":                   genEnabledRoles,
		"information_schema.applicable_roles":                genApplicableRoles,
		"information_schema.information_schema_catalog_name": genCatalogName,
		"information_schema.key_column_usage":                genKeyColumnUsage,
		"information_schema.parameters":                      genParameters,
		"information_schema.referential_constraints":         genReferentialConstraints,
		"information_schema.column_privileges":               genColumnPrivileges,
		"information_schema.role_column_grants":              genRoleColumnGrants,
		"information_schema.role_routine_grants":             genRoleRoutineGrants,
		"information_schema.role_table_grants":               genRoleTableGrants,
		"information_schema.role_udt_grants":                 genRoleUDTGrants,
		"information_schema.role_usage_grants":               genRoleUsageGrants,
		"information_schema.routine_privileges":              genRoutinePrivileges,
		"information_schema.udt_privileges":                  genUDTPrivileges,
		"information_schema.usage_privileges":                genUsagePrivileges,
		"information_schema.routines":                        genRoutines,
		"information_schema.schemata":                        genSchemata,
		"information_schema.sequences":                       genInfoSequences,
		"information_schema.table_constraints":               genTableConstraints,
		"information_schema.table_privileges":                genTablePrivileges,
		"information_schema.tables":                          genInfoTables,
		"information_schema.views":                           genInfoViews,
	}
}
