package isolation

// outOf lists the specs that are not run, each with the feature it stands on
// that Ferrite does not have.
var outOf = map[string]string{
	"deadlock-parallel":               parallel,
	"serializable-parallel":           parallel,
	"eval-plan-qual":                  inheritance,
	"fk-snapshot":                     partitions,
	"insert-conflict-do-update-4":     partitions,
	"merge-delete":                    merge,
	"merge-insert-update":             merge,
	"merge-join":                      merge,
	"merge-update":                    merge,
	"multiple-cic":                    plpgsql,
	"intra-grant-inplace-db":          "VACUUM FREEZE and GRANT ON DATABASE of the regression database",
	"alter-table-3":                   triggers,
	"alter-table-4":                   inheritance,
	"create-trigger":                  triggers,
	"cluster-conflict":                cluster,
	"cluster-conflict-partition":      partitions,
	"ddl-dependency-locking":          "foreign tables",
	"detach-partition-concurrently-1": partitions,
	"detach-partition-concurrently-2": partitions,
	"detach-partition-concurrently-3": partitions,
	"detach-partition-concurrently-4": partitions,
	"eval-plan-qual-trigger":          triggers,
	"fk-partitioned-1":                partitions,
	"fk-partitioned-2":                partitions,
	"intra-grant-inplace":             "row locks on pg_class",
	"read-write-unique-3":             "functions that write",
	"horizons":                        plpgsql,
	"inherit-temp":                    inheritance,
	"insert-conflict-specconflict":    plpgsql,
	"merge-match-recheck":             triggers,
	"partition-concurrent-attach":     partitions,
	"partition-drop-index-locking":    partitions,
	"partition-key-update-1":          partitions,
	"partition-key-update-2":          partitions,
	"partition-key-update-3":          partitions,
	"partition-key-update-4":          partitions,
	"plpgsql-toast":                   plpgsql,
	"predicate-gin":                   "GIN indexes",
	"predicate-gist":                  "GiST indexes",
	"reindex-concurrently-toast":      "TOAST tables",
	"ri-trigger":                      triggers,
	"stats":                           plpgsql,
	"temp-schema-cleanup":             plpgsql,
	"tuplelock-partition":             partitions,
	"vacuum-concurrent-drop":          partitions,
	"vacuum-no-cleanup-lock":          "vacuum's settings of freezing",
	"vacuum-skip-locked":              partitions,
}

const (
	triggers    = "triggers"
	plpgsql     = "PL/pgSQL"
	partitions  = "partitioned tables"
	inheritance = "table inheritance"
	parallel    = "the settings of parallel query"
	merge       = "MERGE"
	cluster     = "CLUSTER"
)
