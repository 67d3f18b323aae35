// Package bench is the harness that measures servers, and this is its map. It
// imports nothing of the server: it starts built programs and drives them over
// loopback, as strangers do.
//
//	load       puts HTTP load on an address: open, closed, climbing
//	scenario   reads loads that people write
//	target     starts servers to be measured, each as a child process
//	native     the native twins of the measured functions
//	functions  the measured functions, in C, and apps of any size made of them
//	session    alternation, gates, growth, first calls: what makes figures comparable
//	result     what was measured, with its machine and commit
//	plot       line charts as SVG
//	report     text for a terminal, a page for a browser
//	results/   figures that were kept, written by `postern bench --save` only
//
// # How to read the figures
//
// The load shares the machine with the server that it measures. Absolute
// figures are those of both together: on two cores a generator that spends 6 µs
// of CPU a request leaves the server what is left. So nothing is claimed of a
// figure alone. Ratios of targets that had the same load in the same run, in
// alternation, are what counts, with the spread of their rounds beside them.
// The generator's share makes a ratio look closer to 1 than the servers are, so
// it is kept as small as wrk's.
//
// # Which load answers which question
//
// How much does it bear: closed load, or a climb under a bound on latency. What
// will clients see: open load, at a rate that the service is meant to have.
// Does this change cost anything: a gate, which knows its own noise.
package bench
