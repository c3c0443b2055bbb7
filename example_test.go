package ferrite_test

import (
	"context"
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
