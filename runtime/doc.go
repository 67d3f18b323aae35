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
// instances and code are freed. [Diagnose] looks at a module without either.
//
// # What is bounded
//
//	linear memory   Options.Memory. An instance counts for all of its memory
//	                while it is in use, and asks before it grows; while it is
//	                idle it counts for the pages that it does not share with
//	                its image.
//	instances       Options.Instances, of all functions, and a function's own
//	                Concurrency.
//	code            Options.Code: native code and images of loaded functions.
//	                Functions of one module share its native code.
//	a run           its run limit, its CPU budget, its memory, its stack; and
//	                it is told so by a fault that names what was spent.
//
// Where there is no room, what is idle goes first: instances of the function
// that was idle for longest, then, for code, the function that was not called
// for longest with its instances. What is in use is never taken away; a call
// that finds no room then is refused with code Busy, a run that wants to grow
// with MemoryLimit. A function that was unloaded is loaded again by its next
// call, from the cache on disk. Time does the same as pressure: an idle
// instance first rests and gives back what it wrote, then it is closed, and
// much later the function is unloaded.
//
// # What an image holds
//
// With clean isolation a call starts from the image: from what the function had
// done before its first call, whichever calls there were since. What that means
// for those who write functions, each shown by TestHazards_ofAnImage:
//
//	seeds         A generator that was seeded at the start gives every call the
//	              same numbers. Seed it in postern_restored, or ask the host;
//	              random_get never repeats. Hash seeds of maps that are in the
//	              image are the same in every call too.
//	clocks        A time that was kept at the start is as old as the image, and
//	              so are caches that count on it. Clocks themselves go on.
//	environment   What was read from it at the start is in the image; another
//	              environment is another version, with an image of its own.
//	secrets       An image is in memory only: it is sealed, never written to
//	              disk, and freed with its function.
//	goroutines    Those that were started before the first call are in the
//	              image, where they stand. What a call leaves behind is gone.
//	timers        One that was set at the start and is due fires in every call.
//	services      They rest until the image is taken, so no answer and no
//	              handle of theirs is ever in it.
//	descriptors   There are none but the three streams.
//
// With warm isolation all of this goes on from call to call instead, what
// others left behind included: see TestHazards_ofWarmMemory.
package runtime
