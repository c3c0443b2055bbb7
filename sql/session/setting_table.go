package session

// settingKind is pg_settings.vartype.
type settingKind uint8

const (
	kindBool settingKind = iota
	kindInt
	kindReal
	kindString
	kindEnum
)

func (k settingKind) String() string {
	return [...]string{"bool", "integer", "real", "string", "enum"}[k]
}

// settingContext is pg_settings.context: who may change the setting and when.
type settingContext uint8

const (
	contextUser settingContext = iota
	contextInternal
	contextPostmaster
	contextSighup
	contextBackend
	contextSuperuser
)

func (c settingContext) String() string {
	return [...]string{"user", "internal", "postmaster", "sighup", "backend", "superuser"}[c]
}

// settingID indexes the setting table.
type settingID int

// setting is one run-time parameter.
type setting struct {
	name    string
	kind    settingKind
	def     string // canonical default
	unit    string // of integers: ms, s, min, kB, 8kB; "" for none
	min     float64
	max     float64
	values  []string // of enums
	context settingContext
	report  bool // ParameterStatus on change
	plan    bool // plans depend on it
	doc     string
}

const (
	intMax  = 2147483647
	realMax = 1e308
)

var (
	onOff       = []string{"on", "off"}
	isolations  = []string{"serializable", "repeatable read", "read committed", "read uncommitted"}
	logLevels   = []string{"debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error"}
	syncLevels  = []string{"local", "remote_write", "remote_apply", "on", "off"}
	duraLevels  = []string{"fsync", "everysec", "none"}
	byteaForms  = []string{"escape", "hex"}
	ivalStyles  = []string{"postgres", "postgres_verbose", "sql_standard", "iso_8601"}
	replication = []string{"origin", "replica", "local"}
)

func boolVar(name, def, doc string) setting {
	return setting{name: name, kind: kindBool, def: def, doc: doc}
}

func intVar(name, def, unit string, min, max float64, doc string) setting {
	return setting{name: name, kind: kindInt, def: def, unit: unit, min: min, max: max, doc: doc}
}

func realVar(name, def string, min, max float64, doc string) setting {
	return setting{name: name, kind: kindReal, def: def, min: min, max: max, doc: doc}
}

func strVar(name, def, doc string) setting {
	return setting{name: name, kind: kindString, def: def, doc: doc}
}

func enumVar(name, def string, values []string, doc string) setting {
	return setting{name: name, kind: kindEnum, def: def, values: values, doc: doc}
}

func (v setting) reported() setting           { v.report = true; return v }
func (v setting) planned() setting            { v.plan = true; return v }
func (v setting) in(c settingContext) setting { v.context = c; return v }

