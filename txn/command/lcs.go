package command

import (
	"math"

	"github.com/ferritedb/ferrite/txn/keyspace"
)

type lcsMatch struct{ aFrom, aTo, bFrom, bTo int }

func cmdLCS(x *Exec) error {
	var length, idx, withLen bool
	minLen := int64(0)
	for i := 3; i < len(x.Args); i++ {
		switch {
		case x.Is(i, "idx"):
			idx = true
		case x.Is(i, "len"):
			length = true
		case x.Is(i, "withmatchlen"):
			withLen = true
		case x.Is(i, "minmatchlen") && i+1 < len(x.Args):
			i++
			n, err := x.Int(i)
			if err != nil {
				return err
			}
			minLen = max(n, 0)
		default:
			return ErrSyntax
		}
	}
	if length && idx {
		return Err("ERR If you want both the length and indexes, please just use IDX.")
	}
	var in [2][]byte
	for i := range in {
		e, err := x.Tx.Read(x.Args[1+i])
		if err != nil {
			return err
		}
		if e.Is(keyspace.TypeString) != nil {
			return Err("ERR The specified keys must contain string values")
		}
		if i > 0 {
			cells := uint64(len(in[0])+1) * uint64(e.StringLen()+1)
			if cells > math.MaxInt64/4 || int64(cells*4) > x.StringBytesMax.Load() {
				return Err("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len")
			}
		}
		if in[i], err = e.AppendString(nil); err != nil {
			return err
		}
	}
	a, b := in[0], in[1]
	if !x.Hold(4*(len(a)+1)*(len(b)+1) + 2*len(a) + len(b)) {
		return nil
	}
	common, matches, n := lcs(a, b, int(minLen))
	switch {
	case idx:
		x.W.Map(2)
		x.W.BulkString("matches")
		x.W.Array(len(matches))
		for _, m := range matches {
			x.W.Array(2 + btoi(withLen))
			for _, p := range [][2]int{{m.aFrom, m.aTo}, {m.bFrom, m.bTo}} {
				x.W.Array(2)
				x.W.Int(int64(p[0]))
				x.W.Int(int64(p[1]))
			}
			if withLen {
				x.W.Int(int64(m.aTo - m.aFrom + 1))
			}
		}
		x.W.BulkString("len")
		x.W.Int(int64(n))
	case length:
		x.W.Int(int64(n))
	default:
		x.W.Bulk(common)
	}
	return nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// lcs finds the longest common subsequence, its runs of at least minLen bytes
// from the last to the first, and its length.
func lcs(a, b []byte, minLen int) (common []byte, matches []lcsMatch, n int) {
	w := len(b) + 1
	dp := make([]uint32, (len(a)+1)*w)
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			if a[i-1] == b[j-1] {
				dp[i*w+j] = dp[(i-1)*w+j-1] + 1
			} else {
				dp[i*w+j] = max(dp[(i-1)*w+j], dp[i*w+j-1])
			}
		}
	}
	n = int(dp[len(a)*w+len(b)])
	common = make([]byte, n)
	at := n
	run := lcsMatch{aFrom: -1}
	emit := func() {
		if run.aFrom >= 0 && run.aTo-run.aFrom+1 >= minLen {
			matches = append(matches, run)
		}
		run.aFrom = -1
	}
	for i, j := len(a), len(b); i > 0 && j > 0; {
		switch {
		case a[i-1] == b[j-1]:
			at--
			common[at] = a[i-1]
			if run.aFrom >= 0 && run.aFrom == i && run.bFrom == j {
				run.aFrom--
				run.bFrom--
			} else {
				emit()
				run = lcsMatch{i - 1, i - 1, j - 1, j - 1}
			}
			i--
			j--
		case dp[(i-1)*w+j] > dp[i*w+j-1]:
			i--
			emit()
		default:
			j--
			emit()
		}
	}
	emit()
	return common, matches, n
}
