package parse

const (
	// statementBytesMax bounds the text of one call: that of a protocol message.
	statementBytesMax = 1<<30 - 1
	// nestingDepthMax bounds the height of a tree, and so the recursion of
	// every walk over it.
	nestingDepthMax = 5000
	// parameterNumberMax is the largest n of $n: the protocol counts
	// parameters in 16 bits.
	parameterNumberMax = 65535
	// identifierBytesMax is PostgreSQL's NAMEDATALEN - 1; longer identifiers
	// are truncated.
	identifierBytesMax = 63
	// operatorBytesMax bounds an operator's name.
	operatorBytesMax = 63
	// radixDigitsMax bounds the digits of a hexadecimal, octal or binary
	// integer, whose conversion to decimal is not linear.
	radixDigitsMax = 131072
	// lookaheadMax is the number of tokens read past the current one, at most.
	lookaheadMax = 4
)
