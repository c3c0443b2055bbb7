package jsonpath

import (
	"strings"
	"sync"

	"github.com/ferritedb/ferrite/kv/budget"
)

const (
	// cacheMax is the number of parsed paths kept, cacheTextMax the longest text
	// that is.
	cacheMax     = 256
	cacheTextMax = 1024
)

var cache = struct {
	sync.Mutex
	m map[string]*Path // guarded by Mutex
}{m: map[string]*Path{}}

// Cached is Parse that remembers.
func Cached(b *budget.Run, s string) (*Path, error) {
	if len(s) > cacheTextMax {
		return Parse(b, s)
	}
	cache.Lock()
	p := cache.m[s]
	cache.Unlock()
	if p != nil {
		return p, nil
	}
	p, err := Parse(b, s)
	if err != nil {
		return nil, err
	}
	cache.Lock()
	defer cache.Unlock()
	if len(cache.m) >= cacheMax {
		clear(cache.m)
	}
	cache.m[strings.Clone(s)] = p
	return p, nil
}
