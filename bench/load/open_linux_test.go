package load

import (
	"net/url"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// openPoller returns a poller in the midst of an open load that began an hour
// ago, with connected sockets that have been idle since before it.
func openPoller(t *testing.T, sockets int) *poller {
	t.Helper()
	start := time.Now().Add(-time.Hour)
	g := &generator{opt: Options{
		URL: &url.URL{Scheme: "http", Host: "localhost"}, Connections: sockets, Rate: 1000, Patience: time.Hour, KeepAlive: true,
	}}
	m, err := newMessage(get("/", ""), g.opt.URL, true)
	if err != nil {
		t.Fatal(err)
	}
	g.messages, g.chooser = []*message{m}, newChooser([]*Request{m.Request})
	e := newPollers(g, 1)
	p, err := newPoller(e, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	rec := newRecorder(start, time.Second, 1, 1, true)
	p.enter(t.Context(), rec, rec.shard(0), start.Add(2*time.Hour))
	p.now = start
	p.share = g.share(start, time.Second, 0, 0, 1)
	for _, s := range p.sockets {
		pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = unix.Close(pair[1]) })
		s.fd = pair[0]
		s.outcome.done = start.Add(-time.Second)
		p.idle.push(s)
	}
	return p
}

func TestPoller_isLateOnlyWhenASocketWasIdleInTime(t *testing.T) {
	p := openPoller(t, 3)
	start, millisecond := p.now, time.Millisecond
	p.sockets[1].outcome.done = start.Add(2 * millisecond) // a millisecond after the second arrival
	p.now = start.Add(10 * millisecond)
	p.sweepDue = p.now.Add(time.Hour)
	p.launch()
	for i, late := range []time.Duration{10 * millisecond, 0} {
		o := p.sockets[i].outcome
		if due := start.Add(time.Duration(i) * millisecond); !o.due.Equal(due) {
			t.Errorf("arrival %d was due at %s, want %s", i, o.due.Sub(start), due.Sub(start))
		}
		if o.late != late {
			t.Errorf("arrival %d is late by %s, want %s", i, o.late, late)
		}
	}
	if o := p.sockets[2].outcome; o.late != o.sent.Sub(o.due) || o.late <= 0 {
		t.Errorf("arrival 2 is late by %s, want %s", o.late, o.sent.Sub(o.due))
	}
	if p.active != 3 || !p.share.more || !p.share.due.Equal(start.Add(3*millisecond)) {
		t.Errorf("%d sockets are active, the next arrival is due at %s, want 3 and 3ms", p.active, p.share.due.Sub(start))
	}
}

func TestPoller_waitsUntilTheNextArrival(t *testing.T) {
	p := openPoller(t, 1)
	start := p.now
	p.sweepDue = start.Add(time.Hour)
	p.share.advance()
	if got := p.wait(); got != time.Millisecond {
		t.Errorf("it waits for %s, want the millisecond until the second arrival", got)
	}
	p.now = start.Add(2 * time.Millisecond)
	if got := p.wait(); got != 0 {
		t.Errorf("it waits for %s with an arrival that is due", got)
	}
	s := p.idle.pop()
	if got := p.wait(); got != time.Hour-2*time.Millisecond {
		t.Errorf("it waits for %s without an idle socket, want until the sweep", got)
	}
	p.idle.push(s)
	p.end = p.now
	if got := p.wait(); got != time.Hour-2*time.Millisecond || p.busy() {
		t.Errorf("it waits for %s after the end, want until the sweep", got)
	}
}

func TestPoller_letsTheSocketGoFirstThatWaitedLongest(t *testing.T) {
	p := openPoller(t, 3)
	first := p.idle.pop()
	p.idle.push(first)
	for i, want := range []int{1, 2, 0} {
		if got := p.idle.pop(); got != p.sockets[want] {
			t.Errorf("socket %d is at place %d, want %d", got.index, i, want)
		}
	}
	if p.idle.first != nil {
		t.Error("the queue is not empty")
	}
}
