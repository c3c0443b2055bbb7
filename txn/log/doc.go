// Package log is the one commit log: every commit of the store is one record in
// it, written with one write(2) before the commit is visible, made durable by an
// fdatasync that all waiting committers share.
//
//	commit mutex ─► Append ─► write(2) ─► segment file      written
//	                                          │
//	WaitSync, OnSync ─► one fdatasync for all ┘             synced
//	                                          │
//	Replay (at open) ◄── segments ──► Reader (follows)      DropBefore
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
// 16 hexadecimal digits and ".log", and perhaps a file on its way to become one:
// "spare.log", allocated or recycled in advance, and "new.log". All integers are little-endian.
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
// # Invariants
//
//   - written and synced lie at ends of records, synced <= written.
//   - A frame counts as synced only after its file, and the directory entry of
//     its file, were synced.
//   - After an I/O error the log takes nothing more (ErrFailed, sticky): what
//     the kernel dropped after a failed fdatasync cannot be known.
//   - DropBefore removes whole segments below both its argument and synced.
//
// It never interprets a payload, never reorders, and never syncs under the lock
// that Append takes.
package log
