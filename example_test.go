package ferrite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"

	"github.com/ferritedb/ferrite"
)

func Example() {
	db, err := ferrite.Open("") // a directory, or nothing for a store in memory
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	ctx := context.Background()

	if _, err := db.SQL().Exec(`CREATE TABLE orders (id int PRIMARY KEY, total numeric)`); err != nil {
		log.Fatal(err)
	}
	if _, err := db.SQL().Exec(`INSERT INTO orders VALUES ($1, $2), (2, 3)`, 1, "12.50"); err != nil {
		log.Fatal(err)
	}
	var total string
	if err := db.SQL().QueryRow(`SELECT sum(total) FROM orders`).Scan(&total); err != nil {
		log.Fatal(err)
	}
	fmt.Println(total)

	if _, err := db.Redis().HSet(ctx, "users:1", "name", "Ada"); err != nil {
		log.Fatal(err)
	}
	name, err := db.Redis().HGet(ctx, "users:1", "name")
	fmt.Println(name, err)
	// Output:
	// 15.50
	// Ada <nil>
}

// A transaction of database/sql reads and writes tables and hashes alike, and
// Redis calls see both at its commit.
func Example_transaction() {
	db, err := ferrite.Open("")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	ctx := context.Background()
	if _, err := db.SQL().Exec(`CREATE TABLE log (at timestamptz DEFAULT now(), what text)`); err != nil {
		log.Fatal(err)
	}

	tx, err := db.SQL().BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		log.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.Exec(`INSERT INTO users:* (_id, name) VALUES ($1, $2)`, 7, "Grace"); err != nil {
		log.Fatal(err)
	}
	if _, err := tx.Exec(`INSERT INTO log (what) VALUES ($1)`, "user 7 came"); err != nil {
		log.Fatal(err)
	}
	_, err = db.Redis().HGet(ctx, "users:7", "name")
	fmt.Println("before:", errors.Is(err, ferrite.ErrNil))
	if err := tx.Commit(); err != nil {
		log.Fatal(err)
	}
	name, _ := db.Redis().HGet(ctx, "users:7", "name")
	fmt.Println("after:", name)
	// Output:
	// before: true
	// after: Grace
}

// Do runs any command; replies are nil, int64, string and []any of those.
func ExampleRedis_Do() {
	db, err := ferrite.Open("")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	ctx, redis := context.Background(), db.Redis()
	for _, command := range [][]any{
		{"ZADD", "scores", 10, "Ada", 7, "Bob"},
		{"ZRANGE", "scores", 0, -1, "WITHSCORES"},
		{"LPUSH", "scores", "x"},
	} {
		reply, err := redis.Do(ctx, command...)
		fmt.Println(reply, err)
	}
	// Output:
	// 2 <nil>
	// [Bob 7 Ada 10] <nil>
	// <nil> WRONGTYPE Operation against a key holding the wrong kind of value
}
