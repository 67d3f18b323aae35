package runtime

import (
	"sync"

	"github.com/postern-dev/postern/abi/fault"
)

// running is the list of the attempts whose functions run right now. It is
// linked through the attempts, so that a run costs no allocation.
type running struct {
	mu   sync.Mutex
	head *attempt
}

func (r *running) add(t *attempt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t.next, t.prev = r.head, nil
	if r.head != nil {
		r.head.prev = t
	}
	r.head = t
}

func (r *running) remove(t *attempt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t.prev != nil {
		t.prev.next = t.next
	} else {
		r.head = t.next
	}
	if t.next != nil {
		t.next.prev = t.prev
	}
	t.next, t.prev = nil, nil
}

// kill ends the runs of one call; an instance takes the word of another
// goroutine at any time, and its method returns at once.
func (r *running) kill(requestID string, f *fault.Error) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for t := r.head; t != nil; t = t.next {
		if t.call.RequestID == requestID {
			t.inst.Kill(f)
			n++
		}
	}
	return n
}

func (r *running) killAll(f *fault.Error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for t := r.head; t != nil; t = t.next {
		t.inst.Kill(f)
	}
}
