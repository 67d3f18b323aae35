package gateway

import (
	"bytes"
	"net/netip"

	"github.com/postern-dev/postern/abi"
)

// trust takes the client's address and scheme from a proxy's headers when the
// peer is a proxy that the configuration names.
func (x *exchange) trust(proxies []netip.Prefix) {
	if !contains(proxies, x.peer) {
		return
	}
	client, chained, proto := x.peer, true, false
	for i := len(x.req.Header) - 1; i >= 0; i-- {
		f := &x.req.Header[i]
		switch {
		case !proto && abi.EqualFold(f.Name, "X-Forwarded-Proto"):
			proto = true // the last one is the nearest proxy's
			if abi.EqualFold(f.Value, "https") {
				x.req.Scheme = "https"
			}
		case chained && abi.EqualFold(f.Name, "X-Forwarded-For"):
			client, chained = walk(f.Value, client, proxies)
		}
	}
	if client != x.peer {
		x.req.ClientIP = client.String()
	}
}

// walk goes through one X-Forwarded-For field from its end, where the nearest
// proxy wrote, for as long as proxies are trusted. It returns the last address
// that it believes and whether the chain goes on in the field before.
func walk(field []byte, client netip.Addr, proxies []netip.Prefix) (netip.Addr, bool) {
	for len(field) > 0 {
		comma := bytes.LastIndexByte(field, ',')
		hop, ok := parseHop(field[comma+1:])
		if !ok {
			return client, false
		}
		client = hop
		if !contains(proxies, hop) {
			return client, false
		}
		field = field[:max(comma, 0)]
	}
	return client, true
}

// parseHop reads an address, which some proxies write with a port.
func parseHop(text []byte) (netip.Addr, bool) {
	s := string(bytes.TrimSpace(text))
	a, err := netip.ParseAddr(s)
	if err != nil {
		var p netip.AddrPort
		p, err = netip.ParseAddrPort(s)
		a = p.Addr()
	}
	return a.Unmap().WithZone(""), err == nil
}

func contains(prefixes []netip.Prefix, a netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
