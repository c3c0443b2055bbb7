package types

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// TestISOStamp compares the fast reader with the general one, on texts that it
// takes and on near misses.
func TestISOStamp(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	taken := 0
	for range 20000 {
		s := fmt.Sprintf("%04d-%02d-%02d%c%02d:%02d:%02d", rng.IntN(10000), rng.IntN(14), rng.IntN(33), " T"[rng.IntN(2)],
			rng.IntN(26), rng.IntN(62), rng.IntN(62))
		if rng.IntN(2) == 0 {
			s += "." + fmt.Sprint(rng.IntN(10000000))
		}
		s += []string{"", "", "Z", "+01", " BC"}[rng.IntN(5)]
		us, zone, ok := isoStamp(s)
		if !ok {
			continue
		}
		taken++
		want, wantZone, err := parseStampAny("timestamp", s, &IOContext{})
		if err != nil || us != want || (zone == nil) != (wantZone == nil) {
			t.Fatalf("%q: fast %d %v, general %d %v %v", s, us, zone, want, wantZone, err)
		}
	}
	if taken == 0 {
		t.Fatal("the fast reader took nothing")
	}
}
