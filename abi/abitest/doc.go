// Package abitest makes the functions that tests need, as wasm bytes and with
// no toolchain: well-behaved ones, ones that misbehave while they run, and
// modules that must not be taken at all. It is not an SDK; nothing that a
// function's author writes imports it.
//
// The memory of a module that this package makes:
//
//	    0 ┌──────────────────────┐
//	      │ never used           │ so no valid address is 0
//	   16 ├──────────────────────┤
//	      │ cells: counters,     │
//	      │ results of WASI calls│
//	 1024 ├──────────────────────┤
//	      │ the reply is built   │ 32 KiB
//	      │ here                 │
//	33792 ├──────────────────────┤
//	      │ constants            │
//	 heap ├──────────────────────┤ the next multiple of 16
//	      │ event, context,      │ handed out upwards by postern_alloc,
//	      │ answers of call      │ all given back when a call ends
//	      ├──────────────────────┤
//	      │ free, grows          │
//	      └──────────────────────┘
package abitest
