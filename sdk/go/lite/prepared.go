package lite

import (
	"context"
	"math/bits"
)

// prepared is a header that has the fields which the gateway adds before any event
// came: to put a field into a map is more work than to read it. Their values
// are set where they lie, as long as no other field was seen.
type prepared struct {
	header Header
	values [added]string
	seen   uint // a bit for each value that was set
	host   bool // the field of the host was seen
}

// roomy is how many fields a header holds before its map grows, which costs more
// than to read all of it: the gateway's and those of browsers. Four groups of a
// map hold as many.
const roomy = 28

// allSeen is the bits of all values.
const allSeen = 1<<added - 1

// Ahead makes ready what requests of net/http begin with, for the first calls:
// what prepare returns for the context of a call is there for [TakeAhead]. It is
// called while the function starts.
func Ahead(prepare func(ctx context.Context) any) {
	for n := range program.slips {
		s := &program.slips[n]
		if s.prepared.header != nil {
			continue // it may belong to somebody by now
		}
		s.ahead = prepare(&s.run)
		s.prepared.constant()
		s.prepared.header = make(Header, roomy)
		for place := range added {
			s.prepared.header[fieldWords[place].header] = s.prepared.values[place : place+1 : place+1]
		}
	}
}

// TakeAhead returns what was made ahead for the call whose context ctx is, once;
// later, and for other contexts, it is nil.
func TakeAhead(ctx context.Context) any {
	r, ok := ctx.(*run)
	if !ok || r.taken {
		return nil
	}
	r.taken = true
	return r.ahead
}

// newPrepared returns one whose header is still to be made.
func newPrepared() *prepared {
	r := new(prepared)
	r.constant()
	return r
}

// constant sets the values that are nearly always the same.
func (r *prepared) constant() {
	r.values[requestSource], r.values[qualifier], r.values[anonymousConsumer] = "APIGW", "$DEFAULT", "true"
}

// set sets a value. It reports false when there is one already.
func (r *prepared) set(place int, value string) bool {
	if r.seen>>place&1 != 0 {
		return false
	}
	r.seen |= 1 << place
	r.values[place] = value
	return true
}

// setHost notes that there is a field of the host. It reports false when there
// was one already.
func (r *prepared) setHost() bool {
	if r.host {
		return false
	}
	r.host = true
	return true
}

// settle returns a header with the values that were set, and how many these
// are. Others may be added to it, but no more are set.
func (r *prepared) settle() (h Header, fields int) {
	if r.seen == allSeen && r.header != nil {
		return r.header, added
	}
	fields = bits.OnesCount(r.seen)
	if r.header != nil && fields > added/2 {
		for place := range added {
			if r.seen>>place&1 == 0 {
				delete(r.header, fieldWords[place].header)
			}
		}
		return r.header, fields
	}
	h = blank.take()
	for place := range added {
		if r.seen>>place&1 != 0 {
			h[fieldWords[place].header] = r.values[place : place+1 : place+1]
		}
	}
	return h, fields
}
