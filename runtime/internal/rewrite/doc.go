// Package rewrite holds pure functions from wasm bytes to wasm bytes: Inspect
// says what a module is, Meter gives it fuel, Freeze makes a module that starts
// from an image. It does not compile, run or validate types: that is the
// engine's part, and a rewritten module is validated like any other.
//
// # What Meter adds
//
//	(import "postern" "tick" (func))                 last of the function imports
//	(global (export "postern:fuel") (mut i64) 0)     last of the globals
//	(export "postern:global.3" (global 3))           one for each mutable global
//	functions named postern:fill, postern:grow, …    last of the functions
//	(func (export "postern:probe"))                  the very last, unless there is a start function:
//	                                                 it does nothing, so it returns if the code is real
//
// Code pays for what it runs by subtracting from the fuel, and calls tick when
// the fuel is below zero. The host refills the fuel in tick, or panics there to
// end the run.
//
// # What is paid
//
// One unit is about one instruction. The cost of a straight piece of code is
// known when it is rewritten, so it is paid at few places: where a loop turns
// back, at the entry of a function, or when a piece grows past a bound. Where
// paths of different cost meet, the dearest counts for all of them: the number
// is an upper estimate, but the same work always gives the same number.
// Instructions that work on a range of memory pay by length, four bytes a
// unit, and long ranges are worked on in pieces with a check between them.
//
// # Where fuel is checked
//
//   - on each way back to the head of a loop, and when a loop is entered;
//   - at the entry of each function that may be an inner node of an endless or
//     exponential call tree: one that calls through a table, calls itself
//     directly or through others, or calls a function that is checked;
//   - in straight code, at least once in [checkEvery] units, and soon after a
//     call that may have been long, so that leaving a deep recursion is as
//     well guarded as entering it.
package rewrite
