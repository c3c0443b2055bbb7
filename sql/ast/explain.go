package ast

// Explain is EXPLAIN statement. The old form EXPLAIN ANALYZE VERBOSE is stored
// as options.
type Explain struct {
	At
	Options   []*Option // analyze, verbose, costs, settings, buffers, wal, timing, summary, format
	Statement Statement
}

func (*Explain) statement() {}
