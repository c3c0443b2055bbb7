package exec

import (
	"github.com/ferritedb/ferrite/sql/chunk"
)

const (
	// spillPartitions is how many files a hash operator spreads its rows over.
	spillPartitions    = 1 << spillPartitionBits
	spillPartitionBits = 5
	// spillDepthMax bounds how often rows are spread again: each time by other
	// bits of their hash, of which a partition needs as many as name its file.
	spillDepthMax = 64 / spillPartitionBits
)

// partitions spreads rows over files by hash (grace hash partitioning: Kitsuregawa
// et al. 1983): what fits into no table is divided until each part does. Rows of
// one key stay together, so that a part may be dealt with on its own; at
// spillDepthMax a part is taken to be one key, which only the statement's budget
// bounds.
type partitions struct {
	files [spillPartitions]*spillFile
	depth int
}

func newPartitions(depth int) *partitions { return &partitions{depth: depth} }

// canSplit tells whether rows that were spread depth times may be spread again.
func canSplit(depth int) bool { return depth < spillDepthMax }

func (p *partitions) add(run *Run, c *chunk.Chunk, i int, hash uint64) error {
	n := hash << (spillPartitionBits * p.depth) >> (64 - spillPartitionBits)
	if p.files[n] == nil {
		p.files[n] = newSpillFile(run)
	}
	return p.files[n].add(c, i)
}

// take gives away the files.
func (p *partitions) take() (files []*spillFile) {
	for i, f := range p.files {
		if f != nil {
			files = append(files, f)
		}
		p.files[i] = nil
	}
	return files
}

func (p *partitions) close() {
	if p == nil {
		return
	}
	for i, f := range p.files {
		f.close()
		p.files[i] = nil
	}
}
