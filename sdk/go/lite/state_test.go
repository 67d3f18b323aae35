package lite

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unsafe"
)

func TestState_fillsTwoPages(t *testing.T) {
	if got := unsafe.Sizeof(state{}); got > pages-allocator || got < pages-2*allocator {
		t.Errorf("a state has %d bytes, want %d", got, pages-allocator)
	}
	if got := unsafe.Sizeof(slip{}); got != slipSize {
		t.Errorf("a slip has %d bytes", got)
	}
}

// calls answers so many calls as the host makes them, each of them with strings
// that are kept for good.
func calls(s *state, count, size int) (kept []string) {
	for n := range count {
		event := s.eventRoom(size)[:size]
		copy(event, bytes.Repeat([]byte{byte('a' + n%26)}, size))
		sent := fmt.Appendf(nil, `{"requestId":"%d"}`, n)
		context := s.contextRoom(len(sent))
		r := s.takeRun(context[:copy(context, sent)])
		kept = append(kept, s.keepString(event[:min(size, 100)]), string(s.keepBytes("kept")), s.keepString(nil))
		one, other := s.keepList("one"), s.keepList("other")
		if one = append(one, "more"); one[0] != "one" || other[0] != "other" {
			panic("a list overwrote the next")
		}
		reply := s.keepReply(append(s.replyRoom(), event...))
		if !bytes.Equal(reply, event) {
			panic("the reply overwrote the event")
		}
		s.release()
		kept = append(kept, r.known().RequestID)
	}
	return kept
}

func TestState_takesNothingBackThatSomebodyKeeps(t *testing.T) {
	for _, size := range []int{1, 90, 3000, pages, 3 * pages, maxKept + 1} {
		s := newState()
		for n, got := range calls(s, 200, size) {
			n, part := n/4, n%4
			want := []string{strings.Repeat(string(rune('a'+n%26)), min(size, 100)), "kept", "", fmt.Sprint(n)}[part]
			if got != want {
				t.Fatalf("events of %d bytes: string %d of call %d is now %.200q, want %q", size, part, n, got, want)
			}
		}
		if len(s.event) > maxKept || cap(s.kept) > maxKept {
			t.Errorf("events of %d bytes leave rooms of %d and %d bytes", size, len(s.event), cap(s.kept))
		}
	}
}
