// Package meter counts and times calls and runs, and writes the numbers in the
// text format that Prometheus reads. It decides nothing and stores nothing past
// the end of the process; it is not the meter of CPU units inside a run, whose
// results it only adds up.
//
// # Names
//
// The table in family.go holds every name with its type and its help text, and
// a test compares it with this list. Times are in seconds.
//
//	postern_attempts_total{app,function}           attempts: runs that calls caused
//	postern_calls_total{app,function,code}         finished calls by fault code; "ok" for a delivered reply
//	postern_call_seconds{app,function}             from the request to the answer, every attempt included
//	postern_cold_starts_total{app,function}        instances made because none was idle
//	postern_cpu_units_total{app,function}          units of CPU that runs spent
//	postern_function_info{app,function,version}    1 for each version that can still run
//	postern_instances{app,function}                instances alive, idle ones included
//	postern_late_runs_total{app,function}          runs that ended after their call was answered
//	postern_queue_seconds{app,function}            wait of an attempt for its slot
//	postern_queued{app,function}                   attempts that wait for a slot
//	postern_reruns_total{app,function}             attempts after the first one of a call
//	postern_reset_seconds{app,function}            making an instance's memory clean again
//	postern_run_seconds{app,function}              from getting a slot to the end of the run
//	postern_running{app,function}                  runs that hold a slot
//	postern_step_seconds{step}                     a step of a request in the gateway: parse, route, admit, event, reply, write; of some requests only
//
// Beside them stand the usual go_* and process_* numbers of the process.
//
// # Series
//
// A series of a function lives as long as one version of its function has a handle. Versions
// share the series of their function, so a deploy neither resets a counter nor
// adds series; postern_function_info says which versions they are.
//
// # Cost
//
// An observation takes no look-up by name and no allocation: the engine holds
// one [Function] for each version and calls its methods.
package meter
