package log

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/ferritedb/ferrite/kv"
)

const (
	markName    = "mark"
	newMarkName = "mark.new"
	markMagic   = "FERRMARK"
	markVersion = 1
	// markSlotBytes is a sector: a disk writes a slot whole or not at all.
	markSlotBytes = 512
	markSlots     = 2
	slotBodyBytes = 44

	slotClosed uint32 = 1
)

// ID says which store a log and an engine belong to. Zero: none yet.
type ID [16]byte

func (id ID) String() string { return fmt.Sprintf("%x", id[:]) }

// slot is one state of the mark.
type slot struct {
	seq    uint64 // the later of two slots counts
	flags  uint32
	synced uint64 // position below which everything was durable
	ts     uint64 // commit timestamp of the last record below it; 0 unknown
	file   uint64 // size that every segment file had at least; 0 unknown
}

func (s *slot) encode() (b [slotBodyBytes]byte) {
	binary.LittleEndian.PutUint64(b[4:], s.seq)
	binary.LittleEndian.PutUint32(b[12:], s.flags)
	binary.LittleEndian.PutUint64(b[16:], s.synced)
	binary.LittleEndian.PutUint64(b[24:], s.ts)
	binary.LittleEndian.PutUint64(b[32:], s.file)
	binary.LittleEndian.PutUint32(b[:], checksum(b[4:]))
	return b
}

func (s *slot) decode(b []byte) bool {
	*s = slot{
		seq: binary.LittleEndian.Uint64(b[4:]), flags: binary.LittleEndian.Uint32(b[12:]),
		synced: binary.LittleEndian.Uint64(b[16:]), ts: binary.LittleEndian.Uint64(b[24:]),
		file: binary.LittleEndian.Uint64(b[32:]),
	}
	return s.seq != 0 && binary.LittleEndian.Uint32(b) == checksum(b[4:slotBodyBytes])
}

// mark is the log's mark file; see the package comment.
type mark struct {
	file File // nil: there is none yet
	id   ID
	last slot
}

// openMark reads the mark of dir where there is one.
func (m *mark) open(fsys FS, dir string) error {
	path := filepath.Join(dir, markName)
	f, err := fsys.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	m.file = f
	b := make([]byte, markSlotBytes*(1+markSlots))
	if n, err := f.ReadAt(b, 0); n < len(b) {
		if err = ignoreEOF(err); err != nil {
			return err
		}
		clear(b[n:])
	}
	if string(b[:8]) != markMagic || binary.LittleEndian.Uint32(b[28:]) != checksum(b[:28]) {
		return fmt.Errorf("%w: %s is not a mark of a commit log", kv.ErrCorruption, path)
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != markVersion {
		return fmt.Errorf("%w: %s has version %d, this program reads %d", kv.ErrFormat, path, v, markVersion)
	}
	copy(m.id[:], b[12:28])
	for i := range markSlots {
		var s slot
		if s.decode(b[markSlotBytes*(i+1):]) && s.seq > m.last.seq {
			m.last = s
		}
	}
	if m.last.seq == 0 {
		return fmt.Errorf("%w: %s does not say up to where the commit log was synced", kv.ErrCorruption, path)
	}
	return nil
}

// create makes the mark durably, whole or not at all.
func (m *mark) create(fsys FS, dir string) error {
	b := make([]byte, markSlotBytes*(1+markSlots))
	copy(b, markMagic)
	binary.LittleEndian.PutUint32(b[8:], markVersion)
	copy(b[12:], m.id[:])
	binary.LittleEndian.PutUint32(b[28:], checksum(b[:28]))
	body := m.last.encode()
	copy(b[m.place():], body[:])
	path := filepath.Join(dir, newMarkName)
	f, err := fsys.Create(path)
	if err != nil {
		return err
	}
	m.file = f
	if _, err := f.WriteAt(b, 0); err != nil {
		return err
	}
	if err := f.Datasync(); err != nil {
		return err
	}
	if err := fsys.Rename(path, filepath.Join(dir, markName)); err != nil {
		return err
	}
	return fsys.SyncDir(dir)
}

// place is where in the file the last slot lies.
func (m *mark) place() int64 { return markSlotBytes * int64(1+m.last.seq%markSlots) }

// note writes a state beside the one before. It is not synced: what a crash
// leaves of the mark may be old, and is true all the same.
func (m *mark) note(s slot) error {
	s.seq = m.last.seq + 1
	m.last = s
	body := s.encode()
	_, err := m.file.WriteAt(body[:], m.place())
	return err
}

// set is note, durably, and makes the mark where there is none.
func (m *mark) set(fsys FS, dir string, s slot) error {
	if m.file == nil {
		s.seq = 1
		m.last = s
		return m.create(fsys, dir)
	}
	if err := m.note(s); err != nil {
		return err
	}
	return m.file.Datasync()
}
