package lock

import "github.com/ferritedb/ferrite/txn"

// kind tells the lock spaces apart; keys of different kinds never meet.
type kind uint8

const (
	kindRow kind = iota
	kindTable
	kindAdvisory
	kindCount
)

// mode is a txn.RowMode, a txn.TableMode or an advisory mode, by kind.
type mode uint8

const (
	advisoryShare mode = iota
	advisoryExclusive
)

// modeSet has one bit for each mode.
type modeSet uint16

func (m mode) bit() modeSet { return 1 << m }

func set[M ~uint8](modes ...M) modeSet {
	var s modeSet
	for _, m := range modes {
		s |= 1 << m
	}
	return s
}

// conflictsOf[kind][mode] is the set of modes that another owner may not hold.
// Rows: PostgreSQL manual section 13.3.2; tables: 13.3.1; advisory: 13.3.5.
var conflictsOf = [kindCount][8]modeSet{
	kindRow: {
		txn.ForKeyShare:    set(txn.ForUpdate),
		txn.ForShare:       set(txn.ForNoKeyUpdate, txn.ForUpdate),
		txn.ForNoKeyUpdate: set(txn.ForShare, txn.ForNoKeyUpdate, txn.ForUpdate),
		txn.ForUpdate:      set(txn.ForKeyShare, txn.ForShare, txn.ForNoKeyUpdate, txn.ForUpdate),
	},
	kindTable: {
		txn.AccessShare:          set(txn.AccessExclusive),
		txn.RowShare:             set(txn.Exclusive, txn.AccessExclusive),
		txn.RowExclusive:         set(txn.Share, txn.ShareRowExclusive, txn.Exclusive, txn.AccessExclusive),
		txn.ShareUpdateExclusive: set(txn.ShareUpdateExclusive, txn.Share, txn.ShareRowExclusive, txn.Exclusive, txn.AccessExclusive),
		txn.Share:                set(txn.RowExclusive, txn.ShareUpdateExclusive, txn.ShareRowExclusive, txn.Exclusive, txn.AccessExclusive),
		txn.ShareRowExclusive:    set(txn.RowExclusive, txn.ShareUpdateExclusive, txn.Share, txn.ShareRowExclusive, txn.Exclusive, txn.AccessExclusive),
		txn.Exclusive:            set(txn.RowShare, txn.RowExclusive, txn.ShareUpdateExclusive, txn.Share, txn.ShareRowExclusive, txn.Exclusive, txn.AccessExclusive),
		txn.AccessExclusive:      0xff,
	},
	kindAdvisory: {
		advisoryShare:     set(advisoryExclusive),
		advisoryExclusive: set(advisoryShare, advisoryExclusive),
	},
}

// covers tells whether holding held makes a request for m void. Row modes and
// advisory modes are ordered by strength (each conflict set contains the next
// weaker one); table modes are not.
func covers(k kind, held modeSet, m mode) bool {
	if k == kindTable {
		return held&m.bit() != 0
	}
	return held>>m != 0
}

// weakTable tells the modes that conflict only with strong ones, strongTable
// those that conflict with weak ones. ShareUpdateExclusive is neither.
func weakTable(m txn.TableMode) bool   { return m <= txn.RowExclusive }
func strongTable(m txn.TableMode) bool { return m >= txn.Share }

// modeNames are pg_locks' names. A row's modes are named as PostgreSQL names
// the tuple locks that stand for them.
var modeNames = [kindCount][8]string{
	kindRow: {"AccessShareLock", "RowShareLock", "ExclusiveLock", "AccessExclusiveLock"},
	kindTable: {"AccessShareLock", "RowShareLock", "RowExclusiveLock", "ShareUpdateExclusiveLock",
		"ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"},
	kindAdvisory: {"ShareLock", "ExclusiveLock"},
}

var kindNames = [kindCount]string{"tuple", "relation", "advisory"}
