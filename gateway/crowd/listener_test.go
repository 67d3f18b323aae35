package crowd

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
)

func listen(t *testing.T, most int) *Listener {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := New(inner, most)
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func dial(t *testing.T, l *Listener) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestListener_refusesOneTooMany(t *testing.T) {
	l := listen(t, 2)
	var kept []net.Conn
	for range 2 {
		dial(t, l)
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, c)
	}
	third := dial(t, l)
	next := make(chan net.Conn, 1)
	go func() {
		c, err := l.Accept()
		if err == nil {
			next <- c
		}
	}()
	res, err := http.ReadResponse(bufio.NewReader(third), nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusTooManyRequests || !json.Valid(text) {
		t.Errorf("the third gets %d %q (%v)", res.StatusCode, text, err)
	}
	// A place that is given back, even twice, is one place.
	_ = kept[0].Close()
	_ = kept[0].Close()
	dial(t, l)
	c := <-next
	if l.enter(netip.MustParsePrefix("127.0.0.1/32")) {
		t.Error("there is a place more than there should be")
	}
	_ = kept[1].Close()
	_ = c.Close()
	if len(l.count) != 0 {
		t.Errorf("without connections the table has %v", l.count)
	}
}

func TestPrefix_countsByCustomer(t *testing.T) {
	for ip, want := range map[string]string{
		"192.0.2.7": "192.0.2.7/32", "::ffff:192.0.2.7": "192.0.2.7/32", "2001:db8::1": "2001:db8::/64", "2001:db8::ffff:1": "2001:db8::/64", "::1": "::/64",
	} {
		got, ok := prefix(&net.TCPAddr{IP: net.ParseIP(ip), Zone: "eth0"})
		if !ok || got.String() != want {
			t.Errorf("%s counts as %v (%v), want %s", ip, got, ok, want)
		}
	}
	if _, ok := prefix(&net.UnixAddr{Name: "x"}); ok {
		t.Error("a unix socket counts as an address")
	}
}

func TestListener_countsUnderLoad(t *testing.T) {
	l := listen(t, 3)
	from := netip.MustParsePrefix("192.0.2.1/32")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 1000 {
				if l.enter(from) {
					l.leave(from)
				}
			}
		})
	}
	group.Wait()
	if len(l.count) != 0 {
		t.Errorf("the table has %v", l.count)
	}
}
