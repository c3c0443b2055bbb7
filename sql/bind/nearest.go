package bind

// nearest finds the column whose name is closest to a mistyped one, as
// PostgreSQL does (searchRangeTableForCol): Levenshtein distance at most 3 and
// at most half the length of the name; "" where none or two are equally close.
func (s *scope) nearest(qualifier, name string) string {
	best, bestText, ties := 4, "", 0
	for at := s; at != nil; at = at.parent {
		for _, r := range at.rels {
			penalty := 0
			if qualifier != "" && r.name != qualifier {
				penalty = distance(qualifier, r.name, 3)
			}
			for _, c := range r.cols {
				d := penalty + distance(name, c.name, 3)
				if d > len(name)/2+penalty || d > 3 {
					continue
				}
				switch {
				case d < best:
					best, bestText, ties = d, r.name+"."+c.name, 1
				case d == best:
					ties++
				}
			}
		}
	}
	if ties != 1 {
		return ""
	}
	return bestText
}

// distance is Levenshtein's, in bytes; limit+1 where it is greater than limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit || len(a) > 63 || len(b) > 63 {
		return limit + 1
	}
	var room [64]int
	row := room[:len(b)+1]
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diag := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diag
			if a[i-1] != b[j-1] {
				cost++
			}
			diag = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return min(row[len(b)], limit+1)
}
