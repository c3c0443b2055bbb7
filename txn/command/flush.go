package command

var flushCommands = []Command{
	{Name: "flushdb", Arity: -1, Flags: Write, Cats: "keyspace write slow dangerous", Group: "server", Since: "1.0.0", Summary: "Remove all keys from the current database", Run: func(x *Exec) error { return x.flush(false) }},
	{Name: "flushall", Arity: -1, Flags: Write, Cats: "keyspace write slow dangerous", Group: "server", Since: "1.0.0", Summary: "Remove all keys from all databases", Run: func(x *Exec) error { return x.flush(true) }},
}

func (x *Exec) flush(all bool) error {
	if len(x.Args) > 2 || len(x.Args) == 2 && !x.Is(1, "async") && !x.Is(1, "sync") {
		return ErrSyntax
	}
	x.W.OK()
	if !all {
		return x.Tx.FlushDB(x.Tx.DB())
	}
	return x.Tx.FlushAll()
}

// MemoryUsage is MEMORY USAGE: about the storage that a key takes.
func MemoryUsage(x *Exec) error {
	if len(x.Args) != 3 && !(len(x.Args) == 5 && x.Is(3, "samples")) {
		return ErrSyntax
	}
	e, err := x.Tx.Read(x.Args[2])
	if err != nil {
		return err
	}
	if !e.Exists() {
		x.W.Null()
		return nil
	}
	n, err := e.StoredBytes()
	if err != nil {
		return err
	}
	x.W.Int(n)
	return nil
}
