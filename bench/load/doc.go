// Package load puts HTTP load on a server and measures what comes back. It
// knows nothing of the server: not how it is started, not what it runs.
//
// # Two kinds of load
//
// Closed: a fixed number of connections, each of which sends its next request
// when it has the answer to the last one. It finds the throughput that a server
// has to give. Its latencies are flattering: while the server stalls, nobody
// asks.
//
// Open: requests are due at fixed moments, whatever the server does. A request
// whose moment comes while every connection waits is sent late, never skipped,
// and its latency counts from the moment it was due. That is what the server's
// clients would have seen.
//
// # Two engines
//
// Load and server share a machine, so the load has to be light and, when it is
// open, punctual. Over plain HTTP on Linux it comes from a few threads that poll
// their connections, all else from a goroutine for each connection. Both do the
// same, by the same tests.
//
// # What counts
//
// Every answer is checked against what its request expects. Wrong answers and
// errors are counted, and the first few kept as examples; their latencies are
// not in the histograms, because a result with failures is no result.
package load
