package plan

import (
	"fmt"
	"strings"
)

// FormatOptions choose what the printed form shows.
type FormatOptions struct {
	// Costs adds (cost=… rows=… width=…) to each node.
	Costs bool
	// Projections shows the nodes that only compute columns; EXPLAIN leaves them
	// out, as PostgreSQL has no node for them.
	Projections bool
	// ColIDs writes columns as name:id.
	ColIDs bool
	// Annotate gives text to put after a node's title: (actual time=…). nil: none.
	Annotate func(Node) string
	// Measured gives lines to put after a node's properties: Sort Method: … nil: none.
	Measured func(Node) []string
}

// Format prints a plan as EXPLAIN (FORMAT TEXT) does, one line per entry.
func Format(n Node, o FormatOptions) string {
	d := Describe(n)
	if o.ColIDs {
		d = describeIDs(n)
	}
	var b strings.Builder
	o.write(&b, d, 0, true)
	return b.String()
}

// Visible gives what is printed for d: projections are passed over, and filters
// join the properties of what they filter.
func (o FormatOptions) Visible(d *Desc) *Desc {
	for !o.Projections && len(d.Children) > 0 {
		p, ok := d.Node.(*Project)
		if !ok || p == nil || d.Children[0].Role != "" {
			break
		}
		in := *d.Children[0]
		in.Role = d.Role
		in.Children = append(append([]*Desc(nil), in.Children...), d.Children[1:]...)
		d = &in
	}
	return d
}

func (o FormatOptions) write(b *strings.Builder, d *Desc, indent int, root bool) {
	d = o.Visible(d)
	pad := strings.Repeat(" ", indent)
	body := indent + 2
	switch {
	case d.Role != "":
		fmt.Fprintf(b, "%s%s\n%s  ->  %s", pad, d.Role, pad, d.Title)
		body = indent + 8
	case root:
		b.WriteString(pad + d.Title)
	default:
		b.WriteString(pad + "->  " + d.Title)
		body = indent + 6
	}
	if o.Costs && d.Node != nil {
		e := d.Node.Est()
		fmt.Fprintf(b, "  (cost=%.2f..%.2f rows=%.0f width=%.0f)", e.StartCost, e.TotalCost, e.Rows, e.Width)
	}
	if o.Annotate != nil && d.Node != nil {
		b.WriteString(o.Annotate(d.Node))
	}
	b.WriteByte('\n')
	for _, p := range d.Props {
		if p.Key == "Output" && !o.Projections {
			continue
		}
		fmt.Fprintf(b, "%s%s: %s\n", strings.Repeat(" ", body), p.Key, p.Value)
	}
	if o.Measured != nil && d.Node != nil {
		for _, line := range o.Measured(d.Node) {
			fmt.Fprintf(b, "%s%s\n", strings.Repeat(" ", body), line)
		}
	}
	for _, c := range d.Children {
		o.write(b, c, body, false)
	}
}

// ColumnsText lists the output columns of a node as name type, for tests.
func ColumnsText(n Node) string {
	cols := n.Columns()
	s := make([]string, len(cols))
	for i, c := range cols {
		s[i] = c.Name + " " + typeName(c.T, c.Mod)
	}
	return strings.Join(s, ", ")
}
