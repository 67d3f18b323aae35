// Package wasm runs functions on wazero and is the only importer of it: it
// checks and compiles modules, takes their images, and drives instances through
// one call at a time. It is not a pool and not a scheduler; it decides neither
// when an instance is made nor how long a client waits.
//
// # From bytes to instances
//
// A module goes through these steps, all of them in [Runtime.Load]:
//
//	check        signatures and limits; nothing is compiled
//	rewrite      metering: the code pays fuel and asks the host for more
//	origin       memory and globals as they are before the first instruction
//	compile      once, in one of a bounded number of slots, through the disk cache;
//	             what is known until here is kept as well, in the archive, where
//	             the next load of the module finds it
//	start        a first instance runs _initialize
//	prime        and answers sample events, so that its caches fill, or made-up
//	             requests when nobody gave any
//	image        its memory and globals become what every clone starts from
//
// What a module is driven by, an ABI function or a WASI command, is behind the
// driver interface; metering, image, reset and limits are the same for both.
// A command's image is taken before it starts, so every call is a whole run.
//
// # How a run ends early
//
// The code calls tick about every 50 µs. Tick lets other goroutines run when the
// run had its turn, and ends it when its run limit is over, its CPU budget is
// spent or somebody killed it: it panics, which unwinds the wasm code, and outcome turns what the
// engine makes of that into a fault. Sleeping and calling services end the same
// way. wazero's own termination is off: it is slow, and blind to recursion.
//
// # Hazards of an image
//
// Whatever a module did before its image was taken is done in every call:
//
//	seeds        random_get asks the host every time, but what the function or
//	             its language seeded itself repeats from call to call; a
//	             function that minds exports postern_restored and seeds again
//	clocks       are read from the host every time; a value kept from the
//	             start is as old as the image
//	environment  is the image's; another environment is another Load
//	secrets      an image is in memory only, sealed, and freed with its module
//	services     rest while a module is prepared, so no answer and no handle of
//	             theirs is ever in an image, and nothing is done twice
//	descriptors  there are none but the three streams
//	goroutines   those parked at the start are in the image; those that a call
//	             leaves behind are gone with the next reset
//	samples      a function that answers a sample from what an earlier one left
//	             in memory is not primed: its calls would all see that
//	made-up      nobody vouches for these, so an image with them is kept only if
//	requests     another request, a year later and from somewhere else, has the
//	             same reply as without them, prints the same lines, and reads the
//	             clock and random bytes as often; services and waiting end the
//	             attempt. What is left: state that shows in no reply to the
//	             requests that were tried, and goroutines that one of them left
//	             behind and that get their turn in the first call that waits
//
// Whatever memory and globals don't hold an image cannot keep: a module that
// changes tables, drops segments or keeps references runs in a fresh instance
// for every call. [Module.Reason] says so.
package wasm
