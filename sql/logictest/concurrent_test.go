package logictest

import (
	"fmt"
	"math/rand"
	"strings"
	"sync"
	"testing"

	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/sql/session"
)

// client is one session for a goroutine of its own.
type client struct {
	s    *session.Session
	sink *textSink
}

func (r *ferriteRunner) client(t *testing.T) *client {
	c := &client{sink: &textSink{}}
	var err error
	if c.s, err = session.New(r.srv, session.Info{User: "postgres", Database: "postgres"}, c.sink); err != nil {
		t.Fatal(err)
	}
	return c
}

// do runs sql and gives its output, errors included.
func (c *client) do(sql string) string {
	c.sink.out.Reset()
	if err := c.s.Simple(sql); err != nil {
		return "ERROR " + err.Error()
	}
	return c.sink.out.String()
}

// TestConcurrentUpdates: no update under READ COMMITTED is lost, and under
// REPEATABLE READ the second of two either fails with 40001 or comes after.
func TestConcurrentUpdates(t *testing.T) {
	for _, level := range []string{"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"} {
		t.Run(level, func(t *testing.T) {
			seed := rand.Int63()
			t.Logf("seed %d", seed)
			r := newFerrite(t, memkv.New(), 0)
			main := r.client(t)
			defer main.s.Close()
			main.do("CREATE TABLE acc(id int PRIMARY KEY, n int); CREATE INDEX ON acc(n); INSERT INTO acc SELECT g, 0 FROM generate_series(1, 4) g")
			const clients, rounds = 4, 60
			var wg sync.WaitGroup
			done := make([]int, clients)
			for k := range clients {
				c := r.client(t)
				rnd := rand.New(rand.NewSource(seed + int64(k)))
				wg.Add(1)
				go func() {
					defer wg.Done()
					defer c.s.Close()
					for range rounds {
						c.do("BEGIN ISOLATION LEVEL " + level)
						out := c.do(fmt.Sprintf("UPDATE acc SET n = n + 1 WHERE id = %d", rnd.Intn(4)+1))
						if out == "UPDATE 1\n" && c.do("COMMIT") == "COMMIT\n" {
							done[k]++
						} else if c.do("ROLLBACK"); !strings.Contains(out, "40001") && !strings.Contains(out, "UPDATE 1") {
							t.Errorf("update: %s", out)
						}
					}
				}()
			}
			wg.Wait()
			want := 0
			for _, n := range done {
				want += n
			}
			if got := main.do("SELECT sum(n) FROM acc"); got != fmt.Sprintf("%d\n", want) {
				t.Fatalf("%d updates committed, the sum is %s", want, got)
			}
			// The index has an entry for each row's newest value and no other.
			want2 := main.do("SELECT id, n FROM acc ORDER BY n, id")
			if got := main.do("SET enable_seqscan = off; SELECT id, n FROM acc WHERE n >= 0 ORDER BY n, id"); !strings.HasSuffix(got, want2) {
				t.Fatalf("index gives %s, table %s", got, want2)
			}
			if level == "READ COMMITTED" && want != clients*rounds {
				t.Fatalf("%d of %d updates committed", want, clients*rounds)
			}
		})
	}
}

// TestConcurrentForeignKeys: whatever the order of deletes and inserts, no row
// refers to one that is gone.
func TestConcurrentForeignKeys(t *testing.T) {
	for _, level := range []string{"READ COMMITTED", "REPEATABLE READ"} {
		t.Run(level, func(t *testing.T) {
			seed := rand.Int63()
			t.Logf("seed %d", seed)
			r := newFerrite(t, memkv.New(), 0)
			main := r.client(t)
			defer main.s.Close()
			main.do("CREATE TABLE p(id int PRIMARY KEY); CREATE TABLE c(id int PRIMARY KEY, pid int REFERENCES p)")
			var wg sync.WaitGroup
			for k := range 4 {
				c := r.client(t)
				rnd := rand.New(rand.NewSource(seed + int64(k)))
				wg.Add(1)
				go func() {
					defer wg.Done()
					defer c.s.Close()
					for i := range 80 {
						id := rnd.Intn(5)
						c.do("BEGIN ISOLATION LEVEL " + level)
						switch rnd.Intn(4) {
						case 0:
							c.do(fmt.Sprintf("INSERT INTO p VALUES (%d) ON CONFLICT DO NOTHING", id))
						case 1:
							c.do(fmt.Sprintf("DELETE FROM p WHERE id = %d", id))
						case 2:
							c.do(fmt.Sprintf("INSERT INTO c VALUES (%d, %d)", k*1000+i, id))
						case 3:
							c.do(fmt.Sprintf("DELETE FROM c WHERE pid = %d", id))
						}
						if !strings.HasPrefix(c.do("COMMIT"), "COMMIT") {
							c.do("ROLLBACK")
						}
					}
				}()
			}
			wg.Wait()
			t.Log(main.do("SELECT count(*) FROM c"), main.do("SELECT count(*) FROM p"))
			if got := main.do("SELECT c.* FROM c LEFT JOIN p ON p.id = c.pid WHERE p.id IS NULL"); got != "" {
				t.Fatalf("rows without the row they refer to:\n%s", got)
			}
		})
	}
}

