// Package abi is what a function can see: the names, numbers and shapes that
// host and function agree on. It is not the host's side of it; that is package
// runtime. This is the manual of version 1.
//
// # A function
//
// A function is a core WebAssembly module. It exports
//
//	memory           one linear memory
//	postern_abi_1    () -> ()             never called; says which ABI it speaks
//	postern_alloc    (size i32) -> (ptr i32)
//	                                      makes room for what the host sends
//	postern_handle   (event_ptr, event_len, context_ptr, context_len i32) -> (reply i64)
//	                                      one call
//	_initialize      () -> ()             optional; runs once, before anything else
//	postern_restored () -> ()             optional; runs after memory was put back
//
// and imports at most, from module "postern",
//
//	call  (op_ptr, op_len, in_ptr, in_len i32) -> (answer i64)
//	log   (level, ptr, len i32) -> ()
//	fail  (ptr, len i32) -> ()
//
// and from module "wasi_snapshot_preview1" what WASI preview 1 has, within the
// limits below. All other imports are refused when the module is uploaded, by
// name. All numbers are unsigned, all sizes in bytes, all text is UTF-8.
//
// # A call
//
// The host asks for room for the event and for the context, writes both, calls
// postern_handle and reads the reply where that says it is:
//
//	host                                          function
//	postern_alloc(689) ─────────────────────────► 0x10000
//	writes the event to 0x10000
//	postern_alloc(243) ─────────────────────────► 0x102c0
//	writes the context to 0x102c0
//	postern_handle(0x10000, 689, 0x102c0, 243) ─► 0x00010400_00000067
//	reads 0x67 = 103 bytes at 0x10400
//
// The reply is one number, the address in its high half and the size in its
// low half; [Pack] and [Unpack] do the sums. Memory then looks like this:
//
//	0x00000  ┌────────────────────────────┐
//	         │ the function's own         │
//	0x10000  ├────────────────────────────┤ from postern_alloc(689)
//	         │ {"requestContext":{…       │ the event
//	0x102b1  ├────────────────────────────┤
//	0x102c0  ├────────────────────────────┤ from postern_alloc(243)
//	         │ {"requestId":"0af7…        │ the context
//	0x103b3  ├────────────────────────────┤
//	0x10400  ├────────────────────────────┤ chosen by the function
//	         │ {"isBase64Encoded":false,… │ the reply
//	0x10467  ├────────────────────────────┤
//	         │ the function's own         │
//	         └────────────────────────────┘
//
// Addresses need no alignment. An address of 0 from postern_alloc means that
// there is no room: the call ends with too_large, or with memory_limit when
// memory could not grow. A reply of 0, address and size, means that there is
// none: the call ends with crashed. An empty reply has an address and the
// size 0.
//
// # Who owns which memory
//
// All memory is the function's. The host writes only where postern_alloc told
// it to, once, before it calls anything else.
//
//	what              begins with           ends with
//	event, context    postern_alloc         the return of postern_handle
//	reply             postern_handle's end  the next call into this instance
//	op, in, message   the import's start    the import's return
//	answer of call    postern_alloc, made   whatever the function likes
//	                  by the host inside
//	                  of call
//
// So a function may give out the same room for each event, may build its reply
// in it, and must not touch the reply after it has returned. Between the
// return of postern_handle and the next postern_alloc the host calls nothing
// but postern_restored. One call at a time runs in an instance; postern_alloc
// is the only export that may be called while another one runs, and it must
// not use the import call.
//
// # The context
//
// The context is a JSON object; see [Context].
//
//	requestId    string  of the request; the same for all attempts
//	traceId      string  of this attempt, 32 hex digits
//	attempt      number  counts from 1
//	app          string  name of the app
//	function     string  name of the function
//	version      string  digest of the app's version
//	memoryLimit  number  bytes of linear memory that the function may have
//	runLimitMs   number  milliseconds that a run may take
//	deadlineMs   number  when this run is ended, in milliseconds since 1970
//	caller       string  who was admitted, empty for anybody
//
// Keys may be added; a function ignores those it does not know. What the event
// and the reply look like depends on the app's dialect, see the packages below
// dialect.
//
// # Services
//
// Everything that a function can use of the host goes through call. op is
// "service.act", in is JSON, and so is the answer, which is in memory that the
// host got from postern_alloc meanwhile; the result is packed like a reply:
//
//	{"ok": …}                                             what the act gives
//	{"error": {"code": "not_found", "message": "no row"}} why it gives nothing
//
// A mistake of the function is answered with a code, never with a trap. While
// a module is tried at upload the answer is the error unavailable.
//
// # Failing
//
// A function that cannot answer says why, with fail, and returns; what
// postern_handle then returns means nothing. The call ends with the code
// failed, and the message may reach the client. A trap, or proc_exit, ends the
// call with crashed. Either way the host throws the instance away.
//
// # The journal
//
// log writes a line at level 0 (debug), 1 (info), 2 (warning) or 3 (error);
// higher levels mean 3. What is written to standard output and standard error
// goes to the journal too, a line at a time, and a last line without its end
// when the call ends.
//
// # WASI preview 1
//
// Works: clock_time_get, clock_res_get, random_get, args_get and
// environ_get with their sizes, poll_oneoff on clocks, sched_yield, proc_exit,
// and reading, writing and asking about descriptors 0, 1 and 2. Arguments are
// the one word "function", the environment is the manifest's, standard input
// is empty. Everything else of WASI can be imported and answers with an error
// number: there are no files (NOTCAPABLE, or BADF for a descriptor) and no
// sockets (NOTSOCK).
//
// Clocks and random numbers come from the host at every use. The CPU clocks
// show what the run has spent, one unit of the meter as a nanosecond.
//
// # Commands
//
// A module that exports _start and no postern_handle is a WASI command. Every
// call is a whole run of it: the event is on standard input, the reply is what
// it prints on standard output, the context is in the environment variable
// POSTERN_CONTEXT beside the manifest's, and standard error goes to the
// journal. To return or to exit with 0 is to answer; to exit with anything
// else is to crash. A command needs no other export than _start and memory,
// but postern_alloc when it imports call.
//
// # Isolation
//
// With isolation "clean", which is the default, every call finds memory and
// globals as they were when the module had been uploaded and _initialize had
// run, and after the sample events of the manifest if it has any. Nothing that
// a call leaves behind is seen by another. With "warm" a call finds what the
// calls before it in the same instance left. There may be many instances, and
// each may go at any time, so that is good for caches and for nothing else.
//
// What is computed before the image is taken is the same in every clean call:
//
//   - Seeds. A generator or a hash table seeded in _initialize repeats its
//     numbers. A module that keeps one exports postern_restored, which the
//     host calls after memory was put back and before the next event, and
//     seeds it again there.
//   - Clocks. A time read in _initialize is the time of the upload.
//   - Secrets and settings from the environment are those of the upload; they
//     live in the image, which is never written to disk.
//   - Threads of control. What waits for a timer in the image goes on in each
//     call.
//
// # Limits
//
//	event, reply                       6 MiB   MaxEvent, MaxReply
//	output of a command                6 MiB   MaxStdout
//	op                                128 B    MaxOp
//	in, answer of call                 6 MiB   MaxCallIn, MaxCallOut
//	one line of the journal           64 KiB   MaxLogLine; the rest is cut
//	message of fail                    4 KiB   MaxFailure; the rest is cut
//	linear memory                     64 MiB   memory in the manifest
//	life of a run                     300 s    run_limit in the manifest
//	CPU of a run                       10 s    cpu in the manifest, by the meter
//
// The last three are the manifest's defaults. A dialect may have a smaller
// limit for event and reply. Beyond a limit the run ends with the fault of its
// name; a module need not check.
//
// # Faults
//
// The codes by which a call can end, for a client, for a service's answer and
// in the log. The codes of an upload are in package fault with these.
//
//	invalid       the request, the event or an argument is malformed
//	unauthorized  the caller did not prove who it is
//	denied        the caller is known and may not do this
//	not_found     no such app, function, version, route or op
//	too_large     a body, an event, a header block or a reply exceeds its limit
//	busy          the queue is full or a cap is reached; try later
//	unavailable   the server is starting or draining
//	timeout       every attempt outlived its patience
//	run_limit     the run outlived its run limit and was ended
//	cpu_limit     the run spent its CPU budget and was ended
//	memory_limit  the run needed more memory than the function may have
//	killed        the run was ended by an operator or by the end of the server
//	crashed       the function trapped or left without a reply
//	failed        the function reported a failure of its own, with a message
//	bad_reply     the reply is not what the dialect asks for
//	conflict      a name, host or prefix already belongs to another app
//	internal      a mistake of the server; the cause is in its log
package abi
