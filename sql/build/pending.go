package build

import (
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
)

func (b *builder) patternScan(n *plan.PatternScan) (built, error) {
	return built{}, pgerr.NotSupported("pattern scan")
}
func (b *builder) funcScan(n *plan.FuncScan) (built, error) {
	return built{}, pgerr.NotSupported("func scan")
}
func (b *builder) projectSet(n *plan.ProjectSet) (built, error) {
	return built{}, pgerr.NotSupported("project set")
}
func (b *builder) window(n *plan.Window) (built, error) { return built{}, pgerr.NotSupported("window") }
func (b *builder) patternInsert(n *plan.Insert) (built, error) {
	return built{}, pgerr.NotSupported("pattern insert")
}
func (b *builder) patternUpdate(n *plan.Update) (built, error) {
	return built{}, pgerr.NotSupported("pattern update")
}
func (b *builder) patternDelete(n *plan.Delete) (built, error) {
	return built{}, pgerr.NotSupported("pattern delete")
}
