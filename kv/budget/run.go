package budget

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// Limits of a run; 0 is the default of each.
type Limits struct {
	Depth int
	Steps int64
	Bytes int64
	// Wait is how long the first grant may be waited for where the server's memory
	// is taken; 0: not at all. Whoever must not block leaves it 0.
	Wait time.Duration
}

const (
	// DepthDefault is the levels of recursion of one run. A level of the deepest
	// recursions here takes up to 2 KiB of stack.
	DepthDefault = 6000
	// StepsDefault leaves it to cancellation to end a run.
	StepsDefault = math.MaxInt64
	// BytesDefault is what one run may hold.
	BytesDefault = 256 << 20

	// stepsPerLook is how many steps pass between two looks at the context.
	stepsPerLook = 4096
	// grantBytes is what a run reserves of the server at a time; it keeps up to
	// two unused grants before it gives them back.
	grantBytes = 256 << 10
)

// What a run may exceed. Errors of a Run match these by errors.Is.
var (
	ErrDepth  = errors.New("recursion is too deep")
	ErrSteps  = errors.New("too many steps")
	ErrMemory = errors.New("out of memory")
)

// Exceeded is the error of a bound that was reached.
type Exceeded struct {
	Kind  error // ErrDepth, ErrSteps, ErrMemory
	Limit int64
	// Asked is the bytes that did not fit.
	Asked int64
	// Server tells that the server's memory was the bound, not the run's.
	Server bool
}

func (e *Exceeded) Error() string {
	switch {
	case e.Server:
		return fmt.Sprintf("%v: %d bytes more do not fit into the server's %d", e.Kind, e.Asked, e.Limit)
	case e.Kind == ErrMemory:
		return fmt.Sprintf("%v: %d bytes more pass the limit of %d", e.Kind, e.Asked, e.Limit)
	}
	return fmt.Sprintf("%v: the limit is %d", e.Kind, e.Limit)
}

// Unwrap gives Kind.
func (e *Exceeded) Unwrap() error { return e.Kind }

// Run is the budget of one run. Not safe for concurrent use. A nil *Run bounds
// nothing; the zero Run wants a Reset before its first use.
type Run struct {
	ctx    context.Context
	server *Server
	limits Limits

	depth   int
	steps   int64
	look    int64 // steps at which to look at the context and the limit
	held    int64
	peak    int64
	granted int64 // reserved of the server; >= held where there is one
}

// New makes a run that ends with ctx. server may be nil.
func New(ctx context.Context, server *Server, l Limits) *Run {
	r := &Run{}
	r.Init(server, l)
	r.Reset(ctx)
	return r
}

// Init sets whose memory the run uses and its limits. REQUIRES: it holds nothing.
func (r *Run) Init(server *Server, l Limits) {
	if l.Depth <= 0 {
		l.Depth = DepthDefault
	}
	if l.Steps <= 0 {
		l.Steps = StepsDefault
	}
	if l.Bytes <= 0 {
		l.Bytes = BytesDefault
	}
	r.server, r.limits = server, l
}

// Reset makes r ready for another run, under the same limits. What the last one
// held is given back.
func (r *Run) Reset(ctx context.Context) {
	r.Close()
	r.ctx = ctx
	r.depth, r.steps, r.peak = 0, 0, 0
	r.look = min(stepsPerLook, r.limits.Steps)
}

// SetContext changes what cancels the run: a cursor's next fetch is another message.
func (r *Run) SetContext(ctx context.Context) {
	if r != nil {
		r.ctx = ctx
	}
}

// Enter opens a level of recursion: ErrDepth, and nothing is opened, past the
// limit. Each level counts as a step.
func (r *Run) Enter() error {
	if r == nil {
		return nil
	}
	if r.depth >= r.limits.Depth {
		return &Exceeded{Kind: ErrDepth, Limit: int64(r.limits.Depth)}
	}
	if err := r.Step(1); err != nil {
		return err
	}
	r.depth++
	return nil
}

