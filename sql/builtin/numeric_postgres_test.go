//go:build pgcompare

package builtin

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ferritedb/ferrite/sql/types"
)

var postgres = flag.String("pg", "", "connection string of a PostgreSQL 15")

// TestPostgresNumeric compares powers, exponentials, logarithms and roots of random
// numbers with PostgreSQL's, digit by digit.
func TestPostgresNumeric(t *testing.T) {
	ctx := context.Background()
	c, err := pgx.Connect(ctx, *postgres)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 1))
	number := func() string {
		s := ""
		for range 1 + r.IntN(12) {
			s += string(rune('0' + r.IntN(10)))
		}
		if at := r.IntN(len(s)); at > 0 {
			s = s[:at] + "." + s[at:]
		}
		return []string{"", "-", "", ""}[r.IntN(4)] + s + []string{"", "", fmt.Sprintf("e%d", r.IntN(60)-30), fmt.Sprintf("e%d", r.IntN(4)-2)}[r.IntN(4)]
	}
	for range 3000 {
		a, b := number(), number()
		e := []string{"power('%s'::numeric,'%s'::numeric)", "exp('%s'::numeric)", "ln('%s'::numeric)", "log('%s'::numeric,'%s'::numeric)", "sqrt('%s'::numeric)", "log('%s'::numeric)", "gcd('%s'::numeric,'%s'::numeric)", "lcm('%s'::numeric,'%s'::numeric)"}[r.IntN(8)]
		sql := fmt.Sprintf(e+"%.0s", a, b)
		if n := len(e); e[n-1] == ')' && !twoArgs(e) {
			sql = fmt.Sprintf(e, a)
		} else {
			sql = fmt.Sprintf(e, a, b)
		}
		var want string
		if err := c.QueryRow(ctx, "SELECT ("+sql+")::text").Scan(&want); err != nil {
			want = "ERROR"
		}
		got := evalText(testCtx(time.UTC), sql)
		if want == "ERROR" && len(got) > 5 && got[:5] == "ERROR" {
			continue
		}
		if got != want {
			t.Errorf("seed %d: %s\n got %s\nwant %s", seed, sql, got, want)
		}
	}
	_ = types.Numeric
}

func twoArgs(format string) bool {
	n := 0
	for i := 0; i+1 < len(format); i++ {
		if format[i:i+2] == "%s" {
			n++
		}
	}
	return n == 2
}
