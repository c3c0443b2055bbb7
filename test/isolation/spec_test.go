package isolation

import (
	"fmt"
	"strings"
)

// spec is a parsed file of PostgreSQL's isolation tests (src/test/isolation/README).
type spec struct {
	setups       []string
	teardown     string
	sessions     []specSession
	permutations [][]permStep // none written: all interleavings
}

type specSession struct {
	name, setup, teardown string
	steps                 []specStep
}

type specStep struct {
	name, sql string
	session   int
}

// permStep is one step of a permutation with what delays the report of its end.
type permStep struct {
	step     specStep
	blockers []blocker
}

// blocker: once is (*); otherwise the named step, or notices of its session.
type blocker struct {
	once    bool
	step    string
	session int
	notices int
	target  int // notices of the session until which it blocks; set at launch
}

// specToken is a word, a block of SQL or one of , ( ) *.
type specToken struct {
	text          string
	quoted, block bool
}

func tokens(text string) ([]specToken, error) {
	var out []specToken
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f':
			i++
		case c == '#':
			n := strings.IndexByte(text[i:], '\n')
			if n < 0 {
				return out, nil
			}
			i += n
		case c == '{':
			n := strings.IndexByte(text[i:], '}')
			if n < 0 {
				return nil, fmt.Errorf("unterminated SQL block")
			}
			body := strings.TrimLeft(text[i+1:i+n], " \t\r\f")
			out = append(out, specToken{text: strings.TrimRight(body, " \t\r\f"), block: true})
			i += n + 1
		case c == '"':
			n := strings.IndexByte(text[i+1:], '"')
			if n < 0 {
				return nil, fmt.Errorf("unterminated quoted identifier")
			}
			out = append(out, specToken{text: text[i+1 : i+1+n], quoted: true})
			i += n + 2
		case strings.IndexByte(",()*", c) >= 0:
			out = append(out, specToken{text: string(c)})
			i++
		default:
			n := i
			for n < len(text) && strings.IndexByte(" \t\r\n\f{}#\",()*", text[n]) < 0 {
				n++
			}
			if n == i {
				return nil, fmt.Errorf("unexpected character %q", c)
			}
			out = append(out, specToken{text: text[i:n]})
			i = n
		}
	}
	return out, nil
}

// specParser reads tokens from the front.
type specParser struct {
	toks  []specToken
	spec  *spec
	steps map[string]specStep
}

func parseSpec(text string) (*spec, error) {
	toks, err := tokens(text)
	if err != nil {
		return nil, err
	}
	p := &specParser{toks: toks, spec: &spec{}, steps: map[string]specStep{}}
	for p.word("setup") {
		p.spec.setups = append(p.spec.setups, p.next().text)
	}
	if p.word("teardown") {
		p.spec.teardown = p.next().text
	}
	for p.word("session") {
		if err := p.session(); err != nil {
			return nil, err
		}
	}
	for p.word("permutation") {
		if err := p.permutation(); err != nil {
			return nil, err
		}
	}
	if len(p.toks) > 0 {
		return nil, fmt.Errorf("unexpected %q", p.toks[0].text)
	}
	if len(p.spec.sessions) == 0 {
		return nil, fmt.Errorf("no session")
	}
	if err := p.link(); err != nil {
		return nil, err
	}
	if len(p.spec.permutations) == 0 {
		p.spec.permutations = interleavings(p.spec.sessions)
	}
	return p.spec, nil
}

func (p *specParser) next() specToken {
	if len(p.toks) == 0 {
		return specToken{}
	}
	t := p.toks[0]
	p.toks = p.toks[1:]
	return t
}

// is tells whether the next token is the unquoted word or sign.
func (p *specParser) is(s string) bool {
	return len(p.toks) > 0 && !p.toks[0].block && !p.toks[0].quoted && p.toks[0].text == s
}

// word takes the next token where it is s.
func (p *specParser) word(s string) bool {
	if !p.is(s) {
		return false
	}
	p.next()
	return true
}

func (p *specParser) session() error {
	s := specSession{name: p.next().text}
	if p.word("setup") {
		s.setup = p.next().text
	}
	for p.word("step") {
		name, sql := p.next().text, p.next()
		if _, twice := p.steps[name]; twice || !sql.block {
			return fmt.Errorf("step %q: named twice, or no SQL block", name)
		}
		st := specStep{name: name, sql: sql.text, session: len(p.spec.sessions)}
		p.steps[name] = st
		s.steps = append(s.steps, st)
	}
	if p.word("teardown") {
		s.teardown = p.next().text
	}
	p.spec.sessions = append(p.spec.sessions, s)
	return nil
}

func (p *specParser) permutation() error {
	var list []permStep
	for len(p.toks) > 0 && !p.is("permutation") {
		name := p.next().text
		st, ok := p.steps[name]
		if !ok {
			return fmt.Errorf("undefined step %q", name)
		}
		ps := permStep{step: st}
		if p.word("(") {
			for {
				ps.blockers = append(ps.blockers, p.blocker())
				if !p.word(",") {
					break
				}
			}
			if !p.word(")") {
				return fmt.Errorf("step %q: ) expected", name)
			}
		}
		list = append(list, ps)
	}
	p.spec.permutations = append(p.spec.permutations, list)
	return nil
}

func (p *specParser) blocker() blocker {
	if p.word("*") {
		return blocker{once: true}
	}
	b := blocker{step: p.next().text}
	if p.word("notices") {
		_, _ = fmt.Sscan(p.next().text, &b.notices) // 0 where it is no number: nothing to wait for
	}
	return b
}

// link finds the sessions of blocking steps.
func (p *specParser) link() error {
	for _, perm := range p.spec.permutations {
		for i := range perm {
			for k := range perm[i].blockers {
				b := &perm[i].blockers[k]
				if b.once {
					continue
				}
				st, ok := p.steps[b.step]
				if !ok {
					return fmt.Errorf("undefined blocking step %q", b.step)
				}
				b.session = st.session
			}
		}
	}
	return nil
}

// interleavings are all orders that keep the order of each session.
func interleavings(sessions []specSession) [][]permStep {
	var out [][]permStep
	taken := make([]int, len(sessions))
	var current []permStep
	var walk func()
	walk = func() {
		found := false
		for i := range sessions {
			if taken[i] < len(sessions[i].steps) {
				current = append(current, permStep{step: sessions[i].steps[taken[i]]})
				taken[i]++
				walk()
				taken[i]--
				current = current[:len(current)-1]
				found = true
			}
		}
		if !found {
			out = append(out, append([]permStep(nil), current...))
		}
	}
	walk()
	return out
}

// title is the line that begins a permutation's output.
func title(perm []permStep) string {
	var b strings.Builder
	b.WriteString("starting permutation:")
	for _, s := range perm {
		b.WriteString(" " + s.step.name)
	}
	return b.String()
}
