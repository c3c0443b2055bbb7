// Package log is the one commit log: every commit of the store is one record in
// it, written with one write(2) before the commit is visible, made durable by an
// fdatasync that all waiting committers share.
//
//	commit mutex ─► Append ─► write(2) ─► segment file      written
//	                                          │
//	WaitSync, OnSync ─► one fdatasync for all ┘             synced ─► mark
//	                                          │
//	Replay (at open) ◄── segments ──► Reader (follows)      DropBefore, but for what is held
//
// # Words
//
// A position is a byte offset in the whole log; it grows for ever and counts
// frames, not segment headers. The first position is FirstPosition, so that 0
// means none. A record is what one Append wrote: one frame, or a chain of frames
// where its payload exceeds Options.FrameBytesMax. A record replays wholly or
// not at all. A record's End is the position after it.
//
// # Files
//
// A directory holds segments, each named by the position of its first frame in
// 16 hexadecimal digits and ".log", perhaps files on their way to become one
// ("spare.log", allocated or recycled in advance, and "new.log"), and the mark.
// All integers are little-endian.
//
//	segment header (SegmentHeaderBytes = 32)
//	  0  8  magic "FERRILOG"
//	  8  4  format version, 1
//	 12  4  flags: 1 the first frame continues a record
//	 16  8  position of the first frame
//	 24  4  crc32c of bytes 0 to 24
//	 28  4  zero
//
//	frame header (HeaderBytes = 32), then the payload, no padding
//	  0  4  crc32c of the header from byte 4 on and of the payload
//	  4  4  payload length
//	  8  8  position of this frame
//	 16  8  commit timestamp
//	 24  4  lag: this position minus the synced position known when the frame
//	        was written; 0xffffffff where that does not fit
//	 28  1  kind, the caller's
//	 29  1  flags: 1 the next frame continues the record, 2 continues a record
//	 30  2  zero
//
//	mark: three sectors of 512 bytes, the second and third written in turn
//	  0  8  magic "FERRMARK"           a slot:  0  4  crc32c of bytes 4 to 44
//	  8  4  format version, 1                   4  8  number, the greater counts
//	 12 16  id of the store                    12  4  flags: 1 closed, the log ends here
//	 28  4  crc32c of bytes 0 to 28            16  8  position below which all was synced
//	                                           24  8  commit timestamp of the record before it
//	                                           32  8  size of a segment file, at least
//
// A frame lies in one segment wholly. After the last frame of a segment come
// zeros, or what a recycled file held before; its frames carry older positions
// and so cannot be taken for frames of this segment.
//
// # Tail or corruption
//
// Before the machine crashed, pages behind the synced position may have reached
// the disk in any order. So Replay stops at the first frame that does not verify
// and looks at everything behind: if a frame there verifies and says (position
// minus lag) that the log was synced past the bad one, then synced bytes are
// damaged: kv.ErrCorruption, and nothing is changed. Otherwise it is a torn
// tail: never promised to anybody, cut off, and the space behind it zeroed so
// that no stale frame can come to life later.
//
// # What is missing
//
// After each sync the mark says up to where; it is written and not synced, so it
// is never ahead of the truth, and exact as long as the machine lives. A file
// becomes a segment only when its size is durable, and is cut only after the mark
// durably says that the log was closed. So a log that ends before the mark, or
// before what the engine has applied (which becomes durable after the log, see
// kv.Engine), or with a file too short, or with segments not in a row, has lost
// something: a GapError, and nothing is changed.
//
// # Space
//
// Before the first byte of a record is written there are files for all of it,
// with their blocks reserved. Where there is no room for them the record is
// refused (ErrNoSpace), nothing happened, and the log looks for room by and by.
//
// # Invariants
//
//   - written and synced lie at ends of records, synced <= written.
//   - A frame counts as synced only after its file, and the directory entry of
//     its file, were synced.
//   - After an I/O error the log takes nothing more (ErrFailed, sticky): what
//     the kernel dropped after a failed fdatasync cannot be known.
//   - DropBefore removes whole segments below its argument, below synced and
//     below every Hold.
//   - A record that could not be written whole is overwritten before anybody is
//     told that it failed.
//
// It never interprets a payload, never reorders, and never syncs under the lock
// that Append takes.
package log
