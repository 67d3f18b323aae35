//go:build !linux || !(amd64 || arm64)

package socket

import "net"

// direct returns tcp: elsewhere system calls go through a library, or have other
// names.
func direct(tcp *net.TCPConn) (net.Conn, error) { return tcp, nil }
