package txntest

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/ferritedb/ferrite/txn"
)

const (
	bankAccounts = 40
	bankOpening  = 1000
)

func account(i int) []byte { return fmt.Appendf(nil, "%sacct%03d", keyPrefix, i) }

// RunBank moves money between accounts, on every isolation level, and reads the
// sum beside: it never changes.
func RunBank(t *testing.T, open Opener, n Sizes) {
	n.Txns /= 4
	for name, o := range map[string]txn.Options{
		"ReadCommitted":  {},
		"RepeatableRead": {Isolation: txn.RepeatableRead},
		"Serializable":   {Isolation: txn.Serializable},
		"Optimistic":     {Isolation: txn.RepeatableRead, Optimistic: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := openReal(t, open)
			defer closeStore(t, s)
			if _, err := within(s, txn.Options{}, openAccounts); err != nil {
				t.Fatal(err)
			}
			failed := clients(t, s, n, func(_ int, rnd *rand.Rand) error {
				if rnd.IntN(4) == 0 {
					return checkSum(s, o)
				}
				_, err := within(s, o, func(x txn.Txn) error { return transfer(x, rnd) })
				return err
			})
			t.Logf("%d of %d failed", failed, n.Txns)
			if err := checkSum(s, txn.Options{}); err != nil {
				t.Error(err)
			}
		})
	}
}

func openAccounts(x txn.Txn) error {
	for i := range bankAccounts {
		if err := x.Put(account(i), strconv.AppendInt(nil, bankOpening, 10), txn.PutOptions{}); err != nil {
			return err
		}
	}
	return nil
}

func transfer(x txn.Txn, rnd *rand.Rand) error {
	from, to := rnd.IntN(bankAccounts), rnd.IntN(bankAccounts-1)
	if to >= from {
		to++
	}
	amount := int64(rnd.IntN(100))
	for _, side := range []struct {
		account int
		add     int64
	}{{from, -amount}, {to, amount}} {
		x.BeginStatement()
		if err := addTo(x, account(side.account), side.add); err != nil {
			return err
		}
		yield(rnd)
	}
	return nil
}

// addTo is UPDATE ... SET value = value + n of one row.
func addTo(x txn.Txn, key []byte, n int64) error {
	rec, _, err := x.LockRow(background, nil, key, txn.LockOptions{Mode: txn.ForNoKeyUpdate})
	if err != nil {
		return err
	}
	v, err := strconv.ParseInt(string(rec.Value), 10, 64)
	if err != nil {
		return err
	}
	return x.Put(key, strconv.AppendInt(nil, v+n, 10), txn.PutOptions{})
}

func checkSum(s Store, o txn.Options) error {
	_, err := within(s, o, func(x txn.Txn) error {
		it, err := x.Scan([]byte(keyPrefix), []byte("\x11"), txn.ScanOptions{})
		if err != nil {
			return err
		}
		defer it.Close()
		sum, rows := int64(0), 0
		for it.Next() {
			v, err := strconv.ParseInt(string(it.Record().Value), 10, 64)
			if err != nil {
				return err
			}
			sum += v
			rows++
		}
		if sum != bankAccounts*bankOpening || rows != bankAccounts {
			return fmt.Errorf("%d accounts hold %d, want %d that hold %d", rows, sum, bankAccounts, bankAccounts*bankOpening)
		}
		return it.Err()
	})
	return err
}