// settingTable names every run-time parameter, in the order of SHOW ALL (name
// order, case folded). What clients and tools of PostgreSQL 15 set or read is
// here; those that Ferrite has no use for are kept and shown as set.
var settingTable = sortedSettings([]setting{
	strVar("application_name", "", "Sets the application name to be reported in statistics and logs.").reported(),
	boolVar("array_nulls", "on", "Enable input of NULL elements in arrays."),
	enumVar("backslash_quote", "safe_encoding", []string{"safe_encoding", "on", "off"}, `Sets whether "\'" is allowed in string literals.`),
	intVar("block_size", "8192", "", 8192, 8192, "Shows the size of a disk block.").in(contextInternal),
	enumVar("bytea_output", "hex", byteaForms, "Sets the output format for bytea.").planned(),
	boolVar("check_function_bodies", "on", "Check routine bodies during CREATE FUNCTION and CREATE PROCEDURE."),
	strVar("client_encoding", "UTF8", "Sets the client's character set encoding.").reported(),
	enumVar("client_min_messages", "notice", logLevels, "Sets the message levels that are sent to the client."),
	enumVar("constraint_exclusion", "partition", []string{"partition", "on", "off"}, "Enables the planner to use constraints to optimize queries."),
	realVar("cpu_operator_cost", "0.0025", 0, realMax, "Sets the planner's estimate of the cost of processing each operator or function call."),
	realVar("cpu_tuple_cost", "0.01", 0, realMax, "Sets the planner's estimate of the cost of processing each tuple (row)."),
	realVar("cursor_tuple_fraction", "0.1", 0, 1, "Sets the planner's estimate of the fraction of a cursor's rows that will be retrieved."),
	strVar("DateStyle", "ISO, MDY", "Sets the display format for date and time values.").reported().planned(),
	intVar("deadlock_timeout", "1000", "ms", 1, intMax, "Sets the time to wait on a lock before checking for deadlock.").in(contextSuperuser),
	strVar("default_table_access_method", "heap", "Sets the default table access method for new tables."),
	strVar("default_tablespace", "", "Sets the default tablespace to create tables and indexes in."),
	intVar("default_statistics_target", "100", "", 1, 10000, "Sets the default statistics target."),
	strVar("default_text_search_config", "pg_catalog.english", "Sets default text search configuration."),
	strVar("default_toast_compression", "pglz", "Sets the default compression method for compressible values."),
	boolVar("default_transaction_deferrable", "off", "Sets the default deferrable status of new transactions."),
	enumVar("default_transaction_isolation", "read committed", isolations, "Sets the transaction isolation level of each new transaction."),
	boolVar("default_transaction_read_only", "off", "Sets the default read-only status of new transactions.").reported(),
	enumVar("dialect", "ferrite", []string{"ferrite", "postgres", "mysql"}, "Sets the SQL dialect of the text that follows.").planned(),
	intVar("effective_cache_size", "524288", "8kB", 1, intMax, "Sets the planner's assumption about the total size of the data caches."),
	intVar("effective_io_concurrency", "1", "", 0, 1000, "Number of simultaneous requests that can be handled efficiently by the disk subsystem."),
	boolVar("enable_bitmapscan", "on", "Enables the planner's use of bitmap-scan plans.").planned(),
	boolVar("enable_hashagg", "on", "Enables the planner's use of hashed aggregation plans.").planned(),
	boolVar("enable_hashjoin", "on", "Enables the planner's use of hash join plans.").planned(),
	boolVar("enable_indexonlyscan", "on", "Enables the planner's use of index-only-scan plans.").planned(),
	boolVar("enable_indexscan", "on", "Enables the planner's use of index-scan plans.").planned(),
	boolVar("enable_material", "on", "Enables the planner's use of materialization.").planned(),
	boolVar("enable_memoize", "on", "Enables the planner's use of memoization.").planned(),
	boolVar("enable_mergejoin", "on", "Enables the planner's use of merge join plans.").planned(),
	boolVar("enable_nestloop", "on", "Enables the planner's use of nested-loop join plans.").planned(),
	boolVar("enable_partitionwise_aggregate", "off", "Enables partitionwise aggregation and grouping.").planned(),
	boolVar("enable_partitionwise_join", "off", "Enables partitionwise join.").planned(),
	boolVar("enable_seqscan", "on", "Enables the planner's use of sequential-scan plans.").planned(),
	boolVar("enable_sort", "on", "Enables the planner's use of explicit sort steps.").planned(),
	boolVar("enable_tidscan", "on", "Enables the planner's use of TID scan plans.").planned(),
	boolVar("escape_string_warning", "on", "Warn about backslash escapes in ordinary string literals."),
	intVar("extra_float_digits", "1", "", -15, 3, "Sets the number of digits displayed for floating-point values.").planned(),
	enumVar("ferrite.durability", "fsync", duraLevels, "Sets what a commit waits for."),
	boolVar("ferrite.lenient_dyn", "off", "Makes a dyn value that cannot be taken as the asked type NULL.").planned(),
	intVar("from_collapse_limit", "8", "", 1, intMax, "Sets the FROM-list size beyond which subqueries are not collapsed."),
	boolVar("geqo", "on", "Enables genetic query optimization."),
	intVar("geqo_threshold", "12", "", 2, intMax, "Sets the threshold of FROM items beyond which GEQO is used."),
	intVar("gin_fuzzy_search_limit", "0", "", 0, intMax, "Sets the maximum allowed result for exact search by GIN."),
	realVar("hash_mem_multiplier", "2", 1, 1000, "Multiple of work_mem to use for hash tables."),
	intVar("idle_in_transaction_session_timeout", "0", "ms", 0, intMax, "Sets the maximum allowed idle time between queries, when in a transaction."),
	intVar("idle_session_timeout", "0", "ms", 0, intMax, "Sets the maximum allowed idle time between queries, when not in a transaction."),
	boolVar("in_hot_standby", "off", "Shows whether hot standby is currently active.").in(contextInternal).reported(),
	boolVar("integer_datetimes", "on", "Shows whether datetimes are integer based.").in(contextInternal).reported(),
	enumVar("IntervalStyle", "postgres", ivalStyles, "Sets the display format for interval values.").reported().planned(),
	boolVar("is_superuser", "on", "Shows whether the current user is a superuser.").in(contextInternal).reported(),
	boolVar("jit", "off", "Allow JIT compilation."),
	intVar("join_collapse_limit", "8", "", 1, intMax, "Sets the FROM-list size beyond which JOIN constructs are not flattened."),
	strVar("lc_collate", "C", "Shows the collation order locale.").in(contextInternal),
	strVar("lc_ctype", "C.UTF-8", "Shows the character classification and case conversion locale.").in(contextInternal),
	strVar("lc_messages", "C", "Sets the language in which messages are displayed.").in(contextSuperuser),
	strVar("lc_monetary", "C", "Sets the locale for formatting monetary amounts.").planned(),
	strVar("lc_numeric", "C", "Sets the locale for formatting numbers.").planned(),
	strVar("lc_time", "C", "Sets the locale for formatting date and time values.").planned(),
	strVar("listen_addresses", "localhost", "Sets the host name or IP address(es) to listen to.").in(contextPostmaster),
	boolVar("lo_compat_privileges", "off", "Enables backward compatibility mode for privilege checks on large objects.").in(contextSuperuser),
	intVar("lock_timeout", "0", "ms", 0, intMax, "Sets the maximum allowed duration of any wait for a lock."),
	intVar("log_min_duration_statement", "-1", "ms", -1, intMax, "Sets the minimum execution time above which all statements will be logged.").in(contextSuperuser),
	enumVar("log_statement", "none", []string{"none", "ddl", "mod", "all"}, "Sets the type of statements logged.").in(contextSuperuser),
	intVar("maintenance_work_mem", "65536", "kB", 1024, intMax, "Sets the maximum memory to be used for maintenance operations."),
	intVar("max_connections", "100", "", 1, 262143, "Sets the maximum number of concurrent connections.").in(contextPostmaster),
	intVar("max_identifier_length", "63", "", 63, 63, "Shows the maximum identifier length.").in(contextInternal),
	intVar("max_index_keys", "32", "", 32, 32, "Shows the maximum number of index keys.").in(contextInternal),
	intVar("max_function_args", "100", "", 100, 100, "Shows the maximum number of function arguments.").in(contextInternal),
	intVar("max_locks_per_transaction", "64", "", 10, intMax, "Sets the maximum number of locks per transaction.").in(contextPostmaster),
	intVar("max_parallel_maintenance_workers", "2", "", 0, 1024, "Sets the maximum number of parallel processes per maintenance operation."),
	intVar("max_parallel_workers", "8", "", 0, 1024, "Sets the maximum number of parallel workers that can be active at one time."),
	intVar("max_parallel_workers_per_gather", "2", "", 0, 1024, "Sets the maximum number of parallel processes per executor node."),
	intVar("max_prepared_transactions", "1000", "", 0, 262143, "Sets the maximum number of simultaneously prepared transactions.").in(contextPostmaster),
	intVar("max_stack_depth", "2048", "kB", 100, intMax, "Sets the maximum stack depth, in kilobytes.").in(contextSuperuser),
	intVar("min_parallel_index_scan_size", "64", "8kB", 0, intMax, "Sets the minimum amount of index data for a parallel scan."),
	intVar("min_parallel_table_scan_size", "1024", "8kB", 0, intMax, "Sets the minimum amount of table data for a parallel scan."),
	boolVar("parallel_leader_participation", "on", "Controls whether Gather also runs subplans."),
	realVar("parallel_setup_cost", "1000", 0, realMax, "Sets the planner's estimate of the cost of starting up worker processes for parallel query."),
	realVar("parallel_tuple_cost", "0.1", 0, realMax, "Sets the planner's estimate of the cost of passing each tuple from worker to leader."),
	enumVar("password_encryption", "scram-sha-256", []string{"md5", "scram-sha-256"}, "Chooses the algorithm for encrypting passwords."),
	enumVar("plan_cache_mode", "auto", []string{"auto", "force_generic_plan", "force_custom_plan"}, "Controls the planner's selection of custom or generic plan."),
	intVar("port", "5432", "", 1, 65535, "Sets the TCP port the server listens on.").in(contextPostmaster),
	boolVar("quote_all_identifiers", "off", "When generating SQL fragments, quote all identifiers.").planned(),
	realVar("random_page_cost", "4", 0, realMax, "Sets the planner's estimate of the cost of a nonsequentially fetched disk page.").planned(),
	strVar("role", "none", "Sets the current role.").planned(),
	boolVar("row_security", "on", "Enable row security.").planned(),
	strVar("search_path", `"$user", public`, "Sets the schema search order for names that are not schema-qualified.").planned(),
	realVar("seed", "unavailable", -1, 1, "Sets the seed for random-number generation."),
	intVar("segment_size", "131072", "8kB", 131072, 131072, "Shows the number of pages per disk file.").in(contextInternal),
	realVar("seq_page_cost", "1", 0, realMax, "Sets the planner's estimate of the cost of a sequentially fetched disk page.").planned(),
	strVar("server_encoding", "UTF8", "Shows the server (database) character set encoding.").in(contextInternal).reported(),
	strVar("server_version", ServerVersion, "Shows the server version.").in(contextInternal).reported(),
	intVar("server_version_num", ServerVersionNum, "", 0, intMax, "Shows the server version as an integer.").in(contextInternal),
	strVar("session_authorization", "", "Sets the current session's user name.").reported().planned(),
	enumVar("session_replication_role", "origin", replication, "Sets the session's behavior for triggers and rewrite rules.").in(contextSuperuser),
	intVar("shared_buffers", "16384", "8kB", 16, intMax, "Sets the number of shared memory buffers used by the server.").in(contextPostmaster),
	boolVar("ssl", "off", "Enables SSL connections.").in(contextSighup),
	boolVar("standard_conforming_strings", "on", "Causes '...' strings to treat backslashes literally.").reported().planned(),
	intVar("statement_timeout", "0", "ms", 0, intMax, "Sets the maximum allowed duration of any statement."),
	boolVar("synchronize_seqscans", "on", "Enable synchronized sequential scans."),
	enumVar("synchronous_commit", "on", syncLevels, "Sets the current transaction's synchronization level."),
	intVar("tcp_keepalives_count", "0", "", 0, intMax, "Maximum number of TCP keepalive retransmits."),
	intVar("tcp_keepalives_idle", "0", "s", 0, intMax, "Time between issuing TCP keepalives."),
	intVar("tcp_keepalives_interval", "0", "s", 0, intMax, "Time between TCP keepalive retransmits."),
	intVar("tcp_user_timeout", "0", "ms", 0, intMax, "TCP user timeout."),
	intVar("temp_buffers", "1024", "8kB", 100, intMax, "Sets the maximum number of temporary buffers used by each session."),
	intVar("temp_file_limit", "-1", "kB", -1, intMax, "Limits the total size of all temporary files used by each statement."),
	strVar("temp_tablespaces", "", "Sets the tablespace(s) to use for temporary tables and sort files."),
	strVar("TimeZone", "UTC", "Sets the time zone for displaying and interpreting time stamps.").reported().planned(),
	strVar("timezone_abbreviations", "Default", "Selects a file of time zone abbreviations."),
	boolVar("track_activities", "on", "Collects information about executing commands.").in(contextSuperuser),
	boolVar("track_counts", "on", "Collects statistics on database activity.").in(contextSuperuser),
	boolVar("track_io_timing", "off", "Collects timing statistics for database I/O activity.").in(contextSuperuser),
	boolVar("transaction_deferrable", "off", "Whether to defer a read-only serializable transaction until it can be executed with no possible serialization failures."),
	enumVar("transaction_isolation", "read committed", isolations, "Sets the current transaction's isolation level."),
	boolVar("transaction_read_only", "off", "Sets the current transaction's read-only status."),
	boolVar("transform_null_equals", "off", `Treats "expr=NULL" as "expr IS NULL".`).planned(),
	intVar("wal_block_size", "8192", "", 8192, 8192, "Shows the block size in the write ahead log.").in(contextInternal),
	enumVar("wal_level", "replica", []string{"minimal", "replica", "logical"}, "Sets the level of information written to the WAL.").in(contextPostmaster),
	intVar("work_mem", "65536", "kB", 64, intMax, "Sets the maximum memory to be used for query workspaces."),
	enumVar("xmlbinary", "base64", []string{"base64", "hex"}, "Sets how binary values are to be encoded in XML."),
	enumVar("xmloption", "content", []string{"content", "document"}, "Sets whether XML data in implicit parsing and serialization operations is to be considered as documents or content fragments."),
	boolVar("zero_damaged_pages", "off", "Continues processing past damaged page headers.").in(contextInternal),
})

