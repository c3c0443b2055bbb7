package local

import (
	"errors"
	"fmt"

	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/log"
)

// reserveFrom is the size from which the files that a record needs are made
// before the commit section, not in it.
const reserveFrom = 1 << 20

// Writable is nil, or why the store takes no commits that write: ErrDiskFull and
// ErrNotWritable. After a full disk it takes them again by itself.
func (s *Store) Writable() error {
	if p := s.failed.Load(); p != nil {
		return fmt.Errorf("%w until the server is started again: %w", txn.ErrNotWritable, *p)
	}
	if err := s.engine.Health(); err != nil {
		return notWritable(err)
	}
	if s.log == nil {
		return nil
	}
	if err := s.log.Space(); err != nil {
		return notWritable(err)
	}
	return nil
}

// notWritable words an error of engine or log because of which nothing was written.
func notWritable(err error) error {
	if errors.Is(err, txn.ErrDiskFull) {
		return err
	}
	return fmt.Errorf("%w: %w", txn.ErrNotWritable, err)
}

// admit refuses a commit with this log payload before it has done anything, where
// it is known that it could not be kept.
func (s *Store) admit(payload int) error {
	if err := s.Writable(); err != nil {
		return err
	}
	if s.log == nil || payload < reserveFrom {
		return nil
	}
	switch err := s.log.Reserve(payload); {
	case errors.Is(err, log.ErrNoSpace):
		return notWritable(err)
	case errors.Is(err, log.ErrClosed):
		return txn.ErrClosed
	}
	return nil // what else is wrong shows when the record is written
}
