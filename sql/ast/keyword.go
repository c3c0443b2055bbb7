package ast

// Keyword numbers a key word of the grammar; 0 is none. Words that only
// Ferrite's extensions use (SUBSCRIBE, OPTIMISTIC, KEYS …) are no key words:
// the parser takes them by context, so they stay free as names.
type Keyword uint16

// KeywordCategory says where a key word may also be a name (PostgreSQL manual,
// appendix C).
type KeywordCategory uint8

// The categories.
const (
	Unreserved       KeywordCategory = iota // any name
	ColumnName                              // a column or table, not a function or type
	TypeFunctionName                        // a function or type, not a column
	Reserved                                // only a label after AS
)

type keywordInfo struct {
	word     string
	category KeywordCategory
	// bareLabel: may be an output column's label without AS.
	bareLabel bool
}

// String returns the word in lower case; empty for NoKeyword.
func (k Keyword) String() string { return keywordTable[k].word }

// Category returns the word's category.
func (k Keyword) Category() KeywordCategory { return keywordTable[k].category }

// BareLabel reports whether the word may be a column label without AS.
func (k Keyword) BareLabel() bool { return keywordTable[k].bareLabel }

// keywordBytesMax bounds the length of a key word.
const keywordBytesMax = 17

// keywordSlots is an open-addressed hash table over keywordTable, four times
// as large as the table is long, so that a miss costs one or two probes.
const keywordSlots = 2048

var keywordIndex = func() (index [keywordSlots]Keyword) {
	for k := Keyword(1); k < keywordCount; k++ {
		word := keywordTable[k].word
		if len(word) > keywordBytesMax {
			panic("ast: key word longer than keywordBytesMax: " + word)
		}
		slot := keywordHash(word)
		for index[slot] != 0 {
			slot = (slot + 1) % keywordSlots
		}
		index[slot] = k
	}
	return index
}()

// keywordHash is case-insensitive for ASCII letters.
func keywordHash(word string) uint32 {
	h := uint32(len(word))
	for i := 0; i < len(word); i++ {
		h = h*31 + uint32(word[i]|0x20)
	}
	return (h ^ h>>11) % keywordSlots
}

// LookupKeyword returns the key word that word is, whatever its case, or
// NoKeyword.
func LookupKeyword(word string) Keyword {
	if len(word) < 2 || len(word) > keywordBytesMax {
		return NoKeyword
	}
	for slot := keywordHash(word); ; slot = (slot + 1) % keywordSlots {
		k := keywordIndex[slot]
		if k == NoKeyword {
			return NoKeyword
		}
		if equalFoldASCII(word, keywordTable[k].word) {
			return k
		}
	}
}

// equalFoldASCII compares word, of any case, with lower.
func equalFoldASCII(word, lower string) bool {
	if len(word) != len(lower) {
		return false
	}
	for i := 0; i < len(word); i++ {
		c := word[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
