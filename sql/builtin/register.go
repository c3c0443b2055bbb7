package builtin

// registerAll runs the families in a fixed order.
func registerAll() {
	registerCompare()
	registerIntegers()
	registerFloats()
	registerNumerics()
	registerText()
	registerBasicAggregates()
	registerFamilies()
}

// registerFamilies runs the families of functions beyond plain arithmetic.
func registerFamilies() {
	registerStrings()
	registerMath()
	registerNumericFuncs()
	registerDatetimes()
	registerSystem()
	registerSequences()
	registerArrays()
	registerSeries()
	registerJSON()
	registerWindows()
	registerStatAggs()
	registerToChar()
	registerRanges()
	registerNetwork()
	registerBitStrings()
	registerBytes()
	registerRegex()
	registerIntervalAggs()
	registerEnums()
	registerPatternOps()
	registerToReg()
	registerCastFuncs()
	registerKernels()
}
