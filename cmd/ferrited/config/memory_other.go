//go:build !linux

package config

import "errors"

// memoryBytes is known on Linux only.
func memoryBytes() (int64, error) { return 0, errors.ErrUnsupported }
