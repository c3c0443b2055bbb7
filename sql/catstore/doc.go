// Package catstore keeps catalog descriptors in the keyspace and gives every
// transaction its view of them.
//
//	Store ── current ──► snapshot (immutable maps)          shared by all
//	  └─ Begin(txn) ──► Txn = snapshot + own changes         catalog.Reader of one transaction
//	                      └─ BeforeCommit ──► one commit hook publishes the changes
//
// A descriptor is a record under keys.Catalog:
//
//	0x02 kind oid:u32be                          → JSON of the descriptor
//	0x02 'n' schema:u32be namespace:u8 name      → oid:u32be
//	0x02 'q' oid:u32be                           → sequence: last:i64be called:u8
//	0x02 'o' allocator:u8                        → next:u64be
//	0x02 'h'                                     → whole:u8: where history begins (past.go)
//
// Kinds: s schema, r relation, t type, f function, u role, d database,
// a access list of what has no descriptor.
//
// Invariants:
//   - Every change locks the descriptor's key (and for a new name the name's
//     key) in the transaction, so two transactions never change one object, and
//     the changes of a commit apply cleanly to whatever snapshot is current then.
//   - current changes only inside a commit's critical section: the catalog's
//     order of versions is the commit order.
//   - Reading is of the newest committed catalog whatever the isolation level,
//     as in PostgreSQL. A reader of the past (AS OF) sees the relations, types and
//     functions of its time, and the roles, owners and grants of now.
//   - What is made while older snapshots may be open is dated (Index.Since,
//     Table.StorageSince): such a snapshot cannot use it.
//
// Numbers (OIDs, row ids, sequence values) are handed out outside transactions:
// a block is reserved by a small transaction of its own, logged before any
// commit that could use a number of it, and what a crash leaves unused is lost.
package catstore
