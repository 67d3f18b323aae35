// Package runtime runs calls: it is the gateway's only door to functions. It
// knows nothing of clients (HTTP, addresses, refusals) and nothing of events
// beyond their bytes.
//
// # A call
//
// A [Call] is taken from its [Function], filled by the gateway and invoked.
// [Call.Invoke] queues it in the lane of its function. Each attempt takes a
// slot, an instance with clean memory and a context of its own, and hands the
// function the event:
//
//	gateway            Invoke             lane             pool        instance
//	NewCall ─ event ──► Do ─────────────► slot ──────────► Get ──────► Call
//	Reply ◄──────────── Answer ◄────────────────────────────────────── reply
//	Release ──────────► Reset ──────────────────────────── Put ◄─────── clean
//
// The reply lies in the instance's linear memory until [Call.Release], so it is
// parsed without a copy. A call that is released still lives on while late runs
// of it go on; the engine reuses it when the last of them ends.
//
// The first attempt runs on the goroutine of Invoke itself if it finds a slot at
// once and the call has a [Call.Rescue], which tells the client when Invoke is
// inside the function for too long:
//
//	Invoke         ├── attempt 1 ─────── patience ends ── … ── ends late ─┤ ErrRescued
//	a goroutine                            ├── attempt 2 ──┤ Rescue
//	the client     ├── waits ──────────────────────────────┤ its answer
//
// # A function
//
// A [Function] is one function of one version. [Engine.Load] compiles it and
// tries it, as a deploy must; [Engine.Add] only takes note of it, and the first
// call loads it, so that a server with thousands of functions starts at once.
// [Function.Retire] takes it out of service: calls in flight finish, then its
// instances and code are freed.
package runtime
