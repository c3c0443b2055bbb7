// Package gc gives back what nothing can see any more, at a bounded pace.
//
//	Collector ──each HistoryInterval──► drop the history buckets past the retention
//	          └─each ExpireInterval──► Expire(ctx), at most expireRoundsMax times
//
// Words:
//   - bucket: all replaced versions that ended within keys.HistoryBucketWidth; it
//     is dropped whole, by a range delete, once its end lies past the retention.
//   - doomed: keys that nothing but a reader of the past needs since a time: the
//     storage of a table that was dropped, emptied or rewritten, the entries of a
//     dropped index. Whoever gives them up writes a record (keys.Doomed) in the
//     same commit; they are deleted once that commit lies past the retention.
//   - horizon: the time before which history has been dropped; kept in the store's
//     metadata, so that a longer retention after a restart does not read gaps.
//
// Dropping history goes past the transaction store: history entries belong to no
// transaction, and a drop that a crash takes back is made again. Readers as of an
// older time keep the snapshot that they began with.
//
// It deletes no record that a transaction could still change: expired keys are
// removed by transactions of whoever gives Expire.
package gc
