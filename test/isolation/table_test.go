package isolation

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// printTable writes rows as libpq's PQprint does with a header and alignment.
func printTable(out *strings.Builder, r *pgconn.Result) {
	n := len(r.FieldDescriptions)
	if n == 0 {
		return
	}
	widths, text := make([]int, n), make([]bool, n)
	for j, f := range r.FieldDescriptions {
		widths[j] = len(f.Name)
	}
	for _, row := range r.Rows {
		for j, v := range row {
			widths[j] = max(widths[j], len(v))
			text[j] = text[j] || len(v) > 0 && !numberLike(string(v))
		}
	}
	line := func(cell func(j int) string) {
		for j := range n {
			if j > 0 {
				out.WriteByte('|')
			}
			if text[j] {
				fmt.Fprintf(out, "%-*s", widths[j], cell(j))
			} else {
				fmt.Fprintf(out, "%*s", widths[j], cell(j))
			}
		}
		out.WriteByte('\n')
	}
	line(func(j int) string { return r.FieldDescriptions[j].Name })
	for j := range n {
		if j > 0 {
			out.WriteByte('+')
		}
		out.WriteString(strings.Repeat("-", widths[j]))
	}
	out.WriteByte('\n')
	for _, row := range r.Rows {
		line(func(j int) string { return string(row[j]) })
	}
	plural := "s"
	if len(r.Rows) == 1 {
		plural = ""
	}
	fmt.Fprintf(out, "(%d row%s)\n\n", len(r.Rows), plural)
}

// numberLike is PQprint's notion of a number.
func numberLike(s string) bool {
	last := s[len(s)-1]
	return s[0] != 'E' && s[0] != 'e' && last >= '0' && last <= '9' && strings.Trim(s, "0123456789.Ee -") == ""
}
