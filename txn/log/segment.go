package log

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/ferritedb/ferrite/kv"
)

const (
	segmentMagic     = "FERRILOG"
	segmentVersion   = 1
	segmentContinues = 1
	segmentSuffix    = ".log"
	sparePrefix      = "spare"
	newName          = "new.log"
	baseDigits       = 16
)

// segment is one open file of the log.
type segment struct {
	base uint64
	path string
	file File
	// continues: the first frame continues a record of the segment before.
	continues bool
	// readers counts the reads under way; guarded by Log.mu.
	readers int
	// dropped has the last reader close the file; guarded by Log.mu.
	dropped bool
}

// offset is where in the file the frame at pos lies.
func (s *segment) offset(pos uint64) int64 {
	return int64(pos-s.base) + SegmentHeaderBytes
}

func segmentPath(dir string, base uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%0*x%s", baseDigits, base, segmentSuffix))
}

// parseSegmentName gives the base position of a segment's file name.
func parseSegmentName(name string) (uint64, bool) {
	hex, ok := strings.CutSuffix(name, segmentSuffix)
	if !ok || len(hex) != baseDigits {
		return 0, false
	}
	base, err := strconv.ParseUint(hex, 16, 64)
	return base, err == nil
}

func (s *segment) encodeHeader() [SegmentHeaderBytes]byte {
	var h [SegmentHeaderBytes]byte
	copy(h[:], segmentMagic)
	binary.LittleEndian.PutUint32(h[8:], segmentVersion)
	if s.continues {
		binary.LittleEndian.PutUint32(h[12:], segmentContinues)
	}
	binary.LittleEndian.PutUint64(h[16:], s.base)
	binary.LittleEndian.PutUint32(h[24:], checksum(h[:24]))
	return h
}

// checkHeader tells whether the file begins with the header of this segment. A
// sound header of another format version is an error.
func (s *segment) checkHeader() (bool, error) {
	var h [SegmentHeaderBytes]byte
	if n, err := s.file.ReadAt(h[:], 0); n < len(h) {
		return false, ignoreEOF(err)
	}
	if string(h[:8]) != segmentMagic || binary.LittleEndian.Uint32(h[24:]) != checksum(h[:24]) {
		return false, nil
	}
	if v := binary.LittleEndian.Uint32(h[8:]); v != segmentVersion {
		return false, fmt.Errorf("%w: commit log segment %s has version %d, this program reads %d",
			kv.ErrFormat, s.path, v, segmentVersion)
	}
	s.continues = binary.LittleEndian.Uint32(h[12:])&segmentContinues != 0
	return binary.LittleEndian.Uint64(h[16:]) == s.base, nil
}

// startSegment makes the file at from the segment of base.
func startSegment(fs FS, f File, from, dir string, base uint64, continues bool) (*segment, error) {
	s := &segment{base: base, path: segmentPath(dir, base), file: f, continues: continues}
	h := s.encodeHeader()
	if _, err := f.WriteAt(h[:], 0); err != nil {
		return nil, err
	}
	if err := fs.Rename(from, s.path); err != nil {
		return nil, err
	}
	return s, nil
}