// TestConcurrentUpserts: of inserts that meet, one makes the row and the others
// change it, by primary key and by a unique index.
func TestConcurrentUpserts(t *testing.T) {
	seed := rand.Int63()
	t.Logf("seed %d", seed)
	r := newFerrite(t, memkv.New(), 0)
	main := r.client(t)
	defer main.s.Close()
	main.do("CREATE TABLE a(id int PRIMARY KEY, n int); CREATE TABLE b(id int PRIMARY KEY, k int UNIQUE, n int)")
	const clients, rounds = 4, 50
	var wg sync.WaitGroup
	for k := range clients {
		c := r.client(t)
		rnd := rand.New(rand.NewSource(seed + int64(k)))
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer c.s.Close()
			for i := range rounds {
				for _, sql := range []string{
					fmt.Sprintf("INSERT INTO a VALUES (%d, 1) ON CONFLICT (id) DO UPDATE SET n = a.n + 1", rnd.Intn(6)),
					fmt.Sprintf("INSERT INTO b VALUES (%d, %d, 1) ON CONFLICT (k) DO UPDATE SET n = b.n + 1", k*rounds+i, rnd.Intn(6)),
				} {
					if out := c.do(sql); out != "INSERT 0 1\n" {
						t.Errorf("%s: %s", sql, out)
					}
				}
			}
		}()
	}
	wg.Wait()
	want := fmt.Sprintf("%d\n", clients*rounds)
	for _, table := range []string{"a", "b"} {
		if got := main.do("SELECT sum(n) FROM " + table); got != want {
			t.Errorf("sum in %s: %s, want %s", table, got, want)
		}
	}
	if got := main.do("SELECT count(*) > 6 OR count(*) <> count(DISTINCT k) FROM b"); got != "f\n" {
		t.Error("a unique value stands twice")
	}
}

// TestJobQueue: workers that take jobs with SKIP LOCKED LIMIT n beside each other
// take each job once, and none comes away with less than n while there are enough
// for all.
func TestJobQueue(t *testing.T) {
	const workers, jobs = 5, 97
	takes := map[string]string{
		"select":   "UPDATE jobs SET state = 'done' WHERE id IN (SELECT id FROM jobs WHERE state = 'new' ORDER BY id LIMIT %d FOR UPDATE SKIP LOCKED) RETURNING id",
		"priority": "UPDATE jobs SET state = 'done' FROM (SELECT id AS j FROM jobs WHERE state = 'new' ORDER BY prio DESC, id FOR UPDATE SKIP LOCKED LIMIT %d) x WHERE id = j RETURNING id",
		"with":     "WITH x AS (SELECT id FROM jobs WHERE state = 'new' LIMIT %d FOR NO KEY UPDATE SKIP LOCKED) UPDATE jobs SET state = 'done' FROM x WHERE x.id = jobs.id RETURNING jobs.id",
		"delete":   "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE state = 'new' ORDER BY prio LIMIT %d FOR UPDATE SKIP LOCKED) RETURNING id",
	}
	for name, take := range takes {
		for _, n := range []int{1, 4} {
			t.Run(fmt.Sprintf("%s/%d", name, n), func(t *testing.T) {
				r := newFerrite(t, memkv.New(), 0)
				main := r.client(t)
				defer main.s.Close()
				main.do("CREATE TABLE jobs(id int PRIMARY KEY, prio int, state text); CREATE INDEX ON jobs(state, prio)")
				main.do(fmt.Sprintf("INSERT INTO jobs SELECT g, g %% 7, 'new' FROM generate_series(1, %d) g", jobs))
				q := &queueTest{t: t, taken: map[string]int{}}
				for w := range workers {
					q.clients = append(q.clients, r.client(t))
					defer q.clients[w].s.Close()
				}
				for left := jobs; left > 0; {
					got := q.round(fmt.Sprintf(take, n))
					if want := min(left, workers*n); got != want {
						t.Fatalf("%d workers took %d of %d jobs, want %d", workers, got, left, want)
					}
					left -= got
				}
				for id, times := range q.taken {
					if times != 1 {
						t.Errorf("job %s was taken %d times", id, times)
					}
				}
				if len(q.taken) != jobs {
					t.Errorf("%d of %d jobs were taken", len(q.taken), jobs)
				}
			})
		}
	}
}

type queueTest struct {
	t       *testing.T
	clients []*client
	taken   map[string]int
}

// round has all workers take at the same time, then commit, and gives how many
// jobs were taken.
func (q *queueTest) round(take string) int {
	outs := make([]string, len(q.clients))
	var wg sync.WaitGroup
	for w, c := range q.clients {
		wg.Go(func() {
			c.do("BEGIN")
			outs[w] = c.do(take)
		})
	}
	wg.Wait()
	n := 0
	for w, c := range q.clients {
		lines := strings.Split(strings.TrimSpace(outs[w]), "\n")
		for _, id := range lines[:len(lines)-1] { // the last is the tag
			q.taken[id]++
			n++
		}
		if strings.Contains(outs[w], "ERROR") {
			q.t.Error(outs[w])
		}
		if out := c.do("COMMIT"); out != "COMMIT\n" {
			q.t.Error(out)
		}
	}
	return n
}

// TestActionsOfOldSnapshots: a foreign key action of a transaction with a snapshot
// changes the rows that it shows and those committed since, each once.
func TestActionsOfOldSnapshots(t *testing.T) {
	for _, action := range []string{"CASCADE", "SET NULL"} {
		r := newFerrite(t, memkv.New(), 0)
		a, b := r.client(t), r.client(t)
		a.do("CREATE TABLE p(id int PRIMARY KEY); CREATE TABLE c(id int PRIMARY KEY, pid int UNIQUE REFERENCES p ON UPDATE " + action + " ON DELETE " + action + "); CREATE TABLE other(x int)")
		a.do("INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1, 1)")
		a.do("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM other")
		b.do("INSERT INTO c VALUES (2, 2)")
		one := a.do("UPDATE p SET id = 10 WHERE id = 1")
		two := a.result("UPDATE p SET id = 20 WHERE id = 2")
		if one != "UPDATE 1\n" || two != "ERROR 40001" {
			t.Errorf("%s: %s and %s", action, one, two)
		}
		a.do("ROLLBACK")
		a.s.Close()
		b.s.Close()
	}
}
