package builtin

// registerAll runs the families in a fixed order.
func registerAll() {
	registerCompare()
	registerIntegers()
	registerFloats()
	registerNumerics()
	registerText()
	registerBasicAggregates()
}
