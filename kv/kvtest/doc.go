// Package kvtest is the suite that every engine passes, and an engine wrapper
// that injects faults.
//
//	Run ─► scripts (testdata/*), recorded once for all engines
//	    ─► random operations against a sorted map, iterators step by step
//	    ─► crashes: what is left is a prefix, with all that was flushed
//	    ─► limits, closed engines, concurrent readers
//
// Random tests print their seed where they fail.
package kvtest
