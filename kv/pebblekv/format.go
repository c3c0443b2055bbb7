package pebblekv

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ferritedb/ferrite/kv"
)

const (
	formatVersion   = 1
	formatName      = "FERRITE-FORMAT"
	formatPrefix    = "ferrite "
	formatBytesMax  = 64
	formatTemporary = formatName + ".new"
)

// checkFormat reads the format file of dir, or writes it where dir has no store yet.
func checkFormat(f vfs.FS, dir string, readOnly bool) error {
	v, err := readFormat(f, dir)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !readOnly:
		d, err := pebble.Peek(dir, f)
		if err != nil {
			return mark(err)
		}
		if d.Exists {
			return fmt.Errorf("%w: %s holds a Pebble store that is not Ferrite's", kv.ErrFormat, dir)
		}
		return writeFormat(f, dir)
	case err != nil:
		return err
	case v != formatVersion:
		return fmt.Errorf("%w: %s has version %d, this program reads %d", kv.ErrFormat, dir, v, formatVersion)
	}
	return nil
}

func readFormat(f vfs.FS, dir string) (int, error) {
	file, err := f.Open(f.PathJoin(dir, formatName))
	if err != nil {
		return 0, err
	}
	text, err := io.ReadAll(io.LimitReader(file, formatBytesMax))
	if cerr := file.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return 0, err
	}
	num, ok := strings.CutPrefix(strings.TrimSuffix(string(text), "\n"), formatPrefix)
	v, err := strconv.Atoi(num)
	if !ok || err != nil {
		return 0, fmt.Errorf("%w: %s of %s says %q", kv.ErrFormat, formatName, dir, text)
	}
	return v, nil
}

func writeFormat(f vfs.FS, dir string) error {
	tmp := f.PathJoin(dir, formatTemporary)
	file, err := f.Create(tmp, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = io.WriteString(file, formatPrefix+strconv.Itoa(formatVersion)+"\n")
	if err == nil {
		err = file.Sync()
	}
	if cerr := file.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	if err := f.Rename(tmp, f.PathJoin(dir, formatName)); err != nil {
		return err
	}
	d, err := f.OpenDir(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	return err
}