// Leave closes a level.
func (r *Run) Leave() {
	if r != nil {
		r.depth--
	}
}

// Step counts n units of work: ErrSteps past the limit, and the cause of the
// context where that has ended.
func (r *Run) Step(n int) error {
	if r == nil {
		return nil
	}
	r.steps += int64(n)
	if uint64(r.steps) < uint64(r.look) { // a sum that wrapped is not below
		return nil
	}
	return r.check()
}

func (r *Run) check() error {
	if r.steps >= r.limits.Steps || r.steps < 0 {
		r.steps = r.limits.Steps
		return &Exceeded{Kind: ErrSteps, Limit: r.limits.Steps}
	}
	if r.ctx != nil && r.ctx.Err() != nil {
		r.look = 0 // every later step finds it, too
		return context.Cause(r.ctx)
	}
	r.look = min(r.steps, math.MaxInt64-stepsPerLook) + stepsPerLook
	r.look = min(r.look, r.limits.Steps)
	return nil
}

// Take counts n bytes as held: ErrMemory, and nothing is taken, past the limit of
// the run or of the server.
func (r *Run) Take(n int64) error {
	if r == nil {
		return nil
	}
	if n > r.limits.Bytes-r.held {
		return &Exceeded{Kind: ErrMemory, Limit: r.limits.Bytes, Asked: n}
	}
	if need := r.held + n; need > r.granted && r.server != nil {
		if err := r.grant(need - r.granted); err != nil {
			return err
		}
	}
	r.held += n
	r.peak = max(r.peak, r.held)
	return nil
}

// grant reserves need bytes of the server: whole grants where they fit.
func (r *Run) grant(need int64) error {
	n := (need + grantBytes - 1) / grantBytes * grantBytes
	if r.granted == 0 && r.limits.Wait > 0 && r.server.Limit() > 0 {
		if n > r.server.Limit() {
			n = need
		}
		if err := r.server.admit(r.ctx, n, r.limits.Wait); err != nil {
			return err
		}
		r.granted = n
		return nil
	}
	if !r.server.TryReserve(n) {
		if n = need; !r.server.TryReserve(n) {
			return &Exceeded{Kind: ErrMemory, Limit: r.server.Limit(), Asked: need, Server: true}
		}
	}
	r.granted += n
	return nil
}

// Give counts n bytes as held no more. REQUIRES: they were taken.
func (r *Run) Give(n int64) {
	if r == nil {
		return
	}
	r.held -= n
	if idle := r.granted - r.held; idle > 2*grantBytes {
		r.server.Release(idle - grantBytes)
		r.granted -= idle - grantBytes
	}
}

// Fits tells, before it is made, whether one value of n bytes would be allowed
// beside what is held; ErrMemory where not. Nothing is taken.
func (r *Run) Fits(n int64) error {
	if r == nil {
		return nil
	}
	if n > r.limits.Bytes-r.held {
		return &Exceeded{Kind: ErrMemory, Limit: r.limits.Bytes, Asked: n}
	}
	if limit := r.server.Limit(); limit > 0 && n > grantBytes && n > limit-r.server.Used()+r.granted-r.held {
		return &Exceeded{Kind: ErrMemory, Limit: limit, Asked: n, Server: true}
	}
	return nil
}

// Held is the bytes held now, Peak the most at one time since Reset.
func (r *Run) Held() int64 {
	if r == nil {
		return 0
	}
	return r.held
}

// Peak is the most bytes held at one time since Reset.
func (r *Run) Peak() int64 {
	if r == nil {
		return 0
	}
	return r.peak
}

// Limits are the bounds, defaults filled in.
func (r *Run) Limits() Limits {
	if r == nil {
		return Limits{Depth: math.MaxInt, Steps: math.MaxInt64, Bytes: math.MaxInt64}
	}
	return r.limits
}

// Close gives everything back. The run may be Reset, and closed again.
func (r *Run) Close() {
	if r == nil {
		return
	}
	if r.granted > 0 {
		r.server.Release(r.granted)
	}
	r.held, r.granted = 0, 0
}