// Versions that clients see.
const (
	ServerVersion    = "15.12 (Ferrite)"
	ServerVersionNum = "150012"
)

// IDs of the settings that code reads.
var (
	setApplicationName   = mustSetting("application_name")
	setByteaOutput       = mustSetting("bytea_output")
	setClientMinMessages = mustSetting("client_min_messages")
	setDateStyle         = mustSetting("DateStyle")
	setDefDeferrable     = mustSetting("default_transaction_deferrable")
	setDefIsolation      = mustSetting("default_transaction_isolation")
	setDefReadOnly       = mustSetting("default_transaction_read_only")
	setDurability        = mustSetting("ferrite.durability")
	setLenient           = mustSetting("ferrite.lenient_dyn")
	setExtraFloatDigits  = mustSetting("extra_float_digits")
	setIdleInTxn         = mustSetting("idle_in_transaction_session_timeout")
	setIdleSession       = mustSetting("idle_session_timeout")
	setIntervalStyle     = mustSetting("IntervalStyle")
	setLockTimeout       = mustSetting("lock_timeout")
	setRole              = mustSetting("role")
	setSearchPath        = mustSetting("search_path")
	setSessionAuth       = mustSetting("session_authorization")
	setStatementTimeout  = mustSetting("statement_timeout")
	setSyncCommit        = mustSetting("synchronous_commit")
	setTimeZone          = mustSetting("TimeZone")
	setTxnDeferrable     = mustSetting("transaction_deferrable")
	setTxnIsolation      = mustSetting("transaction_isolation")
	setTxnReadOnly       = mustSetting("transaction_read_only")
	setTempFileLimit     = mustSetting("temp_file_limit")
	setWorkMem           = mustSetting("work_mem")
	setSuperuser         = mustSetting("is_superuser")
)
